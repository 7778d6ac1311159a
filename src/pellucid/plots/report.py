"""The report: one HTML file that says what matters, how, in which rows, and how sure that is.

The pictures are those of the other plots, drawn into the page as SVG beside the numbers they
show, so they stretch with the window, follow the reader's light or dark theme, and can be read
out. The page fetches nothing and runs nothing.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pellucid import __version__
from pellucid._core.errors import StorageError
from pellucid._core.typing import Floats, Integers
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.bar import Bar, headline, others_label
from pellucid.plots.beeswarm import Beeswarm
from pellucid.plots.marks import (
    axis_marks,
    bar_marks,
    end_marks,
    key_marks,
    step_marks,
    strip_marks,
)
from pellucid.plots.outputs import check_row, choose_output
from pellucid.plots.page import chart, chart_row, element, name, page, plain_table, prose, text
from pellucid.plots.palette import N_LEVELS
from pellucid.plots.waterfall import Waterfall
from pellucid.plots.wording import (
    elide,
    number,
    numbers,
    output_name,
    rows_explained,
    sentence,
    typeset,
    visible,
)

_GAP_MEANS = (
    "(largest relative difference between a prediction and what its explanation adds up to)"
)
_MOST_DOTS = 1000
_MOST_LISTED = 1000


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
        There is no such row or output, or ``top_k`` is not a positive integer.

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
    path = Path(path)
    if path.exists() and not overwrite:
        raise StorageError(f"{path} exists already; pass overwrite=True to replace it")
    heading = headline(importance) if title is None else visible(title)
    parts = [_opening(heading, importance, titled=title is not None), _overall(importance, top_k)]
    if importance.local is not None and len(importance.local.values):
        k = choose_output(importance.local, output)
        parts.append(_spread(importance.local, k, top_k))
        parts.append(_single_rows(importance.local, k, rows, top_k))
    parts.append(_provenance(importance))
    _write(path, page(heading, parts))
    return path


def _write(path: Path, document: str) -> None:
    """Write a file at once: a reader sees the old page or the new one, never half a page."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(document)
            Path(unfinished).replace(path)
        except BaseException:
            Path(unfinished).unlink()
            raise
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def _section(title: str, content: str) -> str:
    return element("section", f"\n{element('h2', prose(title))}\n{content}") + "\n"


def _opening(heading: str, importance: Importance, *, titled: bool) -> str:
    stats = importance.stats
    total = float(importance.overall.sum())
    first = min(3, len(importance.features))
    sentences = [f"{prose(headline(importance))}."] if titled else []
    if total > 0 and len(importance.features) > first:
        share = float(importance.overall[descending_rank(importance.overall)][:first].sum()) / total
        sentences.append(
            f"The first {first} of {len(importance.features):,} features carry {share:.0%} of all "
            "attribution."
        )
    kind = "Exact values" if stats.exact else "Estimates"
    sentences.append(f"{kind} for {rows_explained(stats)}, method: {text(stats.method)}.")
    return (
        element(
            "header", f"<h1>{prose(heading)}</h1>\n{element('p', ' '.join(sentences), of='lead')}"
        )
        + "\n"
    )


def _overall(importance: Importance, top_k: int) -> str:
    bar = Bar.from_importance(importance, top_k=top_k)
    scale = bar.scale()
    values, errors = numbers(bar.values), numbers(bar.std_error, 2)
    rows = [
        chart_row(
            name(elide(feature, 60)),
            bar_marks(float(bar.values[i]), float(bar.std_error[i]), scale),
            _with_error(values[i], errors[i]),
        )
        for i, feature in enumerate(bar.features)
    ]
    if bar.n_others:
        rows.append(chart_row(others_label(bar.n_others), "", number(bar.others), of="quiet"))
    drawn = chart(
        ("Feature", sentence(bar.axis_label), "Importance"),
        rows,
        axis_marks(scale),
        longest_label=_longest(bar.features),
    )
    caption = "Mean absolute attribution."
    if np.isfinite(bar.std_error).all():
        caption += (
            " After ± and as whiskers: one standard error, of the mean as an estimate for all "
            "rows like these."
        )
    figure = element("figure", drawn + _caption(caption))
    return _section(
        "What matters overall", figure + _all_features(importance) + _classes(importance)
    )


def _with_error(value: str, error: str) -> str:
    if error == "nan":
        return typeset(value)
    return f'{typeset(value)} <span class="error">± {typeset(error)}</span>'


def _all_features(importance: Importance) -> str:
    """List every feature, for reading and for copying."""
    order = descending_rank(importance.overall)[:_MOST_LISTED]
    values = numbers(importance.overall[order], 4)
    errors = numbers(importance.overall_std_error()[order], 2)
    rows = (
        (name(importance.features[j]), str(i + 1), typeset(values[i]), _known(errors[i]))
        for i, j in enumerate(order.tolist())
    )
    n = len(importance.features)
    title = (
        f"All {n:,} features"
        if n <= _MOST_LISTED
        else f"The first {_MOST_LISTED:,} of {n:,} features"
    )
    heads = ("Feature", "Rank", "Importance", "Standard error")
    return _folded(title, plain_table("", heads, rows))


def _known(error: str) -> str:
    return "unknown" if error == "nan" else typeset(error)


def _classes(importance: Importance) -> str:
    """List what matters most to each class, if there are more than two."""
    if importance.classes is None or len(importance.classes) < 3:
        return ""

    def rows() -> Iterator[tuple[str, ...]]:
        for k, class_name in enumerate(importance.classes or ()):
            order = descending_rank(importance.values[:, k])[:3]
            sizes = numbers(importance.values[order, k])
            first = "<br>".join(
                f"{name(elide(importance.features[j], 60))} {typeset(size)}"
                for j, size in zip(order.tolist(), sizes, strict=True)
            )
            yield name(elide(class_name, 60)), first

    heads = ("Class", "Most important features")
    return _folded(f"By class ({len(importance.classes)})", plain_table("", heads, rows()))


def _folded(title: str, content: str) -> str:
    return element("details", f"{element('summary', text(title))}\n{content}") + "\n"


def _spread(explanation: Explanation, k: int, top_k: int) -> str:
    swarm = Beeswarm.from_explanation(explanation, output=k, top_k=top_k)
    scale, levels, sizes = swarm.scale(), swarm.levels(), numbers(swarm.means())
    drawn = []
    for i, feature in enumerate(swarm.features):
        rows = _rows_to_draw(swarm.values[:, i])
        dots = strip_marks(swarm.values[rows, i], swarm.offsets[rows, i], levels[rows, i], scale)
        drawn.append(chart_row(name(elide(feature, 60)), dots, sizes[i]))
    n_rows = len(swarm.values)
    shown = f"all {n_rows:,}" if n_rows <= _MOST_DOTS else f"about {_MOST_DOTS:,} of {n_rows:,}"
    caption = [
        f"Each dot is a row; {shown} are drawn.",
        "Right of the line the feature raises the output, left of it it lowers it.",
    ]
    if swarm.is_colored:
        caption.append(f"Color is the feature's own value: low {key_marks(range(N_LEVELS))} high.")
        if (levels < 0).any():
            caption.append("Gray dots have no numeric value.")
    caption.append("The numbers are means of the absolute attribution over all rows.")
    heads = ("Feature", f"Change of the {swarm.output}", "Average size")
    longest = _longest(swarm.features)
    figure = chart(heads, drawn, axis_marks(scale), longest_label=longest, of="swarm")
    return _section(swarm.title, element("figure", figure + _caption(" ".join(caption))))


def _rows_to_draw(values: Floats) -> Integers:
    """Choose rows evenly, and always the two with the most extreme values."""
    if len(values) <= _MOST_DOTS:
        return np.arange(len(values), dtype=np.int64)
    even = np.linspace(0, len(values) - 1, _MOST_DOTS - 2).astype(np.int64)
    return np.union1d(even, [values.argmin(), values.argmax()])


def _longest(labels: Sequence[str]) -> int:
    return max(len(label) for label in labels)


def _caption(content: str) -> str:
    return element("figcaption", content)


def _single_rows(explanation: Explanation, k: int, rows: Sequence[int] | None, top_k: int) -> str:
    if rows is None:
        order = np.argsort(explanation.predictions[:, k], kind="stable").tolist()
        rows = list(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))
        choice = "The rows with the lowest, the median and the highest prediction. "
    else:
        rows = [check_row(explanation, row) for row in rows]
        choice = ""
    legend = (
        f"{choice if len(rows) == 3 else ''}Each step "
        '<span class="swatch raises"></span>raises or <span class="swatch lowers"></span>lowers '
        "the output, from what is expected of any row to the prediction for this one."
    )
    pictures = [_single_row(explanation, k, row, min(top_k, 10)) for row in rows]
    return _section("Single rows", element("p", legend) + "\n" + "".join(pictures))


def _single_row(explanation: Explanation, k: int, row: int, top_k: int) -> str:
    steps = Waterfall.from_explanation(explanation, row, output=k, top_k=top_k)
    scale = steps.scale()
    starts, ends = (places.tolist() for places in steps.spans())
    errors = [0.0] * len(ends) if steps.std_error is None else steps.std_error.tolist()
    drawn = [
        chart_row(
            "Base value",
            end_marks(steps.base_value, scale, first=True),
            typeset(number(steps.base_value)),
            of="total flow",
        )
    ]
    drawn += [
        chart_row(
            _step_label(steps.names[i], steps.cell_texts[i]),
            step_marks(starts[i], ends[i], errors[i], scale),
            text(note),
            of="flow",
        )
        for i, note in enumerate(steps.notes())
    ]
    drawn.append(
        chart_row(
            "Prediction",
            end_marks(steps.prediction, scale, first=False),
            typeset(number(steps.prediction)),
            of="total flow",
        )
    )
    heads = ("Feature and value", sentence(steps.output), "Attribution")
    longest = _longest(steps.labels)
    figure = chart(heads, drawn, axis_marks(scale), longest_label=longest)
    return f"{element('h3', prose(steps.title))}\n{element('figure', figure)}\n"


def _step_label(feature: str, value: str | None) -> str:
    if value is None:
        return name(elide(feature, 60))
    return f'{name(elide(feature, 60))} <span class="value">= {name(typeset(value))}</span>'


def _provenance(importance: Importance) -> str:
    stats = importance.stats
    facts = [
        ("Method", text(stats.method)),
        ("Values", "exact up to rounding" if stats.exact else "estimated"),
        ("Rows explained", f"{stats.n_rows:,} of {stats.n_rows_given:,}"),
        ("Background rows", f"{stats.n_background:,}" if stats.n_background else "none needed"),
        ("Explained output", text(f"{output_name(importance)} ({importance.output_space})")),
        ("Base value", _base_values(importance)),
        ("Model rows evaluated", f"{stats.n_evaluations:,}"),
        ("Efficiency gap", f"{typeset(number(stats.efficiency_gap, 2))} {_GAP_MEANS}"),
    ]
    if stats.largest_std_error is not None:
        largest = typeset(number(stats.largest_std_error, 2))
        facts.append(("Largest standard error", f"{largest} (of a single attribution)"))
    facts.append(("Time", f"{number(stats.seconds, 2)} s"))
    if stats.refused:
        reasons = [f"{text(method)}: {text(reason)}" for method, reason in stats.refused]
        facts.append(("Methods passed over", _items(reasons)))
    facts.append(("Warnings", _items([text(warning) for warning in stats.warnings]) or "none"))
    facts.append(("Written by", f"pellucid {__version__}"))
    listed = "".join(element("dt", term) + element("dd", said) + "\n" for term, said in facts)
    return _section("Where these numbers come from", element("dl", "\n" + listed))


def _base_values(importance: Importance) -> str:
    shown = [typeset(size) for size in numbers(importance.base_values[:6])]
    if importance.classes is not None:
        pairs = zip(importance.classes, shown, strict=False)
        shown = [f"{name(elide(label, 40))} {size}" for label, size in pairs]
    more = len(importance.base_values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _items(contents: Sequence[str]) -> str:
    return element("ul", "".join(element("li", item) for item in contents)) if contents else ""
