"""JupyterLab and marimo as people run them, each on a port of its own and in a folder of its own."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
READY = """async () => {
  const { sessionContext } = window.jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  const kernel = () => sessionContext.session?.kernel;
  while (!(kernel()?.status === "idle" && kernel().connectionStatus === "connected"))
    await new Promise((resolve) => setTimeout(resolve, 50));
}"""
SHUT_DOWN = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
RUN_CELL = """(position) => {
  window.jupyterapp.shell.currentWidget.content.activeCellIndex = position;
  window.jupyterapp.commands.execute("notebook:run-cell");
}"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, folder, environment, address):
    """Run a server until the end of the block."""
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            wait_for(address, process, log)
            yield
        finally:
            process.terminate()
            process.wait(20)


def wait_for(address, process, log):
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


def environment_in(folder):
    """What keeps Jupyter to a folder: its settings, its signatures, its kernels' histories."""
    places = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
    }
    paths = os.pathsep.join(path for path in sys.path if path)
    chosen = {name: str(folder / place) for name, place in places.items()}
    return {**os.environ, **chosen, "PYTHONPATH": paths, "JUPYTER_PLATFORM_DIRS": "1"}


class Lab:
    """A running JupyterLab, and notebooks in it."""

    def __init__(self, folder, browser):
        self.folder, self._browser = folder, browser
        self.environment = environment_in(folder)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        for name, settings in SETTINGS.items():
            path = folder / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))

    @contextlib.contextmanager
    def running(self):
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={self.port}",
            f"--ServerApp.root_dir={self.folder}", "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
        ]  # fmt: skip
        with serving(command, self.folder, self.environment, f"{self.address}/api"):
            yield self

    @contextlib.contextmanager
    def open(self, name, *, kernel, place="lab/tree"):
        """Open a notebook; without a kernel, the one that came up unasked is ended."""
        context = self._browser.new_context(viewport={"width": 1300, "height": 1500})
        page = context.new_page()
        page.set_default_timeout(40_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{self.address}/{place}/{name}?reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        page.evaluate(READY)
        if not kernel:
            page.evaluate(SHUT_DOWN)
        yield page
        context.close()
        own = (self.address, f"ws://127.0.0.1:{self.port}", "blob:", "data:", "about:")
        assert not [url for url in asked if not url.startswith(own)]


def write_notebook(path, *cells):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = new_notebook(
        cells=[new_code_cell(source) for source in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, path)
