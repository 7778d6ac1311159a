"""The script of a page: what its views need, in its language, and nothing else."""

from pellucid.dashboard.front import joined_modules
from pellucid.dashboard.protocol import Manifest


def page_script(entry: str, manifest: Manifest) -> str:
    """Return the script by which a host shows a page.

    Parameters
    ----------
    entry : str
        The module of the host, such as ``"file-host.js"``.
    manifest : Manifest
        What the page is told, when it is known which questions are answered.
    """
    return joined_modules(entry, manifest["language"], unused_views(manifest))


def unused_views(manifest: Manifest) -> frozenset[str]:
    """Return the views of parts that a page has not."""
    calls, exact = manifest["calls"], manifest["dots"] == "exact"
    used = {
        "views/performance.js": manifest["labels"],
        "views/runs.js": manifest["others"],
        "views/text.js": manifest["texts"],
        "views/what-if.js": "predict" in calls,
        "views/dependence.js": "pdp" in calls,
        "views/data.js": exact,
        "views/paged-data.js": not exact,
        "views/counted.js": manifest["dots"] == "counted",
    }
    return frozenset(view for view, is_used in used.items() if not is_used)
