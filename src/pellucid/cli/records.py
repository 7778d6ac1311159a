"""Results as JSON, for other programs: names as they are, numbers in full."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pellucid.explanation.importance import Importance
from pellucid.explanation.ranking import descending_rank
from pellucid.plots.waterfall import Waterfall
from pellucid.plots.wording import is_missing


def as_json_text(importance: Importance, rows: Sequence[Waterfall], top_k: int) -> str:
    """Return an importance, and some rows, as one JSON object.

    Parameters
    ----------
    importance : Importance
    rows : sequence of Waterfall
    top_k : int
        Features of the ranking.
    """
    record = {
        "output_space": importance.output_space,
        "task": importance.task,
        "classes": importance.classes,
        "base_values": importance.base_values.tolist(),
        "features": _features(importance, top_k),
        "rows": [_row(row) for row in rows],
        "stats": _stats(importance),
    }
    return json.dumps(_as_json(record), ensure_ascii=False, allow_nan=False, indent=2)


def _features(importance: Importance, top_k: int) -> list[dict[str, Any]]:
    errors = importance.overall_std_error()
    return [
        {
            "rank": rank,
            "feature": importance.features[j],
            "importance": float(importance.overall[j]),
            "std_error": float(errors[j]),
            "per_output": importance.values[j].tolist(),
        }
        for rank, j in enumerate(descending_rank(importance.overall)[:top_k].tolist(), start=1)
    ]


def _row(steps: Waterfall) -> dict[str, Any]:
    errors = [None] * len(steps.values) if steps.std_error is None else steps.std_error.tolist()
    return {
        "row": steps.row_label,
        "output": steps.output,
        "base_value": steps.base_value,
        "prediction": steps.prediction,
        "steps": [
            {"feature": name, "value": cell, "attribution": value, "std_error": error}
            for name, cell, value, error in zip(
                steps.names, steps.cells, steps.values.tolist(), errors, strict=True
            )
        ],
    }


def _stats(importance: Importance) -> dict[str, Any]:
    stats = importance.stats
    return {
        "method": stats.method,
        "exact": stats.exact,
        "exactness": stats.exactness,
        "n_rows": stats.n_rows,
        "n_rows_given": stats.n_rows_given,
        "n_background": stats.n_background,
        "n_evaluations": stats.n_evaluations,
        "efficiency_gap": stats.efficiency_gap,
        "largest_std_error": stats.largest_std_error,
        "local_r2": stats.local_r2,
        "local_gap": stats.local_gap,
        "refused": [{"method": method, "reason": reason} for method, reason in stats.refused],
        "warnings": list(stats.warnings),
        "sampling": None if stats.sampling is None else asdict(stats.sampling),
        "settings": [{"name": name, "value": value} for name, value in stats.settings],
        "seconds": stats.seconds,
    }


def _as_json(value: Any) -> Any:
    """Return the value as JSON knows it: missing values and infinities become null."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    known = value is None or isinstance(value, (bool, int, str))
    return value if known else None if is_missing(value) else str(value)
