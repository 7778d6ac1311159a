"""What explaining costs beside the model, per model row, beside ``shap.KernelExplainer``.

The model is free: it returns a constant, whatever the rows. So all the time is the explainers'
own: choosing coalitions, making the rows that the model is given, and making values of what it
returns. The time in which rows are made and handed over is printed as well. Processor time, the
median of runs in turns; on one thread.
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd
import scipy.sparse as sp
import shap

from pellucid import KernelExplainer
from pellucid.explainers.masking import MaskedRows

N_REFERENCES = 100
rng = np.random.default_rng(0)


class FreeModel:
    """A function that costs nothing, and counts the rows it is given.

    shap hands over data frames as arrays of objects: to be free for a model of data frames, they
    have to be made into these again.
    """

    def __init__(self, like):
        self.n_rows = 0
        self.like = like

    def __call__(self, rows):
        self.n_rows += rows.shape[0]
        if isinstance(self.like, pd.DataFrame) and not isinstance(rows, pd.DataFrame):
            pd.DataFrame(rows, columns=self.like.columns).astype(self.like.dtypes)
        return np.full(rows.shape[0], 0.5)


def dense(n):
    return rng.normal(size=(n, 30))


def sparse(n):
    return sp.csr_matrix(sp.random_array((n, 2000), density=0.025, rng=rng))


def frame(n):
    numbers = {f"number {j}": rng.normal(size=n) for j in range(8)}
    letters = {
        f"letter {j}": pd.Categorical(rng.choice(list("abcdef"), n), list("abcdef"))
        for j in range(4)
    }
    others = {
        "count": pd.array(rng.integers(0, 50, n), dtype="Int64"),
        "text": rng.choice(["red", "green", "blue", "white"], n),
        "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D"),
    }
    return pd.DataFrame(numbers | letters | others)


KINDS = {
    "dense, 30 columns": (dense, 20),
    "csr, 2,000 columns, 50 cells a row": (sparse, 2),
    "data frame, 15 columns of 5 types": (frame, 10),
}


def ours(references, rows, budget):
    """Return seconds of processor time per model row: of all, and of making rows."""
    model = FreeModel(references)
    explainer = KernelExplainer(model, references, budget=budget, show_progress=False)
    model.n_rows, spent, predict = 0, 0.0, MaskedRows.predict

    def timed(*arguments):
        nonlocal spent
        started = time.process_time()
        found = predict(*arguments)
        spent += time.process_time() - started
        return found

    MaskedRows.predict = timed
    try:
        started = time.process_time()
        explainer.explain_local(rows)
        total = time.process_time() - started
    finally:
        MaskedRows.predict = predict
    return total / model.n_rows, spent / model.n_rows


def shaps(references, rows, n_coalitions):
    """Return seconds of processor time per model row."""
    model = FreeModel(references)
    explainer = shap.KernelExplainer(model, references)
    model.n_rows, started = 0, time.process_time()
    explainer.shap_values(rows, nsamples=n_coalitions, l1_reg=False, silent=True)
    return (time.process_time() - started) / model.n_rows


def main(n_runs, n_coalitions):
    budget = n_coalitions * N_REFERENCES
    print(f"free model, {N_REFERENCES} reference rows, {budget:,} model rows a row\n")
    print(f"{'us per model row':36} {'pellucid':>9} {'making rows':>12} {'shap':>9} {'ratio':>7}")
    for kind, (make, n_rows) in KINDS.items():
        references, rows = make(N_REFERENCES), make(n_rows)
        ours(references, rows, budget)  # compiles
        found = [
            (*ours(references, rows, budget), shaps(references, rows, n_coalitions))
            for _ in range(n_runs)
        ]
        whole, making, theirs = 1e6 * np.median(found, axis=0)
        print(f"{kind:36} {whole:9.3f} {making:12.3f} {theirs:9.2f} {theirs / whole:6.1f}x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turns")
    parser.add_argument("--coalitions", type=int, default=1000, help="that shap evaluates")
    arguments = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peer
        main(arguments.runs, arguments.coalitions)
