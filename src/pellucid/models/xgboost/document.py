"""The documents in which XGBoost writes down a model."""

import json
from typing import Any

from pellucid.models.xgboost.ubjson import parse


def read_settings(booster: Any) -> dict[str, Any]:
    """Return a booster's settings: objective, intercept, kind; small whatever its size."""
    settings: dict[str, Any] = json.loads(booster.save_config())["learner"]
    return settings


def read_model(booster: Any) -> dict[str, Any]:
    """Return the whole model: settings, trees or weights, categories."""
    model: dict[str, Any] = parse(booster.save_raw("ubj"))["learner"]
    return model
