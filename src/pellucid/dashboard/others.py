"""Other results beside the one shown: how much each feature matters there, in values and ranks."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict
from urllib.parse import quote

import numpy as np

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, MeasuredSpace
from pellucid._core.validation import kind_of
from pellucid.dashboard.chunks import encode
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.ranking import descending_rank

MOST: Final = 50


class Other(TypedDict):
    """Another result: what people call it, what it is, and where its own page is, if anywhere.

    ``n_shared`` of its ``n_features`` have the same names here; ``outputs`` are the places there of
    the outputs shown here, by name or else by place, and null where there is none.
    """

    name: str
    model: str | None
    method: str
    output_space: MeasuredSpace
    metric: str | None
    n_rows: int
    n_features: int
    n_shared: int
    most_important: str
    outputs: list[int | None]
    page: str | None


def read_others(compare_with: Any) -> dict[str, Importance]:
    """Return results to compare with, as importances by name.

    Parameters
    ----------
    compare_with : Explanation, Importance, mapping of str to these, or None

    Raises
    ------
    InvalidInputError
        Something is no result, or there are more than 50.
    """
    if compare_with is None:
        return {}
    given = compare_with if isinstance(compare_with, Mapping) else {"": compare_with}
    found: dict[str, Importance] = {}
    for name, result in given.items():
        if not isinstance(result, (Explanation, Importance)):
            raise InvalidInputError(
                f"compare_with has {kind_of(result)}; pass what explain_local or explain_global "
                "returns, or several of them by name"
            )
        importance = result.importance() if isinstance(result, Explanation) else result
        found[str(name) or importance.stats.method] = importance
    if len(found) > MOST:
        raise InvalidInputError(f"compare_with has {len(found)} results; at most {MOST} are shown")
    return found


def page_of(name: str) -> str:
    """Return the file in which a run of this name has its page, as an address."""
    return f"{quote(name, safe='')}.html"


def describe_other(name: str, other: Importance, shown: Importance, *, has_page: bool) -> Other:
    """Say what a result is, beside the one shown."""
    return {
        "name": name,
        "model": dict(other.stats.settings).get("model"),
        "method": other.stats.method,
        "output_space": other.output_space,
        "metric": other.metric,
        "n_rows": other.stats.n_rows,
        "n_features": other.num_features,
        "n_shared": len(set(other.features) & set(shown.features)),
        "most_important": other.features[int(other.overall.argmax())],
        "outputs": [_place(other, shown, k) for k in range(shown.num_outputs)],
        "page": page_of(name) if has_page else None,
    }


def other_chunks(place: int, other: Importance, shown: Importance) -> dict[str, bytes]:
    """Return how much the features shown matter in another result, for each of its outputs.

    ``other/i/k`` is of shape (2, d + 1), for the result's place ``i`` and the output ``k`` shown here
    or ``all``: importances, at the end those of all features that are not shown here together; and
    ranks among the features there, from 1. NaN where a feature is not there.
    """
    pairs: dict[str, Floats] = {"all": other.overall}
    for k in range(shown.num_outputs):
        there = _place(other, shown, k)
        if there is not None:
            pairs[str(k)] = other.values[:, there]
    return {
        f"other/{place}/{k}": encode(_aligned(values, other, shown)) for k, values in pairs.items()
    }


def _place(other: Importance, shown: Importance, output: int) -> int | None:
    """Return the output of another result that an output of this one is to be compared with."""
    if shown.classes is not None and other.classes is not None:
        name = shown.classes[output]
        return other.classes.index(name) if name in other.classes else None
    return output if output < other.num_outputs else None


def _aligned(values: Floats, other: Importance, shown: Importance) -> Floats:
    ranks = np.empty(len(values))
    ranks[descending_rank(values)] = np.arange(1, len(values) + 1)
    place_of = {name: j for j, name in enumerate(other.features)}
    found = np.full((2, shown.num_features + 1), np.nan)
    for j, name in enumerate(shown.features):
        there = place_of.pop(name, None)
        if there is not None:
            found[:, j] = values[there], ranks[there]
    found[0, -1] = sum(values[there] for there in place_of.values())
    return found
