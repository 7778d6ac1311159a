"""A dashboard in a browser of this machine: a server of its own, which ends with the program."""

import socket
import threading
import time
from types import TracebackType
from typing import Any, Final, Self, final

from pellucid._core.errors import PellucidError
from pellucid._core.extras import require
from pellucid.dashboard.gate import Bucket, Keys
from pellucid.dashboard.server_app import make_app
from pellucid.dashboard.session import Session

_ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = 30.0
_PER_SECOND, _AT_ONCE = 100.0, 1000.0


@final
class Server:
    """Serves a session on this machine, and to this machine alone.

    Parameters
    ----------
    session : Session
    port : int
        0 takes a free one.
    bucket : Bucket, optional
        How many requests are answered.

    Raises
    ------
    MissingExtraError
        FastAPI or uvicorn is not installed.
    PellucidError
        The port is not free.

    Examples
    --------
    >>> from pellucid import KernelExplainer
    >>> from pellucid.dashboard.session import Session
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> with Server(Session(explainer.explain_local([[2.0, 3.0]]))) as server:
    ...     server.new_link().split("token")[0]
    'http://127.0.0.1:.../?'
    """

    def __init__(self, session: Session, *, port: int = 0, bucket: Bucket | None = None) -> None:
        uvicorn = require("uvicorn", extra="dashboard", purpose="serving a dashboard")
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._keys = Keys(self.port)
        bucket = Bucket(_PER_SECOND, _AT_ONCE) if bucket is None else bucket
        try:
            app = make_app(session, self._keys, self.port, bucket)
        except BaseException:
            self._socket.close()
            raise
        self._server: Any = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                limit_concurrency=100,
                timeout_keep_alive=20,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def new_link(self) -> str:
        """Return a link that opens the dashboard, once."""
        return f"http://{_ADDRESS}:{self.port}/?token={self._keys.new_token()}"

    def start(self) -> Self:
        """Begin to answer.

        Raises
        ------
        PellucidError
            The server does not start.
        """
        self._thread.start()
        until = time.monotonic() + _PATIENCE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise PellucidError("the dashboard's server did not start")
            time.sleep(0.01)
        return self

    def wait(self) -> None:
        """Answer until somebody stops it."""
        while self._thread.is_alive():
            self._thread.join(0.2)

    def stop(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        self._socket.close()

    def __enter__(self) -> Self:
        """Begin to answer."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Answer no more."""
        self.stop()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((_ADDRESS, port))
    except OSError as error:
        made.close()
        raise PellucidError(
            f"port {port} is not free: choose another one, or 0 for any free one"
        ) from error
    return made
