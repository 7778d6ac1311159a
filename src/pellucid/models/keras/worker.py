"""``python -m pellucid.models.keras.worker FOLDER``: exports a model in a process of its own."""

import json
import pickle
import sys
from pathlib import Path

from pellucid._core.errors import PellucidError, UnsupportedModelError, in_one_line
from pellucid.models.keras.exporting import export


def main(folder: Path) -> None:
    """Do what is asked in a folder, and write there what was found."""
    job, rows = pickle.loads((folder / "job.pkl").read_bytes())  # noqa: S301 - our own
    try:
        try:
            custom = pickle.loads((folder / "custom.pkl").read_bytes())  # noqa: S301 - our own
        except Exception as error:
            raise UnsupportedModelError(
                f"{job.shown}: its custom objects cannot be imported beside Keras on torch: "
                f"{in_one_line(error)}"
            ) from error
        found = export(job, rows, custom)
    except PellucidError as error:
        said = {"kind": type(error).__name__, "message": str(error)}
        (folder / "error.json").write_text(json.dumps(said), encoding="utf-8")
        return
    (folder / "found.pkl").write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
