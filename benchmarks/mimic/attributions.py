"""How near a surrogate's attributions come to the exact ones of the model, and how near its ranking.

The exact values are those of ``benchmarks/black_box/problems.py``: interventional, all reference rows,
by enumeration for a network on diabetes, by the tree explainer for a forest on breast cancer. An
error is the Euclidean distance to them relative to their length, the median over the rows explained.
Compared are surrogates of boosted trees taught with and without hybrids, the corrected one, and
interpret-community's, which is taught the same reference rows.

For a LightGBM teacher, Spearman's correlation says how alike the features' global importances are
ranked by the surrogate and by the exact values.

    python benchmarks/mimic/attributions.py --peer-python ~/peer/bin/python
"""

import surroundings  # noqa: F401, I001

import argparse
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMRegressor
from scipy.stats import spearmanr
from sklearn.datasets import load_diabetes

import teachers
from arguments import verdict
from contenders import error
from pellucid import LGBMExplainableModel, MimicExplainer, TreeExplainer
from peers_side import Peer
from printing import heading, machine, number, table
from problems import PROBLEMS, Problem, take

MODEL_ROWS = 3_000
WAYS: dict[str, dict[str, Any]] = {
    "no hybrids": {"augment_data": False},
    "as it comes": {},
    "100 hybrids per row": {"max_num_of_augmentations": 100},
    "corrected": {"correct": True, "budget": MODEL_ROWS},
}
TARGETS = {"as it comes": 0.2, "corrected": 0.1}


def written_network(model: Any) -> dict[str, Any]:
    """Write a network of scikit-learn down for :mod:`teachers`."""
    d, layers = model.n_features_in_, range(len(model.coefs_))
    return {
        "kind": "network",
        "n_classes": 0,
        "levels": np.zeros(d, dtype=int),
        "center": np.zeros(d),
        "scale": np.ones(d),
        "n_layers": len(layers),
        **{f"weights{i}": model.coefs_[i] for i in layers},
        **{f"bias{i}": model.intercepts_[i] for i in layers},
    }


def written_forest(model: Any) -> dict[str, Any]:
    """Write down the probability of a forest's second class."""
    trees = [estimator.tree_ for estimator in model.estimators_]
    shape = len(trees), max(tree.node_count for tree in trees)
    arrays = {name: np.zeros(shape, dtype=int) for name in ("feature", "left", "right")}
    arrays |= {name: np.zeros(shape) for name in ("threshold", "value")}
    for i, tree in enumerate(trees):
        nodes = slice(tree.node_count)
        is_leaf, itself = tree.children_left < 0, np.arange(tree.node_count)
        arrays["feature"][i, nodes] = np.where(is_leaf, 0, tree.feature)
        arrays["left"][i, nodes] = np.where(is_leaf, itself, tree.children_left)
        arrays["right"][i, nodes] = np.where(is_leaf, itself, tree.children_right)
        arrays["threshold"][i, nodes] = tree.threshold
        counts = tree.value[:, 0]
        arrays["value"][i, nodes] = counts[:, 1] / counts.sum(axis=1)
    depth = max(tree.max_depth for tree in trees)
    return {"kind": "forest", "n_classes": 0, "depth": depth, **arrays}


WRITERS = {"diabetes-mlp": written_network, "cancer-forest": written_forest}


def measured(problem: Problem, rows: Any, teacher: Any, peer: Peer | None):
    """Return the error of everyone."""
    exact = problem.solve(problem.reference, rows)
    errors = {}
    for way, options in WAYS.items():
        explainer = MimicExplainer(
            teachers.of(teacher),
            problem.reference,
            LGBMExplainableModel,
            show_progress=False,
            **options,
        )
        errors[way] = error(explainer.explain_local(rows).values[:, :, 0], exact)
    if peer is not None:
        found = peer(teacher, np.asarray(problem.reference), np.asarray(rows), "lightgbm")
        errors["interpret-community"] = error(found.values, exact)
    return errors


def ranking(*, quick: bool) -> float:
    """Return how alike a surrogate and the exact values rank the features of a LightGBM teacher."""
    X, y = load_diabetes(return_X_y=True)
    model = LGBMRegressor(n_estimators=5 if quick else 200, verbose=-1, n_jobs=1).fit(X, y)
    exact = TreeExplainer(model, X, show_progress=False).explain_global(X).overall
    mimic = MimicExplainer(model, X, LGBMExplainableModel, show_progress=False)
    return float(spearmanr(mimic.explain_global(X).overall, exact).statistic)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer-python", help="the interpreter of interpret-community")
    parser.add_argument("--rows", type=int, default=20, help="rows to explain; 20")
    parser.add_argument("--quick", action="store_true", help="tiny models")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of small networks
    print(machine() + (", quick" if arguments.quick else ""))
    n_rows = 2 if arguments.quick else arguments.rows
    lines, verdicts = [], []
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(arguments.peer_python, Path(folder)) if arguments.peer_python else None
        for name, write in WRITERS.items():
            problem = PROBLEMS[name](quick=arguments.quick)
            errors = measured(
                problem, take(problem.rows, slice(n_rows)), write(problem.model), peer
            )
            lines.append((name, *map(number, errors.values())))
            print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
            verdicts += [(f"{name}, {way}", errors[way], most) for way, most in TARGETS.items()]
        if peer is not None:
            peer.stop()
    print(heading(f"error of attributions, {n_rows} rows explained", markdown=arguments.markdown))
    print(table(("", *errors), lines, markdown=arguments.markdown))
    print()
    for what, found, most in verdicts:
        verdict(what, found, most)
    rank = ranking(quick=arguments.quick)
    word = "met" if rank >= 0.95 else "MISSED"
    print(f"{word}: ranks of a LightGBM teacher's features agree by {rank:.3f}; the target is 0.95")


if __name__ == "__main__":
    main()
