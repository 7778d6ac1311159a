"""A module as a graph of core operators, which is traced once and runs any number of times."""

import operator
from dataclasses import dataclass
from typing import Any

import torch

from pellucid.models.model import Unavailable
from pellucid.models.torch.calling import plain_operators

_WHOLE = (
    "_log_softmax _softmax celu elu gelu hardsigmoid hardswish hardtanh leaky_relu logsumexp "
    "log_sigmoid_forward mish native_group_norm native_layer_norm selu silu softplus"
)
WHOLE = frozenset(_WHOLE.split())
"""Operators that keep together what one rule explains better than its parts."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A module's graph: no operator changes its inputs, and none is hidden in another.

    Attributes
    ----------
    nodes : tuple of torch.fx.Node
        Operators, in order.
    inputs : tuple of torch.fx.Node
        The rows' tensors.
    constants : dict from torch.fx.Node to tensor
        Parameters and buffers: the module's own, not copies.
    output : torch.fx.Node
        The outputs (m, k).
    n_rows : int or None
        The only number of rows that the graph is for; None for any of two or more.
    cells_per_row : int
        Numbers that all operators together return for one row.
    """

    nodes: tuple[Any, ...]
    inputs: tuple[Any, ...]
    constants: dict[Any, Any]
    output: Any
    n_rows: int | None
    cells_per_row: int


def trace(module: Any, tensors: tuple[Any, ...], n_rows: int | None) -> Trace | Unavailable:
    """Trace a module in evaluation mode.

    Parameters
    ----------
    module : torch.nn.Module
        From tensors (m, …) to outputs (m, k).
    tensors : tuple of tensor
        Some rows, two at least.
    n_rows : int or None
        Number of rows that the graph is for; None for any, if the module lets.

    Returns
    -------
    Trace or Unavailable
        The reason is torch's own word for what cannot be traced, such as a branch that depends on
        the rows' values.
    """
    from torch.export import Dim, default_decompositions, export  # noqa: PLC0415 - takes a second

    some = n_rows or 8
    example = tuple(
        tensor[torch.arange(some, device=tensor.device) % len(tensor)] for tensor in tensors
    )
    axis = {0: Dim.AUTO} if n_rows is None else None
    table = default_decompositions()
    for kind in list(table):
        if kind.name().partition("::")[2].partition(".")[0] in WHOLE:
            del table[kind]
    try:
        with plain_operators():
            program = export(
                module, example, dynamic_shapes=((axis,) * len(example),), strict=False
            ).run_decompositions(table)
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it says is the reason
        return Unavailable(f"its operators cannot be traced: {_first_line(error)}")
    return _read(program, some)


def _read(program: Any, some: int) -> Trace | Unavailable:
    inputs, constants, spec_of = [], {}, program.graph_signature.input_specs
    placeholders = [node for node in program.graph.nodes if node.op == "placeholder"]
    for node, spec in zip(placeholders, spec_of, strict=True):
        if spec.kind.name == "USER_INPUT":
            inputs.append(node)
        elif spec.target in program.state_dict:
            constants[node] = program.state_dict[spec.target].detach()
        else:
            constants[node] = program.constants[spec.target].detach()
    nodes = tuple(node for node in program.graph.nodes if node.op == "call_function")
    hidden = [node for node in nodes if isinstance(node.target, torch._ops.HigherOrderOperator)]  # noqa: SLF001
    if hidden:
        return Unavailable(f"its graph has a branch or a loop of its own ({hidden[0].target})")
    (returned,) = next(node for node in program.graph.nodes if node.op == "output").args
    kinds = [spec.kind.name for spec in program.graph_signature.output_specs]
    output = returned[kinds.index("USER_OUTPUT")]
    fixed = any(isinstance(node.meta["val"].shape[0], int) for node in (*inputs, output))
    return Trace(
        nodes,
        tuple(inputs),
        constants,
        output,
        some if fixed else None,
        max(sum(map(_n_cells, nodes)) // some, 1),
    )


def _n_cells(node: Any) -> int:
    """Return how many numbers an operator returned for the rows it was traced with."""
    value = node.meta.get("val")
    if node.target is operator.getitem or not isinstance(value, torch.Tensor):
        return 0
    n_cells = 1
    for size in value.shape:
        n_cells *= size if isinstance(size, int) else size.node.hint
    return n_cells


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else "no reason given"
    return f"{type(error).__name__}: {said[:300]}"
