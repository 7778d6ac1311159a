"""torch tensors: of two dimensions, or one row."""

from typing import Any

import torch

from pellucid.data.containers.numpy import from_array
from pellucid.data.matrix import MatrixTable


def from_tensor(rows: Any, name: str) -> MatrixTable:
    """Wrap a copy in main memory; NumPy has no bfloat16, which becomes float32."""
    rows = rows.detach().cpu()
    return from_array((rows.float() if rows.dtype == torch.bfloat16 else rows).numpy(), name)


ADAPTERS = {"Tensor": from_tensor}
