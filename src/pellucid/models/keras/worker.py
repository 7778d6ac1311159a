"""``python -m pellucid.models.keras.worker FOLDER``: exports a model in a process of its own."""

import sys
from pathlib import Path
from typing import Any

from pellucid._core.errors import PellucidError, UnsupportedModelError, in_one_line
from pellucid._core.extras import require
from pellucid.models.keras.messages import read_job, write_error, write_found
from pellucid.models.keras.torch.exporting import export


def main(folder: Path) -> None:
    """Do what is asked in a folder, and write there what was found."""
    job, rows = read_job(folder)
    try:
        found = export(job, rows, _custom_objects(folder, job.shown))
    except PellucidError as error:
        write_error(folder, type(error).__name__, str(error))
    else:
        write_found(folder, found)


def _custom_objects(folder: Path, shown: str) -> dict[str, Any]:
    """Return classes and functions of the process that asks, which come as it has them in hand."""
    path = folder / "custom"
    if not path.is_file():
        return {}
    try:
        cloudpickle = require("cloudpickle", extra="keras", purpose="taking custom objects")
        found: dict[str, Any] = cloudpickle.loads(path.read_bytes())
    except Exception as error:
        raise UnsupportedModelError(
            f"{shown}: its custom objects cannot be imported beside Keras on torch: "
            f"{in_one_line(error)}"
        ) from error
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
