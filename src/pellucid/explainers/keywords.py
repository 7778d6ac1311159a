"""Keywords that every explainer takes, and what to say of those that none takes."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from inspect import signature
from typing import Any, Literal, TypeAlias, TypedDict

from pellucid._core.engine import Engine
from pellucid._core.typing import Task
from pellucid.data.groups import Groups

_INSTEAD = {
    "allow_all_transformations": "it is not needed: every step of a pipeline is explained",
    "background": "it is called initialization_examples",
    "class_names": "it is called classes",
    "data": "it is called initialization_examples",
    "explain_subset": "it is not needed: explain all columns, then pick from them",
    "feature_names": "it is called features",
    "is_function": "it is not needed: a function is recognized as one",
    "l1_reg": "it is not needed: no feature's value is set to zero; see budget and target_se",
    "labels": "it is not needed: all outputs are explained",
    "link": "it is not needed: output='raw' or a function of your own explains other units",
    "local_smoothing": "it is left out: values of rows with noise are not those of the row",
    "mode": "it is called model_task",
    "model_output": "it is called output",
    "nclusters": "it is not needed: all reference rows are used; see pellucid.summarize",
    "num_samples": "it is called budget",
    "sample_around_instance": "it is not needed: samples always are around the row",
    "reset_index": "it is not needed: an index is no feature; make it a column to have it explained",
    "rseed": "it is called random_state",
    "seed": "it is called random_state",
    "silent": "it is called show_progress, the other way round",
    "shap_values_output": "say output='probability' for values in units of probability",
    "top_labels": "it is not needed: all outputs are explained",
    "training_data": "it is called initialization_examples",
    "verbose": "it is not needed: a result's stats tell how it came about",
}
"""What to write in place of words of the old SDK and of other libraries."""

Fold: TypeAlias = Literal["group", "sum"]
"""What the value of a raw column is: that of all its engineered columns together, or their sum."""


class Options(TypedDict, total=False):
    """Parameters that every explainer takes; ``Explainer`` describes them."""

    features: Sequence[str] | None
    classes: Sequence[str] | None
    groups: Groups | None
    fold: Fold
    transformations: Any
    model_task: Task | None
    output: str
    random_state: int
    n_jobs: int | None
    engine: Engine | None
    batch_size: int | None
    show_progress: bool | None


def check_keywords(explainer: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Refuse keywords that an explainer does not take, and say what to write instead.

    Raises
    ------
    TypeError
        There is such a keyword.
    """
    own = [word for word in signature(explainer).parameters if word != "options"]
    known = [*own, *Options.__annotations__]
    for word in given:
        if word in Options.__annotations__:
            continue
        close = get_close_matches(word, known, n=1)
        hint = _INSTEAD.get(word) or (
            f"did you mean {close[0]}?" if close else f"it takes {', '.join(known)}"
        )
        raise TypeError(f"{explainer.__name__} takes no {word!r}; {hint}")
