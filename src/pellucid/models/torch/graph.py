"""``Trace``: a module's graph of core operators, which runs any number of times and can be stored."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import chain
from typing import Any, NamedTuple

import torch
from torch.fx.node import map_aggregate, map_arg


@dataclass(frozen=True, eq=False)
class Trace:
    """A module's graph: no operator changes its inputs, and none is hidden in another.

    Attributes
    ----------
    nodes : tuple of torch.fx.Node
        Operators, in order.
    inputs : tuple of torch.fx.Node
        The rows' tensors.
    own : dict from torch.fx.Node to str
        The module's parameters and buffers, by name: each run takes those that it has by then.
    constants : dict from torch.fx.Node to object
        Other tensors, and whatever else operators are given that depends on no row.
    output : torch.fx.Node
        The outputs (m, k).
    takes_wholes : bool
        Whether an input holds whole numbers.
    n_rows : int or None
        The only number of rows that the graph is for; None for any of two or more.
    cells_per_row : int
        Numbers that all operators together return for one row.
    """

    nodes: tuple[Any, ...]
    inputs: tuple[Any, ...]
    own: dict[Any, str]
    constants: dict[Any, Any]
    output: Any
    takes_wholes: bool
    n_rows: int | None
    cells_per_row: int

    def fixed(self, module: Any) -> dict[Any, Any]:
        """Return what depends on no row, with the parameters that a module has now."""
        tensors = tensors_of(module)
        return {
            **self.constants,
            **{node: tensors[name].detach() for node, name in self.own.items()},
        }

    def __reduce__(self) -> Any:
        """Store operators by name: nodes and operators of torch cannot be pickled."""
        nodes = [*self.inputs, *self.own, *self.constants, *self.nodes]
        place = {node: _Place(i) for i, node in enumerate(nodes)}
        steps = [
            _Step(
                _name_of(node.target),
                map_arg(node.args, place.__getitem__),
                map_arg(node.kwargs, place.__getitem__),
            )
            for node in self.nodes
        ]
        rest = place[self.output], self.takes_wholes, self.n_rows, self.cells_per_row
        own, constants = list(self.own.values()), list(self.constants.values())
        return _restored, (len(self.inputs), own, constants, steps, *rest)


@dataclass(frozen=True)
class _Place:
    """Which node an argument is."""

    at: int


class _Step(NamedTuple):
    """An operator and its arguments, with places for nodes."""

    target: "str | Callable[..., Any]"
    args: Any
    kwargs: Any


def _restored(  # noqa: PLR0917 - what a trace is made of
    n_inputs: int,
    own: list[str],
    constants: list[Any],
    steps: list[_Step],
    output: _Place,
    takes_wholes: bool,  # noqa: FBT001
    n_rows: int | None,
    cells_per_row: int,
) -> Trace:
    graph = torch.fx.Graph()
    nodes = [graph.placeholder(f"x{i}") for i in range(n_inputs + len(own) + len(constants))]
    after_own = n_inputs + len(own)
    node_at = partial(_node_at, nodes)
    for step in steps:
        args, kwargs = map_aggregate((step.args, step.kwargs), node_at)
        nodes.append(graph.call_function(_named(step.target), args, kwargs))
    return Trace(
        tuple(nodes[after_own + len(constants) :]),
        tuple(nodes[:n_inputs]),
        dict(zip(nodes[n_inputs:after_own], own, strict=True)),
        dict(zip(nodes[after_own : after_own + len(constants)], constants, strict=True)),
        nodes[output.at],
        takes_wholes,
        n_rows,
        cells_per_row,
    )


def _node_at(nodes: Sequence[Any], each: Any) -> Any:
    return nodes[each.at] if isinstance(each, _Place) else each


def _name_of(target: Any) -> Any:
    return str(target) if isinstance(target, torch._ops.OpOverload) else target  # noqa: SLF001


def _named(target: Any) -> Any:
    return reduce(getattr, target.split("."), torch.ops) if isinstance(target, str) else target


def tensors_of(module: Any) -> Mapping[str, Any]:
    """Return a module's parameters and buffers by name; shared ones have several."""
    return dict(
        chain(
            module.named_parameters(remove_duplicate=False),
            module.named_buffers(remove_duplicate=False),
        )
    )


def n_cells(node: Any) -> int:
    """Return how many numbers an operator returned for the rows it was traced with."""
    value = node.meta.get("val")
    if node.target is operator.getitem or not isinstance(value, torch.Tensor):
        return 0
    found = 1
    for size in value.shape:
        found *= size if isinstance(size, int) else size.node.hint
    return found
