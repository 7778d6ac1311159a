"""What explainers of networks ask a model for."""

from importlib import import_module
from typing import Any

from pellucid._core.typing import OutputSpace
from pellucid.data.background import Background
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import NetworkStructure


class Unsteady(Unavailable):
    """Why nobody can explain a model: it says something else every time it is asked."""


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


def reason_against_networks(model: Model, background: Background | None, output: str) -> str | None:
    """Return the reason why a model cannot be explained as a network, found without running it.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one that the network computes.
    """
    if isinstance(model.networks, Unavailable):
        return model.networks.reason
    if background is None:
        return "it needs initialization_examples as reference rows"
    space = _space(model, output)
    if output not in {"auto", space}:
        return f"its network computes {space!r}, not {output!r}"
    return None


def prepared(model: Model, background: Background | None, output: str) -> Any:
    """Return a network's graph and reference rows, or an ``Unavailable`` that says why not.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        As for :func:`reason_against_networks`.
    """
    reason = reason_against_networks(model, background, output)
    if reason is not None or background is None:
        return Unavailable(reason or "")
    structure = network_of(model, _space(model, output))
    return part_for(structure, "preparation").prepare(structure, background)


def part_for(structure: NetworkStructure, part: str) -> Any:
    """Return a module of explainers of a library's networks, which loads the library."""
    return import_module(f"pellucid.explainers.{structure.library}.{part}")


def _space(model: Model, output: str) -> OutputSpace:
    networks = model.networks
    known = () if isinstance(networks, Unavailable) else networks
    return next((space for space in known if space == output), natural_output(model))
