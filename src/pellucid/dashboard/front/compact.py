"""A module without what only its readers need: comments, indentation, and blanks beside signs.

No name is changed and no line is joined to another, so that a message of the browser still says
where it comes from. What is written between quotes stays as it is, but for the indentation of
texts that span lines, which are style sheets.
"""

import re
from collections.abc import Iterator
from typing import Final

_PIECE: Final = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<pattern>/(?![ =])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)
    |(?P<blank>[ \n]+)
    |(?P<word>[\w$#]+)
    |(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
_LOOSE: Final = frozenset("{}()[],;:=<>?&|*!")
"""Signs beside which no blank is needed; two minus signs must not meet, so those are not among them."""


def compact(script: str) -> str:
    r"""Return what a browser needs of a module that is written as the page's modules are.

    A division has blanks around it there, and a pattern has none at its start, which is how one is
    told from the other.

    Examples
    --------
    >>> compact("const a = (/** @type {any} */ (b));  // why\n  f(a, 'x  = y');")
    "const a=((b));\nf(a,'x  = y');"
    """
    return "".join(_without_blanks(_pieces(script))).strip("\n")


def _pieces(script: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each piece but comments."""
    at = 0
    while at < len(script):
        if script[at] == "`":
            end = _end_of_template(script, at)
            yield "text", re.sub(r"\n +", "\n", script[at:end])
        else:
            found = _PIECE.match(script, at)
            assert found is not None  # noqa: S101 - the last kind takes any character
            end = found.end()
            if found.lastgroup != "comment":
                yield str(found.lastgroup), found[0]
        at = end


def _end_of_template(script: str, start: int) -> int:
    """Return where a template ends; expressions in it may hold templates."""
    at = start + 1
    while script[at] != "`":
        if script[at] == "\\":
            at += 2
        elif script.startswith("${", at):
            at += 2
            depth = 1
            while depth:
                if script[at] == "`":
                    at = _end_of_template(script, at)
                    continue
                depth += {"{": 1, "}": -1}.get(script[at], 0)
                at += 1
        else:
            at += 1
    return at + 1


def _without_blanks(pieces: Iterator[tuple[str, str]]) -> Iterator[str]:
    before, waiting = "\n", ""
    for kind, piece in pieces:
        if kind == "blank":
            waiting = "\n" if "\n" in piece + waiting else " "
            continue
        if waiting == "\n" and before != "\n":
            yield "\n"
        elif waiting == " " and before not in _LOOSE and piece not in _LOOSE and before != "\n":
            yield " "
        yield piece
        before, waiting = piece[-1] if kind == "sign" else "a", ""
