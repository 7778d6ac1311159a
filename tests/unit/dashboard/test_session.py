"""What a live host answers, against plain NumPy and the model itself."""

import zlib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from e2e.dashboard import cases, live_cases
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import InvalidInputError, KernelExplainer, TabularExplainer, partial_dependence
from pellucid.dashboard.chunks import TYPES, encode_rounded
from pellucid.dashboard.session import Session


def decode(chunk):
    kind, packed = TYPES[chunk[0]], chunk[1]
    rows, columns = np.frombuffer(chunk[4:12], "<u4")
    body = chunk[16:]
    if packed:
        size = np.dtype(kind).itemsize if kind != "text" else 1
        body = np.frombuffer(zlib.decompress(body), np.uint8).reshape(size, -1).T.tobytes()
    if kind == "rounded":
        low, step = np.frombuffer(body[:16], "<f8")
        codes = np.frombuffer(body[16:], "<u2")
        known = codes != 65535
        return np.where(known, low + step * np.where(known, codes, 0), np.nan)
    if kind == "text":
        ends = np.frombuffer(body, "<u4", rows + 1)
        texts = body[4 * (rows + 1) :]
        return [texts[a:b].decode() for a, b in pairwise(ends)]
    return np.frombuffer(body, f"<{kind}").reshape(rows, columns).squeeze()


@pytest.fixture(scope="module")
def plain():
    explanation = cases.explanation_of(500, 4, 2, errors=True, classes=("no", "yes"))
    return explanation, Session(explanation)


@pytest.fixture(scope="module")
def forest():
    model, explainer, explanation = live_cases.forest()
    return model, explanation, Session(explanation, model=model, explainer=explainer)


@pytest.fixture(scope="module")
def engineered():
    """A pipeline that makes four columns of three: two mixed ones, and two of a category."""
    rows = live_cases.people(80)[["age", "income", "has a garden"]]
    pipeline = make_pipeline(
        make_column_transformer(
            (make_pipeline(StandardScaler(), PCA(2, random_state=0)), ["age", "income"]),
            (OneHotEncoder(), ["has a garden"]),
        ),
        LogisticRegression(),
    ).fit(rows, rows["age"] > 40)
    explainer = TabularExplainer(pipeline, rows, show_progress=False)
    return pipeline, rows, explainer.explain_local(rows, include_engineered=True)


def test_inputs_stand_behind_engineered_columns(engineered):
    model, _, explanation = engineered
    session = Session(explanation, model=model)
    told = session.answer("inputs", {"columns": "engineered"})
    assert told["engineered"]
    assert [found["features"] for found in told["inputs"]] == [[0, 1], [0, 1], [2, 3]]
    assert [found["features"] for found in session.answer("inputs", {})["inputs"]] == [
        [0],
        [1],
        [2],
    ]
    flag = session.answer("pdp", {"columns": "engineered", "feature": 3, "output": 1})
    assert (flag["name"], flag["input"]) == ("has a garden", 2)
    assert session.answer("pdp", {"feature": 2, "output": 1})["name"] is None
    with pytest.raises(InvalidInputError, match="comes from 'age', 'income', not from one column"):
        session.answer("pdp", {"columns": "engineered", "feature": 0, "output": 1})


def test_a_result_in_engineered_columns_takes_its_models_rows(engineered):
    model, rows, explanation = engineered
    with pytest.raises(InvalidInputError, match="pass the rows as the model takes them as dataset"):
        Session(explanation.engineered, model=model)
    session = Session(explanation.engineered, model=model, rows=rows)
    params = {"row": 3, "changes": {"0": 50}, "output": 1}
    changed = rows.iloc[[3]].assign(age=50)
    assert session.answer("predict", params)["predictions"] == pytest.approx(
        model.predict_proba(changed)[0]
    )
    found = session.answer("explain", params)
    explainer = TabularExplainer(model, rows, show_progress=False)
    wanted = explainer.explain_local(changed, include_engineered=True).engineered
    assert found["values"] == pytest.approx(wanted.values[0, :, 1])
    inner = Session(explanation.engineered, model=model[-1])
    assert not inner.answer("inputs", {})["engineered"]
    assert len(inner.answer("inputs", {})["inputs"]) == 4


def test_columns_are_those_of_the_result(plain):
    explanation, session = plain
    assert np.array_equal(decode(session.chunk("contribution/1/2")), explanation.values[:, 2, 1])
    assert np.array_equal(decode(session.chunk("std_error/0/3")), explanation.std_error[:, 3, 0])
    assert np.array_equal(decode(session.chunk("prediction/1")), explanation.predictions[:, 1])
    assert np.array_equal(decode(session.chunk("base/0")), explanation.base_values[:, 0])
    assert np.array_equal(decode(session.chunk("value/1")), explanation.data["feature 1"])
    assert decode(session.chunk("label")) == [str(row) for row in range(500)]


def test_categories_are_codes_of_levels():
    explanation = cases.with_categories()
    session = Session(explanation)
    levels = decode(session.chunk("levels/0"))
    codes = decode(session.chunk("value/0"))
    told = [levels[code] if code < len(levels) else None for code in codes]
    wanted = explanation.data["colour"].astype(object).where(explanation.data["colour"].notna())
    assert told == [cell if isinstance(cell, str) else None for cell in wanted]
    row = session.answer("row", {"label": "case 6", "output": 0})
    assert row["row"] == 6
    assert row["cells"] == [None, None, str(explanation.data["flag"].iloc[6]), "2026-01-07", 1.0]


@given(st.lists(st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf]), min_size=1))
def test_rounded_columns_are_as_near_as_stated(numbers):
    numbers = np.array(numbers)
    known = np.isfinite(numbers)
    found = decode(encode_rounded(numbers))
    assert np.array_equal(np.isnan(found), ~known)
    spread = np.ptp(numbers[known]) if known.any() else 0.0
    largest = np.abs(numbers[known]).max(initial=0.0)
    assert (np.abs(found - numbers)[known] <= spread / 131_000 + 1e-14 * largest + 1e-300).all()


def test_density_counts_every_row_once(plain):
    explanation, session = plain
    found = session.answer(
        "density",
        {
            "x": "value/0",
            "y": "contribution/1/0",
            "color": "prediction/1",
            "width": 13,
            "height": 7,
        },
    )
    xs, ys = explanation.data["feature 0"].to_numpy(), explanation.values[:, 0, 1]
    wanted, _, _ = np.histogram2d(ys, xs, bins=(7, 13))
    counts = decode(found["counts"])
    assert counts.sum() == 500
    assert np.array_equal(counts, wanted[::-1])
    assert found["x"] == [xs.min(), xs.max()]
    assert found["n_missing"] == 0
    shades = decode(found["shades"])
    assert ((shades == 255) == (counts == 0)).all()


def test_density_leaves_out_what_is_missing():
    session = Session(cases.with_categories())
    params = {"x": "value/1", "y": "contribution/0/1", "color": None, "width": 5, "height": 5}
    found = session.answer("density", params)
    assert found["n_missing"] == 9
    assert decode(found["counts"]).sum() == 71
    assert (decode(found["shades"]) == 255).all()


@settings(max_examples=30)
@given(st.integers(0, 499), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_pick_finds_the_nearest_row(plain, row, dx, dy):
    explanation, session = plain
    xs, ys = explanation.data["feature 0"].to_numpy(), explanation.values[:, 0, 1]
    at = [xs[row] + dx, ys[row] + dy]
    found = session.answer(
        "pick", {"x": "value/0", "y": "contribution/1/0", "at": at, "unit": [0.1, 0.02]}
    )
    distance = np.hypot((xs - at[0]) / 0.1, (ys - at[1]) / 0.02)
    assert found["row"] == distance.argmin()
    assert found["distance"] == pytest.approx(distance.min())


@settings(max_examples=30)
@given(st.integers(0, 499), st.sampled_from([[1, 0], [-1, 0], [0, 1], [0, -1]]))
def test_pick_finds_the_row_beside_another(plain, row, way):
    explanation, session = plain
    places = np.column_stack(
        [explanation.data["feature 0"].to_numpy(), explanation.values[:, 0, 1]]
    )
    pixel = np.array([0.05, 0.01])
    params = {"x": "value/0", "y": "contribution/1/0", "row": row}
    assert session.answer("pick", params) == {
        "row": row,
        "at": places[row].tolist(),
        "distance": 0,
    }
    found = session.answer("pick", {**params, "unit": pixel.tolist(), "way": way})["row"]
    off = (places - places[row]) / pixel
    side = 0 if way[0] else 1
    ahead = [(along, i) for i, along in enumerate(off[:, side] * way[side]) if along >= 1]
    if not ahead:
        assert found == row
        return
    line = [i for along, i in ahead if along < min(ahead)[0] + 1]
    assert found == min(line, key=lambda i: np.hypot(*off[i]))


def test_page_sorts_and_filters_like_pandas(plain):
    explanation, session = plain
    frame = explanation.data.assign(prediction=explanation.predictions[:, 1])
    rules = [{"field": "value/2", "low": 0.25}]
    fields = ["value/1", "contribution/1/3", "prediction/0"]
    params = {"output": 1, "first": 20, "count": 10, "sort": "value/0", "rules": rules}
    params["fields"] = fields
    found = session.answer("page", {**params, "ascending": False})
    wanted = frame[frame["feature 2"] >= 0.25].sort_values("feature 0", ascending=False)
    assert found["n"] == len(wanted)
    assert [line["row"] for line in found["lines"]] == wanted.index[20:30].tolist()
    first = found["lines"][0]
    assert first["cells"] == [
        wanted["feature 1"].iloc[20],
        explanation.values[first["row"], 3, 1],
        explanation.predictions[first["row"], 0],
    ]
    assert first["prediction"] == wanted["prediction"].iloc[20]
    assert session.answer("cohort", {"rules": rules, "output": 1})["n"] == len(wanted)
    mask = decode(session.answer("cohort", {"rules": rules, "output": 1, "rows": True})["rows"])
    assert np.array_equal(mask == 1, frame["feature 2"] >= 0.25)


def test_page_finds_labels_and_levels():
    explanation = cases.with_categories()
    session = Session(explanation)
    found = session.answer("page", {"output": 0, "first": 0, "count": 100, "find": "RED"})
    reds = np.flatnonzero(explanation.data["colour"] == "red")
    assert [line["row"] for line in found["lines"]] == reds.tolist()
    found = session.answer("page", {"output": 0, "first": 0, "count": 100, "find": "case 79"})
    assert [line["label"] for line in found["lines"]] == ["case 79"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("density", {"x": "value/0", "y": "label", "width": 5, "height": 5}),
        ("density", {"x": "value/0", "y": "value/1", "width": 5001, "height": 5}),
        ("density", {"x": 0, "y": "value/1", "width": 5, "height": 5}),
        ("pick", {"x": "value/0", "at": [1, 2], "unit": [1]}),
        ("pick", {"x": "value/0", "at": [1], "unit": [0]}),
        ("page", {"output": 0, "first": 0, "count": 501}),
        ("page", {"output": 0, "first": -1, "count": 5}),
        ("page", {"output": 0, "first": 0, "count": 5, "fields": "value/0"}),
        ("page", {"output": 0, "first": 0, "count": 5, "fields": ["value/99"]}),
        ("page", {"output": 0, "first": 0, "count": 5, "fields": ["base/0"] * 101}),
        ("pick", {"x": "value/0", "row": 1, "way": [1]}),
        ("pick", {"x": "value/0", "row": 5000}),
        ("pick", {"x": "value/0", "row": 1, "way": [1, 0], "unit": [1]}),
        ("page", {"output": 0, "first": 0, "count": 5, "sort": "values"}),
        ("cohort", {"output": 0, "rules": "all"}),
        ("cohort", {"output": 0, "rules": ["all"]}),
        ("cohort", {"output": 0, "rules": [{"field": 0, "low": 1}]}),
        ("cohort", {"output": 0, "rules": [{"field": "value/0", "low": "1"}]}),
        ("cohort", {"output": 0, "rules": [{"field": "value/0", "levels": "red"}]}),
        ("cohort", {"output": 0, "rules": [{"field": "outcome", "levels": ["right"]}]}),
        ("performance", {"output": 0}),
        ("row", {"output": 0, "row": 1, "columns": "engineered"}),
    ],
)
def test_questions_about_rows_are_checked(plain, method, params):
    with pytest.raises(InvalidInputError, match=r"^[^\n]{10,160}$"):
        plain[1].answer(method, params)


def test_predictions_of_changed_rows_are_the_models(forest):
    model, _, session = forest
    told = session.answer("inputs", {})["inputs"]
    assert [found["kind"] for found in told] == [
        "number",
        "category",
        "number",
        "category",
        "number",
    ]
    assert told[1]["levels"] == ["blue", "green", "red"]
    changed = live_cases.people().iloc[[11]].copy()
    changed["age"], changed["has a garden"] = 64, ~changed["has a garden"]
    changed["color of the car"] = pd.Categorical(["red"], categories=["blue", "green", "red"])
    garden = int(changed["has a garden"].iloc[0])
    answer = session.answer("predict", {"row": 11, "changes": {"0": 64, "1": 2, "3": garden}})
    assert answer["predictions"] == model.predict_proba(changed)[0].tolist()
    assert answer["cells"][:2] == [64.0, 2]


def test_changed_rows_are_explained_by_the_explainer(forest):
    _, explanation, session = forest
    answer = session.answer("explain", {"row": 3, "changes": {}, "output": 1})
    assert answer["values"] == answer["before"]["values"]
    assert answer["values"] == pytest.approx(explanation.values[3, :, 1].tolist(), abs=1e-14)


def test_curves_are_the_models(forest):
    model, _, session = forest
    answer = session.answer("ice", {"row": 3, "changes": {"1": 0}, "input": 0, "output": 1})
    rows = live_cases.people().iloc[[3] * len(answer["points"])].copy()
    rows["age"] = np.array(answer["points"]).astype(int)
    rows["color of the car"] = pd.Categorical(
        ["blue"] * len(rows), categories=["blue", "green", "red"]
    )
    assert answer["values"] == model.predict_proba(rows)[:, 1].tolist()
    found = session.answer("pdp", {"feature": 2, "output": 1})
    effect = partial_dependence(
        model, live_cases.people(), "income", output="probability", show_progress=False
    )
    assert found["values"] == effect.values[:, 1].tolist()
    assert found["n_rows"] == 300


def test_without_an_explainer_one_is_made_and_said():
    model, explanation = live_cases.moody()
    answer = Session(explanation, model=model).answer("explain", {"row": 2, "output": 0})
    assert answer["n_background"] == 60
    centred = explanation.data[2] - explanation.data.mean(axis=0)
    assert answer["values"] == pytest.approx(centred.tolist(), abs=1e-9)


def test_a_model_needs_the_rows_that_were_explained():
    explanation = cases.explanation_of(20, 3, data="none")
    with pytest.raises(InvalidInputError, match="pass the rows that were explained as dataset"):
        Session(explanation, model=len)
    rows = np.arange(60.0).reshape(20, 3)
    session = Session(explanation, model=lambda rows: rows.sum(axis=1), rows=rows)
    answer = session.answer("predict", {"row": 4, "changes": {"2": 100}})
    assert answer["predictions"] == [12.0 + 13.0 + 100.0]


def test_an_explainer_of_other_features_is_refused():
    model, explanation = live_cases.moody()
    other = KernelExplainer(lambda rows: rows[:, 0], np.zeros((2, 2)))
    with pytest.raises(InvalidInputError, match="features that are not those of the explanation"):
        Session(explanation, model=model, explainer=other)


def test_missing_values_may_be_given_where_rows_have_some():
    rows = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0]])
    plain = cases.explanation_of(3, 2, data="none")
    session = Session(plain, model=lambda rows: np.nansum(rows, axis=1), rows=rows)
    assert [found["can_miss"] for found in session.answer("inputs", {})["inputs"]] == [True, False]
    gone = session.answer("predict", {"row": 0, "changes": {"0": None}})
    assert (gone["predictions"], gone["cells"]) == ([2.0], [None, 2.0])
    with pytest.raises(InvalidInputError, match="'feature 1' is missing in no row"):
        session.answer("predict", {"row": 0, "changes": {"1": None}})


def test_a_model_of_other_outputs_is_told_of():
    explanation = cases.explanation_of(20, 3)
    session = Session(explanation, model=lambda rows: rows.to_numpy())
    with pytest.raises(InvalidInputError, match="has 3 outputs, and the explanation 1"):
        session.answer("pdp", {"feature": 0, "output": 0})
