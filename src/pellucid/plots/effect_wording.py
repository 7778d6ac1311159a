"""What the picture of an effect says."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from pellucid._core.typing import Floats
from pellucid.explanation.effect import Effect
from pellucid.plots.wording import (
    cell,
    noun_of,
    numbers,
    quoted,
    rows_explained,
    sentence,
    typeset,
)


def noun_of_output(effect: Effect, k: int) -> str:
    """Return what an output is called."""
    noun = noun_of(effect.output_space, effect.task)
    if effect.classes is not None:
        return f"{noun} of {quoted(effect.classes[k], kind='class')}"
    return f"{noun} {k}" if effect.num_outputs > 1 else noun


def axis_label(effect: Effect, noun: str) -> str:
    """Return what the height of the curve says."""
    if effect.kind == "accumulated local effects":
        return f"effect on the {noun}, around its mean"
    return f"change of the mean {noun}" if effect.centered else f"mean {noun}"


def are_dates(points: Sequence[Any]) -> bool:
    """Return whether all points but missing ones are dates or times."""
    present = [point for point in points if point is not None]
    return bool(present) and all(isinstance(point, date) for point in present)


def level(point: Any) -> str:
    """Write a level."""
    return point.isoformat()[:10] if isinstance(point, date) else cell(point)


def title(
    effect: Effect, values: Floats, points: Sequence[Any], *, is_line: bool, noun: str
) -> str:
    """Say how the output changes, as far as one sentence can."""
    name = quoted(effect.feature, kind="feature")
    spread = float(np.ptp(values)) if len(values) else 0.0
    if not spread > 0:
        return f"{sentence(f'the {noun}')} does not change with {name}"
    low, high, by = (typeset(text) for text in numbers([values.min(), values.max(), spread]))
    is_change = effect.centered
    if not is_line:
        present = [point for point in points if point is not None]
        top = quoted(level(present[int(values.argmax())]), kind="level")
        return f"{sentence(f'the {noun}')} is highest where {name} is {top}"
    steps = np.diff(values)
    up, down = float(steps[steps > 0].sum()), -float(steps[steps < 0].sum())
    if down <= 0.05 * up:
        amount = f"by {by}" if is_change else f"from {low} to {high}"
        return f"{sentence(f'the {noun}')} rises with {name}, {amount}"
    if up <= 0.05 * down:
        amount = f"by {by}" if is_change else f"from {high} to {low}"
        return f"{sentence(f'the {noun}')} falls with {name}, {amount}"
    if is_change:
        return f"{sentence(f'the {noun}')} moves by up to {by} with {name}"
    return f"{sentence(f'the {noun}')} moves between {low} and {high} with {name}"


def _share_of(effect: Effect, n_curves: int) -> str:
    n = 0 if effect.ice is None else len(effect.ice)
    return "" if n_curves == n else f", {n_curves:,} of all {n:,}"


def subtitle(effect: Effect, n_curves: int, *, is_line: bool) -> str:
    """Say what the picture shows, and what its marks are."""
    kind, rows = sentence(effect.kind), rows_explained(effect.stats)
    errors = "band" if is_line else "whiskers"
    said = f"{kind} over {rows}; {errors}: one standard error either way."
    if not np.isfinite(effect.std_error).all():
        said = f"{kind} over {rows}; too few rows for some standard errors."
    if n_curves:
        mark = "thin line" if is_line else "small dot"
        said += f" Each {mark} is a row{_share_of(effect, n_curves)}."
    if is_line and effect.quantiles is not None:
        said += " Strokes at the foot are percentiles of the feature."
    return said
