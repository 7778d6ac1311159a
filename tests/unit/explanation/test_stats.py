import math

from hypothesis import given
from hypothesis import strategies as st

from pellucid import Sampling, Stats

FEW_WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple)
COUNTS = st.integers(0, 10**12)
ERRORS = st.floats(0, 1e6)
SAMPLINGS = st.builds(
    Sampling,
    n_references=COUNTS,
    unseen_share=st.none() | st.floats(0, 1),
    relative_std_error=ERRORS,
    target_se=st.none() | ERRORS,
    n_missed=COUNTS,
)
STATS = st.builds(
    Stats,
    method=st.sampled_from(["tree", "linear", "kernel", "tree + linear"]),
    exact=st.booleans(),
    n_rows=COUNTS,
    n_rows_given=COUNTS,
    n_background=COUNTS,
    n_evaluations=COUNTS,
    efficiency_gap=ERRORS,
    largest_std_error=st.none() | ERRORS,
    local_r2=st.none() | st.tuples(ERRORS, ERRORS),
    local_gap=st.none() | ERRORS,
    refused=FEW_WORDS.map(lambda words: tuple((word, "a reason") for word in words)),
    warnings=FEW_WORDS,
    sampling=st.none() | SAMPLINGS,
    seconds=ERRORS,
)


@given(STATS, STATS, STATS)
def test_merging_is_associative(a, b, c):
    assert a.merge(b).merge(c) == a.merge(b.merge(c))


@given(STATS, STATS)
def test_merging_adds_counts_and_keeps_the_worst(a, b):
    merged = a.merge(b)
    assert merged.n_rows == a.n_rows + b.n_rows
    assert merged.n_rows_given == a.n_rows_given + b.n_rows_given
    assert merged.n_evaluations == a.n_evaluations + b.n_evaluations
    assert merged.n_background == max(a.n_background, b.n_background)
    assert merged.efficiency_gap == max(a.efficiency_gap, b.efficiency_gap)
    assert merged.exact == (a.exact and b.exact)
    assert merged.seconds == a.seconds + b.seconds
    assert set(merged.warnings) == {*a.warnings, *b.warnings}
    assert len(set(merged.warnings)) == len(merged.warnings)


@given(SAMPLINGS, SAMPLINGS)
def test_merging_keeps_what_is_known_of_the_worst_row(a, b):
    merged = a.merge(b)
    assert merged.n_references == min(a.n_references, b.n_references)
    assert merged.relative_std_error == max(a.relative_std_error, b.relative_std_error)
    assert merged.n_missed == a.n_missed + b.n_missed
    known = [each.unseen_share for each in (a, b) if each.unseen_share is not None]
    assert merged.unseen_share == max(known, default=None)


def test_a_missed_target_is_told_with_by_how_much():
    missed = Sampling(50, 0.5, 0.034, target_se=0.02, n_missed=1)
    assert missed.shortfall == (
        "target_se=0.02 was not reached within the budget for 1 row; the largest relative standard "
        "error is 0.034"
    )
    assert Sampling(50, 0.5, 0.019, target_se=0.02).shortfall is None
    assert Sampling(50, 0.5, 0.034).shortfall is None


def test_a_warning_is_given_once():
    stats = Stats("kernel", warnings=("one",))
    assert stats.warned("two", None, "one").warnings == ("one", "two")


def test_the_standard_error_of_an_exact_part_counts_as_none():
    exact, estimated = Stats("tree"), Stats("kernel", exact=False, largest_std_error=0.25)
    assert exact.merge(estimated).largest_std_error == 0.25
    assert estimated.merge(exact).largest_std_error == 0.25
    assert exact.merge(exact).largest_std_error is None


def test_of_local_models_the_worst_counts():
    one, other = (
        Stats("lime", local_r2=(0.9, 0.2), local_gap=0.1),
        Stats("lime", local_r2=(0.3, 0.8)),
    )
    for merged in (one.merge(other), other.merge(one)):
        assert merged.local_r2 == (0.3, 0.2)
        assert merged.local_gap == 0.1
    assert one.merge(Stats("lime")).local_r2 == one.local_r2


def test_no_part_can_hide_a_failed_check():
    failed, fine = Stats("tree", efficiency_gap=math.nan), Stats("tree", efficiency_gap=1.0)
    assert math.isnan(failed.merge(fine).efficiency_gap)
    assert math.isnan(fine.merge(failed).efficiency_gap)


def test_different_methods_are_all_named_once():
    merged = Stats("tree").merge(Stats("linear")).merge(Stats("tree"))
    assert merged.method == "tree + linear"


def test_seconds_are_no_part_of_equality():
    assert Stats("tree", seconds=1.0) == Stats("tree", seconds=2.0)
