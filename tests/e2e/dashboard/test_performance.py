"""How well predictions agree with labels, in the page: as in scikit-learn, and each cell a cohort."""

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.cohort_oracle import cohort_rows
from e2e.dashboard.pages import settle
from e2e.dashboard.test_cohorts import cohorts_in, place_of
from e2e.dashboard.test_layout import LINT
from sklearn import metrics

HALF = ["value/0", 0, None]


def facts(page):
    """The numbers in lines of names and numbers."""
    facts = page.locator('[data-view="performance"] .facts > div')
    return dict(
        facts.evaluate_all(
            "nodes => nodes.map((node) => [node.querySelector('dt').textContent, Number(node.querySelector('data').value)])"
        )
    )


def expected_of(scores, labels, k):
    predicted = scores.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(scores.shape[1]), zero_division=np.nan
    )
    is_class = labels == k
    return {
        "Accuracy": metrics.accuracy_score(labels, predicted),
        "Balanced accuracy": metrics.balanced_accuracy_score(labels, predicted),
        "Mean F1": metrics.f1_score(labels, predicted, average="macro"),
        "Log-loss": metrics.log_loss(labels, scores, labels=range(scores.shape[1])),
        "Precision": precision[k],
        "Recall": recall[k],
        "F1": f1[k],
        "ROC AUC": metrics.roc_auc_score(is_class, scores[:, k]),
        "Average precision": metrics.average_precision_score(is_class, scores[:, k]),
        "Brier score": metrics.brier_score_loss(is_class, scores[:, k]),
    }


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("cohort", [False, True])
def test_classes_of_all_rows_and_of_a_cohort(show, k, cohort):
    explanation, labels = cases.labelled_classes(k, n=200)
    place = place_of(["", HALF], rest="&output=1") if cohort else "#output=1"
    page = show(explanation, true_labels=labels, place=place)
    rows = cohort_rows(explanation, [HALF]) if cohort else np.arange(200)
    scores, own = explanation.predictions[rows], labels[rows]
    assert facts(page) == pytest.approx(expected_of(scores, own, 1), rel=1e-9)
    shown = page.locator('[data-view="performance"] .confusion td').all_inner_texts()
    counts = metrics.confusion_matrix(own, scores.argmax(axis=1), labels=range(k))
    assert [int(text) for text in shown] == counts.ravel().tolist()


def test_a_sample_is_measured_on_all_rows_and_says_what_a_cell_shows(show):
    explanation, labels = cases.labelled_classes(3, n=300)
    page = show(explanation, true_labels=labels, max_rows=60, place="#output=0")
    assert facts(page) == pytest.approx(expected_of(explanation.predictions, labels, 0), rel=1e-9)
    said = page.locator('[data-view="performance"]').inner_text()
    assert "Numbers are of all rows" in said


def test_each_cell_is_a_cohort(show):
    explanation, labels = cases.labelled_classes(3, n=200)
    page = show(explanation, true_labels=labels)
    view = page.locator('[data-view="performance"]')
    counts = metrics.confusion_matrix(labels, explanation.predictions.argmax(axis=1))
    view.get_by_role("button", name="of true class class 2, predicted class 0").click()
    settle(page)
    (cohort,), _ = cohorts_in(page)
    assert cohort[1:] == [["truth/0", ["class 2"]], ["predicted", ["class 0"]]]
    assert page.locator('[data-view="data"] h2').inner_text() == f"{counts[2, 0]} rows"
    cells = page.locator('[data-view="data"] tbody tr[data-row] td:nth-child(3)').all_inner_texts()
    assert set(cells) == {"class 2"}


def test_groups_of_predictions_are_cohorts(show):
    explanation, labels = cases.labelled_classes(2, n=200)
    page = show(explanation, true_labels=labels, place="#output=1")
    view = page.locator('[data-view="performance"]')
    view.locator("summary", has_text="Groups of rows").click()
    buttons = view.locator("details", has_text="Groups of rows").get_by_role("button")
    n = int(buttons.nth(3).inner_text())
    buttons.nth(3).click()
    settle(page)
    (cohort,), _ = cohorts_in(page)
    assert len(cohort_rows(explanation, cohort[1:])) == n
    assert page.locator('[data-view="data"] h2').inner_text() == f"{n} rows"


@pytest.mark.parametrize("cohort", [False, True])
def test_numbers_of_all_rows_and_of_a_cohort(show, cohort):
    explanation, labels = cases.labelled_numbers(n=200)
    page = show(explanation, true_labels=labels, place=place_of(["", HALF]) if cohort else "")
    rows = cohort_rows(explanation, [HALF]) if cohort else np.arange(200)
    own, truth = explanation.predictions[rows, 0], labels[rows]
    assert facts(page) == pytest.approx(
        {
            "Mean absolute error": metrics.mean_absolute_error(truth, own),
            "Root mean squared error": metrics.root_mean_squared_error(truth, own),
            "R²": metrics.r2_score(truth, own),
            "Mean error": (own - truth).mean(),
        },
        rel=1e-9,
    )
    bars = page.locator('[data-view="performance"] ol.rows li')
    counts = [int(text) for text in bars.locator(".number").all_inner_texts()]
    low, high = np.quantile(own - truth, [0.005, 0.995])
    edges = [-np.inf, *np.linspace(low, high, 16)[1:-1], np.inf]
    assert counts == np.histogram(own - truth, bins=edges)[0].tolist()
    place = int(np.argmax(counts))
    bars.nth(place).get_by_role("button").click()
    settle(page)
    assert page.locator('[data-view="data"] h2').inner_text() == f"{counts[place]} rows"
    chosen = cohorts_in(page)[0][-1][1:]
    assert len(cohort_rows(explanation, chosen, labels)) == counts[place]


def test_label_and_error_are_axes_and_columns(show):
    explanation, labels = cases.labelled_numbers(n=60)
    page = show(explanation, true_labels=labels)
    page.locator('[data-view="performance"]').get_by_role("button", name="Show errors").click()
    settle(page)
    feature = page.locator('[data-view="feature"]')
    assert feature.locator("h2").inner_text() == "error against prediction"
    feature.get_by_label("Color").select_option(label="true label")
    settle(page)
    assert "true label" in feature.locator(".key").inner_text()
    head = page.locator('[data-view="data"] thead').inner_text()
    assert head.split("\t")[2:4] == ["true label", "error"]
    assert page.locator(".failed").count() == 0


def test_class_label_is_an_axis_of_strips_and_a_color(show):
    explanation, labels = cases.labelled_classes(2, n=80)
    page = show(explanation, true_labels=labels, place="#x=label&y=error&color=outcome")
    feature = page.locator('[data-view="feature"]')
    assert feature.locator("ol.rows .name").all_inner_texts() in (
        ["class 0", "class 1"], ["class 1", "class 0"])  # fmt: skip
    assert feature.locator(".key").inner_text().split() == ["outcome:", "wrong", "right"]
    assert page.locator(".failed").count() == 0


def test_a_hundred_classes_are_a_picture_and_a_list(show):
    explanation, labels = cases.labelled_classes(100, n=1500)
    page = show(explanation, true_labels=labels, width=1440)
    view = page.locator('[data-view="performance"]')
    counts = metrics.confusion_matrix(
        labels, explanation.predictions.argmax(axis=1), labels=range(100)
    )
    off = counts - np.diag(np.diag(counts))
    shown = [int(text) for text in view.locator("tbody button").all_inner_texts()[:12]]
    assert shown == sorted(off.ravel().tolist(), reverse=True)[:12]
    # A click on the picture chooses the rows of the cell under it.
    canvas = view.locator("canvas").first
    size = canvas.bounding_box()["width"] / 100
    i, j = np.unravel_index(off.argmax(), off.shape)
    canvas.click(position={"x": (j + 0.5) * size, "y": (i + 0.5) * size})
    settle(page)
    assert cohorts_in(page)[0] == [["", ["truth/0", [f"class {i}"]], ["predicted", [f"class {j}"]]]]
    assert page.locator('[data-view="data"] h2').inner_text() == f"{off.max()} rows"


def test_without_rows_performance_is_shown_and_nothing_can_be_chosen(show):
    explanation, labels = cases.labelled_classes(3, n=90)
    page = show(explanation, true_labels=labels, include_data=False)
    assert facts(page)["Accuracy"] == pytest.approx(
        (explanation.predictions.argmax(axis=1) == labels).mean()
    )
    assert page.locator('[data-view="performance"] button:not(.keep *)').count() == 0
    assert page.locator(".failed").count() == 0


def test_raw_scores_say_that_calibration_needs_probabilities(show):
    explanation = cases.mirrored()
    page = show(explanation, true_labels=(np.arange(60) % 2))
    assert (
        "Calibration needs probabilities" in page.locator('[data-view="performance"]').inner_text()
    )


@pytest.mark.parametrize(
    "kind", [lambda: cases.labelled_classes(3), cases.labelled_numbers, lambda: cases.labelled_classes(100, n=900)]
)  # fmt: skip
def test_texts_keep_apart(show, kind):
    from e2e.dashboard.pages import resize, unfold

    explanation, labels = kind()
    page = show(
        explanation, true_labels=labels, width=1440, place=place_of(["", HALF], rest="&pins=1,2")
    )
    unfold(page.locator("details"))
    for width, scheme in [(1440, "dark"), (940, "light"), (420, "dark"), (320, "light")]:
        page.emulate_media(color_scheme=scheme)
        resize(page, width)
        assert page.evaluate(LINT) == [], width
