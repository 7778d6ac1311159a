"""A module without what only its readers need: comments, indentation, long names, and blanks beside signs.

What stands by itself in a module, such as a function, is a line, so that a message of the browser says
where it comes from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from pellucid.dashboard.front.pieces import Piece, pieces_of
from pellucid.dashboard.front.shorten import shorten

_LOOSE: Final = frozenset("{}()[],;:=<>?&|*!+-/%")
"""Signs beside which no blank is needed, unless it keeps two of the same kind apart."""


def compact(script: str, words: Mapping[str, str] | None = None) -> str:
    r"""Return what a browser needs of a module that is written as the page's modules are.

    Parameters
    ----------
    script : str
    words : mapping of str to str, optional
        Short names of the members of ``words``.

    Examples
    --------
    >>> compact("const sum = (/** @type {any} */ (b)) + 1;  // why\n  f(sum, 'x  = y');")
    "const a=((b))+1;\nf(a,'x  = y');"
    """
    short = shorten(list(pieces_of(script)), words or {})
    return "".join(_without_blanks(_joined(short))).strip("\n")


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces with constants that follow each other declared together."""
    words = [i for i, (kind, _) in enumerate(pieces) if kind != "blank"]
    after = dict(pairwise(words))
    left_out: set[int] = set()
    declaring = [False]
    for i, (kind, piece) in enumerate(pieces):
        if i in left_out:
            continue
        if kind == "sign" and piece in "{([":
            declaring.append(False)
        elif kind == "sign" and piece in "})]":
            declaring.pop()
        elif (kind, piece) == ("word", "const"):
            declaring[-1] = True
        elif kind == "sign" and piece == ";" and declaring[-1]:
            following = after.get(i, i)
            declaring[-1] = pieces[following] == ("word", "const")
            if declaring[-1]:
                left_out.add(following)
                yield "sign", ","
                continue
        yield kind, piece


def _without_blanks(pieces: Iterable[Piece]) -> Iterator[str]:
    before, waiting, depth = "\n", "", 0
    for kind, piece in pieces:
        if kind == "blank":
            waiting = "\n" if "\n" in piece + waiting else " "
            continue
        if waiting == "\n" and before != "\n" and not depth:
            yield "\n"
        elif waiting and before != "\n":
            is_loose = before in _LOOSE or piece[0] in _LOOSE
            if not is_loose or before == piece[0] in "+-/":
                yield " "
        yield piece
        if kind == "sign":
            depth += (piece in "{([") - (piece in "})]")
        before, waiting = piece[-1] if kind == "sign" else "a", ""
