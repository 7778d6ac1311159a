"""What a second thread brings, and all cores beside the libraries' own explanations on all cores.

Wall seconds of whole public calls on the same rows; medians of repeats that take turns. A model
predicts with as many threads as its explainer has. The machine should have nothing else to do.

    python benchmarks/trees/threads.py [--models lightgbm-31 xgboost-8] [--rows 10000]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from ensembles import BACKGROUND_SEED, ENSEMBLES, EXPLAINED_SEED, draw_rows, fitted
from peers import NotOfferedError, lightgbm_own, xgboost_own
from printing import heading, machine, number, table
from threadpoolctl import threadpool_limits

from pellucid import TreeExplainer

N_CORES = os.cpu_count() or 1


def main():
    arguments = parsed()
    print(machine())
    rows = draw_rows(arguments.rows, seed=EXPLAINED_SEED)
    background = draw_rows(arguments.background, seed=BACKGROUND_SEED)
    pairs, beside = [], []
    for name in arguments.models:
        file = fitted(name, cache=arguments.cache, quick=arguments.quick)
        for game, reference in (("path-dependent", None), ("interventional", background)):
            calls = {n: ours(file, reference, n) for n in sorted({1, 2, N_CORES})}
            if reference is None:
                calls |= {f"own {n}": own(file, n) for n in (1, N_CORES)}
            took = walls({k: c for k, c in calls.items() if c}, rows, arguments.repeats)
            gain = f"{took[1] / took[2]:.2f} x"
            title = f"{ENSEMBLES[name].title}, {game}"
            pairs.append((title, number(took[1]), number(took[2]), gain))
            if f"own {N_CORES}" in took:
                theirs = took[f"own {N_CORES}"]
                ratio = f"{number(theirs / took[N_CORES])} x"
                beside.append((title, number(took[N_CORES]), number(theirs), ratio))
    markdown = arguments.markdown
    n = f"{arguments.rows:,} rows"
    print(heading(f"Two threads, wall seconds for {n}", markdown=markdown))
    print(table(("", "1 thread", "2 threads", "gain"), pairs, markdown=markdown))
    if beside:
        print(heading(f"All {N_CORES} cores, wall seconds for {n}", markdown=markdown))
        titles = ("", "pellucid", "the library's own", "ours is")
        print(table(titles, beside, markdown=markdown))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--models", nargs="+", choices=ENSEMBLES, default=[*ENSEMBLES], metavar="NAME",
        help=", ".join(ENSEMBLES))  # fmt: skip
    add("--rows", type=int, default=10_000)
    add("--background", type=int, default=100, help="reference rows")
    add("--repeats", type=int, default=5)
    add("--quick", action="store_true", help="25 times fewer trees")
    add("--markdown", action="store_true", help="print Markdown tables")
    add("--cache", type=Path, help="folder of the fitted models; a temporary one")
    return parser.parse_args()


def threaded(file: Path, n_threads: int) -> Any:
    """Return a model that predicts with that many threads."""
    model = joblib.load(file)
    return model.set_params(n_jobs=n_threads) if "n_jobs" in model.get_params() else model


def ours(file: Path, background: np.ndarray | None, n_threads: int) -> Callable:
    model = threaded(file, n_threads)
    explainer = TreeExplainer(model, background, n_jobs=n_threads, show_progress=False)

    def explain(rows):
        with threadpool_limits(n_threads, user_api="openmp"):  # for models without n_jobs
            explainer.explain_local(rows)

    return explain


def own(file: Path, n_threads: int) -> Callable | None:
    """Return a library's own explanation with that many threads, if it has one."""
    model = threaded(file, n_threads)
    for library in (lightgbm_own, xgboost_own):
        try:
            return library(model, "path-dependent", None)
        except NotOfferedError:
            continue
    return None


def walls(calls: dict, rows: np.ndarray, repeats: int) -> dict:
    """Return the median wall seconds of each call.

    A call that takes longer than ten seconds for a part of the rows is measured on that part only.
    """
    counts = {}
    for key, call in calls.items():
        call(rows[:1])
        counts[key] = fitting(call, rows)
    seconds = {key: [] for key in calls}
    for _ in range(repeats):
        for key, call in calls.items():
            started = time.perf_counter()
            call(rows[: counts[key]])
            seconds[key].append(time.perf_counter() - started)
    return {key: statistics.median(seconds[key]) * len(rows) / counts[key] for key in calls}


def fitting(call: Callable, rows: np.ndarray, *, longest: float = 10.0) -> int:
    """Return how many rows can be explained in the time that one measurement may take."""
    n = min(len(rows), 4 * N_CORES * 32)
    started = time.perf_counter()
    call(rows[:n])
    per_row = (time.perf_counter() - started) / n
    return len(rows) if per_row * len(rows) < longest else max(n, int(longest / per_row))


if __name__ == "__main__":
    main()
