"""Paths of model files."""

from pellucid.models.builtins import from_path

ADAPTERS = {"PurePath": from_path}
