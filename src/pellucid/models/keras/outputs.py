"""What a Keras model says of its outputs: by the loss it was trained with, or its last activation."""

from dataclasses import dataclass
from typing import Any

from pellucid._core.typing import Task
from pellucid.models.keras.inputs import declared

_ACROSS_CLASSES = frozenset(
    [
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "categorical_focal_crossentropy",
    ]
)
_BINARY = frozenset(["binary_crossentropy", "binary_focal_crossentropy"])
_OF_NUMBERS = frozenset(
    [
        "mean_squared_error",
        "mse",
        "mean_absolute_error",
        "mae",
        "mean_absolute_percentage_error",
        "mape",
        "mean_squared_logarithmic_error",
        "msle",
        "huber",
        "log_cosh",
        "logcosh",
        "poisson",
    ]
)


@dataclass(frozen=True)
class Declared:
    """What a model says of one of its outputs.

    Attributes
    ----------
    loss : str or None
        Keras's name of the loss, such as ``"binary_crossentropy"``.
    from_logits : bool
        Whether the loss took the outputs for margins.
    activation : str or None
        Name of the last activation.
    n_outputs : int
        Columns of the output.
    """

    loss: str | None
    from_logits: bool
    activation: str | None
    n_outputs: int

    @property
    def task(self) -> Task | None:
        """The task, or None where only the predictions can tell."""
        if self.loss in _ACROSS_CLASSES and self.n_outputs > 1:
            return "classification"
        if self.loss in _BINARY:
            return "classification" if self.n_outputs == 1 else None
        if self.loss in _OF_NUMBERS:
            return "regression"
        single = self.loss is None and self.activation == "sigmoid" and self.n_outputs == 1
        return "classification" if single else None

    @property
    def returns_margins(self) -> bool:
        """Whether probabilities are a function of the outputs, rather than these themselves."""
        return self.task == "classification" and self.from_logits


def loss_of(compiled: Any, output: str | int | None = None) -> tuple[str | None, bool]:
    """Return name of the loss in a stored compile configuration, and whether it takes margins.

    Examples
    --------
    >>> loss_of({"loss": "mse"})
    ('mse', False)
    >>> loss_of({"loss": {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}})
    ('binary_crossentropy', True)
    """
    loss = compiled.get("loss") if isinstance(compiled, dict) else None
    if isinstance(loss, list) and isinstance(output, int):
        loss = loss[output] if output < len(loss) else None
    if isinstance(loss, dict) and "class_name" not in loss:
        loss = loss.get(output)
    if isinstance(loss, str):
        return _snake(loss), False
    if not isinstance(loss, dict):
        return None, False
    config = loss.get("config")
    if isinstance(config, str):  # a function
        return _snake(config), False
    return _snake(str(loss["class_name"])), bool(config and config.get("from_logits", False))


def last_activation(model: Any, output: str | int | None) -> str | None:
    """Return the name of the activation that an output comes from, where it can be told."""
    tensors = declared(model, "output")
    tensor = tensors if output is None or tensors is None else tensors[output]
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        return None
    last = history.operation
    if hasattr(last, "_flatten_layers") and getattr(last, "layers", None):
        return last_activation(last, None)
    activation = getattr(last, "activation", None)
    return getattr(activation, "__name__", None) or type(last).__name__.lower()


def _snake(name: str) -> str:
    if name.islower():
        return name
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
