"""The host that is a notebook: a live widget, whose page asks Python for what it shows."""

from typing import TYPE_CHECKING, Any

from pellucid._core.extras import require
from pellucid.dashboard.protocol import Language
from pellucid.dashboard.session import Session

if TYPE_CHECKING:
    from pellucid.dashboard.anywidget import DashboardWidget


def as_widget(session: Session) -> "DashboardWidget":
    """Return a widget that shows what a session knows, in any notebook that runs anywidget.

    Parameters
    ----------
    session : Session
        A result, and what may be connected to it.

    Returns
    -------
    anywidget.AnyWidget
        With a trait ``selection`` that the page and Python share.

    Raises
    ------
    MissingExtraError
        anywidget is not installed.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> from pellucid.dashboard.session import Session
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> widget = as_widget(Session(explainer.explain_local([[2.0, 3.0], [4.0, 5.0]])))
    >>> widget.selection
    {}
    """
    require("anywidget", extra="dashboard", purpose="a live dashboard in a notebook")
    from pellucid.dashboard.anywidget import DashboardWidget  # noqa: PLC0415 - optional

    return DashboardWidget(session)


def widget(
    result: Any,
    *,
    title: str | None = None,
    language: Language = "en",
    true_labels: Any = None,
    compare_with: Any = None,
    selection: Any = None,
    texts: Any = None,
) -> "DashboardWidget":
    """Return a result as a live widget.

    Parameters
    ----------
    result : Explanation or Importance
    title, language, true_labels, compare_with, selection, texts
        As :func:`~pellucid.dashboard.save_html` takes them.

    Returns
    -------
    anywidget.AnyWidget
        With a trait ``selection`` that the page and Python share.

    Raises
    ------
    MissingExtraError
        anywidget is not installed.
    InvalidInputError
        This is no such result, or labels do not fit its rows.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> shown = widget(explainer.explain_local([[2.0, 3.0], [4.0, 5.0]]))
    >>> shown.selection = {"row": 1}
    """
    return as_widget(
        Session(
            result,
            title=title,
            language=language,
            true_labels=true_labels,
            compare_with=compare_with,
            selection=selection,
            texts=texts,
        )
    )
