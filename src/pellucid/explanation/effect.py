"""``Effect``: how a model's output changes with one feature."""

from collections.abc import Hashable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid._core.validation import check_choice
from pellucid.data.table import positional_names
from pellucid.explanation.fields import checked_names, frozen_floats, same_floats
from pellucid.explanation.stats import Stats

if TYPE_CHECKING:
    import pandas as pd

EffectKind: TypeAlias = Literal["partial dependence", "accumulated local effects"]

_MOST_POINTS = 10


@final
@dataclass(frozen=True, eq=False, repr=False)
class Effect:
    """How a model's k outputs change with one feature, at g points.

    Attributes
    ----------
    kind : {"partial dependence", "accumulated local effects"}
    feature : str
    grid : tuple of g values
        Values of the feature as they are in the data: numbers in ascending order, dates, or
        levels in an order that suits the method. None, at the end, stands for missing values.
    values : ndarray of float64, shape (g, k)
        The effect, in units of the output.
    std_error : ndarray of float64, shape (g, k)
        Its standard error as an estimate for the population that the rows come from, with the
        model as it is; NaN where there is one row only.
    counts : ndarray of int64, shape (g,)
        Rows that are nearest to each point: those of a level, or those in whose interval, which
        ends at the point, the number lies.
    quantiles : ndarray of float64, shape (101,), or None
        Percentiles of the feature's numbers; None for levels and dates.
    base_values : ndarray of float64, shape (k,)
        Mean prediction for the rows.
    centered : bool
        Whether the effect is a difference: of accumulated local effects from their mean; of
        partial dependence from the first point.
    classes : tuple of str or None
    task : {"classification", "regression", "outlier detection"}
    output_space : {"raw", "probability", "value"}
    stats : Stats
    ice : ndarray of float64, shape (n, g, k), or None
        The curve of each row, of which partial dependence is the mean, if it was kept.

    Raises
    ------
    InvalidInputError
        The fields do not fit each other; the message names the first that does not.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import partial_dependence
    >>> X = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    >>> effect = partial_dependence(lambda rows: rows[:, 0] ** 2 + rows[:, 1], X, 0)
    >>> effect.grid, effect.values[:, 0]
    ((1.0, 2.0, 3.0), array([ 3.,  6., 11.]))
    """

    kind: EffectKind
    feature: str
    grid: tuple[Hashable, ...]
    values: Floats
    std_error: Floats
    counts: Integers
    quantiles: Floats | None
    base_values: Floats
    centered: bool
    classes: tuple[str, ...] | None
    task: Task
    output_space: OutputSpace
    stats: Stats
    ice: Floats | None = None

    def __post_init__(self) -> None:
        settle = object.__setattr__  # the one moment in which a frozen object may still be written
        check_choice("kind", self.kind, get_args(EffectKind))
        settle(self, "grid", tuple(self.grid))
        settle(self, "values", frozen_floats("values", self.values, 2))
        g, k = self.values.shape
        if len(self.grid) != g:
            raise InvalidInputError(f"grid has {len(self.grid)} points; {g} are needed")
        settle(self, "std_error", frozen_floats("std_error", self.std_error, (g, k)))
        settle(self, "base_values", frozen_floats("base_values", self.base_values, (k,)))
        counts = np.array(self.counts, dtype=np.int64)
        if counts.shape != (g,):
            raise InvalidInputError(f"counts has shape {counts.shape}; {(g,)} is needed")
        counts.flags.writeable = False
        settle(self, "counts", counts)
        if self.quantiles is not None:
            settle(self, "quantiles", frozen_floats("quantiles", self.quantiles, 1))
        if self.ice is not None:
            settle(self, "ice", frozen_floats("ice", self.ice, 3))
            if self.ice.shape[1:] != (g, k):
                raise InvalidInputError(f"ice has shape {self.ice.shape}; (n, {g}, {k}) is needed")
        if self.classes is not None:
            settle(self, "classes", checked_names("classes", self.classes, k))
        check_choice("task", self.task, get_args(Task))
        check_choice("output_space", self.output_space, get_args(OutputSpace))

    def __len__(self) -> int:
        return len(self.grid)

    @property
    def num_outputs(self) -> int:
        """Number of outputs, k."""
        return int(self.values.shape[1])

    @property
    def num_examples(self) -> int:
        """Number of rows behind the effect."""
        return self.stats.n_rows

    def to_frame(self) -> "pd.DataFrame":
        """Return one row per point.

        Returns
        -------
        pandas.DataFrame
            Columns ``value`` of the feature, ``count``, and ``effect`` and ``std_error``; where
            there are several outputs, ``effect (name)`` and ``std_error (name)`` of each.
        """
        import pandas as pd  # noqa: PLC0415 - takes long to load, and only some need it

        columns: dict[str, Any] = {"value": list(self.grid), "count": self.counts}
        names = self.classes or positional_names(self.num_outputs)
        for j, name in enumerate(names):
            suffix = f" ({name})" if self.num_outputs > 1 else ""
            columns[f"effect{suffix}"] = self.values[:, j]
            columns[f"std_error{suffix}"] = self.std_error[:, j]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        from pellucid.explanation.summary import counted, printable  # noqa: PLC0415 - above us

        rows = counted(self.stats.n_rows, "row")
        if self.stats.n_rows < self.stats.n_rows_given:
            rows += f" sampled from {self.stats.n_rows_given:,}"
        outputs = counted(self.num_outputs, "output")
        lines = [f"{self.kind.capitalize()} of {printable(self.feature)}: {rows}, {outputs}"]
        shown = np.unique(np.linspace(0, len(self) - 1, _MOST_POINTS).round().astype(np.int64))
        for i in shown.tolist():
            pairs = zip(self.values[i, :3].tolist(), self.std_error[i, :3].tolist(), strict=True)
            cells = "  ".join(f"{value:.4g} ± {error:.2g}" for value, error in pairs)
            point = self.grid[i]
            name = "missing" if point is None else point
            name = f"{name:.4g}" if isinstance(name, float) else printable(str(name), 24)
            lines.append(f"  {name:>12}  {cells}{'  …' if self.num_outputs > 3 else ''}")
        return "\n".join(lines)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Effect):
            return NotImplemented
        plain = ("kind", "feature", "grid", "centered", "classes", "task", "output_space", "stats")
        arrays = ("values", "std_error", "quantiles", "base_values", "ice")
        return (
            all(getattr(self, name) == getattr(other, name) for name in plain)
            and np.array_equal(self.counts, other.counts)
            and all(same_floats(getattr(self, name), getattr(other, name)) for name in arrays)
        )

    __hash__ = None  # type: ignore[assignment]  # like arrays, whose content decides about equality

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))
