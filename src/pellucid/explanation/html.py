"""Results as HTML, for notebooks: self-contained, without scripts, at home on light and dark."""

from html import escape

from pellucid.explanation.summary import Bar, Chart, Summary

# Every rule is scoped by the class of the outermost element. Tables are drawn as grids, because
# notebooks bring styles of their own for real ones. Blue and orange are told apart by color-blind
# people too. Notebooks mark their dark themes on the body, other pages by the system's setting.
_STYLE = """
.pellucid-result { LIGHT color: var(--ink);
  background: var(--ground); border: 1px solid var(--line); border-radius: 6px;
  padding: 10px 14px; max-width: 620px; font: 13px/1.45 system-ui, sans-serif; overflow-x: auto; }
@media (prefers-color-scheme: dark) { .pellucid-result { DARK } }
body[data-jp-theme-light="false"] .pellucid-result, body.vscode-dark .pellucid-result,
  html[theme="dark"] .pellucid-result { DARK }
body[data-jp-theme-light="true"] .pellucid-result, body.vscode-light .pellucid-result,
  html[theme="light"] .pellucid-result { LIGHT }
.pellucid-result .title { font-weight: 600; }
.pellucid-result .facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px;
  margin-top: 4px; color: var(--faint); font-size: 12px; }
.pellucid-result .caption { margin: 10px 0 2px; color: var(--faint); }
.pellucid-result .row { display: grid; align-items: center; gap: 0 10px;
  grid-template-columns: minmax(0, 11em) minmax(0, 9.5em) 10em minmax(80px, 1fr); }
.pellucid-result .row.plain { grid-template-columns: minmax(0, 20.5em) 10em minmax(80px, 1fr); }
.pellucid-result .name, .pellucid-result .note { overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.pellucid-result .note, .pellucid-result .more { color: var(--faint); }
.pellucid-result .note, .pellucid-result .number { text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.pellucid-result .error { color: var(--faint); font-size: 11px; }
.pellucid-result .track { position: relative; height: 11px; }
.pellucid-result .axis { position: absolute; left: 50%; top: -4px; bottom: -4px;
  border-left: 1px solid var(--line); }
.pellucid-result .bar { position: absolute; top: 0; height: 100%; min-width: 1px;
  border-radius: 1px; }
.pellucid-result .flat { left: 0; background: var(--flat); }
.pellucid-result .up { left: 50%; background: var(--up); }
.pellucid-result .down { right: 50%; background: var(--down); }
.pellucid-result .whisker { position: absolute; top: 50%; height: 1px; margin-top: -1px;
  background: var(--ink); border: solid var(--ground); border-width: 1px 0; }
@media (max-width: 560px) {
  .pellucid-result .row { grid-template-columns: minmax(0, 1fr) 10em minmax(60px, 1fr); }
  .pellucid-result .row:not(.plain) .name { grid-column: 1 / -1; margin-top: 4px; }
  .pellucid-result .note { text-align: left; } }
@media (max-width: 440px) {
  .pellucid-result .row.plain { grid-template-columns: 10em minmax(60px, 1fr); }
  .pellucid-result .row .name { grid-column: 1 / -1; margin-top: 4px; } }
.pellucid-result .warning { margin-top: 6px; border-left: 3px solid var(--up); padding-left: 8px; }
"""
_LIGHT = """--ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --ground: #ffffff;
  --up: #c4570a; --down: #1f6fb8; --flat: #1f6fb8; color-scheme: light;"""
_DARK = """--ink: #e6edf3; --faint: #9aa4ae; --line: #3d444d; --ground: #15191f;
  --up: #f0924a; --down: #6cb2f5; --flat: #6cb2f5; color-scheme: dark;"""


def render(summary: Summary) -> str:
    """Draw a summary as an HTML fragment of small, fixed width.

    Every text in it is escaped; what a file or a column is called cannot become markup.
    """
    style = _STYLE.replace("LIGHT", _LIGHT).replace("DARK", _DARK).strip()
    parts = [
        f'<div class="pellucid-result"><style>{style}</style>',
        f'<div class="title">{escape(summary.title)}</div>',
        '<div class="facts">',
        *(f"<div>{escape(word)}</div><div>{escape(text)}</div>" for word, text in summary.facts),
        "</div>",
        *(_chart(chart) for chart in summary.charts),
        *(f'<div class="warning">{escape(text)}</div>' for text in summary.warnings),
        "</div>",
    ]
    return "\n".join(parts)


def _chart(chart: Chart) -> str:
    caption = escape(chart.caption)
    rows = "\n".join(_row(bar, chart) for bar in chart.bars)
    more = f'<div class="more">and {chart.n_left_out:,} more</div>' if chart.n_left_out else ""
    return (
        f'<div class="caption">{caption}</div>\n'
        f'<div role="table" aria-label="{caption}">\n{rows}\n</div>{more}'
    )


def _row(bar: Bar, chart: Chart) -> str:
    name, note = escape(bar.name), escape(bar.note)
    has_notes = any(other.note for other in chart.bars)
    noted = f'<div role="cell" class="note" title="{note}">{note}</div>' if has_notes else ""
    error = ""
    if bar.std_error is not None:
        error = f' <span class="error">± {chart.number(bar.std_error)}</span>'
    return (
        f'<div role="row" class="row{"" if has_notes else " plain"}">'
        f'<div role="rowheader" class="name" title="{name}">{name}</div>{noted}'
        f'<div role="cell" class="number">{chart.number(bar.value)}{error}</div>'
        f"{_track(bar, chart)}</div>"
    )


def _track(bar: Bar, chart: Chart) -> str:
    """Draw a bar from the left or from the middle, and a whisker of its standard error."""
    drawn = '<div class="axis"></div>' if chart.is_signed else ""
    share = bar.value / chart.reach if chart.reach > 0 else 0.0
    if share == share:  # noqa: PLR0124 - NaN differs from itself
        side = ("up" if share > 0 else "down") if chart.is_signed else "flat"
        width = abs(share) * (50 if chart.is_signed else 100)
        if share:
            drawn += f'<div class="bar {side}" style="width:{width:.2f}%"></div>'
        if bar.std_error:
            drawn += _whisker(share, bar.std_error / chart.reach, is_signed=chart.is_signed)
    return f'<div class="track" aria-hidden="true">{drawn}</div>'


def _whisker(share: float, error: float, *, is_signed: bool) -> str:
    """Draw a whisker on both sides of a bar's end; places are shares of the whole reach."""
    low, high = share - error, share + error
    if is_signed:
        low, high = (1 + low) / 2, (1 + high) / 2
    low = max(low, 0.0)
    return (
        f'<div class="whisker" style="left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%"></div>'
    )
