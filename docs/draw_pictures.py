"""Draw the README's picture again, from what ``make demo`` has found, and that of an effect."""

# ruff: noqa: INP001 - a script, not part of a package
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.ensemble import RandomForestRegressor

import pellucid
from pellucid.plots import Beeswarm, Curve, Plot

ROOT = Path(__file__).parents[1]


def draw(plot: Plot, name: str) -> None:
    """Draw a plot in both themes, in few colors."""
    for ending, dark in (("", False), ("-dark", True)):
        drawn = BytesIO()
        plot.figure(dark=dark).savefig(drawn, format="png")
        picture = Image.open(drawn).convert("RGB").quantize(64)
        picture.save(ROOT / "docs" / "_static" / f"{name}{ending}.png", optimize=True)


importance = pellucid.load(ROOT / "demo" / "explanation.pellucid")
draw(Beeswarm.from_explanation(importance.local, output="malignant", top_k=8), "beeswarm")

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
