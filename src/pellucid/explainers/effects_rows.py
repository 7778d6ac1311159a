"""The rows of an effect: a model, and rows in which one column is about to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, get_args

import numpy as np

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.progress import Progress
from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid._core.validation import as_integer, check_choice, check_count
from pellucid.data.background import as_background
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table, as_table
from pellucid.explainers.call_sizes import rows_per_call
from pellucid.explainers.columns import settle_columns
from pellucid.explainers.effects_grid import Grid
from pellucid.explainers.keywords import Options
from pellucid.explainers.outputs import settle_classes, settle_output
from pellucid.explainers.permutation_design import canonical_order, draw_rows, swapped
from pellucid.explanation.effect import Effect, EffectKind
from pellucid.explanation.stats import Stats
from pellucid.models.adapt import adapt
from pellucid.models.model import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """A model and rows, in which one column is about to change."""

    model: Model
    space: OutputSpace
    classes: tuple[str, ...] | None
    features: tuple[str, ...]
    table: Table
    column: int
    n_rows_given: int
    random_state: int
    size: int

    def predict(self, rows: Integers, donors: Integers, progress: Progress) -> Floats:
        """Predict rows with the column's values of other rows, shape (m, k)."""
        player_of = np.zeros(self.table.n_features, dtype=np.int64)
        player_of[self.column] = 1
        parts = []
        for start in range(0, len(rows), self.size):
            here = slice(start, start + self.size)
            ones = np.ones(len(rows[here]), dtype=np.int64)
            changed = swapped(self.table, rows[here], donors[here], ones, player_of)
            parts.append(self.model.predict(changed, self.space))
            progress.update(changed.n_rows)
        return np.concatenate(parts)

    def predictions(self, progress: Progress) -> Floats:
        """Predict the rows as they are, shape (n, k)."""
        rows = np.arange(self.table.n_rows)
        return self.predict(rows, rows, progress)

    def effect(
        self,
        kind: EffectKind,
        grid: Grid,
        values: Floats,
        errors: Floats,
        *,
        base_values: Floats,
        n_evaluations: int,
        centered: bool,
        ice: Floats | None,
        seconds: float,
    ) -> Effect:
        """Return what was found, the point of missing values last."""
        n_missing = len(grid.missing)
        missing = [None] if n_missing else []
        return Effect(
            kind=kind,
            feature=self.features[self.column],
            grid=(*grid.values, *missing),
            values=values,
            std_error=errors,
            counts=np.concatenate([grid.counts, [n_missing] if n_missing else []]).astype(np.int64),
            quantiles=grid.quantiles,
            base_values=base_values,
            centered=centered,
            classes=self.classes,
            task=self.model.task,
            output_space=self.space,
            stats=Stats(
                method=kind,
                n_rows=self.table.n_rows,
                n_rows_given=self.n_rows_given,
                n_evaluations=n_evaluations,
                efficiency_gap=None,
                settings=(
                    ("model", self.model.name),
                    ("random_state", str(self.random_state)),
                    ("pellucid", version("pellucid")),
                ),
                seconds=seconds,
            ),
            ice=ice,
        )


def understand(
    model: Any, rows: Any, feature: str | int, max_rows: int | None, options: Options
) -> Subject:
    """Settle model, columns and rows, and draw some of the rows if there are many."""
    given = as_table(rows, name="X")
    task = options.get("model_task")
    adapted = adapt(
        model,
        examples=given,
        transformations=options.get("transformations"),
        task=None if task is None else check_choice("model_task", task, get_args(Task)),
        features=options.get("features"),
    )
    columns, _ = settle_columns(adapted, as_background(given), options.get("features"), name="X")
    table = columns.put_in_order(rows)
    seed = check_count("random_state", options.get("random_state", 0), minimum=0)
    column = _position(feature, columns.features)
    if max_rows is not None and check_count("max_rows", max_rows) < table.n_rows:
        table = table.take(draw_rows(canonical_order(table), max_rows, seed))
    cells = 0 if isinstance(table, SparseTable) else table.n_features
    most = rows_per_call(cells)
    batch_size = options.get("batch_size")
    output = options.get("output", "auto")
    return Subject(
        model=adapted,
        space=settle_output(adapted, output, lambda: adapted.default_space),
        classes=settle_classes(adapted, options.get("classes")),
        features=columns.features,
        table=table,
        column=column,
        n_rows_given=given.n_rows,
        random_state=seed,
        size=most if batch_size is None else check_count("batch_size", batch_size),
    )


def _position(feature: Any, features: Sequence[str]) -> int:
    j = as_integer(feature)
    if j is None:
        if not isinstance(feature, str):
            raise InvalidInputError(f"feature must be a name or a position; got {feature!r}")
        if feature not in features:
            raise FeatureMismatchError(f"feature is {feature!r}, which is no column")
        return features.index(feature)
    if not 0 <= j < len(features):
        raise FeatureMismatchError(f"feature is {j}, but there are {len(features)} columns")
    return j
