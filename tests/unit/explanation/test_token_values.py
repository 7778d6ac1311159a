"""What words of texts add: shares of features, in order, within their texts."""

import numpy as np
import pytest
from e2e.dashboard import cases

from pellucid import InvalidInputError, Marks, TokenValues


def test_shares_of_words_add_up_to_what_their_features_add():
    explanation, texts, model = cases.bag_of_words()
    place_of = {name: j for j, name in enumerate(explanation.features)}
    for row, text in enumerate(cases.SENTENCES):
        own = slice(*texts.tokens.first[row : row + 2])
        spans = zip(texts.tokens.starts[own], texts.tokens.stops[own], strict=True)
        names = [text[a:b].lower() for a, b in spans]
        assert names == [name for _, _, name in cases.words_of(text)]
        for name in set(names):
            shares = texts.tokens.values[own][[one == name for one in names], 0]
            assert np.ptp(shares) == 0
            assert shares.sum() == pytest.approx(explanation.values[row, place_of[name], 0])
    # A closed form: a word adds its weight, so far as there are more of it than on average.
    counts = explanation.data
    expected = (counts - counts.mean(axis=0)) * model.coef_
    assert explanation.values[:, :, 0] == pytest.approx(expected)


def test_marks_of_some_texts():
    _, texts, _ = cases.bag_of_words()
    some = texts.tokens.take(np.array([3, 1]))
    n = [len(cases.words_of(cases.SENTENCES[row])) for row in (3, 1)]
    assert some.first.tolist() == [0, n[0], sum(n)]
    assert some.starts[n[0] :].tolist() == [a for a, _, _ in cases.words_of(cases.SENTENCES[1])]
    assert len(texts.tokens.take(np.arange(0)).values) == 0


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (([0, 1], [0, 4], [3, 7], [[1.0], [2.0]]), "must rise from 0 to the number of marks, 2"),
        (([0, 2], [0], [3], [[1.0], [2.0]]), "one for each of 2 marks"),
        (([0, 2], [0, 2], [3, 7], [[1.0], [2.0]]), "in order and apart"),
        (([0, 2], [4, 0], [7, 3], [[1.0], [2.0]]), "in order and apart"),
        (([0, 1], [3], [3], [[1.0]]), "must have characters"),
    ],
)
def test_marks_that_make_no_sense_are_refused(marks, said):
    with pytest.raises(InvalidInputError, match=said):
        Marks(*marks)


def test_marks_beyond_a_text_are_refused():
    marks = Marks([0, 1, 2], [0, 0], [3, 9], [[1.0], [2.0]])
    with pytest.raises(InvalidInputError, match="tokens reach beyond the end of text 1"):
        TokenValues(("abcdef", "abcdef"), marks)
    with pytest.raises(InvalidInputError, match="tokens are of 2 texts, but there are 1"):
        TokenValues(("abcdefghi",), marks)


def test_texts_are_one_for_each_row():
    explanation, _, _ = cases.bag_of_words()
    with pytest.raises(InvalidInputError, match="texts are 1, but 4 rows are explained"):
        TokenValues.from_features(explanation, ["good"], cases.words_of)
    with pytest.raises(InvalidInputError, match="texts has a float in row 1"):
        TokenValues.from_features(explanation, ["a", 1.0, "b", "c"], cases.words_of)
