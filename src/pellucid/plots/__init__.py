"""Pictures of explanations, one file per plot, and a report that holds them all.

Computing is apart from drawing: a plot's ``from_…`` method turns an explanation into plain
arrays, ``data()`` hands them out, and ``figure()`` draws them with matplotlib, which is imported
only then. :data:`PLOTS` is the table of all plots; a new one is a file and a line here.
"""

from typing import Final, TypeAlias

from pellucid.plots.bar import Bar
from pellucid.plots.beeswarm import Beeswarm
from pellucid.plots.effect import Curve
from pellucid.plots.report import write_report
from pellucid.plots.rules import RuleChart
from pellucid.plots.waterfall import Waterfall

Plot: TypeAlias = Bar | Beeswarm | Curve | RuleChart | Waterfall

PLOTS: Final[dict[str, type[Plot]]] = {
    "bar": Bar,
    "beeswarm": Beeswarm,
    "effect": Curve,
    "rules": RuleChart,
    "waterfall": Waterfall,
}

__all__ = ["PLOTS", "Bar", "Beeswarm", "Curve", "Plot", "RuleChart", "Waterfall", "write_report"]
