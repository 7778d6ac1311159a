"""Pictures of explanations, one file per plot, and a report that holds them all.

Computing is apart from drawing: a plot's ``from_…`` method turns an explanation into plain
arrays, ``data()`` hands them out, and ``figure()`` draws them with matplotlib, which is imported
only then. :data:`PLOTS` is the table of all plots; a new one is a file and a line here.
"""

from typing import Final

from pellucid.plots.bar import Bar
from pellucid.plots.beeswarm import Beeswarm
from pellucid.plots.comparison import Comparison
from pellucid.plots.dependence import Dependence
from pellucid.plots.effect import Curve
from pellucid.plots.heatmap import Heatmap
from pellucid.plots.picture import Picture
from pellucid.plots.report import write_report
from pellucid.plots.rules import RuleChart
from pellucid.plots.text import MarkedText
from pellucid.plots.waterfall import Waterfall

PLOTS: Final[dict[str, type[Picture]]] = {
    "bar": Bar,
    "beeswarm": Beeswarm,
    "comparison": Comparison,
    "dependence": Dependence,
    "effect": Curve,
    "heatmap": Heatmap,
    "rules": RuleChart,
    "text": MarkedText,
    "waterfall": Waterfall,
}

__all__ = [
    "PLOTS",
    "Bar",
    "Beeswarm",
    "Comparison",
    "Curve",
    "Dependence",
    "Heatmap",
    "MarkedText",
    "Picture",
    "RuleChart",
    "Waterfall",
    "write_report",
]
