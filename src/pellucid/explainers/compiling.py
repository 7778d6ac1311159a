"""A word to whoever waits while kernels are compiled, which happens once on a machine."""

from pellucid._core.progress import is_watched, write_note
from pellucid.kernels.compiled import tell_of_compiling


def watch_compiling(*, show: bool | None) -> None:
    """Say so on a terminal or in a notebook when kernels have to be compiled, once in a process.

    Parameters
    ----------
    show : bool or None
        An explainer's ``show_progress``; False says nothing.
    """
    tell_of_compiling(_say if is_watched(show=show) else None)


def _say(folder: str) -> None:
    write_note(
        "pellucid compiles its kernels, which takes up to half a minute, once: "
        f"later starts read them from {folder}"
    )
