"""The report's pictures: overall importance, how values act, and single rows."""

from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np

from pellucid._core.typing import Floats, Integers, LossSpace
from pellucid.explanation.fidelity import Fidelity
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.bar import Bar
from pellucid.plots.beeswarm import Beeswarm
from pellucid.plots.marks import (
    axis_marks,
    bar_marks,
    end_marks,
    key_marks,
    step_marks,
    strip_marks,
)
from pellucid.plots.outputs import check_row
from pellucid.plots.page import (
    chart,
    chart_row,
    element,
    name,
    plain_table,
    prose,
    section,
    text,
)
from pellucid.plots.palette import N_LEVELS
from pellucid.plots.scale import Scale
from pellucid.plots.waterfall import Waterfall
from pellucid.plots.wording import elide, number, numbers, sentence, typeset

_MOST_DOTS = 1000
_MOST_LISTED = 1000
_WHAT_ENGINEERED_COLUMNS_ARE = (
    "These are the columns that transformations make of the raw ones, each explained as a feature "
    "of its own. What a raw column is worth need not be the sum of its columns."
)


def overall(importance: Importance, top_k: int) -> str:
    """Show the most important features as bars, and list all of them."""
    bar = Bar.from_importance(importance, top_k=top_k)
    scale = bar.scale()
    values, errors = numbers(bar.values), numbers(bar.std_error, 2)
    low, high = bar.whiskers()
    rows = [
        chart_row(
            name(elide(feature, 60)),
            bar_marks(float(bar.values[i]), float(low[i]), float(high[i]), scale),
            _with_error(values[i], errors[i]),
        )
        for i, feature in enumerate(bar.features)
    ]
    if bar.n_others:
        rows.append(chart_row(bar.others_label(), "", number(bar.others), of="quiet"))
    drawn = chart(
        ("Feature", sentence(bar.axis_label), "Importance"),
        rows,
        axis_marks(scale),
        longest_label=_longest([*bar.features, bar.others_label()]),
    )
    caption = f"{sentence(bar.axis_label)}."
    if bar.metric is None:
        caption = "Mean absolute attribution."
    if np.isfinite(bar.std_error).all():
        caption += (
            " After ± and as whiskers: one standard error, of the mean as an estimate for all "
            "rows like these."
        )
    figure = element("figure", drawn + _caption(caption))
    title = "What matters overall"
    if importance.is_engineered:
        title = "In engineered columns"
        figure += element("p", _WHAT_ENGINEERED_COLUMNS_ARE, of="note")
    return section(title, figure + _all_features(importance) + _classes(importance))


def _with_error(value: str, error: str) -> str:
    if error == "nan":
        return typeset(value)
    return f'{typeset(value)} <span class="error">± {typeset(error)}</span>'


def _all_features(importance: Importance) -> str:
    """List every feature, for reading and for copying."""
    order = descending_rank(importance.overall)[:_MOST_LISTED]
    values = numbers(importance.overall[order], 4)
    errors = [number(error, 2) for error in importance.overall_std_error()[order].tolist()]
    rows = (
        (_ranked(i + 1, importance.features[j]), typeset(values[i]), _known(errors[i]))
        for i, j in enumerate(order.tolist())
    )
    n = len(importance.features)
    title = f"All features ({n:,})"
    if n > _MOST_LISTED:
        title = f"The first {_MOST_LISTED:,} of {n:,} features"
    heads = ("Feature", "Importance", "Standard error")
    return _folded(title, plain_table("", heads, rows))


def _ranked(rank: int, feature: str) -> str:
    return f'<span class="rank">{rank}</span> {name(feature)}'


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


def surrogate(importance: Importance) -> str:
    """Tell how closely the surrogate that was explained follows the model; empty if there is none.

    The local explanation, where it was kept, adds what the surrogate misses of the rows explained.
    """
    fidelity = importance.stats.fidelity
    if fidelity is None:
        return ""
    outputs = importance.classes or tuple(f"output {k}" for k in range(len(fidelity.r2)))
    if len(fidelity.r2) == 1:
        outputs = (importance.classes or ("the prediction",))[:1]
    missed = None if importance.local is None else np.abs(importance.local.residuals)
    heads = ["Output", "R²", "Mean absolute error"]
    columns = [[name(elide(output, 60)) for output in outputs]]
    columns += [[typeset(number(each)) for each in fidelity.r2]]
    columns += [[typeset(number(each)) for each in fidelity.mean_absolute_error]]
    if fidelity.agreement is not None:
        heads.append("Same class predicted")
        columns.append(
            ["unknown" if np.isnan(each) else f"{each:.1%}" for each in fidelity.agreement]
        )
    if missed is not None and len(missed):
        heads.append("Mean residual of the rows explained")
        columns.append([typeset(size) for size in numbers(missed.mean(axis=0))])
    table = plain_table("", heads, zip(*columns, strict=True))
    return section(
        "How well the surrogate follows the model",
        element("p", _fidelity_sentences(fidelity)) + "\n" + table,
    )


def _fidelity_sentences(fidelity: Fidelity) -> str:
    sentences = [
        f"The values are those of a surrogate: {text(fidelity.surrogate)}.",
        f"On {fidelity.n_rows:,} rows that it was not taught, R² is "
        f"{typeset(number(fidelity.overall_r2))}"
        + (
            ""
            if np.isnan(fidelity.r2_hybrids)
            else f", on hybrids of them {typeset(number(fidelity.r2_hybrids))}"
        )
        + f": {text(fidelity.verdict)}.",
        f"In the worst tenth of the rows it is off by {number(fidelity.worst_tenth)} on average.",
    ]
    worst = fidelity.worst_segment
    if worst is not None:
        sentences.append(
            f"It is worst where {prose(worst.rule)} ({worst.n_rows:,} rows), off by "
            f"{number(worst.mean_absolute_error)} on average."
        )
    return " ".join(sentences)


def _folded(title: str, content: str) -> str:
    return element("details", f"{element('summary', text(title))}\n{content}") + "\n"


def spread(explanation: Explanation, k: int, top_k: int) -> str:
    """Show how the attributions to output k are spread over the rows."""
    swarm = Beeswarm.from_explanation(explanation, output=k, top_k=top_k)
    scale, levels = swarm.scale(), swarm.levels()
    sizes, errors = numbers(swarm.importance), numbers(swarm.std_error, 2)
    drawn = []
    for i, feature in enumerate(swarm.features):
        rows = _rows_to_draw(swarm.values[:, i])
        dots = strip_marks(swarm.values[rows, i], swarm.offsets[rows, i], levels[rows, i], scale)
        drawn.append(chart_row(name(elide(feature, 60)), dots, _with_error(sizes[i], errors[i])))
    n_rows = len(swarm.values)
    shown = f"{n_rows:,}" if n_rows <= _MOST_DOTS else f"about {_MOST_DOTS:,}"
    caption = [
        f"Each dot is a row; {shown} of {n_rows:,} drawn.",
        "Right of the line the feature raises the output, left of it it lowers it.",
    ]
    if swarm.is_colored:
        caption.append(f"Color is the feature's own value: low {key_marks(range(N_LEVELS))} high.")
        if (levels < 0).any():
            caption.append("Gray dots have no numeric value.")
    caption.append("The numbers are means of the absolute attribution over all rows.")
    if n_rows > 1:
        caption.append("After ±: their standard error.")
    heads = ("Feature", f"Change of the {swarm.output}", "Average size")
    longest = _longest(swarm.features)
    figure = chart(heads, drawn, axis_marks(scale), longest_label=longest, of="swarm")
    return section(swarm.title, element("figure", figure + _caption(" ".join(caption))))


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


def single_rows(explanation: Explanation, k: int, rows: Sequence[int] | None, top_k: int) -> str:
    """Show how single rows get to their prediction of output k."""
    is_loss = explanation.output_space in get_args(LossSpace)
    end, of = (explanation.output_space, "of") if is_loss else ("prediction", "for")
    if rows is None:
        order = np.argsort(explanation.predictions[:, k], kind="stable").tolist()
        rows = list(dict.fromkeys((order[0], order[len(order) // 2], order[-1])))
        choice = f"The rows with the lowest, the median and the highest {end}. "
    else:
        rows = [check_row(explanation, row) for row in rows]
        choice = ""
    legend = (
        f"{choice if len(rows) == 3 else ''}Each step "
        '<span class="swatch raises"></span>raises or <span class="swatch lowers"></span>lowers '
        f"the output, from what is expected of any row to the {end} {of} this one."
    )
    if explanation.local_r2 is not None:
        legend = (
            f"{choice if len(rows) == 3 else ''}What each feature "
            '<span class="swatch raises"></span>adds or <span class="swatch lowers"></span>takes '
            "away in the local model around a row. These values do not add up to the prediction."
        )
    if explanation.std_error is not None:
        legend += " Whiskers, and what follows ±: one standard error of the step."
    pictures = [_single_row(explanation, k, row, min(top_k, 10)) for row in rows]
    return section("Single rows", element("p", legend) + "\n" + "".join(pictures))


def _single_row(explanation: Explanation, k: int, row: int, top_k: int) -> str:
    steps = Waterfall.from_explanation(explanation, row, output=k, top_k=top_k)
    scale = steps.scale()
    starts, ends = (places.tolist() for places in steps.spans())
    errors = [0.0] * len(ends) if steps.std_error is None else steps.std_error.tolist()
    drawn = [
        chart_row(
            _step_label(steps.names[i], steps.cell_texts[i]),
            step_marks(starts[i], ends[i], errors[i], scale),
            text(note),
            of="flow",
        )
        for i, note in enumerate(steps.notes())
    ]
    if steps.adds_up:
        drawn.insert(0, _end_row("Base value", steps.base_value, scale, first=True))
        drawn.append(_end_row(sentence(steps.end), steps.prediction, scale, first=False))
    heads = ("Feature and value", sentence(steps.output), "Attribution")
    longest = _longest(steps.labels)
    figure = chart(heads, drawn, axis_marks(scale), longest_label=longest)
    return f"{element('h3', prose(steps.title))}\n{element('figure', figure)}\n"


def _end_row(label: str, value: float, scale: Scale, *, first: bool) -> str:
    marks = end_marks(value, scale, first=first)
    return chart_row(label, marks, typeset(number(value)), of="total flow")


def _step_label(feature: str, value: str | None) -> str:
    if value is None:
        return name(elide(feature, 60))
    return f'{name(elide(feature, 60))} <span class="value">= {name(typeset(value))}</span>'
