"""Teachers and rows for surrogates, with the exact values of small games."""

import itertools
import math
from functools import cache

import numpy as np
import pandas as pd
from sklearn.neural_network import MLPClassifier

from pellucid.explainers.surrogates import KINDS

rng = np.random.default_rng(11)
X = rng.normal(size=(300, 4))
ROWS = rng.normal(size=(12, 4))
KIND_NAMES = [kind.name for kind in KINDS]
FEW = {"max_num_of_augmentations": 3, "show_progress": False}


def linear(rows):
    return 3 * rows[:, 0] - rows[:, 1] + 0.5


def wavy(rows):
    return np.sin(rows[:, 0]) * rows[:, 1] + np.abs(rows[:, 2])


def exact_values(predict, row, background):
    """Interventional Shapley values (d,) by enumeration."""
    d = len(row)

    def value(inside):
        mixed = background.copy()
        mixed[:, list(inside)] = row[list(inside)]
        return predict(mixed).mean()

    values = np.zeros(d)
    for size in range(d):
        weight = math.factorial(size) * math.factorial(d - 1 - size) / math.factorial(d)
        for inside in itertools.combinations(range(d), size):
            for j in set(range(d)) - set(inside):
                values[j] += weight * (value({*inside, j}) - value(inside))
    return values


@cache
def classifier(n_classes):
    labels = np.digitize(wavy(X), [0.5, 1.2][: n_classes - 1])
    return MLPClassifier((16,), tol=1e-2, max_iter=400, random_state=0).fit(X, labels)


def people():
    ages = rng.integers(18, 80, 400)
    frame = pd.DataFrame(
        {
            "age": ages,
            'hours "[h]"': rng.normal(40, 5, 400),
            "color": rng.choice(["red", "blue", "green"], 400),
            "group": pd.Categorical(rng.choice(["x", "y"], 400)),
            "children": pd.array(rng.integers(0, 5, 400), dtype="Int64"),
        }
    )
    frame.loc[::17, "children"] = pd.NA
    frame.loc[::13, "color"] = None
    return frame


def of_people(frame):
    children = frame["children"].fillna(0).to_numpy(dtype=float)
    red = (frame["color"] == "red").to_numpy()
    return frame["age"].to_numpy() * 0.1 + 3 * red + (frame["group"] == "x").to_numpy() * children
