import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid import InvalidInputError
from pellucid.explainers.true_labels import class_numbers, targets

WORDS = ["spam", "ham", "spam"]
NAMES = ("ham", "spam")


@pytest.mark.parametrize(
    "labels",
    [
        WORDS,
        tuple(WORDS),
        np.array(WORDS),
        np.array(WORDS, dtype=object)[:, None],
        pd.Series(WORDS, index=[7, 8, 9], dtype="category"),
        pd.DataFrame({"kind": WORDS}),
        pl.Series(WORDS),
        pa.chunked_array([WORDS]),
    ],
    ids=lambda labels: type(labels).__module__ + "." + type(labels).__name__,
)
def test_words_in_any_container(labels):
    assert class_numbers(labels, 3, NAMES).tolist() == [1, 0, 1]


@pytest.mark.parametrize("names", [("0", "1"), ("0.0", "1.0"), ("False", "True")])
@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 1],
        [False, True, np.True_],
        np.array([0, 1, 1], dtype=np.uint8),
        np.array([0.0, 1.0, 1.0], dtype=np.float32),
        pd.Series([0, 1, 1], dtype="Int64"),
    ],
)
def test_numbers_of_any_type(names, labels):
    assert class_numbers(labels, 3, names).tolist() == [0, 1, 1]


def test_the_models_own_names_go_first():
    assert class_numbers(["b", "c"], 2, ("a", "b"), ("b", "c")).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["spam", "spom", "ham"], r"has 'spom' in row 1; classes are 'ham', 'spam'"),
        (["spam", "ham", None], r"has None in row 2"),
        (["spam", "ham", np.nan], r"has nan in row 2"),
        (["spam", ["ham"], "ham"], r"has \['ham'\] in row 1"),
        ([1, 0, 1], r"has 1 in row 0"),
        (WORDS[:2], "has 2 labels, but there are 3 rows"),
        ("spam", "has 1 labels, but there are 3 rows"),
        (np.zeros((3, 2)), "one label for each row; got a numpy.ndarray of 2 axes"),
    ],
)
def test_labels_that_are_no_classes(labels, message):
    with pytest.raises(InvalidInputError, match=message):
        class_numbers(labels, 3, NAMES)


def test_many_classes_are_not_all_named():
    with pytest.raises(InvalidInputError, match=r"'9', …$"):
        class_numbers(["x"], 1, tuple("0123456789ab"))


@pytest.mark.parametrize("labels", [[1, 2.5], np.array([[1.0], [2.5]]), pd.Series([1.0, 2.5])])
def test_targets(labels):
    found = targets(labels, 2)
    assert found.tolist() == [1.0, 2.5]
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1.0, np.inf], "has inf in row 1; targets must be finite"),
        ([None, 1.0], "has nan in row 0"),
        (["1", "2"], "'true_labels' holds '1' where numbers are needed"),
        ([1.0], "has 1 labels, but there are 2 rows"),
    ],
)
def test_labels_that_are_no_targets(labels, message):
    with pytest.raises(InvalidInputError, match=message):
        targets(labels, 2)
