"""What the printed forms of a result say, apart from how they are drawn.

``text.py`` and ``html.py`` draw the same :class:`Summary`, so they can't tell different stories.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, get_args

import numpy as np

from pellucid._core.typing import Floats, LossSpace, MeasuredSpace
from pellucid.explanation.fidelity import Fidelity
from pellucid.explanation.given_rows import FeatureColumns, feature_columns
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import Stats

MOST_BARS = 10
MOST_BARS_OF_A_ROW = 5
MOST_NAMES = 5
LONGEST_TEXT = 80


@dataclass(frozen=True)
class Bar:
    """One feature: its name, its value in the explained row if there is one, and a number."""

    name: str
    note: str
    value: float
    std_error: float | None


@dataclass(frozen=True)
class Chart:
    """Some features, in order; ``n_left_out`` are not shown."""

    caption: str
    bars: tuple[Bar, ...]
    n_left_out: int
    is_signed: bool

    @property
    def largest(self) -> float:
        """Largest absolute value, the length of the longest bar."""
        return max((abs(bar.value) for bar in self.bars), default=0.0)

    @property
    def reach(self) -> float:
        """How far the longest bar or its whisker reaches."""
        return max((abs(bar.value) + (bar.std_error or 0.0) for bar in self.bars), default=0.0)

    def number(self, value: float) -> str:
        """Write a value with as many decimals as suit the chart's largest one."""
        if not 1e-4 <= self.largest < 1e6:
            return f"{value:.3g}"
        decimals = max(0, 3 - math.floor(math.log10(self.largest)))
        return f"{value:.{decimals}f}"


@dataclass(frozen=True)
class Summary:
    """A title, facts as pairs of word and text, charts, and warnings."""

    title: str
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    warnings: tuple[str, ...]


def summarize_local(explanation: Explanation, *, n_rows_shown: int) -> Summary:
    """Summarize an explanation: a single row by itself, many by their mean and the first rows."""
    n = len(explanation)
    title = f"Explanation of {counted(n, 'row')}: {shape_of(explanation)}"
    table = _first_rows(explanation, max(1, n_rows_shown))
    if n == 1:
        charts = [_row_chart(explanation, 0, table, MOST_BARS)]
    elif n == 0:
        charts = []
    else:
        found = explanation.importance()
        charts = [overall_chart(found.features, found.overall, found.overall_std_error())]
        charts += [
            _row_chart(explanation, i, table, MOST_BARS_OF_A_ROW)
            for i in range(min(n, n_rows_shown))
        ]
    facts = (*run_facts(explanation.stats), *_engineered_fact(explanation.engineered))
    return Summary(title, facts, tuple(charts), printables(explanation.stats.warnings))


def summarize_global(importance: Importance) -> Summary:
    """Summarize an importance."""
    title = f"Importance over {counted(importance.num_examples, 'row')}: {shape_of(importance)}"
    caption = "mean |attribution|"
    if importance.metric is not None:
        caption = f"how much worse {printable(importance.metric)} gets when the feature is shuffled"
    chart = overall_chart(
        importance.features, importance.overall, importance.overall_std_error(), caption
    )
    stats = importance.stats
    facts = (*run_facts(stats), *_engineered_fact(importance.engineered))
    return Summary(title, facts, (chart,), printables(stats.warnings))


def _engineered_fact(view: Explanation | Importance | None) -> tuple[tuple[str, str], ...]:
    if view is None:
        return ()
    return (("engineered", f"{counted(view.num_features, 'column')}, as .engineered"),)


def printable(text: str, longest: int = LONGEST_TEXT) -> str:
    r"""Return text without line breaks and control characters, and not too long.

    Examples
    --------
    >>> printable("a\x1b[31m\nb"), printable("abcdef", 4)
    ('a\\x1b[31m\\nb', 'abc…')
    """
    shown = "".join(
        letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[: longest + 1]
    )
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def printables(texts: Sequence[str]) -> tuple[str, ...]:
    """Return long texts in printable form."""
    return tuple(printable(text, 400) for text in texts)


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


class _Result(Protocol):
    """What all results tell of their shape."""

    @property
    def classes(self) -> tuple[str, ...] | None: ...
    @property
    def output_space(self) -> MeasuredSpace: ...
    @property
    def num_features(self) -> int: ...
    @property
    def num_outputs(self) -> int: ...


def shape_of(result: _Result) -> str:
    """Return the numbers of features and outputs, and the units, in words."""
    if result.classes is not None:
        shown = [printable(name) for name in result.classes[:MOST_NAMES]]
        more = ["…"] if len(result.classes) > MOST_NAMES else []
        kind = counted(len(result.classes), "class", "classes")
        outputs = f"{kind} ({', '.join(shown + more)})"
    else:
        outputs = counted(result.num_outputs, "output")
    is_engineered = getattr(result, "is_engineered", False)
    features = counted(result.num_features, "engineered column" if is_engineered else "feature")
    return f"{features}, {outputs}, in {_UNITS[result.output_space]}"


_UNITS = {
    "raw": "the model's raw units",
    "probability": "units of probability",
    "value": "units of the prediction",
    "log-loss": "units of log-loss",
    "squared error": "units of squared error",
    "metric": "units of the metric",
}


def run_facts(stats: Stats) -> tuple[tuple[str, str], ...]:
    """Return how a result came about, as pairs of word and text."""
    facts = [("method", f"{printable(stats.method)}; {stats.exactness}")]
    if stats.n_rows_given > stats.n_rows:
        facts.append(("rows", f"{stats.n_rows:,}, sampled from {stats.n_rows_given:,}"))
    if stats.sampling is not None:
        facts.append(("sampling", printable(stats.sampling.in_words, 400)))
    if stats.n_background:
        facts.append(
            ("background", counted(stats.n_background, "reference row") + part_used(stats))
        )
    if stats.local_r2 is None or stats.local_gap is None:
        if stats.efficiency_gap is not None:
            gap = f"{stats.efficiency_gap:.2g} of the largest prediction"
            facts.append(("efficiency gap", gap))
    else:
        facts.append(("local models", f"R2 at least {min(stats.local_r2):.3f}"))
        facts.append(("local gap", f"{stats.local_gap:.2g} of the largest prediction"))
    if stats.fidelity is not None:
        facts.append(("fidelity", fidelity_in_words(stats.fidelity)))
    if stats.largest_std_error is not None:
        facts.append(("largest std error", f"{stats.largest_std_error:.2g}{relative_error(stats)}"))
    cost = f"{counted(stats.n_evaluations, 'model row')} evaluated, {stats.seconds:.2g} s"
    facts.append(("cost", cost))
    facts += [
        ("passed over", f"{printable(method)}: {printable(reason, 400)}")
        for method, reason in stats.refused
    ]
    return tuple(facts)


def part_used(stats: Stats) -> str:
    """Return how many of the reference rows were used, to be appended to their number."""
    if stats.reference_use is None or stats.reference_use.n_references >= stats.n_background:
        return ""
    return f", {stats.reference_use.n_references:,} of them or more for each row"


def relative_error(stats: Stats) -> str:
    """Return how large a row's standard errors are beside its values, to be appended to them."""
    if stats.reference_use is None:
        return ""
    share = stats.reference_use.relative_std_error
    return f"; over a row up to {share:.2g} of its values"


def fidelity_in_words(fidelity: Fidelity) -> str:
    """Return how closely a surrogate follows the model, in one line."""
    parts = [f"R² {fidelity.overall_r2:.3f} on {counted(fidelity.n_rows, 'held-out row')}"]
    if not math.isnan(fidelity.r2_hybrids):
        parts.append(f"{fidelity.r2_hybrids:.3f} on hybrid rows")
    if fidelity.agreement_overall is not None:
        parts.append(f"same class for {fidelity.agreement_overall:.1%}")
    return f"{', '.join(parts)}: {fidelity.verdict}"


def overall_chart(
    features: Sequence[str],
    means: Floats,
    errors: Floats | None,
    caption: str = "mean |attribution|",
) -> Chart:
    """Return the largest means, shape (d,), as a chart."""
    shown = np.argsort(-means, kind="stable")[:MOST_BARS]
    bars = tuple(Bar(printable(features[j]), "", float(means[j]), known(errors, j)) for j in shown)
    is_signed = any(bar.value < 0 for bar in bars)
    return Chart(caption, bars, len(features) - len(bars), is_signed=is_signed)


def known(errors: Floats | None, j: int) -> float | None:
    """Return a standard error, or None if there is none."""
    return None if errors is None or math.isnan(errors[j]) else float(errors[j])


def _row_chart(
    explanation: Explanation, i: int, columns: FeatureColumns | None, most: int
) -> Chart:
    predictions = explanation.predictions[i]
    k = int(np.argmax(predictions)) if explanation.classes is not None else 0
    values = explanation.values[i, :, k]
    errors = None if explanation.std_error is None else explanation.std_error[i, :, k]
    shown = np.argsort(-np.abs(values), kind="stable")[:most]
    bars = tuple(
        Bar(
            printable(explanation.features[j]),
            _cell(columns, int(j), i),
            float(values[j]),
            known(errors, j),
        )
        for j in shown
    )
    base = explanation.base_values[i, k]
    caption = f"row {i}, {_output_name(explanation, k)}: {base:.4g} → {predictions[k]:.4g}"
    return Chart(caption, bars, len(values) - len(bars), is_signed=True)


def _output_name(explanation: Explanation, k: int) -> str:
    if explanation.classes is not None:
        return printable(explanation.classes[k])
    if explanation.output_space in get_args(LossSpace):
        return explanation.output_space
    return "prediction" if explanation.num_outputs == 1 else f"output {k}"


def _first_rows(explanation: Explanation, n_rows: int) -> FeatureColumns | None:
    if not len(explanation):
        return None
    return feature_columns(explanation[:n_rows].data, explanation.features, explanation.players)


def _cell(columns: FeatureColumns | None, j: int, i: int) -> str:
    column = None if columns is None else columns.column(j)
    if column is None:
        return ""
    cell = column[i]
    if isinstance(cell, (float, np.floating)):
        return f"{cell:.4g}"
    return printable(str(cell), 24)
