"""Measure how much worse a model's metric gets when the values of features are shuffled."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import InvalidInputError, PellucidError
from pellucid._core.progress import Progress
from pellucid._core.typing import Floats, Integers
from pellucid.data.sparse import SparseTable
from pellucid.data.table import Table
from pellucid.explainers.call_sizes import rows_per_call
from pellucid.explainers.permutation_design import (
    Contents,
    Design,
    Swaps,
    batches,
    find_swaps,
    swapped,
)
from pellucid.explainers.permutation_errors import (
    error_of_jackknife,
    error_over_repeats,
    error_over_rows,
    kept_rows,
    make_groups,
)
from pellucid.explainers.permutation_labels import TrueLabels
from pellucid.explainers.permutation_metrics import Metric, Response
from pellucid.models.model import Model

CALLS_PER_BATCH = 4
ROWS_POOLED = 50_000
"""So many permuted rows, of several repeats, tell the standard error of a metric of all rows."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What permuting p players does to a metric.

    Attributes
    ----------
    base : float
        The metric of the rows as they are.
    values : ndarray of float64, shape (p,)
        By how much it gets worse, on average over the repeats.
    std_error : ndarray of float64, shape (p,)
        Standard error as an estimate for all rows like these; NaN where there is none.
    repeat_error : ndarray of float64, shape (p,)
        Standard error of the mean over the repeats, for these rows.
    n_evaluations : int
        Model rows evaluated.
    no_error : str or None
        Why there is no standard error.
    """

    base: float
    values: Floats
    std_error: Floats
    repeat_error: Floats
    n_evaluations: int
    no_error: str | None


class Asked(Mapping[Response, npt.NDArray[Any]]):
    """Responses of a model to the rows as they are, asked for when a metric looks at them."""

    def __init__(self, model: Model, table: Table, size: int) -> None:
        self.model, self.table, self.size = model, table, size
        self.known: dict[Response, npt.NDArray[Any]] = {}

    def __getitem__(self, response: Response) -> npt.NDArray[Any]:
        if response not in self.known:
            parts = [
                respond(self.model, self.table.take(slice(start, start + self.size)), response)
                for start in range(0, self.table.n_rows, self.size)
            ]
            self.known[response] = np.concatenate(parts)
        return self.known[response]

    def __contains__(self, response: object) -> bool:
        return response in responses_of(self.model)

    def __iter__(self) -> Iterator[Response]:
        return iter(responses_of(self.model))

    def __len__(self) -> int:
        return len(responses_of(self.model))


def responses_of(model: Model) -> tuple[Response, ...]:
    """Return what a metric may look at."""
    found: list[Response] = ["predict"]
    if model.classes is not None:
        found += ["predict_proba"] if "probability" in model.outputs else []
        found += ["decision_function"] if "raw" in model.outputs else []
    return tuple(found)


def respond(model: Model, table: Table, response: Response) -> npt.NDArray[Any]:
    """Return a model's response to rows: numbers of classes, or outputs."""
    if response == "predict_proba":
        return model.predict(table, "probability")
    if response == "decision_function":
        return model.predict(table, "raw")
    if model.classes is not None:
        return model.choose(table)
    values = model.predict(table)
    return values[:, 0] if values.shape[1] == 1 else values


class Measurement:
    """The metric of one model on some rows, with and without permutations.

    Parameters
    ----------
    model : Model
    table : Table
        The rows, n of them.
    labels : TrueLabels
    weights : ndarray of float64, shape (n,), or None
    metric : Metric
    design : Design
    batch_size : int or None
        Rows per call of the model.
    """

    def __init__(
        self,
        model: Model,
        table: Table,
        *,
        labels: TrueLabels,
        weights: Floats | None,
        metric: Metric,
        design: Design,
        batch_size: int | None,
    ) -> None:
        self.model, self.table, self.metric, self.design = model, table, metric, design
        self.labels, self.weights = labels, weights
        self.y = labels.numbers if metric.encoded else labels.given
        cells = 0 if isinstance(table, SparseTable) else table.n_features
        self.size = batch_size or rows_per_call(cells)
        self.intact = Asked(model, table, self.size)
        n = table.n_rows
        self.shares = np.ones(n) if weights is None else weights * (n / weights.sum())
        if model.classes is None:
            check_targets(model, self.intact["predict"], labels)
        self.base = self._score(self.intact, None, "the rows as they are")
        self.is_additive = metric.of_rows is not None
        self.no_error: str | None = None
        if metric.of_rows is not None and metric.asks is not None:
            self.base_rows = metric.of_rows(labels.numbers, self.intact[metric.asks])
        else:
            self._prepare_jackknife()

    def measure(self, players: list[Integers], chosen: list[int], progress: Progress) -> Measured:
        """Permute some of the players, one at a time.

        Parameters
        ----------
        players : list of ndarray of int64
            The columns of every player.
        chosen : list of p int
            The players to permute.
        progress : Progress
            Told of every model row.
        """
        player_of = np.empty(self.table.n_features, dtype=np.int64)
        for player, columns in enumerate(players):
            player_of[columns] = player
        contents = Contents(self.table, players)
        found, n_evaluations = [], self.table.n_rows * len(self.intact.known)
        swaps = ((player, find_swaps(self.design, contents.codes(player))) for player in chosen)
        for batch in batches(swaps, CALLS_PER_BATCH * self.size):
            requests = [
                (player, part.rows[part.requests], part.donors[part.requests])
                for player, part in batch
            ]
            responses = self._respond(requests, player_of, progress)
            start = 0
            for player, part in batch:
                end = start + len(part.requests)
                own = {kind: array[start:end] for kind, array in responses.items()}
                found.append(self._found(part, own, player, players))
                start = end
            n_evaluations += start * len(self.intact.known)
        values, errors, spreads = np.array(found, dtype=np.float64).reshape(-1, 3).T
        return Measured(self.base, values, errors, spreads, n_evaluations, self.no_error)

    def _respond(
        self,
        requests: list[tuple[int, Integers, Integers]],
        player_of: Integers,
        progress: Progress,
    ) -> dict[Response, npt.NDArray[Any]]:
        """Ask the model about the requests of all players of a batch, in large calls."""
        rows = np.concatenate([rows for _, rows, _ in requests])
        donors = np.concatenate([donors for _, _, donors in requests])
        players = np.repeat([player for player, _, _ in requests], [len(r) for _, r, _ in requests])
        parts: dict[Response, list[npt.NDArray[Any]]] = {kind: [] for kind in self.intact.known}
        for start in range(0, len(rows), self.size):
            here = slice(start, start + self.size)
            table = swapped(self.table, rows[here], donors[here], players[here], player_of)
            for kind, found in parts.items():
                found.append(respond(self.model, table, kind))
            progress.update(table.n_rows)
        return {
            kind: np.concatenate(found) if found else self.intact[kind][:0]
            for kind, found in parts.items()
        }

    def _found(
        self,
        swaps: Swaps,
        responses: dict[Response, npt.NDArray[Any]],
        player: int,
        players: list[Integers],
    ) -> tuple[float, float, float]:
        """Return a player's importance, its standard error, and that over the repeats."""
        if not len(swaps.rows):
            return 0.0, 0.0, 0.0
        if self.metric.of_rows is not None and self.metric.asks is not None:
            rows = swaps.rows[swaps.requests]
            metrics = self.metric.of_rows(self.labels.numbers[rows], responses[self.metric.asks])
            changes = (self.metric.sign * (self.base_rows[rows] - metrics))[swaps.which]
            weighted = self.shares[swaps.rows] * changes
            sums = np.bincount(swaps.repeats, weighted, minlength=self.design.n_repeats)
            by_repeat = sums / self.design.n_rows
            error = error_over_rows(self.design, swaps, changes, self.shares)
        else:
            name = " + ".join(self.table.features[j] for j in players[player].tolist())
            by_repeat, error = self._ask_metric(swaps, responses, f"{name!r} shuffled")
        spread = error_over_repeats(by_repeat, self.design, additive=self.is_additive)
        if not np.isnan(error):
            error = float(np.fmax(error, spread))
        return float(by_repeat.mean()), error, spread

    # -- metrics that look at all rows together ----------------------------------------------------

    def _ask_metric(
        self, swaps: Swaps, responses: dict[Response, npt.NDArray[Any]], what: str
    ) -> tuple[Floats, float]:
        """Return the importance by each repeat, and its standard error over the rows."""
        found = np.empty(self.design.n_repeats)
        changed: list[dict[Response, npt.NDArray[Any]]] = []
        for r in range(self.design.n_repeats):
            permuted = self._permuted(swaps, responses, r)
            found[r] = self.metric.sign * (self.base - self._score(permuted, None, what))
            if r < self.n_pooled:
                changed.append(permuted)
        pooled = {kind: np.concatenate([part[kind] for part in changed]) for kind in responses}
        groups = range(len(self.base_without))
        without = np.array([self._score_or_nan(pooled, self._kept(group)) for group in groups])
        if self.no_error is not None:
            return found, np.nan
        return found, error_of_jackknife(self.metric.sign * (self.base_without - without))

    def _permuted(
        self, swaps: Swaps, responses: dict[Response, npt.NDArray[Any]], r: int
    ) -> dict[Response, npt.NDArray[Any]]:
        here = swaps.repeats == r
        changed = {}
        for kind, found in responses.items():
            whole = self.intact[kind].copy()
            whole[swaps.rows[here]] = found[swaps.which[here]]
            changed[kind] = whole
        return changed

    def _prepare_jackknife(self) -> None:
        """Leave each group out of the rows as they are, and see whether that makes sense."""
        n, labels = self.design.n_rows, self.labels
        self.n_pooled = min(self.design.n_repeats, max(2, ROWS_POOLED // n))
        self.groups = make_groups(self.design, labels.numbers if labels.words else None)
        groups = range(int(self.groups.max()) + 1)
        kept = [np.flatnonzero(self.groups != group) for group in groups]
        self.base_without = np.array([self._score_or_nan(self.intact, rows) for rows in kept])
        twice = self._score_or_nan(self.intact, np.tile(np.arange(n), 2))
        if self.no_error is None and not np.isclose(twice, self.base, rtol=0.01, atol=1e-12):
            self.no_error = (
                f"there are no standard errors: metric {self.metric.name} depends on the number "
                "of rows"
            )

    def _kept(self, group: int) -> Integers:
        """Return the pooled rows that are left when a group neither takes nor lends values."""
        kept = kept_rows(self.design, self.groups, group)[: self.n_pooled]
        return np.flatnonzero(kept.ravel())

    def _score_or_nan(
        self, responses: Mapping[Response, npt.NDArray[Any]], rows: Integers
    ) -> float:
        """Return the metric of some rows; one that needs all rows has no standard error."""
        if self.no_error is None:
            try:
                return self._score(responses, rows, "some of the rows")
            except InvalidInputError as error:
                self.no_error = f"there are no standard errors: {error}"
        return float("nan")

    def _score(
        self, responses: Mapping[Response, npt.NDArray[Any]], rows: Integers | None, what: str
    ) -> float:
        y, weights = self.y, self.weights
        if rows is not None:
            own = rows % len(y)  # responses may be pooled from several repeats
            y, weights = y[own], None if weights is None else weights[own]
            pooled = not isinstance(responses, Asked)
            responses = {
                kind: responses[kind][rows if pooled else own] for kind in self.intact.known
            }
        return checked_score(self.metric, lambda: self.metric.evaluate(y, responses, weights), what)


def check_targets(model: Model, predicted: npt.NDArray[Any], labels: TrueLabels) -> None:
    """Refuse targets of another number than the model predicts.

    Raises
    ------
    InvalidInputError
        They are.
    """
    if predicted.shape != labels.numbers.shape:
        wanted, given = (array[0].size for array in (predicted, labels.numbers))
        raise InvalidInputError(
            f"{model.name} predicts {wanted} number{'s' * (wanted > 1)} per row, but true_labels "
            f"has {given}"
        )


def checked_score(metric: Metric, evaluate: Callable[[], Any], what: str) -> float:
    """Evaluate a metric, and refuse what is no finite number.

    Raises
    ------
    InvalidInputError
        The metric fails, or is no finite number.
    """
    try:
        found = evaluate()
    except PellucidError:
        raise
    except Exception as error:
        said = str(error).strip().splitlines()
        raise InvalidInputError(
            f"metric {metric.name} failed on {what}: {type(error).__name__}: {''.join(said[:1])}"
        ) from error
    number = np.asarray(found)
    if number.ndim or number.dtype.kind not in "fiub":
        raise InvalidInputError(
            f"metric {metric.name} returned {type(found).__name__} on {what}; one number is needed"
        )
    if not np.isfinite(number):
        raise InvalidInputError(f"metric {metric.name} is {number} on {what}")
    return float(number)
