"""Tables of the documentation that are written by the code's own tables.

A new explainer or plot appears in the documentation because it is registered, not because
somebody remembered this page.
"""  # noqa: INP001 - an extension of Sphinx, not part of a package

import inspect
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from pellucid.explainers.auto import EXPLAINERS
from pellucid.plots import PLOTS


def first_line(documented: Any) -> str:
    """Return the summary of a docstring."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


class ExplainerTable(SphinxDirective):
    """The explainers of the automatic choice, in its order."""

    def run(self) -> list[nodes.Node]:
        """Write one row for each registered explainer."""
        rows = (
            (str(rank), f"{{class}}`~pellucid.{explainer.__name__}`", first_line(explainer))
            for rank, explainer in enumerate(EXPLAINERS, start=1)
        )
        return self.parse_text_to_nodes(markdown_table(("", "explainer", "what it does"), rows))


class PlotTable(SphinxDirective):
    """The registered plots."""

    def run(self) -> list[nodes.Node]:
        """Write one row for each registered plot."""
        rows = (
            (f"`{name}`", f"{{class}}`~pellucid.plots.{plot.__name__}`", first_line(plot))
            for name, plot in PLOTS.items()
        )
        return self.parse_text_to_nodes(markdown_table(("name", "plot", "what it shows"), rows))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("explainer-table", ExplainerTable)
    app.add_directive("plot-table", PlotTable)
    return {"parallel_read_safe": True}
