import pickle
from dataclasses import replace

import numpy as np
import pytest

import pellucid
from pellucid import Explanation, Interactions, InvalidInputError, RankedInteractions, Stats
from pellucid.explanation.interaction_ranking import Moments

rng = np.random.default_rng(3)


@pytest.fixture
def interactions():
    values = rng.normal(size=(6, 4, 4, 2))
    values = values + values.swapaxes(1, 2)
    values[:, 0, 3] = values[:, 3, 0] = 0.0
    base = np.full((6, 2), 0.5)
    return Interactions(
        values=values,
        base_values=base,
        predictions=values.sum(axis=(1, 2)) + base,
        features=("a", "b", "c", "d"),
        classes=("no", "yes"),
        task="classification",
        output_space="raw",
        stats=Stats("by hand", n_rows=6, n_rows_given=6),
        data=rng.normal(size=(6, 4)),
    )


def test_matrices_split_into_main_effects_and_pairs(interactions):
    rest = interactions.explanation().values - interactions.main_effects()
    for i, name in enumerate(interactions.features):
        pairs = [interactions.pair(name, other) for other in "abcd" if other != name]
        np.testing.assert_allclose(rest[:, i], sum(pairs) / 2)
    np.testing.assert_array_equal(interactions.pair("a", "c"), interactions.pair(-2, 0))
    assert interactions.main_effects().shape == (6, 4, 2)


@pytest.mark.parametrize("pair", [("a", "a"), ("a", "z"), (0, 4), (0, True), (1.0, 2)])
def test_what_is_no_pair_is_refused(interactions, pair):
    with pytest.raises(InvalidInputError, match="feature"):
        interactions.pair(*pair)


def test_row_sums_are_an_explanation(interactions):
    explanation = interactions.explanation()
    assert isinstance(explanation, Explanation)
    np.testing.assert_allclose(
        explanation.values.sum(axis=1) + explanation.base_values, explanation.predictions
    )
    np.testing.assert_array_equal(explanation.data, interactions.data)


def test_strongest_pairs(interactions):
    ranked = interactions.top(3)
    assert len(ranked) == 3
    assert ranked.n_pairs == 5  # a and d do not interact
    strength = {
        (one, other): np.abs(interactions.pair(one, other)).mean()
        for one in "abcd"
        for other in "abcd"
        if one < other
    }
    expected = sorted(strength, key=strength.get, reverse=True)
    assert list(ranked.pairs) == expected[:3]
    np.testing.assert_allclose(list(ranked.to_dict().values()), ranked.overall)
    assert ("a", "d") not in interactions.top(10).pairs
    with pytest.raises(InvalidInputError, match="top_k"):
        interactions.top(0)


def test_table(interactions):
    table = interactions.top(2).to_pandas()
    assert list(table.index) == [1, 2]
    names = ["feature", "other_feature", "interaction", "std_error"]
    per_class = [f"{what} ({name})" for name in ("no", "yes") for what in names[2:]]
    assert list(table.columns) == names + per_class
    np.testing.assert_allclose(table["interaction"], table[per_class[::2]].mean(axis=1))


def test_equal_when_equal_and_picklable(interactions):
    ranked = interactions.top(2)
    for result in (interactions, ranked):
        assert pickle.loads(pickle.dumps(result)) == result
        assert result != replace(result, values=result.values + 1)
        assert result != replace(result, task="regression", classes=None)
        assert result != "something else"
        with pytest.raises(TypeError, match="unhashable"):
            hash(result)
    assert not interactions.values.flags.writeable


@pytest.mark.parametrize("include_data", [True, False])
def test_stored_and_loaded(interactions, tmp_path, include_data):
    path = interactions.save(tmp_path / "mine.pellucid", include_data=include_data)
    kept = interactions if include_data else replace(interactions, data=None)
    assert pellucid.load(path) == kept
    assert pellucid.load(path, mmap=True) == kept


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.zeros((6, 4, 3, 2))},
        {"values": np.zeros((6, 4, 4))},
        {"base_values": np.zeros((5, 2))},
        {"predictions": np.zeros((6, 1))},
        {"features": ("a", "b", "c", "c")},
        {"classes": ("no",)},
        {"task": "guessing"},
        {"output_space": "volts"},
        {"data": np.zeros((5, 4))},
    ],
)
def test_fields_that_do_not_fit_are_refused(interactions, change):
    with pytest.raises(InvalidInputError):
        replace(interactions, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"pairs": (("a", "b"),)},
        {"pairs": (("a", "b"), ("a", "z"))},
        {"overall": np.zeros(3)},
        {"std_error": np.zeros((2, 1))},
        {"classes": ("no",)},
    ],
)
def test_ranking_whose_fields_do_not_fit_is_refused(interactions, change):
    ranked = interactions.top(2)
    assert isinstance(ranked, RankedInteractions)
    with pytest.raises(InvalidInputError):
        replace(ranked, **change)


def test_printed(interactions):
    text = repr(interactions)
    assert text.startswith("Interactions of 6 rows: 4 features, 2 classes (no, yes)")
    assert "mean |main effect|" in text
    assert "mean |interaction|" in text
    best = interactions.top(1)
    assert " \N{MULTIPLICATION SIGN} ".join(best.pairs[0]) in repr(best)
    assert "and 4 more" in repr(best)
    assert "\N{MULTIPLICATION SIGN}" in interactions._repr_html_()
    assert "\N{MULTIPLICATION SIGN}" in best._repr_html_()


@pytest.mark.parametrize("cuts", [[], [1], [2, 2, 5]])
def test_moments_do_not_depend_on_the_parts(cuts):
    sizes = rng.random((7, 3, 2)) + 100
    moments = Moments.of(sizes[:0])
    for part in np.split(sizes, cuts):
        moments = moments.merge(Moments.of(part))
    np.testing.assert_allclose(moments.mean, sizes.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.std_error(), sizes.std(axis=0, ddof=1) / 7**0.5, rtol=1e-10)
