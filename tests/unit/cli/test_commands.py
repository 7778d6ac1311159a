"""The commands, called as the entry point calls them."""

import json
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from unit.plots.plot_cases import binary

import pellucid
from pellucid.cli.main import main

rng = np.random.default_rng(0)
ROWS = pd.DataFrame(rng.normal(size=(260, 3)), columns=["age", "hours", "gain"])
LABELS = np.where(ROWS["age"] + 0.5 * ROWS["hours"] > 0, "rich", "poor")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    ROWS.assign(income=LABELS, id=range(260)).to_csv(folder / "rows.csv", index=False)
    ROWS.to_csv(folder / "plain.csv", index=False)
    joblib.dump(LogisticRegression().fit(ROWS, LABELS), folder / "logistic.joblib")
    joblib.dump(LinearRegression().fit(ROWS, ROWS["age"]), folder / "linear.joblib")
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(ROWS, LABELS)
    joblib.dump(tree, folder / "tree.joblib")
    nameless = LogisticRegression().fit(ROWS.to_numpy(), LABELS)
    joblib.dump(nameless, folder / "nameless.joblib")
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
    joblib.dump(pipeline, folder / "pipeline.joblib")
    ROWS.assign(wage=1.0).to_csv(folder / "other.csv", index=False)
    ROWS.mask(ROWS > 1).to_csv(folder / "gaps.csv", index=False)
    jobs = np.array(["clerk", "cook", "nurse", "smith"])
    texts = ROWS.assign(job=jobs[np.digitize(ROWS["age"] + 0.5 * ROWS["hours"], [-1, 0, 1])])
    settings = {"iterations": 5, "one_hot_max_size": 9, "verbose": 0, "allow_writing_files": False}
    boosting = CatBoostClassifier(**settings, cat_features=["job"]).fit(texts, LABELS)
    boosting.save_model(str(folder / "hot.cbm"))
    boosting = CatBoostClassifier(**settings | {"one_hot_max_size": 1}, cat_features=["job"])
    boosting.fit(texts, LABELS).save_model(str(folder / "statistics.cbm"))
    texts.to_csv(folder / "texts.csv", index=False)
    texts.assign(job=texts["job"].mask(ROWS["age"] > 1)).to_csv(folder / "empty.csv", index=False)
    return folder


@pytest.fixture
def run(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        named = {path.name: str(path) for path in folder.iterdir()}
        with pytest.raises(SystemExit) as end:
            main([named.get(argument, argument) for argument in arguments])
        written = capsys.readouterr()
        return end.value.code, written.out, written.err

    return run


EXPLAIN = ("explain", "logistic.joblib", "rows.csv", "--trust", "--target", "income")


def test_explain_prints_stores_and_reports(run, tmp_path):
    code, out, err = run(*EXPLAIN, "--drop", "id", "-o", "mine", "--report", "mine.html")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("age matters most: it moves the raw score by")
    assert "explanation: mine" in out
    assert "report:      mine.html" in out
    importance = pellucid.load(tmp_path / "mine")
    assert importance.get_ranked_global_names() == ["age", "hours", "gain"]
    assert importance.classes == ("poor", "rich")
    assert "age matters most" in (tmp_path / "mine.html").read_text()


def test_background_is_named_where_it_is_the_data_itself(run, tmp_path):
    code, out, _ = run("explain", "linear.joblib", "plain.csv", "--trust", "-o", "mine")
    assert code == 0
    said = "background: 200 random rows of the 260 of DATA, without --background"
    assert said in out
    assert said in pellucid.load(tmp_path / "mine").stats.warnings
    code, out, _ = run(
        "explain", "linear.joblib", "plain.csv", "--trust", "-o", "yours",
        "--background", "rows.csv", "--drop", "income", "--drop", "id",
    )  # fmt: skip
    assert code == 0
    assert "without --background" not in out
    assert "260 background rows" in out


@pytest.mark.parametrize(
    ("choice", "n_rows"), [((), 200), (("--all-rows",), 260), (("--rows", "17"), 17)]
)
def test_rows_explained(run, tmp_path, choice, n_rows):
    explain = ("explain", "linear.joblib", "plain.csv", "--trust", "-o", "mine")
    code, out, _ = run(*explain, *choice)
    assert code == 0
    stats = pellucid.load(tmp_path / "mine").stats
    assert (stats.n_rows, stats.n_rows_given) == (n_rows, 260)
    assert (f"{n_rows} of 260 rows" if n_rows < 260 else "260 rows") in out


def test_method_output_and_classes(run, tmp_path):
    code, _, _ = run(
        "explain", "tree.joblib", "plain.csv", "--trust", "-o", "mine", "--method", "tree",
        "--output", "probability", "--classes", "low, high", "--rows", "20",
    )  # fmt: skip
    assert code == 0
    found = pellucid.load(tmp_path / "mine")
    assert found.stats.method.startswith("tree")
    assert (found.output_space, found.classes) == ("probability", ("low", "high"))


def test_empty_cells_of_text_have_an_option(run):
    code, _, err = run("explain", "hot.cbm", "empty.csv", "-o", "mine")
    assert code == 1
    assert "column 'job'" in err.splitlines()[0]
    assert "--fill-missing-category" in err.splitlines()[1]
    explain = ("explain", "hot.cbm", "empty.csv", "-o", "mine")
    assert run(*explain, "--fill-missing-category", "cook", "--rows", "20")[0] == 0


def test_background_that_is_not_used_is_spoken_of(run):
    explain = ("explain", "statistics.cbm", "texts.csv", "-o", "mine", "--rows", "20")
    code, out, err = run(*explain, "--background", "texts.csv")
    assert code == 0
    assert "no background" in out
    assert err.startswith("pellucid: warning: the background was not used; tree, interventional: ")
    assert len(err.splitlines()) == 1


def test_same_seed_same_result(run, tmp_path):
    explain = ("explain", "linear.joblib", "plain.csv", "--trust", "--rows", "20")
    for name in ("a", "b"):
        assert run(*explain, "-o", name, "--random-state", "3")[0] == 0
    assert pellucid.load(tmp_path / "a") == pellucid.load(tmp_path / "b")


def test_reference_rows_are_drawn_apart_from_the_explained_ones(run, tmp_path):
    # The base value of a linear model is its mean over the reference rows.
    explain = ("explain", "linear.joblib", "plain.csv", "--trust", "--rows", "200", "-o", "mine")
    assert run(*explain)[0] == 0
    local = pellucid.load(tmp_path / "mine").local
    assert abs(local.predictions.mean() - local.base_values[0, 0]) > 1e-6


@pytest.mark.parametrize(
    ("out", "report", "said"),
    [
        ("nowhere/mine", "mine.html", "nowhere/mine: there is no directory nowhere"),
        ("other", "mine.html", "other: is no stored explanation, and will not be replaced"),
        ("mine", "other", "other is a directory; --report takes a file"),
    ],
)
def test_target_that_cannot_be_written_is_refused_before_the_work(run, tmp_path, out, report, said):
    (tmp_path / "other").mkdir()
    # The model is not even looked for.
    code, _, err = run(
        "explain", "no model", "no data", "-o", out, "--report", report, "--overwrite"
    )
    assert (code, err) == (1, f"pellucid: error: {said}\n")


def test_output_that_exists_is_refused_before_the_work(run, tmp_path):
    (tmp_path / "mine.html").write_text("keep")
    code, out, err = run(*EXPLAIN, "-o", "mine", "--report", "mine.html")
    assert (code, out) == (1, "")
    assert err == "pellucid: error: mine.html exists already; --overwrite replaces it\n"
    assert (
        run(*EXPLAIN, "--drop", "id", "-o", "mine", "--report", "mine.html", "--overwrite")[0] == 0
    )
    assert (tmp_path / "mine.html").read_text() != "keep"


@pytest.mark.parametrize(
    ("arguments", "code", "culprit"),
    [
        (("explain", "logistic.joblib", "rows.csv", "-o", "o"), 4, "--trust"),
        (("explain", "rows.csv", "rows.csv", "-o", "o"), 1, "rows.csv"),
        (("explain", "logistic.joblib", "none.csv", "--trust", "-o", "o"), 1, "none.csv"),
        ((*EXPLAIN, "-o", "o"), 1, "column 'id'"),
        ((*EXPLAIN, "--drop", "wage", "-o", "o"), 1, "'wage'"),
        ((*EXPLAIN, "--drop", "age", "--drop", "id", "-o", "o"), 1, "lacks column 'age'"),
        (("explain", "nameless.joblib", "rows.csv", "--trust", "-o", "o"), 1, "DATA has 5 columns"),
        (("explain", "pipeline.joblib", "rows.csv", "--trust", "-o", "o"), 1, "DATA has column"),
        (
            (*EXPLAIN, "--drop", "id", "--background", "other.csv", "-o", "o"),
            1,
            "the background has column 'wage'",
        ),
        (
            (*EXPLAIN, "--drop", "id", "--background", "gaps.csv", "-o", "o"),
            1,
            "error: background:",
        ),
        ((*EXPLAIN, "--drop", "id", "--method", "tree", "-o", "o"), 1, "TreeExplainer"),
        ((*EXPLAIN, "--drop", "id", "--classes", "a,b,c", "-o", "o"), 1, "classes"),
        ((*EXPLAIN, "--drop", "id", "--n-jobs", "0", "-o", "o"), 1, "n_jobs"),
        ((*EXPLAIN, "--rows", "5", "--all-rows", "-o", "o"), 2, "--all-rows"),
        ((*EXPLAIN, "--rows", "1", "-o", "o"), 2, "--rows"),
        (EXPLAIN, 2, "-o"),
        (("explain",), 2, "MODEL"),
        ((), 2, "command"),
        (("improve",), 2, "improve"),
        (("show", "nothing"), 1, "nothing"),
        (("show", "rows.csv"), 4, "rows.csv"),
    ],
)
def test_error_is_a_line_that_names_the_culprit(run, tmp_path, arguments, code, culprit):
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert err.startswith("pellucid: error: ")
    assert culprit in err.splitlines()[0]
    assert len(err.splitlines()) <= 2
    assert not list(tmp_path.iterdir())


@pytest.fixture
def stored(tmp_path):
    found = binary()
    frame = pd.DataFrame(found.data, columns=found.features, index=range(100, 140))
    replace(found, data=frame).importance().save(tmp_path / "stored")
    found.save(tmp_path / "local")
    replace(found.importance(), local=None).save(tmp_path / "global")
    return found


def test_show_ranks(run, stored):
    code, out, err = run("show", "stored", "--top", "2")
    assert (code, err) == (0, "")
    assert "feature 0" in out
    assert "3 other features, together" in out


def test_show_takes_a_local_explanation_too(run, stored):
    assert run("show", "local")[1] == run("show", "global")[1]


def test_show_rows_by_their_label(run, stored):
    code, out, _ = run("show", "stored", "--row", "103", "--row", "139", "--class", "class 0")
    assert code == 0
    assert out.index("Row 103: raw score of class 0") < out.index("Row 139: raw score of class 0")
    code, out, err = run("show", "stored", "--row", "3")
    assert (code, out) == (1, "")
    assert "no row '3' among the 40 rows explained, such as 100, 101, 102" in err


def test_show_rows_of_a_sample_without_labels_by_their_place_in_it(run, stored, tmp_path):
    sample = pellucid.load(tmp_path / "stored")
    stats = replace(sample.stats, n_rows_given=1000)
    local = replace(sample.local, data=sample.local.data.to_numpy(), stats=stats)
    replace(sample, local=local, stats=stats).save(tmp_path / "sample")
    code, _, err = run("show", "sample", "--row", "3")
    assert code == 1
    assert "there is no row '3'" in err
    assert "such as 0 of the sample" in err
    code, out, _ = run("show", "sample", "--row", "3 of the sample")
    assert code == 0
    assert "Row 3 of the sample: raw score" in out


def test_show_row_of_what_keeps_none(run, stored):
    code, _, err = run("show", "global", "--row", "3")
    assert code == 1
    assert "keeps no single rows" in err


def test_show_unknown_class(run, stored):
    code, _, err = run("show", "stored", "--class", "class 7")
    assert code == 1
    assert "class 0" in err


def test_show_ranks_interactions(run, tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 3))
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(x, x[:, 0] * x[:, 1] > 0)
    pellucid.TreeExplainer(model).explain_interactions(x).save(tmp_path / "interactions")
    code, out, _ = run("show", "interactions", "--top", "1")
    assert code == 0
    assert "mean |interaction|" in out
    for option in (["--json"], ["--row", "3"], ["--class", "1"]):
        code, out, err = run("show", "interactions", *option)
        assert (code, out) == (1, "")
        assert "holds interactions, of which only the ranking is shown" in err


def test_engineered_columns_are_explained_and_shown_on_request(run, tmp_path):
    words = (
        "explain",
        "pipeline.joblib",
        "rows.csv",
        "--target",
        "income",
        "--drop",
        "id",
        "--trust",
    )
    code, _, err = run(*words, "--engineered", "--report", "both.html", "-o", "both")
    assert code == 0, err
    assert "engineered columns" in run("show", "both", "--engineered")[1]
    assert "engineered columns" not in run("show", "both")[1]
    assert "In engineered columns" in (tmp_path / "both.html").read_text(encoding="utf-8")
    assert pellucid.load("both").local.engineered.is_engineered

    assert run(*words, "-o", "raw")[0] == 0
    code, _, err = run("show", "raw", "--engineered")
    assert code != 0
    assert "raw has no engineered columns; explain with --engineered" in err


def test_engineered_columns_of_a_model_without_any_are_refused(run):
    code, _, err = run(
        "explain", "tree.joblib", "plain.csv", "--trust", "--engineered", "-o", "none"
    )
    assert code != 0
    assert "has no engineered columns: it has no transformations" in err


def test_show_json(run, stored):
    code, out, _ = run("show", "stored", "--json", "--row", "100")
    assert code == 0
    record = json.loads(out)
    assert record["features"][0]["feature"] == "feature 0"
    steps = record["rows"][0]["steps"]
    value = {step["feature"]: step["attribution"] for step in steps}["feature 0"]
    assert value == stored.values[0, 0, 1]


def test_dashboard_is_written_beside_and_opened(run, stored, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    code, out, _ = run("dashboard", "stored", "--title", "For the team")
    page = tmp_path / "stored.html"
    assert (code, out) == (0, f"{page.name}\n")
    assert "For the team" in page.read_text(encoding="utf-8")
    assert opened == [page.as_uri()]
    code, _, err = run("dashboard", "stored")
    assert (code, "exists already" in err) == (1, True)
    code, _, _ = run("dashboard", "stored", "--overwrite", "--no-open", "--no-data")
    assert (code, len(opened)) == (0, 1)
    assert "For the team" not in page.read_text(encoding="utf-8")


def test_dashboard_of_a_folder_is_a_page_for_each_run(run, stored, tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    for name in ("monday", "tuesday"):
        stored.save(runs / f"{name}.pellucid")
    code, out, _ = run("dashboard", "runs", "--no-open")
    assert (code, out.split()) == (0, ["runs-pages/monday.html", "runs-pages/tuesday.html"])
    assert '"page": "tuesday.html"' in (tmp_path / "runs-pages" / "monday.html").read_text()


@pytest.mark.parametrize("command", [(), ("explain",), ("show",), ("dashboard",), ("demo",)])
def test_help_has_examples_and_fits(run, command):
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert "Example" in out
    assert "pellucid " in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_version(run):
    assert run("--version")[1] == f"pellucid {pellucid.__version__}\n"
