"""Short names for what a module calls its own; what others call by name keeps its own.

A name of the module is changed wherever it stands for a variable, and the same everywhere. All other
names live within one statement of the module, such as a function, and are short there: two functions
may use one letter for two things. Properties, keys and texts stay as they are, but for those properties
that are known to be asked for by name in these modules alone.
"""

from collections import Counter, defaultdict
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


def shorten(
    pieces: Sequence[Piece],
    words: Mapping[str, str],
    browsers: Mapping[str, str] | None = None,
    members: Mapping[str, str] | None = None,
) -> list[Piece]:
    """Return the pieces of a module with short names of its variables.

    Parameters
    ----------
    pieces : sequence of Piece
        Of a module in which objects have no methods, but functions as values.
    words : mapping of str to str
        Short names of the members of what is called ``words``.
    browsers : mapping of str to str, optional
        Short names, declared elsewhere, of what browsers know, such as ``Math.max`` or ``Promise``.
    members : mapping of str to str, optional
        Short names of properties, of whatever object.

    Examples
    --------
    >>> from pellucid.dashboard.front.pieces import pieces_of
    >>> script = "const f = ({ width, rows: all }) => all.width + Math.max(width);"
    >>> "".join(text for _, text in shorten(list(pieces_of(script)), {}, {"Math.max": "$m"}))
    'const f = ({ width:b, rows: a }) => a.width + $m(b);'
    """
    places = [i for i, (kind, _) in enumerate(pieces) if kind != "blank"]
    module = _Module([pieces[i] for i in places])
    found = list(pieces)
    known = members or {}
    for p in module.properties:
        found[places[p]] = "word", known.get(module.texts[p], module.texts[p])
    for p, name in module.short_variables().items():
        text = module.texts[p]
        key = known.get(text, text)
        found[places[p]] = "word", f"{key}:{name}" if p in module.brief else name
    for p in module.words:
        found[places[p]] = "word", words.get(module.texts[p], module.texts[p])
    for p, size, name in module.of_browsers(browsers or {}):
        for place in places[p : p + size]:
            found[place] = "blank", ""
        found[places[p]] = "word", name
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


def _shortest(
    uses: Mapping[str, int], long: AbstractSet[str], taken: AbstractSet[str]
) -> dict[str, str]:
    """Return a short name for each long one, the shortest for what is used most."""
    by_use = sorted(long, key=lambda name: (-uses[name], name))
    return dict(zip(by_use, short_names(taken), strict=False))


class _Module:
    """A module without blanks: which words are variables, and where brackets meet.

    Attributes
    ----------
    texts : list of str
    variables : list of int
        Places of words that stand for variables.
    brief : set of int
        Those of them that are the key of an object too.
    properties : list of int
        Places of words that stand for properties alone.
    words : list of int
        Places of members of what is called ``words``.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._kinds = [kind for kind, _ in pieces]
        self.texts = [text for _, text in pieces]
        self.variables: list[int] = []
        self.brief: set[int] = set()
        self.properties: list[int] = []
        self.words = [
            p for p in range(2, len(self.texts)) if self.texts[p - 2 : p] == ["words", "."]
        ]
        self._end_of: dict[int, int] = {}
        self._statement: list[int] = []
        self._outside: set[int] = set()
        self._read()
        self._declared = dict(self._find_declared())

    def short_variables(self) -> dict[int, str]:
        """Return a short name for each place of a variable that has a longer one."""
        declared = {
            p: own for p, own in self._declared.items() if self.texts[p] not in _OF_BROWSERS
        }
        of_module = {self.texts[p] for p, own in declared.items() if own}
        of_statement: dict[int, set[str]] = defaultdict(set)
        for p in declared:
            of_statement[self._statement[p]].add(self.texts[p])
        inside: dict[int, list[int]] = defaultdict(list)
        for p in self.variables:
            inside[self._statement[p]].append(p)

        uses = Counter(self.texts[p] for p in self.variables)
        long = {text for text in of_module if len(text) > 1}
        short = _shortest(uses, long, uses.keys() - long)
        found: dict[int, str] = {}
        for number, places in inside.items():
            used = Counter(self.texts[p] for p in places)
            local = {text for text in of_statement[number] - of_module if len(text) > 1}
            taken = {short.get(text, text) for text in used.keys() - local}
            names = short | _shortest(used, local, taken)
            found |= {p: names[self.texts[p]] for p in places if self.texts[p] in names}
        return found

    def of_browsers(self, known: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
        """Yield where something known stands, in how many pieces, and its short name."""
        declared = {self.texts[p] for p in self._declared}
        for p in self.variables:
            if self.texts[p] in declared or p in self.brief:
                continue
            for size in (3, 1):
                name = known.get("".join(self.texts[p : p + size]))
                if name is not None:
                    yield p, size, name
                    break

    def _read(self) -> None:
        opened: list[tuple[int, bool]] = []  # and whether it is an object
        number, start = 0, 0
        for p, (kind, text) in enumerate(zip(self._kinds, self.texts, strict=True)):
            self._statement.append(number)
            if not opened:
                self._outside.add(p)
            if kind == "text":
                if text.startswith("}"):
                    opened.pop()
                if text.endswith("${"):
                    opened.append((p, False))
            elif kind == "sign" and text in "{([":
                opened.append((p, text == "{" and self._before(p) in _BEFORE_OBJECT))
            elif kind == "sign" and text in _CLOSING:
                self._end_of[opened.pop()[0]] = p
            elif kind == "word" and not (text[0].isdigit() or text in _KEYWORDS):
                self._take(p, in_object=bool(opened) and opened[-1][1])
            if not opened and (
                text == ";" or (text == "}" and "function" in self.texts[start : start + 2])
            ):
                number, start = number + 1, p + 1

    def _take(self, p: int, *, in_object: bool) -> None:
        if self._before(p) == "." and self._before(p - 1) != ".":
            self.properties.append(p)
        elif not in_object or self._before(p) not in {"{", ","}:
            self.variables.append(p)
        elif self._after(p) in {",", "}", "="}:
            self.variables.append(p)
            self.brief.add(p)
        elif self._after(p) == ":":
            self.properties.append(p)
        else:
            raise ValueError(
                f"{self.texts[p]} is a member of an object in a form that is not known"
            )

    def _before(self, p: int) -> str:
        return self.texts[p - 1] if p > 0 else ""

    def _after(self, p: int) -> str:
        return self.texts[p + 1] if p + 1 < len(self.texts) else ""

    def _find_declared(self) -> Iterator[tuple[int, bool]]:
        """Yield places where variables are declared, and of their default values, and whether for all of the module."""
        variables = set(self.variables)
        for p, text in enumerate(self.texts):
            outside = p in self._outside
            if text in {"const", "let", "function"} and self._kinds[p] == "word":
                yield from ((q, outside) for q in self._names_at(p + 1, variables))
                if text == "function":
                    yield from ((q, False) for q in self._names_at(p + 2, variables))
            elif text == "(" and self._kinds[p] == "sign":
                end = self._end_of[p]
                is_arrow = self.texts[end + 1 : end + 3] == ["=", ">"]
                if is_arrow or self._before(p) in {"catch", "function"}:
                    yield from ((q, False) for q in self._names_at(p, variables))
            elif p in variables and self.texts[p + 1 : p + 3] == ["=", ">"]:
                yield p, False

    def _names_at(self, p: int, variables: set[int]) -> Iterator[int]:
        """Yield a name, or all names within brackets."""
        yield from (q for q in range(p, self._end_of.get(p, p) + 1) if q in variables)
