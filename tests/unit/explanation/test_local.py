import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pellucid import Explanation, InvalidInputError

N = 5
FRAME = pd.DataFrame(
    {"age": [31, 25, 40, 58, 19], "job": pd.Categorical(["a", "b", None, "a", "b"])},
    index=[10, 11, 12, 13, 14],
)
CONTAINERS = {
    "array": np.arange(10.0).reshape(N, 2),
    "float32": np.arange(10, dtype=np.float32).reshape(N, 2),
    "objects": np.array([[1, "x"], [2, None], [3, "z"], [4, np.nan], [5, "y"]], dtype=object),
    "list": [[1, "x"], [2, "y"], [3, "z"], [4, "w"], [5, "v"]],
    "pandas": FRAME,
    "polars": pl.DataFrame({"age": [1.5, None, 2.5, float("nan"), 3.0], "job": list("abcde")}),
    "pyarrow": pa.table({"age": [1.5, None, 2.5, float("nan"), 3.0], "job": list("abcde")}),
    "sparse": sp.csr_matrix(np.diag([1.0, 2.0, 0.0, 4.0, 5.0])),
}


def without_index(explanation):
    """Joining starts the index of a pandas frame anew."""
    if not isinstance(explanation.data, pd.DataFrame):
        return explanation
    return replace(explanation, data=explanation.data.reset_index(drop=True))


@pytest.fixture
def explanation(make_explanation):
    return make_explanation(N, 3, 2, estimated=True, data=CONTAINERS["array"])


class TestFields:
    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"values": np.zeros((N, 3))}, "values has 2 axes; 3 are needed"),
            ({"values": [["a"]]}, "values is no array of numbers"),
            ({"base_values": np.zeros(2)}, r"base_values has shape \(2,\); \(5, 2\) is needed"),
            ({"predictions": np.zeros((N, 1))}, r"predictions has shape \(5, 1\)"),
            ({"std_error": np.zeros((N, 3, 1))}, r"std_error has shape \(5, 3, 1\)"),
            ({"features": ("a", "b")}, "features has 2 names; 3 are needed"),
            ({"features": ("a", "b", "a")}, "features has 'a' more than once"),
            ({"features": ("a", "b", 3)}, "features must be strings; got 3"),
            ({"classes": ("no",)}, "classes has 1 names; 2 are needed"),
            ({"task": "ranking"}, "task must be one of"),
            ({"output_space": "odds"}, "output_space must be one of"),
            ({"data": np.zeros((4, 3))}, "data has 4 rows, but 5 are explained"),
            ({"data": object()}, "data is an object"),
        ],
    )
    def test_fields_that_do_not_fit_are_named(self, explanation, changed, message):
        with pytest.raises(InvalidInputError, match=message):
            replace(explanation, **changed)

    def test_nothing_can_be_changed_in_place(self, explanation):
        for array in (
            explanation.values,
            explanation.base_values,
            explanation.predictions,
            explanation.std_error,
            explanation.local_importance_values,
            explanation[1:3].values,
            pickle.loads(pickle.dumps(explanation)).values,
        ):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        with pytest.raises(FrozenInstanceError):
            explanation.features = ()

    def test_the_arrays_of_the_caller_stay_writeable_and_uncopied(self, make_explanation):
        template = make_explanation(N)
        values = template.values.copy()
        explanation = replace(template, values=values)
        assert values.flags.writeable
        assert np.shares_memory(values, explanation.values)

    def test_lists_and_float32_become_float64(self, explanation):
        changed = replace(
            explanation,
            values=explanation.values.astype(np.float32),
            base_values=explanation.base_values.tolist(),
            features=list(explanation.features),
        )
        assert changed.values.dtype == changed.base_values.dtype == np.float64
        assert changed.features == explanation.features

    def test_one_row_may_be_given_flat(self, make_explanation):
        assert len(make_explanation(1, data=np.zeros(3))) == 1
        assert make_explanation(1, data=FRAME.iloc[0])[0].data.shape == (1, 2)


class TestDocumentedVerbs:
    def test_one_unnamed_output_has_no_output_axis(self, make_explanation):
        explanation = make_explanation(4, 3, 1, task="regression")
        assert explanation.local_importance_values.shape == (4, 3)
        assert explanation.get_local_importance_rank().shape == (4, 3)
        assert np.shape(explanation.get_ranked_local_names(2)) == (4, 2)
        assert np.shape(explanation.get_ranked_local_values(2)) == (4, 2)

    @pytest.mark.parametrize(("k", "task"), [(2, "regression"), (1, "classification")])
    def test_named_or_several_outputs_come_first(self, make_explanation, k, task):
        explanation = make_explanation(4, 3, k, task=task)
        assert explanation.local_importance_values.shape == (k, 4, 3)
        assert np.shape(explanation.get_ranked_local_names(2)) == (k, 4, 2)

    def test_local_values_are_signed_and_descending(self, explanation):
        names = explanation.get_ranked_local_names()
        values = explanation.get_ranked_local_values()
        for k in range(2):
            for i in range(N):
                by_hand = sorted(
                    zip(explanation.values[i, :, k].tolist(), explanation.features, strict=True),
                    reverse=True,
                )
                assert values[k][i] == [value for value, _ in by_hand]
                assert names[k][i] == [name for _, name in by_hand]
        assert json.loads(json.dumps(values)) == values

    def test_sizes(self, explanation):
        assert explanation.num_examples == len(explanation) == N
        assert (explanation.num_features, explanation.num_outputs) == (3, 2)
        assert explanation.num_classes == 2
        assert replace(explanation, classes=None).num_classes == 0

    def test_expected_values_are_exactly_the_base_values_where_these_are_constant(
        self, explanation
    ):
        constant = replace(explanation, base_values=np.full((N, 2), 0.1))
        assert constant.expected_values.tolist() == [0.1, 0.1]

    def test_expected_values_are_the_mean_where_rows_differ(self, explanation):
        base_values = np.arange(10.0).reshape(N, 2)
        assert replace(explanation, base_values=base_values).expected_values.tolist() == [4.0, 5.0]


class TestSlicing:
    @pytest.mark.parametrize("name", CONTAINERS)
    @pytest.mark.parametrize(
        ("chosen", "rows"),
        [
            (3, [3]),
            (-1, [4]),
            (np.int64(2), [2]),
            (slice(0, 4), [0, 1, 2, 3]),
            (slice(None, None, -2), [4, 2, 0]),
            ([4, 0, 0], [4, 0, 0]),
            (np.array([-1, 1]), [4, 1]),
            (np.array([True, False, True, False, False]), [0, 2]),
            ([False, True, False, False, False], [1]),
            (pd.Series([False, True, False, True, False]), [1, 3]),
        ],
    )
    def test_rows_are_cut_along_with_their_data(self, make_explanation, name, chosen, rows):
        whole = make_explanation(N, estimated=True, data=CONTAINERS[name])
        part = whole[chosen]
        assert part.values.tolist() == whole.values[rows].tolist()
        assert part.base_values.tolist() == whole.base_values[rows].tolist()
        assert part.predictions.tolist() == whole.predictions[rows].tolist()
        assert part.std_error.tolist() == whole.std_error[rows].tolist()
        assert part.stats.n_rows == part.stats.n_rows_given == len(rows)
        one_by_one = Explanation.concatenate([whole[row] for row in rows])
        assert without_index(part) == without_index(replace(one_by_one, stats=part.stats))
        if name != "list":
            assert type(part.data) is type(whole.data)

    def test_index_and_categories_of_a_frame_survive(self, make_explanation):
        part = make_explanation(N, data=FRAME)[[3, 1]]
        pd.testing.assert_frame_equal(part.data, FRAME.iloc[[3, 1]])

    def test_iterating_goes_row_by_row(self, explanation):
        rows = list(explanation)
        assert [len(row) for row in rows] == [1] * N
        assert all(row == explanation[i] for i, row in enumerate(rows))

    @pytest.mark.parametrize("chosen", [slice(0, 0), [], np.zeros(N, dtype=bool)])
    def test_no_rows_are_an_explanation_too(self, explanation, chosen):
        empty = explanation[chosen]
        assert len(empty) == 0
        assert empty == explanation[:0]
        assert empty.data.shape == (0, 2)
        assert len(empty[:0]) == 0
        assert np.isnan(empty.expected_values).all()
        assert empty.to_pandas().empty

    def test_a_slice_shares_memory(self, explanation):
        assert np.shares_memory(explanation[1:3].values, explanation.values)

    @pytest.mark.parametrize("chosen", [N, -N - 1, [0, N], np.ones(N + 1, dtype=bool)])
    def test_rows_that_do_not_exist(self, explanation, chosen):
        with pytest.raises(IndexError):
            explanation[chosen]

    @pytest.mark.parametrize("chosen", ["age", (0, 1), 1.5, None, True, [[0]], [0.5]])
    def test_what_chooses_no_rows(self, explanation, chosen):
        with pytest.raises(InvalidInputError, match="rows are chosen by"):
            explanation[chosen]


class TestOutput:
    @pytest.mark.parametrize("chosen", ["class 1", 1, -1, np.int64(1)])
    def test_one_output_by_name_or_position(self, explanation, chosen):
        one = explanation.output(chosen)
        assert one.classes == ("class 1",)
        assert one.values.tolist() == explanation.values[:, :, 1:].tolist()
        assert one.std_error.tolist() == explanation.std_error[:, :, 1:].tolist()
        assert one.base_values.tolist() == explanation.base_values[:, 1:].tolist()
        assert one.data is explanation.data

    @pytest.mark.parametrize("chosen", ["class 2", 2, -3, 0.0, True, None])
    def test_unknown_outputs_are_refused_with_the_known_ones(self, explanation, chosen):
        with pytest.raises(InvalidInputError, match=r"from 0 to 1, or one of 'class 0', 'class 1'"):
            explanation.output(chosen)

    def test_outputs_without_names_have_positions(self, make_explanation):
        explanation = make_explanation(2, 3, 2, task="regression")
        assert explanation.output(1).num_outputs == 1
        with pytest.raises(InvalidInputError, match=r"pass a position from 0 to 1$"):
            explanation.output("1")


class TestConcatenation:
    @pytest.mark.parametrize("name", sorted(set(CONTAINERS) - {"list"}))
    def test_cutting_and_joining_gives_the_same(self, make_explanation, name):
        whole = make_explanation(N, estimated=True, data=CONTAINERS[name])
        joined = Explanation.concatenate([whole[:2], whole[2:3], whole[3:]])
        assert without_index(replace(joined, stats=whole.stats)) == without_index(whole)
        assert joined.stats.n_rows == N

    @given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    def test_any_parts_come_in_order(self, make_explanation, sizes):
        parts = [make_explanation(size, seed=i) for i, size in enumerate(sizes)]
        joined = Explanation.concatenate(parts)
        assert joined.values.tolist() == [row for part in parts for row in part.values.tolist()]

    def test_an_exact_part_has_no_error(self, make_explanation):
        exact, estimated = make_explanation(2), make_explanation(3, estimated=True)
        joined = Explanation.concatenate([exact, estimated])
        assert joined.std_error[:2].max() == 0
        assert joined.std_error[2:].tolist() == estimated.std_error.tolist()
        assert Explanation.concatenate([exact, exact]).std_error is None

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"features": ("x", "y", "z")}, "differ in features"),
            ({"classes": ("x", "y")}, "differ in classes"),
            ({"output_space": "probability"}, "differ in output_space"),
            ({"task": "regression"}, "differ in task"),
            ({"data": np.zeros((N, 3))}, "some parts carry data"),
        ],
    )
    def test_parts_that_do_not_fit_are_refused(self, make_explanation, changed, message):
        part = make_explanation(N)
        with pytest.raises(InvalidInputError, match=message):
            Explanation.concatenate([part, replace(part, **changed)])

    def test_data_of_different_kinds_are_refused(self, make_explanation):
        one = make_explanation(N, data=CONTAINERS["array"])
        with pytest.raises(InvalidInputError, match="different kinds: DataFrame and ndarray"):
            Explanation.concatenate([one, replace(one, data=FRAME)])

    def test_there_must_be_parts(self):
        with pytest.raises(InvalidInputError, match="no explanations to concatenate"):
            Explanation.concatenate([])


class TestEquality:
    @pytest.mark.parametrize("name", CONTAINERS)
    def test_copies_are_equal(self, make_explanation, name):
        explanation = make_explanation(N, data=CONTAINERS[name])
        assert copy.deepcopy(explanation) == explanation
        assert pickle.loads(pickle.dumps(explanation)) == explanation

    @pytest.mark.parametrize(
        "changed",
        [
            {"values": np.zeros((N, 3, 2))},
            {"base_values": np.zeros((N, 2))},
            {"predictions": np.zeros((N, 2))},
            {"std_error": None},
            {"features": ("x", "y", "z")},
            {"classes": None},
            {"task": "regression"},
            {"output_space": "probability"},
            {"data": None},
            {"data": np.zeros((N, 2))},
            {"data": CONTAINERS["float32"]},
            {"data": CONTAINERS["pandas"]},
        ],
    )
    def test_any_field_can_make_the_difference(self, explanation, changed):
        assert explanation != replace(explanation, **changed)
        assert explanation != replace(explanation, stats=replace(explanation.stats, n_rows=0))

    @pytest.mark.parametrize("name", sorted(set(CONTAINERS) - {"sparse"}))
    def test_one_cell_of_the_data_can_make_the_difference(self, make_explanation, name):
        data = CONTAINERS[name]
        explanation = make_explanation(N, data=data)
        order = [0, 1, 2, 4, 3]
        other = replace(explanation, data=explanation[order].data)
        assert explanation != other

    def test_nan_equals_nan(self, explanation):
        values = np.full((N, 3, 2), np.nan)
        assert replace(explanation, values=values) == replace(explanation, values=values.copy())

    def test_other_things_are_not_equal_and_there_is_no_hash(self, explanation):
        assert explanation != "an explanation"
        with pytest.raises(TypeError, match="unhashable"):
            hash(explanation)
