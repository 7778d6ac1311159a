"""What a local server answers: the page, its script, chunks by name, and questions."""

import json
import logging
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final, final

from pellucid._core.errors import InvalidInputError, PellucidError, in_one_line
from pellucid._core.extras import require
from pellucid.dashboard.answers import pack
from pellucid.dashboard.file import NO_SCRIPT, STYLE, heading_of, policy_hash
from pellucid.dashboard.gate import MOST_BYTES, NO_COOKIE, TOO_LONG, Bucket, Gate, Keys
from pellucid.dashboard.script import page_script
from pellucid.dashboard.session import ASK_MODEL, Session

_PURPOSE: Final = "serving a dashboard"
_BYTES: Final = "application/octet-stream"
_MOST_AT_ONCE: Final = {True: 6, False: 30}
"""Questions that ask the model, and others, which a slow model must not hold up."""
_log = logging.getLogger("pellucid.dashboard")


def make_app(session: Session, keys: Keys, port: int, bucket: Bucket) -> Any:
    """Return the ASGI application of a dashboard.

    Parameters
    ----------
    session : Session
    keys : Keys
    port : int
        Where it is served.
    bucket : Bucket
        How many requests it answers.

    Raises
    ------
    MissingExtraError
        FastAPI is not installed.
    """
    fastapi = require("fastapi", extra="dashboard", purpose=_PURPOSE)
    desk = _Desk(session, keys)
    # No description of itself: a page is all that it serves.
    app = fastapi.FastAPI(openapi_url=None)
    app.add_route("/", desk.page, methods=["GET"])
    app.add_route("/page.js", desk.script, methods=["GET"])
    app.add_route("/manifest", desk.manifest, methods=["GET"])
    app.add_route("/chunk/{name:path}", desk.chunk, methods=["GET"])
    app.add_route("/call/{method:str}", desk.call, methods=["POST"])
    return Gate(app, port, keys, bucket)


@final
class _Desk:
    """Answers what the gate has let through."""

    def __init__(self, session: Session, keys: Keys) -> None:
        self.session, self.keys = session, keys
        self.busy = {True: 0, False: 0}
        concurrency = require("fastapi.concurrency", extra="dashboard", purpose=_PURPOSE)
        responses = require("fastapi.responses", extra="dashboard", purpose=_PURPOSE)
        self.in_thread, self.response = concurrency.run_in_threadpool, responses.Response

    async def page(self, request: Any) -> Any:
        token = request.query_params.get("token")
        by_link = token is not None and self.keys.use(token)
        headers = {"content-security-policy": _POLICY}
        if by_link:
            headers["set-cookie"] = self.keys.set_cookie()
        elif not self.keys.opens(request.headers.getlist("cookie")):
            return self.response(_closed(self.session), 403, headers, "text/html")
        return self.response(_page(self.session), 200, headers, "text/html")

    async def script(self, request: Any) -> Any:  # noqa: ARG002 - as all
        script = page_script("server-host.js", self.session.payload.manifest)
        text = f"(() => {{\n{script}\n}})();"
        return self.response(text, media_type="text/javascript")

    async def manifest(self, request: Any) -> Any:  # noqa: ARG002
        text = json.dumps(self.session.payload.manifest, allow_nan=False)
        return self.response(text, media_type="application/json")

    async def chunk(self, request: Any) -> Any:
        return await self._answered(self.session.chunk, request.path_params["name"])

    async def call(self, request: Any) -> Any:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return self._refused(415, "a question must be JSON")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return self._refused(413, TOO_LONG)
        try:
            params = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return self._refused(400, "a question must be JSON")
        method = request.path_params["method"]
        return await self._answered(self._packed, method, params, model=method in ASK_MODEL)

    def _packed(self, method: str, params: Any) -> bytes:
        return pack(self.session.answer(method, params))

    def _refused(self, status: int, why: str) -> Any:
        return self.response(f"{why}\n", status, media_type="text/plain")

    async def _answered(self, ask: Callable[..., bytes], *given: Any, model: bool = False) -> Any:
        if self.busy[model] >= _MOST_AT_ONCE[model]:
            return self._refused(429, "this is still busy with earlier questions; wait a moment")
        self.busy[model] += 1
        try:
            found = await self.in_thread(ask, *given)
        except CancelledError:  # the server's patience is over when it stops
            return self._refused(503, "this was closed before it could be answered")
        except InvalidInputError as error:
            return self._refused(400, str(error))
        except PellucidError as error:
            return self._refused(422, str(error))
        except Exception as error:  # noqa: BLE001 - nobody foresaw it, and the page stays usable
            _log.exception("a question of the dashboard failed")
            return self._refused(500, f"this could not be answered: {in_one_line(error)}")
        finally:
            self.busy[model] -= 1
        return self.response(found, media_type=_BYTES)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_POLICY: Final = (
    f"default-src 'none'; script-src 'self'; connect-src 'self'; style-src {policy_hash(STYLE)}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


_HOME: Final = '<div id="pellucid"></div>\n<script src="page.js"></script>'


def _page(session: Session) -> str:
    manifest = session.payload.manifest
    body = f"<noscript>{NO_SCRIPT['live']}</noscript>\n{_HOME}"
    return _document(manifest, heading_of(manifest), body)


def _closed(session: Session) -> str:
    return _document(session.payload.manifest, "pellucid", f"<p>{NO_COOKIE}</p>")


def _document(manifest: Mapping[str, Any], heading: str, body: str) -> str:
    language = manifest["language"]
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(heading)}</title>
<style>{STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
