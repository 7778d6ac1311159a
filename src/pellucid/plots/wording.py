"""Numbers, names and sentences as people read them; used by plots, the report and the CLI."""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, MeasuredSpace, Task
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats

_DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


ISOLATE, END_ISOLATE = "\u2068", "\u2069"
_NUMERAL = re.compile(r"[-+]?[\d.]+")
_MINUS = re.compile(r"(?<!\S)-(?=[\d.])|(?<=\de)-(?=\d)")


def visible(text: str) -> str:
    """Return a name on one line, with nothing in it that could act: no control characters.

    A feature's name may come from anywhere. Line breaks become spaces, marks that turn the
    direction of the text around them are dropped, and control characters, which a terminal would
    obey, are replaced.

    Examples
    --------
    >>> visible(chr(0x1B) + "[2Jcleared" + chr(10) + "line")
    '�[2Jcleared line'
    """
    return "".join(_visible_character(character) for character in text)


def _visible_character(character: str) -> str:
    if character in "\t\n\r\v\f\u2028\u2029":
        return " "
    if character in _DIRECTION_MARKS:
        return ""
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character


def elide(text: str, most: int) -> str:
    """Shorten a name in the middle, where names of one family differ least.

    Examples
    --------
    >>> elide("mean_radius_of_the_left_cell", 16)
    'mean_rad…ft_cell'
    """
    text = visible(text)
    if len(text) <= most:
        return text
    head = most // 2
    tail = most - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}"


def quoted(text: str, most: int = 40, *, kind: str) -> str:
    """Return a name for use within a sentence, shortened if it is long.

    Beside numbers, a name that is a numeral itself would read as one of them: it is introduced by
    its kind. A name that is written from right to left is put between isolating marks, or it
    would turn around the numbers beside it.

    Examples
    --------
    >>> quoted("age", kind="feature"), quoted("7", kind="feature")
    ('age', 'feature 7')
    >>> quoted(chr(0x5D0), kind="class") == chr(0x2068) + chr(0x5D0) + chr(0x2069)
    True
    """
    text = elide(text, most)
    if _NUMERAL.fullmatch(text):
        return f"{kind} {text}"
    return isolated(text)


def isolated(text: str) -> str:
    """Put text that is written from right to left between isolating marks."""
    turns = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    return f"{ISOLATE}{text}{END_ISOLATE}" if turns else text


def number(value: float, digits: int = 3) -> str:
    """Write a number with some significant digits.

    Examples
    --------
    >>> number(0.09341), number(-1234.5), number(3.2e-9), number(0.0)
    ('0.0934', '-1,234', '3.2e-09', '0')
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -5 < size < 7:
        return f"{value:,.{max(0, digits - 1 - size)}f}"
    return f"{value:.{digits - 2}e}"


def numbers(
    values: Sequence[float] | Floats, digits: int = 3, *, signed: bool = False
) -> list[str]:
    """Write a column of numbers with the same decimals, set by the largest of them.

    Examples
    --------
    >>> numbers([0.0934, 0.00021])
    ['0.0934', '0.0002']
    >>> numbers([12.5, -3.0], signed=True)
    ['+12.5', '-3.0']
    """
    cells = np.asarray(values, dtype=np.float64)
    finite = np.abs(cells[np.isfinite(cells)])
    largest = float(finite.max(initial=0.0))
    if largest == 0:
        return ["0" if value == 0 else str(value) for value in cells.tolist()]
    size = math.floor(math.log10(largest))
    sign = "+" if signed else ""
    style = f"{sign},.{max(0, digits - 1 - size)}f" if -5 < size < 7 else f"{sign}.{digits - 2}e"
    return [_without_negative_zero(format(cell, style)) for cell in cells.tolist()]


def with_errors(texts: Sequence[str], std_error: Floats) -> list[str]:
    """Return numbers as typeset text, each with its standard error, where that is known.

    Examples
    --------
    >>> with_errors(["0.50", "0.30"], np.array([0.012, np.nan]))
    ['0.50 ± 0.012', '0.30']
    """
    return [
        typeset(text) if error == "nan" else f"{typeset(text)} ± {typeset(error)}"
        for text, error in zip(texts, numbers(std_error, 2), strict=True)
    ]


def _without_negative_zero(text: str) -> str:
    nothing = not any(digit in text for digit in "123456789naif")
    return text.lstrip("+-") if nothing else text


def typeset(text: str) -> str:
    """Return numbers as text with true minus signs, for pictures and pages; words stay as they are.

    Examples
    --------
    >>> minus = chr(0x2212)
    >>> typeset("-0.5 covid-19 3e-16") == f"{minus}0.5 covid-19 3e{minus}16"
    True
    """
    return _MINUS.sub("\N{MINUS SIGN}", text)


def cell(value: Any) -> str:
    """Write the value of a feature in one row.

    Examples
    --------
    >>> cell(1234.5678), cell("red"), cell(float("nan")), cell(True), cell(7)
    ('1,235', 'red', 'missing', 'True', '7')
    """
    if is_missing(value):
        return "missing"
    if isinstance(value, np.timedelta64):  # to NumPy, a kind of integer
        return str(value.astype("timedelta64[us]").item())
    is_number = isinstance(value, (int, float, np.integer, np.floating))
    if isinstance(value, (bool, np.bool_)) or not is_number:
        return elide(str(value), 40)
    amount = float(value)
    if not math.isfinite(amount):
        return str(amount)
    if amount == int(amount) and abs(amount) < 1e15:
        return f"{int(amount):,}" if abs(amount) >= 10_000 else str(int(amount))
    text = number(amount, digits=4)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def is_missing(value: Any) -> bool:
    """Return whether a cell holds no value: None, NaN, or a library's own missing mark."""
    if value is None:
        return True
    equal = value == value  # noqa: PLR0124 - NaN and NaT differ from themselves
    return not isinstance(equal, (bool, np.bool_)) or not equal


def sentence(words: str) -> str:
    """Begin with a capital letter, and leave the rest as it is.

    Examples
    --------
    >>> sentence("raw score of A")
    'Raw score of A'
    """
    return words[:1].upper() + words[1:]


_NOUNS: dict[MeasuredSpace, str] = {
    "probability": "predicted probability",
    "raw": "raw score",
    "value": "prediction",
    "log-loss": "log-loss",
    "squared error": "squared error",
    "metric": "metric",
}


def output_name(explained: Explanation | Importance, output: int | None = None) -> str:
    """Name an output in a sentence; without ``output``, whatever it is that is explained.

    Parameters
    ----------
    explained : Explanation or Importance
    output : int, optional
        Number of the output.
    """
    if isinstance(explained, Importance) and explained.metric is not None:
        return elide(explained.metric, 40)
    noun = noun_of(explained.output_space, explained.task)
    if explained.classes is not None and output is not None:
        return f"{noun} of {quoted(explained.classes[output], kind='class')}"
    n_outputs = explained.base_values.shape[-1]
    if output is not None and n_outputs > 1:
        return f"{noun} {output}"
    return noun


def noun_of(space: MeasuredSpace, task: Task) -> str:
    """Name what a model of some task predicts in an output space."""
    return "outlier score" if task == "outlier detection" else _NOUNS[space]


def provenance(stats: Stats, output_space: str, *, engineered: bool = False) -> str:
    """Say in one line where numbers come from, and how far to trust them.

    Examples
    --------
    >>> provenance(Stats("tree", n_rows=10, n_rows_given=50, n_background=7), "raw")
    'tree, exact · 10 of 50 rows · 7 background rows · output: raw · efficiency gap 0'
    """
    parts = [
        f"{stats.method}, {stats.exactness}" + " · engineered columns" * engineered,
        rows_explained(stats),
        f"{stats.n_background:,} background row{'s' * (stats.n_background != 1)}"
        if stats.n_background
        else "no background",
        f"output: {output_space}",
    ]
    if stats.efficiency_gap is None:  # no attributions, and so nothing to compare rows with
        del parts[2]
    if stats.largest_std_error is not None:
        parts.append(f"largest standard error {number(stats.largest_std_error, 2)}")
    if stats.local_r2 is not None:
        parts.append(f"R2 of local models {number(min(stats.local_r2), 2)} at least")
    elif stats.efficiency_gap is not None:
        parts.append(f"efficiency gap {number(stats.efficiency_gap, 2)}")
    if stats.fidelity is not None:
        parts.append(f"surrogate's R² {number(stats.fidelity.overall_r2)} on held-out rows")
    return " · ".join(parts)


def rows_explained(stats: Stats) -> str:
    """Say how many rows were explained, out of how many."""
    if stats.n_rows == stats.n_rows_given:
        return f"{stats.n_rows:,} row{'s' * (stats.n_rows != 1)}"
    return f"{stats.n_rows:,} of {stats.n_rows_given:,} rows"
