"""The page as one script: the modules of this folder, joined without any tool but this file.

The modules are plain ES modules that a browser loads as they are. Where a page may not load
anything, such as a single file, they are joined: each becomes a function that is called once, so
names in one do not meet names in another. Comments, indentation and long names stay behind, and so
may the words of languages that a page does not speak.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Final

from pellucid.dashboard.front.compact import compact
from pellucid.dashboard.front.shorten import short_names

_FOLDER: Final = Path(__file__).parent
_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
ENTRY: Final = "$entry"
"""What a joined script calls the module that it was asked for, with what that exports."""
_WORDS = "words-"
_KEY = re.compile(r"^  (\w+):", re.MULTILINE)
_OF_BROWSERS = re.compile(
    r"(?<![\w.$/])(?:(?:Array|JSON|Math|Number|Object)\.\w+"
    r"|(?:Error|Float64Array|Infinity|Number|Promise|String|Uint8Array|document)\b)"
)
"""What means the same by another name, such as ``Math.max``; ``Promise.all`` needs what stands before it."""
_OURS: Final = (
    *("manifest", "words", "store", "liveViews", "announce", "embedded", "reads"),
    *("choose", "column", "middle", "ringsOf", "rowHeight", "write"),
)
"""Properties that the modules alone make and ask for: none is sent, called by a text, or known to browsers."""
_MEMBERS: Final = dict(zip(_OURS, ascii_uppercase, strict=False))
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


@cache
def joined_modules(
    entry: str, language: str | None = None, without: frozenset[str] = frozenset()
) -> str:
    """Return a module and all that it imports as one script that imports nothing.

    Parameters
    ----------
    entry : str
        A file of this folder, such as ``"file-host.js"``.
    language : str, optional
        The only language that the page will be asked to speak; by default it speaks all.
    without : frozenset of str
        Modules that the page will not use, such as ``"views/text.js"``; what only they import
        stays behind as well.

    Examples
    --------
    >>> "import " in joined_modules("pure/ticks.js")
    False
    """
    first = (_FOLDER / entry).resolve()
    left_out = _left_out(language, without)
    short = ",".join(f"{name}={known}" for known, name in _short_for_browsers().items())
    written = [f'"use strict";let {short};']
    written += [f"let {_variable(path)}={{}};" for path in sorted(left_out)]
    for path in _in_order(first, set(left_out), ()):
        if path == first:
            written.append(f"let {ENTRY}={_as_function(path, _exports(path))};")
        else:
            written.append(f"let {_variable(path)}={_as_function(path, _short_exports(path))};")
    return "\n".join(written)


def joined_names(
    entry: str, language: str | None = None, without: frozenset[str] = frozenset()
) -> set[str]:
    """Return the modules that :func:`joined_modules` joins, such as ``"pure/ticks.js"``."""
    paths = _in_order((_FOLDER / entry).resolve(), _left_out(language, without), ())
    return {path.relative_to(_FOLDER.resolve()).as_posix() for path in paths}


def module_files() -> list[Path]:
    """Return all modules of the page."""
    return sorted(_FOLDER.resolve().rglob("*.js"))


def _left_out(language: str | None, without: frozenset[str]) -> set[Path]:
    left_out = {(_FOLDER / module).resolve() for module in without}
    if language is not None:
        all_words = _FOLDER.resolve().glob(f"{_WORDS}*.js")
        left_out |= {path for path in all_words if path.stem != f"{_WORDS}{language}"}
    return left_out


def _in_order(path: Path, known: set[Path], above: tuple[Path, ...]) -> Iterator[Path]:
    """Yield each module after those it imports, once, and note that it is known from there on."""
    if path in above:
        raise ValueError(f"{path.name} imports itself by way of others")
    for _, source in _IMPORT.findall(path.read_text(encoding="utf-8")):
        needed = (path.parent / source).resolve()
        if needed not in known:
            yield from _in_order(needed, known, (*above, path))
    known.add(path)
    yield path


def _as_function(path: Path, exports: Mapping[str, str]) -> str:
    """Return a module as what a function returns: all that it exports, under the names given."""
    text = path.read_text(encoding="utf-8")
    short = _short_words()
    if _WORDS in path.name:
        above, start, words = text.partition("export const")
        text = above + start + _KEY.sub(lambda found: f"  {short.get(found[1], found[1])}:", words)

    def take(found: re.Match[str]) -> str:
        source = (path.parent / found[2]).resolve()
        of_source = _short_exports(source)
        names = [name.partition(" as ") for name in re.split(r"\s*,\s*", found[1].strip(" ,\n"))]
        taken = (f"{of_source[name]}: {own or name}" for name, _, own in names)
        return f"const {{ {', '.join(taken)} }} = {_variable(source)};\n"

    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(take, text))
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise ValueError(f"{path.name} imports or exports in a form that cannot be joined")
    body += f"return {{ {', '.join(f'{key}: {name}' for name, key in exports.items())} }};\n"
    return f"(()=>{{\n{compact(body, short, _short_for_browsers(), _MEMBERS)}}})()"


def _exports(path: Path) -> dict[str, str]:
    return {name: name for _, name in _EXPORT.findall(path.read_text(encoding="utf-8"))}


@cache
def _short_exports(path: Path) -> dict[str, str]:
    """Return short names for what a module exports, by which only other modules ask for it."""
    names = _exports(path)
    return dict(zip(names, short_names(set()), strict=False))


@cache
def _short_words() -> dict[str, str]:
    """Return short names for the words of the page that are called by name alone, as ``words.name``."""
    texts = {path: path.read_text(encoding="utf-8") for path in module_files()}
    others = {
        member
        for text in texts.values()
        for owner, member in re.findall(r"(\w*)\W?\.(\w+)", text)
        if owner != "words"
    }
    english = [text for path, text in texts.items() if path.name.endswith(f"{_WORDS}en.js")]
    keys = [key for text in english for key in _KEY.findall(text.partition("export const")[2])]
    known = [key for key in keys if key not in others]
    return dict(zip(known, short_names(set(keys) - set(known)), strict=False))


@cache
def _short_for_browsers() -> dict[str, str]:
    """Return short names for what browsers know and the page asks for often."""
    uses = Counter(
        known
        for path in module_files()
        for known in _OF_BROWSERS.findall(path.read_text(encoding="utf-8"))
    )
    often = [known for known, times in uses.most_common() if times > 2]
    return {known: f"$${name}" for known, name in zip(often, short_names(set()), strict=False)}


@cache
def _variables() -> dict[Path, str]:
    return {
        path: f"${name}" for path, name in zip(module_files(), short_names(set()), strict=False)
    }


def _variable(path: Path) -> str:
    return _variables()[path]
