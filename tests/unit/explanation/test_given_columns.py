"""What is shown of the rows when features are groups of columns: never another column's cell."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from pellucid import Explanation, InvalidInputError, Stats
from pellucid.data.groups import make_players
from pellucid.explanation.given_rows import feature_columns
from pellucid.plots import Beeswarm, Waterfall

COLUMNS = ("age", "red", "green", "hours")
PLAYERS = make_players({"colour": ["red", "green"]}, COLUMNS)
ROWS = np.array([[39.0, 61.03, 62.04, 40.5], [50.0, 63.05, 64.06, 13.25]])
FRAME = pd.DataFrame(ROWS, columns=COLUMNS)
CASES = {
    "array": (ROWS, PLAYERS),
    "frame": (FRAME, PLAYERS),
    "frame in another order": (FRAME[["green", "hours", "age", "red"]], PLAYERS),
    "sparse": (sp.csr_array(ROWS), PLAYERS),
    "words": (FRAME.assign(age=["young", "old"], hours=["few", "many"]), PLAYERS),
    "named as a column": (FRAME, make_players({"red": ["red", "green"]}, COLUMNS)),
}


def explained(data, players=PLAYERS):
    values = np.array([[[1.0], [-2.0], [0.5]], [[2.0], [3.0], [-1.0]]])
    return Explanation(
        values=values,
        base_values=np.zeros((2, 1)),
        predictions=values.sum(axis=1),
        features=players.names,
        classes=None,
        task="regression",
        output_space="value",
        stats=Stats("by hand", n_rows=2, n_rows_given=2),
        data=data,
        players=players,
    )


@pytest.fixture(params=["array", "frame", "frame in another order", "sparse", "named as a column"])
def explanation(request):
    return explained(*CASES[request.param])


def test_a_group_has_no_value_and_every_other_feature_its_own(explanation):
    columns = feature_columns(explanation.data, explanation.features, explanation.players)
    assert columns.column(0).tolist() == [39.0, 50.0]
    assert columns.column(1) is None
    assert columns.column(2).tolist() == [40.5, 13.25]


def test_tables_have_missing_values_for_groups(explanation):
    given = explanation.to_pandas()["feature_value"].to_numpy().reshape(2, 3)
    np.testing.assert_array_equal(given, [[39.0, np.nan, 40.5], [50.0, np.nan, 13.25]])
    shap = pytest.importorskip("shap")
    converted = explanation.to_shap()
    assert isinstance(converted, shap.Explanation)
    np.testing.assert_array_equal(converted.data, given)
    assert converted.feature_names == list(explanation.features)


def test_pictures_show_no_value_of_a_group(explanation):
    steps = Waterfall.from_explanation(explanation, row=0).data()
    shown = dict(zip(steps["names"], steps["cells"], strict=True))
    assert shown[explanation.features[1]] is None
    assert shown["age"] == 39.0
    swarm = Beeswarm.from_explanation(explanation)
    at = swarm.features.index(explanation.features[1])
    assert np.isnan(swarm.shades[:, at]).all()
    assert np.isfinite(np.delete(swarm.shades, at, axis=1)).all()


@pytest.mark.usefixtures("compact_tables")
def test_texts_show_no_value_of_a_group(explanation):
    for text in (explanation._repr_html_(), repr(explanation[0]), repr(explanation)):
        assert explanation.features[1] in text
        assert not [cell for cell in ("61.03", "62.04", "63.05", "64.06") if cell in text]
    assert "40.5" in explanation._repr_html_()


def test_columns_of_words_stay_words_beside_a_group():
    explanation = explained(*CASES["words"])
    given = explanation.to_pandas()["feature_value"].to_numpy().reshape(2, 3)
    assert given[:, [0, 2]].tolist() == [["young", "few"], ["old", "many"]]
    assert pd.isna(given[:, 1]).all()
    pytest.importorskip("shap")
    converted = explanation.to_shap()
    np.testing.assert_array_equal(converted.data, [[1.0, np.nan, 0.0], [0.0, np.nan, 1.0]])


def test_rows_of_other_columns_are_not_shown():
    assert feature_columns(ROWS[:, :3], PLAYERS.names, PLAYERS) is None
    assert feature_columns(None, PLAYERS.names, PLAYERS) is None


def test_explanations_of_other_groups_are_others(tmp_path):
    one, other = explained(FRAME), explained(FRAME, make_players({"colour": [1, 3]}, COLUMNS))
    assert one != other
    with pytest.raises(InvalidInputError, match="differ in"):
        Explanation.concatenate([one, other])
    assert Explanation.concatenate([one[:1], one[1:]]).players == PLAYERS


def test_players_must_be_the_features():
    with pytest.raises(InvalidInputError, match="players"):
        Explanation(
            values=np.zeros((1, 1, 1)),
            base_values=np.zeros((1, 1)),
            predictions=np.zeros((1, 1)),
            features=("age",),
            classes=None,
            task="regression",
            output_space="value",
            stats=Stats("by hand", n_rows=1, n_rows_given=1),
            players=PLAYERS,
        )
