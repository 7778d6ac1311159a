"""Whatever happens, the module and everything around it are left as they were."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from deep.zoo import data_for, trained  # noqa: E402

from pellucid import DeepExplainer, GradientExplainer, PellucidError  # noqa: E402

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 4)).astype(np.float32)


def state_of(module):
    """Return all that explaining must not change."""
    return {
        "parameters": {name: value.clone() for name, value in module.state_dict().items()},
        "training": [part.training for part in module.modules()],
        "gradients": [
            (value.requires_grad, None if value.grad is None else value.grad.clone())
            for value in module.parameters()
        ],
        "hooks": [
            (len(part._forward_hooks), len(part._forward_pre_hooks), len(part._backward_hooks))
            for part in module.modules()
        ],
        "attributes": [sorted(vars(part)) for part in module.modules()],
        "torch": torch.random.get_rng_state(),
        "numpy": np.random.get_state()[1],
        "python": random.getstate(),
        "flags": (
            torch.is_grad_enabled(),
            torch.get_num_threads(),
            torch.get_default_dtype(),
            torch.backends.mha.get_fastpath_enabled(),
            torch.backends.cuda.flash_sdp_enabled(),
            torch.backends.cuda.math_sdp_enabled(),
            torch.backends.mkldnn.enabled,
            torch.are_deterministic_algorithms_enabled(),
        ),
    }


def assert_same(before, after):
    assert before.keys() == after.keys()
    for key, value in before.items():
        if isinstance(value, dict):
            assert_same(value, after[key])
        elif isinstance(value, torch.Tensor):
            assert torch.equal(value, after[key]), key
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, after[key])
        else:
            assert str(value) == str(after[key]), key


class Counting(torch.nn.Module):
    """Counts its calls in a buffer, keeps a part in another mode, and has a hook."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 6),
            torch.nn.BatchNorm1d(6),
            torch.nn.Dropout(),
            torch.nn.Linear(6, 2),
        )
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(6))
        self.layers[2].eval()
        self.layers[0].register_forward_hook(lambda *_: None)

    def forward(self, x):
        self.calls += 1
        h = self.layers[0](x)
        self.mean = 0.9 * self.mean + 0.1 * h.detach().mean(0)
        return self.layers[3](self.layers[2](self.layers[1](h)))


class Failing(Counting):
    """Fails at one of its calls."""

    def __init__(self, at):
        super().__init__()
        self.left = SimpleNamespace(calls=at)

    def forward(self, x):
        if not torch.compiler.is_compiling():
            self.left.calls -= 1
            if self.left.calls <= 0:
                raise RuntimeError("out of memory")
        return super().forward(x)


def explain_again_and_again(module):
    for _ in range(10):
        DeepExplainer(module, X).explain_local(X)


def test_a_hundred_explanations_leave_no_trace():
    module = Counting()
    before = state_of(module)
    explainer = DeepExplainer(module, X)
    for row in rng.normal(size=(100, 4)):
        explainer.explain_local(row)
    assert_same(before, state_of(module))


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 8, 10])
def test_a_failure_leaves_no_trace(at):
    module = Failing(at)
    before = state_of(module)
    with pytest.raises(PellucidError, match="out of memory"):
        explain_again_and_again(module)
    assert_same(before, state_of(module))
    module.left.calls = 10**9
    loss = module(torch.from_numpy(X)).sum()
    loss.backward()
    assert all(value.grad is not None for value in module.parameters())


PLACES = {
    "the trace": "torch.export.ExportedProgram.run_decompositions",
    "the second trace": "torch.fx.experimental.proxy_tensor.make_fx",
    "a rule": "pellucid.explainers.torch.interpreter.rule_for",
    "an operator": "pellucid.explainers.torch.interpreter.Program._call",
    "gradients": "torch.autograd.grad",
    "averages": "pellucid.explainers.torch.averages.Averages.add",
    "the end": "pellucid.explainers.torch.explaining.attribution",
}


class Stop(BaseException):
    """What nobody catches, as an interrupt."""


@pytest.mark.parametrize("explainer", [DeepExplainer, GradientExplainer])
@pytest.mark.parametrize("place", PLACES)
def test_a_failure_anywhere_leaves_no_trace(place, explainer, monkeypatch):
    module = Counting()
    before = state_of(module)
    found = explainer(module, X) if place in {"averages", "the end"} else None

    def fail(*given, **named):
        raise Stop

    if place == "the second trace":  # it is asked where the first one fails
        monkeypatch.setattr(PLACES["the trace"], lambda *given: 1 / 0)
    monkeypatch.setattr(PLACES[place], fail)
    try:
        (found or explainer(module, X)).explain_local(X)
    except Stop:
        pass
    else:
        assert explainer is GradientExplainer  # which needs neither graph nor rules here
    monkeypatch.undo()
    assert_same(before, state_of(module))
    optimizer = torch.optim.Adam(module.parameters())
    module.train()
    module(torch.from_numpy(X)).sum().backward()
    optimizer.step()
    assert module.layers[1].num_batches_tracked == 1
    assert all(torch.isfinite(value).all() for value in module.parameters())


def test_a_module_that_writes_to_its_rows_changes_no_row_of_the_user():
    class Halving(torch.nn.Module):
        def forward(self, x):
            return x.mul_(0.5).sum(dim=1)

    rows = rng.normal(size=(12, 4))
    given = rows.copy()
    explanation = DeepExplainer(Halving().double(), rows[:5]).explain_local(rows[2:])
    np.testing.assert_array_equal(rows, given)
    expected = 0.5 * (given[2:] - given[:5].mean(axis=0))
    np.testing.assert_allclose(explanation.values[:, :, 0], expected, atol=1e-12)


def test_handing_over_leaves_no_trace():
    class Branching(Counting):
        def forward(self, x):
            return super().forward(x) if x.sum() > 0 else -super().forward(x)

    module = Branching()
    before = state_of(module)
    assert DeepExplainer(module, X).explain_local(X[:2]).stats.method == "kernel"
    assert_same(before, state_of(module))


def test_what_a_module_keeps_of_a_call_is_no_tracers_tensor():
    class Keeping(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.last, self.seen = torch.nn.Linear(4, 2), None, []

        def forward(self, x):
            self.last = self.layer(x)
            self.seen.append(self.last)
            self.extra = x
            return self.last

    module = Keeping()
    DeepExplainer(module, X).explain_local(X)
    assert module.last is None
    assert module.seen == []
    assert not hasattr(module, "extra")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", ["MLP", "functional CNN", "GRU", "tokens"])
@pytest.mark.parametrize("explainer", [DeepExplainer, GradientExplainer])
def test_networks_on_a_gpu_are_explained_there(name, explainer):
    module, (background, rows) = trained(name), data_for(name)
    expected = explainer(module, background).explain_local(rows)
    prepared = explainer(module, background)
    module.cuda()
    try:
        for each in (prepared, explainer(module, background)):
            found = each.explain_local(rows)
            scale = np.abs(expected.values).max()
            np.testing.assert_allclose(found.values, expected.values, atol=1e-4 * scale)
            assert next(module.parameters()).is_cuda
    finally:
        module.cpu()


@pytest.mark.parametrize("name", ["transformer encoder", "GRU", "in-place on views"])
def test_fused_layers_and_in_place_operators_leave_no_trace(name):
    module, (background, rows) = trained(name), data_for(name)
    before, given = state_of(module), rows.copy()
    DeepExplainer(module, background).explain_local(rows)
    assert_same(before, state_of(module))
    np.testing.assert_array_equal(rows, given)


def test_gradients_may_be_off_around():
    module, (background, rows) = trained("MLP"), data_for("MLP")
    on = DeepExplainer(module, background).explain_local(rows)
    with torch.inference_mode():
        off = DeepExplainer(module, background).explain_local(rows)
    np.testing.assert_array_equal(off.values, on.values)
