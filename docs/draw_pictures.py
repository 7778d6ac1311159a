"""Draw the README's pictures again, from what ``make demo`` has found, and that of an effect."""

# ruff: noqa: INP001 - a script, not part of a package
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from sklearn.ensemble import RandomForestRegressor

import pellucid
from pellucid.plots import Beeswarm, Curve, Picture

ROOT = Path(__file__).parents[1]


def draw(plot: Picture, name: str) -> None:
    """Draw a plot in both themes, in few colors."""
    for ending, dark in (("", False), ("-dark", True)):
        drawn = BytesIO()
        plot.figure(dark=dark).savefig(drawn, format="png")
        keep(drawn, f"{name}{ending}", n_colors=64)


def keep(drawn: BytesIO, name: str, n_colors: int) -> None:
    """Store a picture in few colors."""
    picture = Image.open(drawn).convert("RGB").quantize(n_colors)
    picture.save(ROOT / "docs" / "_static" / f"{name}.png", optimize=True)


def photograph(result: pellucid.Importance, name: str) -> None:
    """Take a picture of the upper part of a dashboard, in both themes."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = result.save_html(f"{folder}/page.html", title="What the classifier looks at")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for ending, scheme in (("", "light"), ("-dark", "dark")):
            room = {"width": 1320, "height": 760}
            view = browser.new_page(viewport=room, color_scheme=scheme)
            view.goto(f"{page.as_uri()}#output=0&row=12&top=14&feature=20")
            view.locator('[data-view="data"] h2').wait_for()
            view.locator('[data-view="feature"] .readout', has_text="Row").wait_for()
            bottom = view.locator('[data-view="data"]').bounding_box()["y"] - 12
            upper = {"x": 0, "y": 0, "width": room["width"], "height": bottom}
            keep(BytesIO(view.screenshot(clip=upper, full_page=True)), f"{name}{ending}", 256)
        browser.close()


importance = pellucid.load(ROOT / "demo" / "explanation.pellucid")
draw(Beeswarm.from_explanation(importance.local, output="malignant", top_k=8), "beeswarm")
photograph(importance, "dashboard")

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
