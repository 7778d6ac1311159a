"""Calling a module in evaluation mode, and leaving no trace of it."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def undisturbed(module: Any) -> Iterator[None]:
    """Put a module into evaluation mode; afterwards all is as before, whatever happened.

    All is: the training mode of every part, which may differ from part to part; buffers, such as
    counters that a module changes in every call; the states of random numbers.
    """
    modes = [(part, part.training) for part in module.modules()]
    buffers = [
        (part, name, buffer, buffer.detach().clone())
        for part in module.modules()
        for name, buffer in part._buffers.items()  # noqa: SLF001 - assigning is how modules set them
        if buffer is not None
    ]
    devices = {tensor.device for tensor in module.parameters() if tensor.device.type == "cuda"}
    with torch.random.fork_rng(devices=sorted(devices, key=str)):
        try:
            for part, _ in modes:
                part.training = False
            yield
        finally:
            for part, training in modes:
                part.training = training
            for part, name, buffer, before in buffers:
                if not torch.equal(buffer, before):
                    with torch.no_grad():
                        buffer.copy_(before)
                part._buffers[name] = buffer  # noqa: SLF001


@contextmanager
def plain_operators() -> Iterator[None]:
    """Have torch compute by plain operators in place of fused ones, which no graph shows.

    Switches are put back. What torch's own files say of each other is not passed on, and its log
    of every step, which takes far longer than the steps do, is not written even if all logs are.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: PLC0415 - costs time to import

    fast, log = torch.backends.mha.get_fastpath_enabled(), logging.getLogger("torch.__trace")
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.callback(setattr, log, "disabled", log.disabled)
        log.disabled = True
        stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
        torch.backends.mha.set_fastpath_enabled(False)
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(torch.no_grad())
        yield
