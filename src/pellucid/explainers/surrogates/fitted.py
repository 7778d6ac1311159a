"""A surrogate that was taught, with what explains it."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor

from pellucid._core.engine import Engine
from pellucid._core.errors import InvalidInputError, PellucidError
from pellucid._core.typing import Floats, OutputSpace, Task
from pellucid.data.background import Background
from pellucid.data.table import Table, as_table
from pellucid.explainers.base import Explainer
from pellucid.explainers.surrogates.encoding import Encoding
from pellucid.explainers.surrogates.kinds import Lessons, Surrogate
from pellucid.explainers.surrogates.lessons import Curriculum
from pellucid.explainers.surrogates.rules import read_rules
from pellucid.explanation.rules import Rules
from pellucid.models.adapt import adapt
from pellucid.models.log_odds import probabilities_of
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


class Teacher(NamedTuple):
    """What people call a teacher's columns and outputs."""

    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task


@dataclass(frozen=True, eq=False)
class FittedSurrogate:
    """A surrogate that was taught.

    Attributes
    ----------
    kind : Surrogate
    natives : tuple
        The library's fitted models; their outputs in a row are those that were learned.
    encoding : Encoding
        Makes the rows that they take.
    outputs : OutputMap
    models : tuple of Model
        The same, as pellucid sees them.
    space : {"raw", "probability", "value"}
        The output space in which it predicts, which is that of the explanations.
    are_log_odds : bool
        Whether that is the log-odds of the teacher's probabilities.
    features : tuple of str
        Names of the columns, as explanations show them.
    classes : tuple of str or None
        Names of the outputs of a classifier.
    task : {"classification", "regression", "outlier detection"}
    """

    kind: Surrogate
    natives: tuple[Any, ...]
    encoding: Encoding
    outputs: OutputMap
    models: tuple[Model, ...]
    space: OutputSpace
    are_log_odds: bool
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    task: Task

    def predict(self, rows: Any) -> Floats:
        """Return what the surrogate predicts for rows, in units of the explanation.

        Parameters
        ----------
        rows : array, data frame or sparse matrix
            Shape (n, d), columns as in the initialization examples.

        Returns
        -------
        ndarray of float64, shape (n, k)
            One column per output of the teacher.
        """
        return self.predict_table(as_table(rows))

    def predict_proba(self, rows: Any) -> Floats:
        """Return the probabilities of the classes that the surrogate predicts for rows, (n, k).

        Raises
        ------
        InvalidInputError
            It does not predict probabilities.
        """
        found = self.predict(rows)
        if self.are_log_odds:
            return probabilities_of(found)
        if self.space != "probability":
            raise InvalidInputError(
                f"this surrogate predicts in {self.space!r} units, not probabilities; see predict"
            )
        return found

    def predict_table(self, table: Table) -> Floats:
        """Return the same for a table in the teacher's order of columns."""
        encoded = self.encoding(table)
        space: OutputSpace | None = "raw" if self.are_log_odds and self.kind.classifies else None
        learned = np.hstack([model.predict(encoded, space) for model in self.models])
        return np.asarray(learned @ self.outputs.back + self.outputs.offset, dtype=np.float64)

    def answers(self, table: Table) -> Floats:
        """Return what it predicts in the units in which the teacher answered, shape (n, k).

        These are probabilities where it learned their log-odds, on whose scale a difference at the
        far end, between a probability of 0.999 and one of 0.9999, would outweigh all others.
        """
        found = self.predict_table(table)
        return probabilities_of(found) if self.are_log_odds else found

    def rules(self) -> Rules:
        """Return a decision tree as rules to read; ``pellucid.plots.RuleChart`` draws them.

        Raises
        ------
        InvalidInputError
            The surrogate is no decision tree.

        Examples
        --------
        >>> from pellucid import DecisionTreeExplainableModel, MimicExplainer
        >>> X = [[float(i % 7), float(i % 5)] for i in range(70)]
        >>> explainer = MimicExplainer(
        ...     lambda rows: (rows[:, 0] > 2.5) * 1.0,
        ...     X,
        ...     DecisionTreeExplainableModel,
        ...     features=["age", "hours"],
        ... )
        >>> print(explainer.surrogate.rules())
        age <= 2.5: 0 (43 % of rows)
        age > 2.5: 1 (57 % of rows)
        (missing numbers count as the mean of their column)
        """
        last = self.natives[0][-1] if isinstance(self.natives[0], Pipeline) else None
        if not isinstance(last, DecisionTreeRegressor):
            raise InvalidInputError(
                f"only a decision tree has rules, and the surrogate is {self.kind.name}; pass "
                "DecisionTreeExplainableModel"
            )
        return read_rules(
            self.natives[0],
            self.features,
            self.outputs.back,
            self.outputs.offset,
            classes=self.classes,
            task=self.task,
            space=self.space,
        )

    def explainers(self, background: Background, engine: Engine) -> tuple[Explainer, ...]:
        """Return what explains each regressor against reference rows."""
        encoded = Background(self.encoding(background.table), background.weights, background.note)
        return tuple(
            self.kind.explainer(model, encoded, engine=engine, show_progress=False)
            for model in self.models
        )


def teach(
    kind: Surrogate,
    curriculum: Curriculum,
    encoding: Encoding,
    space: OutputSpace,
    *,
    teacher: Teacher,
    are_log_odds: bool,
    random_state: int,
    n_jobs: int,
    options: dict[str, Any],
) -> FittedSurrogate:
    """Fit a surrogate of one kind to answers in an output space.

    Raises
    ------
    InvalidInputError
        The surrogate's library refuses the options.
    """
    n_outputs = curriculum.taught.outputs.shape[1]
    as_classes = are_log_odds and kind.classifies
    is_classifier = teacher.classes is not None and not as_classes
    outputs = OutputMap.of(n_outputs, space, is_classifier=is_classifier)
    encoded = encoding(curriculum.taught.rows)
    lessons = Lessons(
        rows=encoded.native,
        targets=curriculum.taught.outputs @ outputs.learned,
        weights=curriculum.weights,
        random_state=random_state,
        n_jobs=n_jobs,
        are_log_odds=are_log_odds,
    )
    natives = _fitted(kind, lessons, options)
    models = tuple(adapt(native, examples=encoded) for native in natives)
    return FittedSurrogate(kind, natives, encoding, outputs, models, space, are_log_odds, *teacher)


def _fitted(kind: Surrogate, lessons: Lessons, options: dict[str, Any]) -> tuple[Any, ...]:
    if not options:
        return tuple(kind.fit(lessons))
    try:
        return tuple(kind.fit(lessons, **options))
    except PellucidError:
        raise
    except Exception as error:
        said = str(error).strip().split("\n")[0]
        raise InvalidInputError(
            f"{kind.name} could not be fitted with explainable_model_args {options!r}: {said}"
        ) from error
