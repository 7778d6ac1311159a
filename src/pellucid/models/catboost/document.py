"""The JSON document in which CatBoost writes down a model."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import catboost

from pellucid._core.errors import UnsupportedModelError

READABLE_SPLITS = {"FloatFeature", "OneHotFeature"}


def read_model(model: Any) -> dict[str, Any]:
    """Return the whole model; CatBoost writes it to a file only.

    Raises
    ------
    UnsupportedModelError
        CatBoost cannot write it: JSON has no infinite borders, for one.
    """
    with TemporaryDirectory(prefix="pellucid-") as folder:
        path = Path(folder) / "model.json"
        try:
            model.save_model(str(path), format="json")
        except catboost.CatBoostError as error:
            reason = str(error).splitlines()[0]
            raise UnsupportedModelError(
                f"CatBoost cannot write its trees to a file to read them from ({reason})"
            ) from error
        with path.open(encoding="utf-8") as file:
            document: dict[str, Any] = json.load(file)
    return document


def unreadable_splits(document: Mapping[str, Any]) -> list[str]:
    """Return the kinds of splits that ask more than a number or a single category."""
    return sorted({split["split_type"] for split in _splits(document)} - READABLE_SPLITS)


def _splits(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for tree in document.get("oblivious_trees", []):
        yield from tree.get("splits", [])
    waiting = list(document.get("trees", []))
    while waiting:
        node = waiting.pop()
        if "split" in node:
            yield node["split"]
            waiting += [node["left"], node["right"]]
