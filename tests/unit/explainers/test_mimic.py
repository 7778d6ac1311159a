import dataclasses
import pickle
import zlib

import lightgbm
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVC
from unit.explainers.mimic_cases import (
    FEW,
    KIND_NAMES,
    ROWS,
    X,
    classifier,
    exact_values,
    linear,
    of_people,
    people,
    rng,
    wavy,
)

import pellucid
from pellucid import (
    DecisionTreeExplainableModel,
    EBMExplainableModel,
    InvalidInputError,
    LGBMExplainableModel,
    LinearExplainableModel,
    LinearExplainer,
    MimicExplainer,
    SGDExplainableModel,
    TreeExplainer,
    UnsupportedModelError,
)
from pellucid._core.randomness import generator_for
from pellucid.data.table import as_table
from pellucid.explainers.surrogates import KINDS
from pellucid.explainers.surrogates.encoding import Encoding
from pellucid.explainers.surrogates.lessons import hybrid_index
from pellucid.plots.waterfall import Waterfall


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_values_are_the_surrogates_and_residuals_the_rest(kind):
    explainer = MimicExplainer(wavy, X, kind, **FEW)
    found = explainer.explain_local(ROWS)
    surrogate = explainer.surrogate.predict(ROWS)
    total = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(total, surrogate, atol=1e-9)
    np.testing.assert_allclose(found.predictions[:, 0], wavy(ROWS))
    np.testing.assert_allclose(found.residuals[:, 0], wavy(ROWS) - surrogate[:, 0], atol=1e-9)
    base = explainer.surrogate.predict(X).mean()
    np.testing.assert_allclose(found.base_values, base, atol=1e-9)
    values = exact_values(lambda rows: explainer.surrogate.predict(rows)[:, 0], ROWS[0], X)
    np.testing.assert_allclose(found.values[0, :, 0], values, atol=1e-9)
    assert found.stats.fidelity == explainer.fidelity
    assert found.stats.exactness == "approximate"
    assert kind.name in found.stats.method


@pytest.mark.parametrize("kind", [LinearExplainableModel, SGDExplainableModel])
def test_a_linear_teacher_is_explained_exactly_by_a_linear_surrogate(kind):
    found = MimicExplainer(linear, X, kind, show_progress=False).explain_local(ROWS)
    expected = (ROWS - X.mean(axis=0)) * [3, -1, 0, 0]
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=0.02)
    assert found.stats.fidelity.verdict == "faithful"


def test_fidelity_is_that_of_rows_not_taught():
    """A teacher without any regularity can be learned by heart, and by no other way."""
    asked = []

    def unlearnable(rows):
        asked.append(rows.copy())
        return np.array([zlib.crc32(row.tobytes()) / 2**32 for row in rows])

    options = {"n_estimators": 200, "min_child_samples": 1, "num_leaves": 255}
    explainer = MimicExplainer(
        unlearnable, X, LGBMExplainableModel, explainable_model_args=options, augment_data=False
    )
    taught = X[[any((row == x).all() for x in asked[1]) for row in X]] if len(asked) > 1 else X
    assert len(taught)
    learned = explainer.surrogate.predict(X)[:, 0]
    by_heart = np.corrcoef(learned, unlearnable(X))[0, 1]
    assert by_heart > 0.8
    assert explainer.fidelity.overall_r2 < 0.2
    assert explainer.fidelity.verdict == "do not rely on it"
    stats = explainer.explain_local(ROWS).stats
    assert any("does not follow the model: do not rely" in text for text in stats.warnings)
    assert not stats.exact
    assert "do not rely on it" in repr(explainer.explain_local(ROWS))


def labels_by_hash(rows):
    """Probabilities of two classes of which nothing can be known from the columns."""
    second = np.array([zlib.crc32(row.tobytes()) % 2 for row in rows], dtype=float)
    return np.column_stack([1 - second, second])


@pytest.mark.usefixtures("compact_tables")
@pytest.mark.parametrize("kind", ["auto", *KINDS], ids=str)
def test_random_labels_are_not_pretended_to_be_followed(kind):
    explainer = MimicExplainer(
        labels_by_hash, X, kind, model_task="classification", random_state=2, **FEW
    )
    assert explainer.fidelity.verdict == "do not rely on it"
    assert explainer.fidelity.overall_r2 < 0.2
    assert 0.3 < explainer.fidelity.agreement_overall < 0.7
    found = explainer.explain_local(ROWS)
    assert found.stats.fidelity == explainer.fidelity
    rule, advice = found.stats.warnings
    assert f"R² {explainer.fidelity.overall_r2:.3f} on 60 held-out rows" in rule
    assert advice.startswith("the surrogate does not follow the model: do not rely on these")
    for shown in (repr(found), found._repr_html_(), repr(found.importance())):
        assert "do not rely on it" in shown
        assert "do not rely on these values" in shown


def test_the_teacher_is_asked_once_for_each_row():
    n_asked = 0

    def teacher(rows):
        nonlocal n_asked
        n_asked += len(rows)
        return wavy(rows)

    explainer = MimicExplainer(
        teacher, X, LinearExplainableModel, max_num_of_augmentations=10, show_progress=False
    )
    n_learning_outputs = 1  # a function is tried on few rows to see what it returns
    settings = dict(explainer.settings)
    stated = int(settings["model rows evaluated to teach it"].replace(",", ""))
    assert stated == 300 + 10 * 240 + 120
    assert stated <= n_asked <= stated + 10 * n_learning_outputs
    assert settings["and from"] == "2,400 hybrids of them"


def test_hybrids_take_cells_from_two_rows():
    rows = np.array([3, 7, 9, 20])
    index = hybrid_index(rows, 400, 6, generator_for(0))
    assert np.isin(index, rows).all()
    n_parents = [len(set(row)) for row in index.tolist()]
    assert set(n_parents) <= {1, 2}
    first = rows[np.arange(400) % 4]
    sizes = (index == first[:, None]).sum(axis=1)[np.array(n_parents) == 2]
    counts = np.bincount(sizes, minlength=6)[1:6]
    assert (counts > 30).all()  # uniform over 1 to 5 of about 300


def test_hybrids_make_attributions_better():
    predict = MLPRegressor(hidden_layer_sizes=(32,), tol=1e-3, max_iter=2000, random_state=0)
    correlated = X @ np.diag([1, 1, 0.1, 0.1]) + np.repeat(X[:, :1], 4, axis=1)
    predict.fit(correlated, wavy(correlated))
    rows = correlated[:6]
    exact = np.array([exact_values(predict.predict, row, correlated) for row in rows])
    error = {}
    for augment in (True, False):
        explainer = MimicExplainer(
            predict, correlated, LGBMExplainableModel, augment_data=augment, show_progress=False
        )
        found = explainer.explain_local(rows).values[:, :, 0]
        error[augment] = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    assert error[True] < 0.5 * error[False]


def test_correction_adds_up_to_the_model_and_is_unbiased():
    explainer = MimicExplainer(
        wavy, X, DecisionTreeExplainableModel, correct=True, budget=1_000, **FEW
    )
    found = explainer.explain_local(ROWS)
    np.testing.assert_allclose(found.residuals, 0, atol=1e-9)
    np.testing.assert_allclose(found.base_values, wavy(X).mean())
    exact = np.array([exact_values(wavy, row, X) for row in ROWS])
    plain = MimicExplainer(wavy, X, DecisionTreeExplainableModel, **FEW).explain_local(ROWS)
    missed = np.linalg.norm(plain.values[:, :, 0] - exact)
    assert np.linalg.norm(found.values[:, :, 0] - exact) < 0.4 * missed
    distance = np.abs(found.values[:, :, 0] - exact)
    assert (distance <= 1.96 * found.std_error[:, :, 0] + 1e-12).mean() > 0.85
    assert found.stats.exactness == "estimated"
    assert found.stats.n_evaluations > 0


def in_log_odds(probabilities):
    """Log-odds as the documentation defines them."""
    logs = np.log(np.clip(probabilities, 1e-3, 1 - 1e-3))
    if logs.shape[1] == 2:
        margin = logs[:, 1] - logs[:, 0]
        return np.column_stack([-margin, margin])
    return logs - logs.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_probabilities_add_up_to_one(kind, n_classes):
    explainer = MimicExplainer(classifier(n_classes), X, kind, output="probability", **FEW)
    found = explainer.explain_local(ROWS)
    assert found.values.shape == (12, 4, n_classes)
    assert found.output_space == "probability"
    np.testing.assert_allclose(found.values.sum(axis=2), 0, atol=1e-9)
    np.testing.assert_allclose(explainer.surrogate.predict(ROWS).sum(axis=1), 1)
    np.testing.assert_allclose(found.predictions, classifier(n_classes).predict_proba(ROWS))
    own = explainer.surrogate.predict(X).argmax(axis=1)
    agreement = (own == classifier(n_classes).predict(X)).mean()
    assert abs(explainer.fidelity.agreement_overall - agreement) < 0.15
    assert len(explainer.fidelity.agreement) == len(explainer.fidelity.r2) == n_classes


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "kind", [LinearExplainableModel, SGDExplainableModel, EBMExplainableModel], ids=str
)
def test_linear_and_additive_surrogates_explain_log_odds(kind, n_classes):
    model = classifier(n_classes)
    explainer = MimicExplainer(model, X, kind, **FEW)
    found = explainer.explain_local(ROWS)
    assert found.output_space == "raw"
    np.testing.assert_allclose(found.predictions, in_log_odds(model.predict_proba(ROWS)))
    total = found.values.sum(axis=1) + found.base_values
    np.testing.assert_allclose(total, explainer.surrogate.predict(ROWS), atol=1e-9)
    values = exact_values(lambda rows: explainer.surrogate.predict(rows)[:, -1], ROWS[0], X)
    np.testing.assert_allclose(found.values[0, :, -1], values, atol=1e-9)
    probabilities = explainer.surrogate.predict_proba(ROWS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    centered = probabilities.clip(1e-12)
    np.testing.assert_allclose(
        np.log(centered[:, 1] / centered[:, 0]),
        total[:, 1] - total[:, 0] if n_classes > 2 else total[:, 1],
        atol=1e-6,
    )


def test_a_logistic_teacher_is_followed_exactly_by_a_linear_surrogate():
    teacher = LogisticRegression().fit(X, linear(X) + rng.normal(size=300) > 0)
    explainer = MimicExplainer(teacher, X, LinearExplainableModel, **FEW)
    expected = (ROWS - X.mean(axis=0)) * teacher.coef_[0]
    found = explainer.explain_local(ROWS).values[:, :, 1]
    np.testing.assert_allclose(found, expected, atol=0.1)
    assert explainer.fidelity.verdict == "faithful"
    corrected = MimicExplainer(teacher, X, LinearExplainableModel, correct=True, **FEW)
    np.testing.assert_allclose(corrected.explain_local(ROWS).residuals, 0, atol=1e-9)


def test_raw_scores_of_two_classes_are_opposites():
    labels = np.where(wavy(X) > 0.5, "yes", "no")
    model = SVC().fit(X, labels)
    explainer = MimicExplainer(model, X, LGBMExplainableModel, output="raw", **FEW)
    found = explainer.explain_local(ROWS)
    np.testing.assert_allclose(found.values[:, :, 0], -found.values[:, :, 1], atol=1e-12)
    np.testing.assert_allclose(found.predictions[:, 1], model.decision_function(ROWS))
    assert found.classes == ("no", "yes")


def test_auto_takes_the_simplest_that_is_about_as_good_as_the_best():
    assert MimicExplainer(linear, X, **FEW).surrogate.kind is LinearExplainableModel
    singles = {kind: MimicExplainer(wavy, X, kind, **FEW).fidelity for kind in KINDS}
    best = max(fidelity.overall_r2 for fidelity in singles.values())
    close = [kind for kind in KINDS if singles[kind].overall_r2 >= best - 0.01]
    verdicts = [singles[kind].verdict for kind in close]
    chosen = MimicExplainer(wavy, X, **FEW)
    expected = close[verdicts.index("faithful") if "faithful" in verdicts else 0]
    assert chosen.surrogate.kind is expected
    assert chosen.fidelity == singles[expected]


def test_auto_leaves_out_what_would_take_too_long(monkeypatch):
    def never(lessons, **options):
        raise AssertionError("it was taught all the same")

    slow = dataclasses.replace(EBMExplainableModel, fit=never, most_cells=100)
    kinds = tuple(slow if kind is EBMExplainableModel else kind for kind in KINDS)
    monkeypatch.setattr("pellucid.explainers.mimic.KINDS", kinds)
    found = MimicExplainer(wavy, X, **FEW)
    assert "left out" in dict(found.settings)
    assert "EBM" in dict(found.settings)["left out"]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_frames_with_categories_and_missing_values(kind):
    frame = people()
    explainer = MimicExplainer(of_people, frame[:350], kind, **FEW)
    found = explainer.explain_local(frame[350:])
    assert found.features == tuple(frame.columns)
    assert explainer.fidelity.overall_r2 > 0.8
    assert found.importance().get_ranked_global_names()[-1] == 'hours "[h]"'
    unseen = frame[350:351].assign(color="violet")
    assert np.isfinite(explainer.explain_local(unseen).values).all()


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not EBMExplainableModel], ids=str)
def test_sparse_rows_stay_sparse(kind):
    rows = sp.random_array((500, 200), density=0.05, format="csr", random_state=0)
    rows.indices, rows.indptr = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    weights = np.random.default_rng(1).normal(size=200)
    kinds = set()

    def teacher(block):
        kinds.add(type(block))
        return np.asarray(block @ weights).ravel()

    explainer = MimicExplainer(teacher, rows[:400], kind, **FEW)
    found = explainer.explain_local(rows[400:])
    assert kinds <= {sp.csr_matrix, sp.csr_array}
    expected = (rows[400:].toarray() - rows[:400].toarray().mean(axis=0)) * weights
    correlation = np.corrcoef(found.values[:, :, 0].ravel(), expected.ravel())[0, 1]
    assert correlation > (0.9 if kind.explainer is LinearExplainer else 0.3)


def test_global_importance_without_any_rows():
    explainer = MimicExplainer(wavy, X, LGBMExplainableModel, **FEW)
    own, given = explainer.explain_global(), explainer.explain_global(X)
    np.testing.assert_allclose(own.values, given.values)
    assert own.get_ranked_global_names()[-1] == "3"


def test_many_reference_rows_are_sampled_and_that_is_told():
    many = rng.normal(size=(1000, 4))
    explainer = MimicExplainer(wavy, many, LinearExplainableModel, most_examples=200, **FEW)
    sampling = dict(explainer.settings)["sampling error"]
    assert sampling.startswith("200 of 1,000 reference rows were used")
    stated = float(sampling.rsplit(" ", 1)[1])
    assert stated == pytest.approx(wavy(many).std() / np.sqrt(200), rel=0.4)
    assert explainer.explain_local(many[:2]).stats.n_background == 200
    assert any(
        "200 of 1,000 reference" in said for said in explainer.explain_local(ROWS).stats.warnings
    )
    streamed = explainer.explain_global(many, include_local=False, batch_size=64)
    assert streamed.local is None
    np.testing.assert_allclose(streamed.values, explainer.explain_global(many).values)


def test_results_are_stored_pickled_and_drawn(tmp_path):
    explainer = MimicExplainer(classifier(3), X, DecisionTreeExplainableModel, **FEW)
    found = explainer.explain_local(ROWS)
    assert pickle.loads(pickle.dumps(explainer)).explain_local(ROWS) == found
    assert pellucid.load(found.save(tmp_path / "mimic")) == found
    frame = found.to_pandas()
    one = frame[(frame["row"] == 2) & (frame["output"] == found.classes[1])]
    np.testing.assert_allclose(one["residual"], found.residuals[2, 1])
    assert "R²" in repr(found)
    steps = Waterfall.from_explanation(found, 0, output=0)
    assert steps.names[-1] == "not followed by the surrogate"
    assert steps.values.sum() == pytest.approx(found.predictions[0, 0] - found.base_values[0, 0])


def test_importances_of_boosted_trees_are_ranked_like_exact_ones():
    weights = np.array([4.0, 2.5, 1.5, 1.0, 0.6, 0.3, 0.15, 0.0])
    rows = rng.normal(size=(600, 8))
    target = rows @ weights + rows[:, 0] * rows[:, 1]
    teacher = lightgbm.LGBMRegressor(n_estimators=100, verbose=-1, n_jobs=1).fit(rows, target)
    exact = TreeExplainer(teacher, rows).explain_global(rows).overall
    found = MimicExplainer(teacher, rows, LGBMExplainableModel, show_progress=False)
    assert spearmanr(found.explain_global(rows).overall, exact).statistic >= 0.95


def test_the_same_seed_teaches_the_same():
    first, again = (MimicExplainer(wavy, X, **FEW).explain_local(ROWS) for _ in range(2))
    assert first == again
    other = MimicExplainer(wavy, X, random_state=1, **FEW).explain_local(ROWS)
    assert not np.array_equal(first.values, other.values)


def test_words_of_the_old_sdk():
    explainer = MimicExplainer(
        LinearRegression().fit(X, linear(X)),
        X,
        explainable_model=LGBMExplainableModel,
        explainable_model_args={"n_estimators": 20, "num_leaves": 7},
        augment_data=True,
        max_num_of_augmentations=2,
        features=["a", "b", "c", "d"],
    )
    [native] = explainer.surrogate.natives
    assert native.num_trees() == 20
    assert explainer.explain_global(X).get_ranked_global_names()[0] == "a"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"surrogate": "best"}, 'surrogate must be "auto" or one of LGBMExplainableModel'),
        ({"explainable_model_args": {"alpha": 1}}, "say which, as surrogate="),
        ({"budget": 100}, "budget is what correct=True may spend"),
        ({"max_num_of_augmentations": -1}, "max_num_of_augmentations must be"),
        ({"most_examples": 1}, "most_examples must be"),
    ],
)
def test_parameters_that_cannot_be(options, message):
    with pytest.raises(InvalidInputError, match=message):
        MimicExplainer(wavy, X, **options)


def test_dates_are_refused_by_name():
    frame = pd.DataFrame({"age": np.arange(9.0), "born": pd.date_range("2020-01-01", periods=9)})
    with pytest.raises(InvalidInputError, match="column 'born' holds dates"):
        MimicExplainer(lambda rows: rows["age"].to_numpy(), frame)


def test_reference_rows_are_needed():
    with pytest.raises(UnsupportedModelError, match="learns from initialization_examples"):
        MimicExplainer(LinearRegression().fit(X, linear(X)))


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array, pd.DataFrame])
def test_surrogates_learn_nothing_of_columns_that_the_model_never_sees(container):
    table = as_table(container(np.array([[1.0, 5.0], [0.0, 7.0]])))
    encoded = Encoding.of(table, unused=(1,))(table)
    np.testing.assert_array_equal(encoded.to_matrix(), [[1.0, 0.0], [0.0, 0.0]])


def test_unused_columns_may_hold_what_no_surrogate_takes():
    frame = pd.DataFrame({"job": ["a", "b"], "day": pd.to_datetime(["2020-01-01", "2021-01-01"])})
    encoded = Encoding.of(as_table(frame), unused=(1,))(as_table(frame)).native
    assert encoded["day"].tolist() == [0.0, 0.0]
    assert encoded["job"].tolist() == ["a", "b"]
