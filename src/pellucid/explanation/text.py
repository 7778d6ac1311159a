"""Results as plain text, for terminals and logs."""

from unicodedata import combining, east_asian_width

from pellucid.explanation.summary import Bar, Chart, Summary, printable

BAR_WIDTH = 20
LONGEST_NAME = 32
_EIGHTHS = " ▏▎▍▌▋▊▉"


def render(summary: Summary) -> str:
    """Draw a summary as text: title, facts, ranked tables with bars, warnings."""
    lines = [summary.title]
    margin = max((len(word) for word, _ in summary.facts), default=0)
    lines += [f"  {word:<{margin}}  {text}" for word, text in summary.facts]
    for chart in summary.charts:
        lines += ["", *_chart_lines(chart)]
    if summary.warnings:
        lines += ["", *(f"  warning: {text}" for text in summary.warnings)]
    return "\n".join(lines)


def _chart_lines(chart: Chart) -> list[str]:
    names = _column([printable(bar.name, LONGEST_NAME) for bar in chart.bars])
    notes = _column([printable(bar.note, LONGEST_NAME) for bar in chart.bars])
    numbers = _column([chart.number(bar.value) for bar in chart.bars], to_the_right=True)
    errors = _column([_error(chart, bar) for bar in chart.bars])
    lines = [f"  {chart.caption}"]
    for rank, bar in enumerate(chart.bars):
        cells = [f"{rank + 1:>4}", names[rank], notes[rank], numbers[rank], errors[rank]]
        lines.append("  ".join([cell for cell in cells if cell] + [_drawn(bar, chart)]).rstrip())
    if chart.n_left_out:
        lines.append(f"        and {chart.n_left_out:,} more")
    return lines


def _error(chart: Chart, bar: Bar) -> str:
    return "" if bar.std_error is None else f"± {chart.number(bar.std_error)}"


def _column(texts: list[str], *, to_the_right: bool = False) -> list[str]:
    """Pad texts to the width of the widest."""
    widths = [columns_taken(text) for text in texts]
    widest = max(widths, default=0)
    pads = [" " * (widest - width) for width in widths]
    if to_the_right:
        return [pad + text for pad, text in zip(pads, texts, strict=True)]
    return [text + pad for pad, text in zip(pads, texts, strict=True)]


def columns_taken(text: str) -> int:
    """Return the columns that a text takes on a terminal.

    Examples
    --------
    >>> columns_taken("e" + chr(0x301)), columns_taken(chr(0x5E74))
    (1, 2)
    """
    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text
    )


def _drawn(bar: Bar, chart: Chart) -> str:
    """Draw one bar: from the left end, or for signed values from an axis in the middle."""
    share = abs(bar.value) / chart.largest if chart.largest > 0 else 0.0
    if not chart.is_signed:
        return _rightward(share, BAR_WIDTH)
    half = BAR_WIDTH // 2
    if bar.value < 0:
        return f"{_leftward(share, half):>{half}}│"
    return f"{'':>{half}}│{_rightward(share, half)}"


def _rightward(share: float, width: int) -> str:
    """Draw a bar to an eighth of a character; no bar of a non-zero value vanishes."""
    if not share > 0:
        return ""
    eighths = max(1, round(share * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _leftward(share: float, width: int) -> str:
    """Draw a bar to half a character, which is all that fonts have in this direction."""
    halves = round(share * width * 2)
    return "▕" if halves == 0 else "▐" * (halves % 2) + "█" * (halves // 2)
