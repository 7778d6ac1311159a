"""``AdditiveExplainer``: exact Shapley values of sums of functions of one or two columns."""

from typing import ClassVar, final

import numpy as np

from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.structure_reasons import reason_without_structure
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import AdditiveStructure, AdditiveTerm


@final
class AdditiveExplainer(Explainer):
    """Exact Shapley values of additive models with pairwise terms, on their own scale.

    Such are the explainable boosting machines of ``interpret``. A function of one column is that
    column's; what a function of two columns adds is divided between them.

    Parameters
    ----------
    model : object
        A fitted ``ExplainableBoostingClassifier`` or ``ExplainableBoostingRegressor``.
    initialization_examples : array, data frame or Background
        Reference rows, shape (m, d).
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        The model is not additive, not in the output space asked for, or there are no reference
        rows.

    Notes
    -----
    These are the values of the interventional game, exactly. Of a term f(u, v) the column u is
    given half of what it adds alone, and half of what it adds to v: with x the row and b the
    reference rows, ``½ (E f(x_u, b_v) - E f(b_u, b_v)) + ½ (f(x_u, x_v) - E f(b_u, x_v))``. So a row
    takes one look-up for each term, however many reference rows there are; see Bordt, von Luxburg
    (2023): From Shapley values to generalized additive models and back. AISTATS.

    A classifier is additive in log-odds, so ``output="auto"`` is ``"raw"`` there.

    Examples
    --------
    >>> import numpy as np
    >>> from interpret.glassbox import ExplainableBoostingRegressor
    >>> X = np.random.default_rng(0).normal(size=(300, 3))
    >>> model = ExplainableBoostingRegressor(max_rounds=50, outer_bags=1, n_jobs=1)
    >>> explainer = AdditiveExplainer(model.fit(X, X[:, 0] * X[:, 1]), X)
    >>> explanation = explainer.explain_local(X)
    >>> explanation.stats.exact, explanation.importance().get_ranked_global_names()[-1]
    (True, '2')
    """

    method = "additive, interventional"
    takes_groups: ClassVar[bool] = True

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        return reason_against_additive(model, background, self.output)

    def _natural_output(self) -> OutputSpace:
        structure = _structure_of(self.model)
        return self.model.default_space if structure is None else structure.space

    def _prepare(self) -> None:
        structure = _structure_of(self.model)
        if structure is None or self.background is None:
            raise AssertionError("cannot_explain() refuses such a model")
        self._predict_background(self.background)
        self._encode = structure.encode
        codes, weights = structure.encode(self.background.table), self.background.weights
        players = self._grouped(structure.players)
        self._n_players = players.n_raw
        self._base = structure.intercept.copy()
        self._shares: list[tuple[tuple[int, ...], int, Floats]] = []
        for term in structure.terms:
            mean = weights @ _looked_up(term.scores, term.columns, codes)
            self._base += mean
            owners = players.raw_of[list(term.columns)].tolist()
            shares: tuple[Floats, ...] = (term.scores - mean,)
            if len(set(owners)) > 1:
                shares = _divided(term, codes, weights, mean)
            for owner, share in zip(dict.fromkeys(owners), shares, strict=True):
                own = [i for i, player in enumerate(owners) if player == owner]
                _silence(share, own, codes[:, list(term.columns)])
                self._shares.append((term.columns, owner, share))

    def _attribute(self, table: Table) -> Attribution:
        codes = self._encode(table)
        values = np.zeros((table.n_rows, self._n_players, len(self._base)))
        for columns, player, share in self._shares:
            values[:, player] += _looked_up(share, columns, codes)
        return Attribution(values, self._base)


def reason_against_additive(model: Model, background: Background | None, output: str) -> str | None:
    """Return the reason against explaining a model as an additive one, or None.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one in which the model is additive.
    """
    return reason_without_structure(model.additive, "additive", background, output)


def _structure_of(model: Model) -> AdditiveStructure | None:
    return None if isinstance(model.additive, Unavailable) else model.additive()


def _looked_up(table: Floats, columns: tuple[int, ...], codes: Integers) -> Floats:
    """Return a term's entries for rows, shape (n, k)."""
    found: Floats = table[tuple(codes[:, j] for j in columns)]
    return found


def _divided(
    term: AdditiveTerm, codes: Integers, weights: Floats, mean: Floats
) -> tuple[Floats, Floats]:
    """Return what each column of a pair is given, as tables over the codes of both."""
    scores = term.scores
    of_first, of_second = (
        np.bincount(codes[:, j], weights, minlength=size)
        for j, size in zip(term.columns, scores.shape[:2], strict=True)
    )
    alone_first = np.einsum("abk,b->ak", scores, of_second)[:, np.newaxis]
    alone_second = np.einsum("abk,a->bk", scores, of_first)[np.newaxis]
    return (
        0.5 * (scores - mean + alone_first - alone_second),
        0.5 * (scores - mean + alone_second - alone_first),
    )


def _silence(share: Floats, own: list[int], codes: Integers) -> None:
    """Give exactly nothing, whatever the rounding, to columns in which all reference rows agree.

    Parameters
    ----------
    share : ndarray of float64
        What a player is given, over the codes of the term's columns.
    own : list of int
        Which of these columns are the player's.
    codes : ndarray of int64, shape (m, 1 or 2)
        Of the reference rows.
    """
    if (codes[:, own] == codes[0, own]).all():
        share[tuple(codes[0, i] if i in own else slice(None) for i in range(codes.shape[1]))] = 0.0
