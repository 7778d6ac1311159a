"""What it costs that the engineered columns of a raw column are one player, and what it changes.

LightGBM behind imputers and one-hot encoders: the same rows are explained in the raw columns, whose
engineered columns enter and leave together, and by the last step alone in the engineered columns,
for which rows are transformed beforehand. CPU seconds of whole public calls on one thread, in
turns, medians; in the second ratio, what transforming takes by itself is taken off. Fails where
grouping costs more than twice as much. The difference is that to sums of the columns' values.

The Adult census data are not part of the repository; without them, made-up rows of the same shape
are explained.

    python benchmarks/trees/grouped.py [--adult FILE.csv] [--rows 10000] [--markdown]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from printing import heading, machine, number, table
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from pellucid import TreeExplainer

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult-train.csv"
MOST = 2.0
TITLES = (
    "",
    "grouped s",
    "single s",
    "transform s",
    "grouped / single",
    "without transforming",
    "difference",
    "of the largest",
)


def main():
    arguments = parsed()
    print(machine(), flush=True)
    raw, target = adult(arguments.adult) if arguments.adult.exists() else made_up(40_000)
    if not arguments.adult.exists():
        print(f"no Adult census data at {arguments.adult}: rows are made up")
    n_trees = 5 if arguments.quick else 500
    model = fitted(raw, target, n_trees)
    n_columns = model[0].transform(raw[:1]).shape[1]
    print(f"{raw.shape[1]} raw columns, {n_columns} engineered ones, {n_trees} trees of 31 leaves")
    rows = raw[: arguments.rows]
    with threadpool_limits(1):
        games = {"path-dependent": None} | {
            f"interventional, {m:,} reference rows": raw[-m:] for m in arguments.backgrounds
        }
        measured = {name: compared(model, rows, background) for name, background in games.items()}
    print(heading(f"{len(rows):,} rows", markdown=arguments.markdown))
    lines = [(name, *map(number, found)) for name, found in measured.items()]
    print(table(TITLES, lines, markdown=arguments.markdown))
    worst = max(max(found[3:5]) for found in measured.values())
    is_met = worst <= MOST
    print(
        f"{'met' if is_met else 'MISSED'}: grouped costs {worst:.2f} times as much as single columns (at most {MOST:g})"
    )
    if not is_met and not arguments.quick:
        sys.exit(1)


def adult(file: Path) -> tuple[pd.DataFrame, pd.Series]:
    frame = pd.read_csv(file)
    return frame.drop(columns="income"), frame["income"] == ">50K"


def made_up(n: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return six columns of numbers and eight of categories, 102 of them in all."""
    rng = np.random.default_rng(0)
    numbers = {f"number {j}": rng.normal(size=n).round(2) for j in range(6)}
    levels = (9, 16, 7, 15, 6, 5, 2, 42)
    categories = {f"category {j}": rng.integers(size, size=n) for j, size in enumerate(levels)}
    score = numbers["number 0"] * (categories["category 0"] % 3) + (categories["category 7"] > 20)
    texts = {name: np.char.add("level ", codes.astype(str)) for name, codes in categories.items()}
    return pd.DataFrame(numbers | texts), pd.Series(score + rng.normal(size=n) > 1)


def fitted(raw: pd.DataFrame, target: pd.Series, n_trees: int) -> Any:
    is_number = np.array([dtype.kind in "biuf" for dtype in raw.dtypes])
    codes = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    steps = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), raw.columns[is_number]),
            ("codes", codes, raw.columns[~is_number]),
        ]
    )
    steps.set_output(transform="pandas")
    boosted = LGBMClassifier(n_estimators=n_trees, num_leaves=31, n_jobs=1, verbose=-1)
    return make_pipeline(steps, boosted).fit(raw, target)


def compared(model: Any, rows: pd.DataFrame, background: Any) -> tuple[float, ...]:
    """Return seconds, ratios, and the largest difference, absolute and beside the largest value."""
    grouped, summed = (
        TreeExplainer(model, background, fold=fold, n_jobs=1) for fold in ("group", "sum")
    )
    one, other = grouped.explain_local(rows), summed.explain_local(rows)
    difference = float(np.abs(one.values - other.values).max())
    transform = model[:-1].transform
    engineered = transform(rows)
    single = TreeExplainer(
        model[-1], None if background is None else transform(background), n_jobs=1
    )
    single.explain_local(engineered[:64])
    calls = {
        "grouped": lambda: grouped.explain_local(rows),
        "single": lambda: single.explain_local(engineered),
        "transform": lambda: transform(rows),
    }
    took = in_turns(calls, n_times=3)
    alone = (took["grouped"] - took["transform"]) / took["single"]
    largest = float(np.abs(one.values).max())
    return (
        *took.values(),
        took["grouped"] / took["single"],
        alone,
        difference,
        difference / largest,
    )


def in_turns(calls: dict[str, Callable[[], Any]], n_times: int) -> dict[str, float]:
    """Return the median CPU seconds of each call."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(n_times):
        for name, call in calls.items():
            started = time.process_time()
            call()
            seconds[name].append(time.process_time() - started)
    return {name: statistics.median(found) for name, found in seconds.items()}


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--adult", type=Path, default=ADULT, help="the census data, as CSV")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--backgrounds", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--quick", action="store_true", help="five trees; says nothing of speed")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
