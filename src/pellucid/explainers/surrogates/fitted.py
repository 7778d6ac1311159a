"""A surrogate that was taught, with what explains it."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pellucid._core.engine import Engine
from pellucid._core.typing import Floats, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table, as_table
from pellucid.explainers.base import Explainer
from pellucid.explainers.surrogates.encoding import Encoding
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.surrogates.lessons import Curriculum
from pellucid.models.adapt import adapt
from pellucid.models.model import Model


@dataclass(frozen=True, eq=False)
class OutputMap:
    """How the outputs of a teacher follow from those that a surrogate learns.

    What is known of the outputs is not learned but built in: two classes are one output and its
    opposite, and probabilities add up to 1.

    Attributes
    ----------
    learned : ndarray of float64, shape (k, r)
        From the teacher's outputs to those to learn.
    back : ndarray of float64, shape (r, k)
        From those to the teacher's.
    offset : ndarray of float64, shape (k,)
    """

    learned: Floats
    back: Floats
    offset: Floats

    @classmethod
    def of(cls, n_outputs: int, space: OutputSpace, *, is_classifier: bool) -> Self:
        """Return the map for a teacher of k outputs in a space."""
        if is_classifier and n_outputs == 2:
            offset = np.array([1.0, 0.0]) if space == "probability" else np.zeros(2)
            return cls(np.array([[0.0], [1.0]]), np.array([[-1.0, 1.0]]), offset)
        back, offset = np.eye(n_outputs), np.zeros(n_outputs)
        if is_classifier and space == "probability":
            back, offset = back - 1 / n_outputs, offset + 1 / n_outputs
        return cls(np.eye(n_outputs), back, offset)


@dataclass(frozen=True, eq=False)
class FittedSurrogate:
    """A surrogate that was taught.

    Attributes
    ----------
    kind : Surrogate
    natives : tuple
        The library's fitted regressors; their outputs in a row are those that were learned.
    encoding : Encoding
        Makes the rows that they take.
    outputs : OutputMap
    models : tuple of Model
        The same regressors, as pellucid sees them.
    """

    kind: Surrogate
    natives: tuple[Any, ...]
    encoding: Encoding
    outputs: OutputMap
    models: tuple[Model, ...]

    def predict(self, rows: Any) -> Floats:
        """Return what the surrogate predicts for rows, in the teacher's outputs, shape (n, k)."""
        return self.predict_table(as_table(rows))

    def predict_table(self, table: Table) -> Floats:
        """Return the same for a table in the teacher's order of columns."""
        encoded = self.encoding(table)
        learned = np.hstack([model.predict(encoded) for model in self.models])
        return np.asarray(learned @ self.outputs.back + self.outputs.offset, dtype=np.float64)

    def explainers(self, background: Background, engine: Engine) -> tuple[Explainer, ...]:
        """Return what explains each regressor against reference rows."""
        encoded = Background(self.encoding(background.table), background.weights, background.note)
        return tuple(
            self.kind.explainer(native, encoded, engine=engine, show_progress=False)
            for native in self.natives
        )


def teach(
    kind: Surrogate,
    curriculum: Curriculum,
    encoding: Encoding,
    outputs: OutputMap,
    *,
    random_state: int,
    n_jobs: int,
    options: dict[str, Any],
) -> FittedSurrogate:
    """Fit a surrogate of one kind."""
    encoded = encoding(curriculum.taught.rows)
    lessons = Lessons(
        rows=encoded.native,
        targets=curriculum.taught.outputs @ outputs.learned,
        weights=curriculum.weights,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    natives = tuple(kind.fit(lessons, **options))
    models = tuple(adapt(native, examples=encoded) for native in natives)
    return FittedSurrogate(kind, natives, encoding, outputs, models)
