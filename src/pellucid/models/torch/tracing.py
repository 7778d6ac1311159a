"""How a module becomes a graph of core operators: by two ways, of which the first that works is taken."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from pellucid._core.errors import in_one_line
from pellucid.models.model import Unavailable
from pellucid.models.torch.bags import embedding_bag
from pellucid.models.torch.calling import plain_operators
from pellucid.models.torch.graph import Trace, n_cells, tensors_of

_WHOLE = (
    "_log_softmax _softmax celu elu gelu hardsigmoid hardswish hardtanh leaky_relu logsumexp "
    "log_sigmoid_forward mish native_group_norm native_layer_norm selu silu softplus"
)
WHOLE = frozenset(_WHOLE.split())
"""Operators that keep together what one rule explains better than its parts."""
ROWS_OF_ANY_NUMBER = 8
"""Rows a module is traced with, if the graph is to take any number of them."""

DATA_DEPENDENT = "a branch, a loop or a size depends on the rows' values"

Way = Callable[[Any, tuple[Any, ...], bool], Trace | Unavailable]


def trace(module: Any, tensors: tuple[Any, ...], n_rows: int | None) -> Trace | Unavailable:
    """Trace a module in evaluation mode.

    ``torch.export`` comes first. What it refuses, such as a module that is compiled to TorchScript
    or calls NumPy, is traced by ``make_fx``, which looks at the operators that run: for one number
    of rows only, and with everything that is no operator taken for constant, so that the graph has
    to be compared with the module on other rows.

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
    some = n_rows or ROWS_OF_ANY_NUMBER
    example = tuple(
        tensor[torch.arange(some, device=tensor.device) % len(tensor)] for tensor in tensors
    )
    refused: dict[str, list[str]] = {}
    ways: dict[str, Way] = {"torch.export": _exported}
    if n_rows is not None:
        ways["make_fx"] = _watched
    for name, way in ways.items():
        try:
            with plain_operators():
                found = way(module, example, n_rows is None)
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it says is the reason
            found = Unavailable(_in_our_words(error))
        if isinstance(found, Trace):
            return found
        refused.setdefault(found.reason, []).append(name)
    reasons = [f"{reason} ({', '.join(names)})" for reason, names in refused.items()]
    return Unavailable(f"its operators cannot be traced: {'; '.join(reasons)}")


def _exported(module: Any, example: tuple[Any, ...], any_number: bool) -> Trace | Unavailable:  # noqa: FBT001
    from torch.export import Dim, export  # noqa: PLC0415 - takes a second

    axis = {0: Dim.AUTO} if any_number else None
    program = export(
        module, example, dynamic_shapes=((axis,) * len(example),), strict=False
    ).run_decompositions(_decompositions())
    inputs, own, constants = [], {}, {}
    placeholders = [node for node in program.graph.nodes if node.op == "placeholder"]
    for node, spec in zip(placeholders, program.graph_signature.input_specs, strict=True):
        if spec.kind.name == "USER_INPUT":
            inputs.append(node)
        elif spec.target in tensors_of(module):
            own[node] = spec.target
        else:
            constants[node] = _detached(program.constants[spec.target])
    (returned,) = program.graph.output_node().args
    kinds = [spec.kind.name for spec in program.graph_signature.output_specs]
    output = returned[kinds.index("USER_OUTPUT")]
    return _checked(program.graph, inputs, own, constants, output, len(example[0]))


def _watched(module: Any, example: tuple[Any, ...], _: bool) -> Trace | Unavailable:  # noqa: FBT001
    from torch.func import functionalize  # noqa: PLC0415 - takes a second
    from torch.fx.experimental.proxy_tensor import make_fx  # noqa: PLC0415

    found = make_fx(
        functionalize(module.forward, remove="mutations"),
        decomposition_table=dict(_decompositions()),
        _allow_non_fake_inputs=True,
    )(*example)
    graph = found.graph
    graph.eliminate_dead_code()
    tensors = tensors_of(module)
    names = {id(tensor): name for name, tensor in tensors.items()}
    own, constants = {}, {}
    for node in graph.nodes:
        if node.op == "get_attr":
            value = getattr(found, node.target)
            if id(value) in names:
                own[node] = names[id(value)]
            else:
                constants[node] = _detached(value)
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    (output,) = graph.output_node().args
    return _checked(graph, inputs, own, constants, output, len(example[0]))


def _checked(  # noqa: PLR0917 - what a trace is made of
    graph: Any,
    inputs: Sequence[Any],
    own: dict[Any, str],
    constants: dict[Any, Any],
    output: Any,
    some: int,
) -> Trace | Unavailable:
    nodes = tuple(node for node in graph.nodes if node.op == "call_function")
    for node in nodes:
        if isinstance(node.target, torch._ops.HigherOrderOperator):  # noqa: SLF001
            return Unavailable(f"its graph has a branch or a loop of its own ({node.target})")
        if isinstance(node.target, torch._ops.OpOverload) and node.target._schema.is_mutable:  # noqa: SLF001
            return Unavailable(f"an operator changes its tensors in place ({node.target})")
    values = [node.meta["val"] for node in inputs]
    fixed = any(isinstance(value.shape[0], int) for value in (*values, output.meta["val"]))
    return Trace(
        nodes,
        tuple(inputs),
        own,
        constants,
        output,
        takes_wholes=not all(value.is_floating_point() for value in values),
        n_rows=some if fixed else None,
        cells_per_row=max(sum(map(n_cells, nodes)) // some, 1),
    )


def _decompositions() -> Any:
    """Return how operators become core ones, but for those that have a rule of their own."""
    from torch.export import default_decompositions  # noqa: PLC0415 - takes a second

    table = default_decompositions()
    for kind in list(table):
        if kind.name().partition("::")[2].partition(".")[0] in WHOLE:
            del table[kind]
    for kind in (torch.ops.aten._embedding_bag, torch.ops.aten._embedding_bag_forward_only):  # noqa: SLF001
        table[kind.default] = embedding_bag
    return table


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value


def _in_our_words(error: Exception) -> str:
    said = in_one_line(error)[:300]
    depends = any(words in said for words in ("GuardOnDataDependent", "data-dependent"))
    return DATA_DEPENDENT if depends else said
