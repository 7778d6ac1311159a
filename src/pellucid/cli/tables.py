"""Results as aligned text, made of the same numbers as the pictures."""

import sys
from collections.abc import Sequence

from pellucid.explanation.importance import Importance
from pellucid.explanation.stats import Stats
from pellucid.explanation.text import columns_taken
from pellucid.plots.bar import Bar
from pellucid.plots.waterfall import Waterfall
from pellucid.plots.wording import END_ISOLATE, ISOLATE, elide, number, numbers, visible

_NAME = 40
_BAR = 24
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def plain(sentence: str) -> str:
    """Return a sentence without the marks and signs that only pictures need."""
    for mark, instead in ((ISOLATE, ""), (END_ISOLATE, ""), ("\N{MINUS SIGN}", "-")):
        sentence = sentence.replace(mark, instead)
    return sentence


def ranking_lines(importance: Importance, top_k: int) -> list[str]:
    """Return the ranked features with their standard errors, and a line on what was done."""
    bar = Bar.from_importance(importance, top_k=top_k)
    largest = float(bar.values.max(initial=0.0))
    errors = [f"± {error}" if error != "nan" else "" for error in numbers(bar.std_error, 2)]
    rows = [
        (str(i + 1), elide(name, _NAME), size, error, _bar(value, largest))
        for i, (name, size, error, value) in enumerate(
            zip(
                bar.features,
                numbers(bar.values, 4),
                errors,
                bar.values.tolist(),
                strict=True,
            )
        )
    ]
    if bar.n_others:
        rows.append(("", bar.others_label(), number(bar.others, 4), "", ""))
    heads = ("rank", "feature", "importance", "± std error", "")
    return [
        plain(bar.title),
        "",
        *table(heads, rows, right=(0, 2)),
        "",
        plain(bar.provenance),
        *spent(importance.stats),
        *(f"warning: {plain(text)}" for text in importance.stats.warnings),
    ]


def spent(stats: Stats) -> list[str]:
    """Say what an explanation has cost, and when sampling ended if not all rows were seen."""
    model_rows = f"{stats.n_evaluations:,} model row{'s' * (stats.n_evaluations != 1)} evaluated"
    lines = [f"{model_rows}, {number(stats.seconds, 2)} s"]
    if stats.sampling is not None and stats.n_rows < stats.n_rows_given:
        lines.append(f"sampled rows: {plain(visible(stats.sampling.in_words))}")
    return lines


def row_lines(steps: Waterfall) -> list[str]:
    """Return one row's steps from the base value to the prediction, or a local model's values."""
    errors = [""] * len(steps.values)
    if steps.std_error is not None:
        errors = [f"± {error}" for error in numbers(steps.std_error, 2)]
    largest = float(abs(steps.values).max(initial=0.0))
    rows = [
        (elide(name, _NAME), cell or "", step, error, _signed_bar(value, largest))
        for name, cell, step, error, value in zip(
            steps.names,
            steps.cell_texts,
            numbers(steps.values, signed=True),
            errors,
            steps.values.tolist(),
            strict=True,
        )
    ]
    if steps.adds_up:
        rows.insert(0, ("base value", "", number(steps.base_value, 4), "", ""))
        rows.append((steps.end, "", number(steps.prediction, 4), "", ""))
    heads = ("feature", "value", "attribution", "± std error" if any(errors) else "", "")
    return [plain(steps.title), "", *table(heads, rows, right=(1, 2))]


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int]
) -> list[str]:
    """Align cells in columns; ``right`` are the columns aligned to the right."""
    widths = [max(columns_taken(row[j]) for row in (heads, *rows)) for j in range(len(heads))]
    used = [j for j, width in enumerate(widths) if width]

    def line(row: Sequence[str]) -> str:
        cells = []
        for j in used:
            pad = " " * (widths[j] - columns_taken(row[j]))
            cells.append(pad + row[j] if j in right else row[j] + pad)
        return "  ".join(cells).rstrip()

    return [line(heads), *(line(row) for row in rows)]


def _bar(value: float, largest: float) -> str:
    eighths = round(8 * _BAR * value / largest) if largest > 0 else 0
    if not _draws_blocks():
        return "#" * (eighths // 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def _signed_bar(value: float, largest: float) -> str:
    """Draw a bar to the left of a line for a lowering value, to the right for a raising one."""
    half = _BAR // 2
    cells = round(half * abs(value) / largest) if largest > 0 else 0
    block, line = ("█", "│") if _draws_blocks() else ("#", "|")
    drawn = block * cells
    return f"{'' if value > 0 else drawn:>{half}}{line}{drawn if value > 0 else ''}"


def _draws_blocks() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
