"""How results show themselves in notebooks: as a dashboard, or as a compact table."""

from dataclasses import replace
from typing import Final, Literal, get_args

from pellucid._core.edges import edge_function
from pellucid._core.validation import check_choice
from pellucid.explanation.html import render
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.summary import summarize_global, summarize_local

NotebookForm = Literal["dashboard", "table"]

_chosen: Final[dict[str, NotebookForm]] = {"form": "dashboard"}
_TOO_WIDE: Final = (
    "Its dashboard is too large to be part of a notebook; save_html writes it as a file."
)


def set_notebook_display(form: NotebookForm) -> None:
    """Choose how explanations and importances show themselves in notebooks, from now on.

    Parameters
    ----------
    form : {"dashboard", "table"}
        An interactive dashboard (the default), which takes up to 1 MB of the notebook for each
        result shown and stays interactive in the saved notebook; or a compact table with bars,
        which takes 10 KB and needs no scripts.

    Raises
    ------
    InvalidInputError
        There is no such form.

    Examples
    --------
    >>> import pellucid
    >>> pellucid.set_notebook_display("table")
    >>> pellucid.set_notebook_display("dashboard")
    """
    check_choice("form", form, get_args(NotebookForm))
    _chosen["form"] = form


def in_notebook(result: Explanation | Importance) -> str:
    """Return a result as HTML in the chosen form; without any row there is but a table."""
    page: str | None = None
    shown = _chosen["form"] == "dashboard" and result.stats.n_rows > 0
    if shown:
        page = edge_function("dashboard", "snapshot_html")(result)
    if page is not None:
        return page
    summary = (
        summarize_local(result, n_rows_shown=3)
        if isinstance(result, Explanation)
        else summarize_global(result)
    )
    if shown:
        summary = replace(summary, warnings=(*summary.warnings, _TOO_WIDE))
    return render(summary)
