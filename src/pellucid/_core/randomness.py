"""Random numbers from counters: the same for the same (seed, row, draw), whatever ran before.

No state is shared or kept, so results depend neither on batch size, nor on threads, nor on the
order in which rows are explained; and the caller's global generators are never touched.
"""

import hashlib
from collections.abc import Sequence

import numpy as np


def generator_for(seed: int, *counters: int) -> np.random.Generator:
    """Return the generator that belongs to a seed and any number of counters.

    Different counters give independent streams: ``(0,)``, ``(0, 0)`` and ``(0, 2**32)`` too,
    which ``numpy.random.SeedSequence`` would not all tell apart.

    Parameters
    ----------
    seed : int
        The user's ``random_state``.
    *counters : int
        What the numbers are drawn for, such as the key of a row and the number of a draw.

    Examples
    --------
    >>> a = generator_for(0, 7).integers(100, size=3)
    >>> b = generator_for(0, 7).integers(100, size=3)
    >>> (a == b).all()
    np.True_
    """
    text = ",".join(str(int(counter)) for counter in (seed, *counters))
    key = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(key, dtype="<u8")))


def fingerprint(chunks: Sequence[bytes]) -> int:
    """Return 63 bits that depend on the content alone: the counter of a row is its own content.

    Examples
    --------
    >>> fingerprint([b"a", b"b"]) == fingerprint([b"a", b"b"]) != fingerprint([b"b", b"a"])
    True
    """
    digest = hashlib.blake2b(digest_size=8)
    for chunk in chunks:
        digest.update(len(chunk).to_bytes(8, "little"))
        digest.update(chunk)
    return int.from_bytes(digest.digest(), "little") >> 1
