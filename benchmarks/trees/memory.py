"""How much memory explaining many rows takes, beyond the rows themselves and what was asked for.

Each measurement is a fresh process: it loads a model of 500 trees of 31 leaves, draws the rows,
explains them and reads the largest memory it ever had (VmHWM). "extra" is that, less what it had
before explaining, less the result; constructing the explainer is part of it. The run fails if it is
more than 500 MB anywhere.

    python benchmarks/trees/memory.py [--rows 1000000] [--features 20 50]
"""

import one_thread  # noqa: F401, I001 - before the libraries read how many threads they may use

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ensembles import BACKGROUND_SEED, draw_rows, lightgbm_of
from pellucid import TreeExplainer
from printing import machine, number, table

MB = 1e6
MOST_EXTRA = 500.0
VERBS = ("explain_local", "explain_global")
GAMES = ("path-dependent", "interventional")


def main():
    arguments = parsed()
    if arguments.measure:
        print(json.dumps(measure(arguments)))
        return
    print(machine())
    lines, most = [], 0.0
    for n_features in arguments.features:
        for game in arguments.games:
            for verb in VERBS:
                found = measure_apart(arguments, n_features, game, verb)
                most = max(most, found["extra"])
                columns = ("data", "result", "extra", "peak")
                size = f"{arguments.rows:,} x {n_features}"
                cells = (number(found[column]) for column in columns)
                lines.append((f"{verb}, {game}", size, *cells, number(found["seconds"])))
    titles = ("", "rows x features", "data MB", "result MB", "extra MB", "peak MB", "seconds")
    print(table(titles, lines, markdown=arguments.markdown))
    within = "within" if most <= MOST_EXTRA else "more than"
    print(f"\nAt most {most:.0f} MB extra: {within} {MOST_EXTRA:.0f} MB.")
    sys.exit(most > MOST_EXTRA)


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--rows", type=int, help="1,000,000")
    add("--features", type=int, nargs="+", default=[20, 50], metavar="D")
    add("--trees", type=int, help="500")
    add("--background", type=int, default=1_000, help="reference rows")
    add("--games", nargs="+", choices=GAMES, default=GAMES, metavar="NAME", help=", ".join(GAMES))
    add("--markdown", action="store_true", help="print a Markdown table")
    add("--measure", metavar="VERB", choices=VERBS, help="measure this one here; print JSON")
    add("--quick", action="store_true", help="25 times fewer trees, 20 times fewer rows")
    arguments = parser.parse_args()
    arguments.rows = arguments.rows or (50_000 if arguments.quick else 1_000_000)
    arguments.trees = arguments.trees or (20 if arguments.quick else 500)
    return arguments


def measure_apart(arguments, n_features, game, verb):
    """Measure in a process of its own."""
    options = {
        "rows": arguments.rows,
        "features": n_features,
        "trees": arguments.trees,
        "background": arguments.background,
        "games": game,
        "measure": verb,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    done = subprocess.run(
        [sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def measure(arguments):
    [n_features], [game] = arguments.features, arguments.games
    model = lightgbm_of(arguments.trees, n_features=n_features)
    X = np.empty((arguments.rows, n_features))
    for start in range(0, len(X), 10_000):  # a piece at a time, which leaves no peak
        X[start : start + 10_000] = draw_rows(
            len(X[start : start + 10_000]), n_features, seed=start
        )
    background = None
    if game == "interventional":
        background = draw_rows(arguments.background, n_features, seed=BACKGROUND_SEED)
    before, started = kilobytes("VmRSS"), time.perf_counter()
    explainer = TreeExplainer(model, background, show_progress=False)
    if arguments.measure == "explain_local":
        local = explainer.explain_local(X)
        arrays = [local.values, local.base_values, local.predictions, np.asarray(local.data)]
    else:
        arrays = [explainer.explain_global(X, include_local=False).values]
    seconds, peak = time.perf_counter() - started, kilobytes("VmHWM")
    result = sum(a.nbytes for a in arrays if not np.may_share_memory(a, X)) / MB
    extra = (peak - before) * 1024 / MB - result
    return {
        "data": X.nbytes / MB,
        "result": result,
        "extra": extra,
        "peak": peak * 1024 / MB,
        "seconds": seconds,
    }


def kilobytes(field):
    """Return a field of this process's status, such as its largest memory so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
