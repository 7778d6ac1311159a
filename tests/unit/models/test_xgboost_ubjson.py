"""The binary documents say what XGBoost's JSON says."""

import json

import numpy as np
import pandas as pd
import pytest

from pellucid.models.xgboost.ubjson import parse

xgboost = pytest.importorskip("xgboost")
rng = np.random.default_rng(3)


def plain(value):
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, bool | str):
        return value
    return np.float32(value).item()


def models():
    X = rng.normal(size=(300, 4))
    y = X[:, 0] * X[:, 1]
    coloured = pd.DataFrame({"size": X[:, 0], "colour": pd.Categorical(rng.integers(0, 9, 300))})
    options = {"n_estimators": 7, "max_depth": 4}
    yield "trees", xgboost.XGBRegressor(**options).fit(X, y)
    yield "classes", xgboost.XGBClassifier(**options).fit(X, rng.integers(0, 3, 300))
    yield "dart", xgboost.XGBRegressor(**options, booster="dart", rate_drop=0.5).fit(X, y)
    yield "categories", xgboost.XGBRegressor(**options, enable_categorical=True).fit(coloured, y)
    yield "linear", xgboost.XGBRegressor(n_estimators=7, booster="gblinear").fit(X, y)
    vector = xgboost.XGBRegressor(**options, multi_strategy="multi_output_tree")
    yield "vector leaves", vector.fit(X, X[:, :2])


@pytest.mark.parametrize(("name", "model"), list(models()))
def test_same_as_json(name, model):
    booster = model.get_booster()
    document = parse(bytes(booster.save_raw("ubj")))
    assert plain(document) == plain(json.loads(bytes(booster.save_raw("json"))))


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I\xff\xfe", -2),
        (b"l\x00\x00\x01\x00", 256),
        (b"L\x00\x00\x00\x00\x00\x00\x01\x00", 256),
        (b"d\x3f\x80\x00\x00", 1.0),
        (b"D\x3f\xf0\x00\x00\x00\x00\x00\x00", 1.0),
        (b"SU\x02\xc3\xa9", "é"),
        (b"Cx", "x"),
        (b"[TFZ]", [True, False, None]),
        (b"[#U\x02i\x01SU\x01a", [1, "a"]),
        (b"{U\x01ai\x01U\x01b[]}", {"a": 1, "b": []}),
        (b"{$U#U\x01U\x01a\x07", {"a": 7}),
    ],
)
def test_every_marker(document, value):
    assert parse(document) == value


@pytest.mark.parametrize("marker", [b"i", b"U", b"I", b"l", b"L", b"d", b"D"])
def test_arrays_of_one_type(marker):
    dtype = {"i": "i1", "U": "u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
    numbers = np.array([1, 2, 100], dtype[marker.decode()])
    found = parse(b"[$" + marker + b"#U\x03" + numbers.tobytes())
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, [1, 2, 100])


def test_unknown_marker_is_named():
    with pytest.raises(ValueError, match="byte 1 is 'x'"):
        parse(b"[x]")
