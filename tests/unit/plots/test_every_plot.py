"""What holds for every plot in the table, on data that is hard to draw."""

import dataclasses
import io
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from unit.plots.plot_cases import CASES, MAKERS

from pellucid import InvalidInputError
from pellucid.plots import PLOTS, Bar, Beeswarm, Waterfall, write_report

TESTS = Path(__file__).parents[2]
PATHS = f"{TESTS}{os.pathsep}{TESTS.parent / 'src'}"


@pytest.fixture(params=PLOTS)
def make(request):
    return MAKERS[request.param]


@pytest.fixture(params=CASES)
def found(request):
    return case(request.param)


@cache
def case(name):
    return CASES[name]()


@pytest.mark.parametrize("width", [3.5, 7.2])
def test_texts_lie_within_the_picture_and_apart(make, found, width):
    figure = make(found, 8).figure(width=width)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    boxes = [text.get_window_extent(renderer).padded(-3) for text in texts]
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0, texts[i]
        assert box.x1 <= figure.bbox.x1, texts[i]
        assert figure.bbox.y0 <= box.y0, texts[i]
        assert box.y1 <= figure.bbox.y1, texts[i]
        assert not [texts[j] for j in range(i) if box.overlaps(boxes[j])], texts[i]


@pytest.mark.parametrize(
    ("form", "dark"), [("png", False), ("png", True), ("svg", True), ("pdf", False)]
)
def test_picture_can_be_saved(make, form, dark):
    stream = io.BytesIO()
    make(case("hostile"), 30).figure(dark=dark).savefig(stream, format=form)
    assert len(stream.getvalue()) > 1000


def test_picture_is_the_same_under_a_users_style(make):
    def drawn():
        stream = io.BytesIO()
        make(case("binary"), 4).figure().savefig(stream, format="rgba", dpi=50)
        return stream.getvalue()

    plain = drawn()
    style = {
        "font.size": 20,
        "font.family": "serif",
        "axes.grid": True,
        "axes.facecolor": "red",
        "text.color": "red",
        "axes.edgecolor": "red",
        "xtick.color": "red",
        "figure.facecolor": "red",
        "savefig.facecolor": "auto",
        "lines.linewidth": 9,
    }
    with mpl.rc_context(style):
        assert drawn() == plain


def test_style_settings_are_not_touched(make, found):
    before = dict(mpl.rcParams)
    make(found, 4).figure()
    assert dict(mpl.rcParams) == before


def test_axes_of_the_caller_are_drawn_in(make):
    figure = Figure(figsize=(8, 4))
    ax = figure.add_subplot(1, 2, 2)
    assert make(case("binary"), 4).figure(ax=ax) is figure
    figure.savefig(io.BytesIO())
    assert figure.axes == [ax]
    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_drawing_changes_no_number(make, found):
    plot = make(found, 4)
    before = {key: np.copy(value) for key, value in plot.data().items() if value is not None}
    plot.figure()
    for key, value in before.items():
        np.testing.assert_array_equal(np.asarray(plot.data()[key]), value)


@pytest.mark.parametrize("top_k", [0, -1, 2.5])
def test_top_k_that_is_no_count(make, top_k):
    with pytest.raises(InvalidInputError, match="top_k"):
        make(case("binary"), top_k)


@pytest.mark.parametrize(
    "draw", [Bar.from_importance, lambda found: write_report(found, "report.html")]
)
def test_only_an_importance_is_taken_for_one(draw):
    with pytest.raises(InvalidInputError, match=r"pass its importance\(\)"):
        draw(case("binary"))
    with pytest.raises(InvalidInputError, match="None; pass what explain_global returns"):
        draw(None)


@pytest.mark.parametrize("draw", [Beeswarm.from_explanation, Waterfall.from_explanation])
def test_only_a_local_explanation_is_taken_for_one(draw):
    importance = case("binary").importance()
    with pytest.raises(InvalidInputError, match="pass its local"):
        draw(importance)
    with pytest.raises(InvalidInputError, match="pass what explain_local returns"):
        draw(dataclasses.replace(importance, local=None))
    with pytest.raises(InvalidInputError, match="None; pass what explain_local returns"):
        draw(None)


def test_drawing_leaves_pyplot_alone():
    script = (
        "import sys\n"
        "from unit.plots.plot_cases import binary, MAKERS\n"
        "plots = [make(binary(), 3) for make in MAKERS.values()]\n"
        "assert 'matplotlib' not in sys.modules, 'computing loads matplotlib'\n"
        "[plot.figure() for plot in plots]\n"
        "assert 'matplotlib.pyplot' not in sys.modules, 'drawing loads pyplot'\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": PATHS})
