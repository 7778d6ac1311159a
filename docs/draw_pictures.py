"""Draw the README's pictures again, from what ``make demo`` has found."""

# ruff: noqa: INP001 - a script, not part of a package
from io import BytesIO
from pathlib import Path

from PIL import Image

import pellucid
from pellucid.plots import Beeswarm

ROOT = Path(__file__).parents[1]

importance = pellucid.load(ROOT / "demo" / "explanation.pellucid")
swarm = Beeswarm.from_explanation(importance.local, output="malignant", top_k=8)
for name, dark in (("beeswarm", False), ("beeswarm-dark", True)):
    drawn = BytesIO()
    swarm.figure(dark=dark).savefig(drawn, format="png")
    picture = Image.open(drawn).convert("RGB").quantize(64)
    picture.save(ROOT / "docs" / "_static" / f"{name}.png", optimize=True)
