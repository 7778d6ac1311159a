"""The host that stays in a saved notebook: a page within the output of a cell, and a picture behind it.

The page stands in a frame of its own, which reaches nothing outside: no network, no cookies, not the
notebook around it. It needs no kernel. Where frames or scripts are forbidden, as in a notebook that is not
trusted, the picture is seen instead.
"""

import json
from dataclasses import replace
from html import escape
from typing import Final

import numpy as np

from pellucid.dashboard.file import document
from pellucid.dashboard.payload import Payload, make_payload
from pellucid.dashboard.picture import as_image
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.selection import choose_output
from pellucid.explanation.summary import summarize_global

MOST_ROWS: Final = 5_000
MOST_BYTES: Final = 1_000_000
_TRIED_ROWS: Final = 200
_TRIED_CELLS: Final = 400_000
_FEWEST_ROWS: Final = 20
_MOST_FEATURES_WITH_ROWS: Final = 1_000
_MOST_FEATURES: Final = 8_000
_BYTES_OF_A_LINE: Final = 14
"""What a notebook's file adds to each line of an output: quotes, a comma and the indentation."""

_HEIGHT: Final = 720
# What is behind the frame lends it its height where it is stripped off, and is covered by it where not.
# Notebooks mark their dark themes on the body, other pages by the system's setting.
_STYLE: Final = (
    ".pellucid-snapshot iframe{color-scheme:light dark}"
    'body[data-jp-theme-light="true"] .pellucid-snapshot iframe,'
    "body.vscode-light .pellucid-snapshot iframe,"
    "html.light .pellucid-snapshot iframe{color-scheme:light}"
    'body[data-jp-theme-light="false"] .pellucid-snapshot iframe,'
    "body.vscode-dark .pellucid-snapshot iframe,"
    "html.dark .pellucid-snapshot iframe{color-scheme:dark}"
)


def snapshot_html(result: Explanation | Importance) -> str | None:
    """Return a result as a dashboard for the output of a notebook's cell.

    Parameters
    ----------
    result : Explanation or Importance
        Of one row or more.

    Returns
    -------
    str or None
        A fragment of HTML that takes at most 1 MB of the notebook's file: as many rows as fit, at most
        5,000; if not all outputs fit, the one to begin with; None if nothing fits.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> snapshot_html(explainer.explain_local([[2.0, 3.0], [4.0, 5.0]]))[:30]
    '<div class="pellucid-snapshot"'
    """
    importance = result if isinstance(result, Importance) else result.importance()
    if importance.engineered is not None:
        # Engineered columns would take the room of rows.
        importance = replace(importance, engineered=None)
    if importance.num_features > _MOST_FEATURES:
        return None
    if importance.num_outputs > 1:
        rows = _rows_that_fit(importance)
        page = _fitting(importance, rows) if rows or importance.local is None else None
        if page is not None:
            return page
        importance = _one(importance)
    return _fitting(importance, _rows_that_fit(importance))


def _one(importance: Importance) -> Importance:
    """Return the output to begin with alone, which says that there are others."""
    if importance.local is not None and len(importance.local):
        j = choose_output(importance.local, None)
    else:
        j = int(importance.values.sum(axis=0).argmax())
    told = (
        f"one of {importance.num_outputs:,} outputs, which do not fit into a notebook together: "
        "output() shows another one, save_html all"
    )
    stats = replace(importance.stats, warnings=(*importance.stats.warnings, told))
    return replace(importance.output(j), stats=stats)


def _fitting(importance: Importance, rows: int | None) -> str | None:
    """Return the page with so many rows or, if they turn out not to fit, with fewer."""
    summary = summarize_global(importance)
    while rows is not None:
        payload = make_payload(importance, max_rows=max(1, rows), include_data=rows > 0)
        page = _in_frame(document(payload, within=True), as_image(summary), title=summary.title)
        excess = size_in_notebook(page) - MOST_BYTES
        if excess <= 0:
            return page
        rows = _fewer(rows, excess, _size_of_rows(payload))
    return None


def _fewer(rows: int, excess: float, taken: float) -> int | None:
    """Return how many rows to keep so that some of the bytes they take are saved."""
    if rows == 0:
        return None
    return max(0, min(rows - 1, int(rows * (0.98 - excess / taken))))


def _rows_that_fit(importance: Importance) -> int | None:
    """Estimate from a few rows how many fit; None if not even what is shown of all rows fits."""
    local = importance.local
    if local is None or not len(local) or local.num_features > _MOST_FEATURES_WITH_ROWS:
        return 0
    n, d, k = local.values.shape
    some = max(1, min(n, _TRIED_ROWS, _TRIED_CELLS // (d * k)))
    payload = make_payload(local[np.linspace(0, n - 1, some).astype(np.int64)])
    without = replace(payload, chunks=_chunks_of_all(payload))
    left = MOST_BYTES - size_in_notebook(_in_frame(document(without, within=True), ""))
    if left < 0:
        return None
    fitting = int(left / (_size_of_rows(payload) / some))
    return min(n, MOST_ROWS, fitting) if fitting >= min(n, _FEWEST_ROWS) else 0


def _chunks_of_all(payload: Payload) -> dict[str, bytes]:
    return {name: part for name, part in payload.chunks.items() if name.startswith("aggregates/")}


def _size_of_rows(payload: Payload) -> float:
    """Return the bytes that single rows take in a page."""
    all_of_them = sum(map(len, payload.chunks.values()))
    return 4 / 3 * (all_of_them - sum(map(len, _chunks_of_all(payload).values())))


def size_in_notebook(html: str) -> int:
    """Return the bytes that an output takes in a notebook's file."""
    return len(json.dumps(html, ensure_ascii=False).encode()) + _BYTES_OF_A_LINE * html.count("\n")


def _in_frame(page: str, behind: str, *, title: str = "") -> str:
    """Return a whole page in a frame, before something that is seen where there is no frame."""
    source = page.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        '<div class="pellucid-snapshot" style="position:relative;height:'
        f'{_HEIGHT}px;overflow:hidden;resize:vertical"><style>{_STYLE}</style>{behind}'
        f'<iframe title="{escape(title)}" sandbox="allow-scripts allow-downloads" '
        'style="position:absolute;left:0;top:0;width:100%;height:100%;border:0" '
        f'srcdoc="{source}"></iframe></div>'
    )
