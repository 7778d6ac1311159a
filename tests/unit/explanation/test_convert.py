import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pellucid import MissingExtraError


@pytest.fixture
def frame():
    # The order of the columns is not that of the features.
    return pd.DataFrame(
        {
            "feature 2": [10.0, 20.0, np.nan],
            "feature 0": ["red", "green", None],
            "feature 1": [1, 2, 3],
        }
    )


@pytest.fixture
def explanation(make_explanation, frame):
    return make_explanation(3, 3, 2, estimated=True, data=frame)


class TestLocalFrame:
    def test_every_number_is_where_its_labels_say(self, explanation, frame):
        table = explanation.to_pandas()
        assert list(table.columns) == [
            "row", "output", "feature", "feature_value", "value", "std_error",
        ]  # fmt: skip
        assert len(table) == explanation.values.size
        for line in table.itertuples():
            j = explanation.features.index(line.feature)
            k = explanation.classes.index(line.output)
            assert line.value == explanation.values[line.row, j, k]
            assert line.std_error == explanation.std_error[line.row, j, k]
            given = frame.loc[line.row, line.feature]
            assert line.feature_value == given or (pd.isna(line.feature_value) and pd.isna(given))

    def test_without_data_and_errors_the_columns_are_the_same(self, make_explanation):
        table = make_explanation(2, 3, 1, task="regression").to_pandas()
        assert table["feature_value"].isna().all()
        assert (table["std_error"] == 0).all()
        assert table["output"].unique().tolist() == ["0"]

    def test_numeric_data_stay_numbers(self, make_explanation):
        data = np.arange(6).reshape(2, 3)
        table = make_explanation(2, 3, 1, data=data).to_pandas()
        assert table["feature_value"].tolist() == data.ravel().tolist()
        assert table["feature_value"].dtype == np.float64

    def test_sums_over_the_table_are_the_predictions(self, explanation):
        sums = explanation.to_pandas().groupby(["row", "output"], observed=True)["value"].sum()
        expected = explanation.predictions - explanation.base_values
        np.testing.assert_allclose(sums.to_numpy().reshape(3, 2), expected)

    def test_data_with_other_columns_are_left_out(self, explanation):
        other = replace(explanation, data=np.zeros((3, 7)))
        assert other.to_pandas()["feature_value"].isna().all()


class TestGlobalFrame:
    def test_ranked_by_importance(self, explanation):
        importance = explanation.importance()
        table = importance.to_pandas()
        assert table.index.tolist() == [1, 2, 3]
        assert table["feature"].tolist() == importance.get_ranked_global_names()
        assert table["importance"].tolist() == importance.get_ranked_global_values()
        for line in table.to_dict("records"):
            j = importance.features.index(line["feature"])
            assert line["importance (class 1)"] == importance.values[j, 1]
            assert line["std_error (class 0)"] == importance.std_error[j, 0]

    def test_one_output_needs_no_columns_of_its_own(self, make_explanation):
        table = make_explanation(4, 2, 1).importance().to_pandas()
        assert list(table.columns) == ["feature", "importance", "std_error"]


class TestShap:
    @pytest.fixture(autouse=True)
    def _quiet_drawing(self):
        pytest.importorskip("shap")
        pytest.importorskip("matplotlib").use("Agg")

    def test_one_output_is_squeezed(self, make_explanation):
        explanation = make_explanation(4, 3, 1, task="regression", data=np.ones((4, 3)))
        converted = explanation.to_shap()
        assert type(converted).__module__.startswith("shap")
        assert converted.values.tolist() == explanation.values[:, :, 0].tolist()
        assert converted.base_values.tolist() == explanation.base_values[:, 0].tolist()
        assert converted.feature_names == list(explanation.features)
        assert converted.data.tolist() == np.ones((4, 3)).tolist()

    def test_several_outputs_keep_their_axis_and_names(self, explanation):
        converted = explanation.to_shap()
        assert converted.values.tolist() == explanation.values.tolist()
        assert converted.output_names == list(explanation.classes)
        assert converted[:, :, 1].values.shape == (3, 3)

    def test_texts_become_numbers_for_colors_and_stay_texts_for_reading(self, explanation):
        converted = explanation.to_shap()
        codes = converted.data[:, 0]
        assert codes[:2].tolist() == [1.0, 0.0]  # green comes before red
        assert np.isnan(codes[2])
        assert converted.display_data[:2, 0].tolist() == ["red", "green"]
        assert converted.data[:, 1].tolist() == [1.0, 2.0, 3.0]

    def test_what_is_given_away_may_be_written_to(self, make_explanation):
        explanation = make_explanation(4, 3, 1)
        explanation.to_shap().values[...] = 0
        assert explanation.values.any()

    @pytest.mark.filterwarnings("ignore")  # what SHAP and matplotlib warn each other of
    def test_plots_of_shap_take_it(self, make_explanation):
        import matplotlib.pyplot as plt
        import shap

        data = pd.DataFrame(
            {"feature 0": list("abcdefgh"), "feature 1": range(8), "feature 2": np.ones(8)}
        )
        one = make_explanation(8, 3, 1, task="regression", data=data).to_shap()
        several = make_explanation(8, 3, 3, data=data).to_shap()
        for converted in (one, several[:, :, 2]):
            shap.plots.beeswarm(converted, show=False)
            shap.plots.bar(converted, show=False)
            shap.plots.waterfall(converted[0], show=False)
            shap.plots.scatter(converted[:, "feature 1"], show=False)
            plt.close("all")

    def test_without_shap_the_error_says_what_to_install(self, explanation, monkeypatch):
        monkeypatch.setitem(sys.modules, "shap", None)
        with pytest.raises(MissingExtraError, match=r"pip install 'pellucid\[shap\]'"):
            explanation.to_shap()
