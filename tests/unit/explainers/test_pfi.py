"""Permutation importance: right by definition, with honest errors, for any metric and rows."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from oracles.permutation import mean_over_pairs, mean_over_permutations
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import pellucid
from pellucid import InvalidInputError, PFIExplainer, UnsupportedModelError
from pellucid.plots import Bar, write_report

rng = np.random.default_rng(0)
X = rng.normal(size=(150, 4))
SCORE = 2 * X[:, 0] - X[:, 1] + 0.5 * rng.normal(size=150)
LABELS = np.array(["no", "yes"])[(SCORE > 0).astype(int)]
THREE = np.digitize(SCORE, [-1, 1])
LINEAR = LinearRegression().fit(X, SCORE)
BINARY = LogisticRegression().fit(X, LABELS)
MULTI = LogisticRegression().fit(X, THREE)


def same(one, other):
    np.testing.assert_array_equal(one.overall, other.overall)
    np.testing.assert_array_equal(one.std_error, other.std_error)


# -- against definitions and peers ------------------------------------------------------------------


@pytest.mark.parametrize("groups", [None, {"both": [0, 2]}])
def test_all_repeats_are_the_mean_over_all_pairs_and_all_permutations(groups):
    rows, y = X[:6], SCORE[:6]

    def predict(rows):
        return rows[:, 0] * rows[:, 1] + np.abs(rows[:, 2])

    explainer = PFIExplainer(predict, metric="mean_squared_error", n_repeats=99, groups=groups)
    found = explainer.explain_global(rows, y)
    assert found.stats.exact
    assert found.stats.largest_std_error is None
    players = [[0], [1], [2], [3]] if groups is None else [[0, 2], [1], [3]]
    for value, columns in zip(found.overall, players, strict=True):
        pairs = mean_over_pairs(predict, rows, columns, lambda i, p: (y[i] - p) ** 2)
        plain = -mean_over_permutations(predict, rows, columns, lambda p: ((y - p) ** 2).mean())
        assert value == pytest.approx(pairs, rel=1e-12, abs=1e-12)
        # A plain shuffle leaves one row in n where it was.
        assert value == pytest.approx(-plain * -6 / 5, rel=1e-12, abs=1e-12)


def test_squared_error_of_a_linear_model_has_a_closed_form():
    y = LINEAR.predict(X)
    explainer = PFIExplainer(LINEAR, metric="mean_squared_error", n_repeats=149)
    found = explainer.explain_global(X, y)
    np.testing.assert_allclose(found.overall, 2 * LINEAR.coef_**2 * X.var(axis=0, ddof=1))


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
def test_agrees_with_scikit_learn_within_the_errors_of_both(metric):
    data = load_breast_cancer()
    rows, y = data.data[::4, :6], data.target[::4]
    model = RandomForestClassifier(10, random_state=0).fit(data.data[1::4, :6], data.target[1::4])
    found = PFIExplainer(model, metric=metric, n_repeats=30).explain_global(rows, y)
    theirs = permutation_importance(model, rows, y, scoring=metric, n_repeats=30, random_state=1)
    spread = theirs.importances_std / np.sqrt(30)
    assert (np.abs(found.overall - theirs.importances_mean) <= 4 * np.hypot(spread, spread)).all()
    assert found.base_values[0] == pytest.approx(metrics.get_scorer(metric)(model, rows, y))


@pytest.mark.parametrize("metric", ["mean_squared_error", lambda y, p: ((y - p) ** 2).mean()])
def test_standard_errors_cover_the_population(metric):
    beta, covered, n_sets = np.array([1.0, -0.5]), 0, 150 if isinstance(metric, str) else 60
    for seed in range(n_sets):
        numbers = np.random.default_rng(seed)
        rows = numbers.exponential(size=(60, 2))
        y = rows @ beta + numbers.normal(size=60)
        explainer = PFIExplainer(
            lambda rows: rows @ beta,
            metric=metric,
            is_error_metric=not isinstance(metric, str),
            n_repeats=5,
            show_progress=False,
        )
        found = explainer.explain_global(rows, y)
        covered += (np.abs(found.overall - 2 * beta**2) <= 1.96 * found.std_error[:, 0]).mean()
    assert 0.85 <= covered / n_sets <= 1.0


def test_error_over_repeats_is_that_of_other_seeds():
    found = [
        PFIExplainer(LINEAR, n_repeats=4, random_state=seed).explain_global(X, SCORE)
        for seed in range(60)
    ]
    spread = np.std([one.overall for one in found], axis=0).max()
    said = np.sqrt(np.mean([one.stats.largest_std_error**2 for one in found]))
    assert 0.7 * spread < said < 1.5 * spread


def test_the_two_ways_to_standard_errors_agree():
    def accuracy(y, chosen):
        return np.mean(y == chosen)

    one = PFIExplainer(BINARY, metric="accuracy", n_repeats=20).explain_global(X, LABELS)
    other = PFIExplainer(BINARY, metric=accuracy, n_repeats=20).explain_global(X, LABELS)
    np.testing.assert_allclose(one.overall, other.overall, atol=1e-15)
    np.testing.assert_allclose(one.std_error[:2], other.std_error[:2], rtol=0.6)


@pytest.mark.parametrize("n_rows", [8, 150])
@pytest.mark.parametrize("metric", ["mean_squared_error", lambda y, p: np.square(y - p).mean()])
def test_errors_told_by_few_rows_are_enlarged(n_rows, metric, monkeypatch):
    options = {"metric": metric, "is_error_metric": callable(metric), "n_repeats": 5}
    rows, targets = X[:n_rows], SCORE[:n_rows] + np.cos(np.arange(n_rows))
    found = PFIExplainer(LINEAR, **options).explain_global(rows, targets)
    monkeypatch.setattr("pellucid.explainers.permutation_errors.Variance", Plain)
    plain = PFIExplainer(LINEAR, **options).explain_global(rows, targets)
    ratio = found.std_error[:2, 0] / plain.std_error[:2, 0]
    assert (ratio > (1.1 if n_rows == 8 else 1.0)).all()
    assert (ratio < (1.3 if n_rows == 150 else 3.0)).all()


class Plain:
    """A variance whose root is the standard error, whatever tells it."""

    def __init__(self, estimate, doubt):
        self.std_error = np.sqrt(estimate)


def test_threads_that_are_not_used_are_told():
    found = PFIExplainer(LINEAR, n_jobs=2).explain_global(X, SCORE)
    assert dict(found.stats.settings)["not used"] == "n_jobs"


# -- metrics ----------------------------------------------------------------------------------------

CLASSIFIER_METRICS = [
    *("accuracy", "balanced_accuracy", "f1", "neg_log_loss", "roc_auc", "average_precision"),
    *("matthews_corrcoef", "neg_brier_score", "precision", "jaccard"),
]


@pytest.mark.parametrize("metric", CLASSIFIER_METRICS)
def test_scorers_by_name_for_string_labels(metric):
    found = PFIExplainer(BINARY, metric=metric, n_repeats=2).explain_global(X, LABELS)
    numbered = LogisticRegression().fit(X, LABELS == "yes")
    expected = metrics.get_scorer(metric)(numbered, X, LABELS == "yes")
    assert found.base_values[0] == pytest.approx(expected)
    assert found.metric == metric
    assert found.overall[0] > 0


@pytest.mark.parametrize(
    ("metric", "arguments"),
    [
        ("log_loss", {}),
        ("zero_one_loss", {}),
        ("f1_score", {"average": "macro"}),
        ("f1", {"average": "micro"}),
        ("roc_auc_score", {"multi_class": "ovo"}),
        ("roc_auc_ovr", {}),
        (metrics.recall_score, {"average": "macro", "labels": [0, 2]}),
        ("top_k_accuracy_score", {"k": 2}),
        (metrics.make_scorer(metrics.fbeta_score, beta=2, average="macro"), {}),
        ("hinge_loss", {}),
    ],
    ids=lambda given: getattr(given, "__name__", str(given)),
)
def test_metrics_of_three_classes(metric, arguments):
    found = PFIExplainer(MULTI, metric=metric, metric_args=arguments, n_repeats=2).explain_global(
        X, THREE
    )
    assert found.overall[0] > 0.05
    assert np.isfinite(found.std_error).all()


def test_values_of_metrics_by_the_name_of_their_function():
    p, chosen = BINARY.predict_proba(X), BINARY.predict(X)
    expected = {
        "log_loss": metrics.log_loss(LABELS, p),
        "zero_one_loss": metrics.zero_one_loss(LABELS, chosen),
        "brier_score_loss": metrics.brier_score_loss(LABELS, p[:, 1], pos_label="yes"),
        "roc_auc_score": metrics.roc_auc_score(LABELS, p[:, 1]),
        "f1_score": metrics.f1_score(LABELS, chosen, pos_label="yes"),
    }
    for name, value in expected.items():
        found = PFIExplainer(BINARY, metric=name, n_repeats=1).explain_global(X, LABELS)
        assert found.base_values[0] == pytest.approx(value), name
        assert found.overall[0] > 0, name
    found = PFIExplainer(
        BINARY, metric="f1_score", metric_args={"pos_label": "no"}, n_repeats=1
    ).explain_global(X, LABELS)
    assert found.base_values[0] == pytest.approx(metrics.f1_score(LABELS, chosen, pos_label="no"))


@pytest.mark.parametrize(
    "metric", ["r2", "neg_root_mean_squared_error", "max_error", "explained_variance_score", None]
)
def test_metrics_of_regressions(metric):
    found = PFIExplainer(LINEAR, metric=metric, n_repeats=3).explain_global(X, SCORE)
    assert found.get_ranked_global_names(top_k=1) == ["0"]
    assert found.overall[0] > 0
    assert found.metric == (metric or "mean_absolute_error")


def test_row_losses_are_scikit_learns():
    for name in ("mean_squared_error", "mean_absolute_error"):
        own = PFIExplainer(LINEAR, metric=name, n_repeats=3).explain_global(X, SCORE)
        function = getattr(metrics, name)
        slow = PFIExplainer(
            LINEAR, metric=lambda y, p, f=function: f(y, p), is_error_metric=True, n_repeats=3
        ).explain_global(X, SCORE)
        np.testing.assert_allclose(own.overall, slow.overall, rtol=1e-12, atol=1e-14)
    own = PFIExplainer(MULTI, metric="log_loss", n_repeats=3).explain_global(X, THREE)
    slow = PFIExplainer(
        MULTI,
        metric=metrics.make_scorer(
            metrics.log_loss,
            response_method="predict_proba",
            greater_is_better=False,
            labels=[0, 1, 2],
        ),
        n_repeats=3,
    ).explain_global(X, THREE)
    np.testing.assert_allclose(own.overall, slow.overall, rtol=1e-12, atol=1e-14)


def test_functions_are_given_labels_in_the_users_words():
    seen = []

    def metric(y, chosen, *, cost):
        seen.append({*y.tolist(), *chosen.tolist()})
        return cost * np.mean(y == chosen)

    for labels in (LABELS, list(LABELS), pd.Series(LABELS)):
        found = PFIExplainer(BINARY, metric=metric, metric_args={"cost": 2}).explain_global(
            X, labels
        )
        assert found.base_values[0] == 2 * BINARY.score(X, LABELS)
    assert all(kinds == {"no", "yes"} for kinds in seen)
    seen.clear()
    PFIExplainer(MULTI, metric=metric, metric_args={"cost": 1}).explain_global(X, THREE)
    assert all(kinds == {0, 1, 2} for kinds in seen)


def test_functions_are_given_probabilities_on_demand():
    def metric(y, p):
        assert p.shape == (len(y), 2)
        return np.mean(p[np.arange(len(y)), (y == "yes").astype(int)])

    explainer = PFIExplainer(BINARY, metric=metric, response_method="predict_proba")
    assert explainer.explain_global(X, LABELS).overall[0] > 0.1


def test_labels_by_names_of_the_users():
    numbered = LogisticRegression().fit(X, (LABELS == "yes").astype(int))
    explainer = PFIExplainer(numbered, metric="f1", classes=["yes, sort of", "no"])
    names = np.where(LABELS == "yes", "no", "yes, sort of")
    same(explainer.explain_global(X, names), explainer.explain_global(X, LABELS == "yes"))
    # These names are not in alphabetical order, in which scikit-learn would take the columns.
    scorer = metrics.make_scorer(metrics.log_loss, response_method="predict_proba")
    found = PFIExplainer(numbered, metric=scorer, classes=["yes, sort of", "no"]).explain_global(
        X, names
    )
    assert found.base_values[0] == pytest.approx(metrics.log_loss(LABELS, BINARY.predict_proba(X)))


def test_labels_are_those_that_the_model_itself_chooses():
    model = FixedThresholdClassifier(BINARY, threshold=0.9, pos_label="yes").fit(X, LABELS)
    assert (model.predict(X) != BINARY.predict(X)).any()
    behind = make_pipeline(StandardScaler(with_std=False, with_mean=False), model).fit(X, LABELS)
    for other in (model, behind):
        found = PFIExplainer(other, n_repeats=1).explain_global(X, LABELS)
        assert found.base_values[0] == np.mean(other.predict(X) == LABELS)


def test_outlier_detectors_and_several_targets():
    forest = IsolationForest(n_estimators=10, random_state=0).fit(X)
    odd = np.abs(X[:, 0]) > 1.5
    found = PFIExplainer(forest, metric="roc_auc_score").explain_global(X, ~odd)
    assert found.get_ranked_global_names()[0] == "0"
    with pytest.raises(InvalidInputError, match="no metric that suits every outlier detector"):
        PFIExplainer(forest).explain_global(X, odd)
    pair = np.column_stack([SCORE, X[:, 3]])
    both = LinearRegression().fit(X, pair)
    found = PFIExplainer(both, metric="mean_squared_error", n_repeats=149).explain_global(
        X, both.predict(X)
    )
    expected = 2 * (both.coef_**2).mean(axis=0) * X.var(axis=0, ddof=1)
    np.testing.assert_allclose(found.overall, expected, atol=1e-12)


def test_targets_of_another_number_are_refused():
    with pytest.raises(InvalidInputError, match="predicts 1 number per row, but true_labels has 4"):
        PFIExplainer(LINEAR).explain_global(X, X)
    model = LinearRegression().fit(X, X[:, :3])
    with pytest.raises(
        InvalidInputError, match="predicts 3 numbers per row, but true_labels has 1"
    ):
        PFIExplainer(model, metric=lambda y, p: np.mean(y - p)).explain_global(X, SCORE)


def test_weights_count_in_the_metric():
    weights = rng.integers(0, 4, size=150)
    found = PFIExplainer(LINEAR, metric="mean_squared_error", n_repeats=149).explain_global(
        X, SCORE, sample_weight=weights
    )
    expected = metrics.mean_squared_error(SCORE, LINEAR.predict(X), sample_weight=weights)
    assert found.base_values[0] == pytest.approx(expected)
    shift = LINEAR.coef_[0] * (X[None, :, 0] - X[:, None, 0])
    residual = (SCORE - LINEAR.predict(X))[:, None]
    changes = ((residual - shift) ** 2 - residual**2).sum(axis=1) / 149
    assert found.overall[0] == pytest.approx(np.average(changes, weights=weights))
    slow = PFIExplainer(LINEAR, metric="r2", n_repeats=5).explain_global(
        X, SCORE, sample_weight=weights
    )
    assert slow.base_values[0] == pytest.approx(
        metrics.r2_score(SCORE, LINEAR.predict(X), sample_weight=weights)
    )
    ones = PFIExplainer(LINEAR).explain_global(X, SCORE, sample_weight=np.full(150, 3.0))
    np.testing.assert_allclose(ones.overall, PFIExplainer(LINEAR).explain_global(X, SCORE).overall)


# -- rows -------------------------------------------------------------------------------------------


def test_results_depend_on_content_and_seed_alone():
    explainer = PFIExplainer(LINEAR, metric="mean_squared_error", n_repeats=3)
    found = explainer.explain_global(X, SCORE)
    same(
        found,
        PFIExplainer(LINEAR, metric="mean_squared_error", n_repeats=3).explain_global(
            X, SCORE, batch_size=7
        ),
    )
    order = rng.permutation(150)
    moved = explainer.explain_global(X[order], SCORE[order])
    np.testing.assert_allclose(moved.overall, found.overall, rtol=1e-12)
    np.testing.assert_allclose(moved.std_error, found.std_error, rtol=1e-12)
    other = PFIExplainer(LINEAR, metric="mean_squared_error", n_repeats=3, random_state=1)
    assert (other.explain_global(X, SCORE).overall != found.overall).all()


def test_all_features_are_shuffled_alike():
    twice = np.column_stack([X[:, 0], X[:, 0]])
    found = PFIExplainer(lambda rows: rows.sum(axis=1), n_repeats=2).explain_global(twice, SCORE)
    assert found.overall[0] == found.overall[1]


def test_what_does_not_matter_is_exactly_zero_and_costs_nothing():
    rows = X.copy()
    rows[:, 1], rows[:, 2] = 3.0, np.nan

    calls = []

    def predict(rows):
        calls.append(len(rows))
        return rows[:, 0] + 0 * rows[:, 3]

    for metric in ("mean_squared_error", "r2"):
        calls.clear()
        found = PFIExplainer(predict, metric=metric, explain_subset=[1, 2]).explain_global(
            rows, SCORE
        )
        assert found.overall.tolist() == found.std_error.ravel().tolist() == [0.0, 0.0]
        assert sum(calls) <= 150 + 10
        assert found.features == ("1", "2")


def test_columns_of_few_values_cost_as_many_rows():
    rows = np.column_stack([X[:, 0], X[:, 1] > 0])
    explainer = PFIExplainer(lambda rows: rows.sum(axis=1), n_repeats=149, explain_subset=["1"])
    found = explainer.explain_global(rows, SCORE)
    assert found.stats.n_evaluations == 2 * 150
    assert found.stats.exact


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
@pytest.mark.parametrize("groups", [None, [[0, 1], [2, 3]]])
def test_sparse_rows_are_like_dense_ones(metric, groups):
    dense = np.where(rng.random(X.shape) < 0.6, 0.0, X)
    dense[3, 0] = 0.0
    sparse = sp.csr_matrix(dense)
    sparse.data[:3] = 0.0  # stored zeros
    dense = sparse.toarray()
    model = LogisticRegression().fit(dense, LABELS)
    explainer = PFIExplainer(model, metric=metric, groups=groups, n_repeats=4)
    one, other = (explainer.explain_global(rows, LABELS) for rows in (dense, sparse))
    np.testing.assert_allclose(one.overall, other.overall, atol=1e-15)
    np.testing.assert_allclose(one.std_error, other.std_error, atol=1e-15)
    assert one.stats.n_evaluations == other.stats.n_evaluations


def test_wide_sparse_rows_are_never_dense():
    d = 4_000
    sparse = sp.random(200, d, density=0.002, format="csr", random_state=0)
    kinds = []

    def predict(rows):
        kinds.append(sp.issparse(rows))
        return np.asarray(rows.sum(axis=1)).ravel()

    y = np.asarray(sparse.sum(axis=1)).ravel()
    found = PFIExplainer(predict, metric="mean_squared_error", n_repeats=2).explain_global(
        sparse, y
    )
    assert all(kinds)
    assert found.stats.n_evaluations <= 200 + 4 * sparse.nnz
    empty = np.flatnonzero(np.bincount(sparse.indices, minlength=d) == 0)
    assert not found.overall[empty].any()
    assert found.overall.max() > 0


def test_data_frames_keep_their_types():
    frame = pd.DataFrame(
        {
            "color": pd.Categorical(np.array(["red", "blue", "green"])[np.arange(150) % 3]),
            "size": np.arange(150, dtype=np.int32),
            "date": pd.date_range("2024-01-01", periods=150),
            "note": pd.array([None, "a"] * 75, dtype="string"),
        }
    )
    seen = []

    def predict(rows):
        seen.append((rows.dtypes == frame.dtypes).all() and list(rows) == list(frame))
        return rows["size"] + 30 * (rows["color"] == "red").to_numpy(dtype=float)

    found = PFIExplainer(predict, n_repeats=3).explain_global(frame, frame["size"])
    assert all(seen)
    assert found.overall[2] == found.overall[3] == 0
    assert found.features == tuple(frame)


def test_pipelines_are_shuffled_in_raw_columns():
    frame = pd.DataFrame({"color": np.where(X[:, 0] > 0, "red", "blue"), "other": list("ab") * 75})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(frame, LABELS)
    found = PFIExplainer(model).explain_global(frame, LABELS)
    assert found.get_ranked_global_names() == ["color", "other"]
    behind = PFIExplainer(model[-1], transformations=model[0]).explain_global(frame, LABELS)
    same(found, behind)
    turned = PFIExplainer(model).explain_global(frame[["other", "color"]], LABELS)
    assert turned.features == ("color", "other")


def test_rows_are_sampled_on_demand():
    explainer = PFIExplainer(LINEAR, max_rows=50, n_repeats=2)
    found = explainer.explain_global(X, SCORE)
    assert (found.stats.n_rows, found.stats.n_rows_given) == (50, 150)
    assert found.stats.n_evaluations == 50 * (1 + 2 * 4)
    order = rng.permutation(150)
    again = explainer.explain_global(X[order], SCORE[order])
    np.testing.assert_allclose(again.overall, found.overall, rtol=1e-12)


def test_groups_are_features():
    explainer = PFIExplainer(LINEAR, groups={"pair": [0, 3]}, explain_subset=["pair", "2"])
    found = explainer.explain_global(X, SCORE)
    assert found.features == ("pair", "2")


# -- results ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("compact_tables")
def test_result_has_the_documented_verbs(tmp_path):
    explainer = PFIExplainer(BINARY, features=["a", "b", "c", "d"])
    found = explainer.explain_global(X, LABELS)
    assert found.get_ranked_global_names(top_k=2) == ["a", "b"]
    assert found.get_ranked_global_values() == sorted(found.overall.tolist(), reverse=True)
    assert list(found.get_feature_importance_dict(1)) == ["a"]
    assert found.task == "classification"
    assert found.classes is None
    assert pellucid.load(found.save(tmp_path / "mine.pellucid")) == found
    for printed in (repr(found), found._repr_html_()):
        assert "how much worse accuracy gets when the feature is shuffled" in printed
        assert "efficiency" not in printed
    bar = Bar.from_importance(found, top_k=2)
    assert bar.title.startswith("a matters most: shuffling it makes accuracy worse by 0.")
    assert bar.others == max(found.overall[2:].max(), 0)
    page = write_report(found, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "accuracy" in page
    assert "fficiency gap" not in page
    assert found.to_pandas()["feature"].iloc[0] == "a"
    for verb in ("get_ranked_per_class_names", "get_local_importance_rank"):
        with pytest.raises(InvalidInputError, match="this importance is a metric's"):
            getattr(found, verb)()


def test_harmful_features_have_negative_bars():
    y = -X[:, 0] + 0.01 * X[:, 1]
    found = PFIExplainer(lambda rows: rows[:, 0]).explain_global(X, y)
    assert found.overall[0] < 0
    bar = Bar.from_importance(found)
    assert bar.scale().low < 0
    assert bar.title == "No feature helps: shuffling any of them makes mean_absolute_error no worse"
    assert "│" in repr(found)


# -- what cannot be ---------------------------------------------------------------------------------


def unsteady(y, chosen):
    return float("nan")


def failing(y, chosen):
    raise ZeroDivisionError("no rows are left")


def of_many(y, chosen):
    return np.ones(2)


@pytest.mark.parametrize(
    ("given", "rows", "labels", "said"),
    [
        ({}, X, None, "true_labels is None"),
        ({}, X, LABELS[:9], "true_labels has 9 labels, but there are 150 rows"),
        ({}, X, ["maybe", *LABELS[1:]], "true_labels has 'maybe' in row 0"),
        ({}, X[:1], LABELS[:1], "one row"),
        ({}, X[:, :2], LABELS, "evaluation_examples has 2 columns, but LogisticRegression has 4"),
        ({"metric": unsteady}, X, LABELS, "metric unsteady is nan on the rows as they are"),
        ({"metric": failing}, X, LABELS, "ZeroDivisionError: no rows are left"),
        ({"metric": of_many}, X, LABELS, "returned ndarray on the rows as they are; one number"),
        ({"metric": "confusion_matrix"}, X, LABELS, "one number"),
        ({"metric": "acuracy"}, X, LABELS, "'acuracy' is none of scikit-learn's"),
        ({"metric": 7}, X, LABELS, "metric is an int"),
        ({"metric": "f1_macro", "metric_args": {"beta": 1}}, X, LABELS, "metric_args cannot be"),
        ({"metric": "f1", "metric_args": {"pos_label": "x"}}, X, LABELS, "none of the classes"),
        ({"metric": "roc_auc", "is_error_metric": True}, X, LABELS, "better the higher"),
        ({"response_method": "score"}, X, LABELS, "response_method must be one of"),
        ({"explain_subset": ["age"]}, X, LABELS, "'age', which is no feature"),
        ({"explain_subset": [0, 0]}, X, LABELS, "more than once"),
        ({"explain_subset": []}, X, LABELS, "empty"),
        ({"groups": [["age"]]}, X, LABELS, "'age', which is no column"),
        ({"features": ["a"]}, X, LABELS, "features has 1 names, but there are 4 columns"),
    ],
)
def test_what_is_wrong_is_said(given, rows, labels, said):
    explainer = PFIExplainer(BINARY, **given)
    with pytest.raises(InvalidInputError, match=said):
        explainer.explain_global(rows, labels)


@pytest.mark.parametrize(
    ("weights", "said"),
    [(np.ones(3), "shape"), (-np.ones(150), "at least 0"), (["a"] * 150, "where numbers")],
)
def test_weights_that_cannot_be(weights, said):
    with pytest.raises(InvalidInputError, match=said):
        PFIExplainer(BINARY).explain_global(X, LABELS, sample_weight=weights)


def test_parameters_that_cannot_be():
    with pytest.raises(InvalidInputError, match="n_repeats"):
        PFIExplainer(BINARY, n_repeats=0)
    with pytest.raises(InvalidInputError, match="max_rows"):
        PFIExplainer(BINARY, max_rows=1)
    with pytest.raises(InvalidInputError, match="metric_args"):
        PFIExplainer(BINARY, metric_args=3)
    with pytest.raises(InvalidInputError, match="is_function is True, but model is"):
        PFIExplainer(BINARY, is_function=True)
    with pytest.raises(InvalidInputError, match="the metric decides"):
        PFIExplainer(BINARY, output="raw")
    with pytest.raises(TypeError, match="it is called random_state"):
        PFIExplainer(BINARY, seed=1)
    with pytest.raises(UnsupportedModelError):
        PFIExplainer(3).explain_global(X, LABELS)
    with pytest.raises(InvalidInputError, match="of all rows together"):
        PFIExplainer(BINARY).explain_local(X)


def test_metrics_that_need_what_the_model_lacks():
    model = LinearSVC().fit(X, LABELS)
    with pytest.raises(InvalidInputError, match="log_loss needs predict_proba"):
        PFIExplainer(model, metric="log_loss").explain_global(X, LABELS)
    found = PFIExplainer(model, metric="roc_auc_score").explain_global(X, LABELS)
    assert found.overall[0] > 0.1


def test_metrics_without_standard_errors_say_so():
    def hits(y, chosen):
        return np.sum(y == chosen)

    def whole(y, chosen):
        if len(y) != 150:
            raise ValueError("I want all of them")
        return np.mean(y == chosen)

    for metric, said in ((hits, "depends on the number of rows"), (whole, "I want all of them")):
        found = PFIExplainer(BINARY, metric=metric, n_repeats=2).explain_global(X, LABELS)
        assert np.isnan(found.std_error).all()
        assert said in found.stats.warnings[0]
        assert found.overall[0] > 0
        assert repr(found)
        assert Bar.from_importance(found).figure() is not None


def test_one_repeat_knows_no_error_over_repeats():
    found = PFIExplainer(DummyClassifier().fit(X, LABELS), n_repeats=1).explain_global(X, LABELS)
    assert not found.overall.any()
    assert "one repeat" in found.stats.warnings[0]
