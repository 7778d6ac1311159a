"""Why a model cannot be explained by a structure that it would have to have."""

from collections.abc import Callable

from pellucid.data.background import Background
from pellucid.models.model import Unavailable
from pellucid.models.structures import AdditiveStructure, LinearStructure


def reason_without_structure(
    structure: Callable[[], LinearStructure | AdditiveStructure] | Unavailable,
    shape: str,
    background: Background | None,
    output: str,
) -> str | None:
    """Return the reason against explaining by a structure with reference rows, or None.

    Parameters
    ----------
    structure : callable or Unavailable
        What a ``Model`` says of it.
    shape : str
        What a model that has it is called.
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
    """
    if isinstance(structure, Unavailable):
        return structure.reason
    if background is None:
        return "it needs initialization_examples as reference rows"
    space = structure().space
    if output not in {"auto", space}:
        return f"it is {shape} in {space!r}, not in {output!r}"
    return None
