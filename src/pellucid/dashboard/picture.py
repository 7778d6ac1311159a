"""What can be seen of a dashboard where no script may run: the most important features as bars."""

import base64
from html import escape
from typing import Final

from pellucid.explanation.summary import Bar, Chart, Summary
from pellucid.explanation.text import columns_taken

_WIDTH: Final = 620
_NAMES: Final = 190
_TOP: Final = 62
_ROW: Final = 22
_LONGEST_NAME: Final = 28
_LONGEST_TITLE: Final = 92
_INVITATION: Final = "Trust the notebook to explore every row."

_STYLE: Final = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1a1d21}"
    ".paper{fill:#fff;stroke:#dfe2e6}.title{font-weight:600;font-size:13px}.faint{fill:#596069}"
    ".bar{fill:#5a6b7d}.down{fill:#1768ac}.whisker{stroke:#1a1d21}"
    "@media (prefers-color-scheme:dark){text{fill:#e8eaed}.paper{fill:#14171b;stroke:#31373e}"
    ".faint{fill:#a3abb4}.bar{fill:#8c9db0}.down{fill:#5ba6e8}.whisker{stroke:#e8eaed}}"
)


def picture(summary: Summary) -> str:
    """Draw the first chart of a summary as a small SVG image, without any library.

    Parameters
    ----------
    summary : Summary
        As :func:`pellucid.explanation.summary.summarize_global` returns it.
    """
    chart = summary.charts[0]
    height = _TOP + _ROW * len(chart.bars) + 32
    more = f" Not shown: {chart.n_left_out:,} more." if chart.n_left_out else ""
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'width="{_WIDTH}" height="{height}"><style>{_STYLE}</style>'
        ),
        f'<rect class="paper" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="6"/>',
        _text(14, 25, summary.title, "title", _LONGEST_TITLE),
        _text(14, 46, chart.caption, "faint", _LONGEST_TITLE),
        *(_row(chart, bar, _TOP + _ROW * i) for i, bar in enumerate(chart.bars)),
        _text(14, height - 13, f"{_INVITATION}{more}", "faint", _LONGEST_TITLE),
        "</svg>",
    ]
    return "".join(parts)


def in_words(summary: Summary) -> str:
    """Say what the picture shows, for those who do not see it."""
    chart = summary.charts[0]
    numbers = ", ".join(f"{bar.name} {chart.number(bar.value)}" for bar in chart.bars)
    return f"{summary.title}. {chart.caption}: {numbers}"


def as_image(summary: Summary) -> str:
    """Return the picture as an element of HTML that needs no other file."""
    source = base64.b64encode(picture(summary).encode()).decode("ascii")
    return (
        f'<img src="data:image/svg+xml;base64,{source}" width="{_WIDTH}" '
        f'alt="{escape(in_words(summary))}">'
    )


def _row(chart: Chart, bar: Bar, y: int) -> str:
    """Draw a name, a bar from a common zero, its whisker, and its number at the right."""
    left, room = _NAMES + 12, _WIDTH - _NAMES - 12 - 84
    spans = [(other.value, other.std_error or 0.0) for other in chart.bars]
    lowest = min(0.0, *(value - error for value, error in spans))
    highest = max(0.0, *(value + error for value, error in spans))
    scale = room / (highest - lowest) if 0 < highest - lowest < float("inf") else 0.0
    drawn = ""
    if abs(bar.value) < float("inf"):
        zero = left - lowest * scale
        start, width = min(zero, zero + bar.value * scale), abs(bar.value) * scale
        kind = "bar down" if bar.value < 0 else "bar"
        drawn = (
            f'<rect class="{kind}" x="{start:.1f}" y="{y + 4}" width="{width:.1f}" height="13"/>'
        )
        if bar.std_error:
            end, reach = zero + bar.value * scale, bar.std_error * scale
            drawn += f'<path class="whisker" d="M{end - reach:.1f} {y + 10.5}H{end + reach:.1f}"/>'
    number = _text(_WIDTH - 14, y + 15, chart.number(bar.value), "faint", 12, end=True)
    return _text(_NAMES, y + 15, bar.name, "", _LONGEST_NAME, end=True) + drawn + number


def _text(x: int, y: int, text: str, kind: str, most: int, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x}" y="{y}" class="{kind}"{anchor}>{escape(_elided(text, most))}</text>'


def _elided(text: str, most: int) -> str:
    """Cut a text to a number of narrow letters; wide ones count twice."""
    if columns_taken(text) <= most:
        return text
    while columns_taken(text) >= most:
        text = text[:-1]
    return f"{text}…"
