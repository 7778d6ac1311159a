"""What neither rules nor integrated gradients explain goes to the kernel explainer, and says so."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

torch = pytest.importorskip("torch")

from pellucid import (  # noqa: E402
    DeepExplainer,
    KernelExplainer,
    ModelError,
    TabularExplainer,
    UnsupportedModelError,
)
from pellucid.explainers.torch import preparation  # noqa: E402

rng = np.random.default_rng(6)
BACKGROUND, ROWS = rng.uniform(-2, 2, size=(9, 3)), rng.uniform(-2, 2, size=(5, 3))


class Branching(torch.nn.Module):
    """Goes another way where the first cell of a row is positive."""

    def forward(self, x):
        return torch.stack([row[1] * row[2] if row[0] > 0 else row[1] for row in x])


class Sorting(torch.nn.Module):
    """Has an operator without a rule, and jumps on the way from row to row."""

    def forward(self, x):
        return torch.argsort(x, dim=1).to(x.dtype) @ torch.arange(3, dtype=x.dtype)


class JumpingFarAway(torch.nn.Module):
    """Is smooth where the reference rows are."""

    def forward(self, x):
        far = torch.relu(x[:, 0] - 5)
        return torch.tanh(x).sum(1) + far * torch.argsort(x, dim=1)[:, 0].to(x.dtype)


class Scaled(torch.nn.Module):
    """Depends on a number that is no tensor, so that a graph has it as a constant."""

    scale = 1.0

    def forward(self, x):
        return x[:, 0] * x[:, 1] * self.scale


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (Branching(), "depends on the rows' values"),
        (Sorting(), "miss the difference of its outputs"),
    ],
)
def test_a_network_that_has_no_shares_is_explained_by_kernel(module, reason):
    explainer = DeepExplainer(module, BACKGROUND)
    found = explainer.explain_local(ROWS)
    expected = KernelExplainer(module, BACKGROUND).explain_local(ROWS)
    np.testing.assert_array_equal(found.values, expected.values)
    assert found.stats.method == "kernel"
    assert "kernel" in repr(explainer)
    assert reason in dict(found.stats.refused)["deep"]
    assert found.stats.exact
    assert found.stats.efficiency_gap < 1e-9
    assert found.stats.n_evaluations == expected.stats.n_evaluations


def test_the_automatic_choice_leaves_such_a_network_to_the_kernel_explainer_itself():
    explainer = TabularExplainer(Branching(), BACKGROUND, budget=500)
    assert type(explainer.explainer) is KernelExplainer
    found = explainer.explain_local(ROWS)
    assert "depends on the rows' values" in dict(found.stats.refused)["deep"]
    assert "500" in dict(found.stats.settings)["budget"]


def test_single_rows_are_handed_over_and_the_others_stay():
    module = JumpingFarAway()
    rows = ROWS.copy()
    near = DeepExplainer(module, BACKGROUND).explain_local(rows)
    rows[2] = [9.0, -1.0, 0.5]
    found = DeepExplainer(module, BACKGROUND).explain_local(rows)
    expected = KernelExplainer(module, BACKGROUND).explain_local(rows[2])
    assert near.stats.method == "deep"
    assert found.stats.method == "deep + kernel"
    assert any("neither rules nor integrated gradients" in said for said in found.stats.warnings)
    np.testing.assert_allclose(found.values[2], expected.values[0], atol=1e-9)
    kept = [0, 1, 3, 4]
    np.testing.assert_allclose(found.values[kept], near.values[kept], atol=1e-12)
    assert (found.std_error[2] == 0).all()
    assert found.stats.efficiency_gap < 1e-6


def test_a_graph_that_is_the_network_no_more_is_found_out():
    module = Scaled()
    explainer = DeepExplainer(module, BACKGROUND)
    before = explainer.explain_local(ROWS)
    assert before.stats.method == "deep"
    module.scale = 10.0
    after = explainer.explain_local(ROWS)
    assert after.stats.method == "kernel"
    assert any("neither rules" in said for said in after.stats.warnings)
    np.testing.assert_allclose(after.values, 10 * before.values, atol=1e-6)
    assert after.stats.efficiency_gap < 1e-6


def test_shares_that_cancel_are_not_taken():
    class Angle(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.cosine_similarity(torch.relu(x), x.flip(1), dim=1)

    background = np.vstack([BACKGROUND, [-1.0, -1.0, -1.0]])  # where relu leaves no direction
    found = DeepExplainer(Angle(), background).explain_local(ROWS)
    exact = KernelExplainer(Angle(), background).explain_local(ROWS)
    assert "kernel" in found.stats.method
    assert np.abs(found.values).max() < 2
    assert np.linalg.norm(found.values - exact.values) < 0.5 * np.linalg.norm(exact.values)


def test_what_is_handed_over_keeps_names_groups_and_kernels_own_errors():
    explainer = DeepExplainer(
        Branching(), BACKGROUND, features=["a", "b", "c"], groups={"bc": ["b", "c"]}
    )
    found = explainer.explain_local(ROWS)
    assert set(found.features) == {"a", "bc"}
    assert found.stats.efficiency_gap < 1e-9

    class Infinite(torch.nn.Module):
        def forward(self, x):
            return 1 / (x.sum(1) * 0)

    with pytest.raises(ModelError, match="finite"):
        DeepExplainer(Infinite(), BACKGROUND)


def test_a_network_that_says_something_else_every_time_is_refused():
    class Noisy(torch.nn.Module):
        def forward(self, x):
            return x[:, 0] * torch.rand(len(x), dtype=x.dtype)

    with pytest.raises(UnsupportedModelError, match="differ from call to call"):
        DeepExplainer(Noisy(), BACKGROUND)


def test_the_automatic_choice_tries_a_network_once(monkeypatch):
    tried, once = [], preparation._tried
    monkeypatch.setattr(preparation, "_tried", lambda *given: tried.append(given) or once(*given))
    TabularExplainer(torch.nn.Linear(3, 1), BACKGROUND)
    assert len(tried) == 1
    model = TabularExplainer(torch.nn.Linear(3, 1), BACKGROUND).explainer.model
    DeepExplainer(model, BACKGROUND)
    assert len(tried) == 2  # as long as the reference rows are the same
    DeepExplainer(model, BACKGROUND[:5])
    assert len(tried) == 3


# -- the second way of tracing --------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
def test_what_is_compiled_to_torchscript_is_traced_by_the_operators_that_run():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = torch.nn.Sequential(
            torch.nn.Linear(3, 6), torch.nn.GELU(), torch.nn.LayerNorm(6), torch.nn.Linear(6, 2)
        ).double()
    scripted = torch.jit.script(module)
    found = DeepExplainer(scripted, BACKGROUND).explain_local(ROWS)
    expected = DeepExplainer(module, BACKGROUND).explain_local(ROWS)
    assert found.stats.method == "deep"
    np.testing.assert_allclose(found.values, expected.values, atol=1e-12)
    np.testing.assert_allclose(found.std_error, expected.std_error, atol=1e-12)


@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
def test_its_graph_follows_training_too():
    scripted = torch.jit.script(
        torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Tanh()).double()
    )
    explainer = DeepExplainer(scripted, BACKGROUND)
    explainer.explain_local(ROWS)
    with torch.no_grad():
        for parameter in scripted.parameters():
            parameter.mul_(-0.5)
    again = explainer.explain_local(ROWS)
    fresh = DeepExplainer(scripted, BACKGROUND).explain_local(ROWS)
    np.testing.assert_allclose(again.values, fresh.values, atol=1e-12)
    assert again.stats.method == "deep"


def test_the_view_of_engineered_columns_is_handed_over_by_itself():
    scaler = StandardScaler().fit(BACKGROUND)
    explainer = DeepExplainer(Branching(), BACKGROUND, transformations=scaler)
    found = explainer.explain_local(ROWS[:2], include_engineered=True)
    for view in (found, found.engineered):
        assert view.stats.method == "kernel"
        assert [method for method, _ in view.stats.refused] == ["deep"]
        assert view.stats.efficiency_gap < 1e-9
    np.testing.assert_allclose(found.values, found.engineered.values, atol=1e-9)
