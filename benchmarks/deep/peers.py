"""How shap and captum are asked for the same values, (n, …, k)."""

from importlib.util import find_spec

import numpy as np
import torch


def by_shap(module, background, rows):
    import shap  # noqa: PLC0415 - only where it is installed

    found = shap.DeepExplainer(module, _tensors(background)).shap_values(
        _tensors(rows), check_additivity=False
    )
    if isinstance(rows, tuple):
        return [_with_outputs(each, part) for each, part in zip(found, rows, strict=True)]
    return _with_outputs(found, rows)


def by_captum(module, background, rows):
    from captum.attr import DeepLiftShap  # noqa: PLC0415

    method, inputs, baselines = DeepLiftShap(module), _tensors(rows), _tensors(background)
    several = isinstance(rows, tuple)
    inputs, baselines = (tuple(x) if several else x for x in (inputs, baselines))
    with torch.no_grad():
        outputs = module(*inputs) if several else module(inputs)
    targets = range(outputs.shape[1]) if outputs.dim() > 1 and outputs.shape[1] > 1 else [None]
    found = [method.attribute(inputs, baselines, target=k) for k in targets]
    if several:
        return [
            np.stack([x.detach().numpy() for x in part], -1) for part in zip(*found, strict=True)
        ]
    return np.stack([each.detach().numpy() for each in found], axis=-1)


def _tensors(rows):
    return list(map(torch.from_numpy, rows)) if isinstance(rows, tuple) else torch.from_numpy(rows)


def _with_outputs(found, rows):
    values = np.asarray(found)
    return values if values.ndim > rows.ndim else values[..., None]


ALL = {"shap": by_shap, "captum": by_captum}
PEERS = {name: peer for name, peer in ALL.items() if find_spec(name) is not None}
