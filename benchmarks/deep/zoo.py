"""Small networks of many kinds, each trained for a few steps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody does
from torch import nn

D = 10


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(D, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.second(F.relu(self.first(x)))


class SharedActivation(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(D, 16), nn.Linear(16, 16), nn.Linear(16, 3)])
        self.relu = nn.ReLU()

    def forward(self, x):
        first, second, last = self.layers
        return last(self.relu(second(self.relu(first(x)))))


class SharedLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.again, self.out = nn.Linear(D, 12), nn.Linear(12, 12), nn.Linear(12, 2)

    def forward(self, x):
        h = self.into(x)
        for _ in range(3):
            h = torch.tanh(self.again(h))
        return self.out(h)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.block, self.out = nn.Linear(D, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        h = F.relu(self.into(x))
        h = h + F.relu(self.block(h))
        return self.out(h)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.gate, self.out = nn.Linear(D, 8), nn.Linear(D, 8), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.value(x)) * torch.sigmoid(self.gate(x)))


class SwiGLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.gate, self.out = nn.Linear(D, 16), nn.Linear(D, 16), nn.Linear(16, 3)

    def forward(self, x):
        return F.log_softmax(self.out(F.silu(self.gate(x)) * self.value(x)), dim=-1)


class Arithmetic(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Linear(D, 16), nn.Linear(16, 2)

    def forward(self, x):
        h = F.leaky_relu(self.into(x))
        h = h / (1 + h.abs())
        largest = torch.maximum(h, h.mean(1, keepdim=True))
        return self.out(h.clamp(-0.5, 0.5) + torch.sqrt(h**2 + 1) + largest)


class Maxout(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Linear(D, 24), nn.Linear(8, 2)

    def forward(self, x):
        h = self.into(x).reshape(-1, 8, 3).amax(2)
        return torch.logsumexp(self.out(h), dim=1) + h.std(1) + h.min(1).values


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Linear(D, 12), nn.Linear(12, 2)

    def forward(self, x):
        h = self.into(x)
        h[:, :6].mul_(2)
        h[:, 6:] += torch.tanh(x[:, :6])
        return self.out(F.relu(h, inplace=True))


class Factorization(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(D, 1)
        self.factors = nn.Parameter(0.3 * torch.randn(D, 4))

    def forward(self, x):
        pairs = (x @ self.factors) ** 2 - x**2 @ self.factors**2
        return self.linear(x)[:, 0] + 0.5 * pairs.sum(1)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 8, 3)
        self.out = nn.Linear(8 * 2 * 2, 3)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.first(x), 2))
        return self.out(F.relu(F.max_pool2d(self.second(x), 2)).flatten(1))


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(2, 8)
        self.channels, self.instance = nn.Linear(8, 8), nn.InstanceNorm2d(8, affine=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        h = F.hardswish(self.norm(self.conv(x)))
        h = self.instance(h * torch.sigmoid(self.channels(h.mean((2, 3))))[:, :, None, None])
        return self.out(F.adaptive_max_pool2d(F.elu(h), 2).mean((2, 3)))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.norm = nn.Linear(1, 8), nn.LayerNorm(8)
        self.attention, self.out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(80, 2)

    def forward(self, x):
        h = self.into(x.unsqueeze(-1))
        h = self.norm(h + self.attention(h, h, h, need_weights=False)[0])
        return self.out(h.flatten(1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.into, self.encoder = nn.Linear(1, 8), nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(80, 2)

    def forward(self, x):
        return torch.softmax(self.out(self.encoder(self.into(x.unsqueeze(-1))).flatten(1)), 1)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cells, self.out = kind(2, 8, batch_first=True), nn.Linear(8, 2)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


class Normalized(nn.Module):
    def __init__(self):
        super().__init__()
        self.into, self.norm, self.out = nn.Linear(D, 12), nn.RMSNorm(12), nn.Linear(12, 2)

    def forward(self, x):
        return self.out(F.softplus(self.norm(self.into(x))))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(30, 8), nn.Linear(8, 2)

    def forward(self, tokens):
        return self.embedded(self.embedding(tokens))

    def embedded(self, h):
        return self.out(torch.tanh(h).mean(1))


class TokenAttention(nn.Module):
    """Attention among tokens, of which one value is padding."""

    def __init__(self):
        super().__init__()
        self.embedding, self.places = nn.Embedding(30, 8), nn.Parameter(0.1 * torch.randn(D, 8))
        self.attention, self.norm = nn.MultiheadAttention(8, 2, batch_first=True), nn.LayerNorm(8)
        self.out = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.embedded(self.embedding(tokens), tokens == 0)

    def embedded(self, h, padded=None):
        h = h + self.places
        h = self.norm(h + self.attention(h, h, h, key_padding_mask=padded, need_weights=False)[0])
        return self.out(h.mean(1))


class Bags(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.EmbeddingBag(30, 8), nn.Linear(8, 2)

    def forward(self, tokens):
        return self.out(torch.tanh(self.embedding(tokens)))

    def embedded(self, h):
        return self.out(torch.tanh(h.mean(1)))


class MixedColumns(nn.Module):
    """A matrix whose first two columns are codes of categories."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Embedding(4, 3), nn.Embedding(5, 2)
        self.into, self.out = nn.Linear(D - 2 + 5, 16), nn.Linear(16, 2)

    def forward(self, x):
        codes = x[:, :2].long()
        parts = [self.first(codes[:, 0]), self.second(codes[:, 1]), x[:, 2:]]
        return self.out(F.relu(self.into(torch.cat(parts, dim=1))))


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.cells = nn.Embedding(20, 6), nn.GRU(6, 6, batch_first=True)
        self.numbers, self.out = nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, tokens, numbers):
        text = self.cells(self.embedding(tokens))[0][:, -1]
        return self.out(text * torch.sigmoid(self.numbers(numbers)))


class Towers(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(5, 6), nn.Linear(5, 6)

    def forward(self, left, right):
        return F.cosine_similarity(F.relu(self.left(left)), self.right(right), dim=1)


def perceptron(*last):
    return nn.Sequential(
        nn.Linear(D, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3), *last
    )


def batch_normalized():
    return nn.Sequential(
        nn.Linear(D, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(16, 1),
        nn.Sigmoid(),
    )


def layer_normalized():
    return nn.Sequential(nn.Linear(D, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 3))


def temporal():
    return nn.Sequential(
        nn.Conv1d(2, 6, 2), nn.Mish(), nn.MaxPool1d(2), nn.Conv1d(6, 4, 2), nn.SELU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 2), nn.Softmax(dim=1),
    )  # fmt: skip


def pixels():
    return nn.Sequential(
        nn.Conv2d(1, 6, 2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3)
    )


def pooled():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 3),
    )  # fmt: skip


def matrix(n, rng):
    return rng.normal(size=(n, D)).astype(np.float32)


def images(n, rng):
    return rng.normal(size=(n, 1, 14, 14)).astype(np.float32)


def sequences(n, rng):
    return rng.normal(size=(n, 5, 2)).astype(np.float32)


def signals(n, rng):
    return rng.normal(size=(n, 2, 5)).astype(np.float32)


def small_images(n, rng):
    return rng.normal(size=(n, 1, 2, 5)).astype(np.float32)


def tokens(n, rng):
    return rng.integers(0, 30, size=(n, D))


def coded(n, rng):
    x = matrix(n, rng)
    x[:, 0], x[:, 1] = rng.integers(0, 4, n), rng.integers(0, 5, n)
    return x


def named(n, rng):
    return {"tokens": rng.integers(0, 20, (n, 6)), "numbers": matrix(n, rng)[:, :4]}


def sides(n, rng):
    return matrix(n, rng)[:, :5], matrix(n, rng)[:, 5:]


@dataclass(frozen=True)
class Entry:
    """A network and rows for it."""

    build: Callable[[], Any]
    rows: Callable[..., Any] = matrix


ZOO = {
    "MLP": Entry(perceptron),
    "functional ReLU": Entry(Functional),
    "one ReLU twice": Entry(SharedActivation),
    "one layer thrice": Entry(SharedLayer),
    "residual": Entry(Residual),
    "BatchNorm, Dropout, sigmoid": Entry(batch_normalized),
    "softmax head": Entry(lambda: perceptron(nn.Softmax(dim=1))),
    "GELU, LayerNorm": Entry(layer_normalized),
    "RMSNorm, softplus": Entry(Normalized),
    "tanh x sigmoid gate": Entry(Gated),
    "SwiGLU, log-softmax": Entry(SwiGLU),
    "quotient, clamp, maximum": Entry(Arithmetic),
    "maxout, logsumexp": Entry(Maxout),
    "in-place on views": Entry(InPlace),
    "factorization machine": Entry(Factorization),
    "attention": Entry(Attention),
    "transformer encoder": Entry(Transformer),
    "CNN of modules": Entry(pooled, images),
    "functional CNN": Entry(Convolutions, images),
    "squeeze-excite, norms": Entry(SqueezeExcite, images),
    "CNN of ten pixels": Entry(pixels, small_images),
    "Conv1d, softmax": Entry(temporal, signals),
    "LSTM": Entry(lambda: Recurrent(nn.LSTM), sequences),
    "GRU": Entry(lambda: Recurrent(nn.GRU), sequences),
    "tokens": Entry(Tokens, tokens),
    "bags of tokens": Entry(Bags, tokens),
    "attention among tokens": Entry(TokenAttention, tokens),
    "codes and numbers": Entry(MixedColumns, coded),
    "dict of tensors": Entry(TwoInputs, named),
    "two towers": Entry(Towers, sides),
}


def as_tensors(rows):
    """Return rows as the network takes them: positional arguments, and arguments by name."""
    if isinstance(rows, dict):
        return (), {name: torch.from_numpy(array) for name, array in rows.items()}
    return tuple(map(torch.from_numpy, rows if isinstance(rows, tuple) else (rows,))), {}


@cache
def trained(name, steps=30):
    """Train a network on noise of which it learns something in a few steps; same every time."""
    entry, rng = ZOO[name], np.random.default_rng(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = entry.build()
        args, kwargs = as_tensors(entry.rows(128, rng))
        target = torch.from_numpy(rng.normal(size=128).astype(np.float32))
        optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
        for _ in range(steps):
            found = module(*args, **kwargs)
            loss = ((found.reshape(128, -1)[:, -1] - target) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return module


def data_for(name, n_background=20, n_rows=5):
    """Return reference rows and rows to explain."""
    rng = np.random.default_rng(1)
    return ZOO[name].rows(n_background, rng), ZOO[name].rows(n_rows, rng)
