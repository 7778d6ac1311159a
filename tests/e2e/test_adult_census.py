"""Adult census data, mixed types with missing values, explained from CSV by the command line."""

import json
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import pellucid

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult-train.csv"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not ADULT.exists(), reason=f"needs the Adult census data at {ADULT}"),
]
TARGET = "income"


@pytest.fixture(scope="module")
def frame():
    return pd.read_csv(ADULT).sample(4000, random_state=0, ignore_index=True)


@pytest.fixture(scope="module")
def columns(frame):
    raw = frame.drop(columns=TARGET)
    numeric = raw.select_dtypes("number").columns.tolist()
    return numeric, [name for name in raw.columns if name not in numeric]


def pipeline_over_forest(raw, income, columns):
    numeric, categorical = columns
    encode = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=20),
    )
    preprocess = ColumnTransformer(
        [("numbers", SimpleImputer(), numeric), ("categories", encode, categorical)]
    )
    forest = RandomForestClassifier(20, max_depth=8, random_state=0)
    return make_pipeline(preprocess, forest).fit(raw, income), raw


def lightgbm_with_native_categories(raw, income, columns):
    raw = raw.astype(dict.fromkeys(columns[1], "category"))
    model = LGBMClassifier(n_estimators=40, num_leaves=15, verbose=-1, n_jobs=1)
    return model.fit(raw, income), raw


def catboost_with_strings(raw, income, columns):
    raw = raw.fillna(dict.fromkeys(columns[1], "missing"))
    model = CatBoostClassifier(
        iterations=40,
        depth=4,
        cat_features=columns[1],
        verbose=False,
        allow_writing_files=False,
        thread_count=1,
    )
    return model.fit(raw, income), raw


MODELS = {
    "pipeline": (pipeline_over_forest, []),
    "lightgbm": (lightgbm_with_native_categories, []),
    "catboost": (catboost_with_strings, ["--fill-missing-category", "missing"]),
}


def pellucid_command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pellucid", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", MODELS)
def test_explained_from_csv(kind, frame, columns, tmp_path):
    fit, extra = MODELS[kind]
    raw = frame.drop(columns=TARGET)
    model, prepared = fit(raw, (frame[TARGET] == ">50K").astype(int), columns)
    joblib.dump(model, tmp_path / "model.joblib")
    frame.head(600).to_csv(tmp_path / "rows.csv", index=False)

    out, report = tmp_path / "out", tmp_path / "report.html"
    done = pellucid_command(
        "explain", tmp_path / "model.joblib", tmp_path / "rows.csv",
        "--target", TARGET, "--trust", "--all-rows", "--report", report, "-o", out, *extra,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr

    importance = pellucid.load(out)
    assert importance.features == tuple(raw.columns)
    assert "tree" in importance.stats.method
    assert importance.stats.efficiency_gap < 1e-6
    local = importance.local
    assert local.values.shape == (600, 14, 2)
    total = local.values.sum(axis=1) + local.base_values
    if local.output_space == "probability":
        expected = model.predict_proba(prepared[:600])
    elif kind == "lightgbm":
        margin = model.predict(prepared[:600], raw_score=True)
        expected = np.stack([-margin, margin], axis=1)
    else:
        margin = model.predict(prepared[:600], prediction_type="RawFormulaVal")
        expected = np.stack([-margin, margin], axis=1)
    np.testing.assert_allclose(total, expected, rtol=1e-6, atol=1e-6)
    assert set(importance.get_ranked_global_names(top_k=6)) & {
        "relationship",
        "capital-gain",
        "age",
    }
    assert "<script" not in report.read_text()

    shown = pellucid_command("show", out, "--top", "3", "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)


def test_a_pickled_model_is_not_opened_without_trust(frame, columns, tmp_path):
    path = tmp_path / "model.joblib"
    joblib.dump({"anything": 1}, path)
    frame.head(5).to_csv(tmp_path / "rows.csv", index=False)
    done = pellucid_command("explain", path, tmp_path / "rows.csv", "-o", tmp_path / "out")
    assert done.returncode == 4
    assert "--trust" in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
