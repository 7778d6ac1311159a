"""torch: modules with one tensor of outputs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import OutputSpace, Task
from pellucid.data.feature_map import FeatureMap
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.function import learn_outputs
from pellucid.models.model import Model, Predict, Unavailable
from pellucid.models.structures import NetworkStructure
from pellucid.models.torch.network import Head, Network

NO_TREES = Unavailable("it is a network of tensors")


def from_module(
    module: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt a module by calling it on a few rows, in evaluation mode.

    Two or more outputs between 0 and 1 that sum to 1 are a classifier's, as of any function. A
    single output of a classifier is the probability of the second class if it lies between 0 and
    1, and else its margin.

    Parameters
    ----------
    module : torch.nn.Module
    examples : Table
        Rows it is called on, ten at most.
    task : {"classification", "regression", "outlier detection"}, optional
    layout : Layout, optional
        Shapes of the tensors that a flat row stands for; by default a row is one flat tensor.

    Raises
    ------
    InvalidInputError
        There are no examples, or what the module returns does not fit ``task``.
    ModelError
        The module fails on the examples, or does not return one tensor of outputs.
    """
    module = bare(module)
    name = type(module).__name__
    if examples is None:
        raise InvalidInputError(
            f"what {name} returns is learnt by calling it on a few rows; "
            "pass initialization_examples"
        )
    network = network_for(module, examples, layout)
    return of_network(network, module, name, examples=examples, task=task)


def of_network(
    network: Network,
    native: Any,
    name: str,
    *,
    examples: Table,
    task: Task | None,
    classes: npt.ArrayLike | None = None,
) -> Model:
    """Return the model of a network, as its predictions of a few rows show it."""
    found = learn_outputs(
        network.predict,
        native=native,
        name=name,
        examples=examples,
        task=task,
        classes=classes,
        margins=True,
    )
    n_outputs = network.asked(network.encode(examples.take(slice(0, 2)))).shape[1]
    structure = structure_of(network, n_outputs, found.classes, found.default_space)
    return replace(
        found, trees=NO_TREES, linear=NO_TREES, networks={found.default_space: structure}
    )


def with_outputs_of(models: Sequence[Model]) -> Model:
    """Return the last of some models of the same network, with the outputs of them all."""
    outputs: dict[OutputSpace, Predict] = {}
    networks: dict[OutputSpace, NetworkStructure] = {}
    for model in models:
        outputs |= model.outputs
        if not isinstance(model.networks, Unavailable):
            networks |= model.networks
    return replace(models[-1], outputs=outputs, networks=networks)


def structure_of(
    network: Network, n_outputs: int, classes: tuple[str, ...] | None, space: OutputSpace
) -> NetworkStructure:
    """Return a network as what its model's outputs are made of."""
    coefficients, intercept = np.eye(n_outputs), np.zeros(n_outputs)
    if classes is not None and n_outputs == 1:  # both margins -m and m, or both probabilities
        coefficients = np.array([[-1.0], [1.0]])
        intercept = np.array([1.0 if space == "probability" else 0.0, 0.0])
    cells = sum(network.layout.sizes)
    return NetworkStructure(
        network, network.encode, FeatureMap.identity(cells), coefficients, intercept
    )


def bare(module: Any) -> Any:
    """Return the module inside one that only spreads or compiles it."""
    while True:
        if hasattr(module, "_orig_mod"):
            module = module._orig_mod  # noqa: SLF001 - torch.compile's only name for it
        elif isinstance(module, (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)):
            module = module.module
        else:
            return module


def network_for(
    module: Any, examples: Table, layout: Layout | None, *, head: Head | None = None
) -> Network:
    """Return the network of the numbers that a module takes: whole ones, or real ones."""
    some = examples.take(slice(0, 2))
    layouts = [layout] if layout is not None else _layouts_of(module, some)
    networks = [
        Network(module, each, head, real)
        for each in layouts
        for real in (torch.float64, torch.float32)
    ]
    # If none can be called, learning what the first one returns will say why.
    return next((network for network in networks if _works(network, some)), networks[0])


def _layouts_of(module: Any, some: Table) -> list[Layout]:
    """Return how a module may take ordinary rows: as whole numbers, which may be tokens, or real ones."""
    kinds = [False]
    if _are_whole(some):
        embeddings = (torch.nn.Embedding, torch.nn.EmbeddingBag)
        embeds = any(isinstance(part, embeddings) for part in module.modules())
        kinds = [embeds, not embeds]
    return [Layout.of_table(some.n_features, whole=kind) for kind in kinds]


def _are_whole(table: Table) -> bool:
    return all(table.column(j).dtype.kind in "iub" for j in range(table.n_features))


def _works(network: Network, some: Table) -> bool:
    try:
        network.predict(some)
    except Exception:  # noqa: BLE001 - foreign code
        return False
    return True


ADAPTERS = {"Module": from_module}
