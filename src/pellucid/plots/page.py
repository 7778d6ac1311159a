"""One self-contained HTML page: nothing is fetched, nothing runs, and both themes are in it."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from pellucid.plots.palette import DARK, LIGHT, Palette
from pellucid.plots.wording import END_ISOLATE, ISOLATE, visible

_MARKS = re.compile(f"([{ISOLATE}{END_ISOLATE}])")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, sections: Iterable[str]) -> str:
    """Return a whole document.

    Parameters
    ----------
    title : str
        Plain text; shown in the browser's tab.
    sections : iterable of str
        HTML of the page's parts.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="pellucid">
<title>{text(title)}</title>
<style>
{_style_sheet()}
</style>
</head>
<body>
<main>
{"".join(sections)}</main>
</body>
</html>
"""


def text(plain: str) -> str:
    """Return any text as HTML that shows it, and does nothing else.

    Examples
    --------
    >>> text("</script> & co")
    '&lt;/script&gt; &amp; co'
    """
    return escape(visible(plain))


def prose(plain: str) -> str:
    """Return a sentence as HTML, in which names may stand between isolating marks."""
    marked = "".join(
        part if part in {ISOLATE, END_ISOLATE} else text(part) for part in _MARKS.split(plain)
    )
    return marked.replace(ISOLATE, "<bdi>").replace(END_ISOLATE, "</bdi>")


def name(plain: str) -> str:
    """Return a name from the data as HTML that keeps its direction of writing to itself."""
    return f"<bdi>{text(plain)}</bdi>"


def element(tag: str, content: str, *, of: str = "", **attributes: str) -> str:
    """Return an element; ``of`` is its class, and attribute values are plain text.

    Examples
    --------
    >>> element("td", "0.5", of="number")
    '<td class="number">0.5</td>'
    """
    given = {"class": of, **attributes} if of else attributes
    # Attributes that are no Python names are written with _ for -.
    written = "".join(f' {key.replace("_", "-")}="{escape(value)}"' for key, value in given.items())
    return f"<{tag}{written}>{content}</{tag}>"


def section(title: str, content: str) -> str:
    """Return a part of the page under a heading; ``title`` is a sentence, ``content`` HTML."""
    return element("section", f"\n{element('h2', prose(title))}\n{content}") + "\n"


def chart_row(label: str, marks: str, number: str, *, of: str = "") -> str:
    """Return one row of a chart: a label, its marks, and the number that they show."""
    cells = (
        element("th", label, scope="row", role="rowheader")
        + element("td", marks, of="picture", role="cell")
        + element("td", number, of="number", role="cell")
    )
    return element("tr", cells, of=of, role="row") + "\n"


def chart(
    heads: Sequence[str], rows: Iterable[str], axis: str, *, longest_label: int, of: str = ""
) -> str:
    """Return a chart: a table whose middle column holds the marks, with an axis below.

    ``longest_label`` is the number of characters that the column of labels makes room for, within
    reason; longer labels are wrapped.

    Roles are spelled out because on narrow screens the rows are laid out as blocks, which would
    take the table's meaning from it.
    """
    head = "".join(
        element("th", prose(title), of="number" * (i == 2), scope="col", role="columnheader")
        for i, title in enumerate(heads)
    )
    foot = element(
        "tr",
        "<td></td>" + element("td", axis, of="picture") + "<td></td>",
        of="axis",
        aria_hidden="true",
    )
    body = element("tbody", "\n" + "".join(rows) + foot + "\n", role="rowgroup")
    top = element("thead", element("tr", head, role="row"), role="rowgroup")
    width = min(max(longest_label, 9), 28) + 2
    return (
        element(
            "table",
            f"{top}\n{body}",
            of=f"chart {of}".strip(),
            role="table",
            style=f"--label: {width}ch",
        )
        + "\n"
    )


def plain_table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of HTML cells; the first of a row is its head, the others are numbers."""
    head = "".join(
        element("th", text(title), of="number" * (i > 0), scope="col")
        for i, title in enumerate(heads)
    )
    body = "".join(
        element(
            "tr",
            element("th", row[0], scope="row")
            + "".join(element("td", cell, of="number") for cell in row[1:]),
        )
        + "\n"
        for row in rows
    )
    inner = element("caption", text(caption)) if caption else ""
    return element(
        "table",
        f"{inner}{element('thead', element('tr', head))}\n{element('tbody', body)}",
        of="plain",
    )


def _style_sheet() -> str:
    rules = files("pellucid.plots").joinpath("report.css").read_text(encoding="utf-8")
    dark = f"@media (prefers-color-scheme: dark) {{ {_theme(DARK)} }}"
    return f"{_theme(LIGHT)}\n{dark}\n{_level_rules()}\n{rules}"


def _theme(palette: Palette) -> str:
    named = ("paper", "ink", "muted", "rule", "bar", "raises", "lowers", "neutral")
    colors = {key: getattr(palette, key) for key in named}
    colors |= {f"level-{i}": color for i, color in enumerate(palette.ramp)}
    return ":root { " + " ".join(f"--{key}: {color};" for key, color in colors.items()) + " }"


def _level_rules() -> str:
    rules = [
        f".level-{i} {{ fill: var(--level-{i}); stroke: var(--level-{i}); }}"
        for i in range(len(LIGHT.ramp))
    ]
    return "\n".join([*rules, ".level-none { stroke: var(--neutral); }"])
