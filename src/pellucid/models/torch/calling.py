"""Calling a module in evaluation mode, and leaving no trace of it."""

import logging
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import torch

SILENT = ("torch.__trace", "torch.fx.experimental.symbolic_shapes")
"""Logs of torch's own that say nothing to anybody who explains a model."""


@contextmanager
def undisturbed(module: Any) -> Iterator[None]:
    """Put a module into evaluation mode; afterwards all is as before, whatever happened.

    All is: the training mode of every part, which may differ from part to part; whatever a part
    keeps of a call in its attributes, which a tracer would leave its own tensors in; buffers, such
    as counters that a module changes in every call; the states of random numbers.
    """
    parts = list(module.modules())
    modes = [part.training for part in parts]
    kept = [_Kept(given) for part in parts for given in _containers_of(part)]
    buffers = [
        (buffer, buffer.detach().clone())
        for part in parts
        for buffer in part._buffers.values()  # noqa: SLF001
        if buffer is not None and buffer.layout is torch.strided
    ]
    devices = {tensor.device for tensor in module.parameters() if tensor.device.type == "cuda"}
    with torch.random.fork_rng(devices=sorted(devices, key=str)):
        try:
            for part in parts:
                part.training = False
            yield
        finally:
            for part, training in zip(parts, modes, strict=True):
                part.training = training
            for each in kept:
                each.restore()
            for buffer, before in buffers:
                if not torch.equal(buffer, before):
                    with torch.no_grad():
                        buffer.copy_(before)


class _Kept:
    """A container that a module keeps something in, and what was in it."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.before = given.copy()

    def restore(self) -> None:
        """Put back what was in it, if that is not what is in it now."""
        if isinstance(self.given, dict):
            now = [(key, id(value)) for key, value in self.given.items()]
            if now != [(key, id(value)) for key, value in self.before.items()]:
                self.given.clear()
                self.given.update(self.before)
        elif list(map(id, self.given)) != list(map(id, self.before)):
            self.given[:] = self.before


def _containers_of(part: Any) -> Iterator[Any]:
    """Yield a module's attributes, among them its buffers and the lists it may collect things in."""
    yield vars(part)
    for value in vars(part).values():
        if type(value) in {dict, list, OrderedDict}:
            yield value


@contextmanager
def plain_operators() -> Iterator[None]:
    """Have torch compute by plain operators in place of fused ones, which no graph shows.

    Switches are put back. What torch's own files say of each other is not passed on, nor the graph
    that it prints where it fails; and its log of every step, which takes far longer than the steps
    do, is not written even if all logs are.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: PLC0415 - costs time to import

    fast = torch.backends.mha.get_fastpath_enabled()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(redirect_stderr(StringIO()))
        for log in map(logging.getLogger, SILENT):
            stack.callback(setattr, log, "disabled", log.disabled)
            log.disabled = True
        stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
        torch.backends.mha.set_fastpath_enabled(False)
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(torch.no_grad())
        yield
