"""DeepExplainer beside shap's and captum's: additivity, error, speed, memory.

Errors are relative to the exact Shapley values' length, found by enumeration where rows have ten
cells; gaps are relative to the largest difference of outputs, and what a peer's values differ by is
relative to the largest of ours. shap and captum take no dict of tensors; tokens they are given as
their embeddings, over which their values are added up. Times are CPU times on one thread,
taken in turns.
"""

import argparse
import resource
import time
import warnings
from math import factorial

import numpy as np
import torch
from peers import ALL, PEERS
from torch import nn
from zoo import ZOO, D, as_tensors, data_for, trained

from pellucid import DeepExplainer
from pellucid.data.layout import layout_of

ENUMERATED = 3


def outputs_of(module, rows):
    args, named = as_tensors(rows)
    with torch.no_grad():
        found = module(*args, **named)
    return found.reshape(len(found), -1).double().numpy()


def exact(module, background, rows, i):
    """Enumerate all coalitions of a row's ten cells, on all reference rows."""
    layout, flat = layout_of(background, "background")
    cells = flat if layout is None else layout.flatten(background, "background")
    row = rows[i] if layout is None else layout.flatten(rows, "rows")[i]
    masks = (np.arange(2**D)[:, None] >> np.arange(D)) & 1
    mixed = np.where(masks[:, None].astype(bool), row, cells[None])
    mixed = mixed.reshape(-1, D).astype(cells.dtype)
    game = outputs_of(module, mixed if layout is None else shaped(layout, mixed))
    game = game.reshape(2**D, len(cells), -1).mean(1)
    size = masks.sum(1)
    values = []
    for j in range(D):
        without = np.flatnonzero(masks[:, j] == 0)
        weight = np.array(
            [factorial(s) * factorial(D - s - 1) / factorial(D) for s in size[without]]
        )
        values.append(weight @ (game[without | (1 << j)] - game[without]))
    return np.stack(values)


def parts_of(rows):
    return (
        list(rows.values())
        if isinstance(rows, dict)
        else rows
        if isinstance(rows, tuple)
        else [rows]
    )


def shaped(layout, flat):
    """Return flat rows as a network takes them."""
    arrays = [
        part.astype(np.int64 if whole else np.float32)
        for part, whole in zip(layout.split(flat), layout.wholes, strict=True)
    ]
    if layout.kind == "dict":
        return dict(zip(layout.names, arrays, strict=True))
    return arrays[0] if layout.kind == "array" else tuple(arrays)


def ours(module, background, rows):
    return DeepExplainer(module, background).explain_local(rows).values


def values_by(method, module, background, rows):
    """Return values (n, cells, k); peers are given tokens as what their embeddings are."""
    if method is ours:
        return ours(module, background, rows)
    if isinstance(rows, tuple):
        return np.concatenate(method(module, background, rows), axis=1)
    if rows.dtype.kind != "i":
        values = method(module, background, rows)
        return values.reshape(len(rows), -1, values.shape[-1])
    weight = module.embedding.weight.detach().numpy()
    tail = Embedded(module).eval()
    return method(tail, weight[background], weight[rows]).sum(2)


class Embedded(nn.Module):
    """A network of tokens from the place on where they are embedded."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole

    def forward(self, h):
        return self.whole.embedded(h)


def compare(name):
    module, (background, rows) = trained(name).eval(), data_for(name)
    methods = {"ours": ours} | ({} if isinstance(rows, dict) else PEERS)
    moved = outputs_of(module, rows) - outputs_of(module, background).mean(0)
    truth, cells, first = None, [], None
    if sum(np.prod(part.shape[1:]) for part in parts_of(rows)) == D:
        truth = np.stack([exact(module, background, rows, i) for i in range(ENUMERATED)])
    for method in methods.values():
        try:
            values = values_by(method, module, background, rows)
        except Exception as error:  # noqa: BLE001 - a peer that stumbles is named
            cells += [type(error).__name__[:10], "-", "-"]
            continue
        first = values if first is None else first
        gap = np.abs(values.sum(1) - moved).max() / np.abs(moved).max()
        apart = np.abs(values - first).max() / np.abs(first).max()
        error = "-"
        if truth is not None:
            error = f"{np.linalg.norm(values[:ENUMERATED] - truth) / np.linalg.norm(truth):.3f}"
        cells += [f"{gap:.0e}", error, "" if method is ours else f"{apart:.0e}"]
    print(f"{name:29s}" + "".join(f"{cell:>11s}" for cell in cells), flush=True)


def speed(title, module, background, rows, repeats):
    module.eval()
    explainer = DeepExplainer(module, background)
    ways = {"ours": lambda: explainer.explain_local(rows).values}
    for name, peer in PEERS.items():
        ways[name] = lambda peer=peer: peer(module, background, rows)
    times = {name: [] for name in ways}
    found = {name: way() for name, way in ways.items()}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.process_time()
            way()
            times[name].append(time.process_time() - start)
    medians = {name: float(np.median(each)) for name, each in times.items()}
    scale = np.abs(found["ours"]).max()
    moved = outputs_of(module, rows) - outputs_of(module, background).mean(0)
    for name, median in medians.items():
        values = found[name].reshape(found["ours"].shape)
        difference = np.abs(values - found["ours"]).max() / scale
        gap = np.abs(values.sum(1) - moved).max() / np.abs(moved).max()
        print(
            f"{title}: {name:7s} {median:8.3f} s, {median / medians['ours']:6.1f} times ours, "
            f"gap {gap:.0e}, differs by {difference:.0e}",
            flush=True,
        )


def memory(n_rows, n_background):
    module = nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 2)
    )
    rng = np.random.default_rng(0)
    background, rows = (rng.normal(size=(n, 20)).astype(np.float32) for n in (n_background, n_rows))
    explainer = DeepExplainer(module, background)
    explainer.explain_global(rows[:10], include_local=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    explainer.explain_global(rows, include_local=False)
    extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{n_rows:,} rows x {n_background:,} reference rows: {extra:.0f} MB more than before, "
        f"{time.process_time() - start:.1f} CPU s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two networks, few rows")
    parser.add_argument("--networks", nargs="*", default=list(ZOO), help="names in zoo.py")
    parser.add_argument("--parts", nargs="*", default=["zoo", "speed", "memory"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    names = options.networks[:2] if options.quick else options.networks
    for missing in sorted(ALL.keys() - PEERS):
        print(f"without {missing}, which is not installed")
    if "zoo" in options.parts:
        print(f"{'':29s}" + "".join(f"{name:>33s}" for name in ["ours", *PEERS]))
        print(f"{'':29s}" + f"{'gap':>11s}{'error':>11s}{'differs':>11s}" * (1 + len(PEERS)))
        for name in names:
            compare(name)
    n, m = (2, 5) if options.quick else (20, 100)
    rng = np.random.default_rng(0)
    if "speed" in options.parts:
        wide = nn.Sequential(
            nn.Linear(50, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 10)
        )
        background, rows = (rng.normal(size=(k, 50)).astype(np.float32) for k in (m, n))
        speed("MLP, 10 outputs", wide, background, rows, 5)
        conv = nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 10),
        )  # fmt: skip
        background, rows = (rng.normal(size=(k, 1, 28, 28)).astype(np.float32) for k in (m, n))
        speed("CNN, 10 outputs", conv, background, rows[: n // 2], 3)
    if "memory" in options.parts:
        memory(*((100, 10) if options.quick else (10_000, 100)))


if __name__ == "__main__":
    main()
