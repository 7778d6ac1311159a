"""A text whose words are marked by what they add."""

import numpy as np
import pytest
from matplotlib.text import Text

from pellucid import InvalidInputError
from pellucid.plots import MarkedText

WORDS = ["Not", "bad", ",", "but", "(", "very", ")", "slow", "."]
VALUES = [0.2, 0.5, 0.0, -0.1, 0.0, -0.3, 0.0, -1.5, 0.0]


def test_strongest_words_are_marked_and_the_first_of_them_is_the_title():
    text = MarkedText.from_words(WORDS, VALUES, output="score", top_k=3)
    assert [word for word, marked in zip(text.words, text.marked, strict=True) if marked] == [
        "bad",
        "very",
        "slow",
    ]
    assert text.title == "slow lowers the score most, by 1.50"


def test_punctuation_stands_beside_its_word():
    assert MarkedText.from_words(WORDS, VALUES).glued == (
        True, False, True, False, False, True, True, False, True,
    )  # fmt: skip


def test_parts_of_words_that_bring_their_spaces_are_joined_as_they_are():
    parts = ["un", "believ", "able", " plot"]
    assert MarkedText.from_words(parts, [1.0, 2.0, 3.0, 0.0]).glued == (True, True, True, False)


def test_every_word_is_in_the_picture_once_and_in_order():
    words = [f"word{i}" for i in range(70)]
    figure = MarkedText.from_words(words, np.linspace(-1, 1, 70)).figure(width=3.5)
    shown = [text for text in figure.findobj(Text) if text.get_text() in set(words)]
    assert [text.get_text() for text in shown] == words
    places = [(round(text.get_position()[1]), text.get_position()[0]) for text in shown]
    assert places == sorted(places)
    assert places[-1][0] > 3


def test_words_that_change_nothing():
    text = MarkedText.from_words(["a", "b"], [0.0, 0.0])
    assert text.title == "No word moves the prediction"
    assert not text.marked.any()
    text.figure()


@pytest.mark.parametrize(
    ("words", "values", "said"),
    [
        ("a text", [1.0], "words must be a sequence"),
        ([], [], "words must be a sequence"),
        (["a", 3], [1.0, 2.0], "3, which is no text"),
        (["a"], [1.0, 2.0], "one finite number for each of the 1 words"),
        (["a"], [np.nan], "one finite number"),
    ],
)
def test_what_is_no_text_or_has_no_values(words, values, said):
    with pytest.raises(InvalidInputError, match=said):
        MarkedText.from_words(words, values)


def test_of_a_long_text_the_beginning_is_shown():
    text = MarkedText.from_words(["so"] * 1000, np.ones(1000))
    assert len(text.words) == 600
    assert "The first 600 of 1,000 words are shown." in text.subtitle
