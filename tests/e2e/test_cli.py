"""The installed program, driven from outside on real files of every model library."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import catboost
import joblib
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import pellucid

pytestmark = pytest.mark.e2e

PROGRAM = Path(sys.executable).with_name("pellucid")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
CENSUS = Path(__file__).parents[2].parent / "shared" / "data" / "adult-test.csv"


def pellucid_says(*arguments, folder, **environment):
    return subprocess.run(
        [PROGRAM, *arguments],
        check=False,
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        timeout=120,
    )


def census(n):
    """Make people with numbers, texts and missing cells in their columns."""
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n).astype(float),
            "job": rng.choice(["clerk", "farmer", "self-employed"], n),
            "hours": rng.integers(10, 60, n),
        }
    )
    income = 0.05 * people["age"] + (people["job"] == "clerk") + 0.02 * people["hours"]
    income += rng.normal(scale=0.5, size=n)
    people.loc[::9, "age"] = np.nan
    people.loc[::7, "job"] = None
    return people, np.where(income > np.median(income), ">50K", "<=50K")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("e2e")
    people, income = census(400)
    people.assign(income=income).to_csv(folder / "people.csv", index=False)
    people[["age", "hours"]].to_parquet(folder / "numbers.parquet")
    encode = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")
    )
    columns = ColumnTransformer(
        [("text", encode, ["job"]), ("number", SimpleImputer(), ["age", "hours"])]
    )
    forest = RandomForestClassifier(10, max_depth=4, random_state=0)
    joblib.dump(make_pipeline(columns, forest).fit(people, income), folder / "pipeline.joblib")
    typed = people.astype({"job": "category"})
    light = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, random_state=0, n_jobs=1)
    light.fit(typed, income)
    light.booster_.save_model(folder / "light.txt")
    cat = catboost.CatBoostClassifier(
        iterations=20, verbose=0, random_seed=0, cat_features=["job"], allow_writing_files=False
    )
    cat.fit(people.fillna({"job": "none"}), income)
    joblib.dump(cat, folder / "cat.joblib")
    extreme = xgboost.XGBClassifier(n_estimators=20, random_state=0, n_jobs=1)
    extreme.fit(people[["age", "hours"]], income == ">50K")
    extreme.save_model(folder / "extreme.ubj")
    return folder


EXPLAIN = {
    "pipeline": ("pipeline.joblib", "people.csv", "--target", "income", "--trust"),
    "LightGBM": ("light.txt", "people.csv", "--target", "income"),
    "CatBoost": (
        "cat.joblib", "people.csv", "--target", "income", "--trust",
        "--fill-missing-category", "none",
    ),
    "XGBoost": ("extreme.ubj", "numbers.parquet"),
}  # fmt: skip


@pytest.mark.parametrize("kind", EXPLAIN)
def test_explain_then_show(folder, tmp_path, kind):
    out = tmp_path / "out"
    done = pellucid_says("explain", *EXPLAIN[kind], "-o", out, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    found = pellucid.load(out)
    assert found.stats.method.startswith("tree")
    assert found.stats.efficiency_gap < 1e-6
    assert found.get_ranked_global_names(1)[0] in done.stdout
    row = str(found.local.data.index[5])
    shown = pellucid_says("show", out, "--row", row, "--json", folder=folder)
    record = json.loads(shown.stdout)
    steps = record["rows"][0]
    assert steps["row"] == row
    total = steps["base_value"] + sum(step["attribution"] for step in steps["steps"])
    assert total == pytest.approx(steps["prediction"], abs=1e-5)


@pytest.mark.skipif(not CENSUS.exists(), reason=f"the Adult census data is not at {CENSUS}")
def test_census_pipeline_from_csv(tmp_path):
    people = pd.read_csv(CENSUS, nrows=3000)
    texts = [name for name in people if not pd.api.types.is_numeric_dtype(people[name])]
    texts.remove("income")
    numbers = [name for name in people if name not in texts and name != "income"]
    encode = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="?"), OneHotEncoder(handle_unknown="ignore")
    )
    columns = ColumnTransformer([("t", encode, texts), ("n", "passthrough", numbers)])
    forest = RandomForestClassifier(10, max_depth=6, random_state=0)
    model = make_pipeline(columns, forest).fit(people.drop(columns="income"), people["income"])
    joblib.dump(model, tmp_path / "model.joblib")
    done = pellucid_says(
        "explain", "model.joblib", CENSUS, "--trust", "--target", "income", "-o", "out",
        "--report", "out.html", folder=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "of 16,281 rows" in done.stdout
    found = pellucid.load(tmp_path / "out")
    assert found.classes == ("<=50K", ">50K")
    assert set(found.features) == {*texts, *numbers}


def test_demo_twice(tmp_path):
    for _ in range(2):
        done = pellucid_says("demo", "-o", "demo", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    *_, explanation, report = done.stdout.splitlines()
    assert explanation == "explanation: demo/explanation.pellucid"
    assert report == "report:      demo/report.html"
    assert done.stdout.count("raw score of malignant is") == 2
    found = pellucid.load(tmp_path / "demo" / "explanation.pellucid")
    assert found.classes == ("benign", "malignant")
    assert found.stats.efficiency_gap < 1e-9
    page = (tmp_path / "demo" / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert found.get_ranked_global_names(1)[0] in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo"]


@pytest.fixture(scope="module")
def stored(folder):
    done = pellucid_says("explain", *EXPLAIN["XGBoost"], "-o", "stored", folder=folder)
    assert done.returncode == 0
    return folder / "stored"


def test_reader_that_goes_away_is_no_error(stored):
    with subprocess.Popen(
        [PROGRAM, "show", stored],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141


def test_terminal_that_does_not_know_every_character(folder, stored):
    done = pellucid_says("show", stored, folder=folder, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "± " in done.stdout
    assert "#####" in done.stdout


def test_corrupt_explanation(folder, stored, tmp_path):
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", stored, copy], check=True)
    array = max(copy.rglob("*.npy"), key=lambda file: file.stat().st_size)
    array.write_bytes(array.read_bytes()[:-8])
    done = pellucid_says("show", copy, folder=folder)
    assert (done.returncode, done.stdout) == (4, "")
    assert array.name in done.stderr
    assert len(done.stderr.splitlines()) == 1


class Interrupter:
    """A pickle that does what a person does with Ctrl-C."""

    def __reduce__(self):
        return signal.raise_signal, (signal.SIGINT,)


def test_interrupt(folder, tmp_path):
    joblib.dump(Interrupter(), tmp_path / "model.joblib")
    done = pellucid_says(
        "explain", tmp_path / "model.joblib", "people.csv", "--trust", "-o", "o", folder=folder
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "pellucid: error: interrupted\n"


def test_untrusted_model_is_not_run(folder, tmp_path):
    joblib.dump(Interrupter(), tmp_path / "model.joblib")
    done = pellucid_says(
        "explain", tmp_path / "model.joblib", "people.csv", "-o", "o", folder=folder
    )
    assert done.returncode == 4
    assert "--trust" in done.stderr
