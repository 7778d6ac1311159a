"""Short names for what a module calls its own; what others call by name keeps its own.

A name is changed wherever it stands for a variable, and the same everywhere in a module, so that what
it stood for it stands for still. Properties, keys and texts stay as they are.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from string import ascii_letters
from typing import Final

from pellucid.dashboard.front.pieces import Piece


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEYWORDS: Final = _words(
    "async await break catch const continue delete do else export false finally for from function if "
    "import in instanceof let new null of return super this throw true try typeof undefined var void "
    "while yield"
)
_OF_BROWSERS: Final = _words(
    "Array Blob Boolean Date Element Error Infinity Intl JSON Map Math NaN Node Number Object Path2D "
    "Promise Response Set String URL WeakMap document fetch history location performance window"
)
"""Names that mean something without being declared; a variable that is called so stays so."""
_BEFORE_OBJECT: Final = _words("( , = [ : ? & | ! + const let return throw of in await typeof void")
_CLOSING: Final = {"}": "{", ")": "(", "]": "["}


def shorten(pieces: Sequence[Piece], words: Mapping[str, str]) -> list[Piece]:
    """Return the pieces of a module with short names of its variables.

    Parameters
    ----------
    pieces : sequence of Piece
        Of a module in which objects have no methods, but functions as values.
    words : mapping of str to str
        Short names of the members of what is called ``words``.

    Examples
    --------
    >>> from pellucid.dashboard.front.pieces import pieces_of
    >>> script = "const f = ({ width, rows: all }) => all.width + width;"
    >>> "".join(text for _, text in shorten(list(pieces_of(script)), {}))
    'const f = ({ width:a, rows: b }) => b.width + a;'
    """
    places = [i for i, (kind, _) in enumerate(pieces) if kind != "blank"]
    module = _Module([pieces[i] for i in places])
    uses = Counter(module.texts[p] for p in module.variables)
    declared = {module.texts[p] for p in module.declared()} - _OF_BROWSERS
    long = [name for name, _ in uses.most_common() if name in declared and len(name) > 1]
    short = dict(zip(long, short_names(set(uses) - set(long)), strict=False))
    found = list(pieces)
    for p in module.variables:
        text = module.texts[p]
        name = min(short.get(text, text), text, key=len)
        found[places[p]] = (
            "word",
            f"{text}:{name}" if p in module.brief and name != text else name,
        )
    for p in module.words:
        found[places[p]] = ("word", words.get(module.texts[p], module.texts[p]))
    return found


def short_names(taken: AbstractSet[str]) -> Iterator[str]:
    """Yield names, the shortest first, that are neither taken nor keywords.

    Examples
    --------
    >>> next(short_names({"a", "b"}))
    'c'
    """
    for size in (1, 2, 3):
        for letters in product(ascii_letters, repeat=size):
            name = "".join(letters)
            if name not in taken and name not in _KEYWORDS:
                yield name


class _Module:
    """A module without blanks: which words are variables, and where brackets meet.

    Attributes
    ----------
    texts : list of str
    variables : list of int
        Places of words that stand for variables.
    brief : set of int
        Those of them that are the key of an object too.
    words : list of int
        Places of members of what is called ``words``.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._kinds = [kind for kind, _ in pieces]
        self.texts = [text for _, text in pieces]
        self.variables: list[int] = []
        self.brief: set[int] = set()
        self.words = [
            p for p in range(2, len(self.texts)) if self.texts[p - 2 : p] == ["words", "."]
        ]
        self._end_of: dict[int, int] = {}
        self._read()

    def _read(self) -> None:
        opened: list[tuple[int, bool]] = []  # and whether it is an object
        for p, (kind, text) in enumerate(zip(self._kinds, self.texts, strict=True)):
            if kind == "text":
                if text.startswith("}"):
                    opened.pop()
                if text.endswith("${"):
                    opened.append((p, False))
            elif kind == "sign" and text in "{([":
                opened.append((p, text == "{" and self._before(p) in _BEFORE_OBJECT))
            elif kind == "sign" and text in _CLOSING:
                self._end_of[opened.pop()[0]] = p
            elif kind == "word" and self._is_name(p):
                self._take(p, in_object=bool(opened) and opened[-1][1])

    def _take(self, p: int, *, in_object: bool) -> None:
        if not in_object or self._before(p) not in {"{", ","}:
            self.variables.append(p)
        elif self._after(p) in {",", "}", "="}:
            self.variables.append(p)
            self.brief.add(p)
        elif self._after(p) != ":":
            raise ValueError(
                f"{self.texts[p]} is a member of an object in a form that is not known"
            )

    def _is_name(self, p: int) -> bool:
        text = self.texts[p]
        is_member = self._before(p) == "." and self._before(p - 1) != "."
        return not (text[0].isdigit() or text in _KEYWORDS or is_member)

    def _before(self, p: int) -> str:
        return self.texts[p - 1] if p > 0 else ""

    def _after(self, p: int) -> str:
        return self.texts[p + 1] if p + 1 < len(self.texts) else ""

    def declared(self) -> Iterator[int]:
        """Yield places where variables are declared, and of their default values."""
        variables = set(self.variables)
        for p, text in enumerate(self.texts):
            if text in {"const", "let", "function"} and self._kinds[p] == "word":
                yield from self._names_at(p + 1, variables)
                if text == "function":
                    yield from self._names_at(p + 2, variables)
            elif text == "(" and self._kinds[p] == "sign":
                end = self._end_of[p]
                if self.texts[end + 1 : end + 3] == ["=", ">"] or self._before(p) in {
                    "catch",
                    "function",
                }:
                    yield from self._names_at(p, variables)
            elif p in variables and self.texts[p + 1 : p + 3] == ["=", ">"]:
                yield p

    def _names_at(self, p: int, variables: set[int]) -> Iterator[int]:
        """Yield a name, or all names within brackets."""
        yield from (q for q in range(p, self._end_of.get(p, p) + 1) if q in variables)
