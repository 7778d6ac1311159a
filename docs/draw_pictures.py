"""Draw the README's pictures again, from what ``make demo`` has found, and that of an effect."""

# ruff: noqa: INP001 - a script, not part of a package
import re
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestRegressor

import pellucid
from pellucid.dashboard import Cohort, Selection
from pellucid.plots import Beeswarm, Comparison, Curve, Dependence, Heatmap, MarkedText, Picture

ROOT = Path(__file__).parents[1]


def draw(plot: Picture, name: str) -> None:
    """Draw a plot in both themes, in few colors."""
    for ending, dark in (("", False), ("-dark", True)):
        drawn = BytesIO()
        plot.figure(dark=dark).savefig(drawn, format="png")
        keep(drawn, f"{name}{ending}", n_colors=64)


def keep(
    drawn: BytesIO, name: str, n_colors: int, method: Image.Quantize = Image.Quantize.MEDIANCUT
) -> None:
    """Store a picture in few colors."""
    picture = Image.open(drawn).convert("RGB").quantize(n_colors, method=method)
    picture.save(ROOT / "docs" / "_static" / f"{name}.png", optimize=True)


def photograph(
    result: pellucid.Importance,
    name: str,
    place: str,
    *,
    width: int,
    until: str,
    start: str = "main",
    **options: Any,
) -> None:
    """Take a picture of a dashboard in both themes, from one part of it until another."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        title = options.pop("title", "What the classifier looks at")
        page = result.save_html(f"{folder}/page.html", title=title, **options)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for ending, scheme in (("", "light"), ("-dark", "dark")):
            room = {"width": width, "height": 760}
            view = browser.new_page(viewport=room, color_scheme=scheme)
            view.goto(f"{page.as_uri()}#{place}" if place else page.as_uri())
            view.locator('[data-view="data"] h2').wait_for()
            view.locator('[data-view="feature"] .readout', has_text=re.compile(r"\d")).wait_for()
            bottom = view.locator(until).bounding_box()["y"] - 12
            top = max(0, view.locator(start).bounding_box()["y"] - 20)
            part = {"x": 0, "y": top, "width": width, "height": bottom - top}
            shot = BytesIO(view.screenshot(clip=part, full_page=True))
            # Colors that are rare, such as of a single bar, must stay what they are.
            keep(shot, f"{name}{ending}", 256, Image.Quantize.MAXCOVERAGE)
        browser.close()


importance = pellucid.load(ROOT / "demo" / "explanation.pellucid")
patients = importance.local
draw(Beeswarm.from_explanation(patients, output="malignant", top_k=8), "beeswarm")
draw(Dependence.from_explanation(patients, output="malignant"), "dependence")
draw(Heatmap.from_explanation(patients, output="malignant", top_k=8), "heatmap")
draw(Comparison.from_rows(patients, [12, 4, 40], output="malignant", top_k=8), "comparison")
draw(
    MarkedText.from_words(
        [
            "The",
            "food",
            "was",
            "good",
            ",",
            "but",
            "the",
            "service",
            "slow",
            "and",
            "rude",
            ".",
            "We",
            "had",
            "a",
            "wonderful",
            "evening",
            "anyway",
            ".",
        ],
        [0, 0.1, 0, 0.7, 0, -0.3, 0, -0.2, -1.1, 0, -1.6, 0, 0, 0, 0, 2.1, 0.2, 0.3, 0],
        output="score of a good review",
    ),
    "text",
)
photograph(
    importance,
    "dashboard",
    "output=0&row=12&top=14&feature=20",
    width=1320,
    until='[data-view="cohorts"]',
)
photograph(
    importance,
    "dashboard-phone",
    "output=0&row=12&top=8&feature=20&show=boxes",
    width=400,
    until='[data-view="row"]',
    title="En qué se fija el clasificador",
    language="es",
)
diagnoses = load_breast_cancer(as_frame=True)
between = Cohort({"worst radius": (14, 18)}, name="neither small nor large")
photograph(
    importance,
    "dashboard-cohort",
    "",
    width=1100,
    start='[data-view="cohorts"]',
    until='[data-view="compare"]',
    true_labels=diagnoses.target_names[diagnoses.target[patients.data.index]],
    selection=Selection(output="malignant", cohorts=[between], cohort=0),
)

rng = np.random.default_rng(0)
size = rng.gamma(6, 15, 1000)
rooms = np.maximum(1, (size / 25 + rng.normal(0, 0.7, 1000)).round())
is_cork = rng.integers(0, 3, 1000) == 2
rows = np.column_stack([size, rooms, is_cork])
model = RandomForestRegressor(50, random_state=0).fit(rows, rows @ [2, 30, 40])
effect = pellucid.partial_dependence(
    model, rows, "size", features=["size", "rooms", "Cork"], ice=True
)
draw(Curve.from_effect(effect), "effect")
