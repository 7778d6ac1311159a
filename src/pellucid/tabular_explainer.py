"""The module path that scripts of the old SDK import ``TabularExplainer`` from."""

from pellucid.explainers.auto import TabularExplainer

__all__ = ["TabularExplainer"]
