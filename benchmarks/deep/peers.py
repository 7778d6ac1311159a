"""How shap and captum are asked for the same values, (n, …, k)."""

from importlib.util import find_spec

import numpy as np
import torch


def by_shap(module, background, rows):
    import shap  # noqa: PLC0415 - only where it is installed

    found = shap.DeepExplainer(module, torch.from_numpy(background)).shap_values(
        torch.from_numpy(rows), check_additivity=False
    )
    values = np.asarray(found)
    return values if values.ndim > rows.ndim else values[..., None]


def by_captum(module, background, rows):
    from captum.attr import DeepLiftShap  # noqa: PLC0415

    method, inputs = DeepLiftShap(module), torch.from_numpy(rows)
    with torch.no_grad():
        outputs = module(inputs)
    targets = range(outputs.shape[1]) if outputs.dim() > 1 and outputs.shape[1] > 1 else [None]
    baselines = torch.from_numpy(background)
    return np.stack(
        [method.attribute(inputs, baselines, target=k).detach().numpy() for k in targets], axis=-1
    )


ALL = {"shap": by_shap, "captum": by_captum}
PEERS = {name: peer for name, peer in ALL.items() if find_spec(name) is not None}
