"""``Network``: a module as a function from rows of a table to outputs (m, k)."""

import inspect
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pellucid._core.errors import ModelError, PellucidError
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.model import Unavailable
from pellucid.models.torch.calling import undisturbed
from pellucid.models.torch.graph import Trace
from pellucid.models.torch.tracing import trace

Head = Callable[[Any], Any]
"""What a module's output goes through, such as a softmax."""

ROWS_PER_CALL = 4096
"""Rows that a module is given at once to predict; its activations need memory."""


class Outputs(torch.nn.Module):
    """A module with tensors in and a matrix (m, k) out, whatever its own way of being called.

    Parameters
    ----------
    module : torch.nn.Module
    head : callable or None
        What the module's output goes through.
    layout : Layout
        What the module is given.
    """

    def __init__(self, module: Any, head: Head | None, layout: Layout) -> None:
        super().__init__()
        self.module = module
        self.head = head
        self.layout = layout
        self.by_name = layout.kind == "dict" and _takes_names(module, layout.names)

    def forward(self, *tensors: Any) -> Any:
        """Return outputs (m, k) of tensors (m, …)."""
        if self.layout.kind == "dict":
            named = dict(zip(self.layout.names, tensors, strict=True))
            found = self.module(**named) if self.by_name else self.module(named)
        else:
            found = self.module(*tensors)
        if not isinstance(found, torch.Tensor):
            raise ModelError(
                f"{type(self.module).__name__} returned a {type(found).__name__}; a module must "
                "return one tensor of outputs: wrap it in one that does"
            )
        if self.head is not None:
            found = self.head(found)
        return found.unsqueeze(1) if found.dim() == 1 else found


class Network:
    """A module that can be asked for predictions, and be traced.

    Parameters
    ----------
    module : torch.nn.Module
    layout : Layout
    head : callable, optional
        What the module's output goes through.
    real : torch.dtype, optional
        What real numbers a module takes that has none of its own; 64 bits by default.

    Attributes
    ----------
    layout : Layout
    note : str or None
        What a reader of explanations should know of its arithmetic.
    trial : object
        What explainers last found out about it, so that the next one need not.
    """

    def __init__(
        self, module: Any, layout: Layout, head: Head | None = None, real: Any = torch.float64
    ) -> None:
        self.layout, self._real = layout, real
        self.note: str | None = None
        self.trial: Any = None
        narrow = {
            str(tensor.dtype).removeprefix("torch.")
            for tensor in module.parameters()
            if tensor.is_floating_point() and tensor.element_size() < 4
        }
        if narrow:
            self.note = (
                f"computed in float32, without the rounding of {' and '.join(sorted(narrow))}"
            )
            module = _in_single_precision(module)
        self.outputs = Outputs(module, head, layout)
        self._traces: dict[tuple[int | None, Any], Trace | Unavailable] = {}

    @property
    def device(self) -> Any:
        """Where the module is."""
        first = next(self.outputs.parameters(), None)
        return torch.device("cpu") if first is None else first.device

    @property
    def dtype(self) -> Any:
        """What the module's real numbers are."""
        kinds = [tensor.dtype for tensor in self.outputs.parameters() if tensor.is_floating_point()]
        return kinds[0] if kinds else self._real

    def encode(self, table: Table) -> tuple[Any, ...]:
        """Return the tensors (m, …) that the module takes, on its device."""
        several = len(self.layout.shapes) > 1
        cells = table.native if several and isinstance(table.native, np.ndarray) else None
        cells = table.to_matrix() if cells is None else cells
        return tuple(
            torch.from_numpy(np.array(array, order="C")).to(  # a module may write to what it takes
                device=self.device, dtype=torch.int64 if whole else self.dtype
            )
            for array, whole in zip(self.layout.split(cells), self.layout.wholes, strict=True)
        )

    def call(self, tensors: tuple[Any, ...]) -> Any:
        """Return the module's outputs (m, k) for tensors (m, …), in evaluation mode."""
        with undisturbed(self.outputs), torch.no_grad():
            return self.outputs(*tensors)

    def asked(self, tensors: tuple[Any, ...]) -> Any:
        """Return the same, and say so if the module fails.

        Raises
        ------
        ModelError
            The module raised.
        """
        try:
            return self.call(tensors)
        except PellucidError:
            raise
        except Exception as error:
            lines = str(error).strip().splitlines() or ["no reason given"]
            raise ModelError(
                f"{type(self.outputs.module).__name__} failed on {len(tensors[0])} rows: "
                f"{type(error).__name__}: {lines[0]}"
            ) from error

    def predict(self, table: Table) -> npt.NDArray[Any]:
        """Return the module's outputs, shape (m, k), as float64."""
        starts = range(0, table.n_rows, ROWS_PER_CALL)
        parts = [
            self.call(self.encode(table.take(slice(start, start + ROWS_PER_CALL))))
            for start in starts
        ]
        return np.asarray(torch.cat(parts).double().cpu())

    def in_parts(self, tensors: tuple[Any, ...]) -> npt.NDArray[Any]:
        """Return the outputs, shape (m, k), as float64, for any number of rows of tensors."""
        starts = range(0, len(tensors[0]), ROWS_PER_CALL)
        parts = [
            self.asked(tuple(each[start : start + ROWS_PER_CALL] for each in tensors))
            for start in starts
        ]
        return np.asarray(torch.cat(parts).double().cpu())

    def trace(self, tensors: tuple[Any, ...], n_rows: int | None = None) -> Trace | Unavailable:
        """Return the module's graph, made once for a device; or why there is none.

        Parameters
        ----------
        tensors : tuple of tensor
            Some rows, two at least.
        n_rows : int, optional
            Number of rows that the graph is for; by default any, if the module lets.
        """
        key = n_rows, self.device
        if key not in self._traces:
            with undisturbed(self.outputs):
                self._traces[key] = trace(self.outputs, tensors, n_rows)
        return self._traces[key]


def softmax(outputs: Any) -> Any:
    """Return probabilities of classes from their margins."""
    return torch.softmax(outputs, dim=-1)


def sigmoid(outputs: Any) -> Any:
    """Return the probability of the second class from its margin."""
    return torch.sigmoid(outputs)


def _takes_names(module: Any, names: tuple[str, ...]) -> bool:
    """Whether a module's forward takes the arrays by name, rather than all of them as one dict."""
    parameters = inspect.signature(module.forward).parameters
    return set(names) <= set(parameters) or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    )


def _in_single_precision(module: Any) -> Any:
    """Return a copy of a module whose real numbers have 32 bits at least."""
    with torch.inference_mode(mode=False):
        copy = deepcopy(module)
        for tensor in [*copy.parameters(), *copy.buffers()]:
            if tensor.is_floating_point() and tensor.element_size() < 4:
                tensor.data = tensor.data.float()
    return copy
