"""``LinearExplainer``: exact Shapley values of linear models."""

from typing import Any, ClassVar, final

import numpy as np
import scipy.sparse as sp

from pellucid._core.typing import Floats, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.structure_reasons import reason_without_structure
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import LinearStructure


@final
class LinearExplainer(Explainer):
    """Exact Shapley values of linear models, on their own scale.

    A column's value is its coefficient times the difference between the row and the mean of the
    reference rows; where a pipeline makes several columns of one, their values add up.

    Parameters
    ----------
    model : object
        A fitted linear model, or a Pipeline that ends in one and treats every column by itself.
    initialization_examples : array, data frame, sparse matrix or Background
        Reference rows, shape (m, d).
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``fold``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        The model is not linear, not in the output space asked for, or there are no reference rows.

    Notes
    -----
    These are the values of the interventional game, exactly, since the mean output of a linear
    model is the output of the mean row; see Štrumbelj, Kononenko (2014): Explaining prediction
    models and individual predictions with feature contributions. Knowledge and Information
    Systems 41. A logistic regression is linear in log-odds, so ``output="auto"`` is ``"raw"``
    there.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    >>> model = LinearRegression().fit(X, 2 * X[:, 0] + X[:, 1])
    >>> explanation = LinearExplainer(model, X).explain_local(X[3])
    >>> explanation.values[0, :, 0].round(6), explanation.base_values[0].round(6)
    (array([4., 2.]), array([3.]))
    """

    method = "linear, interventional"
    takes_groups: ClassVar[bool] = True

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        return reason_against_linear(model, background, self.output)

    def _natural_output(self) -> OutputSpace:
        structure = _structure_of(self.model)
        return self.model.default_space if structure is None else structure.space

    def _prepare(self) -> None:
        structure = _structure_of(self.model)
        if structure is None or self.background is None:
            raise AssertionError("cannot_explain() refuses such a model")
        self._predict_background(self.background)
        self._encode = structure.encode
        encoded = structure.encode(self.background.table)
        self._mean = _weighted_mean(encoded, self.background.weights)
        self._base = structure.coefficients @ self._mean + structure.intercept
        players = self._grouped(structure.players)
        self.assumption = players.assumption
        place = np.arange(players.n_engineered), players.raw_of
        # From an encoded row to its players' values, one map (e, d) per output.
        self._maps = [
            sp.csr_array((weights, place), shape=(players.n_engineered, players.n_raw))
            for weights in structure.coefficients
        ]

    def _attribute(self, table: Table) -> Attribution:
        encoded: Any = self._encode(table)
        is_sparse = bool(sp.issparse(encoded))
        if is_sparse:
            values = [(encoded @ to_raw).toarray() - self._mean @ to_raw for to_raw in self._maps]
        else:
            values = [(encoded - self._mean) @ to_raw for to_raw in self._maps]
        return Attribution(np.stack(values, axis=2), self._base)


def reason_against_linear(model: Model, background: Background | None, output: str) -> str | None:
    """Return the reason against explaining a model as a linear one, or None.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one in which the model is linear.
    """
    return reason_without_structure(model.linear, "linear", background, output)


def _structure_of(model: Model) -> LinearStructure | None:
    return None if isinstance(model.linear, Unavailable) else model.linear()


def _weighted_mean(encoded: Any, weights: Floats) -> Floats:
    """Return the mean row, shape (e,); a column of equal cells has exactly these as its mean."""
    is_sparse = bool(sp.issparse(encoded))
    if not is_sparse:
        return np.asarray(encoded[0] + weights @ (encoded - encoded[0]), dtype=np.float64)
    low, high = encoded.min(axis=0).toarray().ravel(), encoded.max(axis=0).toarray().ravel()
    mean: Floats = np.where(low == high, low, encoded.T @ weights)
    return mean
