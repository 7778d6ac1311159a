"""Draw what ``growth.py`` has measured: small multiples on logarithmic axes, light and dark.

python benchmarks/trees/draw_growth.py [--folder docs/_static]
"""

import argparse
import csv
import statistics
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from pellucid.plots.palette import DARK, LIGHT, Palette

DOCS = Path(__file__).parents[2] / "docs" / "_static"
TITLES = {
    "rows": "rows to explain",
    "trees": "trees",
    "leaves": "leaves of a tree",
    "depth": "depth, leaves with it",
    "features": "features",
    "background": "reference rows",
    "outputs": "outputs",
}
INCHES, TYPE = (9.6, 7.6), 11.0
UNITS = {
    "seconds": ((1e-3, "ms", 1e3), (1.0, "s", 1.0)),
    "memory": ((1.0, "MB", 1.0), (1e3, "GB", 1e-3)),
}


class Series(NamedTuple):
    """One line of every panel: what it shows, and how it looks."""

    label: str
    column: str
    game: str
    dashed: bool = False


PICTURES: dict[str, tuple[str, tuple[Series, ...]]] = {
    "trees-time": (
        "seconds",
        (
            Series("path-dependent: explain", "explain", "path-dependent"),
            Series("interventional: explain", "explain", "interventional"),
            Series("path-dependent: construct", "construct", "path-dependent", dashed=True),
            Series("interventional: construct", "construct", "interventional", dashed=True),
        ),
    ),
    "trees-memory": (
        "memory",
        (
            Series("path-dependent", "memory", "path-dependent"),
            Series("interventional", "memory", "interventional"),
        ),
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=DOCS)
    folder = parser.parse_args().folder
    with (folder / "trees-cost.csv").open(newline="") as lines:
        measurements = list(csv.DictReader(lines))
    # Text stays text, and nothing of the day gets into the file: it changes with the numbers only.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "trees", "font.size": TYPE}):
        for name, (quantity, series) in PICTURES.items():
            for ending, palette in (("", LIGHT), ("-dark", DARK)):
                figure = drawn(measurements, quantity, series, palette)
                FigureCanvasSVG(figure).print_svg(
                    folder / f"{name}{ending}.svg", metadata={"Date": None, "Creator": None}
                )


def drawn(measurements, quantity: str, series: tuple[Series, ...], palette: Palette) -> Figure:
    figure = Figure(figsize=INCHES, facecolor="none")
    panels = figure.subplots(3, 3, sharey=True).ravel()
    for panel, (sweep, title) in zip(panels, TITLES.items(), strict=False):
        for line in series:
            x, y = points(measurements, sweep, line)
            if x:
                panel.plot(x, y, **look(line, palette))
        dress(panel, title, palette)
        set_ticks(panel, sweep, measurements, quantity)
    panels[0].set_ylim(whole_decades(measurements, {line.column for line in series}))
    for panel in panels[len(TITLES) :]:
        panel.set_axis_off()
    handles = [mpl.lines.Line2D([], [], label=line.label, **look(line, palette)) for line in series]
    panels[-2].legend(
        handles=handles, loc="upper left", frameon=False, labelcolor=palette.ink, handlelength=2.6
    )
    panels[-1].text(
        *(0.0, 0.96, elsewhere(measurements)),
        transform=panels[-1].transAxes,
        va="top",
        color=palette.muted,
        linespacing=1.5,
    )
    figure.subplots_adjust(0.075, 0.06, 0.985, 0.95, wspace=0.1, hspace=0.42)
    return figure


def elsewhere(measurements) -> str:
    """Return the sizes of which each is what it is in all panels but its own."""
    base = {
        sweep: statistics.mode(
            m[sweep] for m in measurements if m["sweep"] not in {sweep, "outputs"}
        )
        for sweep in TITLES
    }
    return (
        f"All else, where it is not what grows:\n{base['rows']} rows to explain\n"
        f"{base['trees']} trees of {base['leaves']} leaves\n{base['features']} features\n"
        f"{base['background']} reference rows\n{base['outputs']} output"
    )


def points(measurements, sweep: str, line: Series) -> tuple[list[float], list[float]]:
    chosen = sorted(
        (float(m["value"]), float(m[line.column]))
        for m in measurements
        if (m["sweep"], m["game"]) == (sweep, line.game)
    )
    return [x for x, _ in chosen], [y for _, y in chosen]


def whole_decades(measurements, columns: set[str]) -> tuple[float, float]:
    """Return limits that are powers of ten, so that both ends of the axis have a number."""
    powers = np.log10([float(m[column]) for m in measurements for column in columns])
    return 10.0 ** np.floor(powers.min()), 10.0 ** np.ceil(powers.max())


def look(line: Series, palette: Palette) -> dict[str, Any]:
    color = palette.lowers if line.game == "path-dependent" else palette.raises
    dashed = {"linestyle": (0, (3, 2)), "linewidth": 1.2, "markersize": 2.5}
    whole = {"linestyle": "-", "linewidth": 2.0, "markersize": 4.5}
    return {"color": color, "marker": "o", **(dashed if line.dashed else whole)}


def dress(panel: Any, title: str, palette: Palette) -> None:
    panel.set_title(title, loc="left", color=palette.ink, fontsize=TYPE, fontweight="bold")
    panel.set_facecolor("none")  # the page shines through
    panel.tick_params(colors=palette.muted, length=0)
    panel.grid(visible=True, color=palette.rule, linewidth=0.8)
    panel.set_axisbelow(True)
    for side, spine in panel.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(palette.rule)


def set_ticks(panel: Any, sweep: str, measurements, quantity: str) -> None:
    values = sorted({float(m["value"]) for m in measurements if m["sweep"] == sweep})
    panel.set_xscale("linear" if sweep == "depth" else "log")
    panel.set_yscale("log")
    panel.xaxis.set_major_locator(FixedLocator(values))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    panel.yaxis.set_major_locator(LogLocator(10.0, numticks=20))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: with_unit(value, quantity)))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_minor_locator(NullLocator())


def short(value: float) -> str:
    """Return a count as people write it: 800, 1k, 100k."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def with_unit(value: float, quantity: str) -> str:
    """Return a quantity in the largest unit that leaves no fraction: 100 ms, 1 s."""
    (_, small, in_small), (least, large, in_large) = UNITS[quantity]
    return f"{value * in_large:g} {large}" if value >= least else f"{value * in_small:g} {small}"


if __name__ == "__main__":
    main()
