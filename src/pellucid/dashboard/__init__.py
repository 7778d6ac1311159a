"""The dashboard: one page that shows a result, in whatever place a page can be shown.

``payload`` turns a result into what the page asks for (``protocol``), ``front/`` is the page, and
``file`` is the host that puts both into one HTML file.
"""

from pellucid.dashboard.file import save_html
from pellucid.dashboard.snapshot import snapshot_html

__all__ = ["save_html", "snapshot_html"]
