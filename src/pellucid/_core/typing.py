"""Names of the few array types that cross our borders."""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

OutputSpace: TypeAlias = Literal["raw", "probability", "value"]
"""What a model predicts."""
LossSpace: TypeAlias = Literal["log-loss", "squared error"]
"""How far a prediction is off."""
ExplainedSpace: TypeAlias = Literal[OutputSpace, LossSpace]
"""What attributions are of."""
MeasuredSpace: TypeAlias = Literal[ExplainedSpace, "metric"]
"""What importance is measured in: that which attributions are of, or a metric of the model."""
Task: TypeAlias = Literal["classification", "regression", "outlier detection"]
