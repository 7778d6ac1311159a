"""Arrays as bytes: nothing is rounded, and nothing takes more room than it needs."""

import itertools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pellucid.dashboard.chunks import TYPES, encode, encode_texts, narrowest


def decoded(chunk):
    """Read a chunk by the description in its module, and by nothing else."""
    kind, packed, rows, columns, size = struct.unpack("<BBxxIII", chunk[:16])
    body = chunk[16:]
    width = int(TYPES[kind][1:]) if TYPES[kind] != "text" else 1
    if packed:
        planes = np.frombuffer(zlib.decompress(body), dtype=np.uint8).reshape(width, -1)
        body = planes.T.tobytes()
    assert len(body) == size
    if TYPES[kind] == "text":
        offsets = np.frombuffer(body[: 4 * (rows + 1)], dtype="<u4")
        texts = body[4 * (rows + 1) :]
        return [texts[a:b].decode() for a, b in itertools.pairwise(offsets)]
    return np.frombuffer(body, dtype=f"<{TYPES[kind]}").reshape(rows, columns)


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(0, 40))))
def test_any_numbers_come_back_exactly(numbers):
    found = decoded(encode(numbers)).astype(np.float64)
    assert np.array_equal(found, numbers, equal_nan=True)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([0, 255], "u1"),
        ([-1, 127], "i1"),
        ([-1, 128], "i2"),
        ([0, 256], "u2"),
        ([0, 70_000], "u4"),
        ([-70_000, 1], "i4"),
        ([0.5, np.nan], "f4"),
        ([1.0, np.inf], "f4"),
        ([2.0**40, 0.5], "f4"),
        ([0.1, 1.0], "f8"),
        ([65_504.5, 1e300], "f8"),
    ],
)
def test_the_narrowest_type_that_is_exact(cells, kind):
    assert narrowest(np.array(cells)).dtype.str.lstrip("<|") == kind


def test_repetitive_columns_are_packed():
    assert len(encode(np.tile([0.1, 0.2], 5000))) < 2000


@given(st.lists(st.text()))
def test_any_texts_come_back(texts):
    valid = [text.encode("utf-8", "replace").decode() for text in texts]
    assert decoded(encode_texts(texts)) == valid
