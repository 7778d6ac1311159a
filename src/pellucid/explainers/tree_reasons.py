"""Why trees cannot be explained, or should not be, one way or the other."""

import math

from pellucid._core.typing import OutputSpace
from pellucid.data.background import Background
from pellucid.explainers.tree_structures import readable_structure, trees_to_walk
from pellucid.models.model import Model, Unavailable
from pellucid.models.structures import TreeStructure

MOST_SECONDS_PER_ROW = 0.1
"""Estimated cost of a row up to which interventional values are chosen by default."""


def reason_against_interventional(
    model: Model,
    background: Background | None,
    output: str,
    *,
    most_seconds: float = MOST_SECONDS_PER_ROW,
) -> str | None:
    """Return the reason against interventional Shapley values of a model's trees, or None.

    Parameters
    ----------
    model : Model
    background : Background or None
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one in which the trees add up.
    most_seconds : float
        Largest cost per explained row, as :func:`seconds_per_row` estimates it.
    """
    if isinstance(model.trees, Unavailable):
        own = ", and its library's own contributions are path-dependent"
        return model.trees.reason + ("" if model.contributions is None else own)
    if background is None:
        return "interventional values need initialization_examples as reference rows"
    structure = readable_structure(model)
    if isinstance(structure, Unavailable):
        return structure.reason
    is_linked = output not in {"auto", structure.space}
    ensemble = structure.ensemble
    if is_linked and (ensemble.link == "identity" or output != ensemble.linked_space):
        return f"its trees add up in {structure.space!r}, which leads to no {output!r}"
    return _reason_of_cost(structure, background, most_seconds, is_linked=is_linked)


def _reason_of_cost(
    structure: TreeStructure, background: Background, most_seconds: float, *, is_linked: bool
) -> str | None:
    from pellucid.kernels.tree_pairs import MOST_FAILS  # noqa: PLC0415 - of one game only

    if (trees_to_walk(structure).paths.tree_players > MOST_FAILS).any():
        return f"a path in its trees asks more than {MOST_FAILS} different features"
    if most_seconds == math.inf:
        return None
    seconds = seconds_per_row(structure, background, linked=is_linked)
    if seconds <= most_seconds:
        return None
    return (
        f"about {seconds:.1g} seconds per explained row with {background.n_rows} reference rows, "
        f"more than {most_seconds:.1g}; summarize the initialization_examples"
    )


def reason_against_path_dependent(
    model: Model, output: str, *, grouped: bool = False
) -> str | None:
    """Return the reason against path-dependent Shapley values of a model's trees, or None.

    Parameters
    ----------
    model : Model
    output : {"auto", "raw", "probability", "value"}
        Output space to explain; ``"auto"`` takes the one in which the trees add up.
    grouped : bool
        Whether columns are to play in groups, of which a library's own values know nothing.
    """
    if isinstance(model.trees, Unavailable):
        if grouped and model.contributions is not None:
            return f"its own values are of single columns, not groups; {model.trees.reason}"
        return _reason_against_contributions(model, output, model.trees)
    structure = readable_structure(model)
    if isinstance(structure, Unavailable):
        return structure.reason
    if output not in {"auto", structure.space}:
        return (
            f"its trees add up in {structure.space!r}; {output!r} needs initialization_examples "
            "and interventional values"
        )
    arrays = structure.ensemble.arrays
    roots = arrays.tree_start[:-1]
    if ((arrays.cover[roots] <= 0.0) & (arrays.feature[roots] >= 0)).any():
        return "its trees do not say how much training weight reached their nodes"
    return None


def _reason_against_contributions(model: Model, output: str, trees: Unavailable) -> str | None:
    space = space_of_contributions(model)
    if model.contributions is not None and output in {"auto", space}:
        return None
    if model.contributions is None:
        return trees.reason
    return f"its own path-dependent values are {space!r}, not {output!r}; {trees.reason}"


def space_of_contributions(model: Model) -> OutputSpace:
    """Return the space in which trees add up: a regression without a link has values only."""
    return "raw" if "raw" in model.outputs else model.default_space


def seconds_per_row(
    structure: TreeStructure, background: Background, *, linked: bool = False
) -> float:
    """Estimate what interventional values cost per explained row, on one core.

    Parameters
    ----------
    structure : TreeStructure
    background : Background
    linked : bool
        Whether the values are to be rescaled by the link, so that every tree has to be walked for
        every reference row.

    Returns
    -------
    float
        Seconds, in a call that explains ``ROWS_OF_KEPT_TABLES`` rows.
    """
    # Imported here, as none of their kernels is needed for the path-dependent game.
    from pellucid.explainers.tree_game import ROWS_OF_KEPT_TABLES  # noqa: PLC0415
    from pellucid.explainers.tree_plan import plan  # noqa: PLC0415
    from pellucid.kernels.tree_pairs import pair_costs  # noqa: PLC0415

    walkable = trees_to_walk(structure)
    trees, paths, n_background = walkable.trees, walkable.paths, background.n_rows
    if linked:
        return 1e-9 * float(pair_costs(trees, paths, n_background).sum())
    found = plan(trees, paths, n_background, ROWS_OF_KEPT_TABLES)
    return found.seconds(ROWS_OF_KEPT_TABLES) / ROWS_OF_KEPT_TABLES
