"""How steady ``LIMEExplainer`` is over seeds, and how fast, beside the package ``lime``.

On breast cancer with a random forest, each row is explained with several seeds by each way of
explaining, in turns. Printed are, as means over the rows:

* the Jaccard index of the five largest coefficients, over all pairs of seeds;
* the standard deviation over the seeds of the ten largest coefficients, relative to their size;
* the stated standard error of these, relative to that standard deviation;
* the local model's R2, adjusted for its number of coefficients;
* milliseconds of one core per row, and relative to lime's on the same kind of samples.
"""

import surroundings  # noqa: F401, I001

import argparse
import time
import warnings
from itertools import combinations

import numpy as np
from arguments import verdict, verdict_between
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from pellucid import LIMEExplainer

WAYS = {
    "numbers": {"discretize_continuous": False},
    "quartiles": {"discretize_continuous": True, "discretizer": "quartile"},
    "deciles": {"discretize_continuous": True, "discretizer": "decile"},
    "entropy": {"discretize_continuous": True, "discretizer": "entropy"},
}
LIME_SAMPLES = 5_000  # its default


def ours(fitted, row, options, seed):
    model, train, _ = fitted
    explainer = LIMEExplainer(model, train, random_state=seed, show_progress=False, **options)

    def explain():
        found = explainer.explain_local(row)
        return found.values[0, :, 1], found.std_error[0, :, 1], found.local_r2[0, 1]

    return explain


def limes(fitted, row, options, seed):
    model, train, labels = fitted
    d = train.shape[1]
    around = not options["discretize_continuous"]  # else its samples are all around the mean row
    explainer = LimeTabularExplainer(
        train,
        mode="classification",
        training_labels=labels,
        random_state=seed,
        sample_around_instance=around,
        **options,
    )

    def explain():
        found = explainer.explain_instance(
            row, model.predict_proba, num_features=d, num_samples=LIME_SAMPLES
        )
        values = np.zeros(d)
        for j, value in found.as_map()[1]:
            values[j] = value
        left = (1.0 - found.score) * (LIME_SAMPLES - 1) / (LIME_SAMPLES - d - 1)
        return values, None, 1.0 - left

    return explain


def jaccard(coefficients, most=5):
    top = [set(np.argsort(-np.abs(values))[:most]) for values in coefficients]
    return np.mean([len(one & other) / len(one | other) for one, other in combinations(top, 2)])


def measure(fitted, row, options, n_seeds):
    """Explain one row with each seed by both, in turns; return what is printed of each."""
    found = {make: [] for make in (ours, limes)}
    seconds = dict.fromkeys(found, 0.0)
    for seed in range(n_seeds):
        for make, results in found.items():
            explain = make(fitted, row, options, seed)
            started = time.process_time()
            results.append(explain())
            seconds[make] += time.process_time() - started
    figures = {}
    for make, results in found.items():
        coefficients = np.array([values for values, _, _ in results])
        deviation, size = coefficients.std(axis=0, ddof=1), np.abs(coefficients.mean(axis=0))
        largest = np.argsort(-size)[:10]
        errors = [
            error[largest] / deviation[largest] for _, error, _ in results if error is not None
        ]
        figures[make] = (
            jaccard(coefficients),
            np.mean(deviation[largest] / size[largest]),
            np.mean(errors) if errors else np.nan,
            np.mean([r2 for _, _, r2 in results]),
            1000 * seconds[make] / n_seeds,
        )
    return figures


def main(n_rows, n_seeds):
    X, y = load_breast_cancer(return_X_y=True)
    train, test, labels, _ = train_test_split(X, y, test_size=0.2, random_state=0)
    model = RandomForestClassifier(50, random_state=0, n_jobs=1).fit(train, labels)
    model.predict_proba(train)
    ours((model, train, labels), test[0], WAYS["numbers"], 0)()  # compiled, or read from the cache
    print(f"breast cancer, random forest, {n_rows} rows, {n_seeds} seeds, {X.shape[1]} columns\n")
    head = ("top-5 Jaccard", "deviation", "error", "R2", "ms/row", "times lime's")
    print(f"{'':10} {'':9}" + "".join(f"{word:>14}" for word in head))
    verdicts = []
    for way, options in WAYS.items():
        rows = [measure((model, train, labels), row, options, n_seeds) for row in test[:n_rows]]
        time_of_lime = np.mean([figures[limes][-1] for figures in rows])
        for make, name in ((ours, "pellucid"), (limes, "lime")):
            numbers = np.mean([figures[make] for figures in rows], axis=0)
            shown = [*numbers[:4], numbers[4], numbers[4] / time_of_lime]
            cells = [f"{number:14.3f}" for number in shown]
            cells[4] = f"{numbers[4]:14.1f}"
            print(f"{way:10} {name:9}" + "".join(cells).replace("nan", "  -"), flush=True)
            if make is ours:
                verdicts.append((way, numbers[0], numbers[4] / time_of_lime))
    print()
    for way, agreement, times in verdicts:
        verdict_between(f"{way}: top-5 Jaccard over seeds", agreement, 0.9, 1.0)
        verdict(f"{way}: CPU time relative to lime's", times, 1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10, help="rows to explain")
    parser.add_argument("--seeds", type=int, default=6, help="seeds for each")
    given = parser.parse_args()
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")  # of the peer
        main(given.rows, given.seeds)
