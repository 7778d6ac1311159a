"""Explanations that are hard to draw, made by hand."""

import dataclasses

import numpy as np

from pellucid import Effect, Explanation, Rules, Stats
from pellucid.explanation.rules import RuleNode
from pellucid.plots import (
    Bar,
    Beeswarm,
    Comparison,
    Curve,
    Dependence,
    Heatmap,
    MarkedText,
    RuleChart,
    Waterfall,
)

HOSTILE_NAMES = (
    "</script><script>alert(1)</script>",
    "null\x00 escape\x1b[2J",
    "emoji \U0001f600\U0001f680",
    "x" * 300,
    "שלום עולם עברית",
    "$x_1^2$ & <b>",
    "line\nbreak",
    "漢字の特徴",
    "\u202eoverride\u202c",
    "`${1+1}` {0} %s",
    "a lone \ud800 surrogate",
    " ",
)


def explanation(values, *, data=None, base=0.0, task="classification", **given):
    values = np.asarray(values, dtype=float)
    n, d, k = values.shape
    fields = {
        "values": values,
        "base_values": np.full((n, k), base),
        "predictions": base + values.sum(axis=1),
        "features": tuple(f"feature {j}" for j in range(d)),
        "classes": tuple(f"class {i}" for i in range(k)) if task == "classification" else None,
        "task": task,
        "output_space": "raw" if task == "classification" else "value",
        "stats": Stats("by hand", n_rows=n, n_rows_given=n),
        "data": data,
    }
    return Explanation(**fields | given)


def binary(n=40, d=5):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n, d))
    margin = data * np.linspace(3, 0.1, d)
    return explanation(np.stack([-margin, margin], axis=2), data=data, base=0.5)


def hostile():
    rng = np.random.default_rng(1)
    n, d = 30, len(HOSTILE_NAMES)
    values = rng.normal(size=(n, d, 3)) * np.linspace(2, 0.1, d)[:, np.newaxis]
    data = np.empty((n, d), dtype=object)
    data[:] = rng.normal(size=(n, d))
    data[::3, 0] = np.nan
    data[:, 1] = "</td>\x00red"
    data[:, 2] = None
    data[:, 3] = np.inf
    return explanation(
        values,
        data=data,
        features=HOSTILE_NAMES,
        classes=("<i>one</i>", "b" * 200, "ג"),
        std_error=np.full(values.shape, 0.05),
        stats=Stats(
            "by <hand>",
            exact=False,
            n_rows=n,
            n_rows_given=500,
            largest_std_error=0.05,
            refused=(("tree", "it is <no> tree"),),
            warnings=("<b>careful</b>",),
        ),
    )


def many():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(20, 300, 100)) * rng.gamma(0.3, size=300)[:, np.newaxis]
    return explanation(values, data=rng.normal(size=(20, 300)), base=-7.0)


def single():
    return explanation([[[-2.5]]], data=[[1.0]], task="regression")


def zeros():
    return explanation(np.zeros((6, 4, 1)), data=np.ones((6, 4)), task="regression", base=3.0)


def negative():
    return explanation(np.full((6, 4, 1), -0.25), task="regression")


def huge_and_tiny():
    values = np.outer(np.ones(5), [1e12, 1e-9, -3e11]).reshape(5, 3, 1)
    return explanation(values, task="regression", data=np.full((5, 3), 1e-12))


CASES = {
    "binary": binary,
    "hostile": hostile,
    "many": many,
    "single": single,
    "zeros": zeros,
    "negative": negative,
    "huge and tiny": huge_and_tiny,
}


def effect(found):
    """Make an effect of an explanation: of numbers for regressions, else of levels."""
    values = found.values.mean(axis=0)
    g, k = values.shape
    is_line = found.task == "regression"
    grid = tuple(np.linspace(-1e4, 1e4, g).tolist()) if is_line else found.features
    return Effect(
        kind="partial dependence",
        feature=found.features[0],
        grid=(*grid[: g - 1], None) if g > 2 else grid,
        values=values,
        std_error=np.full((g, k), 0.1 * np.abs(values).max()),
        counts=np.arange(g)[::-1] + 1,
        quantiles=np.linspace(-1e4, 1e4, 101) if is_line else None,
        base_values=np.zeros(k),
        centered=False,
        classes=found.classes,
        task=found.task,
        output_space=found.output_space,
        stats=found.stats,
        ice=None if k == 100 else found.values,
    )


def rules(found):
    """Make the rules of a chain of questions, one for each feature, of an explanation's values."""
    outputs = found.base_values[0] + found.values.mean(axis=0)
    nodes = [RuleNode("all rows", 0, tuple(outputs.mean(axis=0)), 1.0, (1, 2))]
    for j, name in enumerate(found.features[:40]):
        share, at = 0.5 ** (j + 1), 2 * j + 1
        nodes.append(RuleNode(f"{name} <= 1", j + 1, tuple(outputs[j]), share))
        is_last = j == min(found.num_features, 40) - 1
        below = () if is_last else (at + 2, at + 3)
        nodes.append(RuleNode(f"{name} > 1", j + 1, tuple(-outputs[j]), share, below))
    return Rules(tuple(nodes), found.classes, found.task, found.output_space)


def comparison(found, top_k):
    """Compare rows, or where there is only one, the result with itself."""
    if len(found) > 1:
        return Comparison.from_rows(found, range(min(len(found), 5)), top_k=top_k)
    return Comparison.from_results(dict.fromkeys(HOSTILE_NAMES[:2], found), top_k=top_k)


def dependence(found, top_k):
    if found.data is None:
        found = dataclasses.replace(found, data=np.ones(found.values.shape[:2]))
    return Dependence.from_explanation(found, top_k=top_k)


def marked_text(found, top_k):
    words = [name for name in found.features for _ in range(3)][:90]
    values = np.resize(found.values[0, :, 0], len(words))
    return MarkedText.from_words(words, values, top_k=top_k)


MAKERS = {
    "bar": lambda found, top_k: Bar.from_importance(found.importance(), top_k=top_k),
    "beeswarm": lambda found, top_k: Beeswarm.from_explanation(found, top_k=top_k),
    "comparison": comparison,
    "dependence": dependence,
    "effect": lambda found, top_k: Curve.from_effect(effect(found), top_k=top_k),
    "heatmap": lambda found, top_k: Heatmap.from_explanation(found, top_k=top_k),
    "rules": lambda found, top_k: RuleChart.from_rules(rules(found), top_k=top_k),
    "text": marked_text,
    "waterfall": lambda found, top_k: Waterfall.from_explanation(found, row=0, top_k=top_k),
}
