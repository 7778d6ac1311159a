"""The JSON documents in which XGBoost writes down a model."""

import json
from typing import Any


def read_settings(booster: Any) -> dict[str, Any]:
    """Return a booster's settings: objective, intercept, kind; small whatever its size."""
    settings: dict[str, Any] = json.loads(booster.save_config())["learner"]
    return settings


def read_model(booster: Any) -> dict[str, Any]:
    """Return the whole model: settings, trees or weights, categories."""
    model: dict[str, Any] = json.loads(bytes(booster.save_raw("json")))["learner"]
    return model
