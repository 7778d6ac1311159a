"""From whatever the user calls a model to :class:`~pellucid.models.model.Model`."""

from typing import Any

from pellucid._core.typing import Task
from pellucid.data.table import Table
from pellucid.models.model import Model


def adapt(
    model: Any,
    *,
    examples: Table | None = None,
    transformations: Any = None,
    task: Task | None = None,
) -> Model:
    """Find out what kind of model this is; done once, by the explainer's constructor.

    Parameters
    ----------
    model : object
        A fitted model of any library, a Pipeline, a plain function of rows, or anything that has
        ``predict_proba`` or ``predict``.
    examples : Table, optional
        Rows on which a plain function may be called to learn its outputs.
    transformations : object, optional
        A fitted scikit-learn transformer that turns the raw rows into what the model takes.
    task : {"classification", "regression", "outlier detection"}, optional
        Overrules what would be found out.

    Raises
    ------
    UnsupportedModelError
        This is no model, or it is not fitted.
    """
    raise NotImplementedError
