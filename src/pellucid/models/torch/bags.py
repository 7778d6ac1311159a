"""Sums and means of embeddings, of which torch has one operator, made of operators with rules."""

from typing import Any

import torch


def embedding_bag(  # noqa: PLR0917 - as torch calls it
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,  # noqa: ARG001, FBT001, FBT002 - of training alone
    mode: int = 0,
    sparse: bool = False,  # noqa: ARG001, FBT001, FBT002 - of training alone
    per_sample_weights: Any = None,
    include_last_offset: bool = False,  # noqa: FBT001, FBT002
    padding_idx: int = -1,
) -> Any:
    """Look tokens up, and add up or average what is found for each bag.

    Parameters
    ----------
    weight : tensor, shape (tokens, e)
    indices : tensor of int64, shape (n,)
    offsets : tensor of int64, shape (bags,)
        Where each bag begins.
    mode : {0, 1}
        0 adds up, 1 averages. Largest numbers, 2, are left to torch.
    per_sample_weights : tensor, shape (n,), optional
    include_last_offset : bool
        Whether offsets have the end of the last bag too.
    padding_idx : int
        A token that does not count; negative if there is none.
    """
    if mode == 2:
        return NotImplemented
    starts = offsets[:-1] if include_last_offset else offsets
    places = torch.arange(indices.shape[0], device=indices.device)
    bag = torch.searchsorted(starts, places, right=True) - 1
    found = torch.nn.functional.embedding(indices, weight)
    counts = torch.ones_like(indices)
    if padding_idx >= 0:
        counts = (indices != padding_idx).to(indices.dtype)
        found = found * counts.unsqueeze(1).to(found.dtype)
    if per_sample_weights is not None:
        found = found * per_sample_weights.unsqueeze(1)
    sums = found.new_zeros(starts.shape[0], weight.shape[1]).index_add(0, bag, found)
    sizes = counts.new_zeros(starts.shape[0]).index_add(0, bag, counts)
    if mode == 1:
        sums = sums / sizes.clamp(min=1).unsqueeze(1).to(sums.dtype)
    return sums, bag, sizes, sizes
