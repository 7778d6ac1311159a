"""What a second thread brings, and all cores beside the libraries' own explanations on all cores.

Wall seconds of whole public calls; medians of repeats that take turns, each printed as soon as it
is known. Who would take too long explains as many of the same rows as there is time for, and its
seconds are scaled. A model predicts with as many threads as its explainer has. The machine should
have nothing else to do.

What a second thread brings is the median of what it brings in each repeat. It is to be read beside
what it brings to loops that share nothing, which take turns with the explanations: the machine's
own limit at that moment. A repeat is quiet if that limit, for loops in registers, is 1.9 or more
both right before and right after: then both cores are ours, and none works for a neighbour.

    python benchmarks/trees/threads.py [--models lightgbm-31 xgboost-8] [--rows 10000]
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from ensembles import BACKGROUND_SEED, ENSEMBLES, EXPLAINED_SEED, draw_rows, fitted
from limits import limits
from peers import NotOfferedError, lightgbm_own, xgboost_own
from printing import heading, machine, number, table
from threadpoolctl import ThreadpoolController
from timing import steady

from pellucid import TreeExplainer

N_CORES = os.cpu_count() or 1

QUIET = 1.9
"""What a second thread brings to loops in registers where nobody else needs a core."""

EVEN = 256
"""Rows of which each of two threads gets as many of those that go together."""

KEYS = tuple(
    dict.fromkeys(["ours on 1", "ours on 2", f"ours on {N_CORES}", "own on 1", f"own on {N_CORES}"])
)


def main():
    arguments = parsed()
    print(machine(), flush=True)
    rows = draw_rows(arguments.rows, seed=EXPLAINED_SEED)
    background = draw_rows(arguments.background, seed=BACKGROUND_SEED)
    print(heading(f"Wall seconds for {arguments.rows:,} rows", markdown=arguments.markdown))
    lines = []
    for name in arguments.models:
        file = fitted(name, cache=arguments.cache, quick=arguments.quick)
        for game, reference in (("path-dependent", None), ("interventional", background)):
            title = f"{ENSEMBLES[name].title}, {game}"
            took = walls(contenders(file, reference), rows, arguments)
            lines.append((title, *(cell(took, key) for key in KEYS), *gains(took)))
            print("; ".join(f"{key} {cell(took, key)}" for key in took), f"- {title}", flush=True)
    titles = ("", *KEYS, "2 threads give", "in quiet repeats", "registers alone", "memory alone")
    titles += (f"ours is, on {N_CORES}",)
    print(heading("All", markdown=arguments.markdown))
    print(table(titles, lines, markdown=arguments.markdown))


def contenders(file: Path, background: np.ndarray | None) -> dict[str, Callable]:
    """Return ours on several numbers of threads, and the library's own explanation if there is."""
    calls = {f"ours on {n}": ours(file, background, n) for n in sorted({1, 2, N_CORES})}
    if background is None:
        calls |= {f"own on {n}": own(file, n) for n in sorted({1, N_CORES})}
    return {key: call for key, call in calls.items() if call}


def cell(took: dict[str, np.ndarray], key: str) -> str:
    return number(np.median(took[key])) if key in took else ""


def gains(took: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Return how many times as fast two threads are as one, and ours as the library's own."""
    ours, registers, memory = (
        took[f"{what} on 1"] / took[f"{what} on 2"] for what in ("ours", "registers", "memory")
    )
    n = len(ours)
    is_quiet = (registers.reshape(n, 2) >= QUIET).all(axis=1)
    quiet = f"{np.median(ours[is_quiet]):.2f} x" if is_quiet.any() else "none"
    of_second = (
        f"{np.median(ours):.2f} x",
        f"{quiet} ({is_quiet.sum()} of {n})",
        f"{np.median(registers):.2f} x",
        f"{np.median(memory):.2f} x",
    )
    theirs = took.get(f"own on {N_CORES}")
    if theirs is None:
        return *of_second, ""
    return *of_second, f"{number(np.median(theirs) / np.median(took[f'ours on {N_CORES}']))} x"


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
    add("--seconds", type=float, default=3.0, help="that one measurement may take, about")
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
    libraries = ThreadpoolController()  # to look for them takes milliseconds

    def explain(rows):
        with libraries.limit(limits=n_threads, user_api="openmp"):  # for models without n_jobs
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


def walls(
    calls: dict[str, Callable], rows: np.ndarray, arguments: argparse.Namespace
) -> dict[str, np.ndarray]:
    """Return the wall seconds of each call for all rows, in each repeat.

    A call that would take longer than it may explains a part of the rows only: as many on any
    number of threads, since rows share some of the work. The loops of
    :func:`limits` are among them; those in registers come right before ours and right after.
    """
    of_one = {
        key.removesuffix(" on 1"): fitting(call, rows, arguments.seconds)
        for key, call in calls.items()
        if key.endswith(" on 1")
    }
    counts = {key: of_one[key.split(" on ")[0]] for key in calls}
    works = {key: partial(call, rows[: counts[key]]) for key, call in calls.items()} | limits()
    for work in works.values():
        work()  # makes plans and tables, and starts threads
    took = {key: [] for key in works}
    for _ in range(arguments.repeats):
        for who in ("own", "memory", "registers", "ours", "registers"):
            for key, work in works.items():
                if key.startswith(who):
                    took[key].append(wall(work))
    scale = {key: len(rows) / count for key, count in counts.items()}
    return {key: np.array(seconds) * scale.get(key, 1.0) for key, seconds in took.items()}


def fitting(call: Callable, rows: np.ndarray, longest: float) -> int:
    """Return how many rows can be explained in the time that one measurement may take."""

    def seconds(n: int) -> float:
        return wall(partial(call, rows[:n]))

    n, took = 1, steady(seconds, 1)
    while True:
        n_before, before = n, took
        n = min(4 * n, len(rows))
        took = steady(seconds, n)
        if n == len(rows) or took > longest / 4:
            break
    # Two numbers of rows tell what a row costs apart from what the call costs.
    per_row = max(took - before, 1e-9) / max(n - n_before, 1)
    n = int(np.clip(n + (longest - took) / per_row, 1, len(rows)))
    n -= n % EVEN if EVEN < n < len(rows) else 0
    steady(seconds, n)
    return n


def wall(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
