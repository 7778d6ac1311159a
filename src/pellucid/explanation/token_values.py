"""What words and sentences of texts add to predictions: the text part of an explanation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import kind_of
from pellucid.explanation.fields import frozen_floats
from pellucid.explanation.local import Explanation

Tokens: TypeAlias = Iterable[tuple[int, int, str]]
"""Places of the first character of each token and of the one behind its last, and its feature."""


@final
@dataclass(frozen=True, eq=False)
class Marks:
    """Parts of texts, in their order, and what each of them adds.

    Attributes
    ----------
    first : ndarray of int64, shape (n + 1,)
        The marks of text ``i`` are those from ``first[i]`` to before ``first[i + 1]``.
    starts, stops : ndarray of int64, shape (t,)
        Places of a mark's first character in its text, and of the one behind its last.
    values : ndarray of float64, shape (t, k)
        What it adds to each output; of sentences, also any other weight.

    Raises
    ------
    InvalidInputError
        Marks of a text overlap or are not in order, or numbers of them do not fit each other.

    Examples
    --------
    >>> Marks([0, 2], [0, 4], [3, 7], [[-0.5], [2.0]]).stops
    array([3, 7])
    """

    first: Integers
    starts: Integers
    stops: Integers
    values: Floats

    def __post_init__(self) -> None:
        """Check that marks are in order and apart."""
        settle = object.__setattr__
        for name in ("first", "starts", "stops"):
            settle(self, name, np.asarray(getattr(self, name), dtype=np.int64))
        settle(self, "values", frozen_floats("values", self.values, 2))
        t = len(self.values)
        counts = np.diff(self.first)
        if self.first[:1].tolist() != [0] or self.first[-1] != t or (counts < 0).any():
            raise InvalidInputError(f"first must rise from 0 to the number of marks, {t}")
        if len(self.starts) != t or len(self.stops) != t:
            raise InvalidInputError(f"starts and stops must be one for each of {t} marks")
        text_of = np.repeat(np.arange(len(counts)), counts)
        follows = text_of[1:] == text_of[:-1]
        apart = (self.starts[1:] >= self.stops[:-1]) | ~follows
        if not ((self.starts >= 0) & (self.starts < self.stops)).all() or not apart.all():
            raise InvalidInputError("marks of a text must have characters, be in order and apart")

    def take(self, rows: Integers) -> Self:
        """Return the marks of some texts."""
        places = [np.arange(self.first[row], self.first[row + 1]) for row in rows.tolist()]
        chosen = np.concatenate([*places, np.zeros(0, dtype=np.int64)])
        first = np.cumsum([0, *(len(own) for own in places)])
        return type(self)(first, self.starts[chosen], self.stops[chosen], self.values[chosen])


@final
@dataclass(frozen=True, eq=False)
class TokenValues:
    """The texts of an explanation's rows, with what their words add, and perhaps their sentences.

    Attributes
    ----------
    texts : tuple of str, length n
    tokens : Marks
        Words, or parts of them.
    sentences : Marks or None
        Sentences, with weights.

    Raises
    ------
    InvalidInputError
        There are not marks for each text, or one lies beyond the end of its text.

    Examples
    --------
    >>> texts = TokenValues(("not bad",), Marks([0, 2], [0, 4], [3, 7], [[-0.5], [2.0]]))
    >>> texts.tokens.values.sum()
    np.float64(1.5)
    """

    texts: tuple[str, ...]
    tokens: Marks
    sentences: Marks | None = None

    def __post_init__(self) -> None:
        """Check that marks lie within their texts."""
        sizes = np.array([len(text) for text in self.texts], dtype=np.int64)
        for name in ("tokens", "sentences"):
            marks = getattr(self, name)
            if marks is None:
                continue
            if len(marks.first) != len(sizes) + 1:
                raise InvalidInputError(
                    f"{name} are of {len(marks.first) - 1} texts, but there are {len(sizes)}"
                )
            beyond = np.flatnonzero(marks.stops > np.repeat(sizes, np.diff(marks.first)))
            if len(beyond):
                text = int(np.searchsorted(marks.first, beyond[0], side="right")) - 1
                raise InvalidInputError(f"{name} reach beyond the end of text {text}")

    @classmethod
    def from_features(
        cls, explanation: Explanation, texts: Sequence[str], tokenize: Callable[[str], Tokens]
    ) -> Self:
        r"""Share each feature's attribution among the tokens that stand for it.

        The features of a bag of words are words; each of its tokens in a text gets an equal share
        of what the word adds to the prediction for this text. What absent words add is no token's.

        Parameters
        ----------
        explanation : Explanation
            Of one row for each text.
        texts : sequence of str
        tokenize : callable
            From a text to its tokens, in order, as ``(start, stop, feature)``; tokens of features
            that the explanation has not are left out.

        Raises
        ------
        InvalidInputError
            There is not one text for each row, or tokens overlap.

        Examples
        --------
        >>> import re
        >>> import numpy as np
        >>> from pellucid import LinearExplainer
        >>> from sklearn.linear_model import LinearRegression
        >>> counts = np.array([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])  # of "good" and of "bad"
        >>> model = LinearRegression().fit(counts, [3.0, -1.0, 0.5])
        >>> explainer = LinearExplainer(model, counts, features=["good", "bad"])
        >>> words = lambda text: [(*m.span(), m[0]) for m in re.finditer(r"\w+", text)]
        >>> marked = TokenValues.from_features(explainer.explain_local([[2.0, 0.0]]), ["good, good"], words)
        >>> marked.tokens.starts.tolist()
        [0, 6]
        """
        if len(texts) != len(explanation):
            raise InvalidInputError(
                f"texts are {len(texts)}, but {len(explanation)} rows are explained"
            )
        place_of = {name: j for j, name in enumerate(explanation.features)}
        first, spans, values = [0], [], []
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                raise InvalidInputError(f"texts has {kind_of(text)} in row {row}")
            found = [(a, b, place_of[name]) for a, b, name in tokenize(text) if name in place_of]
            features = np.array([j for _, _, j in found], dtype=np.int64)
            shares = np.bincount(features, minlength=len(place_of))[features]
            spans += [(a, b) for a, b, _ in found]
            values.append(explanation.values[row][features] / shares[:, np.newaxis])
            first.append(len(spans))
        starts, stops = np.array(spans, dtype=np.int64).reshape(-1, 2).T
        all_values = np.concatenate(values) if values else np.zeros((0, explanation.num_outputs))
        return cls(tuple(texts), Marks(np.array(first), starts, stops, all_values))
