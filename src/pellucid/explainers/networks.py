"""What explainers of networks ask a model for."""

from pellucid._core.typing import OutputSpace
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import NetworkStructure


def network_of(model: Model, space: OutputSpace) -> NetworkStructure:
    """Return the network behind an output space, which is known to be there."""
    networks = model.networks
    if isinstance(networks, Unavailable):
        raise AssertionError("cannot_explain() refuses such a model")  # noqa: TRY004
    return networks[space]


def natural_output(model: Model) -> OutputSpace:
    """Return the output space that ``output="auto"`` stands for: the model's own, if it can be."""
    if isinstance(model.networks, Unavailable) or model.default_space in model.networks:
        return model.default_space
    return next(iter(model.networks))
