"""``Surrogate``: a kind of model that can stand for another one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pellucid._core.typing import Floats
from pellucid.explainers.base import Explainer


class Lessons(NamedTuple):
    """What a surrogate is taught.

    Attributes
    ----------
    rows : array, sparse matrix or pandas frame
        Numbers, and in frames categorical columns, n rows.
    targets : ndarray of float64, shape (n, r)
        Outputs of the teacher.
    weights : ndarray of float64, shape (n,)
        Of the rows; their mean is 1.
    random_state : int
    n_jobs : int
        Threads to learn with; -1 for all cores.
    are_log_odds : bool
        Whether the outputs are log-odds of classes, whose probabilities add up to 1.
    """

    rows: Any
    targets: Floats
    weights: Floats
    random_state: int
    n_jobs: int
    are_log_odds: bool = False


@dataclass(frozen=True)
class Surrogate:
    """A kind of model that can stand for another one, and be explained exactly.

    Attributes
    ----------
    name : str
        How stats call it.
    fit : callable
        From :class:`Lessons`, and options of the library's own, to fitted regressors whose outputs
        in a row are those of the teacher.
    explainer : type
        What explains the fitted regressors.
    package : str or None
        The optional package that it needs.
    in_log_odds : bool
        Whether it follows probabilities best through their log-odds, which it is then explained in.
    most_cells : int or None
        Rows times columns times outputs beyond which ``"auto"`` leaves it out, since it would take
        minutes; None if it never does.
    has_few_parameters : bool
        Whether a few thousand rows are enough to settle it.
    classifies : bool
        Whether log-odds are learned by one classifier of all classes, and not by regressors.

    Examples
    --------
    >>> from pellucid import DecisionTreeExplainableModel, MimicExplainer
    >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 10
    >>> explainer = MimicExplainer(lambda rows: rows.prod(axis=1), X, DecisionTreeExplainableModel)
    >>> explainer.surrogate.predict([[1.0, 1.0]])
    array([[1.]])
    """

    name: str
    fit: Callable[..., list[Any]]
    explainer: type[Explainer]
    package: str | None = None
    in_log_odds: bool = False
    classifies: bool = False
    most_cells: int | None = None
    has_few_parameters: bool = False

    def __repr__(self) -> str:
        """Return the name."""
        return f"<surrogate: {self.name}>"
