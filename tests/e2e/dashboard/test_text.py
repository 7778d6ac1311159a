"""Texts with marked words and weighed sentences, whose numbers are those of Python."""

import numpy as np
import pytest
from e2e.dashboard import cases
from e2e.dashboard.pages import resize, settle
from e2e.dashboard.test_layout import LINT
from e2e.dashboard.test_numbers import go, numbers_in

from pellucid import InvalidInputError, TokenValues
from pellucid.dashboard.payload import make_payload


def test_words_carry_what_they_add(show):
    explanation, texts, _ = cases.bag_of_words()
    page = show(explanation, texts=texts, place="#row=0")
    view = page.locator('[data-view="text"]')
    for row in range(4):
        go(page, f"#row={row}")
        own = slice(*texts.tokens.first[row : row + 2])
        values = texts.tokens.values[own, 0]
        spans = zip(texts.tokens.starts[own], texts.tokens.stops[own], strict=True)
        written = [cases.SENTENCES[row][a:b] for a, b in spans]
        expected = [word for word, value in zip(written, values, strict=True) if value]
        assert view.locator("mark").all_inner_texts() == expected
        shown = numbers_in(page, "text")
        assert shown == sorted(values[values != 0].tolist(), key=abs, reverse=True)
        paragraphs = view.locator(".prose p").all_inner_texts()
        assert " ".join(paragraphs).split() == cases.SENTENCES[row].split()


def test_sentences_stand_beside_their_weights(show):
    explanation, texts, _ = cases.bag_of_words()
    page = show(explanation, texts=texts, place="#row=0")
    lines = page.locator('[data-view="text"] .sentence')
    assert lines.locator("p").all_inner_texts() == [
        "The food was good.",
        "The service was not good, it was bad!",
    ]
    assert lines.locator(".number").all_inner_texts() == ["+0.100", "+0.300"]
    plain = TokenValues(texts.texts, texts.tokens)
    page = show(explanation, texts=plain, place="#row=0")
    assert page.locator('[data-view="text"] .sentence').count() == 0


def test_hostile_texts_are_texts_and_characters_are_counted_whole(show):
    explanation, texts, _ = cases.bag_of_words()
    plain = TokenValues(texts.texts, texts.tokens)
    page = show(explanation, texts=plain, place="#row=3")
    assert page.locator('[data-view="text"] .prose').inner_text() == cases.SENTENCES[3]
    go(page, "#row=1")
    marks = page.locator('[data-view="text"] mark').all_inner_texts()
    assert marks == ["good", "good", "food"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_mark(show, scheme):
    explanation, texts, _ = cases.bag_of_words()
    page = show(explanation, texts=texts, place="#row=0", scheme=scheme, width=420)
    contrasts = page.locator('[data-view="text"] mark').evaluate_all("""nodes => nodes.map((node) => {
      const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const light = (colors) => {
        for (const color of colors) { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => c / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      };
      const paper = getComputedStyle(node.getRootNode().querySelector("main")).backgroundColor;
      const [a, b] = [light([paper, getComputedStyle(node).backgroundColor]), light([getComputedStyle(node).color])];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    })""")
    assert min(contrasts) >= 4.5
    for width in (940, 320):
        resize(page, width)
        assert page.evaluate(LINT) == []


def test_texts_of_other_rows_are_refused():
    explanation, texts, _ = cases.bag_of_words()
    with pytest.raises(InvalidInputError, match="this result holds 2 rows and 1 outputs"):
        make_payload(explanation[:2], texts=texts)
    with pytest.raises(InvalidInputError, match="texts is a list; pass a TokenValues"):
        make_payload(explanation, texts=["a"] * 4)
    assert make_payload(explanation, texts=texts, include_data=False).manifest["texts"] is None


def test_a_sample_takes_its_texts_along(show):
    explanation, texts, _ = cases.bag_of_words()
    page = show(explanation, texts=texts, max_rows=2, place="#row=1")
    settle(page)
    payload = make_payload(explanation, texts=texts, max_rows=2)
    assert payload.manifest["n_sent"] == 2
    shown = page.locator('[data-view="text"] .prose p').all_inner_texts()
    assert any(np.isin(" ".join(shown).split(), text.split()).all() for text in cases.SENTENCES)
