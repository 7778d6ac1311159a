"""The arrays that a Keras model takes, and how rows of a table or several arrays become them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pellucid._core.errors import FeatureMismatchError, InvalidInputError, UnsupportedModelError
from pellucid.data.layout import Layout
from pellucid.data.table import Table


@dataclass(frozen=True)
class Given:
    """What the rows are, before it is known what the model takes.

    Attributes
    ----------
    layout : Layout or None
        Shapes of several dimensions or arrays; None for an ordinary table.
    n_features : int
        Number of columns of the flat rows.
    columns : tuple of str or None
        Names of the columns of an ordinary table, if it has any.
    """

    layout: Layout | None
    n_features: int
    columns: tuple[str, ...] | None

    @classmethod
    def of(cls, examples: Table, layout: Layout | None) -> "Given":
        """Return what these examples are."""
        named = examples.has_names and layout is None
        return cls(layout, examples.n_features, examples.features if named else None)


@dataclass(frozen=True)
class Inputs:
    """The arrays that a model takes.

    Attributes
    ----------
    kind : {"array", "tuple", "dict"} or None
        Whether it is called with one array, several in a list, or several by name; None where the
        model does not say.
    names : tuple of str
    shapes : tuple of tuple of int or None
        Shape of each array in one row; None for sizes that may differ.
    dtypes : tuple of str
    """

    kind: Literal["array", "tuple", "dict"] | None
    names: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    dtypes: tuple[str, ...]

    @classmethod
    def of(cls, model: Any) -> "Inputs":
        """Return what a model of Keras takes, as far as it says.

        Raises
        ------
        UnsupportedModelError
            It takes strings, or arrays in lists of lists.
        """
        given = declared(model, "input")
        if given is None:
            return cls(None, (), (), ())
        if isinstance(given, Mapping):
            kind: Literal["array", "tuple", "dict"] = "dict"
            names, tensors = [str(name) for name in given], list(given.values())
        elif isinstance(given, (list, tuple)):
            kind, tensors = "tuple", list(given)
            names = [str(getattr(tensor, "name", i)) for i, tensor in enumerate(tensors)]
        else:
            kind, names, tensors = "array", [""], [given]
        if not all(hasattr(tensor, "dtype") for tensor in tensors):
            raise UnsupportedModelError(
                f"{type(model).__name__} takes arrays in nested lists; one level of them can be told"
            )
        dtypes = [str(tensor.dtype) for tensor in tensors]
        if "string" in dtypes:
            raise UnsupportedModelError(
                f"{type(model).__name__} takes strings, which have no place on a way between rows"
            )
        shapes = tuple(tuple(tensor.shape[1:]) for tensor in tensors)
        return cls(kind, tuple(names), shapes, tuple(dtypes))

    def packed(self, arrays: Sequence[Any], layout: Layout) -> Any:
        """Return arrays, in the order of the model's, as it is called with them."""
        kind = self.kind or layout.kind
        if kind == "dict":
            return dict(zip(self.names or layout.names, arrays, strict=True))
        return list(arrays) if kind == "tuple" else arrays[0]

    def fit(self, given: Given) -> Layout:
        """Return what a flat row stands for, so that it is what the model takes.

        Raises
        ------
        FeatureMismatchError
            The rows are not what the model takes; the message says what is.
        InvalidInputError
            They come by name, and the model does not say how its inputs are called.
        """
        if given.layout is not None:
            return self._fitted(given.layout)
        if self.kind is None:
            return Layout.of_table(given.n_features)
        sizes = [None if None in shape else math.prod(shape) for shape in self.shapes]  # type: ignore[arg-type]
        wholes = tuple(map(_is_whole, self.dtypes))
        if len(sizes) == 1:
            (shape,), (size,) = self.shapes, sizes
            if size is None and shape.count(None) == 1:
                rest = math.prod(each for each in shape if each is not None)
                size = given.n_features if given.n_features % rest == 0 else None
                steps = given.n_features // rest
                shape = tuple(steps if each is None else each for each in shape)
            if size != given.n_features:
                raise self._mismatch(f"{given.n_features} columns")
            return Layout("array", ("",), (shape,), wholes)  # type: ignore[arg-type]
        if sum(size or 0 for size in sizes) != given.n_features or None in sizes:
            raise self._mismatch(f"{given.n_features} columns")
        if given.columns is not None and set(given.columns) == set(self.names):
            order = [self.names.index(name) for name in given.columns]
        else:
            order = list(range(len(self.names)))
        return Layout(
            "dict",
            tuple(self.names[i] for i in order),
            tuple(self.shapes[i] for i in order),  # type: ignore[misc]
            tuple(wholes[i] for i in order),
        )

    def order(self, layout: Layout) -> list[int]:
        """Return which array of the layout is which of the model's."""
        if layout.kind == "dict" and self.kind is not None:
            return [layout.names.index(name) for name in self.names]
        return list(range(len(layout.shapes)))

    def _fitted(self, layout: Layout) -> Layout:
        if self.kind is None:
            return layout
        if len(layout.shapes) != len(self.shapes):
            raise self._mismatch(f"{len(layout.shapes)} arrays")
        if layout.kind == "dict":
            if len(self.names) > 1 and set(layout.names) != set(self.names):
                raise self._mismatch(f"arrays {', '.join(map(repr, layout.names))}")
            if len(self.names) == 1:
                layout = Layout("array", ("",), layout.shapes, layout.wholes)
        order = self.order(layout)
        for taken, i in zip(self.shapes, order, strict=True):
            shape = layout.shapes[i]
            if len(taken) != len(shape) or any(
                a is not None and a != b for a, b in zip(taken, shape, strict=True)
            ):
                raise self._mismatch(f"arrays (n, {', '.join(map(str, shape))})")
        wholes = [False] * len(order)
        for dtype, i in zip(self.dtypes, order, strict=True):
            wholes[i] = _is_whole(dtype)
        return Layout(layout.kind, layout.names, layout.shapes, tuple(wholes))

    def _mismatch(self, found: str) -> InvalidInputError:
        taken = ", ".join(
            f"{name} (n, {', '.join('any' if size is None else str(size) for size in shape)})".strip()
            for name, shape in zip(self.names, self.shapes, strict=True)
        )
        return FeatureMismatchError(
            f"initialization_examples have {found}, but the Keras model takes {taken}"
        )


def declared(model: Any, end: Literal["input", "output"]) -> Any:
    """Return the symbolic tensors at an end of a model, as it was built; None if it does not say."""
    try:
        ends = getattr(model, f"{end}s")
        if hasattr(model, "add"):  # a Sequential, whose ends are one tensor each
            return ends[0]
        return getattr(model, end) if ends else None
    except (AttributeError, IndexError, TypeError, ValueError):  # built from no tensors
        return None


def layers_of(model: Any) -> Sequence[Any]:
    """Return all layers in a model, however deep."""
    return list(model._flatten_layers(include_self=False))  # noqa: SLF001 - no public name


def _is_whole(dtype: str) -> bool:
    return dtype.startswith(("int", "uint", "bool"))
