"""``ExportedModule``: a Keras model as torch alone runs it."""

import io
import warnings
from collections.abc import Callable
from typing import Any

import torch


class ExportedModule(torch.nn.Module):
    """A module of operators, which needs nothing of Keras.

    Parameters
    ----------
    stored : bytes
        As ``torch.export.save`` wrote it.
    names : tuple of str
        Names of its arrays, in order.
    n_rows : int or None
        The only number of rows that its operators are for; None for any.
    """

    def __init__(self, stored: bytes, names: tuple[str, ...], n_rows: int | None) -> None:
        super().__init__()
        self.stored = stored
        self.names = names
        self.n_rows = n_rows
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch's own files say of each other
            program = torch.export.load(io.BytesIO(stored))
            self.program = program.module()
        given = set(program.graph_signature.user_inputs)
        nodes = [node for node in program.graph.nodes if node.name in given]
        self.dtypes = tuple(node.meta["val"].dtype for node in nodes)
        for parameter in self.program.parameters():
            parameter.requires_grad_(requires_grad=False)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Travel as the stored operators, since graphs do not travel."""
        return type(self), (self.stored, self.names, self.n_rows)

    def forward(self, *tensors: Any, **named: Any) -> Any:
        """Return outputs (m, …) of tensors (m, …), by position or by name."""
        given = tuple(named[name] for name in self.names) if named else tensors
        given = tuple(each.to(dtype=dtype) for each, dtype in zip(given, self.dtypes, strict=True))
        rows = given[0].shape[0]
        if self.n_rows == rows:
            return self.program(*given)
        size = self.n_rows or 2
        if self.n_rows is None and rows >= size:
            return self.program(*given)
        parts = []
        for start in range(0, rows, size):
            at = torch.arange(start, start + size, device=given[0].device).clamp(max=rows - 1)
            parts.append(self.program(*(each[at] for each in given))[: rows - start])
        return torch.cat(parts)
