"""Time and memory of mimicking a model over a million rows, without keeping what explains each row.

The explainer is given all rows, draws the sample that it learns from, and explains all of them as a
stream. Printed are what the sample leaves unknown, the surrogate's fidelity, CPU seconds, and the
largest memory (VmHWM) beyond what was there before: the rows, and the libraries. It fails if that is
more than 1,500 MB, of which half would be a copy of the rows with their values.

    python benchmarks/mimic/stream.py [--rows 1000000] [--features 50]
"""

import surroundings  # noqa: F401, I001

import argparse
import sys
import time

import numpy as np

from memory import kilobytes
from pellucid import LGBMExplainableModel, MimicExplainer
from printing import machine, number

MB = 1e6
MOST_EXTRA = 1_500.0
AT_ONCE = 10_000


class Network:
    """A network of random weights, quick to ask: a function of all columns with interactions."""

    def __init__(self, n_features: int) -> None:
        rng = np.random.default_rng(0)
        decay = 0.9 ** np.arange(n_features)[:, None]
        self.first = rng.normal(size=(n_features, 16)) * decay / np.sqrt(4.0)
        self.second = rng.normal(size=16)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return np.tanh(rows @ self.first) @ self.second


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, help="1,000,000")
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="few rows")
    arguments = parser.parse_args()
    n = arguments.rows or (60_000 if arguments.quick else 1_000_000)
    d = arguments.features
    options = {"max_num_of_augmentations": 1, "most_examples": 500} if arguments.quick else {}
    X, rng = np.empty((n, d)), np.random.default_rng(1)
    for start in range(0, n, AT_ONCE):
        X[start : start + AT_ONCE] = rng.normal(size=X[start : start + AT_ONCE].shape)
    print(f"{machine()}\n{n:,} rows x {d}: {X.nbytes / MB:,.0f} MB")
    before, started = kilobytes("VmRSS"), time.process_time()
    explainer = MimicExplainer(Network(d), X, LGBMExplainableModel, show_progress=False, **options)
    built, peak = time.process_time(), kilobytes("VmHWM")
    facts = dict(explainer.settings)
    print(f"sampling error: {facts.get('sampling error', 'all rows were used')}")
    fidelity = explainer.fidelity
    print(f"R2 {fidelity.overall_r2:.3f} on held-out rows, {fidelity.r2_hybrids:.3f} on hybrids")
    print(
        f"build: {number(built - started)} s, {(peak - before) * 1024 / MB:,.0f} MB extra",
        flush=True,
    )
    found = explainer.explain_global(X, include_local=False)
    seconds = time.process_time() - built
    extra = (kilobytes("VmHWM") - before) * 1024 / MB
    print(f"explain: {number(seconds)} s, {found.stats.n_rows:,} rows, kept: {found.local}")
    word = "met" if extra <= MOST_EXTRA else "MISSED"
    print(f"{word}: {extra:,.0f} MB extra in all; the target is at most {MOST_EXTRA:,.0f}")
    sys.exit(extra > MOST_EXTRA)


if __name__ == "__main__":
    main()
