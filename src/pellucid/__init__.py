"""Explain machine-learning models: exact where possible, honest about the error where not.

Names are resolved on first use, so that ``import pellucid`` costs milliseconds and loads no
third-party package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid._core.errors import (
        CorruptFileError,
        FeatureMismatchError,
        InvalidInputError,
        MissingExtraError,
        ModelError,
        PellucidError,
        StorageError,
        UnsupportedModelError,
    )
    from pellucid.dashboard.explanation_dashboard import ExplanationDashboard
    from pellucid.data.background import summarize
    from pellucid.data.feature_map import FeatureMap
    from pellucid.data.origin import Origin
    from pellucid.data.sampling import SamplingPolicy
    from pellucid.data.sampling_outcome import SamplingOutcome
    from pellucid.explainers.additive import AdditiveExplainer
    from pellucid.explainers.auto import TabularExplainer
    from pellucid.explainers.deep import DeepExplainer
    from pellucid.explainers.effects import accumulated_local_effects, partial_dependence
    from pellucid.explainers.gradient import GradientExplainer
    from pellucid.explainers.kernel import KernelExplainer
    from pellucid.explainers.lime import LIMEExplainer
    from pellucid.explainers.linear import LinearExplainer
    from pellucid.explainers.mimic import MimicExplainer
    from pellucid.explainers.pfi import PFIExplainer
    from pellucid.explainers.surrogates.interpret import EBMExplainableModel
    from pellucid.explainers.surrogates.lightgbm import LGBMExplainableModel
    from pellucid.explainers.surrogates.linear import LinearExplainableModel, SGDExplainableModel
    from pellucid.explainers.surrogates.trees import DecisionTreeExplainableModel
    from pellucid.explainers.tree import TreeExplainer
    from pellucid.explanation.effect import Effect
    from pellucid.explanation.fidelity import Fidelity
    from pellucid.explanation.importance import Importance
    from pellucid.explanation.interaction_ranking import RankedInteractions
    from pellucid.explanation.interactions import Interactions
    from pellucid.explanation.local import Explanation
    from pellucid.explanation.notebook import set_notebook_display
    from pellucid.explanation.rules import Rules
    from pellucid.explanation.stability import Stability
    from pellucid.explanation.stats import ReferenceUse, Stats
    from pellucid.explanation.storage import load
    from pellucid.explanation.token_values import Marks, TokenValues
    from pellucid.models.keras.file import KerasFile

__all__ = [
    "AdditiveExplainer",
    "CorruptFileError",
    "DecisionTreeExplainableModel",
    "DeepExplainer",
    "EBMExplainableModel",
    "Effect",
    "Explanation",
    "ExplanationDashboard",
    "FeatureMap",
    "FeatureMismatchError",
    "Fidelity",
    "GradientExplainer",
    "Importance",
    "Interactions",
    "InvalidInputError",
    "KerasFile",
    "KernelExplainer",
    "LGBMExplainableModel",
    "LIMEExplainer",
    "LinearExplainableModel",
    "LinearExplainer",
    "Marks",
    "MimicExplainer",
    "MissingExtraError",
    "ModelError",
    "Origin",
    "PFIExplainer",
    "PellucidError",
    "RankedInteractions",
    "ReferenceUse",
    "Rules",
    "SGDExplainableModel",
    "SamplingOutcome",
    "SamplingPolicy",
    "Stability",
    "Stats",
    "StorageError",
    "TabularExplainer",
    "TokenValues",
    "TreeExplainer",
    "UnsupportedModelError",
    "accumulated_local_effects",
    "load",
    "partial_dependence",
    "set_notebook_display",
    "summarize",
]

__version__ = "0.1.0"

_HOME_OF = {
    "CorruptFileError": "_core.errors",
    "FeatureMismatchError": "_core.errors",
    "InvalidInputError": "_core.errors",
    "MissingExtraError": "_core.errors",
    "ModelError": "_core.errors",
    "PellucidError": "_core.errors",
    "StorageError": "_core.errors",
    "UnsupportedModelError": "_core.errors",
    "ExplanationDashboard": "dashboard.explanation_dashboard",
    "Effect": "explanation.effect",
    "Explanation": "explanation.local",
    "Fidelity": "explanation.fidelity",
    "Importance": "explanation.importance",
    "Interactions": "explanation.interactions",
    "RankedInteractions": "explanation.interaction_ranking",
    "ReferenceUse": "explanation.stats",
    "Rules": "explanation.rules",
    "Stability": "explanation.stability",
    "Stats": "explanation.stats",
    "load": "explanation.storage",
    "set_notebook_display": "explanation.notebook",
    "Marks": "explanation.token_values",
    "TokenValues": "explanation.token_values",
    "FeatureMap": "data.feature_map",
    "Origin": "data.origin",
    "summarize": "data.background",
    "SamplingOutcome": "data.sampling_outcome",
    "SamplingPolicy": "data.sampling",
    "KerasFile": "models.keras.file",
    "AdditiveExplainer": "explainers.additive",
    "DeepExplainer": "explainers.deep",
    "GradientExplainer": "explainers.gradient",
    "KernelExplainer": "explainers.kernel",
    "LIMEExplainer": "explainers.lime",
    "LinearExplainer": "explainers.linear",
    "PFIExplainer": "explainers.pfi",
    "accumulated_local_effects": "explainers.effects",
    "partial_dependence": "explainers.effects",
    "MimicExplainer": "explainers.mimic",
    "DecisionTreeExplainableModel": "explainers.surrogates.trees",
    "EBMExplainableModel": "explainers.surrogates.interpret",
    "LGBMExplainableModel": "explainers.surrogates.lightgbm",
    "LinearExplainableModel": "explainers.surrogates.linear",
    "SGDExplainableModel": "explainers.surrogates.linear",
    "TabularExplainer": "explainers.auto",
    "TreeExplainer": "explainers.tree",
}


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
    value = getattr(import_module(f"pellucid.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
