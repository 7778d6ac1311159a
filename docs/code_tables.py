"""Tables of the documentation that are written by the code's own tables.

A new explainer or plot appears in the documentation because it is registered, not because
somebody remembered this page.
"""  # noqa: INP001 - an extension of Sphinx, not part of a package

import inspect
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import pellucid
from pellucid import models
from pellucid.explainers.auto import CHOICES
from pellucid.plots import PLOTS


def first_line(documented: Any) -> str:
    """Return the summary of a docstring."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


class ExplainerTable(SphinxDirective):
    """Every public explainer."""

    def run(self) -> list[nodes.Node]:
        """Write one row for each public explainer."""
        rows = (
            (f"{{class}}`~pellucid.{name}`", first_line(getattr(pellucid, name)))
            for name in pellucid.__all__
            if name.endswith("Explainer")
        )
        return self.parse_text_to_nodes(markdown_table(("explainer", "what it does"), rows))


class ChoiceTable(SphinxDirective):
    """The methods that the automatic choice knows, in its order."""

    def run(self) -> list[nodes.Node]:
        """Write one row for each registered method."""
        rows = ((str(rank), f"`{choice.method}`") for rank, choice in enumerate(CHOICES, start=1))
        return self.parse_text_to_nodes(markdown_table(("", "method"), rows))


class ModelTable(SphinxDirective):
    """The model libraries, and the classes that are recognized, their subclasses included."""

    def run(self) -> list[nodes.Node]:
        """Write one row for each library."""
        rows = (
            (library, ", ".join(f"`{name}`" for name in sorted(adapters)))
            for library, adapters in _adapters_by_library()
        )
        return self.parse_text_to_nodes(markdown_table(("library", "classes"), rows))


def _adapters_by_library() -> Iterator[tuple[str, dict[str, Any]]]:
    for module in iter_modules(models.__path__, "pellucid.models."):
        adapters = getattr(import_module(module.name), "ADAPTERS", None)
        if adapters is not None:
            yield module.name.rpartition(".")[2], adapters


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
    app.add_directive("choice-table", ChoiceTable)
    app.add_directive("explainer-table", ExplainerTable)
    app.add_directive("model-table", ModelTable)
    app.add_directive("plot-table", PlotTable)
    return {"parallel_read_safe": True}
