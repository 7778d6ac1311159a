import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from pellucid import InvalidInputError
from pellucid.explanation.collecting import collect


@pytest.mark.parametrize("n_rows", [0, 3, 9, 40])
def test_however_many_rows_are_expected(make_explanation, n_rows):
    whole = make_explanation(9, estimated=True)
    found = collect([whole[:4], whole[4:5], whole[5:]], n_rows)
    assert replace(found, stats=whole.stats) == whole
    assert found.stats.n_rows == 9
    assert found.values.base.shape == whole.values.shape  # nothing is held that is not shown


def test_a_part_without_rows_is_none_to_lose(make_explanation):
    whole = make_explanation(5)
    found = collect([whole[:0], whole[:3], whole[3:3], whole[3:]], 5)
    assert replace(found, stats=whole.stats) == whole


def test_a_single_part_is_not_copied(make_explanation):
    whole = make_explanation(5, data=np.zeros((5, 3)))
    found = collect([whole], 5)
    assert np.shares_memory(found.values, whole.values)
    assert found == whole


def test_parts_are_not_kept(make_explanation):
    """Memory beyond the result is that of a few parts, of which there are many."""
    part = make_explanation(2_000)
    tracemalloc.start()
    found = collect((replace(part, values=part.values + i) for i in range(50)), 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    result = found.values.nbytes + found.base_values.nbytes + found.predictions.nbytes
    assert peak < result + 4 * part.values.nbytes


def test_outputs_without_names_must_be_as_many(make_explanation):
    one, two = (make_explanation(2, 3, k, task="regression") for k in (1, 2))
    with pytest.raises(InvalidInputError, match="differ in outputs"):
        collect([one, two], 4)
