"""A model that a page may ask: for rows as they are, and as they would be."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import Any, Final, cast, final, get_args

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, OutputSpace
from pellucid.dashboard.inputs import Input, cell_of, make_inputs
from pellucid.dashboard.inputs_behind import (
    features_behind,
    input_behind,
    raw_columns,
    raw_features,
)
from pellucid.data.background import Background, as_background
from pellucid.data.table import Table, as_table
from pellucid.explainers.auto import TabularExplainer
from pellucid.explainers.columns import settle_columns
from pellucid.explainers.effects import partial_dependence
from pellucid.explanation.local import Explanation
from pellucid.models.adapt import adapt

_EXAMPLES: Final = 100
_CURVE_POINTS: Final = 41
_PDP_ROWS: Final = 500
_CURVES: Final = 40


@final
class LiveModel:
    """A model, the rows that were explained as it takes them, and an explainer of it.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    explanation : Explanation
    rows : object
        The rows explained, in a container that the model knows.
    explainer : Explainer or TabularExplainer, optional
        What explains a changed row. By default the automatic choice, with up to 100 of the rows as
        reference rows; it is made when it is first needed.

    Raises
    ------
    InvalidInputError
        The rows do not fit the model, or the explainer explains something else.
    UnsupportedModelError
        This is no model.
    """

    def __init__(
        self, model: Any, explanation: Explanation, rows: Any, explainer: Any = None
    ) -> None:
        given = as_table(rows, name="dataset")
        some = as_background(given.take(_spread(given.n_rows, _EXAMPLES)))
        named = raw_columns(explanation)
        if explanation.is_engineered and given.n_features == explanation.num_features:
            # These may be the columns explained, and the model one of them.
            named = explanation.features
        names = list(named) if not given.has_names and given.n_features == len(named) else None
        self.native, self.names, self.explanation = model, names, explanation
        self.model = adapt(model, examples=some.table, features=names)
        self.columns, _ = settle_columns(self.model, some, names, name="dataset")
        self.table = self.columns.put_in_order(rows)
        self.lock = RLock()
        """A model is asked by one thread at a time, as everywhere."""
        self._explainer = explainer
        if explainer is not None and not self._explains_alike(explainer):
            raise InvalidInputError(
                f"explainer explains {len(explainer.features)} features that are not those of the "
                "explanation; pass the one that made it, or none"
            )

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What the model takes, and what each of it may be changed to."""
        return make_inputs(self.table.with_features(self.columns.features))

    @property
    def explained_space(self) -> OutputSpace | None:
        """The explanation's output space, if the model can be asked for it."""
        space = self.explanation.output_space
        known = space in get_args(OutputSpace) and space in self.model.outputs
        return cast("OutputSpace", space) if known else None

    def is_behind(self, view: Explanation) -> bool:
        """Return whether a view is of columns that the model makes of its inputs."""
        return view.is_engineered and self.columns.features != view.features

    def features_of(self, place: int, view: Explanation) -> list[int]:
        """Return the features of an explanation that an input has a part in."""
        return features_behind(view, self.columns.features, place)

    def changed(self, row: int, changes: Mapping[int, float | None]) -> Table:
        """Return a row with some cells changed.

        Raises
        ------
        InvalidInputError
            An input cannot be changed to such a value; the message names it.
        """
        varied = {place: [value] for place, value in changes.items()}
        return self._rows(row, varied, 1)

    def predict(self, row: int, changes: Mapping[int, float | None]) -> dict[str, Any]:
        """Predict a row as it would be: as people mean the prediction, and as it was explained."""
        table = self.changed(row, changes)
        with self.lock:
            found = self.model.predict(table)[0]
            space = self.explained_space
            explained = None if space is None else self.model.predict(table, space)[0]
        if explained is not None and len(explained) != self.explanation.num_outputs:
            explained = None
        shown = table.with_features(self.columns.features)
        return {
            "space": self.model.default_space,
            "predictions": found.tolist(),
            "explained": None if explained is None else explained.tolist(),
            "cells": [
                cell_of(self.inputs[j], shown.column(j), name)
                for j, name in enumerate(shown.features)
            ],
        }

    def explain(
        self, row: int, changes: Mapping[int, float | None], output: int, view: Explanation
    ) -> dict[str, Any]:
        """Explain a row as it would be, and by the same explainer as it is, in the features of a view."""
        both = self.changed(row, {}).stack(self.changed(row, changes)).native
        through = self.is_behind(view)
        with self.lock:
            found = self.explainer.explain_local(both, include_engineered=through)
        if through:
            found = found.engineered
        wanted = (self.explanation.num_outputs, self.explanation.output_space)
        if (found.num_outputs, found.output_space) != wanted:
            raise InvalidInputError(
                f"explainer explains {found.num_outputs} outputs as {found.output_space!r}, and the "
                f"explanation {wanted[0]} as {wanted[1]!r}; pass the explainer that made it, or none"
            )
        stats = found.stats
        told = [
            {
                "values": found.values[i, :, output].tolist(),
                "errors": None
                if found.std_error is None
                else found.std_error[i, :, output].tolist(),
                "base": float(found.base_values[i, output]),
                "prediction": float(found.predictions[i, output]),
            }
            for i in range(2)
        ]
        return {
            "before": told[0],
            **told[1],
            "method": stats.method,
            "n_background": stats.n_background,
        }

    @property
    def explainer(self) -> Any:
        """What explains changed rows."""
        with self.lock:
            if self._explainer is None:
                self._explainer = self._make_explainer()
            return self._explainer

    def curve(
        self, row: int, changes: Mapping[int, float | None], place: int, output: int
    ) -> dict[str, Any]:
        """Predict a row over the range of one input, the others as they would be."""
        found = self.inputs[place]
        points: list[float | None]
        if found.kind == "number":
            ends = np.linspace(found.low, found.high, _CURVE_POINTS)
            points = list(np.unique(np.round(ends) if found.whole else ends).tolist())
        elif found.kind == "category":
            points = [float(code) for code in range(len(found.levels))]
        else:
            raise InvalidInputError(f"{found.name!r} cannot be changed")
        varied: dict[int, Sequence[float | None]] = {
            other: [value] * len(points) for other, value in changes.items()
        }
        varied[place] = points
        with self.lock:
            values = self._predicted(self._rows(row, varied, len(points)))
            now = cell_of(found, self.changed(row, changes).column(place), found.name)
        return {"points": points, "values": values[:, output].tolist(), "now": now}

    def dependence(self, feature: int, output: int, view: Explanation) -> dict[str, Any]:
        """Return the partial dependence on the input behind a feature of a view, and the curves of some rows."""
        place = input_behind(view, self.columns.features, feature)
        space = self._known_space()
        some = self.table.take(_spread(self.table.n_rows, _PDP_ROWS))
        with self.lock:
            effect = partial_dependence(
                self.native,
                some.native,
                place,
                ice=True,
                max_rows=None,
                features=self.names,
                output=space,
                show_progress=False,
            )
        curves = cast("Floats", effect.ice)[_spread(some.n_rows, _CURVES), :, output]
        levels = effect.quantiles is None
        return {
            "points": [
                None if cell is None else str(cell) if levels else cell for cell in effect.grid
            ],
            "values": effect.values[:, output].tolist(),
            "errors": [None if np.isnan(e) else e for e in effect.std_error[:, output].tolist()],
            "base": float(effect.base_values[output]),
            "curves": curves.tolist(),
            "n_rows": effect.num_examples,
            "input": place,
            "name": self.inputs[place].name if self.is_behind(view) else None,
        }

    # -- how ---------------------------------------------------------------------------------------

    def _rows(self, row: int, varied: Mapping[int, Sequence[float | None]], m: int) -> Table:
        """Return m copies of a row with other values in some inputs, column types kept."""
        index = np.full((m, self.table.n_features), row, dtype=np.int64)
        cells: dict[int, Floats] = {}
        for place, values in varied.items():
            if not 0 <= place < len(self.inputs):
                raise InvalidInputError(f"there is no input {place}")
            found = self.inputs[place]
            donors = [_donor(found, value) for value in values]
            for i, donor in enumerate(donors):
                if donor is not None:
                    index[i, place] = donor
            if found.kind == "number" and all(value is not None for value in values):
                cells[place] = np.array(values, dtype=np.float64)
        table = self.table.gather(index)
        return table.with_cells(cells) if cells else table

    def _predicted(self, table: Table) -> Floats:
        return self.model.predict(table, self._known_space())

    def _known_space(self) -> OutputSpace:
        space = self.explained_space
        if space is None:
            said = self.explanation.output_space
            raise InvalidInputError(f"{self.model.name} cannot be asked for its {said!r}")
        if self._n_outputs != self.explanation.num_outputs:
            raise InvalidInputError(
                f"{self.model.name} has {self._n_outputs} outputs, and the explanation "
                f"{self.explanation.num_outputs}: it is of another model, or of some outputs alone"
            )
        return space

    @cached_property
    def _n_outputs(self) -> int:
        first = self.model.predict(self.table.take(slice(0, 1)), self.explained_space)
        return int(first.shape[1])

    def _explains_alike(self, explainer: Any) -> bool:
        """Return whether an explainer has the explanation's features, if under the model's names."""
        raw, players = raw_features(self.explanation)
        alike = [self.explanation.features, raw]
        if players is None and len(raw) == len(self.columns.features):
            alike.append(self.columns.features)
        return tuple(explainer.features) in alike

    def _make_explainer(self) -> TabularExplainer:
        _, players = raw_features(self.explanation)
        rows = _spread(self.table.n_rows, _EXAMPLES)
        told = f"{len(rows):,} of the rows explained, for the dashboard"
        background = as_background(self.table.take(rows).native)
        made = TabularExplainer(
            self.native,
            Background(background.table, background.weights, told),
            features=self.names,
            groups=None if players is None else players.as_groups(),
            output=self._known_space(),
            show_progress=False,
        )
        if not self._explains_alike(made):
            raise InvalidInputError(
                "changed rows cannot be explained without the explainer that made the "
                "explanation; pass explainer="
            )
        return made


def _donor(found: Input, value: float | None) -> int | None:
    """Return the row that gives a cell; None where a number takes its place."""
    if value is None:
        if found.missing is None:
            raise InvalidInputError(f"{found.name!r} is missing in no row, and cannot be here")
        return found.missing
    if found.kind == "number":
        return None
    if found.kind == "fixed" or value != int(value) or not 0 <= value < len(found.levels):
        raise InvalidInputError(f"{found.name!r} cannot be changed to {value!r}")
    return found.donors[int(value)]


def _spread(n: int, most: int) -> Any:
    """Return at most so many positions, spread evenly."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))
