"""How a result offers what an edge does, without knowing the edge.

Results stand below the edges and import none of them. Some of what edges do is what people expect
a result to do, such as saving itself as a page. The result names the edge; the edge is looked up
when it is asked for.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def edge_function(edge: str, name: str) -> Callable[..., Any]:
    """Return a public function of an edge.

    Parameters
    ----------
    edge : str
        A package of the top floor, such as ``"dashboard"``.
    name : str
        One of the names in its ``__all__``.

    Examples
    --------
    >>> edge_function("dashboard", "save_html")
    <function save_html at ...>
    """
    module = import_module(f"pellucid.{edge}")
    if name not in module.__all__:
        raise AttributeError(f"{name} is no public function of pellucid.{edge}")
    function: Callable[..., Any] = getattr(module, name)
    return function
