import numpy as np
import pandas as pd
import polars as pl

from pellucid.data.table import as_table
from pellucid.explainers.differing import cells_of
from pellucid.explainers.masking import MaskedRows, in_kind_of
from pellucid.models.adapt import adapt


def test_rows_are_brought_into_the_kind_of_the_reference():
    frame = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", "y"])})
    loose = as_table(pl.DataFrame({"a": [3.0], "b": ["y"]}))
    found = in_kind_of(as_table(frame), loose).native
    assert isinstance(found, pd.DataFrame)
    assert found.dtypes.to_dict() == frame.dtypes.to_dict()
    assert found.to_numpy().tolist() == [[3, "y"]]


def test_masked_rows_take_each_cell_from_where_it_should_come():
    background = as_table(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 2.0, 9.0]]))
    table = as_table(np.array([[0.0, 0.0, 0.0], [10.0, 2.0, 30.0]]))
    seen = []

    def watch(rows):
        seen.append(rows)
        return rows.sum(axis=1)

    model = adapt(watch, examples=background)
    masked = MaskedRows(model, "value", background, cells_of(background), table)
    assert masked.count_differing(1).tolist() == [2, 3, 2]
    references = [2, 0]
    players = list(masked.differing(1, np.array(references)))
    coalitions = [np.array([[True, False]]), np.array([[False, True], [True, False]])]
    full, outputs = masked.predict(1, references, players, coalitions)
    assert seen[-1].tolist() == [
        [10.0, 2.0, 30.0],
        [10.0, 2.0, 9.0],
        [1.0, 2.0, 30.0],
        [10.0, 2.0, 3.0],
    ]
    assert full.tolist() == [42.0]
    assert [output.ravel().tolist() for output in outputs] == [[21.0], [33.0, 15.0]]
