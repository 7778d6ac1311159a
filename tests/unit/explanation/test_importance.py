import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from pellucid import InvalidInputError


@pytest.fixture
def importance(make_explanation):
    return make_explanation(20, 4, 3, estimated=True).importance()


@pytest.fixture
def regression(make_explanation):
    return make_explanation(20, 4, 1, task="regression").importance()


def test_overall_ranking_by_hand(importance):
    by_hand = sorted(
        zip(importance.overall.tolist(), importance.features, strict=True), reverse=True
    )
    assert importance.get_ranked_global_values() == [value for value, _ in by_hand]
    assert importance.get_ranked_global_names() == [name for _, name in by_hand]
    assert list(importance.get_feature_importance_dict().items()) == [
        (name, value) for value, name in by_hand
    ]
    ranked = [importance.features[j] for j in importance.global_importance_rank]
    assert ranked == importance.get_ranked_global_names()
    assert importance.global_importance_values is importance.overall


def test_ranking_per_class_by_hand(importance):
    assert importance.per_class_values.tolist() == importance.values.T.tolist()
    assert importance.per_class_rank.shape == (3, 4)
    for k in range(3):
        column = importance.values[:, k].tolist()
        by_hand = sorted(zip(column, importance.features, strict=True), reverse=True)
        assert importance.get_ranked_per_class_values()[k] == [value for value, _ in by_hand]
        assert importance.get_ranked_per_class_names()[k] == [name for _, name in by_hand]


def test_top_k(importance):
    assert len(importance.get_ranked_global_names(2)) == 2
    assert len(importance.get_ranked_global_values(99)) == 4
    assert len(importance.get_feature_importance_dict(1)) == 1
    assert np.shape(importance.get_ranked_per_class_names(2)) == (3, 2)
    assert np.shape(importance.get_ranked_local_values(2)) == (3, 20, 2)
    for verb in (
        importance.get_ranked_global_names,
        importance.get_ranked_global_values,
        importance.get_feature_importance_dict,
        importance.get_ranked_per_class_names,
        importance.get_ranked_per_class_values,
        importance.get_ranked_local_names,
        importance.get_ranked_local_values,
    ):
        with pytest.raises(InvalidInputError, match="top_k"):
            verb(0)


def test_results_are_plain_python(importance):
    result = [importance.get_feature_importance_dict(), importance.get_ranked_per_class_values()]
    assert json.loads(json.dumps(result)) == result


def test_one_output_without_name_has_no_classes(regression):
    assert regression.num_classes == 0
    assert regression.classes is None
    for verb in (regression.get_ranked_per_class_names, regression.get_ranked_per_class_values):
        with pytest.raises(InvalidInputError, match="there are no classes"):
            verb()


def test_several_outputs_without_names_are_ranked_one_by_one(make_explanation):
    importance = make_explanation(5, 4, 2, task="regression").importance()
    assert np.shape(importance.get_ranked_per_class_names()) == (2, 4)


def test_local_verbs_are_those_of_the_local_explanation(importance):
    local = importance.local
    assert importance.local_importance_values.tolist() == local.local_importance_values.tolist()
    assert importance.get_ranked_local_names(2) == local.get_ranked_local_names(2)
    assert importance.get_ranked_local_values(2) == local.get_ranked_local_values(2)
    rank = importance.get_local_importance_rank()
    assert rank.tolist() == local.get_local_importance_rank().tolist()


def test_local_verbs_say_why_there_is_nothing(importance):
    alone = replace(importance, local=None)
    with pytest.raises(InvalidInputError, match="include_local=True"):
        _ = alone.local_importance_values
    for verb in (
        alone.get_ranked_local_names,
        alone.get_ranked_local_values,
        alone.get_local_importance_rank,
    ):
        with pytest.raises(InvalidInputError, match="include_local=True"):
            verb()


def test_sizes_and_expected_values(importance):
    assert (importance.num_features, importance.num_outputs, importance.num_classes) == (4, 3, 3)
    assert importance.num_examples == 20
    assert importance.expected_values.tolist() == importance.local.base_values[0].tolist()


def test_one_output(importance):
    one = importance.output("class 2")
    assert one.classes == ("class 2",)
    assert one.overall.tolist() == importance.values[:, 2].tolist()
    assert one == importance.local.output("class 2").importance()


def test_the_error_of_the_mean_over_outputs_is_never_understated(make_explanation):
    template = make_explanation(30, 4, 2)
    mirrored = np.concatenate([template.values[:, :, :1], -template.values[:, :, :1]], axis=2)
    importance = replace(template, values=mirrored).importance()
    # The outputs of a binary classifier err together: averaging them makes nothing surer.
    np.testing.assert_allclose(importance.overall_std_error(), importance.std_error[:, 0])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"values": np.zeros(4)}, "values has 1 axes; 2 are needed"),
        ({"overall": np.zeros(3)}, r"overall has shape \(3,\); \(4,\) is needed"),
        ({"std_error": np.zeros((4, 1))}, r"std_error has shape"),
        ({"base_values": np.zeros(4)}, r"base_values has shape \(4,\); \(3,\) is needed"),
        ({"features": ("a", "a", "b", "c")}, "features has 'a' more than once"),
        ({"classes": ("a", "b")}, "classes has 2 names; 3 are needed"),
        ({"task": ""}, "task must be one of"),
        ({"output_space": ""}, "output_space must be one of"),
    ],
)
def test_fields_that_do_not_fit_are_named(importance, changed, message):
    with pytest.raises(InvalidInputError, match=message):
        replace(importance, **changed)


def test_a_local_explanation_of_something_else_is_refused(importance, regression):
    with pytest.raises(InvalidInputError, match="local explains 4 features and 1 outputs"):
        replace(importance, local=regression.local)


def test_equality_and_pickling(importance, regression):
    assert pickle.loads(pickle.dumps(importance)) == importance
    assert importance != regression
    assert importance != replace(importance, local=None)
    assert importance != replace(importance, std_error=np.zeros((4, 3)))
    assert importance != "an importance"
    with pytest.raises(TypeError, match="unhashable"):
        hash(importance)
