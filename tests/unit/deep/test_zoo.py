"""Every network of the zoo: values add up to the network's own outputs."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from deep.zoo import ZOO, as_tensors, data_for, trained  # noqa: E402

from pellucid import DeepExplainer  # noqa: E402


@pytest.mark.parametrize("name", ZOO)
def test_values_add_up_to_the_networks_own_outputs(name):
    module, (background, rows) = trained(name), data_for(name)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    explanation = DeepExplainer(module, background).explain_local(rows)
    module.eval()
    with torch.no_grad():
        outputs, base = (
            module(*args, **named).reshape(n, -1).numpy()
            for n, (args, named) in ((5, as_tensors(rows)), (20, as_tensors(background)))
        )
    module.train()
    missed = explanation.values.sum(axis=1) - (outputs - base.mean(axis=0))
    assert np.abs(missed).max() <= 1e-4 * np.abs(outputs - base.mean(axis=0)).max()
    assert explanation.stats.efficiency_gap <= 1e-5
    assert not explanation.stats.exact
    assert any("approximate Shapley values" in said for said in explanation.stats.warnings)
    assert not any("no rule covers" in said for said in explanation.stats.warnings)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
