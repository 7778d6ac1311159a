"""``TensorFlowNetwork``: a function of tensors, which is asked for outputs and for gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from pellucid._core.errors import ModelError, PellucidError, in_one_line
from pellucid._core.typing import Floats
from pellucid.data.layout import Layout
from pellucid.data.table import Table

ROWS_PER_CALL = 4096
REALS = ("float32", "float64")
WHOLES = ("int32", "int64")


@dataclass(frozen=True, eq=False)
class TensorFlowNetwork:
    """A function from tensors (m, …) to one tensor of outputs.

    Attributes
    ----------
    function : callable
    layout : Layout
    real, whole : str
        Types of the real and the whole numbers that it takes.
    by_name : bool
        Whether it takes its tensors by keyword.
    note : str or None
        What a reader of explanations should know of its arithmetic.
    """

    function: Callable[..., Any]
    layout: Layout
    real: str = "float32"
    whole: str = "int32"
    by_name: bool = False
    note: str | None = None

    @classmethod
    def fitting(
        cls, function: Callable[..., Any], layout: Layout, some: Table
    ) -> "TensorFlowNetwork":
        """Return the network of the types that a function takes, tried on a few rows.

        Raises
        ------
        ModelError
            It takes none.
        """
        first: ModelError | None = None
        for real in REALS:
            for whole in WHOLES if any(layout.wholes) else WHOLES[:1]:
                for by_name in (False, True) if layout.kind == "dict" else (False,):
                    network = cls(function, layout, real, whole, by_name)
                    try:
                        network.asked(network.encode(some))
                    except ModelError as error:
                        first = first or error
                    else:
                        return network
        raise first or AssertionError("something was tried")

    def encode(self, table: Table) -> tuple[npt.NDArray[Any], ...]:
        """Return the arrays (m, …) that the function takes."""
        return tuple(
            np.ascontiguousarray(array, dtype=self.whole if whole else self.real)
            for array, whole in zip(
                self.layout.split(table.to_matrix()), self.layout.wholes, strict=True
            )
        )

    def predict(self, table: Table) -> Floats:
        """Return outputs, shape (m, k), as float64."""
        starts = range(0, table.n_rows, ROWS_PER_CALL)
        parts = [
            self.asked(self.encode(table.take(slice(start, start + ROWS_PER_CALL))))
            for start in starts
        ]
        return np.concatenate(parts)

    def asked(self, arrays: tuple[npt.NDArray[Any], ...]) -> Floats:
        """Return outputs (m, k) of arrays (m, …), and say so if the function fails.

        Raises
        ------
        ModelError
            It raised, or does not return one tensor of outputs.
        """
        try:
            found = self._call([tf.convert_to_tensor(array) for array in arrays])
        except PellucidError:
            raise
        except Exception as error:
            raise ModelError(
                f"the function of TensorFlow failed on {len(arrays[0])} rows: {in_one_line(error)}"
            ) from error
        return np.asarray(found, dtype=np.float64)

    def with_gradients(self, arrays: tuple[npt.NDArray[Any], ...]) -> tuple[Floats, Floats]:
        """Return outputs (m, k), and their gradients (m, cells, k)."""
        tensors = [tf.convert_to_tensor(array) for array in arrays]
        with tf.GradientTape(persistent=True) as tape:
            for tensor in tensors:
                tape.watch(tensor)
            outputs = self._call(tensors)
            columns = tf.unstack(outputs, axis=1)
        gradients = np.stack([self._gradient(tape, column, tensors) for column in columns], axis=2)
        return np.asarray(outputs, dtype=np.float64), gradients

    def _gradient(self, tape: Any, column: Any, tensors: list[Any]) -> Floats:
        found = tape.gradient(column, tensors, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        parts = [np.asarray(tf.convert_to_tensor(each), dtype=np.float64) for each in found]
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)

    def _call(self, tensors: list[Any]) -> Any:
        names = self.layout.names
        if self.layout.kind != "dict":
            found = self._answer(tensors)
        elif self.by_name:
            found = self.function(**dict(zip(names, tensors, strict=True)))
        else:
            found = self.function(dict(zip(names, tensors, strict=True)))
        if isinstance(found, dict) and len(found) == 1:  # as signatures return it
            (found,) = found.values()
        if not tf.is_tensor(found):
            raise ModelError(
                f"the function of TensorFlow returned a {type(found).__name__}; one tensor of "
                "outputs is needed: wrap it in a function that returns one"
            )
        return found[:, None] if found.shape.rank == 1 else found

    def _answer(self, tensors: list[Any]) -> Any:
        signature = getattr(self.function, "structured_input_signature", None)
        if signature is None or signature[0]:
            return self.function(*tensors)
        return self.function(**dict(zip(signature[1], tensors, strict=True)))
