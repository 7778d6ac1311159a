"""Which model is explained, which of its outputs, and under which names."""

from collections.abc import Callable, Sequence
from typing import Any, cast, get_args

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import OutputSpace, Task
from pellucid._core.validation import check_choice
from pellucid.data.background import Background
from pellucid.explainers.columns import unique_names
from pellucid.explainers.keywords import Options
from pellucid.models.adapt import adapt
from pellucid.models.model import Model


def settle_output(model: Model, output: Any, natural: Callable[[], OutputSpace]) -> OutputSpace:
    """Return the output space to explain; ``"auto"`` stands for the one ``natural`` returns.

    Raises
    ------
    InvalidInputError
        This is no output space, or the model has none such.
    """
    chosen = check_choice("output", output, ("auto", *get_args(OutputSpace)))
    if chosen == "auto":
        return natural()
    if chosen not in model.outputs:
        known = ", ".join(repr(space) for space in model.outputs)
        raise InvalidInputError(f"{model.name} has no {chosen!r} output; it has {known}")
    return cast("OutputSpace", chosen)


def settle_classes(model: Model, classes: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the names of a classifier's outputs: those given, in the model's order, or its own.

    Raises
    ------
    InvalidInputError
        There are more or fewer names than classes, or they are the model's in another order.
    """
    if classes is None or model.classes is None:
        return model.classes
    names, own = unique_names("classes", classes), model.classes
    if len(names) != len(own):
        raise InvalidInputError(
            f"classes has {len(names)} names, but {model.name} has {len(own)} classes"
        )
    if names != own and set(names) == set(own):
        raise InvalidInputError(
            "classes has the names of the classes in another order than the model, so they "
            f"would be swapped; leave it out, or pass {list(own)}"
        )
    return names


def understand(model: Any, background: Background | None, options: Options) -> Model:
    """Find out what kind of model this is, as the options say; a ``Model`` is one already."""
    if isinstance(model, Model):
        return model
    task = options.get("model_task")
    return adapt(
        model,
        examples=None if background is None else background.table,
        transformations=options.get("transformations"),
        task=None if task is None else check_choice("model_task", task, get_args(Task)),
        features=options.get("features"),
    )
