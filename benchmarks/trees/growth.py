"""How the cost of explaining trees grows with rows, trees, leaves, depth, features and the rest.

From one base model, one thing at a time is made larger, and what explaining takes is measured for
both games, each in a process of its own: CPU seconds to construct the explainer and to explain the
rows on one thread (medians), and the largest memory beyond what the process had before. Power laws
are fitted to the larger half of each sweep; for depth, the factor for each further level.

    python benchmarks/trees/growth.py          # writes docs/_static/trees-{cost,growth}.csv
    python benchmarks/trees/draw_growth.py     # draws them: docs/_static/trees-*.svg

``--sweeps rows trees`` measures these alone again, ``--quick`` tries everything in a minute or two.
"""

import one_thread  # noqa: F401, I001 - before the libraries read how many threads they may use

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np

from ensembles import BACKGROUND_SEED, EXPLAINED_SEED, draw_rows, lightgbm_of, xgboost_of
from memory import kilobytes
from pellucid import TreeExplainer
from printing import machine, table

DOCS = Path(__file__).parents[2] / "docs" / "_static"
GAMES = ("path-dependent", "interventional")
MEASURED = ("construct", "explain", "memory")


class Size(NamedTuple):
    """All that the cost may depend on; ``depth`` 0 stands for LightGBM, which has no limit."""

    rows: int = 2_000
    trees: int = 200
    leaves: int = 31
    depth: int = 0
    features: int = 50
    background: int = 100
    outputs: int = 1


SWEEPS: dict[str, tuple[int, ...]] = {
    "rows": (10, 100, 1_000, 10_000, 100_000),
    "trees": (25, 50, 100, 200, 400, 800),
    "leaves": (8, 16, 32, 64, 128, 256),
    "depth": (2, 4, 6, 8, 10, 12),
    "features": (10, 20, 40, 80, 160, 320),
    "background": (10, 100, 1_000, 10_000, 100_000),
    "outputs": (2, 4, 8, 16),
}

TITLES = {sweep: sweep for sweep in SWEEPS} | {
    "depth": "one level",
    "background": "reference rows",
}


def main():
    arguments = parsed()
    if arguments.measure:
        print(json.dumps(measure(json.loads(arguments.measure))))
        return
    base = Size(rows=50, trees=5) if arguments.quick else Size()
    costs, growth = arguments.folder / "trees-cost.csv", arguments.folder / "trees-growth.csv"
    for sweep in arguments.sweeps:
        values = SWEEPS[sweep][:2] if arguments.quick else SWEEPS[sweep]
        found = [line for value in values for line in measured(sweep, value, base)]
        measurements = [*other_lines(costs, sweep), *found]
        write(costs, measurements)
    fitted = growth_of(measurements)
    write(growth, fitted)
    print(f"\n{machine()}\n")
    print(table(list(fitted[0]), [list(line.values()) for line in fitted]))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sweeps", nargs="+", choices=SWEEPS, default=[*SWEEPS], metavar="NAME",
        help=", ".join(SWEEPS))  # fmt: skip
    add("--folder", type=Path, default=DOCS, help="where the tables go; docs/_static")
    add("--quick", action="store_true", help="the two smallest sizes, 5 trees, 50 rows")
    add("--measure", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(sweep: str, value: int, base: Size) -> Iterable[dict[str, Any]]:
    """Measure both games at one size, and print what was found."""
    size = base._replace(**{sweep: value})
    if sweep == "outputs":  # as many trees for each output
        size = size._replace(trees=max(1, size.trees // 4))
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(model_of(size), f"{folder}/model.joblib")
        for game in GAMES:
            if sweep == "background" and game == "path-dependent":
                continue
            request = {**size._asdict(), "game": game, "model": f"{folder}/model.joblib"}
            done = subprocess.run(
                [sys.executable, __file__, "--measure", json.dumps(request)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found = json.loads(done.stdout)
            line = {"sweep": sweep, "value": value, "game": game}
            line |= {name: f"{found[name]:.4g}" for name in MEASURED}
            print(", ".join(f"{key} {cell}" for key, cell in line.items()), flush=True)
            yield line | size._asdict()


def model_of(size: Size) -> Any:
    if size.depth:
        return xgboost_of(size.trees, size.depth)
    return lightgbm_of(size.trees, size.leaves, size.features, size.outputs)


def measure(request: dict[str, Any]) -> dict[str, float]:
    """Measure one size and game in this process, which has measured nothing before."""
    game, model = request.pop("game"), joblib.load(request.pop("model"))
    size = Size(**request)
    rows = draw_rows(size.rows, size.features, seed=EXPLAINED_SEED)
    background = None
    if game == "interventional":
        background = draw_rows(size.background, size.features, seed=BACKGROUND_SEED)
    warm_up(background)
    model.predict(rows[:1])
    Path("/proc/self/clear_refs").write_text("5")  # forget the largest memory so far
    before = kilobytes("VmRSS")
    explainer, construct = timed(lambda: TreeExplainer(model, background, show_progress=False))
    _, first = timed(lambda: explainer.explain_local(rows))
    memory = (kilobytes("VmHWM") - before) * 1024 / 1e6
    explain, constructs = [first], [construct]
    while len(explain) < 5 and sum(explain) < 10.0:
        explain.append(timed(lambda: explainer.explain_local(rows))[1])
    while len(constructs) < 3 and sum(constructs) < 5.0:
        constructs.append(timed(lambda: TreeExplainer(model, background, show_progress=False))[1])
    times = {"construct": statistics.median(constructs), "explain": statistics.median(explain)}
    return {**times, "memory": memory}


def warm_up(background: np.ndarray | None) -> None:
    """Compile the kernels, so that neither time nor memory holds their compilation."""
    few = None if background is None else background[:10, :10]
    rows = draw_rows(10, 10, seed=EXPLAINED_SEED)
    TreeExplainer(lightgbm_of(2, 4, 10), few, show_progress=False).explain_local(rows)


def timed(action: Any) -> tuple[Any, float]:
    started = time.process_time()
    result = action()
    return result, time.process_time() - started


def growth_of(measurements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each thing that was measured, with its fitted growth in each sweep."""
    lines = []
    for name in MEASURED:
        for game in GAMES:
            line = {"": f"{name}, {game}"}
            for sweep, title in TITLES.items():
                points = [m for m in measurements if (m["sweep"], m["game"]) == (sweep, game)]
                line[title] = fit(sweep, points, name)
            lines.append(line)
    return lines


def fit(sweep: str, points: list[dict[str, Any]], name: str) -> str:
    """Return the exponent of a power law as text, or the factor for one more level of depth."""
    half = sorted(points, key=lambda p: float(p["value"]))[-max(2, (len(points) + 1) // 2) :]
    if len(half) < 2:
        return ""
    x = np.array([float(p["value"]) for p in half])
    y = np.log([max(float(p[name]), 1e-6) for p in half])
    if sweep == "depth":
        return f"x {np.exp(np.polyfit(x, y, 1)[0]):.1f}"
    return f"{np.polyfit(np.log(x), y, 1)[0]:.2f}"


def other_lines(file: Path, sweep: str) -> list[dict[str, Any]]:
    """Return the measurements in a file that are not of a sweep."""
    if not file.exists():
        return []
    with file.open(newline="") as lines:
        return [line for line in csv.DictReader(lines) if line["sweep"] != sweep]


def write(file: Path, lines: list[dict[str, Any]]) -> None:
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


if __name__ == "__main__":
    main()
