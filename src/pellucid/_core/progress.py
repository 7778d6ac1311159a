"""A progress bar for work that takes long enough to be watched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Counts finished rows."""

    def update(self, n: int, /) -> object:
        """Add ``n`` finished rows."""
        ...


class SilentProgress:
    """Counts nothing and shows nothing."""

    def update(self, n: int, /) -> None:
        """Add ``n`` finished rows."""


@contextmanager
def show_progress_bar(total: int, description: str, *, show: bool | None) -> Iterator[Progress]:
    """Show a progress bar on standard error while rows are explained.

    Parameters
    ----------
    total : int
        Number of rows.
    description : str
        What is being done.
    show : bool or None
        None shows a bar only on a terminal or in a notebook, and only once the work has taken
        more than a second; True shows it always; False never.

    Examples
    --------
    >>> with show_progress_bar(10, "explaining", show=False) as progress:
    ...     progress.update(10)
    """
    if show is False or (show is None and not _is_watched()):
        yield SilentProgress()
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 - costs 0.1 s, and only where a bar is shown

    with tqdm(
        total=total, desc=description, unit="row", delay=0.0 if show else 1.0, leave=bool(show)
    ) as bar:
        yield bar


def _is_watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
