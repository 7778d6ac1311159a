"""How long one row takes, as a service sees it, and how long the first one of a process takes.

Wall milliseconds of one call with one row on models of 500 trees, after warm-up, on one thread: in
turns, row after row, so that each contender finds the processor's caches full of what the others
left there, and alone, with rows that follow one another. Then seconds to the first explanation of a
fresh process, with kernels that were compiled before (warm) and with none (cold): from the moment
when the model is loaded, so without imports of the model's library and scikit-learn, and from the
start of the process, with them. Kernels are compiled into a folder of their own, so that no other is
touched, and so are Python's own modules, which an installation compiles whatever the environment
says here.

    python benchmarks/trees/latency.py [--models lightgbm-31 xgboost-8] [--calls 300]
"""

import one_thread  # noqa: F401, I001 - before the libraries read how many threads they may use

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import joblib
import numpy as np

from ensembles import BACKGROUND_SEED, ENSEMBLES, EXPLAINED_SEED, draw_rows, fitted
from peers import OURS, PREDICT, NotOfferedError, prepare
from printing import heading, machine, number, table

MODELS = ("lightgbm-31", "xgboost-8", "hist-31")
CONTENDERS = (OURS, "shap", "LightGBM's own", "XGBoost's own", PREDICT)


def main():
    arguments = parsed()
    print(machine())
    rows = draw_rows(arguments.calls, seed=EXPLAINED_SEED)
    background = draw_rows(arguments.background, seed=BACKGROUND_SEED)
    games = (("path-dependent", None), ("interventional", background))
    lines, starts = [], []
    for name in arguments.models:
        file = fitted(name, cache=arguments.cache, quick=arguments.quick)
        for game, reference in games:
            title = f"{ENSEMBLES[name].title}, {game}"
            for contender, found in latencies(joblib.load(file), game, reference, rows).items():
                middle = (q for times in found for q in np.percentile(times, [50, 95]))
                lines.append((f"{title}: {contender}", *map(number, middle)))
            if arguments.starts:
                seconds = first_explanations(file, rows, reference, arguments.starts)
                starts.append((title, *map(number, seconds)))
    markdown = arguments.markdown
    print(heading("One row, wall milliseconds", markdown=markdown))
    titles = ("", "in turns: median", "95th percentile", "alone: median", "95th percentile")
    print(table(titles, lines, markdown=markdown))
    if starts:
        print(heading("Seconds to the first explanation of a process", markdown=markdown))
        titles = ("", "warm", "warm, with imports", "cold", "cold, with imports")
        print(table(titles, starts, markdown=markdown))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--models", nargs="+", choices=ENSEMBLES, default=[*MODELS], metavar="NAME",
        help=", ".join(ENSEMBLES))  # fmt: skip
    add("--calls", type=int, default=300, help="rows, explained one by one")
    add("--starts", type=int, default=5, help="warm starts of a process; 0 for no starts at all")
    add("--background", type=int, default=100, help="reference rows")
    add("--quick", action="store_true", help="25 times fewer trees")
    add("--markdown", action="store_true", help="print Markdown tables")
    add("--cache", type=Path, help="folder of the fitted models; a temporary one")
    return parser.parse_args()


def latencies(model, game, background, rows):
    """Return each contender's milliseconds, one for each row: in turns, and alone."""
    calls = {}
    for name in CONTENDERS:
        if name == PREDICT and game != "path-dependent":
            continue
        try:
            calls[name] = prepare(name, model, game, background)
        except NotOfferedError:
            continue
    for call in calls.values():
        call(rows[:1])
        call(rows[:1])
    in_turns = {name: [] for name in calls}
    for i in range(len(rows)):
        for name, call in calls.items():
            in_turns[name].append(milliseconds(call, rows[i : i + 1]))
    return {
        name: (in_turns[name], [milliseconds(call, rows[i : i + 1]) for i in range(len(rows))])
        for name, call in calls.items()
    }


def milliseconds(call, rows):
    started = time.perf_counter()
    call(rows)
    return 1e3 * (time.perf_counter() - started)


def first_explanations(file, rows, background, n_warm):
    """Return seconds without and with imports, for warm starts (the median) and a cold one."""
    with tempfile.TemporaryDirectory() as folder:
        arrays = {"rows": rows[:1]} | ({} if background is None else {"background": background})
        for name, array in arrays.items():
            np.save(f"{folder}/{name}.npy", array)
        start = partial(first_explanation, folder, [file, *(f"{folder}/{n}.npy" for n in arrays)])
        cold, *warm = [start() for _ in range(1 + n_warm)]
        return *np.median(warm, axis=0), *cold


def first_explanation(folder, words):
    script = Path(__file__).with_name("first_explanation.py")
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(script), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ
        | {"NUMBA_CACHE_DIR": f"{folder}/kernels"}
        | {"PYTHONPYCACHEPREFIX": f"{folder}/modules", "PYTHONDONTWRITEBYTECODE": ""},
    )
    return float(done.stdout), time.perf_counter() - started


if __name__ == "__main__":
    main()
