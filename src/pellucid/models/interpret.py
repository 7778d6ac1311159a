"""interpret's explainable boosting machines: sums of functions of one or two columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pellucid._core.typing import Floats, Integers, OutputSpace, Task
from pellucid.data.cells import as_numbers, holds_numbers, missing_mask
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.boosting import named_features
from pellucid.models.margins import both_classes
from pellucid.models.model import Model, Unavailable
from pellucid.models.sklearn.estimators import adapt_estimator
from pellucid.models.structures import AdditiveStructure, AdditiveTerm

MISSING = 0
"""The code of missing cells; the last code is that of categories never seen."""


def adapt_machine(model: Any, *, examples: Table | None, task: Task | None) -> Model:
    """Adapt an ExplainableBoostingClassifier or ExplainableBoostingRegressor."""
    adapted = adapt_estimator(model, examples=examples, task=task)
    features = named_features(adapted.features or (), "feature_{:04d}".format)
    return replace(adapted, features=features, additive=_additive(model, adapted.task))


def _additive(model: Any, task: Task) -> partial[AdditiveStructure] | Unavailable:
    if max(map(len, model.term_features_), default=0) > 2:
        return Unavailable("it has terms of three columns or more")
    space: OutputSpace = "raw" if task == "classification" else "value"
    if space == "value" and model.link_ != "identity":
        return Unavailable(f"its sum goes through a link, {model.link_}")
    return partial(read_terms, model, space)


def read_terms(model: Any, space: OutputSpace) -> AdditiveStructure:
    """Read the terms' tables; pairs may see a column in fewer bins than single columns do.

    Parameters
    ----------
    model : EBMModel
    space : {"raw", "value"}
        Raw scores of a classifier, values of a regression.
    """
    is_binary = space == "raw" and np.ndim(model.term_scores_[0]) == len(model.term_features_[0])
    codings: list[Coding] = []
    place: dict[tuple[int, int], int] = {}
    terms = []
    for columns, scores in zip(model.term_features_, model.term_scores_, strict=True):
        coded = []
        for j in columns:
            level = min(len(columns), len(model.bins_[j])) - 1
            if (j, level) not in place:
                place[j, level] = len(codings)
                codings.append(Coding(int(j), model.bins_[j][level]))
            coded.append(place[j, level])
        terms.append(AdditiveTerm(tuple(coded), _outputs(scores, len(columns), is_binary)))
    return AdditiveStructure(
        terms=tuple(terms),
        intercept=_outputs(np.atleast_1d(model.intercept_), 1, is_binary).reshape(-1)
        if is_binary
        else np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64)),
        encode=partial(encoded, tuple(codings)),
        players=FeatureMap.of([coding.column for coding in codings], model.n_features_in_),
        space=space,
    )


def _outputs(scores: Any, n_columns: int, is_binary: bool) -> Floats:  # noqa: FBT001
    """Return a term's table with the outputs as its last axis; -s and s of two classes."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim > n_columns:
        return table
    return both_classes(table).reshape(*table.shape, 2) if is_binary else table[..., np.newaxis]


@dataclass(frozen=True, eq=False)
class Coding:
    """How a column's cells become codes.

    Attributes
    ----------
    column : int
    bins : ndarray of float64, or mapping from str to int
        Bounds between bins, of which a cell on one belongs to the upper bin; or the code of each
        category.
    """

    column: int
    bins: Any

    def __call__(self, table: Table) -> Integers:
        """Return the codes of a column, shape (n,)."""
        cells = table.column(self.column)
        if isinstance(self.bins, Mapping):
            return self._of_categories(cells)
        numbers = as_numbers(cells, table.features[self.column])
        codes = np.searchsorted(self.bins, numbers, side="right") + 1
        return np.where(np.isnan(numbers), MISSING, codes)

    def _of_categories(self, cells: Any) -> Integers:
        absent = missing_mask(cells)
        unseen = max(self.bins.values(), default=MISSING) + 1
        found = np.full(len(cells), MISSING, dtype=np.int64)
        numeric = holds_numbers(cells)
        kinds, which = np.unique(
            cells[~absent] if numeric else cells[~absent].astype(str), return_inverse=True
        )
        names = [_text_of(kind) if numeric else str(kind) for kind in kinds.tolist()]
        codes = np.array([self.bins.get(name, unseen) for name in names], dtype=np.int64)
        found[~absent] = codes[which] if len(codes) else MISSING
        return found


def _text_of(number: Any) -> str:
    """Return a number as interpret names the category that it stands for.

    Examples
    --------
    >>> _text_of(3.0), _text_of(2.5), _text_of(True)
    ('3', '2.5', 'True')
    """
    is_whole = not isinstance(number, bool) and float(number).is_integer()
    return str(int(number)) if is_whole else str(number)


def encoded(codings: Sequence[Coding], table: Table) -> Integers:
    """Return the codes of all codings, shape (n, e)."""
    return np.stack([coding(table) for coding in codings], axis=1)


ADAPTERS = {"EBMModel": adapt_machine}
