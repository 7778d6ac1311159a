"""Who may ask a local server: the page that it served itself, in moderation, and nobody else.

A page of any site can send requests to this machine, and a name of any site can be made to point to
it. So every request has to name this server as its host; it must not come from another page; it needs
the cookie that a link brought, which works once; and it must be small, and not one of too many.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from threading import Lock
from typing import Any, Final, final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES: Final = 65_536
TOO_LONG: Final = f"a question may have {MOST_BYTES:,} bytes"
NO_COOKIE: Final = "open the link that the program printed; it works once, in one browser"
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


@final
class Keys:
    """Links that work once, and the cookie that they bring.

    Parameters
    ----------
    port : int
        Cookies of one machine are shared by all its ports, so the port is part of the name.
    """

    def __init__(self, port: int) -> None:
        self.cookie_name = f"pellucid_{port}"
        self._cookie = secrets.token_urlsafe(32)
        self._tokens: set[str] = set()
        self._lock = Lock()

    def new_token(self) -> str:
        """Return a token for a link."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens.add(token)
        return token

    def use(self, token: str) -> bool:
        """Use a token up, and return whether it was good."""
        with self._lock:
            good = [known for known in self._tokens if secrets.compare_digest(known, token)]
            self._tokens.difference_update(good)
        return bool(good)

    def set_cookie(self) -> str:
        """Return the header that sets the cookie."""
        return f"{self.cookie_name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict"

    def opens(self, cookies: Iterable[str]) -> bool:
        """Return whether one of these ``Cookie`` headers has the cookie that was set."""
        said = [pair.strip().partition("=") for header in cookies for pair in header.split(";")]
        return any(
            name == self.cookie_name
            and secrets.compare_digest(value.encode("utf-8", "replace"), self._cookie.encode())
            for name, _, value in said
        )


@final
class Bucket:
    """Lets through so many requests a second, and as many more as were saved up.

    Parameters
    ----------
    rate : float
        Requests a second.
    most : float
        Requests at once.
    """

    def __init__(self, rate: float, most: float) -> None:
        self.rate, self.most = rate, most
        self._left, self._when = most, time.monotonic()

    def take(self) -> bool:
        """Return whether one more request may pass."""
        now = time.monotonic()
        self._left = min(self.most, self._left + (now - self._when) * self.rate)
        self._when = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@final
class Gate:
    """Refuses what may not ask, before the application sees it.

    Parameters
    ----------
    app : ASGI application
    port : int
    keys : Keys
    bucket : Bucket
    """

    def __init__(self, app: App, port: int, keys: Keys, bucket: Bucket) -> None:
        self.app, self.keys, self.bucket = app, keys, bucket
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        reason = next(self._reasons_against(scope), None)
        if reason is not None:
            await _refuse(send, *reason)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, guarded)

    def _reasons_against(self, scope: Scope) -> Iterator[tuple[int, str]]:
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        host = headers.get("host", [])
        if len(host) != 1 or host[0].lower() not in self.hosts:
            yield 421, "this server is not known by that name"
        opens_page = scope["path"] == "/" and scope["method"] == "GET"
        site = headers.get("sec-fetch-site", ["same-origin"])[0]
        by_other = site not in {"same-origin", "none"}
        if opens_page and headers.get("sec-fetch-mode") == ["navigate"]:
            by_other = False  # a link in a mail, or in a notebook
        origin = headers.get("origin")
        if by_other or (origin is not None and origin != [f"http://{host[0]}"]):
            yield 403, "other pages may not ask this server"
        # No other page can set this header unless it is allowed to, and none is.
        if not opens_page and scope["path"] != "/page.js" and headers.get("x-pellucid") != ["1"]:
            yield 403, "only the dashboard's own page may ask this server"
        if not opens_page and not self.keys.opens(headers.get("cookie", [])):
            yield 403, NO_COOKIE
        length = headers.get("content-length", ["0"])[0]
        if not length.isdecimal() or int(length) > MOST_BYTES:
            yield 413, TOO_LONG
        if not self.bucket.take():
            yield 429, "too many questions at once; wait a moment"


async def _refuse(send: Send, status: int, why: str) -> None:
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    if status == 429:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
