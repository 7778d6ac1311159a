"""What processes write to each other: plain JSON and arrays, in a folder that only they know."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.layout import Layout
from pellucid.models.keras.inputs import Given
from pellucid.models.keras.outputs import Declared
from pellucid.models.keras.torch.exporting import Exported, Job


def write_job(folder: Path, job: Job, rows: npt.NDArray[Any]) -> None:
    """Write what is asked."""
    _write(folder / "job.json", asdict(job))
    np.save(folder / "rows.npy", rows, allow_pickle=False)


def read_job(folder: Path) -> tuple[Job, npt.NDArray[Any]]:
    """Return what is asked."""
    found = _read(folder / "job.json")
    given = found.pop("given")
    columns = None if given["columns"] is None else tuple(given["columns"])
    layout = None if given["layout"] is None else _layout(given["layout"])
    rows = np.load(folder / "rows.npy", allow_pickle=False)
    return Job(**found, given=Given(layout, given["n_features"], columns)), rows


def write_found(folder: Path, found: Exported) -> None:
    """Write what was found."""
    (folder / "program.pt2").write_bytes(found.program)
    np.save(folder / "predictions.npy", found.predictions, allow_pickle=False)
    told = {
        "name": found.name,
        "n_rows": found.n_rows,
        "layout": asdict(found.layout),
        "declared": asdict(found.declared),
        "narrow": found.narrow,
    }
    _write(folder / "found.json", told)


def read_found(folder: Path) -> Exported | None:
    """Return what was found; None if nothing was."""
    if not (folder / "found.json").is_file():
        return None
    told = _read(folder / "found.json")
    return Exported(
        name=told["name"],
        program=(folder / "program.pt2").read_bytes(),
        n_rows=told["n_rows"],
        layout=_layout(told["layout"]),
        declared=Declared(**told["declared"]),
        narrow=tuple(told["narrow"]),
        predictions=np.load(folder / "predictions.npy", allow_pickle=False),
    )


def write_error(folder: Path, kind: str, message: str) -> None:
    """Write why nothing was found."""
    _write(folder / "error.json", {"kind": kind, "message": message})


def read_error(folder: Path) -> tuple[str, str] | None:
    """Return kind and message of an error, if there was one."""
    if not (folder / "error.json").is_file():
        return None
    said = _read(folder / "error.json")
    return said["kind"], said["message"]


def _layout(told: dict[str, Any]) -> Layout:
    shapes = tuple(tuple(shape) for shape in told["shapes"])
    return Layout(told["kind"], tuple(told["names"]), shapes, tuple(told["wholes"]))


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
