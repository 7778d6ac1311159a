"""What a page may ask a host that is alive: about a result, its rows, and the model behind it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, final

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid.dashboard.cohort_questions import aggregates, cohort, performance
from pellucid.dashboard.live_model import LiveModel
from pellucid.dashboard.payload import Payload, make_payload
from pellucid.dashboard.protocol import Dots, Language, Manifest
from pellucid.dashboard.questions import changes, position, text
from pellucid.dashboard.row_questions import density, pick
from pellucid.dashboard.sent_columns import SentColumns
from pellucid.dashboard.table_questions import bands, page, table
from pellucid.data.table import as_table
from pellucid.explanation.given_rows import feature_columns
from pellucid.explanation.local import Explanation
from pellucid.explanation.row_labels import row_labels

if TYPE_CHECKING:
    from pellucid.explanation.importance import Importance

_OF_ROWS: Final = ("row", "density", "bands", "pick", "page", "table", "cohort", "aggregates")
_ENGINEERED: Final = "engineered"
ASK_MODEL: Final = ("inputs", "predict", "explain", "ice", "pdp")


@final
class Session:
    """A result, and what may be known beside it, as a live host of a page tells it.

    Parameters
    ----------
    result : Explanation or Importance
    model : object, optional
        The model explained: a fitted model, a Pipeline, or a function of rows.
    explainer : Explainer or TabularExplainer, optional
        What explains changed rows; by default the automatic choice.
    rows : array, data frame, sparse matrix or list, optional
        The rows explained, if the result does not carry them or the model takes others.
    true_labels, compare_with, selection, texts, title, language
        As in :meth:`Explanation.save_html`.
    round_above, count_above : int
        Numbers of rows above which dots are placed by rounded numbers, and above which they are
        counted where the rows are.

    Attributes
    ----------
    payload : Payload
        What the page begins with.
    calls : tuple of str
        The questions that are answered.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> def product(rows):
    ...     return rows.prod(axis=1)
    >>> explainer = KernelExplainer(product, [[0.0, 0.0], [1.0, 1.0]])
    >>> session = Session(explainer.explain_local([[2.0, 3.0], [4.0, 5.0]]), model=product)
    >>> session.answer("predict", {"row": 0, "changes": {"1": 7}})["predictions"]
    [14.0]
    """

    def __init__(
        self,
        result: Any,
        *,
        model: Any = None,
        explainer: Any = None,
        rows: Any = None,
        true_labels: Any = None,
        compare_with: Any = None,
        selection: Any = None,
        texts: Any = None,
        title: str | None = None,
        language: Language = "en",
        round_above: int = 200_000,
        count_above: int = 2_000_000,
    ) -> None:
        self.payload: Payload = make_payload(
            result,
            title=title,
            language=language,
            on_demand=True,
            true_labels=true_labels,
            compare_with=compare_with,
            selection=selection,
            texts=texts,
        )
        importance = result.importance() if isinstance(result, Explanation) else result
        self.importance: Importance = importance
        self.local = importance.local
        manifest = self.payload.manifest
        n = manifest["n_sent"]
        self._sent: dict[str, SentColumns] = {}
        # Engineered columns have no names of rows.
        self._names = row_labels(self.local) if n and self.local is not None else ()
        self.live = self._live_model(model, explainer, rows)
        of_rows = ((*_OF_ROWS, "performance") if manifest["labels"] else _OF_ROWS) if n else ()
        asked = of_rows + (ASK_MODEL if n and self.live is not None else ())
        self.calls: tuple[str, ...] = asked
        dots: Dots = "exact" if n <= round_above else "rounded" if n <= count_above else "counted"
        self._show("raw", importance, manifest, dots, asked)
        if importance.engineered is not None and manifest["engineered"] is not None:
            self._show(_ENGINEERED, importance.engineered, manifest["engineered"], dots, asked)

    def _show(
        self, name: str, view: "Importance", manifest: Manifest, dots: Dots, calls: Sequence[str]
    ) -> None:
        """Say what may be asked about raw or engineered columns, and have their rows ready."""
        manifest["calls"], manifest["dots"] = list(calls), dots
        if view.local is not None and manifest["n_sent"]:
            columns = feature_columns(view.local.data, view.local.features, view.local.players)
            features, labels = manifest["features"], self.payload.labels
            self._sent[name] = SentColumns(view.local, columns, features, self._names, labels)

    def chunk(self, name: str) -> bytes:
        """Return a chunk of the page: an aggregate, or a column of all rows.

        Raises
        ------
        InvalidInputError
            There is no such chunk.
        """
        found = self.payload.chunks.get(name)
        if found is not None:
            return found
        own = name.removeprefix(f"{_ENGINEERED}/")
        return self._columns({} if own == name else {"columns": _ENGINEERED}).chunk(own)

    def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a question of the page.

        Parameters
        ----------
        method : str
            One of ``calls``.
        params : mapping
            As :mod:`~pellucid.dashboard.protocol` says; all of it is checked.

        Returns
        -------
        dict
            Numbers, texts, None, lists and dicts of these, and chunks as bytes.

        Raises
        ------
        InvalidInputError
            There is no such question, or it cannot be asked like this.
        ModelError
            The model failed.
        """
        if method not in self.calls:
            raise InvalidInputError(f"this dashboard does not answer {str(method)[:60]!r}")
        if not isinstance(params, Mapping):
            raise InvalidInputError("a question's parameters must be an object")
        found: dict[str, Any] = getattr(self, f"_{method}")(params)
        return found

    # -- questions ---------------------------------------------------------------------------------

    def _row(self, params: Mapping[str, Any]) -> dict[str, Any]:
        columns, output = self._columns(params), self._output_of(params)
        local = columns.local
        row = (
            self._row_of(params) if "row" in params else _row_called(columns, text(params, "label"))
        )
        errors = local.std_error
        return {
            "row": row,
            "label": str(columns.labels[row]),
            "values": local.values[row, :, output].tolist(),
            "errors": None if errors is None else errors[row, :, output].tolist(),
            "base": float(local.base_values[row, output]),
            "prediction": float(local.predictions[row, output]),
            "predictions": local.predictions[row].tolist(),
            "truth": [] if columns.truth is None else columns.truth.numbers[row].tolist(),
            "cells": columns.cells([row])[0],
        }

    def _inputs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        live, view = self._model(), self._columns(params).local
        described = [
            {**found.described(), "features": live.features_of(j, view)}
            for j, found in enumerate(live.inputs)
        ]
        return {
            "inputs": described,
            "model": live.model.name,
            "engineered": live.is_behind(view),
        }

    def _predict(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._model().predict(self._row_of(params), changes(params))

    def _explain(self, params: Mapping[str, Any]) -> dict[str, Any]:
        output, view = self._output_of(params), self._columns(params).local
        return self._model().explain(self._row_of(params), changes(params), output, view)

    def _ice(self, params: Mapping[str, Any]) -> dict[str, Any]:
        live, output = self._model(), self._output_of(params)
        place = position(params, "input", len(live.inputs))
        return live.curve(self._row_of(params), changes(params), place, output)

    def _pdp(self, params: Mapping[str, Any]) -> dict[str, Any]:
        view = self._columns(params).local
        feature = position(params, "feature", view.num_features)
        return self._model().dependence(feature, self._output_of(params), view)

    def _density(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return density(self._columns(params), params)

    def _bands(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return bands(self._columns(params), params)

    def _pick(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return pick(self._columns(params), params)

    def _page(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return page(self._columns(params), params, self._output_of(params))

    def _table(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return table(self._columns(params), params)

    def _cohort(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return cohort(self._columns(params), params, self._output_of(params))

    def _aggregates(self, params: Mapping[str, Any]) -> dict[str, Any]:
        overall = params.get("output") == -1 and self.importance.num_outputs > 1
        output = -1 if overall else self._output_of(params)
        return aggregates(self._columns(params), params, output)

    def _performance(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return performance(self._columns(params), params, self._output_of(params))

    # -- what questions are about ------------------------------------------------------------------

    def _columns(self, params: Mapping[str, Any]) -> SentColumns:
        found = self._sent.get(str(params.get("columns", "raw")))
        if found is None:
            raise InvalidInputError("this dashboard holds no such rows")
        return found

    def _model(self) -> LiveModel:
        if self.live is None:
            raise InvalidInputError("no model is connected to this dashboard")
        return self.live

    def _row_of(self, params: Mapping[str, Any]) -> int:
        return position(params, "row", len(self._columns(params).local))

    def _output_of(self, params: Mapping[str, Any]) -> int:
        return position(params, "output", self.importance.num_outputs)

    def _live_model(self, model: Any, explainer: Any, rows: Any) -> LiveModel | None:
        if model is None or self.local is None or not len(self.local):
            return None
        usable = rows is not None and as_table(rows, name="dataset").n_rows == len(self.local)
        taken = rows if usable else self.local.data
        if taken is None:
            raise InvalidInputError(
                f"the explanation carries no rows, and dataset has not its {len(self.local)}: "
                "pass the rows that were explained as dataset"
            )
        try:
            return LiveModel(model, self.local, taken, explainer)
        except FeatureMismatchError:
            if usable or not self.local.is_engineered:
                raise
            raise InvalidInputError(
                "the explanation carries engineered columns, and the model takes others: pass the "
                "rows as the model takes them as dataset"
            ) from None


def _row_called(columns: SentColumns, label: str) -> int:
    for row, said in enumerate(columns.labels):
        if str(said) == label:
            return row
    raise InvalidInputError(f"there is no row {label[:60]!r}")
