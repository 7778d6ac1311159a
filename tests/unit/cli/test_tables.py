import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from unit.plots.plot_cases import CASES, binary, explanation, hostile

from pellucid import SamplingOutcome, Stats
from pellucid.cli.records import as_json_text
from pellucid.cli.tables import ranking_lines, row_lines, spent, table
from pellucid.plots import Waterfall


def display_width(text):
    """Return the columns of a text of which only Chinese characters are wide."""
    return sum(2 if "\u4e00" <= letter <= "\u9fff" or letter == "の" else 1 for letter in text)


def test_columns_are_aligned():
    lines = table(("name", "size"), [("a", "1"), ("漢字の", "22")], right=(1,))
    assert lines == ["name    size", "a          1", "漢字の    22"]
    assert {display_width(line) for line in lines} == {12}


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_table_without_control_characters(case):
    found = CASES[case]()
    lines = ranking_lines(found.importance(), 20) + row_lines(Waterfall.from_explanation(found))
    text = "".join(lines)
    assert text.isprintable() or not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text)
    assert "\N{MINUS SIGN}" not in text
    assert "\n" not in text


def test_ranking_holds_the_numbers():
    importance = binary().importance()
    lines = ranking_lines(importance, 3)
    rows = [line.split() for line in lines[3:6]]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [" ".join(row[1:3]) for row in rows] == importance.get_ranked_global_names(3)
    shown = [float(row[3]) for row in rows]
    np.testing.assert_allclose(shown, importance.get_ranked_global_values(3), atol=6e-4)
    assert "2 other features, together" in lines[6]


def test_warnings_are_told():
    assert ranking_lines(hostile().importance(), 3)[-1] == "warning: <b>careful</b>"


def test_row_holds_the_steps_from_base_to_prediction():
    found = binary()
    steps = Waterfall.from_explanation(found, 4, output=1)
    lines = row_lines(steps)
    assert lines[3].split() == ["base", "value", "0.5000"]
    assert lines[-1].split()[0] == "prediction"
    assert float(lines[-1].split()[1]) == pytest.approx(found.predictions[4, 1], abs=1e-3)


def test_json_holds_every_number_in_full():
    found = hostile()
    importance = found.importance()
    steps = [Waterfall.from_explanation(found, 3, output=0)]
    record = json.loads(as_json_text(importance, steps, 5))
    assert [f["feature"] for f in record["features"]] == importance.get_ranked_global_names(5)
    assert [f["importance"] for f in record["features"]] == importance.get_ranked_global_values(5)
    row = record["rows"][0]
    reached = row["base_value"] + math.fsum(step["attribution"] for step in row["steps"])
    assert reached == pytest.approx(row["prediction"])
    assert record["stats"]["n_rows_given"] == 500
    assert record["stats"]["exactness"] == found.stats.exactness
    assert record["stats"]["refused"] == [{"method": "tree", "reason": "it is <no> tree"}]


def test_json_knows_missing_values_and_dates():
    frame = pd.DataFrame(
        {
            "age": [np.nan],
            "born": [pd.Timestamp("2001-02-03")],
            "job": pd.array([None], dtype="string"),
            "n": np.array([3], dtype=np.int8),
        }
    )
    found = explanation(
        [[[4.0], [3.0], [2.0], [1.0]]], data=frame, features=tuple(frame), task="regression"
    )
    record = json.loads(as_json_text(found.importance(), [Waterfall.from_explanation(found)], 9))
    values = {step["feature"]: step["value"] for step in record["rows"][0]["steps"]}
    assert values == {"age": None, "born": "2001-02-03 00:00:00", "job": None, "n": 3}
    assert record["features"][0]["std_error"] is None


def test_cost_is_told():
    stats = Stats("kernel", n_rows=9, n_rows_given=9, n_evaluations=1234, seconds=0.5)
    assert spent(stats) == ["1,234 model rows evaluated, 0.50 s"]
    outcome = SamplingOutcome("settled", top_k=3, confidence=0.9)
    assert spent(replace(stats, sampling=outcome)) == spent(stats)
    assert spent(replace(stats, sampling=outcome, n_rows_given=20))[1:] == [
        "sampled rows: the first 3 settled with confidence 0.9"
    ]
