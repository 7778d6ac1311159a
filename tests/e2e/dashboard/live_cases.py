"""Models that a live dashboard asks, and their explanations."""

import threading
from functools import cache

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pellucid import Explanation, Stats, TabularExplainer


def people(n=300):
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.integers(20, 70, n),
            "color of the car": pd.Categorical(random.choice(["red", "blue", "green"], n)),
            "income": np.exp(random.normal(10, 0.5, n)).round(2),
            "has a garden": random.random(n) > 0.5,
            "hours per week": random.integers(10, 60, n),
        },
        index=[f"person {i}" for i in range(n)],
    )


@cache
def forest():
    """A pipeline of categories, numbers and booleans, its explainer, and an explanation."""
    rows = people()
    label = (rows["age"] > 40) ^ (rows["color of the car"] == "red") | (rows["income"] > 40_000)
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["color of the car"]), remainder="passthrough"),
        RandomForestClassifier(12, max_depth=6, random_state=0),
    ).fit(rows, np.where(label, "yes", "no"))
    explainer = TabularExplainer(model, rows.head(40))
    return model, explainer, explainer.explain_local(rows)


class Moody:
    """A sum that does as it is told: it answers, waits to be let go, or raises."""

    def __init__(self):
        self.mood = "well"
        self.let_go = threading.Event()
        self.asked = threading.Event()

    def __call__(self, rows):
        rows = np.asarray(rows, dtype=float)
        if self.mood == "slow":
            self.asked.set()
            assert self.let_go.wait(30)
        if self.mood == "raises":
            raise ValueError("the <b>service</b> of the model is gone\nand more")
        return rows.sum(axis=1)


def moody(n=60, d=3):
    """A model that can be slow or raise, and the exact explanation of its sums."""
    rows = np.random.default_rng(1).normal(size=(n, d))
    explanation = Explanation(
        values=rows[:, :, np.newaxis],
        base_values=np.zeros((n, 1)),
        predictions=rows.sum(axis=1, keepdims=True),
        features=tuple(f"part {j}" for j in range(d)),
        classes=None,
        task="regression",
        output_space="value",
        stats=Stats("by hand", n_rows=n, n_rows_given=n),
        data=rows,
    )
    return Moody(), explanation
