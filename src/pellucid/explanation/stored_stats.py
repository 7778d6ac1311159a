"""Stats as JSON keeps them: plain objects, numbers that JSON does not know by their names."""

import math
from typing import Any, get_args

from pellucid._core.validation import check_choice
from pellucid.data.sampling_outcome import SamplingOutcome, StoppedBy
from pellucid.explanation.fidelity import Fidelity
from pellucid.explanation.stats import ReferenceUse, Stats


def encode_stats(stats: Stats) -> dict[str, Any]:
    """Return stats as plain objects."""
    return {
        "method": stats.method,
        "exact": bool(stats.exact),
        "n_rows": int(stats.n_rows),
        "n_rows_given": int(stats.n_rows_given),
        "n_background": int(stats.n_background),
        "n_evaluations": int(stats.n_evaluations),
        "efficiency_gap": _encode_if_known(stats.efficiency_gap),
        "largest_std_error": _encode_if_known(stats.largest_std_error),
        **({"std_error_is_bound": True} if stats.std_error_is_bound else {}),
        "sampling": _encode_sampling(stats.sampling),
        "local_r2": (
            None
            if stats.local_r2 is None
            else [_encode_number(number) for number in stats.local_r2]
        ),
        "local_gap": _encode_if_known(stats.local_gap),
        "fidelity": None if stats.fidelity is None else _encode_fidelity(stats.fidelity),
        "refused": [list(pair) for pair in stats.refused],
        "warnings": list(stats.warnings),
        **(
            {}
            if stats.reference_use is None
            else {"reference_use": _encode_use(stats.reference_use)}
        ),
        "settings": [list(pair) for pair in stats.settings],
        "seconds": _encode_number(stats.seconds),
    }


def decode_stats(stats: dict[str, Any]) -> Stats:
    """Return the stats that were encoded; those of older versions may lack what came later."""
    reference_use, local_r2 = stats.get("reference_use"), stats.get("local_r2")
    return Stats(
        method=str(stats["method"]),
        exact=bool(stats["exact"]),
        n_rows=int(stats["n_rows"]),
        n_rows_given=int(stats["n_rows_given"]),
        n_background=int(stats["n_background"]),
        n_evaluations=int(stats["n_evaluations"]),
        efficiency_gap=_decode_if_known(stats["efficiency_gap"]),
        largest_std_error=_decode_if_known(stats["largest_std_error"]),
        std_error_is_bound=bool(stats.get("std_error_is_bound", False)),
        sampling=_decode_sampling(stats.get("sampling")),
        local_r2=None if local_r2 is None else tuple(float(number) for number in local_r2),
        local_gap=_decode_if_known(stats.get("local_gap")),
        fidelity=(None if stats.get("fidelity") is None else Fidelity.from_dict(stats["fidelity"])),
        refused=tuple((str(method), str(reason)) for method, reason in stats["refused"]),
        warnings=tuple(str(text) for text in stats["warnings"]),
        reference_use=None if reference_use is None else _decode_use(reference_use),
        settings=tuple((str(name), str(value)) for name, value in stats["settings"]),
        seconds=float(stats["seconds"]),
    )


def _encode_use(reference_use: ReferenceUse) -> dict[str, Any]:
    return {
        "n_references": int(reference_use.n_references),
        "unseen_share": _encode_if_known(reference_use.unseen_share),
        "relative_std_error": _encode_number(reference_use.relative_std_error),
        "target_se": _encode_if_known(reference_use.target_se),
        "n_missed": int(reference_use.n_missed),
    }


def _decode_use(content: dict[str, Any]) -> ReferenceUse:
    share, target = content["unseen_share"], content["target_se"]
    return ReferenceUse(
        n_references=int(content["n_references"]),
        unseen_share=None if share is None else float(share),
        relative_std_error=float(content["relative_std_error"]),
        target_se=None if target is None else float(target),
        n_missed=int(content["n_missed"]),
    )


def _encode_if_known(number: float | None) -> float | str | None:
    return None if number is None else _encode_number(number)


def _decode_if_known(number: float | str | None) -> float | None:
    return None if number is None else float(number)


def _encode_sampling(sampling: SamplingOutcome | None) -> dict[str, Any] | None:
    if sampling is None:
        return None
    return {
        "stopped_by": sampling.stopped_by,
        "top_k": int(sampling.top_k),
        "confidence": float(sampling.confidence),
        "unsettled": list(sampling.unsettled),
        "close": list(sampling.close),
    }


def _decode_sampling(found: dict[str, Any] | None) -> SamplingOutcome | None:
    if found is None:
        return None
    return SamplingOutcome(
        stopped_by=check_choice("stopped_by", found["stopped_by"], get_args(StoppedBy)),
        top_k=int(found["top_k"]),
        confidence=float(found["confidence"]),
        unsettled=tuple(str(name) for name in found["unsettled"]),
        close=tuple(str(name) for name in found["close"]),
    )


def _encode_fidelity(fidelity: Fidelity) -> dict[str, Any]:
    return {name: _plain(value) for name, value in fidelity.to_dict().items()}


def _plain(value: Any) -> Any:
    """Return numbers as JSON knows them, however deep they lie."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _encode_number(value) if isinstance(value, float) else value


def _encode_number(number: float) -> float | str:
    """Return a number that JSON knows; NaN and infinities become their names."""
    number = float(number)
    return number if math.isfinite(number) else repr(number)
