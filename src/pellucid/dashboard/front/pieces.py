"""A module's script in pieces: words, signs, blanks, patterns and texts, without comments."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Piece: TypeAlias = tuple[str, str]
"""The kind of a piece, and what is written."""

_PIECE: Final = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<pattern>/(?![ =])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)
    |(?P<blank>[ \n]+)
    |(?P<word>[\w$#]+)
    |(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)


def pieces_of(script: str) -> Iterator[Piece]:
    r"""Yield the pieces of a script that is written as the page's modules are.

    A division has blanks around it there, and a pattern has none at its start, which is how one is
    told from the other. A template is a text up to each expression, the pieces of that, and a text
    from there on. What is written between quotes stays as it is, but for the line breaks and
    indentation of texts that span lines, which are style sheets.

    Examples
    --------
    >>> [text for _, text in pieces_of("f(`a${ b }c`);  // why")]
    ['f', '(', '`a${', ' ', 'b', ' ', '}c`', ')', ';', '  ']
    """
    at = 0
    while at < len(script):
        if script[at] == "`":
            parts, at = _template(script, at)
            yield from parts
            continue
        found = _PIECE.match(script, at)
        assert found is not None  # noqa: S101 - the last kind takes any character
        at = found.end()
        if found.lastgroup != "comment":
            yield str(found.lastgroup), found[0]


def _template(script: str, at: int) -> tuple[list[Piece], int]:
    """Return the pieces of a template, and where it ends; expressions in it may hold templates."""
    parts: list[Piece] = []
    start, at = at, at + 1
    while script[at] != "`":
        if script.startswith("${", at):
            end = _end_of_expression(script, at + 2)
            parts += [_in_one_line(script[start : at + 2]), *pieces_of(script[at + 2 : end])]
            start, at = end, end
        at += 2 if script[at] == "\\" else 1
    return [*parts, _in_one_line(script[start : at + 1])], at + 1


def _end_of_expression(script: str, at: int) -> int:
    depth = 0
    while depth or script[at] != "}":
        if script[at] == "`":
            _, at = _template(script, at)
            continue
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        at += 1
    return at


def _in_one_line(text: str) -> Piece:
    return "text", re.sub(r"\n *", "", text)
