"""What the model says of a changed row in the page is what it says in Python."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from e2e.dashboard import cases, live_cases
from e2e.dashboard.live_pages import serve  # noqa: F401 - a fixture
from e2e.dashboard.pages import address_row, resize, settle, unfold
from e2e.dashboard.test_layout import LINT
from e2e.dashboard.test_numbers import click_dot, numbers_in, row_numbers

from pellucid import partial_dependence


def numbers(view, place):
    return [
        float(text)
        for text in view.locator(f"{place} data").evaluate_all(
            "nodes => nodes.map((node) => node.value)"
        )
    ]


def what_if(page):
    return page.locator('[data-view="whatif"]')


def wait_for(page, text):
    what_if(page).locator("h2", has_text=text).wait_for()
    settle(page)


def wait_for_prediction(page, wanted):
    """Wait until the page shows a number, of whichever class."""
    page.wait_for_function(
        "(wanted) => [...document.getElementById('pellucid').shadowRoot"
        ".querySelectorAll('.predicted data')].some((node) => Number(node.value) === wanted)",
        arg=float(wanted),
    )
    settle(page)


def open_forest(serve, place="#row=7", **options):  # noqa: F811
    model, explainer, explanation = live_cases.forest()
    page = serve(explanation, model=model, explainer=explainer, place=place, **options)
    return page, model, explainer, explanation


def changed_row(row, **cells):
    rows = live_cases.people().iloc[[row]].copy()
    for name, value in cells.items():
        rows[name.replace("_", " ")] = rows[name.replace("_", " ")].astype(object)
        rows[name.replace("_", " ")] = [value]
    return rows.astype(live_cases.people().dtypes)


def test_prediction_equals_the_models_own(serve):  # noqa: F811
    page, model, _, _ = open_forest(serve)
    view = what_if(page)
    assert sorted(numbers(view, ".predicted")) == sorted(model.predict_proba(changed_row(7))[0])
    view.get_by_label("age", exact=True).fill("61")
    wait_for(page, "changed")
    wanted = model.predict_proba(changed_row(7, age=61))[0]
    assert sorted(numbers(view, ".predicted")) == sorted(wanted)
    view.get_by_label("color of the car", exact=True).select_option("green")
    view.get_by_label("has a garden", exact=True).select_option("True")
    view.get_by_label("value of income").fill("51234.5")
    view.get_by_label("value of income").press("Enter")
    wanted = model.predict_proba(
        changed_row(7, age=61, color_of_the_car="green", has_a_garden=True, income=51234.5)
    )[0]
    wait_for_prediction(page, wanted[1])
    assert sorted(numbers(view, ".predicted")) == sorted(wanted)


def test_explaining_again_is_what_the_explainer_says(serve):  # noqa: F811
    page, _, explainer, explanation = open_forest(serve)
    view = what_if(page)
    view.get_by_label("age", exact=True).fill("61")
    wait_for(page, "changed")
    view.get_by_role("button", name="Explain again").click()
    view.locator(".explained h3").wait_for()
    settle(page)
    unfold(view.locator(".explained details"))
    shown = numbers(view, ".explained")
    wanted = explainer.explain_local(changed_row(7, age=61)).values[0, :, 1]
    assert sorted(shown[1::2]) == pytest.approx(sorted(wanted), rel=1e-12, abs=1e-15)
    assert sorted(shown[::2]) == pytest.approx(
        sorted(explanation.values[7, :, 1]), rel=1e-12, abs=1e-15
    )


def test_engineered_columns_are_explained_for_inputs_as_the_model_takes_them(serve):  # noqa: F811
    model, explainer, _ = live_cases.forest()
    both = explainer.explain_local(live_cases.people(60), include_engineered=True)
    page = serve(both, model=model, explainer=explainer, place="#row=7&output=1")
    view = what_if(page)
    view.get_by_label("age", exact=True).fill("61")
    wait_for(page, "changed")
    page.get_by_label("Columns").select_option(label="engineered")
    view.get_by_text("the engineered columns made of them").wait_for()
    settle(page)
    row = live_cases.people(60).iloc[[7]].assign(age=61)
    assert view.get_by_label("age", exact=True).input_value() == "61"
    assert page.locator('[data-view="row"] h2').inner_text().startswith("Row person 7:")
    wait_for_prediction(page, model.predict_proba(row)[0, 1])
    view.get_by_role("button", name="Explain again").click()
    view.locator(".explained h3").wait_for()
    settle(page)
    unfold(view.locator(".explained details"))
    shown = numbers(view, ".explained")
    wanted = explainer.explain_local(row, include_engineered=True).engineered.values[0, :, 1]
    assert sorted(shown[1::2]) == pytest.approx(sorted(wanted), rel=1e-12, abs=1e-15)
    assert sorted(shown[::2]) == pytest.approx(
        sorted(both.engineered.values[7, :, 1]), rel=1e-12, abs=1e-15
    )
    feature = page.locator('[data-view="feature"]')
    feature.get_by_label("Feature").select_option(label="onehotencoder__color of the car_red")
    settle(page)
    feature.get_by_role("button", name="Show partial dependence").click()
    feature.get_by_text("The model takes color of the car").wait_for()
    settle(page)
    effect = partial_dependence(
        model, live_cases.people(60), "color of the car", output="probability", show_progress=False
    )
    unfold(feature.locator(".dependence details"))
    own = feature.locator(".dependence details data")
    own = [float(text) for text in own.evaluate_all("nodes => nodes.map((node) => node.value)")]
    assert own[::2] == effect.values[:, 1].tolist()


def test_reset_brings_the_row_back(serve):  # noqa: F811
    page, model, _, _ = open_forest(serve)
    view = what_if(page)
    before = view.locator("h2").inner_text()
    view.get_by_label("age", exact=True).fill("61")
    view.get_by_label("color of the car", exact=True).select_option("green")
    wait_for(page, "changed")
    assert view.get_by_text("was 33", exact=True).count() or view.get_by_text("was ").count()
    view.get_by_role("button", name="Reset age").click()
    assert view.get_by_label("age", exact=True).input_value() == str(
        live_cases.people()["age"].iloc[7]
    )
    view.get_by_role("button", name="Reset all").click()
    wait_for(page, before)
    assert sorted(numbers(view, ".predicted")) == sorted(model.predict_proba(changed_row(7))[0])
    assert view.get_by_role("button", name="Reset all").is_disabled()


def test_values_beyond_all_rows_are_told_and_nonsense_is_refused(serve):  # noqa: F811
    page, _, _, _ = open_forest(serve)
    box = what_if(page).get_by_label("value of age")
    box.fill("150")
    box.press("Enter")
    what_if(page).get_by_text("beyond all rows, which go from 20 to 69").wait_for()
    for nonsense in ("old", ""):
        box.fill(nonsense)
        box.press("Enter")
        what_if(page).get_by_text("This is no number.").wait_for()


def test_partial_dependence_is_that_of_python(serve):  # noqa: F811
    page, model, _, _ = open_forest(serve, place="#row=7&feature=0")
    feature = page.locator('[data-view="feature"]')
    feature.get_by_role("button", name="Show partial dependence").click()
    feature.locator(".dependence h3", has_text="age").wait_for()
    settle(page)
    effect = partial_dependence(
        model, live_cases.people(), "age", output="probability", show_progress=False
    )
    shown = numbers_in(page, "feature")
    assert shown[::2] == effect.values[:, 1].tolist()
    assert shown[1::2] == effect.std_error[:, 1].tolist()
    feature.get_by_label("Feature").select_option(label="color of the car")
    feature.locator(".dependence h3", has_text="color of the car").wait_for()
    settle(page)
    effect = partial_dependence(
        model, live_cases.people(), "color of the car", output="probability", show_progress=False
    )
    assert numbers_in(page, "feature")[::2] == effect.values[:, 1].tolist()


def test_a_click_shows_the_values_of_python(serve):  # noqa: F811
    explanation = cases.explanation_of(200, 6)
    page = serve(explanation)
    assert what_if(page).count() == 0
    assert page.get_by_text("No model is connected").is_visible()
    for x, y in [(0.2, 0.8), (0.7, 0.3)]:
        click_dot(page, x, y)
        settle(page)
        row = int(address_row(page))
        page.locator('[data-view="row"] h2', has_text=f"Row {row}:").wait_for()
        assert row_numbers(page) == explanation.get_ranked_local_values()[row]


def test_page_stays_usable_while_a_model_is_slow(serve):  # noqa: F811
    model, explanation = live_cases.moody()
    page = serve(explanation, model=model, place="#row=5")
    view = what_if(page)
    model.mood = "slow"
    for value in ("0.5", "0.6", "0.7"):
        view.get_by_label("value of part 0").fill(value)
        view.get_by_label("value of part 0").press("Enter")
    assert model.asked.wait(8)
    view.locator(".predicted[aria-busy]").wait_for()
    # All else answers meanwhile.
    page.locator('[data-view="overview"]').get_by_label("Show").select_option(label="bars")
    page.locator('[data-view="row"]').get_by_role("button", name="Pin to compare").click()
    page.locator('[data-view="compare"] h2').wait_for()
    model.mood = "well"
    model.let_go.set()
    wanted = np.array([0.7, *explanation.data[5, 1:]]).sum()
    view.locator("h2", has_text="changed").wait_for()
    settle(page)
    wait_for_prediction(page, wanted)
    assert view.locator(".predicted[aria-busy]").count() == 0


def test_another_row_is_not_answered_with_the_one_before(serve):  # noqa: F811
    model, explanation = live_cases.moody()
    page = serve(explanation, model=model, place="#row=5")
    model.mood = "slow"
    box = what_if(page).get_by_label("value of part 0")
    box.fill("9")
    box.press("Enter")
    assert model.asked.wait(8)
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    page.locator('[data-view="row"] h2', has_text="Row 6:").wait_for()
    model.mood = "well"
    model.let_go.set()
    wait_for(page, "What if row 6 were different?")
    shown = numbers(what_if(page), ".predicted")
    assert shown == [explanation.predictions[6, 0]]


def test_a_model_that_raises_is_told_of_in_its_place(serve):  # noqa: F811
    model, explanation = live_cases.moody()
    page = serve(explanation, model=model, place="#row=5")
    view = what_if(page)
    model.mood = "raises"
    box = view.get_by_label("value of part 0")
    box.fill("0.5")
    box.press("Enter")
    problem = view.locator(
        ".failed", has_text="ValueError: the <b>service</b> of the model is gone"
    )
    problem.first.wait_for()
    page.locator('[data-view="row"]').get_by_label("Next row").click()
    page.locator('[data-view="row"] h2', has_text="Row 6:").wait_for()
    model.mood = "well"
    page.locator('[data-view="row"]').get_by_label("Previous row").click()
    wait_for(page, "What if row 5 were different?")
    view.get_by_label("value of part 0").fill("0.5")
    view.get_by_label("value of part 0").press("Enter")
    wait_for(page, "changed")
    assert not view.locator(".failed:not([hidden])").count()


def test_another_model_than_the_one_explained_is_told_of(serve):  # noqa: F811
    model, explanation = live_cases.moody()
    page = serve(explanation, model=model, place="#row=5")
    assert what_if(page).locator(".warning").count() == 0
    page = serve(explanation, model=lambda rows: rows.sum(axis=1) + 1, place="#row=5")
    what_if(page).locator(".warning", has_text="it explains another model").wait_for()


SERVES = """
    import sys
    from e2e.dashboard.live_cases import moody
    from pellucid.dashboard.server import Server
    from pellucid.dashboard.session import Session
    model, explanation = moody()
    server = Server(Session(explanation, model=model)).start()
    print(server.new_link(), flush=True)
    sys.stdin.readline()
    model.mood = "slow"
    print("slow", flush=True)
    server.wait()
"""


def test_a_program_that_dies_while_it_is_asked_leaves_a_usable_page(context_of):
    path = os.pathsep.join(sys.path)
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        page = context_of(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(8000)
        page.goto(f"{program.stdout.readline().strip()}#row=5")
        page.locator('[data-view="whatif"] .input').first.wait_for()
        settle(page)
        program.stdin.write("\n")
        program.stdin.flush()
        assert program.stdout.readline() == "slow\n"
        box = what_if(page).get_by_label("value of part 0")
        box.fill("0.5")
        box.press("Enter")
        what_if(page).locator(".predicted[aria-busy]").wait_for()
        program.send_signal(signal.SIGKILL)
        program.wait(10)
        what_if(page).locator(".failed", has_text="no longer answers").wait_for()
        # What was drawn is there, and what is known can still be asked for.
        page.locator('[data-view="overview"]').get_by_label("Show").select_option(label="bars")
        page.locator('[data-view="overview"]').get_by_label("Measure").wait_for()
        assert page.locator('[data-view="row"] h2').inner_text().startswith("Row 5:")
    finally:
        program.kill()
        program.wait(10)
        program.stdin.close()
        program.stdout.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_keep_apart(serve, scheme):  # noqa: F811
    page, _, _, _ = open_forest(serve)
    page.emulate_media(color_scheme=scheme)
    settle(page)
    page.get_by_role("button", name="Show partial dependence").click()
    what_if(page).get_by_label("age", exact=True).fill("61")
    what_if(page).get_by_role("button", name="Explain again").click()
    what_if(page).locator(".explained h3").wait_for()
    page.locator(".dependence h3").wait_for()
    settle(page)
    for width in (1440, 940, 420, 320):
        resize(page, width)
        # What was changed is not lost in another width, and is drawn anew.
        what_if(page).locator("h2", has_text="changed").wait_for()
        what_if(page).locator(".curve h3").wait_for()
        what_if(page).locator(".explained:not(.stale) h3").wait_for()
        page.locator(".dependence h3").wait_for()
        settle(page)
        assert what_if(page).get_by_label("age", exact=True).input_value() == "61"
        assert page.evaluate(LINT) == [], width
