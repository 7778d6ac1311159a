"""Columns and bands of many rows, against pandas and against what is sent line by line."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from e2e.dashboard import cases
from unit.dashboard.test_chunks import decoded

from pellucid import InvalidInputError
from pellucid.dashboard.session import Session


def texts_in(chunk):
    """The texts of a chunk that is not packed."""
    rows = int.from_bytes(chunk[4:8], "little")
    ends = np.frombuffer(chunk[16:], dtype="<u4", count=rows + 1)
    letters = chunk[16 + 4 * (rows + 1) :]
    return [letters[a:b].decode() for a, b in pairwise(ends)]


@pytest.fixture(scope="module")
def labelled():
    result, labels = cases.labelled_classes(3, n=120)
    return result, labels, Session(result, true_labels=labels)


def test_columns_of_a_file_are_those_of_the_lines(labelled):
    result, _, session = labelled
    fields = ["value/1", "contribution/2/0", "error/2", "predicted", "outcome"]
    params = {"first": 7, "count": 30, "sort": "value/0", "ascending": False}
    params["rules"] = [{"field": "value/1", "low": -1}]
    lines = session.answer("page", {**params, "fields": fields, "output": 2})
    found = session.answer("table", {**params, "fields": ["label", *fields]})
    assert found["n"] == lines["n"] == int((result.data["feature 1"] >= -1).sum())
    wanted = list(zip(*(line["cells"] for line in lines["lines"]), strict=True))
    assert texts_in(found["columns"][0]) == [line["label"] for line in lines["lines"]]
    for chunk, cells in zip(found["columns"][1:4], wanted[:3], strict=True):
        assert decoded(chunk).ravel().tolist() == list(cells)
    for chunk, cells in zip(found["columns"][4:], wanted[3:], strict=True):
        assert texts_in(chunk) == list(cells)


def test_what_is_missing_is_an_empty_text_or_no_number():
    result = cases.with_categories()
    fields = [f"value/{j}" for j in range(result.num_features)]
    found = Session(result).answer("table", {"first": 0, "count": 80, "fields": fields})
    for name, chunk in zip(result.features, found["columns"], strict=True):
        column = result.data[name]
        if chunk[0] == 8:
            assert [text == "" for text in texts_in(chunk)] == column.isna().tolist(), name
        else:
            assert np.array_equal(np.isnan(decoded(chunk).ravel()), column.isna()), name


def test_order_is_that_of_each_question(labelled):
    result, _, session = labelled

    def first_of(**params):
        found = session.answer("table", {"first": 0, "count": 1, "fields": ["label"], **params})
        return found["n"], int(texts_in(found["columns"][0])[0])

    values = result.data["feature 0"]
    for _ in range(2):
        assert first_of() == (120, 0)
        assert first_of(ascending=False) == (120, 119)
        assert first_of(sort="value/0") == (120, values.argmin())
        rule = {"field": "value/0", "low": 0}
        assert first_of(rules=[rule]) == (int((values >= 0).sum()), int((values >= 0).argmax()))


@pytest.mark.parametrize("n", [3, 10, 11, 71, 400])
def test_bands_are_those_of_pandas(n):
    result = cases.explanation_of(n, 2, seed=n)
    xs = result.data["feature 0"].round(1)
    xs[::7] = np.nan
    result = cases.plain_with(result, result.data, data=result.data.assign(**{"feature 0": xs}))
    groups = Session(result).answer("bands", {"x": "value/0", "y": "contribution/0/1"})["groups"]
    edges = np.unique(np.nanquantile(xs, np.arange(11) / 10))
    group = pd.cut(xs, edges, right=False, labels=False)
    group[xs == edges[-1]] = max(len(edges) - 2, 0)
    ys = pd.Series(result.values[:, 1, 0])
    wanted = ys.groupby(group).agg(["size", "mean", "min", "median", "max"])
    assert sum(found["n"] for found in groups) == n
    known = [found for found in groups if found["name"] != [None]]
    told = [[found["n"], *found["numbers"]] for found in known]
    np.testing.assert_allclose(told, wanted.to_numpy(), rtol=1e-12)
    assert all(set(found["name"]) <= set(edges) for found in known)


def test_bands_of_nothing_are_none(labelled):
    _, _, session = labelled
    nobody = [{"field": "value/0", "low": 1e9}]
    params = {"x": "value/1", "y": "value/2", "rules": nobody}
    assert session.answer("bands", params) == {"groups": []}


def test_categories_are_groups_by_name(labelled):
    result, labels, session = labelled
    found = session.answer("bands", {"x": "outcome", "y": "prediction/0"})["groups"]
    right = result.predictions.argmax(axis=1) == labels
    assert [(group["name"], group["n"]) for group in found] == [
        (["wrong"], int((~right).sum())),
        (["right"], int(right.sum())),
    ]
    assert found[1]["numbers"][0] == pytest.approx(result.predictions[right, 0].mean())


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("table", {"first": 0, "count": 500_001, "fields": ["label", "value/0"]}),
        ("table", {"first": 0, "count": 5, "fields": ["value/0"] * 101}),
        ("table", {"first": 0, "count": 5, "fields": ["labels"]}),
        ("table", {"first": 0, "count": 5, "fields": "label"}),
        ("table", {"first": 0, "count": 5, "fields": ["label"], "find": 3}),
        ("bands", {"x": "value/0"}),
        ("bands", {"x": "label", "y": "value/0"}),
        ("bands", {"x": "value/0", "y": "value/99"}),
    ],
)
def test_what_cannot_be_asked_is_refused(labelled, method, params):
    with pytest.raises(InvalidInputError):
        labelled[2].answer(method, params)
