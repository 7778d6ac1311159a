"""``ShapedRows``: rows of several dimensions or arrays, on their way to flat rows and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats
from pellucid.data.layout import Axes, Layout, layout_of
from pellucid.data.table import as_table
from pellucid.explainers.keywords import Options
from pellucid.models.adapt import adapt_shaped
from pellucid.models.model import Model


@dataclass(frozen=True)
class ShapedRows:
    """How the rows of an explainer come.

    Attributes
    ----------
    layout : Layout or None
        None for ordinary rows, which are a table already.
    sum_over : int, sequence of int, mapping of these, or None
        Axes that cells are told together along.
    """

    layout: Layout | None
    sum_over: Axes | Mapping[str, Axes] | None

    @classmethod
    def of(cls, examples: Any, sum_over: Axes | Mapping[str, Axes] | None) -> Self:
        """Learn the shape from the reference rows.

        Raises
        ------
        InvalidInputError
            They are no arrays of as many rows, or have no axes to sum over.
        """
        layout, _ = layout_of(examples, "initialization_examples")
        if layout is None and sum_over is not None:
            raise InvalidInputError(
                "sum_over is for rows of several dimensions; columns are told together by groups"
            )
        return cls(layout, sum_over)

    def settle(self, model: Any, examples: Any, options: Options) -> tuple[Any, Any, Options]:
        """Return model, reference rows and options as an explainer of flat rows takes them."""
        if self.layout is None or isinstance(model, Model):
            return model, examples, options
        settled = options.copy()
        _, flat = layout_of(examples, "initialization_examples")
        settled.setdefault("features", self.layout.features)
        if self.sum_over is not None:
            if options.get("groups") is not None:
                raise InvalidInputError("sum_over and groups say the same; give one of them")
            settled["groups"] = self.layout.groups(self.sum_over)
        adapted = adapt_shaped(
            model,
            examples=as_table(flat, name="initialization_examples"),
            task=options.get("model_task"),
            layout=self.layout,
        )
        return adapted, flat, settled

    def flatten(self, rows: Any) -> Any:
        """Return rows to explain as a matrix; ordinary rows as they are."""
        return rows if self.layout is None else self.layout.flatten(rows, "evaluation_examples")

    def shaped(self, values: Floats) -> Any:
        """Return values (n, features, k) in the shape of the rows."""
        if self.layout is None:
            return values
        arrays = self.layout.shaped(values, self.sum_over)
        if self.layout.kind == "array":
            return arrays[0]
        if self.layout.kind == "tuple":
            return tuple(arrays)
        return dict(zip(self.layout.names, arrays, strict=True))
