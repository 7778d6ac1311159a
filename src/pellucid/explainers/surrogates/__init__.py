"""Kinds of surrogate: models simple enough to be explained exactly, one file each.

``KINDS`` is the table of them, from the simplest to the most flexible: ``surrogate="auto"`` takes
the first that is about as faithful as the best.
"""

from pellucid.explainers.surrogates.interpret import EBMExplainableModel
from pellucid.explainers.surrogates.kinds import Surrogate
from pellucid.explainers.surrogates.lightgbm import LGBMExplainableModel
from pellucid.explainers.surrogates.linear import LinearExplainableModel, SGDExplainableModel
from pellucid.explainers.surrogates.trees import DecisionTreeExplainableModel

KINDS: tuple[Surrogate, ...] = (
    LinearExplainableModel,
    SGDExplainableModel,
    DecisionTreeExplainableModel,
    EBMExplainableModel,
    LGBMExplainableModel,
)
