"""Every exception that pellucid raises on purpose.

::

    PellucidError
    ├── InvalidInputError (ValueError)      rows, a background or a parameter that cannot be used
    │   └── FeatureMismatchError            columns that do not fit the model or the background
    ├── UnsupportedModelError (TypeError)   no explainer, or not this one, can explain the model
    ├── ModelError (RuntimeError)           the model failed, or returned something unusable
    ├── StorageError (OSError)              a file could not be written or read
    │   └── CorruptFileError                a file is truncated, altered or of another format
    └── MissingExtraError (ImportError)     an optional package is not installed
"""


class PellucidError(Exception):
    """Base of all exceptions that pellucid raises on purpose."""


class InvalidInputError(PellucidError, ValueError):
    """Rows, a background or a parameter cannot be used; the message says which and why."""


class FeatureMismatchError(InvalidInputError):
    """The columns do not fit those of the model or of the initialization examples."""


class UnsupportedModelError(PellucidError, TypeError):
    """The model cannot be explained; the message lists each explainer's reason."""


class ModelError(PellucidError, RuntimeError):
    """The model raised, or returned something that is not a prediction."""


class StorageError(PellucidError, OSError):
    """An explanation could not be written or read."""


class CorruptFileError(StorageError):
    """A stored explanation is truncated, altered, or not one of ours."""


class MissingExtraError(PellucidError, ImportError):
    """An optional package is needed and not installed; the message says what to install."""


def in_one_line(error: Exception) -> str:
    r"""Say in one line what a foreign exception said: its kind, and its first line.

    Examples
    --------
    >>> in_one_line(ValueError("no such column\nmore about it"))
    'ValueError: no such column'
    """
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}"
