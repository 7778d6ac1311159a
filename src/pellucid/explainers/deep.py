"""``DeepExplainer``: DeepLIFT's values of networks, which add up, averaged over reference rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack, final

from pellucid._core.typing import OutputSpace
from pellucid.data.background import Background
from pellucid.data.layout import Axes
from pellucid.data.table import Table
from pellucid.explainers.attribution import Attribution
from pellucid.explainers.base import Explainer
from pellucid.explainers.handing_over import HandingOver
from pellucid.explainers.keywords import Options
from pellucid.explainers.networks import (
    Unsteady,
    natural_output,
    network_of,
    part_for,
    prepared,
    reason_against_networks,
)
from pellucid.explainers.shapes import ShapedRows
from pellucid.explanation.local import Explanation
from pellucid.explanation.stats import ReferenceUse
from pellucid.models.model import Model, Unavailable


@final
class DeepExplainer(Explainer):
    """Values of neural networks that add up, at the cost of a few passes per reference row.

    The network is traced once into its operators, and the difference between its outputs for a
    row and for a reference row is shared out operator by operator, back to the cells of the row.
    No layer has to be of a certain class, nothing is hooked into the model, and it is left as it
    was. That the values add up is measured for every pair of rows, not taken for granted; where
    they do not, another method is used, and ``stats.method`` says which.

    Parameters
    ----------
    model : torch.nn.Module or keras.Model, or a model or Pipeline that ends in one
        Takes one tensor, several by position, or several by name, and returns one tensor (m,) or
        (m, k). Also the path of a Keras model's file, or a :class:`KerasFile`; and a function of
        TensorFlow, whose gradients are integrated.
    initialization_examples : array, tensor, data frame, Background, or tuple or dict of arrays
        Reference rows, shape (m, d) or (m, …). Several inputs come as a tuple, or as a dict by
        the names of ``forward``'s arguments. Whole numbers are tokens, if the model embeds them.
    sum_over : int, tuple of int, or dict of these by input's name, optional
        Axes over which values are added up, counted as in the examples: ``1`` for the channels of
        images (m, channels, height, width), or for the steps of sequences (m, steps, d).
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``. The network runs on its own device and its library's own threads,
        whatever ``n_jobs`` says.

    Raises
    ------
    InvalidInputError
        The reference rows or a parameter cannot be used.
    UnsupportedModelError
        The model is no network, or says something else every time it is asked.

    Notes
    -----
    Functions of single numbers have the slope of their secant [1]_; products, of numbers and of
    matrices as in attention, are shared by the Shapley value of their two factors [2]_; a softmax
    and a normalization are exponentials, squares, products and reciprocals; a maximum is routed to
    where it is and was. An average over reference rows of such values is known as DeepSHAP [3]_.
    Where the shares of a row miss the difference of outputs by more than 1e-4 of it, since an
    operator has no rule, gradients are integrated along the way [4]_, in as many points as it
    takes: ``stats.method`` is then ``"integrated gradients"``. Rows that these miss too, and all
    rows if the network's operators cannot be traced, as when a branch depends on the rows' values,
    are explained by :class:`KernelExplainer`, which only asks the network for predictions: the
    method is then ``"kernel"``, or ``"deep + kernel"``, and ``stats.refused`` or
    ``stats.warnings`` have the reason.

    The values are exact Shapley values of networks that are sums of functions of one cell, and of
    products of two; of others they are an approximation. ``std_error`` tells how much they would
    change with other reference rows, and nothing of this approximation.

    References
    ----------
    .. [1] Shrikumar, Greenside, Kundaje (2017): Learning important features through propagating
       activation differences. ICML.
    .. [2] Ancona, Öztireli, Gross (2019): Explaining deep neural networks with a polynomial time
       algorithm for Shapley value approximation. ICML.
    .. [3] Lundberg, Lee (2017): A unified approach to interpreting model predictions. NeurIPS.
    .. [4] Sundararajan, Taly, Yan (2017): Axiomatic attribution for deep networks. ICML.

    Examples
    --------
    >>> import torch
    >>> class Area(torch.nn.Module):
    ...     def forward(self, sides):
    ...         return sides[:, 0] * sides[:, 1]
    >>> explainer = DeepExplainer(Area(), torch.tensor([[0.0, 0.0], [2.0, 2.0]]))
    >>> explanation = explainer.explain_local(torch.tensor([[4.0, 3.0]]))
    >>> explanation.values[0, :, 0], explanation.base_values[0, 0]
    (array([5.5, 4.5]), np.float64(2.0))
    """

    method = "deep"
    calls_model: ClassVar[bool] = True
    takes_groups: ClassVar[bool] = True
    _kernel: HandingOver | None

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        sum_over: Axes | Mapping[str, Axes] | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._shape = ShapedRows.of(initialization_examples, sum_over)
        model, examples, options = self._shape.settle(model, initialization_examples, options)
        super().__init__(model, examples, **options)

    def cannot_explain(self, model: Model, background: Background | None) -> str | None:
        """Return the reason why this explainer cannot explain the model, or None if it can."""
        reason = reason_against_networks(model, background, self.output)
        if reason is None:
            self._prepared = prepared(model, background, self.output)
            reason = self._prepared.reason if isinstance(self._prepared, Unsteady) else None
        return reason

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

        Examples
        --------
        >>> import torch
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
        >>> images = torch.zeros(5, 3, 2, 2)
        >>> explainer = DeepExplainer(net, images, sum_over=1)
        >>> explainer.shaped(explainer.explain_local(images + 1)).shape
        (5, 2, 2, 2)
        """
        return self._shape.shaped(explanation.values)

    def advice(self, use: ReferenceUse) -> str | None:
        """Return what to do about estimates that are not very sure."""
        return self._handing_over.advice(use)

    def _natural_output(self) -> OutputSpace:
        return natural_output(self.model)

    def _prepare(self) -> None:
        # What the trial found is at hand already: it decides whether the model can be explained.
        self.columns = replace(self.columns, flatten=self._shape.flatten)
        self._kernel, self.method, self.refused = None, DeepExplainer.method, ()
        if isinstance(self._prepared, Unavailable):
            self.refused = ((self.method, self._prepared.reason),)
            self.method = self._handing_over.kernel.method

    @property
    def _handing_over(self) -> HandingOver:
        """What rows are handed over to, made when the first one is."""
        if self._kernel is None:
            self._kernel = HandingOver.of(self)
        return self._kernel

    def _rows_per_batch(self) -> int:
        if isinstance(self._prepared, Unavailable):
            return self._handing_over.kernel.default_batch_size
        return self.default_batch_size

    def _attribute(self, table: Table) -> Attribution:
        if isinstance(self._prepared, Unavailable):
            return self._handing_over.attribute(self, table)
        structure = network_of(self.model, self.output)
        found: Attribution = part_for(structure, "explaining").explain(
            self._prepared,
            structure,
            table,
            self._grouped(structure.players),
            self.progress.reach,
            lambda rows: self._handing_over.complete(table, rows),
        )
        return found


def reason_against_deep(model: Model, background: Background | None, output: str) -> str | None:
    """Return the reason against explaining a model as a network, or None.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one that the network computes.
    """
    found = prepared(model, background, output)
    return found.reason if isinstance(found, Unavailable) else None
