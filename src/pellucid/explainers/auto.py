"""``TabularExplainer``: the most exact explainer that can explain the model, by stated reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Unpack, final, get_args

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.validation import check_choice
from pellucid.data.background import Background, as_background
from pellucid.data.sampling import SamplingPolicy
from pellucid.explainers.additive import AdditiveExplainer, reason_against_additive
from pellucid.explainers.base import Explainer
from pellucid.explainers.columns import settle_columns
from pellucid.explainers.deep import DeepExplainer, reason_against_deep
from pellucid.explainers.description import describe
from pellucid.explainers.engineering import engineering_of
from pellucid.explainers.kernel import KernelExplainer, check_estimation, reason_against_kernel
from pellucid.explainers.keywords import Options, check_keywords
from pellucid.explainers.linear import LinearExplainer, reason_against_linear
from pellucid.explainers.outputs import understand
from pellucid.explainers.tree import Perturbation, TreeExplainer
from pellucid.explainers.tree_reasons import (
    reason_against_interventional,
    reason_against_path_dependent,
)
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.models.model import Model, Unavailable


@dataclass(frozen=True)
class Request:
    """What the user asked for, the model and the reference rows already understood.

    Attributes
    ----------
    model : Model
    background : Background or None
    initialization_examples : object
        The reference rows as they were given.
    own : dict
        What only some of the explainers take, as far as it was given.
    options : dict
        What every explainer takes.
    playing : Model
        The model whose columns are to play: the same, or that of engineered columns.
    references : Background or None
        The reference rows as that model takes them.
    """

    model: Model
    background: Background | None
    initialization_examples: Any
    own: dict[str, Any]
    options: Options
    playing: Model
    references: Background | None


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
    uses : tuple of str
        Which of the parameters that only some explainers take it makes use of.
    """

    method: str
    reason_against: Callable[[Request], str | None]
    make: Callable[[Request], Explainer]
    uses: tuple[str, ...] = ()


def _output(request: Request) -> str:
    return request.options.get("output", "auto")


def _against_interventional(request: Request) -> str | None:
    if request.own.get("perturbation") == "path-dependent":
        return "perturbation='path-dependent' was asked for"
    return reason_against_interventional(request.playing, request.references, _output(request))


def _against_path_dependent(request: Request) -> str | None:
    if request.own.get("perturbation") == "interventional":
        return "perturbation='interventional' was asked for"
    grouped = bool(request.options.get("groups")) and request.options.get("fold") != "sum"
    return reason_against_path_dependent(request.playing, _output(request), grouped=grouped)


def _against_deep(request: Request) -> str | None:
    return reason_against_deep(request.playing, request.references, _output(request))


def _against_linear(request: Request) -> str | None:
    return reason_against_linear(request.playing, request.references, _output(request))


def _against_additive(request: Request) -> str | None:
    return reason_against_additive(request.playing, request.references, _output(request))


def _against_kernel(request: Request) -> str | None:
    return reason_against_kernel(request.playing, request.references, _output(request))


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


def _make_additive(request: Request) -> Explainer:
    return AdditiveExplainer(request.model, request.background, **request.options)


def _make_kernel(request: Request) -> Explainer:
    own = {word: request.own[word] for word in ESTIMATION if word in request.own}
    rows = request.initialization_examples if "summarize" in own else request.background
    return KernelExplainer(request.model, rows, **own, **request.options)


ESTIMATION = ("budget", "nsamples", "target_se", "summarize")
"""What only explainers that estimate have a use for."""

CHOICES = (
    Choice(
        "tree, interventional", _against_interventional, _make_interventional, ("perturbation",)
    ),
    Choice(
        "tree, path-dependent", _against_path_dependent, _make_path_dependent, ("perturbation",)
    ),
    Choice("deep", _against_deep, _make_deep),
    Choice("linear, interventional", _against_linear, _make_linear),
    Choice("additive, interventional", _against_additive, _make_additive),
    Choice("kernel", _against_kernel, _make_kernel, ESTIMATION),
)
"""In order of preference; the first without a reason against it is taken."""


@final
class TabularExplainer:
    """Explains a model of tabular data by the most exact explainer that can.

    Trees are taken before networks, these before linear forms, these before additive ones, and all
    before the kernel explainer, which explains everything. What was passed over, and why, is in every
    explanation's ``stats.refused``. It takes the parameters of all of them; those that the chosen one
    has no use for are named in ``stats.settings`` as ``"not used"``.

    Parameters
    ----------
    model : object
        A fitted model, a Pipeline, or a function of rows.
    initialization_examples : array, data frame, sparse matrix or Background, optional
        Reference rows, shape (m, d). Without them, only tree models can be explained.
    budget : int, optional
        As in :class:`KernelExplainer`; other explainers evaluate the model for nothing but checks.
    nsamples : int or "auto", optional
        As in :class:`KernelExplainer`; other explainers draw no samples.
    target_se : float, optional
        As in :class:`KernelExplainer`; other explainers are exact.
    summarize : int, optional
        As in :class:`KernelExplainer`; other explainers need no summary, and use all rows.
    nclusters : int, optional
        The old SDK's word for ``summarize``.
    perturbation : {"auto", "interventional", "path-dependent"}
        As in :class:`TreeExplainer`; other explainers play the interventional game.
    **options
        As in every explainer: ``features``, ``classes``, ``groups``, ``fold``, ``transformations``,
        ``model_task``, ``output``, ``random_state``, ``n_jobs``, ``engine``, ``batch_size``,
        ``show_progress``.

    Attributes
    ----------
    explainer : Explainer
        The one that was chosen: a TreeExplainer, DeepExplainer, LinearExplainer, AdditiveExplainer or
        KernelExplainer.
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
        nsamples: int | str | None = None,
        target_se: float | None = None,
        summarize: int | None = None,
        nclusters: int | None = None,
        perturbation: Perturbation = "auto",
        **options: Unpack[Options],
    ) -> None:
        check_keywords(TabularExplainer, options)
        check_choice("perturbation", perturbation, get_args(Perturbation))
        n_summarized = _either(summarize, nclusters)
        check_estimation(budget, nsamples, target_se, n_summarized)
        given = (budget, nsamples, target_se, n_summarized)
        own = {
            word: value for word, value in zip(ESTIMATION, given, strict=True) if value is not None
        }
        if perturbation != "auto":
            own["perturbation"] = perturbation
        background = (
            None if initialization_examples is None else as_background(initialization_examples)
        )
        self.model = understand(model, background, options)
        playing, references = _playing(self.model, background, options)
        request = Request(
            self.model, background, initialization_examples, own, options, playing, references
        )
        self.explainer = _choose(request, CHOICES)
        if isinstance(self.explainer, KernelExplainer) and self.explainer.fold == "group":
            asked = {word: value for word, value in own.items() if word != "summarize"}
            self.explainer.make_twin = partial(_chosen_twin, own=asked)
        self.features = self.explainer.features
        self.classes = self.explainer.classes

    def __repr__(self) -> str:
        """Return what is explained, how, and against what."""
        return describe(self.explainer, "TabularExplainer")

    def explain_local(
        self, evaluation_examples: Any, *, include_engineered: bool = False
    ) -> Explanation:
        """Explain rows one by one; see :meth:`Explainer.explain_local`."""
        return self.explainer.explain_local(
            evaluation_examples, include_engineered=include_engineered
        )

    def explain_global(
        self,
        evaluation_examples: Any,
        *,
        sampling_policy: SamplingPolicy | None = None,
        include_local: bool = True,
        batch_size: int | None = None,
        include_engineered: bool = False,
    ) -> Importance:
        """Explain the model over many rows; see :meth:`Explainer.explain_global`."""
        return self.explainer.explain_global(
            evaluation_examples,
            sampling_policy=sampling_policy,
            include_local=include_local,
            batch_size=batch_size,
            include_engineered=include_engineered,
        )


def _either(summarize: int | None, nclusters: int | None) -> int | None:
    if summarize is not None and nclusters is not None:
        raise InvalidInputError("summarize and nclusters say the same; give one of them")
    return nclusters if summarize is None else summarize


def _playing(
    model: Model, background: Background | None, options: Options
) -> tuple[Model, Background | None]:
    """Return the model whose columns are to play, and the reference rows as it takes them."""
    if options.get("fold", "group") != "sum" or isinstance(model.engineered, Unavailable):
        return model, background
    columns, background = settle_columns(model, background, options.get("features"))
    engineering = engineering_of(model, columns.features, None, background)
    return engineering.engineered.model, engineering.prepared_background()


def _chosen_twin(explainer: Explainer, own: dict[str, Any]) -> Explainer:
    """Return the most exact explainer of the engineered columns, for one that knows no structure.

    What mixes the columns that trees or linear forms take leaves these to themselves. The game is
    the same, interventional one, and so are output space and seed.
    """
    columns, players = explainer.columns, explainer.players
    options: Options = {
        "features": columns.features if columns.spoken else None,
        "classes": explainer.classes,
        "groups": None if players is None else players.as_groups(),
        "fold": "sum",
        "output": explainer.output,
        "random_state": explainer.random_state,
        "engine": explainer.engine,
        "batch_size": explainer.batch_size,
        "show_progress": explainer.show_progress,
    }
    playing, references = _playing(explainer.model, explainer.background, options)
    background = explainer.background
    request = Request(explainer.model, background, background, own, options, playing, references)
    return _choose(request, [choice for choice in CHOICES if "path-dependent" not in choice.method])


def _choose(request: Request, choices: Sequence[Choice]) -> Explainer:
    """Make the first explainer that gives no reason against itself."""
    refused: list[tuple[str, str]] = []
    for choice in choices:
        reason = choice.reason_against(request)
        if reason is None:
            explainer = choice.make(request)
            explainer.refused = (*refused, *explainer.refused)
            unused = [word for word in request.own if word not in choice.uses]
            if unused:
                explainer.settings = (*explainer.settings, ("not used", ", ".join(unused)))
            return explainer
        refused.append((choice.method, reason))
    reasons = "; ".join(f"{method}: {reason}" for method, reason in refused)
    raise UnsupportedModelError(f"no explainer can explain {request.model.name}: {reasons}")
