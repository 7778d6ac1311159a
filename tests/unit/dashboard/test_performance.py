"""Labels, and what is said of predictions beside them, against scikit-learn."""

import numpy as np
import pytest
from e2e.dashboard import cases
from sklearn import metrics
from sklearn.calibration import calibration_curve
from unit.dashboard.test_chunks import decoded

from pellucid import InvalidInputError
from pellucid.dashboard.payload import make_payload


def chunks_of(explanation, labels, **options):
    payload = make_payload(explanation, true_labels=labels, **options)
    found = {
        name.removeprefix("performance/"): np.squeeze(decoded(chunk)).astype(float)
        for name, chunk in payload.chunks.items()
        if name.startswith(("performance/", "truth/"))
    }
    return payload.manifest, found


@pytest.mark.parametrize("k", [2, 3, 100])
def test_classes_are_measured_as_by_scikit_learn(k):
    explanation, labels = cases.labelled_classes(k, n=400)
    manifest, found = chunks_of(explanation, [f"class {label}" for label in labels], max_rows=50)
    scores = explanation.predictions
    assert manifest["labels"] == "classes"
    expected = metrics.confusion_matrix(labels, scores.argmax(axis=1), labels=range(k))
    assert np.array_equal(found["confusion"], expected)
    assert found["measures"] == pytest.approx(
        metrics.log_loss(labels, scores, labels=range(k)), rel=1e-9
    )
    for j in range(k):
        is_class = labels == j
        if not is_class.any():
            assert np.isnan(found[f"measures/{j}"][:2]).all()
            continue
        area, precision, brier = found[f"measures/{j}"]
        assert area == pytest.approx(metrics.roc_auc_score(is_class, scores[:, j]))
        assert precision == pytest.approx(metrics.average_precision_score(is_class, scores[:, j]))
        assert brier == pytest.approx(metrics.brier_score_loss(is_class, scores[:, j]))


def test_points_of_curves_are_exact_even_where_only_some_are_sent():
    explanation, labels = cases.labelled_classes(2, n=3000)
    _, found = chunks_of(explanation, labels)
    thresholds, hits, alarms = found["curve/1"]
    assert 150 <= len(thresholds) <= 201
    scores = explanation.predictions[:, 1]
    for threshold, hit, alarm in zip(thresholds[1:], hits[1:], alarms[1:], strict=True):
        assert hit == ((scores >= threshold) & (labels == 1)).sum()
        assert alarm == ((scores >= threshold) & (labels == 0)).sum()
    false, true, all_thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    at = {threshold: (f, t) for f, t, threshold in zip(false, true, all_thresholds, strict=True)}
    n_positive = labels.sum()
    for threshold, hit, alarm in zip(thresholds[1:], hits[1:], alarms[1:], strict=True):
        expected = at[threshold]
        assert (alarm / (3000 - n_positive), hit / n_positive) == pytest.approx(expected)


def test_groups_of_probabilities_are_the_calibration_curve():
    explanation, labels = cases.labelled_classes(2, n=1000)
    _, found = chunks_of(explanation, labels)
    rows, predicted, observed = found["groups/1"]
    shares, means = calibration_curve(labels, explanation.predictions[:, 1], n_bins=10)
    there = rows > 0
    assert rows.sum() == 1000
    assert observed[there] == pytest.approx(shares)
    assert predicted[there] == pytest.approx(means)


def test_scores_that_are_no_probabilities_have_curves_but_no_calibration():
    plain = cases.mirrored()
    labels = (plain.predictions[:, 1] + np.sin(np.arange(60)) > 0).astype(int)
    _, found = chunks_of(plain, labels)
    assert np.isnan(found["measures"])
    assert "groups/1" not in found
    assert found["measures/1"][0] == pytest.approx(
        metrics.roc_auc_score(labels, plain.predictions[:, 1])
    )


def test_numbers_are_measured_as_by_scikit_learn():
    explanation, labels = cases.labelled_numbers(n=500)
    manifest, found = chunks_of(explanation, labels, max_rows=50)
    predictions = explanation.predictions[:, 0]
    assert manifest["labels"] == "numbers"
    assert found["measures/0"] == pytest.approx(
        [
            metrics.mean_absolute_error(labels, predictions),
            metrics.root_mean_squared_error(labels, predictions),
            metrics.r2_score(labels, predictions),
            (predictions - labels).mean(),
        ]
    )
    edges = np.concatenate([[-np.inf], found["edges/0"], [np.inf]])
    assert np.array_equal(found["errors/0"], np.histogram(predictions - labels, bins=edges)[0])
    rows, predicted, observed = found["groups/0"]
    assert rows.tolist() == [50] * 10
    order = np.argsort(predictions)
    assert predicted == pytest.approx(predictions[order].reshape(10, 50).mean(axis=1))
    assert observed == pytest.approx(labels[order].reshape(10, 50).mean(axis=1))


def test_several_targets_are_measured_one_by_one():
    explanation = cases.explanation_of(40, 3, 2, seed=1)
    labels = explanation.predictions + np.array([0.5, -2.0])
    _, found = chunks_of(explanation, labels)
    assert found["measures/0"][3] == pytest.approx(-0.5)
    assert found["measures/1"][3] == pytest.approx(2.0)
    assert np.array_equal(found["truth/1"], labels[:, 1])


def test_labels_without_rows_are_measured_and_not_sent():
    explanation, labels = cases.labelled_classes(3, n=60)
    manifest, found = chunks_of(explanation, labels, include_data=False)
    assert manifest["labels"] == "classes"
    assert not any(name.startswith("truth") for name in found)


def test_places_of_classes_are_labels_only_where_no_name_is_a_number():
    explanation, labels = cases.labelled_classes(3, n=30)
    by_name = [explanation.classes[label] for label in labels]
    assert np.array_equal(chunks_of(explanation, labels)[1]["truth/0"], labels)
    assert np.array_equal(chunks_of(explanation, by_name)[1]["truth/0"], labels)
    numbered = cases.explanation_of(4, 2, 2, classes=("1", "2"))
    assert chunks_of(numbered, [1, 2, 2, 1])[1]["truth/0"].tolist() == [0, 1, 1, 0]
    with pytest.raises(
        InvalidInputError, match=r"true_labels has 0 in row 0; classes are '1', '2'"
    ):
        make_payload(numbered, true_labels=[0, 1, 1, 0])


@pytest.mark.parametrize(
    ("result", "labels", "said"),
    [
        (lambda: cases.labelled_numbers(n=5)[0], [1.0, 2.0], "true_labels has 2 labels, but there are 5 rows"),
        (lambda: cases.labelled_numbers(n=2)[0], [1.0, np.nan], "true_labels has nan in row 1"),
        (lambda: cases.labelled_classes(2, n=2)[0], ["class 0", "maybe"], "true_labels has 'maybe' in row 1"),
        (cases.metric_importance, [1], "pass what explain_local returns"),
        (lambda: cases.mirrored().output("yes"), [1] * 60, "holds only output 'yes'"),
        (lambda: cases.explanation_of(3, 2, 2), [1.0, 2.0, 3.0], "one column for each of 2 outputs"),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_are_refused(result, labels, said):
    with pytest.raises(InvalidInputError, match=said):
        make_payload(result(), true_labels=labels)


def test_losses_have_no_predictions_to_compare():
    from dataclasses import replace

    losses = replace(cases.explanation_of(3, 2), output_space="squared error")
    with pytest.raises(InvalidInputError, match="this result explains squared error"):
        make_payload(losses, true_labels=[1.0, 2.0, 3.0])
