"""Runs a network's graph on rows and reference rows at once, operator by operator."""

import operator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.fx.node import map_aggregate

from pellucid.explainers.torch.elementary import blend
from pellucid.explainers.torch.leaves import Leaves
from pellucid.explainers.torch.pair import Pair, on_both, pairs_in, rows_of
from pellucid.explainers.torch.rules import rule_for
from pellucid.explainers.torch.wholes import (
    COMPARISONS,
    among_reals,
    compared,
    embedded,
    move_places,
    of_wholes,
)
from pellucid.models.torch.graph import Trace

aten = torch.ops.aten


@dataclass(eq=False)
class Program:
    """A graph, ready to run on any block of pairs.

    Attributes
    ----------
    trace : Trace
    module : torch.nn.Module
        Whose parameters count.
    precise : bool
        Whether to compute in double precision, whatever the network's own.
    values : dict from torch.fx.Node to object
        What does not depend on the rows.
    last_use : dict from torch.fx.Node to list of torch.fx.Node
        What no operator after this one needs.
    needs_places : bool
        Whether the graph turns cells into numbers without slopes, such as tokens.
    uncovered : set of str
        Operators met for which there is no rule.
    """

    trace: Trace
    module: Any
    precise: bool = False
    values: dict[Any, Any] = field(init=False)
    last_use: dict[Any, list[Any]] = field(init=False)
    needs_places: bool = field(init=False)
    uncovered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        fixed = self.trace.fixed(self.module)
        self.values = {node: self.cast(value) for node, value in fixed.items()}
        moving = set(self.trace.inputs)
        with torch.no_grad():
            for node in self.trace.nodes:
                if moving.isdisjoint(node.all_input_nodes):
                    args, kwargs = self._arguments(node, self.values)
                    self.values[node] = node.target(*args, **kwargs)
                else:
                    moving.add(node)
        self.nodes = [node for node in self.trace.nodes if node in moving]
        final: dict[Any, Any] = {}
        for node in self.nodes:
            final.update(dict.fromkeys(node.all_input_nodes, node))
        self.last_use = {}
        for used, user in final.items():
            if used in moving and used is not self.trace.output:
                self.last_use.setdefault(user, []).append(used)
        self.needs_places = self.trace.takes_wholes or any(
            node.target.overloadpacket in {aten.embedding, aten._to_copy}  # noqa: SLF001
            for node in self.nodes
            if hasattr(node.target, "overloadpacket")
        )

    @property
    def n_rows(self) -> int | None:
        """The only number of pairs that the graph is for; None for any of two or more."""
        return self.trace.n_rows

    @property
    def cells_per_row(self) -> int:
        """Numbers that all operators together return for one row."""
        return self.trace.cells_per_row

    def _arguments(self, node: Any, values: dict[Any, Any]) -> tuple[Any, Any]:
        found: tuple[Any, Any] = torch.fx.node.map_arg((node.args, node.kwargs), values.__getitem__)
        return map_aggregate(found, _doubled) if self.precise else found

    def cast(self, value: Any) -> Any:
        """Return a tensor in the precision of this program; what is no tensor as it is."""
        if not (self.precise and isinstance(value, torch.Tensor)):
            return value
        return value.double() if value.is_floating_point() else value

    def run(
        self,
        rows: tuple[Any, ...],
        references: tuple[Any, ...],
        *,
        alpha: Any = None,
    ) -> tuple[Pair, Leaves]:
        """Run the graph.

        Parameters
        ----------
        rows, references : tuple of tensor, shape (p, …)
        alpha : float or tensor (p,), optional
            How far on the way from reference rows to rows plain gradients are taken; by default,
            rules are followed.

        Returns
        -------
        outputs : Pair, shape (p, c)
        leaves : Leaves
        """
        values: dict[Any, Any] = dict(self.values)
        n_cells = sum(row[0].numel() for row in rows)
        leaves = Leaves(n_cells, alpha)
        if alpha is not None and self.needs_places:
            leaves.cells = torch.cat([self.cast(row).flatten(1) for row in rows], 1).flatten()
        start = 0
        for node, row, reference in zip(self.trace.inputs, rows, references, strict=True):
            given = Pair(self.cast(row), self.cast(reference))
            size = row[0].numel()
            if given.is_real:
                given = leaves.grow(given, start)
            if self.needs_places:
                cells = torch.arange(start, start + size, device=row.device)
                pairs = torch.arange(len(row), device=row.device)
                given.places = (pairs[:, None] * n_cells + cells).reshape(row.shape)
            # Plain gradients need no second row, unless it is due to whole numbers.
            values[node] = given if alpha is None or self.needs_places else given.row
            start += size
        for node in self.nodes:
            args, kwargs = self._arguments(node, values)
            values[node] = self._call(node.target, args, kwargs, leaves)
            for used in self.last_use.get(node, ()):
                del values[used]
        outputs = values[self.trace.output]
        if not isinstance(outputs, Pair):  # they do not depend on the rows
            outputs = Pair(outputs, outputs)
        return outputs, leaves

    def outputs(self, rows: tuple[Any, ...]) -> Any:
        """Return the graph's outputs (p, c) for rows, without gradients."""
        return self.run(rows, rows, alpha=1.0)[0].row.detach()

    def _call(self, target: Any, args: Any, kwargs: Any, leaves: Leaves) -> Any:
        if target is operator.getitem:
            return args[0][args[1]]
        given = pairs_in((args, kwargs))
        if not hasattr(target, "overloadpacket") or not given:  # of sizes and constants alone
            return target(*rows_of(args), **rows_of(kwargs))
        packet, follow = target.overloadpacket, leaves.alpha is None
        if packet is aten.embedding and not isinstance(args[0], Pair):
            return embedded(target, args, leaves)
        if not any(pair.is_real for pair in given):
            return of_wholes(target, args, kwargs, leaves)
        if not all(pair.is_real for pair in given):
            like = next(pair.row for pair in given if pair.is_real)
            args = among_reals(target, args, like, leaves)
        if not follow and packet is aten._to_copy and not _is_real(kwargs.get("dtype")):  # noqa: SLF001
            args = (leaves.itself(args[0]), *args[1:])
        rule = rule_for(target, args) if follow else _plain(packet, args)
        found = (rule or on_both)(target, args, kwargs)
        if packet in COMPARISONS and follow:
            found.cause = compared(args, found)
        elif rule is None and any(each.is_real and each.differs for each in pairs_in(found)):
            self.uncovered.add(str(packet))
        if self.needs_places:
            move_places(found, target, args, kwargs)
        return found


def _plain(packet: Any, args: Any) -> Any:
    """Return how an operator goes whose own gradient is taken."""
    depends = packet is aten.where and isinstance(args[0], Pair) and args[0].is_real
    return blend if depends else on_both


def _is_real(dtype: Any) -> bool:
    return dtype is None or dtype.is_floating_point or dtype.is_complex


def _doubled(each: Any) -> Any:
    return torch.float64 if each is torch.float32 else each
