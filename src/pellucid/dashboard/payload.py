"""A result as what a dashboard's page is told: a manifest, and chunks by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid import __version__
from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Floats, Integers
from pellucid._core.validation import kind_of
from pellucid.dashboard.aggregates import aggregate_output, aggregate_overall, column_shades
from pellucid.dashboard.chunks import encode, encode_texts
from pellucid.dashboard.columns import encode_column, kind_of_column
from pellucid.dashboard.labels import Labels, read_labels
from pellucid.dashboard.others import describe_other, other_chunks, read_others
from pellucid.dashboard.performance import performance_chunks
from pellucid.dashboard.protocol import PROTOCOL, Feature, Language, Manifest, Provenance
from pellucid.dashboard.sampling import rows_to_send
from pellucid.dashboard.selection import begin_with
from pellucid.dashboard.texts import check_texts, kind_of_texts, text_chunks
from pellucid.data.cells import missing_mask
from pellucid.explanation.given_rows import FeatureColumns, feature_columns
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation
from pellucid.explanation.row_labels import row_labels
from pellucid.explanation.selection import choose_output
from pellucid.explanation.stats import Stats


@dataclass(frozen=True)
class Payload:
    """All that a page may ask for.

    Attributes
    ----------
    manifest : Manifest
    chunks : dict of str to bytes
        Aggregates as ``aggregates/k/name`` with output ``k``, or ``all``; columns by their names,
        but for the attributions of an output and their standard errors, which are whole:
        ``contribution/k`` and ``std_error/k``, one row for each feature. Where a result has engineered
        columns as well, all that there is of these is called ``engineered/…``.
    sent : ndarray of int64
        Places, among all rows explained, of the rows that the page is sent.
    labels : Labels or None
        What is true of all rows explained, if that is known.
    """

    manifest: Manifest
    chunks: dict[str, bytes]
    sent: Integers
    labels: Labels | None


def make_payload(
    result: Any,
    *,
    title: str | None = None,
    include_data: bool = True,
    language: Language = "en",
    max_rows: int | None = None,
    on_demand: bool = False,
    true_labels: Any = None,
    compare_with: Any = None,
    others_have_pages: bool = False,
    selection: Any = None,
    texts: Any = None,
) -> Payload:
    """Turn a result into what a page asks for.

    Parameters
    ----------
    result : Explanation or Importance
    title : str, optional
        Heading of the page.
    include_data : bool
        Whether single rows are part of it; without, it holds nothing but aggregates.
    language : {"en", "es"}
    max_rows : int, optional
        Most rows that are sent one by one; see :func:`~pellucid.dashboard.sampling.rows_to_send`.
    on_demand : bool
        Whether a live host sends single columns of all rows when they are asked for; chunks then
        hold none of them.
    true_labels : array, series or list, optional
        Class or target of each row explained; see :func:`~pellucid.dashboard.labels.read_labels`.
    compare_with : Explanation, Importance, or mapping of str to these, optional
        Other results, to be shown beside this one.
    others_have_pages : bool
        Whether the others have pages of their own in the same folder, called like them.
    selection : Selection or str, optional
        What the page shows at first; see :class:`~pellucid.dashboard.selection.Selection`.
    texts : TokenValues, optional
        The texts that the rows stand for.

    Raises
    ------
    InvalidInputError
        This is no result that has a dashboard, or labels do not fit it.
    """
    if not isinstance(result, (Explanation, Importance)):
        raise InvalidInputError(
            f"result is {kind_of(result)}; pass what explain_local or explain_global returns"
        )
    importance = result.importance() if isinstance(result, Explanation) else result
    labels = read_labels(true_labels, importance)
    local = importance.local
    if local is None or not include_data:
        sent = np.arange(0)
    else:
        sent = np.arange(len(local)) if on_demand else _rows_to_send(importance, max_rows)
    names = [] if local is None or not len(sent) else row_labels(local)
    told = _Told(title, language, labels, sent, names, on_demand)
    payload = _one_view(importance, told)
    manifest, chunks = payload.manifest, payload.chunks
    marked = check_texts(texts, importance)
    if marked is not None and len(sent):
        manifest["texts"] = kind_of_texts(marked)
        chunks |= text_chunks(marked, sent)
    for place, (name, other) in enumerate(read_others(compare_with).items()):
        described = describe_other(name, other, importance, has_page=others_have_pages)
        manifest["others"].append(described)
        chunks |= other_chunks(place, other, importance)
    if importance.engineered is not None:
        view = _one_view(importance.engineered, told)
        manifest["engineered"] = view.manifest
        chunks |= {f"engineered/{name}": chunk for name, chunk in view.chunks.items()}
    if selection is not None:
        begin_with(selection, manifest, [str(names[row]) for row in sent.tolist()])
    return payload


@dataclass(frozen=True)
class _Told:
    """What is the same of raw and engineered columns."""

    title: str | None
    language: Language
    labels: Labels | None
    sent: Integers
    names: Sequence[Any]
    on_demand: bool


def _one_view(importance: Importance, told: _Told) -> Payload:
    """Return what there is to show of one set of features, raw or engineered."""
    sent, labels = told.sent, told.labels
    local = importance.local if importance.local is not None and len(importance.local) else None
    columns = None if local is None else feature_columns(local.data, local.features, local.players)
    features = _features(importance, columns)
    mirrored = local is not None and len(sent) > 0 and _is_mirrored(local)
    chunks = _aggregate_chunks(importance, columns)
    if local is not None and len(sent) and not told.on_demand:
        chunks |= _row_chunks(local, told, mirrored=mirrored)
        chunks |= _value_chunks(columns, features, sent)
        chunks |= {} if labels is None else labels.chunks(sent)
    if local is not None and labels is not None:
        chunks |= performance_chunks(local, labels)
    shown = _shown_output(importance, local)
    manifest: Manifest = {
        "protocol": PROTOCOL,
        "generator": f"pellucid {__version__}",
        "title": told.title,
        "language": told.language,
        "task": importance.task,
        "output_space": importance.output_space,
        "metric": importance.metric,
        "classes": None if importance.classes is None else list(importance.classes),
        "n_outputs": importance.num_outputs,
        "shown_output": shown,
        "shown_row": _shown_row(local, shown, sent),
        "features": features,
        "n_rows": importance.stats.n_rows,
        "n_sent": len(sent),
        "has_errors": local is not None and len(sent) > 0 and local.std_error is not None,
        "mirrored": mirrored,
        "labels": None if labels is None else labels.kind,
        "texts": None,
        "others": [],
        "engineered": None,
        "selection": None,
        "provenance": _provenance(importance.stats),
        "calls": ["row"] if len(sent) else [],
        "by_column": told.on_demand,
        "dots": "exact",
    }
    return Payload(manifest, chunks, sent, labels)


def _rows_to_send(importance: Importance, max_rows: int | None) -> Integers:
    """Choose rows, so few that their attributions to engineered columns are not too many either."""
    views = (importance, importance.engineered)
    locals_ = [view.local for view in views if view is not None and view.local is not None]
    if not locals_ or not len(locals_[0]):
        return np.arange(0)
    return rows_to_send(max(locals_, key=lambda local: local.num_features), max_rows)


def _shown_output(importance: Importance, local: Explanation | None) -> int:
    """Return the output to begin with; -1 is the mean over all."""
    if local is not None:
        return choose_output(local, None)
    return 0 if importance.num_outputs == 1 else -1


def _shown_row(local: Explanation | None, output: int, sent: Integers) -> int | None:
    """Return the row to begin with: of those sent, the one with the highest prediction."""
    if local is None or not len(sent):
        return None
    return int(local.predictions[sent, output].argmax())


def _features(importance: Importance, columns: FeatureColumns | None) -> list[Feature]:
    found: list[Feature] = []
    for j, name in enumerate(importance.features):
        column = None if columns is None else columns.column(j)
        missing = 0 if column is None else int(missing_mask(column).sum())
        found.append({"name": name, "kind": kind_of_column(column), "missing": missing})
    return found


def _is_mirrored(local: Explanation) -> bool:
    """Return whether the first of two outputs gets the attributions of the second, negated."""
    if local.num_outputs != 2:
        return False
    errors = local.std_error
    return np.array_equal(local.values[:, :, 0], -local.values[:, :, 1]) and (
        errors is None or np.array_equal(errors[:, :, 0], errors[:, :, 1])
    )


def _aggregate_chunks(importance: Importance, columns: FeatureColumns | None) -> dict[str, bytes]:
    shades = column_shades(columns)
    found = {str(k): aggregate_output(importance, k, shades) for k in range(importance.num_outputs)}
    if importance.num_outputs > 1:
        found["all"] = aggregate_overall(importance)
    return {
        f"aggregates/{output}/{name}": encode(array)
        for output, aggregates in found.items()
        for name, array in aggregates.chunks().items()
    }


def _row_chunks(local: Explanation, told: _Told, *, mirrored: bool) -> dict[str, bytes]:
    sent = told.sent
    chunks = {
        "label": encode_texts(str(told.names[row]) for row in sent.tolist()),
        "position": encode(sent),
    }
    for k in range(local.num_outputs):
        chunks[f"prediction/{k}"] = encode(local.predictions[sent, k])
        chunks[f"base/{k}"] = encode(local.base_values[sent, k])
        if mirrored and k == 0:
            continue
        chunks[f"contribution/{k}"] = _by_feature(local.values, sent, k)
        if local.std_error is not None:
            chunks[f"std_error/{k}"] = _by_feature(local.std_error, sent, k)
    return chunks


def _by_feature(values: Floats, sent: Integers, output: int) -> bytes:
    return encode(np.ascontiguousarray(values[sent, :, output].T))


def _value_chunks(
    columns: FeatureColumns | None, features: list[Feature], sent: Integers
) -> dict[str, bytes]:
    if columns is None:
        return {}
    some = columns.take(sent)
    chunks: dict[str, bytes] = {}
    for j, feature in enumerate(features):
        column = some.column(j)
        if column is not None:
            parts = encode_column(column, feature["name"], feature["kind"])
            chunks |= {f"{part}/{j}": chunk for part, chunk in parts.items()}
    return chunks


def _provenance(stats: Stats) -> Provenance:
    return {
        "model": dict(stats.settings).get("model"),
        "method": stats.method,
        "exactness": stats.exactness,
        "n_rows_given": stats.n_rows_given,
        "n_background": stats.n_background,
        "n_evaluations": stats.n_evaluations,
        "efficiency_gap": _finite(stats.efficiency_gap),
        "largest_std_error": _finite(stats.largest_std_error),
        "fidelity": None if stats.fidelity is None else _finite(stats.fidelity.overall_r2),
        "local_r2": None if stats.local_r2 is None else _finite(min(stats.local_r2)),
        "sampling": None if stats.sampling is None else stats.sampling.in_words,
        "warnings": list(stats.warnings),
    }


def _finite(value: float | None) -> float | None:
    """Return a number that JSON knows."""
    return value if value is not None and np.isfinite(value) else None
