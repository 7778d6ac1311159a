"""The report: one HTML file that says what matters, how, in which rows, and how sure that is.

The pictures are those of the other plots, drawn into the page as SVG beside the numbers they
show, so they stretch with the window, follow the reader's light or dark theme, and can be read
out. The page fetches nothing and runs nothing.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pellucid._core.files import check_free, write_whole
from pellucid.explanation.importance import Importance
from pellucid.explanation.ranking import descending_rank
from pellucid.explanation.selection import choose_output
from pellucid.explanation.summary import part_used
from pellucid.plots.bar import headline
from pellucid.plots.outputs import check_importance
from pellucid.plots.page import element, name, page, prose, section, text
from pellucid.plots.report_sections import overall, single_rows, spread, surrogate
from pellucid.plots.wording import (
    elide,
    number,
    numbers,
    output_name,
    rows_explained,
    typeset,
    visible,
)

_GAP_MEANS = (
    "(largest difference between a prediction and what its explanation adds up to, as a share of "
    "the largest prediction)"
)


def write_report(
    importance: Importance,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    rows: Sequence[int] | None = None,
    output: str | int | None = None,
    top_k: int = 15,
    overwrite: bool = False,
) -> Path:
    """Write an explanation as one self-contained HTML page.

    Parameters
    ----------
    importance : Importance
        What to report. Pictures of single rows need the local explanation that
        ``explain_global`` keeps unless told otherwise.
    path : str or path-like
        File to write.
    title : str, optional
        Heading; by default what matters most.
    rows : sequence of int, optional
        Rows to show one by one; by default those with the lowest, the median and the highest
        prediction.
    output : str or int, optional
        Class name or number of the output whose rows are shown; by default the only output, the
        second of two classes, or the class predicted for most rows.
    top_k : int
        Features in a picture; all of them are listed in a table.
    overwrite : bool
        Whether to replace a file that is there already.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    StorageError
        The file exists, or cannot be written.
    InvalidInputError
        This is no importance, there is no such row or output, or ``top_k`` is not a positive
        integer.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pellucid.explanation.stats import Stats
    >>> importance = Importance(
    ...     values=np.array([[0.1], [0.4]]), overall=np.array([0.1, 0.4]),
    ...     std_error=np.array([[0.01], [0.02]]), base_values=np.zeros(1),
    ...     features=("age", "hours"), classes=None, task="regression",
    ...     output_space="value", stats=Stats("tree", n_rows=9, n_rows_given=9),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(importance, f"{folder}/report.html")
    ...     "hours matters most" in path.read_text(encoding="utf-8")
    True
    """
    check_importance(importance)
    path = Path(path)
    check_free(path, overwrite=overwrite)
    heading = headline(importance) if title is None else visible(title)
    parts = [
        _opening(heading, importance, titled=title is not None),
        overall(importance, top_k),
        surrogate(importance),
    ]
    if importance.local is not None and len(importance.local.values):
        k = choose_output(importance.local, output)
        parts.append(spread(importance.local, k, top_k))
        parts.append(single_rows(importance.local, k, rows, top_k))
    if importance.engineered is not None:
        parts.append(overall(importance.engineered, top_k))
    parts.append(_provenance(importance))
    write_whole(path, page(heading, parts), overwrite=overwrite)
    return path


def _opening(heading: str, importance: Importance, *, titled: bool) -> str:
    stats = importance.stats
    total = float(importance.overall.sum())
    first = min(3, len(importance.features))
    sentences = [f"{prose(headline(importance))}."] if titled else []
    if importance.metric is None and total > 0 and len(importance.features) > first:
        share = float(importance.overall[descending_rank(importance.overall)][:first].sum()) / total
        sentences.append(
            f"The first {first} of {len(importance.features):,} features carry {share:.0%} of all "
            "attribution."
        )
    sentences.append(
        f"{stats.exactness.capitalize()} values for {rows_explained(stats)}, method: {text(stats.method)}."
    )
    return (
        element(
            "header", f"<h1>{prose(heading)}</h1>\n{element('p', ' '.join(sentences), of='lead')}"
        )
        + "\n"
    )


def _explained_output(importance: Importance) -> str:
    name, space = output_name(importance), importance.output_space
    return text(name if name == space else f"{name} ({space})")


def _provenance(importance: Importance) -> str:
    stats = importance.stats
    facts = [
        ("Method", text(stats.method)),
        ("Values", "exact up to rounding" if stats.exact else stats.exactness),
        ("Rows explained", f"{stats.n_rows:,} of {stats.n_rows_given:,}"),
        (
            "Background rows",
            f"{stats.n_background:,}{part_used(stats)}" if stats.n_background else "none needed",
        ),
        *([("Sampling", text(stats.sampling.in_words))] if stats.sampling else []),
        ("Explained output", _explained_output(importance)),
        (
            "Base value" if importance.metric is None else "The model's metric",
            _base_values(importance),
        ),
        ("Model rows evaluated", f"{stats.n_evaluations:,}"),
    ]
    if stats.local_r2 is not None:
        facts.append(("R2 of local models", f"{number(min(stats.local_r2), 2)} at least"))
    elif stats.efficiency_gap is not None:
        gap = typeset(number(stats.efficiency_gap, 2))
        facts.append(("Efficiency gap", f"{gap} {_GAP_MEANS}"))
    if stats.largest_std_error is not None:
        largest = typeset(number(stats.largest_std_error, 2))
        facts.append(("Largest standard error", f"{largest} (of a single attribution)"))
    if stats.settings:
        settings = [f"{text(word)}: {text(value)}" for word, value in stats.settings]
        facts.append(("Settings", _items(settings)))
    facts.append(("Time", f"{number(stats.seconds, 2)} s"))
    if stats.refused:
        reasons = [f"{text(method)}: {text(reason)}" for method, reason in stats.refused]
        facts.append(("Methods passed over", _items(reasons)))
    facts.append(("Warnings", _items([text(warning) for warning in stats.warnings]) or "none"))
    facts.append(("Page written by", f"pellucid {version('pellucid')}"))
    listed = "".join(element("dt", term) + element("dd", said) + "\n" for term, said in facts)
    return section("Where these numbers come from", element("dl", "\n" + listed))


def _base_values(importance: Importance) -> str:
    shown = [typeset(size) for size in numbers(importance.base_values[:6])]
    if importance.classes is not None:
        pairs = zip(importance.classes, shown, strict=False)
        shown = [f"{name(elide(label, 40))} {size}" for label, size in pairs]
    more = len(importance.base_values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _items(contents: Sequence[str]) -> str:
    return element("ul", "".join(element("li", item) for item in contents)) if contents else ""
