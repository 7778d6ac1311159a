"""``TabularExplainer``: the most exact explainer that can explain the model, by stated reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack, final

from pellucid._core.errors import UnsupportedModelError
from pellucid.data.background import Background, as_background
from pellucid.data.sampling import SamplingPolicy
from pellucid.explainers.base import Explainer, describe
from pellucid.explainers.deep import DeepExplainer, reason_against_deep
from pellucid.explainers.kernel import KernelExplainer, reason_against_kernel
from pellucid.explainers.keywords import Options, check_keywords
from pellucid.explainers.linear import LinearExplainer, reason_against_linear
from pellucid.explainers.outputs import understand
from pellucid.explainers.tree import TreeExplainer
from pellucid.explainers.tree_reasons import (
    reason_against_interventional,
    reason_against_path_dependent,
)
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.models.model import Model


@dataclass(frozen=True)
class Request:
    """What the user asked for, the model and the reference rows already understood.

    Attributes
    ----------
    model : Model
    background : Background or None
    initialization_examples : object
        The reference rows as they were given.
    budget, nclusters, nsamples : int or None
        What only the kernel explainer takes.
    options : dict
        What every explainer takes.
    """

    model: Model
    background: Background | None
    initialization_examples: Any
    budget: int | None
    nclusters: int | None
    nsamples: int | str | None
    options: Options


@dataclass(frozen=True)
class Choice:
    """One explainer to choose from.

    Attributes
    ----------
    method : str
        How stats and errors call it.
    reason_against : callable
        Why it cannot explain the request, or None.
    make : callable
        Makes the explainer.
    """

    method: str
    reason_against: Callable[[Request], str | None]
    make: Callable[[Request], Explainer]


def _output(request: Request) -> str:
    return request.options.get("output", "auto")


def _against_interventional(request: Request) -> str | None:
    return reason_against_interventional(request.model, request.background, _output(request))


def _against_path_dependent(request: Request) -> str | None:
    return reason_against_path_dependent(
        request.model, _output(request), grouped=bool(request.options.get("groups"))
    )


def _against_deep(request: Request) -> str | None:
    return reason_against_deep(request.model, request.background, _output(request))


def _against_linear(request: Request) -> str | None:
    return reason_against_linear(request.model, request.background, _output(request))


def _against_kernel(request: Request) -> str | None:
    return reason_against_kernel(request.model, request.background, _output(request))


def _make_interventional(request: Request) -> Explainer:
    return TreeExplainer(
        request.model, request.background, perturbation="interventional", **request.options
    )


def _make_path_dependent(request: Request) -> Explainer:
    return TreeExplainer(
        request.model, request.background, perturbation="path-dependent", **request.options
    )


def _make_deep(request: Request) -> Explainer:
    return DeepExplainer(request.model, request.background, **request.options)


def _make_linear(request: Request) -> Explainer:
    return LinearExplainer(request.model, request.background, **request.options)


def _make_kernel(request: Request) -> Explainer:
    rows = request.background if request.nclusters is None else request.initialization_examples
    return KernelExplainer(
        request.model,
        rows,
        budget=request.budget,
        nsamples=request.nsamples,
        summarize=request.nclusters,
        **request.options,
    )


CHOICES = (
    Choice("tree, interventional", _against_interventional, _make_interventional),
    Choice("tree, path-dependent", _against_path_dependent, _make_path_dependent),
    Choice("deep", _against_deep, _make_deep),
    Choice("linear, interventional", _against_linear, _make_linear),
    Choice("kernel", _against_kernel, _make_kernel),
)
"""In order of preference; the first without a reason against it is taken."""


@final
class TabularExplainer:
    """Explains a model of tabular data by the most exact explainer that can.

    Trees are taken before networks and linear forms, and these before the kernel explainer, which
    explains everything. What was passed over, and why, is in every explanation's ``stats.refused``.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background, optional
        Reference rows, shape (m, d). Without them, only tree models can be explained.
    budget : int, optional
        As in :class:`KernelExplainer`; other explainers evaluate the model for nothing but checks.
    nclusters : int, optional
        The old SDK's word for ``summarize`` of :class:`KernelExplainer`. Other explainers need no
        summary, and use all rows.
    nsamples : int or "auto", optional
        As in :class:`KernelExplainer`; other explainers draw no samples.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Attributes
    ----------
    explainer : TreeExplainer, DeepExplainer, LinearExplainer or KernelExplainer
        The one that was chosen.
    features : tuple of str
        Names of the columns.
    classes : tuple of str or None
        Names of a classifier's outputs.
    model : Model
        The model as it was understood.

    Raises
    ------
    UnsupportedModelError
        This is no model, or no explainer can explain it; the message lists each one's reason.
    InvalidInputError
        The initialization examples or a parameter cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    >>> model = LinearRegression().fit(X, 2 * X[:, 0] + X[:, 1])
    >>> explainer = TabularExplainer(model, X, features=["rooms", "balconies"])
    >>> explainer.explainer.method
    'linear, interventional'
    >>> explainer.explain_global(X).get_ranked_global_names()
    ['rooms', 'balconies']
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        *,
        budget: int | None = None,
        nclusters: int | None = None,
        nsamples: int | str | None = None,
        **options: Unpack[Options],
    ) -> None:
        check_keywords(TabularExplainer, options)
        background = (
            None if initialization_examples is None else as_background(initialization_examples)
        )
        self.model = understand(model, background, options)
        request = Request(
            self.model, background, initialization_examples, budget, nclusters, nsamples, options
        )
        self.explainer = _choose(request)
        self.features = self.explainer.features
        self.classes = self.explainer.classes

    def __repr__(self) -> str:
        """Return what is explained, how, and against what."""
        return describe(self.explainer, "TabularExplainer")

    def explain_local(self, evaluation_examples: Any) -> Explanation:
        """Explain rows one by one; see :meth:`Explainer.explain_local`."""
        return self.explainer.explain_local(evaluation_examples)

    def explain_global(
        self,
        evaluation_examples: Any,
        *,
        sampling_policy: SamplingPolicy | None = None,
        include_local: bool = True,
        batch_size: int | None = None,
    ) -> Importance:
        """Explain the model over many rows; see :meth:`Explainer.explain_global`."""
        return self.explainer.explain_global(
            evaluation_examples,
            sampling_policy=sampling_policy,
            include_local=include_local,
            batch_size=batch_size,
        )


def _choose(request: Request) -> Explainer:
    """Make the first explainer that gives no reason against itself."""
    refused: list[tuple[str, str]] = []
    for choice in CHOICES:
        reason = choice.reason_against(request)
        if reason is None:
            explainer = choice.make(request)
            explainer.refused = tuple(refused)
            return explainer
        refused.append((choice.method, reason))
    reasons = "; ".join(f"{method}: {reason}" for method, reason in refused)
    raise UnsupportedModelError(f"no explainer can explain {request.model.name}: {reasons}")
