"""What every plot can do: hand out the numbers it shows, and draw them."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from pellucid.plots.canvas import Frame, draw_frame, palette_for
from pellucid.plots.palette import Palette


class Picture(ABC):
    """Numbers ready to be drawn; a plot is a frozen dataclass that says what is in its frame.

    Attributes
    ----------
    shown : tuple of str
        Attributes that hold the numbers and names to be seen.
    """

    shown: ClassVar[tuple[str, ...]]

    def data(self) -> dict[str, Any]:
        """Return what the picture shows as plain arrays and names."""
        return {name: getattr(self, name) for name in self.shown}

    def figure(self, ax: Any = None, *, dark: bool = False, width: float = 7.2) -> Any:
        """Draw with matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw in; by default those of a new figure that fits its texts.
        dark : bool
            Light marks on a dark background.
        width : float
            Width of the new figure in inches.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        MissingExtraError
            Matplotlib is not installed.
        """
        palette = palette_for(dark=dark)
        axes = draw_frame(self._frame(palette, width), ax, palette, width=width)
        self._draw_marks(axes, palette)
        return axes.figure

    @abstractmethod
    def _frame(self, palette: Palette, width: float) -> Frame:
        """Return everything but the marks, for a picture of a width in inches."""

    @abstractmethod
    def _draw_marks(self, ax: Any, palette: Palette) -> None:
        """Draw the marks, and the axis they are measured by."""
