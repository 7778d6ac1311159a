"""``GradientExplainer``: expected gradients of networks, with their standard errors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack, final

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import OutputSpace
from pellucid._core.validation import check_count, check_fraction
from pellucid.data.background import Background
from pellucid.data.layout import Axes
from pellucid.data.table import Table
from pellucid.explainers.advice import how_to_be_surer
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.keywords import Options
from pellucid.explainers.networks import natural_output, network_of, reason_against_networks
from pellucid.explainers.shapes import ShapedRows
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import ReferenceUse
from pellucid.models.model import Model, Unavailable

DEFAULT_BUDGET = 200


@final
class GradientExplainer(Explainer):
    """Expected gradients of neural networks: for any that autograd differentiates.

    The gradient is taken at random points on the straight ways from reference rows to the row, and
    multiplied by their difference [1]_: the mean over reference rows of integrated gradients [2]_.
    :class:`DeepExplainer` gives values of the same kind, usually nearer to Shapley values and at no
    sampling error; take this one where gradients are what you want.

    Parameters
    ----------
    model : torch.nn.Module, or a model or Pipeline that ends in one
        As in :class:`DeepExplainer`.
    initialization_examples : array, tensor, data frame, Background, or tuple or dict of arrays
        Reference rows, as in :class:`DeepExplainer`.
    budget : int, optional
        Gradients to take per explained row, 200 by default. Where there are twice as many as
        reference rows, each of these gets its own.
    nsamples : int, optional
        SHAP's word for ``budget``.
    target_se : float, optional
        Stop when the length of a row's standard errors is at most this share of the length of its
        values, such as 0.05. Rounds double the gradients until it is reached or 50 times the budget
        is spent; a warning in the stats says how many rows did not get there.
    sum_over : int, tuple of int, or dict of these by input's name, optional
        Axes over which values are added up, as in :class:`DeepExplainer`.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        The model is no network, or has no gradient; the message says why.

    Notes
    -----
    A module is run as it is, in evaluation mode. If it embeds tokens, it is traced as by
    :class:`DeepExplainer`, and a token gets what its embedding does, summed up.

    Points are drawn in pairs from equal parts of the ways, so that their halved differences tell
    the standard errors, which are enlarged as Student's distribution asks for: 1.96 of them cover
    the expected gradient of these reference rows in 95 % of cases. The sum over all cells is known,
    by the fundamental theorem of calculus: the difference of predictions. What the points miss it by
    is shared by regression, which makes values surer, and add up. Where they miss it by more than
    chance would, the network jumps on the way, or its gradient is not that of its function; values
    are then left as they are, ``stats.efficiency_gap`` is large, and a warning says so.

    References
    ----------
    .. [1] Erion, Janizek, Sturmfels, Lundberg, Lee (2021): Improving performance of deep learning
       models with axiomatic attribution priors and expected gradients. Nature Machine
       Intelligence 3.
    .. [2] Sundararajan, Taly, Yan (2017): Axiomatic attribution for deep networks. ICML.

    Examples
    --------
    >>> import torch
    >>> class Area(torch.nn.Module):
    ...     def forward(self, sides):
    ...         return sides[:, 0] * sides[:, 1]
    >>> explainer = GradientExplainer(Area(), torch.tensor([[0.0, 0.0], [2.0, 2.0]]))
    >>> explanation = explainer.explain_local(torch.tensor([[4.0, 3.0]]))
    >>> explanation.values[0, :, 0].round(2), explanation.std_error.max() < 0.01
    (array([5.5, 4.5]), np.True_)
    """

    method = "expected gradients"
    default_batch_size: ClassVar[int] = 100
    calls_model: ClassVar[bool] = True
    takes_groups: ClassVar[bool] = True

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        budget: int | None = None,
        nsamples: int | None = None,
        target_se: float | None = None,
        sum_over: Axes | Mapping[str, Axes] | None = None,
        **options: Unpack[Options],
    ) -> None:
        if budget is not None and nsamples is not None:
            raise InvalidInputError("budget and nsamples say the same; give one of them")
        given = nsamples if budget is None else budget
        name = "nsamples" if budget is None else "budget"
        self.budget = DEFAULT_BUDGET if given is None else check_count(name, given, minimum=4)
        self._asked = given is not None or target_se is not None
        if target_se is not None:
            check_fraction("target_se", target_se)
        self.target_se = None if target_se is None else float(target_se)
        self._shape = ShapedRows.of(initialization_examples, sum_over)
        model, examples, options = self._shape.settle(model, initialization_examples, options)
        super().__init__(model, examples, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        reason = reason_against_networks(model, background, self.output)
        if reason is not None or background is None:
            return reason
        structure = network_of(model, self.output)
        if structure.library != "torch":
            return "it takes gradients by torch; DeepExplainer integrates those of TensorFlow"
        from pellucid.explainers.torch import gradients, preparation  # noqa: PLC0415 - loads torch

        self._references = preparation.references_of(structure, background)
        runner = gradients.runner_of(structure.network, self._references)
        return runner.reason if isinstance(runner, Unavailable) else None

    def shaped(self, explanation: Explanation) -> Any:
        """Return an explanation's values in the shape of the rows.

        Parameters
        ----------
        explanation : Explanation
            Of this explainer.

        Returns
        -------
        ndarray of float64, shape (n, …, k), or tuple or dict of these
            As the rows were given; without the axes that were summed over.
        """
        return self._shape.shaped(explanation.values)

    def advice(self, use: ReferenceUse) -> str | None:
        """Return what makes estimates surer, where nothing was asked for and they are unsure."""
        return None if self._asked else how_to_be_surer(use)

    def _natural_output(self) -> OutputSpace:
        return natural_output(self.model)

    def _settings(self) -> tuple[tuple[str, str], ...]:
        budget = f"{self.budget:,} gradients per explained row"
        target = () if self.target_se is None else (("target_se", f"{self.target_se:g}"),)
        return (*super()._settings(), ("budget", budget), *target)

    def _prepare(self) -> None:
        # The reference rows are at hand already: gradients were tried on them.
        self.columns = replace(self.columns, flatten=self._shape.flatten)

    def _attribute(self, table: Table) -> Attribution:
        from pellucid.explainers.torch import expected  # noqa: PLC0415 - loads torch

        structure = network_of(self.model, self.output)
        found: Attribution = expected.explain(
            structure,
            self._references,
            table,
            self._grouped(structure.players),
            expected.Wanted(self.budget, self.target_se, self.random_state),
            self.progress.reach,
        )
        return found
