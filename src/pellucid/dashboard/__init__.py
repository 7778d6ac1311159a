"""The dashboard: one page that shows a result, in whatever place a page can be shown.

``payload`` turns a result into what the page asks for (``protocol``), ``front/`` is the page,
``file`` is the host that puts both into one HTML file, and ``runs`` a folder of such files.
"""

from pellucid.dashboard.file import save_html
from pellucid.dashboard.runs import save_runs
from pellucid.dashboard.selection import Cohort, Selection

__all__ = ["Cohort", "Selection", "save_html", "save_runs"]
