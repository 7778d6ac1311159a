import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.feature_map import FeatureMap


@st.composite
def steps(draw):
    """Two maps, the second from the columns that the first one makes."""
    n_raw, n_middle, n_last = (draw(st.integers(1, 6)) for _ in range(3))
    first = draw(st.lists(st.integers(0, n_raw - 1), min_size=n_middle, max_size=n_middle))
    second = draw(st.lists(st.integers(0, n_middle - 1), min_size=n_last, max_size=n_last))
    return FeatureMap(np.array(first), n_raw), FeatureMap(np.array(second), n_middle)


@given(steps())
def test_two_steps_lead_back_to_the_raw_columns(maps):
    first, second = maps

    whole = first.then(second)

    assert whole.raw_of.tolist() == [first.raw_of[middle] for middle in second.raw_of]
    assert whole.n_raw == first.n_raw
    assert whole.n_engineered == second.n_engineered


@given(steps())
def test_identity_changes_nothing(maps):
    first, _ = maps

    before = FeatureMap.identity(first.n_raw).then(first)
    after = first.then(FeatureMap.identity(first.n_engineered))

    assert before.raw_of.tolist() == after.raw_of.tolist() == first.raw_of.tolist()
    assert before.n_raw == after.n_raw == first.n_raw
