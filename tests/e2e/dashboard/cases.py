"""Results that are hard to show, and those that are not."""

import re

import numpy as np
import pandas as pd

from pellucid import Explanation, Importance, Stats

HOSTILE = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "${window.hacked=1} `backticks` \"quotes\" 'single'",
    "nul\0 \u2028line\u2029 \x1b[2J\u202eturned",
    "__proto__",
    "a very long name " * 18,
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \u00e9",
    "constructor",
]


def explanation_of(
    n=40,
    d=4,
    k=1,
    *,
    seed=0,
    scale=1.0,
    data="numbers",
    errors=False,
    features=None,
    classes=None,
    **fields,
):
    """Random attributions in all 53 bits, that add up."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, d, k)) * scale / (1 + np.arange(d))[:, np.newaxis]
    base = np.full((n, k), 0.1 * scale)
    features = features or tuple(f"feature {j}" for j in range(d))
    rows = {
        "numbers": lambda: pd.DataFrame(
            values[:, :, 0] * 3 + random.normal(size=(n, d)), columns=features
        ),
        "none": lambda: None,
    }[data]()
    return Explanation(
        values=values,
        base_values=base,
        predictions=base + values.sum(axis=1),
        features=tuple(features),
        classes=classes,
        task="regression" if classes is None else "classification",
        output_space="value" if classes is None else "raw",
        stats=Stats("by hand", exact=not errors, n_rows=n, n_rows_given=n, efficiency_gap=1e-16),
        std_error=np.abs(random.normal(size=(n, d, k))) * 0.1 * scale if errors else None,
        data=rows,
        **fields,
    )


def mirrored():
    """Two classes, the first the mirror of the second."""
    one = explanation_of(60, 5, 1, seed=3)
    both = np.concatenate([-one.values, one.values], axis=2)
    base = np.concatenate([-one.base_values, one.base_values], axis=1)
    return Explanation(
        values=both,
        base_values=base,
        predictions=base + both.sum(axis=1),
        features=one.features,
        classes=("no", "yes"),
        task="classification",
        output_space="raw",
        stats=one.stats,
        data=one.data,
    )


def three_classes(*, errors=True):
    return explanation_of(50, 6, 3, seed=4, errors=errors, classes=("red", "green", "blue"))


def with_categories():
    """Categories, missing values of both kinds, booleans, dates, and a constant column."""
    n = 80
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(random.choice(["red", "green", "blue"], n)),
            "size": random.normal(size=n),
            "flag": random.random(n) > 0.5,
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
            "same": np.ones(n),
        },
        index=[f"case {i}" for i in range(n)],
    )
    frame.loc[frame.index[:9], "size"] = np.nan
    frame.loc[frame.index[5:8], "colour"] = np.nan
    plain = explanation_of(n, 5, 1, seed=6, data="none", features=tuple(frame.columns))
    return plain_with(plain, frame)


def plain_with(plain, frame, **changed):
    fields = {
        name: getattr(plain, name)
        for name in (
            "values",
            "base_values",
            "predictions",
            "classes",
            "task",
            "output_space",
            "stats",
        )
    }
    return Explanation(**{**fields, "features": tuple(frame.columns), "data": frame, **changed})


def hostile():
    """Names that would act, or break the page, if they were taken for anything but text."""
    n, names = 30, HOSTILE
    random = np.random.default_rng(7)
    plain = explanation_of(n, len(names), 2, seed=8, data="none", classes=(HOSTILE[0], HOSTILE[1]))
    cells = {
        name: random.choice(np.array(names, dtype=object), n) if j % 2 else random.normal(size=n)
        for j, name in enumerate(names)
    }
    frame = pd.DataFrame(cells, index=[f"{HOSTILE[i % 3]} {i}" for i in range(n)])
    return plain_with(plain, frame)


def all_zero():
    plain = explanation_of(20, 3, 1)
    return plain_with(plain, plain.data, values=np.zeros((20, 3, 1)), predictions=plain.base_values)


def long_names(d=12):
    features = tuple(
        f"a_rather_long_feature_name_of_the_{j}_th_column_of_a_table" for j in range(d)
    )
    return explanation_of(
        60,
        d,
        2,
        seed=9,
        features=features,
        scale=1e4,
        classes=("a class with quite a long name", "another class with quite a long name"),
    )


def named(d, k, names):
    """Any number of features and classes, with names of some kind, for both and for rows."""
    kinds = {
        "plain": lambda what, j: f"{what} {j}",
        "long": lambda what, j: f"the_{j}_th_{what}_of_them_all_with_a_name_that_never_ends",
        "hostile": lambda what, j: f"{HOSTILE[(j + len(what)) % len(HOSTILE)]} {j}",
    }
    name = kinds[names]
    features = tuple(name("feature", j) for j in range(d))
    classes = tuple(name("class", j) for j in range(k))
    found = explanation_of(20, d, k, seed=d + k, features=features, classes=classes)
    return plain_with(
        found, found.data.set_axis([name("row", i) for i in range(20)]), classes=classes
    )


def many(d=300, k=100, n=24):
    return explanation_of(n, d, k, seed=10, classes=tuple(f"class number {j}" for j in range(k)))


def metric_importance():
    d = 7
    random = np.random.default_rng(11)
    values = np.sort(random.normal(size=(d, 1)), axis=0)[::-1]
    return Importance(
        values=values,
        overall=values[:, 0],
        std_error=np.full((d, 1), 0.1),
        base_values=np.array([0.9]),
        features=tuple(f"feature {j}" for j in range(d)),
        classes=None,
        task="classification",
        output_space="metric",
        metric="accuracy",
        stats=Stats("permutation", exact=False, n_rows=100, n_rows_given=100, efficiency_gap=None),
    )


def labelled_classes(k=3, n=120, *, d=5, seed=12):
    """Probabilities that are right more often than not, and the numbers of the true classes."""
    random = np.random.default_rng(seed)
    labels = random.integers(k, size=n)
    scores = random.normal(size=(n, k)) + 1.5 * (np.arange(k) == labels[:, np.newaxis])
    predictions = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    values = random.normal(size=(n, d, k)) / (1 + np.arange(d))[:, np.newaxis]
    values += ((predictions - 1 / k - values.sum(axis=1)) / d)[:, np.newaxis]
    names = tuple(f"feature {j}" for j in range(d))
    frame = pd.DataFrame(3 * values[:, :, -1] + random.normal(size=(n, d)), columns=names)
    explanation = Explanation(
        values=values,
        base_values=np.full((n, k), 1 / k),
        predictions=predictions,
        features=names,
        classes=tuple(f"class {j}" for j in range(k)),
        task="classification",
        output_space="probability",
        stats=Stats("by hand", n_rows=n, n_rows_given=n, efficiency_gap=1e-16),
        data=frame,
    )
    return explanation, labels


def labelled_numbers(n=120, *, seed=13):
    """Predictions, and targets that they miss by something."""
    explanation = explanation_of(n, 5, 1, seed=seed)
    noise = np.random.default_rng(seed).normal(scale=0.5, size=n)
    return explanation, explanation.predictions[:, 0] + noise


SENTENCES = [
    "The food was good. The service was not good, it was bad!",
    "\U0001f600 good good food",
    "Nothing to say.",
    "<b>bad</b> </script> \u05e9\u05dc\u05d5\u05dd bad",
]


def words_of(text):
    return [(*found.span(), found[0].lower()) for found in re.finditer(r"\w+", text)]


def sentences_of(text):
    return [found.span() for found in re.finditer(r"[^.!?\s][^.!?]*[.!?]*", text)]


def bag_of_words():
    """A linear model of counts of words, explained, and its texts with marked words and sentences."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import Ridge

    from pellucid import LinearExplainer, Marks, TokenValues

    vectorizer = CountVectorizer(token_pattern=r"\w+")  # noqa: S106 - no password
    counts = vectorizer.fit_transform(SENTENCES).toarray().astype(float)
    model = Ridge(alpha=0.1).fit(counts, [0.4, 1.0, 0.0, -1.0])
    words = vectorizer.get_feature_names_out().tolist()
    explanation = LinearExplainer(model, counts, features=words).explain_local(counts)
    marked = TokenValues.from_features(explanation, SENTENCES, words_of)
    spans = [sentences_of(text) for text in SENTENCES]
    starts, stops = np.array([span for own in spans for span in own]).T
    weights = np.linspace(0.1, 0.9, len(starts))[:, np.newaxis]
    sentences = Marks(np.cumsum([0, *map(len, spans)]), starts, stops, weights)
    return explanation, TokenValues(marked.texts, marked.tokens, sentences), model
