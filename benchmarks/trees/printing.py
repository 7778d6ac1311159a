"""Tables of text or Markdown, and the line that says on what they were measured."""

import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path


def table(titles: Sequence[str], lines: Iterable[Sequence[str]], *, markdown: bool = False) -> str:
    """Return a table whose first column is text and whose others are numbers."""
    cells = [list(titles), *(list(line) for line in lines)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(titles))]
    text = [
        (" | " if markdown else "   ").join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    if not markdown:
        return "\n".join(line.rstrip() for line in text)
    rule = " | ".join(("-" * (w - 1) + ":") if i else "-" * w for i, w in enumerate(widths))
    return "\n".join(f"| {line} |" for line in (text[0], rule, *text[1:]))


def heading(text: str, *, markdown: bool = False) -> str:
    return f"\n### {text}\n" if markdown else f"\n{text}"


def number(value: float) -> str:
    """Return a number with the digits that count: 12,346 and 123 and 1.23 and 0.0123."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """Return the processor and the number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"
