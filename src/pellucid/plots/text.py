"""Text with the words marked that raise or lower a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Final, Self, final

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid._core.validation import check_count
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.canvas import Frame, text_width
from pellucid.plots.lettering import TEXT, fit, inches, style
from pellucid.plots.palette import Palette
from pellucid.plots.picture import Picture
from pellucid.plots.wording import elide, number, quoted, typeset

_MOST_WORDS: Final = 600
_LINE: Final = 0.29
_STROKE: Final = 0.3
"""Place of the stroke under a word, in lines below its middle."""


@final
@dataclass(frozen=True, eq=False)
class MarkedText(Picture):
    """A text whose words stand on what they add: orange raises, blue lowers, stronger is more.

    The stroke below a word tells the sign without color: it is solid where the word raises the
    output, and dotted where it lowers it.

    Attributes
    ----------
    words : tuple of str
        As they are shown, one after the other.
    values : ndarray of float64, shape (w,)
        What each word adds.
    marked : ndarray of bool, shape (w,)
        Whether it is among the strongest words.
    glued : tuple of bool
        Whether a word follows the one before it without a space.
    n_words : int
        Of the whole text.
    title, subtitle, provenance : str

    Examples
    --------
    >>> text = MarkedText.from_words(["not", "bad", "at", "all"], [-0.5, 2.0, 0.1, 0.0])
    >>> text.title
    'bad raises the prediction most, by 2.00'
    """

    shown: ClassVar[tuple[str, ...]] = ("words", "values", "marked", "n_words")

    words: tuple[str, ...]
    values: Floats
    marked: np.ndarray[tuple[int], np.dtype[np.bool_]]
    glued: tuple[bool, ...]
    n_words: int
    title: str
    subtitle: str
    provenance: str

    @classmethod
    def from_words(
        cls,
        words: Sequence[str],
        values: Sequence[float] | Floats,
        *,
        output: str = "prediction",
        provenance: str = "",
        top_k: int = 40,
    ) -> Self:
        """Choose which words are marked.

        Parameters
        ----------
        words : sequence of str
            Words or parts of words in the order of the text. If some begin or end with a space,
            they are joined as they are; else with spaces between them, but for punctuation. Of
            more than 600, the first 600 are shown.
        values : array-like of float, shape (w,)
            What each of them adds, in the units of the output.
        output : str
            What is predicted, as it stands in a sentence.
        provenance : str
            Where the numbers come from.
        top_k : int
            Number of words to mark, the strongest ones.

        Raises
        ------
        InvalidInputError
            There are no words, one is no text, there is not one finite value for each, or
            ``top_k`` is not a positive integer.
        """
        top_k = check_count("top_k", top_k)
        texts = _checked_words(words)
        sizes = np.asarray(values, dtype=np.float64)
        if sizes.shape != (len(texts),) or not np.isfinite(sizes).all():
            raise InvalidInputError(
                f"values must be one finite number for each of the {len(texts)} words; "
                f"got shape {sizes.shape}"
            )
        marked = np.zeros(len(texts), dtype=np.bool_)
        marked[descending_rank(np.abs(sizes))[:top_k]] = True
        marked &= sizes != 0
        shown, glued = slice(_MOST_WORDS), _glued(texts)
        return cls(
            words=tuple(text.strip() for text in texts[shown]),
            values=sizes[shown],
            marked=marked[shown],
            glued=tuple(glued[shown]),
            n_words=len(texts),
            title=_title(texts, sizes, elide(output, 60)),
            subtitle=_subtitle(len(texts), int(marked.sum()), elide(output, 60)),
            provenance=provenance,
        )

    def _frame(self, palette: Palette, width: float) -> Frame:
        n_lines = len(self._lines(text_width(width)))
        strongest = float(np.abs(self.values).max(initial=0.0))
        end = typeset(number(strongest, 2))
        return Frame(
            title=self.title,
            subtitle=self.subtitle,
            axis_label="",
            provenance=self.provenance,
            labels=[""] * n_lines,
            notes=[""] * n_lines,
            key=[
                [
                    (f"lowers, up to \N{MINUS SIGN}{end} ", palette.muted),
                    ("\N{BLACK SQUARE}", palette.lowers),
                ],
                [
                    ("     ", palette.muted),
                    ("\N{BLACK SQUARE}", palette.raises),
                    (f" raises, up to +{end}", palette.muted),
                ],
            ]
            if strongest
            else [],
        )

    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        room = ax.bbox.width / ax.figure.dpi
        ax.set_xticks([])
        ax.set_xlim(0, room)
        strongest = float(np.abs(self.values).max(initial=0.0)) or 1.0
        for line, places in enumerate(self._lines(room)):
            for i, at, text in places:
                ax.text(at, line, text, ha="left", va="center_baseline", **style(TEXT, palette.ink))
                if self.marked[i]:
                    share = float(self.values[i]) / strongest
                    self._mark(ax, palette, share, line=line, at=at, width=inches(text, TEXT))

    @staticmethod
    def _mark(
        ax: Any, palette: Palette, share: float, *, line: int, at: float, width: float
    ) -> None:
        color = palette.raises if share > 0 else palette.lowers
        ax.fill_between(
            [at - 0.01, at + width + 0.01],
            line - 0.36,
            line + 0.42,
            color=color,
            alpha=0.06 + 0.34 * abs(share),
            linewidth=0,
            zorder=0.6,
        )
        ax.plot(
            [at, at + width],
            [line + _STROKE + 0.12] * 2,
            color=color,
            linewidth=0.8 + 1.6 * abs(share),
            linestyle="-" if share > 0 else (0, (1.0, 1.0)),
            solid_capstyle="butt",
            dash_capstyle="butt",
        )

    def _lines(self, room: float) -> list[list[tuple[int, float, str]]]:
        """Break the text into lines of words, each with its place in inches from the left."""
        space = inches("n n", TEXT) - 2 * inches("n", TEXT)
        lines: list[list[tuple[int, float, str]]] = [[]]
        at = 0.0
        for chunk in self._chunks():
            texts = [fit(self.words[i], TEXT, room) for i in chunk]
            widths = [inches(text, TEXT) for text in texts]
            at += space if lines[-1] else 0.0
            if lines[-1] and at + sum(widths) > room:
                lines.append([])
                at = 0.0
            for i, text, width in zip(chunk, texts, widths, strict=True):
                if lines[-1] and at + width > room:  # a chunk that is wider than a line
                    lines.append([])
                    at = 0.0
                lines[-1].append((i, at, text))
                at += width
        return lines

    def _chunks(self) -> list[list[int]]:
        """Group words between which no line may break."""
        chunks: list[list[int]] = []
        for i, glued in enumerate(self.glued):
            if not self.words[i]:
                continue
            if glued and chunks:
                chunks[-1].append(i)
            else:
                chunks.append([i])
        return chunks


def _checked_words(words: Any) -> list[str]:
    found = [] if isinstance(words, str) else list(words)
    if not found:
        raise InvalidInputError("words must be a sequence of texts, one for each value")
    for word in found:
        if not isinstance(word, str):
            raise InvalidInputError(f"words hold {word!r}, which is no text")
    return found


def _glued(texts: Sequence[str]) -> list[bool]:
    """Return which words follow the one before them without a space."""
    has_spaces = any(text != text.strip() for text in texts)
    glued = [True]
    for before, text in pairwise(texts):
        if has_spaces:
            glued.append(before == before.rstrip() and text == text.lstrip())
        else:
            glued.append(text in _CLOSING or before in _OPENING)
    return glued


_CLOSING: Final = frozenset(".,;:!?)]}%…”»\N{RIGHT SINGLE QUOTATION MARK}")
_OPENING: Final = frozenset("([{“«¿¡")


def _title(texts: Sequence[str], values: Floats, output: str) -> str:
    strongest = int(np.abs(values).argmax())
    size = float(values[strongest])
    if not size:
        return f"No word moves the {output}"
    word = quoted(texts[strongest].strip(), 30, kind="word")
    by = typeset(number(abs(size)))
    return f"{word} {'raises' if size > 0 else 'lowers'} the {output} most, by {by}"


def _subtitle(n: int, n_marked: int, output: str) -> str:
    part = "" if n <= _MOST_WORDS else f" The first {_MOST_WORDS:,} of {n:,} words are shown."
    which = "All" if n_marked == n else f"The {n_marked:,} strongest"
    return (
        f"{which} of {n:,} words are marked: a solid stroke raises the {output}, a dotted one lowers "
        f"it.{part}"
    )
