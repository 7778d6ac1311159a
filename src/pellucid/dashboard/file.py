"""The host that needs nothing: one HTML file, which fetches nothing and works next year.

The page's script and style are in the file, and its policy allows no others: they are named by
their hashes. All texts of a result travel as data that is never parsed as a page.
"""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, get_args

from pellucid._core.errors import InvalidInputError
from pellucid._core.files import check_free, write_whole
from pellucid._core.validation import check_choice, check_count
from pellucid.dashboard.payload import Payload, make_payload
from pellucid.dashboard.protocol import Language, Manifest
from pellucid.dashboard.script import page_script

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{margin:0;background:#ffffff}"
    "@media (prefers-color-scheme:dark){body{background:#14171b}}"
    "noscript{display:block;padding:2em;font:16px/1.5 system-ui,sans-serif}"
)
_STYLE_WITHIN: Final = ":root{color-scheme:light dark}body{margin:0}"
NO_SCRIPT: Final = {
    "live": "This dashboard is drawn by a script. Please allow scripts; it asks this machine alone.",
    "en": "This dashboard is drawn by the script inside this file. Please allow scripts; it loads nothing.",
    "es": "El script contenido en este archivo dibuja el panel. Permita los scripts; no carga nada.",
}


def save_html(
    result: Any,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    include_data: bool = True,
    language: Language = "en",
    max_rows: int | None = None,
    true_labels: Any = None,
    compare_with: Any = None,
    selection: Any = None,
    texts: Any = None,
    overwrite: bool = False,
) -> Path:
    """Write a result as an interactive dashboard in one HTML file.

    Parameters
    ----------
    result : Explanation or Importance
    path, title, include_data, language, max_rows, true_labels, compare_with, selection, texts, overwrite
        As in :meth:`Explanation.save_html`, which is this.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    StorageError
        The file exists, or cannot be written.
    InvalidInputError
        This is no such result, an option is none of those above, or labels do not fit the rows.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> explanation = explainer.explain_local([[2.0, 3.0], [4.0, 5.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_html(explanation, f"{folder}/product.html", title="A product").name
    'product.html'
    """
    path = Path(path)
    check_options(title, language, max_rows)
    check_free(path, overwrite=overwrite)
    payload = make_payload(
        result,
        title=title,
        include_data=include_data,
        language=language,
        max_rows=max_rows,
        true_labels=true_labels,
        compare_with=compare_with,
        selection=selection,
        texts=texts,
    )
    write_whole(path, document(payload), overwrite=overwrite)
    return path


def check_options(title: Any, language: Any, max_rows: Any) -> None:
    """Check what all ways to write pages have in common.

    Raises
    ------
    InvalidInputError
        An option is none of those that there are.
    """
    check_choice("language", language, get_args(Language))
    if title is not None and not isinstance(title, str):
        raise InvalidInputError(f"title must be a text; got {title!r}")
    if max_rows is not None:
        check_count("max_rows", max_rows)


def document(payload: Payload, *, within: bool = False) -> str:
    """Return the whole page.

    Parameters
    ----------
    payload : Payload
    within : bool
        Whether it stands in a frame of another page, which is seen through it until it is drawn.
    """
    manifest = payload.manifest
    language = manifest["language"]
    style = _STYLE_WITHIN if within else STYLE
    # Within a function, so that nothing of it is to be seen from outside.
    script = f"(() => {{\n{page_script('file-host.js', manifest)}\n}})();"
    policy = (
        f"default-src 'none'; script-src {policy_hash(script)}; style-src {policy_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    heading = heading_of(manifest)
    no_script = "" if within else f"<noscript>{NO_SCRIPT[language]}</noscript>"
    shown = "all" if manifest["shown_output"] < 0 else str(manifest["shown_output"])
    first = [name for name in payload.chunks if name.startswith(f"aggregates/{shown}/")]
    later = [name for name in payload.chunks if name not in first]
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{escape(manifest["generator"])}">
<meta name="referrer" content="no-referrer">
<title>{escape(heading)}</title>
<style>{style}</style>
</head>
<body>
{no_script}
<div id="pellucid"></div>
<script type="application/json" id="manifest">{as_json(manifest)}</script>
{_chunks(payload, first)}
<script>{script}</script>
{_chunks(payload, later)}
</body>
</html>
"""


def heading_of(manifest: Manifest) -> str:
    """Return the page's title, printable."""
    return "".join(c if c.isprintable() else " " for c in manifest["title"] or "pellucid")


def _chunks(payload: Payload, names: Sequence[str]) -> str:
    """Return chunks as elements; what follows the script does not delay the first picture."""
    return "\n".join(
        f'<script type="application/octet-stream" data-chunk="{escape(name)}">'
        f"{base64.b64encode(payload.chunks[name]).decode('ascii')}</script>"
        for name in names
    )


def as_json(content: Any) -> str:
    r"""Return JSON that may stand within a page: no text in it can end the element it is in.

    Examples
    --------
    >>> as_json(["</script>"])
    '["\\u003c/script>"]'
    """
    return json.dumps(content, ensure_ascii=True, allow_nan=False).replace("<", r"\u003c")


def policy_hash(text: str) -> str:
    """Return how a page's policy names a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"
