"""The widget by which a page within a notebook reaches Python, for all that runs anywidget."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

import anywidget
import traitlets

from pellucid._core.errors import InvalidInputError, PellucidError
from pellucid.dashboard.answers import pack
from pellucid.dashboard.front import ENTRY
from pellucid.dashboard.script import page_script
from pellucid.dashboard.session import Session

_MOST_BYTES_OF_A_PART: Final = 2**20


@final
class DashboardWidget(anywidget.AnyWidget):
    """A dashboard within the output of a cell; its page asks this object for numbers.

    What the first picture needs is part of the widget's state, so that it is drawn at once, even
    while the kernel is busy with the cells below. All else is asked for in messages, and no part of
    a saved notebook.

    Attributes
    ----------
    selection : dict
        What is selected, as the page's views share it, such as ``{"output": 1, "feature": 4, "row":
        17}``. It follows the page, and the page follows what is assigned to it; what is left out
        goes back to where the page began. Features and outputs may be given by name.
    """

    _manifest = traitlets.Dict().tag(sync=True)
    _first = traitlets.Dict().tag(sync=True)
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session) -> None:
        payload = session.payload
        shown = payload.manifest["shown_output"]
        home = f"aggregates/{'all' if shown < 0 else shown}/"
        first = {name: part for name, part in payload.chunks.items() if name.startswith(home)}
        self._session = session
        script = page_script("widget-host.js", payload.manifest)
        self._esm = f"{script}\nexport default {{ render: {ENTRY}.render }};"
        super().__init__(_manifest=dict(payload.manifest), _first=first)
        self.on_msg(self._hear)

    @traitlets.validate("selection")
    def _numbered(self, proposed: Any) -> dict[str, Any]:
        """Return a selection with names replaced by positions."""
        manifest = self._session.payload.manifest
        if proposed.value.get("columns") == "engineered":
            manifest = manifest["engineered"] or manifest
        names = {
            "feature": [feature["name"] for feature in manifest["features"]],
            "output": manifest["classes"] or [],
        }
        found = dict(proposed.value)
        for key, known in names.items():
            name = found.get(key)
            if not isinstance(name, str):
                continue
            if name not in known:
                raise InvalidInputError(f"there is no {key} {name!r} in this dashboard")
            found[key] = known.index(name)
        return found

    def _hear(self, _: Any, asked: Any, __: Any) -> None:
        """Answer a message of the page, whatever happens: who waits for nothing waits for ever."""
        if not isinstance(asked, Mapping) or "id" not in asked:
            return
        try:
            if "chunk" in asked:
                body = self._session.chunk(str(asked["chunk"]))
            else:
                method, params = str(asked.get("method")), asked.get("params", {})
                body = pack(self._session.answer(method, params))
        except PellucidError as error:
            self.send({"id": asked["id"], "error": str(error)})
        except Exception as error:
            self.send({"id": asked["id"], "error": f"{type(error).__name__}: {error}"})
            raise
        else:
            self._tell(asked, body)

    def _tell(self, asked: Mapping[str, Any], body: bytes) -> None:
        """Send an answer; some notebooks lose what is binary, and their pages ask for text."""
        parts = split(body)
        told = {"id": asked["id"], "size": len(body)}
        if asked.get("as_text"):
            self.send({**told, "texts": [b64encode(part).decode("ascii") for part in parts]})
        else:
            self.send(told, buffers=list(parts))


def split(body: bytes) -> Sequence[bytes]:
    """Return bytes in parts that every transport takes.

    Examples
    --------
    >>> [len(part) for part in split(bytes(2**20 + 1))]
    [1048576, 1]
    """
    size = _MOST_BYTES_OF_A_PART
    return [body[at : at + size] for at in range(0, len(body), size)]
