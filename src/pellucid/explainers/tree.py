"""``TreeExplainer``: exact Shapley values of sums of trees."""

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Unpack, final, get_args

import numpy as np

from pellucid._core.engine import SerialEngine
from pellucid._core.errors import UnsupportedModelError
from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid._core.validation import check_choice
from pellucid.data.background import Background
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.engineering import NO_SUMS_OF_INTERACTIONS
from pellucid.explainers.keywords import Options
from pellucid.explainers.tree_batches import BLOCKS_AT_ONCE, codes_and_sums
from pellucid.explainers.tree_predictions import compared_predictions, unusual_rows
from pellucid.explainers.tree_reasons import (
    reason_against_interventional,
    reason_against_path_dependent,
    space_of_contributions,
)
from pellucid.explainers.tree_structures import (
    encoded_in_parts,
    encoded_rows,
    link_of,
    readable_structure,
    rows_at_once,
    tree_structure,
    trees_to_walk,
    weighted_mean,
)
from pellucid.explanation.interaction_ranking import RankedInteractions
from pellucid.explanation.interactions import Interactions
from pellucid.explanation.local import Explanation
from pellucid.kernels.tree_codes import LANES, encode_rows
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import TreeStructure

if TYPE_CHECKING:  # a game's kernels are imported when it is played: each takes its time to load
    from pellucid.explainers.tree_game import InterventionalGame
    from pellucid.explainers.tree_linked_game import LinkedGame
    from pellucid.explainers.tree_path_game import PathDependentGame

Perturbation: TypeAlias = Literal["auto", "interventional", "path-dependent"]


@final
class TreeExplainer(Explainer):
    """Explains sums of trees by exact Shapley values, in the time of a few predictions.

    Two games are offered. In the *interventional* one, absent features take their values from the
    rows of the initialization examples, all of which count; it explains what the model does with
    the features. In the *path-dependent* one, absent features are averaged out by the training
    weights in the trees' nodes; it needs no reference rows, and depends on the trees' shape [1]_.

    Values are exact in the space in which the trees add up: log-odds for most boosted classifiers,
    probabilities for forests. With initialization examples, boosted classifiers can be explained
    in probabilities too: for each pair of an explained and a reference row, the values are rescaled
    by the mean slope of the link between both; that adds up exactly, but is a rule, not the Shapley
    value of the probability, and is said in the stats.

    Predictions are those of the trees themselves, summed up in float64. In each batch of rows, the
    model is asked for some of them, and for rows with missing or infinite cells; where it disagrees
    by more than rounding, its own predictions are reported, and the stats say that values do not
    add up to them.

    A row's values depend on no other row, but for their last bits: which of several exact ways a
    tree goes, as the stats tell, is chosen by the number of rows in a call.

    Parameters
    ----------
    model : object
        A fitted tree, forest or boosted ensemble of scikit-learn, LightGBM, XGBoost or CatBoost,
        or a Pipeline that ends in one.
    initialization_examples : array, data frame, sparse matrix or Background, optional
        Reference rows for the interventional game, shape (m, d).
    perturbation : {"auto", "interventional", "path-dependent"}
        The game; ``"auto"`` is the interventional one if there are initialization examples.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``fold``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Raises
    ------
    UnsupportedModelError
        The model is no sum of trees, or not in the output space or game asked for.
    InvalidInputError
        The initialization examples or a parameter cannot be used.

    References
    ----------
    .. [1] Lundberg et al., "From local explanations to global understanding with explainable AI
       for trees", Nature Machine Intelligence 2 (2020).

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> model = DecisionTreeRegressor(random_state=0).fit(X, [0.0, 0.0, 0.0, 1.0])
    >>> explanation = TreeExplainer(model, X).explain_local([1.0, 1.0])
    >>> explanation.values[0, :, 0].tolist(), explanation.base_values[0].tolist()
    ([0.375, 0.375], [0.25])
    """

    threads_within = True
    takes_groups = True
    predicts = True

    _game: "PathDependentGame | InterventionalGame | LinkedGame"

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        perturbation: Perturbation = "auto",
        **options: Unpack[Options],
    ) -> None:
        self.perturbation = check_choice("perturbation", perturbation, get_args(Perturbation))
        super().__init__(model, initialization_examples, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        if self._is_interventional():
            return reason_against_interventional(
                model, background, self.output, most_seconds=math.inf
            )
        return reason_against_path_dependent(model, self.output, grouped=self.players is not None)

    def _natural_output(self) -> OutputSpace:
        if isinstance(self.model.trees, Unavailable):
            return space_of_contributions(self.model)
        structure = readable_structure(self.model)
        return self.model.default_space if isinstance(structure, Unavailable) else structure.space

    def _is_interventional(self) -> bool:
        if self.perturbation == "auto":
            return self.background is not None and not isinstance(self.model.trees, Unavailable)
        return bool(self.perturbation == "interventional")

    def _prepare(self) -> None:
        if isinstance(self.model.trees, Unavailable):
            self.method = f"tree, path-dependent ({self.model.name}'s own)"
            self.engine = SerialEngine()  # no model is asked from two threads at once
            self.background = None
            return
        structure = tree_structure(self.model)
        if self.players is not None:
            structure = replace(structure, players=self._grouped(structure.players))
        self._structure = structure
        self.assumption = structure.players.assumption
        self._trees = trees_to_walk(self._structure)
        trees, paths, base = self._trees.trees, self._trees.paths, self._structure.ensemble.base
        if not self._is_interventional() or self.background is None:
            from pellucid.explainers import tree_path_game  # noqa: PLC0415 - with its kernels
            from pellucid.kernels.tree_path_dependent import path_dependent_base  # noqa: PLC0415

            self.method = "tree, path-dependent"
            self.background = None
            self._base = path_dependent_base(trees, paths, base)
            self._game = tree_path_game.PathDependentGame(trees, paths)
            return
        self._predict_background(self.background)
        n_background = self.background.n_rows
        weights = np.require(self.background.weights, np.float64, ["C", "A", "W", "E"])
        parts = encoded_in_parts(self._structure, self.background.table)
        codes = np.concatenate([encode_rows(self._trees.coding, part) for part in parts])
        sums = self._trees.sums(base, codes, n_background)
        if not self._is_linked():
            from pellucid.explainers import tree_game  # noqa: PLC0415 - with its kernels

            self.method = "tree, interventional"
            self._base = weighted_mean(sums, weights)
            self._game = tree_game.InterventionalGame(trees, paths, codes, weights, self.engine)
        else:
            from pellucid.explainers import tree_linked_game  # noqa: PLC0415 - with its kernels

            self.method = f"tree, interventional, rescaled to {self.output}"
            link = link_of(self._structure)
            self._base = weighted_mean(self._linked(sums), weights)
            self._game = tree_linked_game.LinkedGame(
                trees, paths, codes, weights, background_sums=sums, link=link
            )

    def _rows_per_batch(self) -> int:
        if isinstance(self.model.trees, Unavailable):
            return self.default_batch_size
        players = self._structure.players
        n_values = players.n_raw * self._structure.ensemble.n_outputs
        return min(BLOCKS_AT_ONCE * LANES, rows_at_once(max(n_values, players.n_engineered)))

    def _attribute(self, table: Table) -> Attribution:
        if self.model.contributions is not None and isinstance(self.model.trees, Unavailable):
            predictions = self.model.predict(table, self.output)
            return Attribution(*self.model.contributions(table), predictions=predictions)
        try:
            matrix = encoded_rows(self._structure, table)
        except Exception:
            self.model.predict(table, self.output)  # refuses the rows in words of ours
            raise
        base = self._structure.ensemble.base
        codes, sums = codes_and_sums(self._trees, base, matrix, self.engine)
        unusual = unusual_rows(matrix)
        compare = partial(self._compared, table, unusual, sums)
        # What the model may refuse is shown to it before any long work. Other rows it is asked for
        # last, as threads of its library keep cores busy for some time after it.
        compared = compare() if len(unusual) else None
        n_together = self._n_together()
        values = self._game.values(
            codes,
            sums,
            n_players=self._structure.players.n_raw,
            engine=self.engine,
            n_in_call=n_together,
        )
        warnings = self._warnings()
        return Attribution(
            self._for_classes(values, at_zero=0.0),
            self._for_classes(self._base, at_zero=1.0),
            exact=not warnings,
            warnings=warnings,
            predictions=compare() if compared is None else compared,
            settings=(("way", self._game.way(n_together)),),
        )

    def _compared(self, table: Table, unusual: Integers, sums: Floats) -> Floats:
        """Return predictions from the trees' sums, compared with the model's own."""
        predictions = self._linked(sums) if self._is_linked() else sums
        predictions = self._for_classes(predictions, at_zero=1.0)
        return compared_predictions(
            self.model, self._structure, table, unusual, predictions, output=self.output
        )

    def explain_interactions(self, evaluation_examples: Any) -> Interactions:
        """Split the values of each row into main effects and interactions of pairs.

        The result holds n x d x d x k numbers, 8 bytes each; beyond them, memory for one block of
        rows is all that is needed. For many features, :meth:`top_interactions` finds the pairs
        that matter without holding all of them.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix, list, or one row
            Rows to explain, shape (n, d) or (d,).

        Returns
        -------
        Interactions

        Raises
        ------
        UnsupportedModelError
            The model's trees cannot be read, or do not add up in the explained output space.
        InvalidInputError
            The rows cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.

        Examples
        --------
        >>> from sklearn.tree import DecisionTreeRegressor
        >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
        >>> model = DecisionTreeRegressor(random_state=0).fit(X, [0.0, 0.0, 0.0, 1.0])
        >>> interactions = TreeExplainer(model, X).explain_interactions([1.0, 1.0])
        >>> interactions.values[0, :, :, 0].tolist()
        [[0.25, 0.125], [0.125, 0.25]]
        """
        from pellucid.explainers import tree_interactions  # noqa: PLC0415 - most never ask for it

        return tree_interactions.explain_interactions(self, self._read_trees(), evaluation_examples)

    def top_interactions(self, evaluation_examples: Any, top_k: int = 10) -> RankedInteractions:
        """Rank pairs of features by their mean absolute interaction over many rows.

        Only pairs that occur together on a path of a tree are computed, all others being zero;
        rows are taken in blocks, and only means and standard errors are kept.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix or list
            Rows to explain, shape (n, d).
        top_k : int
            How many pairs to return, if as many interact at all.

        Returns
        -------
        RankedInteractions

        Raises
        ------
        UnsupportedModelError
            The model's trees cannot be read, or do not add up in the explained output space.
        InvalidInputError
            The rows or ``top_k`` cannot be used; the message names the culprit.
        ModelError
            The model failed on the rows.

        Examples
        --------
        >>> from sklearn.tree import DecisionTreeRegressor
        >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
        >>> model = DecisionTreeRegressor(random_state=0).fit(X, [0.0, 0.0, 0.0, 1.0])
        >>> TreeExplainer(model, X, features=["a", "b"]).top_interactions(X).to_dict()
        {('a', 'b'): 0.25}
        """
        from pellucid.explainers import tree_interactions  # noqa: PLC0415 - most never ask for it

        return tree_interactions.top_interactions(
            self, self._read_trees(), evaluation_examples, top_k
        )

    def explain_loss(self, evaluation_examples: Any, true_labels: Any) -> Explanation:
        """Attribute the loss of each row: which features make the model right or wrong about it.

        The loss is the log-loss of a classifier, or the squared error of a regressor with one
        target. For each reference row, the Shapley values of the trees' sum are rescaled by the
        mean slope of the loss between both rows; that adds up exactly to how much the row's
        loss differs from the reference rows' mean loss by the same label, but is a rule, not the
        Shapley value of the loss, and is said in the stats.

        Parameters
        ----------
        evaluation_examples : array, data frame, sparse matrix, list, or one row
            Rows to explain, shape (n, d) or (d,).
        true_labels : array, series, list, or one label
            The truth about each row, n of them: classes as the model was fitted with or as
            ``classes`` calls them, or a regressor's targets.

        Returns
        -------
        Explanation
            One output, in the space ``"log-loss"`` or ``"squared error"``: a positive value makes
            the loss larger. ``predictions`` are the losses; base values depend on the label.

        Raises
        ------
        UnsupportedModelError
            The model's trees cannot be read; or they add up neither to log-odds or probabilities
            of its classes nor to the one target of a regressor.
        InvalidInputError
            There are no initialization examples; or the rows or labels cannot be used: the
            message names the culprit.
        ModelError
            The model failed on the rows.

        Examples
        --------
        >>> from sklearn.tree import DecisionTreeRegressor
        >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
        >>> model = DecisionTreeRegressor(random_state=0).fit(X, [0.0, 0.0, 0.0, 1.0])
        >>> loss = TreeExplainer(model, X).explain_loss([1.0, 1.0], 1.0)
        >>> loss.base_values.tolist(), loss.values[0, :, 0].tolist(), loss.predictions.tolist()
        ([[0.75]], [-0.375, -0.375], [[0.0]])
        """
        from pellucid.explainers.tree_loss import explain_loss  # noqa: PLC0415 - most never ask

        return explain_loss(self, self._read_trees(), evaluation_examples, true_labels)

    def _read_trees(self) -> TreeStructure | Unavailable:
        if self.engineering is not None:
            raise UnsupportedModelError(NO_SUMS_OF_INTERACTIONS)
        if isinstance(self.model.trees, Unavailable):
            return self.model.trees
        return self._structure

    def _for_classes(self, found: Floats, *, at_zero: float) -> Floats:
        """Put the other of two classes before what is known for one; it is the last axis."""
        if self.model.classes is None or not found.shape[-1] == 1 < len(self.model.classes):
            return found
        total = at_zero if self.output == "probability" else 0.0
        return np.concatenate([total - found, found], axis=-1)

    def _n_together(self) -> int:
        """Return how many rows share what is prepared for a call; tables last for one batch."""
        return min(self.n_in_call, self._rows_per_batch())

    def _is_linked(self) -> bool:
        return bool(self.output != self._structure.space)

    def _linked(self, sums: Floats) -> Floats:
        """Return sums of the trees in the space that their link leads to."""
        from pellucid.kernels.tree_slopes import apply_link  # noqa: PLC0415 - as for the games

        return apply_link(sums, link_of(self._structure))

    def _warnings(self) -> tuple[str, ...]:
        if not self._is_linked():
            return ()
        space = self._structure.space
        warning = (
            f"values are the {space} Shapley values rescaled to {self.output} for each reference "
            f"row; they add up exactly, but are not Shapley values of the {self.output} itself"
        )
        return (warning,)
