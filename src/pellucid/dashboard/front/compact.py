"""A module without what only its readers need: comments, indentation, long names, and blanks beside signs.

What stands by itself in a module, such as a function, is a line, so that a message of the browser says
where it comes from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pellucid.dashboard.front.pieces import Piece, pieces_of
from pellucid.dashboard.front.shorten import shorten

_LOOSE: Final = frozenset("{}()[],;:=<>?&|*!+-/%\"'`")
"""Signs beside which no blank is needed, unless it keeps two of the same kind apart."""
_WITH_BODY: Final = frozenset({"for", "if", "while"})
"""Words whose body may be nothing but a semicolon."""


_LITERALS: Final = {"const": "let", "true": "!0", "false": "!1", "undefined": "void 0"}
"""What may be said in fewer letters, where nothing is assigned twice that must not be."""


def compact(
    script: str,
    words: Mapping[str, str] | None = None,
    browsers: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> str:
    r"""Return what a browser needs of a module that is written as the page's modules are.

    Parameters
    ----------
    script : str
    words : mapping of str to str, optional
        Short names of the members of ``words``.
    browsers : mapping of str to str, optional
        Short names, declared elsewhere, of what browsers know, such as ``Math.max``.
    members : mapping of str to str, optional
        Short names of properties that only such modules ask for.

    Examples
    --------
    >>> compact("const sum = (/** @type {any} */ (b)) + 1;  // why\n  f((x) => sum, [true,]);")
    'let a=((b))+1;\nf(x=>a,[!0]);'
    """
    short = shorten(list(pieces_of(script)), words or {}, browsers, members)
    return "".join(_without_blanks(_joined(_bare(short)))).strip("\n")


def _bare(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with shorter words for the same, no last commas, and no brackets around a single parameter."""
    found = list(pieces)
    places = [i for i, (kind, piece) in enumerate(pieces) if piece and kind != "blank"]
    texts = [pieces[i][1] for i in places]
    for p, (i, text) in enumerate(zip(places, texts, strict=True)):
        kind = pieces[i][0]
        before, after = texts[p - 1] if p else "", texts[p + 1 : p + 5]
        if kind == "word" and before != ".":
            found[i] = kind, _LITERALS.get(text, text)
        elif kind != "sign":
            continue
        elif text == "," and before not in {",", "["} and after[:1] in (["}"], ["]"], [")"]):
            found[i] = "blank", ""
        elif text == "(" and after[1:] == [")", "=", ">"] and pieces[places[p + 1]][0] == "word":
            found[i] = found[places[p + 2]] = "blank", ""
    return found


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces with variables that follow each other declared together, and no last semicolons."""
    places = [i for i, (kind, _) in enumerate(pieces) if kind != "blank"]
    after = dict(pairwise(places))
    resume = 0
    opened: list[_Bracket] = [_Bracket("")]
    before, closed = "", _Bracket("")
    for i, (kind, piece) in enumerate(pieces):
        if i < resume or kind == "blank":
            if i >= resume:
                yield kind, piece
            continue
        following = pieces[after.get(i, i)]
        if kind == "sign" and piece in "{([":
            opened.append(_Bracket(before))
        elif kind == "sign" and piece in "})]":
            closed = opened.pop()
        elif (kind, piece) == ("word", "let"):
            opened[-1].declares = True
        elif (kind, piece) == ("sign", ";"):
            if opened[-1].declares and following == ("word", "let"):
                resume = after[i] + 1
                yield "sign", ","
                continue
            opened[-1].declares = False
            is_body = before == ")" and closed.before in _WITH_BODY
            if following == ("sign", "}") and not is_body:
                continue
        before = piece
        yield kind, piece


@dataclass
class _Bracket:
    """What is within a bracket: what stood before it, and whether a constant is being declared."""

    before: str
    declares: bool = False


def _without_blanks(pieces: Iterable[Piece]) -> Iterator[str]:
    before, waiting, depth = "\n", "", 0
    for kind, piece in pieces:
        if kind == "blank":
            waiting = "\n" if "\n" in piece + waiting else " "
            continue
        if waiting == "\n" and before != "\n" and not depth:
            yield "\n"
        elif waiting and before != "\n":
            is_loose = kind == "text" or before in _LOOSE or piece[0] in _LOOSE
            if not is_loose or before == piece[0] in "+-/":
                yield " "
        yield piece
        if kind == "sign":
            depth += (piece in "{([") - (piece in "})]")
        before, waiting = "a" if kind in {"word", "pattern"} else piece[-1], ""
