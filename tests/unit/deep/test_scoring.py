"""An explainer is made once, stored, and answers elsewhere: the same numbers, and no second trace."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pellucid import DeepExplainer, GradientExplainer  # noqa: E402

rng = np.random.default_rng(9)
BACKGROUND, ROWS = (rng.normal(size=(n, 6)).astype(np.float32) for n in (20, 4))
SCORE = """
import pickle, sys
import numpy as np
folder = sys.argv[1]
with open(folder + "/explainer.pickle", "rb") as file:
    explainer = pickle.load(file)
found = explainer.explain_local(np.load(folder + "/rows.npy"))
assert "torch.export._trace" not in sys.modules, "it was traced again"
np.save(folder + "/values.npy", found.values)
np.save(folder + "/std_error.npy", found.std_error)
"""


def network():
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.GELU(), torch.nn.LayerNorm(8), torch.nn.Linear(8, 3),
        torch.nn.Softmax(dim=1),
    )  # fmt: skip


@pytest.mark.parametrize("kind", [DeepExplainer, GradientExplainer])
def test_a_stored_explainer_answers_in_another_process(kind, tmp_path):
    explainer = kind(network(), BACKGROUND)
    expected = explainer.explain_local(ROWS)
    (tmp_path / "explainer.pickle").write_bytes(pickle.dumps(explainer))
    np.save(tmp_path / "rows.npy", ROWS)
    subprocess.run([sys.executable, "-c", SCORE, str(tmp_path)], check=True, timeout=300)
    np.testing.assert_array_equal(np.load(tmp_path / "values.npy"), expected.values)
    np.testing.assert_array_equal(np.load(tmp_path / "std_error.npy"), expected.std_error)


def test_a_stored_graph_has_the_modules_own_parameters_and_no_copies():
    explainer = DeepExplainer(network(), BACKGROUND)
    revived = pickle.loads(pickle.dumps(explainer))
    module = revived.model.native
    with torch.no_grad():
        module[0].weight *= 2
    again = revived.explain_local(ROWS)
    assert again.stats.method == "deep"
    fresh = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    np.testing.assert_allclose(again.values, fresh.values, atol=1e-7)


def test_what_is_handed_over_survives_storing_too():
    class_of_rows = torch.nn.Sequential(torch.nn.Linear(6, 3), Largest())
    explainer = DeepExplainer(class_of_rows, BACKGROUND)
    expected = explainer.explain_local(ROWS)
    revived = pickle.loads(pickle.dumps(explainer))
    assert expected.stats.method == "kernel"
    assert revived.explain_local(ROWS) == expected


class Largest(torch.nn.Module):
    def forward(self, x):
        return x.argsort(1)[:, -1].to(x.dtype)
