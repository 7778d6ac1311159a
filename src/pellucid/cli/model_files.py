"""Models from files: native ones are data, pickled ones are programs."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pellucid._core.errors import (
    CorruptFileError,
    InvalidInputError,
    MissingExtraError,
    PellucidError,
    StorageError,
)
from pellucid._core.extras import require


class UntrustedFileError(PellucidError):
    """A model file would run code when it is loaded, and nobody said that it may."""


def load_model(path: Path, *, trust: bool) -> Any:
    """Load a model.

    Parameters
    ----------
    path : Path
        A native file of LightGBM (``.txt``), XGBoost (``.json``, ``.ubj``) or CatBoost
        (``.cbm``), or a pickle (``.joblib``, ``.pkl``, ``.pickle``).
    trust : bool
        Whether a pickle may be loaded, which runs whatever code is in it.

    Raises
    ------
    UntrustedFileError
        It is a pickle, and ``trust`` is False.
    CorruptFileError
        It cannot be loaded.
    InvalidInputError
        Its name has no known ending.
    StorageError
        There is no such file.
    MissingExtraError
        The package of the model is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in _LOADERS and suffix not in _PICKLES:
        known = ", ".join((*_PICKLES, *_LOADERS))
        raise InvalidInputError(f"cannot tell the kind of model in {path}: known are {known}")
    if not path.is_file():
        raise StorageError(f"there is no model file {path}")
    if suffix in _PICKLES:
        if not trust:
            raise UntrustedFileError(
                f"loading {path} would run code from it; if you know where it comes from, "
                "say so with --trust"
            )
        return _load(path, _load_pickle)
    return _load(path, _LOADERS[suffix])


def _load(path: Path, loader: Callable[[Path], Any]) -> Any:
    try:
        return loader(path)
    except MissingExtraError:
        raise
    except ModuleNotFoundError as error:
        raise StorageError(
            f"cannot load {path}: its model needs the package {error.name!r}, which is not "
            "installed"
        ) from error
    except Exception as error:
        # Loaders raise whatever the bytes lead them to.
        first_line = str(error).strip().split("\n")[0]
        raise CorruptFileError(
            f"cannot load {path}: {type(error).__name__}: {first_line}"
        ) from error


def _load_pickle(path: Path) -> Any:
    import joblib

    return joblib.load(path)


def _load_lightgbm(path: Path) -> Any:
    _check_lightgbm_text(path)
    lightgbm = require("lightgbm", extra="lightgbm", purpose="a LightGBM model")
    # What it has to say goes to the log, not among our results.
    lightgbm.register_logger(logging.getLogger("pellucid.lightgbm"))
    return lightgbm.Booster(model_file=str(path))


def _check_lightgbm_text(path: Path) -> None:
    """Check what LightGBM's loader takes for granted: a truncated file crashes the process.

    The file says how many bytes each tree takes, and marks the end of the trees and that of the
    parameters.
    """
    head, _, rest = path.read_bytes().partition(b"\n\nTree=0\n")
    sizes = re.search(rb"^tree_sizes=([\d ]+)$", head, re.MULTILINE)
    if not head.startswith(b"tree\n") or sizes is None:
        raise ValueError("it is no model that LightGBM wrote as text")
    n_bytes = sum(int(size) for size in sizes[1].split())
    after_trees = (b"Tree=0\n" + rest)[n_bytes:]
    is_whole = after_trees.lstrip().startswith(b"end of trees")
    if not is_whole or b"\nend of parameters\n" not in after_trees:
        raise ValueError("it is truncated or altered")


def _load_xgboost(path: Path) -> Any:
    xgboost = require("xgboost", extra="xgboost", purpose="an XGBoost model")
    if path.suffix.lower() == ".ubj":
        _check_ubjson(path)
    booster = xgboost.Booster()
    booster.load_model(path)
    return booster


def _check_ubjson(path: Path) -> None:
    """Check what XGBoost's loader takes for granted: of a truncated file it reads what is behind."""
    from pellucid.models.xgboost.ubjson import parse

    try:
        parse(path.read_bytes())
    except Exception as error:
        raise ValueError("it is truncated or altered") from error


def _load_catboost(path: Path) -> Any:
    catboost = require("catboost", extra="catboost", purpose="a CatBoost model")
    return catboost.CatBoost().load_model(str(path))


_PICKLES = (".joblib", ".pkl", ".pickle")
_LOADERS = {
    ".txt": _load_lightgbm,
    ".json": _load_xgboost,
    ".ubj": _load_xgboost,
    ".cbm": _load_catboost,
}
