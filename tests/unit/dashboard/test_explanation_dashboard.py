"""The dashboard by the name and in the order that users of the old one know."""

import subprocess
import sys

import numpy as np
import pytest
from e2e.dashboard import cases, live_cases

from pellucid import ExplanationDashboard, InvalidInputError, MissingExtraError


def test_arguments_are_in_the_order_of_the_old_one():
    model, _, explanation = live_cases.forest()
    rows = live_cases.people()
    features, classes = [f"column {j}" for j in range(5)], ["stays", "leaves"]
    dashboard = ExplanationDashboard(
        explanation.importance(), model, rows, np.zeros(len(rows)), classes, features
    )
    manifest = dashboard.session.payload.manifest
    assert [feature["name"] for feature in manifest["features"]] == features
    assert manifest["classes"] == classes
    answer = dashboard.session.answer("predict", {"row": 0})
    assert answer["predictions"] == model.predict_proba(rows.head(1))[0].tolist()
    told = dashboard.session.answer("explain", {"row": 0, "output": 1, "changes": {"0": 50}})
    assert len(told["values"]) == 5


def test_repr_says_what_is_shown_and_how_to_see_it():
    model, explanation = live_cases.moody()
    said = repr(ExplanationDashboard(explanation, model))
    assert said == (
        "ExplanationDashboard of 60 rows with function Moody; show() opens it in a browser"
    ) or said.startswith("ExplanationDashboard of 60 rows with ")


def test_saves_a_file_without_answers(tmp_path):
    model, explanation = live_cases.moody()
    path = ExplanationDashboard(explanation, model, title="Sums").save_html(tmp_path / "x.html")
    text = path.read_text(encoding="utf-8")
    assert "<title>Sums</title>" in text
    assert '"calls": ["row"]' in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"features": ["a"]}, "features"),
        ({"classes": ["a", "b"]}, "classes"),
        ({"language": "fr"}, "language"),
        ({"port": -1}, "port"),
    ],
)
def test_what_does_not_fit_is_said(given, said):
    with pytest.raises(InvalidInputError, match=said):
        ExplanationDashboard(cases.explanation_of(5, 2), **given)


def test_no_result_is_said():
    with pytest.raises(InvalidInputError, match="pass what explain_local"):
        ExplanationDashboard("x")


def test_link_is_new_each_time_and_the_server_stops():
    with ExplanationDashboard(cases.explanation_of(5, 2)) as dashboard:
        links = {dashboard.show(browser=False) for _ in range(3)}
        assert len(links) == 3
        assert len({link.split("?")[0] for link in links}) == 1


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    dashboard = ExplanationDashboard(cases.explanation_of(5, 2))
    with pytest.raises(MissingExtraError, match=r"pip install 'pellucid\[dashboard\]'$"):
        dashboard.show(browser=False)


def test_nothing_of_a_server_is_loaded_until_it_is_shown():
    code = (
        "import sys; from pellucid import ExplanationDashboard; "
        "print([m for m in ('fastapi', 'starlette', 'uvicorn', 'anyio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "[]\n"
