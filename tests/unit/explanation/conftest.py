"""Explanations of every shape, made of random numbers."""

import numpy as np
import pytest

from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats


def build_explanation(n=4, d=3, k=2, *, task="classification", estimated=False, data=None, seed=0):
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, d, k))
    base_values = np.tile(random.normal(size=k), (n, 1))
    is_classifier = task == "classification"
    return Explanation(
        values=values,
        base_values=base_values,
        predictions=values.sum(axis=1) + base_values,
        features=tuple(f"feature {j}" for j in range(d)),
        classes=tuple(f"class {j}" for j in range(k)) if is_classifier else None,
        task=task,
        output_space="raw" if is_classifier else "value",
        stats=Stats(
            "by hand",
            exact=not estimated,
            n_rows=n,
            n_rows_given=n,
            n_background=7,
            n_evaluations=10 * n,
            efficiency_gap=1e-16,
            largest_std_error=0.5 if estimated else None,
            refused=(("tree", "it is no tree model"),),
            warnings=("made of random numbers",),
            seconds=0.25,
        ),
        std_error=random.uniform(0.1, 0.5, size=values.shape) if estimated else None,
        data=data,
    )


@pytest.fixture(scope="session")
def make_explanation():
    return build_explanation
