"""Charts kept as files: they show what the page shows, whatever things are called."""

import io
import re
import xml.etree.ElementTree as ET
from itertools import product

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import settle
from PIL import Image

MARGIN = 16
SVG = "{http://www.w3.org/2000/svg}"


def kept(page, view, form):
    """Press a panel's button, and return the file that it gives."""
    button = page.locator(f'[data-view="{view}"]').get_by_role("button", name=f"{form}: save")
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == f"{view}.{form.lower()}"
    return download.value.path().read_bytes()


def read(source):
    return ET.fromstring(source)


def texts_in(root):
    return [node.text for node in root.iter(f"{SVG}text")]


@pytest.fixture
def page(show):
    page = show(cases.three_classes(), place="#pins=1,2")
    page.locator('[data-view="compare"] h2').wait_for()
    settle(page)
    return page


@pytest.mark.parametrize("view", ["overview", "feature", "row", "compare"])
def test_svg_holds_title_names_and_marks(page, view):
    root = read(kept(page, view, "SVG"))
    title = page.locator(f'[data-view="{view}"] h2').inner_text()
    assert root.find(f"{SVG}title").text == title
    shown = " ".join(texts_in(root))
    assert title.split()[0] in shown
    for name in page.locator(f'[data-view="{view}"] ol.rows .name').all_inner_texts():
        assert name in shown
    marks = page.locator(f'[data-view="{view}"] svg :is(rect, path, circle, line)').count()
    assert len(list(root.iter(f"{SVG}path"))) >= marks
    has_dots = view in {"overview", "feature"}
    assert bool(list(root.iter(f"{SVG}image"))) == has_dots


def test_svg_refers_to_nothing_outside(page):
    source = kept(page, "feature", "SVG").decode()
    assert not re.search(
        r'(href|src)="(?!data:image/png;base64,)|url\(|<script|<foreignObject', source
    )


@pytest.mark.parametrize("view", ["overview", "feature", "row"])
def test_png_looks_like_the_page(page, view):
    picture = Image.open(io.BytesIO(kept(page, view, "PNG"))).convert("L")
    frame = page.locator(f'[data-view="{view}"] .frame')
    seen = Image.open(io.BytesIO(frame.screenshot())).convert("L")
    # The chart is the last part of the picture, which has two pixels for one of the page's.
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    top = small.height - MARGIN - seen.height
    other = np.asarray(seen, dtype=float)
    apart = []
    for dx, dy in product((-1, 0, 1), repeat=2):  # a page's parts may begin within a pixel
        corner = MARGIN + dx, top + dy
        there = small.crop((*corner, corner[0] + seen.width, corner[1] + seen.height))
        apart.append(np.abs(np.asarray(there, dtype=float) - other).mean())
    blank = np.abs(other - other.max()).mean()
    assert blank > 2
    assert min(apart) < 0.3 * blank


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_have_the_theme_of_the_page(show, scheme):
    page = show(cases.explanation_of(), scheme=scheme)
    picture = Image.open(io.BytesIO(kept(page, "row", "PNG"))).convert("RGB")
    paper = {"light": (255, 255, 255), "dark": (0x14, 0x17, 0x1B)}[scheme]
    assert picture.getpixel((3, 3)) == paper
    assert f'fill="#{bytes(paper).hex()}"' in kept(page, "row", "SVG").decode()


def test_hostile_names_are_texts_of_a_sound_file(show):
    page = show(cases.hostile(), place="#output=1")
    root = read(kept(page, "overview", "SVG"))
    assert not [
        node.tag
        for node in root.iter()
        if node.tag
        not in {f"{SVG}{tag}" for tag in ("svg", "title", "rect", "text", "path", "image")}
    ]
    assert any("<img src=x" in text or "onerror" in text for text in texts_in(root))
    assert Image.open(io.BytesIO(kept(page, "overview", "PNG"))).width > 300
    assert page.evaluate("() => window.hacked") is None
