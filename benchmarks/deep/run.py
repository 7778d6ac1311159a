"""DeepExplainer beside shap's and captum's: additivity, error, speed, memory.

Errors are relative to the exact Shapley values' length, found by enumeration where rows have ten
columns; gaps are relative to the largest difference of outputs. Times are CPU times on one thread,
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
from zoo import ZOO, D, data_for, trained

from pellucid import DeepExplainer

ENUMERATED = 3


def outputs_of(module, rows):
    with torch.no_grad():
        return module(rows).reshape(len(rows), -1)


def exact(module, background, row):
    """Enumerate all coalitions of ten columns, on all reference rows."""
    masks = (np.arange(2**D)[:, None] >> np.arange(D)) & 1
    rows = np.where(masks[:, None].astype(bool), row, background[None])
    flat = torch.from_numpy(rows.reshape(-1, D).astype(background.dtype))
    game = outputs_of(module, flat).reshape(2**D, len(background), -1).double().mean(1).numpy()
    size = masks.sum(1)
    values = []
    for j in range(D):
        without = np.flatnonzero(masks[:, j] == 0)
        weight = np.array(
            [factorial(s) * factorial(D - s - 1) / factorial(D) for s in size[without]]
        )
        values.append(weight @ (game[without | (1 << j)] - game[without]))
    return np.stack(values)


def ours(module, background, rows):
    return DeepExplainer(module, background).explain_local(rows).values


def compare(name):
    module, (background, rows) = trained(name).eval(), data_for(name)
    methods = {"ours": ours}
    single = isinstance(rows, np.ndarray) and rows.dtype == np.float32
    truth = None
    if single:
        methods |= PEERS
        inputs = torch.from_numpy(rows), torch.from_numpy(background)
        moved = outputs_of(module, inputs[0]) - outputs_of(module, inputs[1]).mean(0)
        if rows.shape[1:] == (D,):
            truth = np.stack([exact(module, background, row) for row in rows[:ENUMERATED]])
    cells = []
    for method in methods.values():
        try:
            if not single:
                stats = DeepExplainer(module, background).explain_local(rows).stats
                cells += [f"{stats.efficiency_gap:.0e}", "-"]
                continue
            values = method(module, background, rows)
        except Exception as error:  # noqa: BLE001 - a peer that stumbles is named
            cells += [type(error).__name__[:10], "-"]
            continue
        values = values.reshape(len(rows), -1, values.shape[-1])
        gap = np.abs(values.sum(1) - moved.numpy()).max() / np.abs(moved.numpy()).max()
        error = (
            "-"
            if truth is None
            else (f"{np.linalg.norm(values[:ENUMERATED] - truth) / np.linalg.norm(truth):.3f}")
        )
        cells += [f"{gap:.0e}", error]
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
    for name, median in medians.items():
        difference = np.abs(found[name].reshape(found["ours"].shape) - found["ours"]).max() / scale
        print(
            f"{title}: {name:7s} {median:8.3f} s, {median / medians['ours']:6.1f} times ours, "
            f"differs by {difference:.0e}",
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
        print(f"{'':29s}" + "".join(f"{name:>22s}" for name in ["ours", *PEERS]))
        print(f"{'':29s}" + f"{'gap':>11s}{'error':>11s}" * (1 + len(PEERS)))
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
