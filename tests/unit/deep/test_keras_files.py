"""Models that TensorFlow or jax saved: values add up to what these predicted, by torch alone."""

import os
from pathlib import Path

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "torch"
pytest.importorskip("torch")
keras = pytest.importorskip("keras")

from pellucid import DeepExplainer, TabularExplainer  # noqa: E402

FILES = Path(__file__).parent / "keras_files"
ROUNDED = {"bfloat16"}
NAMES = sorted(path.stem for path in FILES.glob("*.keras"))


def stored(name):
    with np.load(FILES / f"{name}.npz") as found:
        parts = {key: found[key] for key in found.files}
    predictions, backend = parts.pop("predictions"), str(parts.pop("backend"))
    rows = parts if len(parts) > 1 else parts["rows"]
    return rows, predictions, backend


def some(rows, at):
    return {key: part[at] for key, part in rows.items()} if isinstance(rows, dict) else rows[at]


def test_both_libraries_saved_some():
    assert {stored(name)[2] for name in NAMES} == {"tensorflow", "jax"}


@pytest.mark.parametrize("name", NAMES)
def test_values_add_up_to_the_original_predictions(name):
    rows, predictions, _ = stored(name)
    raw = {"output": "raw"} if name == "logits" else {}
    explainer = DeepExplainer(str(FILES / f"{name}.keras"), rows, **raw)
    found = explainer.explain_local(some(rows, slice(0, 6)))
    own = predictions
    if found.values.shape[2] == 2 and own.shape[1] == 1:
        own = np.hstack([-own, own] if name == "logits" else [1 - own, own])
    moved = own[:6] - own.mean(axis=0)
    missed = found.values.sum(axis=1) - moved
    allowed = 2e-2 if name in ROUNDED else 1e-4
    assert np.abs(missed).max() <= allowed * np.abs(moved).max()
    np.testing.assert_allclose(found.base_values[0], own.mean(axis=0), rtol=allowed, atol=1e-6)
    assert found.stats.efficiency_gap <= 1e-5
    assert not any("no rule covers" in said for said in found.stats.warnings)
    assert any("rounding of mixed_bfloat16" in said for said in found.stats.warnings) == (
        name in ROUNDED
    )


@pytest.mark.parametrize(
    ("name", "task", "space", "outputs"),
    [
        ("dense", "classification", "probability", 3),
        ("batch_norm", "classification", "probability", 2),
        ("logits", "classification", "probability", 2),
        ("gelu_layer_norm", "regression", "value", 1),
    ],
)
def test_the_loss_tells_what_outputs_are(name, task, space, outputs):
    rows, predictions, _ = stored(name)
    explainer = TabularExplainer(FILES / f"{name}.keras", rows)
    assert explainer.explainer.method == "deep"
    assert explainer.model.task == task
    found = explainer.explain_local(rows[:2])
    assert found.output_space == space
    assert found.values.shape[2] == outputs
    if name == "logits":
        own = 1 / (1 + np.exp(-predictions[:2, 0]))
        np.testing.assert_allclose(
            (found.values.sum(axis=1) + found.base_values)[:, 1], own, rtol=1e-4
        )
