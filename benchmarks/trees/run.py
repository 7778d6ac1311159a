"""How fast trees are explained: pellucid, SHAP and LightGBM's own, one thread each.

Times are CPU seconds of whole calls, the best of a few that are interleaved, so that a busy machine
slows all alike. Each contender explains as many of the same rows as it needs for a steady time.

    python benchmarks/trees/run.py [--trees 500] [--leaves 31] [--features 50] [--background 100]
"""

# ruff: noqa: E402 - the libraries are imported once their threads are limited
import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import lightgbm
import numpy as np
import shap
from sklearn.ensemble import RandomForestRegressor

from pellucid import TreeExplainer


@dataclass
class Contender:
    """Something that explains rows, and how many of them it is timed on."""

    name: str
    explain: Callable[[np.ndarray], np.ndarray]
    n_rows: int


def main():
    arguments = parsed()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, arguments.features))
    y = X @ rng.normal(size=arguments.features) + X[:, 0] * X[:, 1] + 3 * np.sin(3 * X[:, 2])
    background, rows = X[:: len(X) // arguments.background][: arguments.background], X[-1000:]
    print(f"{'':44}{'rows/s':>10}{'pellucid is':>14}{'difference':>12}")
    boosted = lightgbm.LGBMRegressor(
        n_estimators=arguments.trees, num_leaves=arguments.leaves, n_jobs=1, verbose=-1
    ).fit(X, y)
    forest = RandomForestRegressor(20, random_state=0).fit(X[:2000], y[:2000])
    title = f"LightGBM {arguments.trees} x {arguments.leaves}"
    compare(f"{title}, path-dependent", path_dependent(boosted, 1000), rows)
    compare(f"{title}, path-dependent, one row", path_dependent(boosted, 1), rows)
    compare(f"{title}, {len(background)} reference rows", interventional(boosted, background), rows)
    compare("forest of 20 deep trees, path-dependent", path_dependent(forest, 200), rows)
    compare(
        f"forest of 20 deep trees, {len(background)} reference rows",
        interventional(forest, background),
        rows,
    )


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trees", type=int, default=500)
    parser.add_argument("--leaves", type=int, default=31)
    parser.add_argument("--features", type=int, default=50)
    parser.add_argument("--background", type=int, default=100)
    return parser.parse_args()


def ours(explainer, rows):
    return explainer.explain_local(rows).values[:, :, 0]


def own(model, rows):
    return model.predict(rows, pred_contrib=True)[:, :-1]


def path_dependent(model, n_rows):
    """Ours, SHAP's, and the library's own where it has one."""
    peer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    few = max(1, n_rows // 50)
    yield Contender("pellucid", partial(ours, TreeExplainer(model, show_progress=False)), n_rows)
    yield Contender("SHAP", partial(peer.shap_values, check_additivity=False), few)
    if isinstance(model, lightgbm.LGBMModel):
        yield Contender("LightGBM's own", partial(own, model), few)


def interventional(model, background):
    """Ours and SHAP's, which would silently keep 100 reference rows if it were not told not to."""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    peer = shap.TreeExplainer(model, masker)
    explainer = TreeExplainer(model, background, show_progress=False)
    yield Contender("pellucid", partial(ours, explainer), 200)
    yield Contender("SHAP", partial(peer.shap_values, check_additivity=False), 4)


def compare(title, contenders, rows, repeats=3):
    """Print a line for each contender; the first one is ours."""
    contenders = list(contenders)
    values = [contender.explain(rows[: contender.n_rows]) for contender in contenders]
    seconds = [np.inf] * len(contenders)
    for _ in range(repeats):
        for i, contender in enumerate(contenders):
            started = time.process_time()
            contender.explain(rows[: contender.n_rows])
            seconds[i] = min(seconds[i], time.process_time() - started)
    print(title)
    speed = [c.n_rows / s for c, s in zip(contenders, seconds, strict=True)]
    for contender, found, rate in zip(contenders, values, speed, strict=True):
        n = min(len(found), len(values[0]))
        difference = np.abs(found[:n] - values[0][:n]).max()
        ratio = "" if contender is contenders[0] else f"{speed[0] / rate:.1f} x"
        print(f"    {contender.name:40}{rate:10.4g}{ratio:>14}{difference:12.1e}", flush=True)


if __name__ == "__main__":
    main()
