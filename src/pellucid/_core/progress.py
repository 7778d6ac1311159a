"""A progress bar for work that takes long enough to be watched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

FORMAT = "{l_bar}{bar}| {n:.1f}/{total} [{elapsed}<{remaining}, {rate_fmt}]"
"""Of a bar that shows parts of rows: tqdm's own, but for the decimals."""


class Progress(Protocol):
    """Counts finished rows."""

    def update(self, n: float, /) -> object:
        """Add ``n`` finished rows."""
        ...


class SilentProgress:
    """Counts nothing and shows nothing."""

    def update(self, n: float, /) -> None:
        """Add ``n`` finished rows."""


class RowProgress:
    """Counts finished rows, and parts of rows on the way.

    Parameters
    ----------
    shown : Progress
        Where they are shown.

    Examples
    --------
    >>> class Bar:
    ...     done = 0.0
    ...
    ...     def update(self, n):
    ...         self.done += n
    >>> bar = Bar()
    >>> progress = RowProgress(bar)
    >>> progress.reach(0.25)
    >>> progress.reach(1.5)
    >>> bar.done
    1.5
    >>> progress.update(2)
    >>> bar.done
    2.0
    """

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._ahead = 0.0

    def reach(self, rows: float) -> None:
        """Show so many rows, and parts of rows, beyond those that are finished."""
        if rows > self._ahead:
            self._shown.update(rows - self._ahead)
            self._ahead = rows

    def update(self, n: int) -> None:
        """Add ``n`` finished rows, parts of which may have been shown."""
        self._shown.update(n - self._ahead)
        self._ahead = 0.0


@contextmanager
def show_progress_bar(
    total: int, description: str, *, show: bool | None, in_parts: bool = False
) -> Iterator[Progress]:
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
    in_parts : bool
        Whether parts of rows are counted too.

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
        total=total,
        desc=description,
        unit="row",
        delay=0.0 if show else 1.0,
        leave=bool(show),
        bar_format=FORMAT if in_parts else None,
    ) as bar:
        yield bar


def write_note(text: str) -> None:
    """Write a line on standard error, above a progress bar if there is one."""
    from tqdm.auto import tqdm  # noqa: PLC0415 - costs 0.1 s, and only where something is shown

    tqdm.write(text, file=sys.stderr)


def is_watched(*, show: bool | None) -> bool:
    """Return whether somebody sees what is written on standard error, and wants to.

    Parameters
    ----------
    show : bool or None
        As of :func:`show_progress_bar`; but True does not make a terminal of a file.

    Examples
    --------
    >>> is_watched(show=False)
    False
    """
    return show is not False and _is_watched()


def _is_watched() -> bool:
    return sys.stderr.isatty() or "ipykernel" in sys.modules
