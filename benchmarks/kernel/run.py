"""Error of ``KernelExplainer`` beside that of ``shap.KernelExplainer``, per model row evaluated.

Two questions, on breast cancer with a random forest, whose exact values are known:

* on the same 100 reference rows, how far are both from the exact values of these rows?
* how far are both from the exact values of all reference rows, when shap gets a summary of them,
  as is usual, and we get all?

The error is the Euclidean distance to the exact values relative to their length; the median over
the rows explained is printed, and how often the exact value lies within 1.96 standard errors.
"""

import argparse
import warnings

import numpy as np
import shap
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from pellucid import KernelExplainer

BUDGETS = (2_000, 6_000, 20_000, 60_000)


def exact_values(model, background, rows):
    """Exact interventional values of the second class, by shap's tree explainer."""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.TreeExplainer(
        model, masker, model_output="probability", feature_perturbation="interventional"
    )
    return explainer.shap_values(rows, check_additivity=False)[:, :, 1]


def error(values, exact):
    distance = np.linalg.norm(values - exact, axis=1) / np.linalg.norm(exact, axis=1)
    return float(np.median(distance))


def ours(predict, background, rows, budget, exact):
    explainer = KernelExplainer(predict, background, budget=budget, show_progress=False)
    explanation = explainer.explain_local(rows)
    values = explanation.values[:, :, 0]
    covered = 1.0
    if explanation.std_error is not None:
        reach = 1.96 * explanation.std_error[:, :, 0] + 1e-12
        covered = float((np.abs(values - exact) <= reach).mean())
    return error(values, exact), covered, explanation.stats.n_evaluations / len(rows)


def shaps(predict, background, rows, budget, exact):
    n_background = len(getattr(background, "data", background))
    explainer = shap.KernelExplainer(predict, background)
    np.random.seed(0)  # noqa: NPY002 - the peer has no other way
    values = explainer.shap_values(
        rows, nsamples=max(budget // n_background, 2), l1_reg=False, silent=True
    )
    return error(values, exact)


def main(n_rows):
    X, y = load_breast_cancer(return_X_y=True)
    train, test, labels, _ = train_test_split(X, y, test_size=0.2, random_state=0)
    model = RandomForestClassifier(50, max_depth=8, random_state=0).fit(train, labels)
    rows = test[:n_rows]

    def predict(block):
        return model.predict_proba(block)[:, 1]

    hundred = shap.sample(train, 100, random_state=0)
    print(f"breast cancer, random forest, {n_rows} rows explained, {train.shape[1]} columns\n")
    print("the same 100 reference rows")
    print(f"{'budget':>8} {'pellucid':>10} {'covered':>8} {'rows used':>10} {'shap':>10}")
    exact = exact_values(model, hundred, rows)
    for budget in BUDGETS:
        found, covered, used = ours(predict, hundred, rows, budget, exact)
        peer = shaps(predict, hundred, rows, budget, exact) if budget >= 6_000 else np.nan
        print(f"{budget:8,} {found:10.4f} {covered:8.3f} {used:10,.0f} {peer:10.4f}")
    print(f"\nall {len(train)} reference rows; shap on 100 of them, and on 10 k-means centers")
    print(
        f"{'budget':>8} {'pellucid':>10} {'covered':>8} {'rows used':>10} {'shap 100':>10} "
        f"{'shap 10':>10}"
    )
    exact = exact_values(model, train, rows)
    centers = shap.kmeans(train, 10)
    for budget in BUDGETS:
        found, covered, used = ours(predict, train, rows, budget, exact)
        peers = [
            shaps(predict, summary, rows, budget, exact) if budget >= least else np.nan
            for summary, least in ((hundred, 6_000), (centers, 2_000))
        ]
        print(
            f"{budget:8,} {found:10.4f} {covered:8.3f} {used:10,.0f} {peers[0]:10.4f} "
            f"{peers[1]:10.4f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20, help="rows to explain")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peer
        main(parser.parse_args().rows)
