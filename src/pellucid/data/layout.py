"""``Layout``: how rows of several dimensions, or of several arrays, lie in one flat row.

Images are arrays (n, channels, height, width), sequences (n, steps, d), and some networks take
several arrays at once. Each of their cells is a column of a flat row, and cells that are told
together, such as the channels of a pixel, are a group of columns.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pellucid._core.errors import FeatureMismatchError, InvalidInputError
from pellucid._core.validation import as_integer
from pellucid.data.table import as_table

Axes = int | Sequence[int]


@dataclass(frozen=True)
class Layout:
    """The shapes of a row's arrays.

    Attributes
    ----------
    kind : {"array", "tuple", "dict"}
        Whether a row is one array, several in order, or several by name.
    names : tuple of str
        Name of each array; empty for a single one.
    shapes : tuple of tuple of int
        Shape of each array in one row.
    wholes : tuple of bool
        Whether an array holds whole numbers, such as the tokens of a text.
    """

    kind: Literal["array", "tuple", "dict"]
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    wholes: tuple[bool, ...]

    @classmethod
    def of_table(cls, n_features: int, *, whole: bool = False) -> "Layout":
        """Return the layout of ordinary rows, whose cells have one dimension."""
        return cls("array", ("",), ((n_features,),), (whole,))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of cells of each array."""
        return tuple(math.prod(shape) for shape in self.shapes)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the flat row's columns, such as ``"image[0,3,5]"``."""
        return tuple(
            _cell_name(name, shape, index)
            for name, shape in zip(self.names, self.shapes, strict=True)
            for index in product(*map(range, shape))
        )

    def flatten(self, rows: Any, name: str) -> npt.NDArray[Any]:
        """Return rows of this layout as a matrix (n, number of cells).

        Raises
        ------
        FeatureMismatchError
            They are of another layout; the message says which.
        """
        if self.kind == "array" and len(self.shapes[0]) == 1:
            return as_table(rows, name=name).native  # type: ignore[no-any-return]
        arrays = _arrays_of(rows, name)
        if self.kind == "array" and len(arrays) == 1 and arrays[0].shape == self.shapes[0]:
            arrays = [arrays[0][None]]  # one row
        shapes = tuple(array.shape[1:] for array in arrays)
        if _names_of(rows) != (self.kind, self.names) or shapes != self.shapes:
            raise FeatureMismatchError(
                f"{name} has rows of {_described(_names_of(rows)[1], shapes)}, but "
                f"initialization_examples of {_described(self.names, self.shapes)}"
            )
        return _flat(arrays, name)

    def split(self, flat: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Return the arrays (n, …) of a matrix (n, number of cells)."""
        ends = np.cumsum(self.sizes)[:-1].tolist()
        return [
            part.reshape(len(flat), *shape)
            for part, shape in zip(np.split(flat, ends, axis=1), self.shapes, strict=True)
        ]

    def groups(self, sum_over: Axes | Mapping[str, Axes]) -> dict[str, list[int]]:
        """Return the cells that differ along some axes only, as groups by name.

        Parameters
        ----------
        sum_over : int, sequence of int, or mapping of these by an array's name
            Axes of the arrays, counted as in the rows given: axis 0 are the rows.

        Raises
        ------
        InvalidInputError
            There is no such array or axis, or it is that of the rows.
        """
        axes = self._axes(sum_over)
        groups: dict[str, list[int]] = {}
        column = 0
        for name, shape, summed in zip(self.names, self.shapes, axes, strict=True):
            kept = [axis for axis in range(len(shape)) if axis not in summed]
            for index in product(*map(range, shape)):
                rest = tuple(index[axis] for axis in kept)
                label = _cell_name(name, tuple(shape[axis] for axis in kept), rest)
                groups.setdefault(label or "all", []).append(column)
                column += 1
        return groups

    def shaped(
        self, values: npt.NDArray[Any], sum_over: Axes | Mapping[str, Axes] | None
    ) -> list[npt.NDArray[Any]]:
        """Return values (n, features, k) as one array (n, …, k) for each array of a row."""
        axes = [()] * len(self.shapes) if sum_over is None else self._axes(sum_over)
        shapes = [
            tuple(size for axis, size in enumerate(shape) if axis not in summed)
            for shape, summed in zip(self.shapes, axes, strict=True)
        ]
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1].tolist()
        return [
            part.reshape(len(values), *shape, values.shape[2])
            for part, shape in zip(np.split(values, ends, axis=1), shapes, strict=True)
        ]

    def _axes(self, sum_over: Axes | Mapping[str, Axes]) -> list[tuple[int, ...]]:
        if isinstance(sum_over, Mapping):
            unknown = [name for name in sum_over if name not in self.names]
            if unknown:
                raise InvalidInputError(
                    f"sum_over names {unknown[0]!r}, but the arrays are {list(self.names)}"
                )
            given = [sum_over.get(name, ()) for name in self.names]
        else:
            given = [sum_over] * len(self.names)
        return [_checked(axes, shape) for axes, shape in zip(given, self.shapes, strict=True)]


def layout_of(rows: Any, name: str) -> tuple[Layout | None, Any]:
    """Return the layout of rows of several dimensions or arrays, and the rows as a matrix.

    Ordinary rows, which are a table, have no layout of their own: None, and they come back as
    they are.

    Parameters
    ----------
    rows : array or tensor (n, …), tuple of such, or mapping from str to such
    name : str
        How error messages call the rows.

    Raises
    ------
    InvalidInputError
        The arrays differ in their number of rows, or hold no numbers.

    Examples
    --------
    >>> layout, flat = layout_of(np.zeros((5, 3, 2)), "X")
    >>> layout.shapes, flat.shape, layout.features[:3]
    (((3, 2),), (5, 6), ('[0,0]', '[0,1]', '[1,0]'))
    >>> layout.groups(sum_over=1)
    {'[0]': [0, 2, 4], '[1]': [1, 3, 5]}
    """
    several = isinstance(rows, Mapping) or (isinstance(rows, tuple) and _are_arrays(rows))
    if not several and len(np.shape(rows) if hasattr(rows, "shape") else ()) <= 2:
        return None, rows
    arrays = _arrays_of(rows, name)
    kind, names = _names_of(rows)
    layout = Layout(
        kind,
        names,
        tuple(array.shape[1:] for array in arrays),
        tuple(array.dtype.kind in "iub" for array in arrays),
    )
    return layout, _flat(arrays, name)


def _are_arrays(rows: tuple[Any, ...]) -> bool:
    return bool(rows) and all(hasattr(part, "shape") and len(part.shape) > 0 for part in rows)


def _names_of(rows: Any) -> tuple[Literal["array", "tuple", "dict"], tuple[str, ...]]:
    if isinstance(rows, Mapping):
        return "dict", tuple(str(key) for key in rows)
    if isinstance(rows, tuple):
        return "tuple", tuple(f"input {i}" for i in range(len(rows)))
    return "array", ("",)


def _arrays_of(rows: Any, name: str) -> list[npt.NDArray[Any]]:
    if isinstance(rows, Mapping):
        parts = list(rows.values())
    else:
        parts = list(rows) if isinstance(rows, tuple) else [rows]
    arrays = [_as_array(part) for part in parts]
    if any(array.dtype.kind not in "fiub" or array.ndim == 0 for array in arrays):
        raise InvalidInputError(f"{name} must hold arrays or tensors of numbers")
    return arrays


def _as_array(part: Any) -> npt.NDArray[Any]:
    """Return an array, or a tensor of whatever library, as an array in main memory."""
    if not hasattr(part, "detach"):
        return np.asarray(part)
    tensor = part.detach().cpu()
    return np.asarray(tensor.float() if str(tensor.dtype).endswith("bfloat16") else tensor)


def _flat(arrays: list[npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    lengths = {len(array) for array in arrays}
    if len(lengths) != 1 or 0 in lengths:
        raise InvalidInputError(f"{name} has arrays of {sorted(lengths)} rows; as many are needed")
    flat = [array.reshape(len(array), -1) for array in arrays]
    return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)


def _cell_name(name: str, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    if not shape or (name and math.prod(shape) == 1):
        return name
    return f"{name}[{','.join(map(str, index))}]"


def _described(names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...]) -> str:
    return ", ".join(f"{name} {shape}".strip() for name, shape in zip(names, shapes, strict=True))


def _checked(axes: Axes, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return axes of one row's array, counted from 0."""
    found = []
    for axis in axes if isinstance(axes, Iterable) else [axes]:
        number = as_integer(axis)
        n_axes = len(shape) + 1
        if number is None or not -n_axes < number < n_axes or number == 0:
            raise InvalidInputError(
                f"sum_over has {axis!r}; the axes of arrays (n, {', '.join(map(str, shape))}) that "
                f"can be summed over are 1 to {len(shape)}"
            )
        found.append((number if number > 0 else number + n_axes) - 1)
    return tuple(found)
