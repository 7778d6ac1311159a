"""Tracing a Keras model on torch, with loops over steps unrolled where that takes any number of rows."""

from typing import Any

from pellucid._core.errors import UnsupportedModelError, in_one_line
from pellucid.models.keras.inputs import layers_of

FIXED_ROWS = 64
"""Rows per call of a model whose operators are for one number of rows only."""


def traced(call: Any, tensors: tuple[Any, ...], model: Any, shown: str) -> tuple[Any, int | None]:
    """Return a program for any number of rows; of a model that does not let, for one number.

    Parameters
    ----------
    call : torch.nn.Module
        Calls the model.
    tensors : tuple of tensor
        Some rows.
    model : keras.Model
    shown : str
        How messages call it.

    Raises
    ------
    UnsupportedModelError
        It cannot be traced.
    """
    program, reason = _trace(call, tensors, 7, dynamic=True)
    if program is None or _is_fixed(program):
        # Keras's own loop over steps looks at the number of rows, unless it is unrolled.
        recurrent = [layer for layer in layers_of(model) if getattr(layer, "unroll", None) is False]
        for layer in recurrent:
            layer.unroll = True
        unrolled = _trace(call, tensors, 7, dynamic=True)[0] if recurrent else None
        if unrolled is not None and not _is_fixed(unrolled):
            return unrolled, None
        for layer in recurrent:
            layer.unroll = False
        program, reason = _trace(call, tensors, FIXED_ROWS, dynamic=False)
        if program is None:
            raise UnsupportedModelError(f"{shown}: its operators cannot be traced: {reason}")
        return program, FIXED_ROWS
    return program, None


def _trace(
    call: Any, tensors: tuple[Any, ...], n_rows: int, *, dynamic: bool
) -> tuple[Any, str | None]:
    import torch  # noqa: PLC0415

    from pellucid.models.torch.calling import plain_operators  # noqa: PLC0415

    at = torch.arange(n_rows) % len(tensors[0])
    axis = {0: torch.export.Dim.AUTO} if dynamic else None
    some = tuple(tensor[at.to(tensor.device)] for tensor in tensors)
    try:
        with plain_operators():
            program = torch.export.export(
                call, some, dynamic_shapes=((axis,) * len(some),), strict=False
            )
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it says is the reason
        return None, in_one_line(error)[:300]
    return program, None


def _is_fixed(program: Any) -> bool:
    given = set(program.graph_signature.user_inputs)
    nodes = [node for node in program.graph.nodes if node.name in given]
    sizes = [node.meta["val"].shape[0] for node in nodes]
    return any(isinstance(size, int) or size.node.expr.is_number for size in sizes)
