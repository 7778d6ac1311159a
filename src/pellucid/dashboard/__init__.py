"""The dashboard: one page that shows a result, in whatever place a page can be shown.

``payload`` turns a result into what the page asks for (``protocol``), and ``front/`` is the page. Hosts:
``file`` puts both into one HTML file, ``runs`` a folder of such files, ``snapshot`` into the output of a
notebook's cell, and ``widget`` answers from Python while a notebook runs.
"""

from pellucid.dashboard.file import save_html
from pellucid.dashboard.runs import save_runs
from pellucid.dashboard.selection import Cohort, Selection
from pellucid.dashboard.snapshot import snapshot_html
from pellucid.dashboard.widget import as_widget, widget

__all__ = [
    "Cohort",
    "Selection",
    "as_widget",
    "save_html",
    "save_runs",
    "snapshot_html",
    "widget",
]
