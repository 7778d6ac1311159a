"""The categories of a data frame, as XGBoost has stored them since 3.1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Categories:
    """One column's categories, in the order of their codes.

    XGBoost stores strings as UTF-8 bytes with offsets. For pandas frames (as of 3.2) it counts the
    offsets in letters, and cuts the bytes off at the number of letters; so where the bytes are not
    ASCII, there are two readings, of which the second may lack the end of its last strings.

    Attributes
    ----------
    readings : tuple of tuple
        Possible lists of categories; a single one but for strings that are not ASCII.
    lengths : tuple of int
        Number of letters of each string of the second reading.
    """

    readings: tuple[tuple[Any, ...], ...]
    lengths: tuple[int, ...] = ()

    @classmethod
    def of_strings(cls, offsets: Sequence[int], stored: bytes) -> "Categories":
        """Read strings from their bytes and offsets.

        Examples
        --------
        >>> Categories.of_strings([0, 4, 7], b"bluered").readings
        (('blue', 'red'),)
        """
        pairs = list(pairwise(offsets))
        by_bytes = tuple(stored[a:b].decode(errors="replace") for a, b in pairs)
        if stored.isascii():
            return cls((by_bytes,))
        text = stored.decode(errors="ignore")
        return cls((by_bytes, tuple(text[a:b] for a, b in pairs)), tuple(b - a for a, b in pairs))

    def as_spelled(self, values: npt.NDArray[Any]) -> Sequence[Any]:
        """Return the list of categories, read so that it explains the most of some values.

        Examples
        --------
        >>> stored = Categories.of_strings([0, 5, 8], "greenröd".encode()[:8])
        >>> stored.as_spelled(np.array(["röd", None], dtype=object))
        ['green', 'röd']
        """
        if len(self.readings) == 1:
            return self.readings[0]
        present = {value for value in values.tolist() if isinstance(value, str)}
        by_bytes, by_letters = self.readings
        completed = self._completed(by_letters, present)
        known = [len(present & set(reading)) for reading in (by_bytes, completed)]
        return by_bytes if known[0] > known[1] else completed

    def _completed(self, reading: Sequence[str], present: set[str]) -> list[str]:
        """Complete the strings that were cut off by the only value that begins like them."""
        found = list(reading)
        for j, length in enumerate(self.lengths):
            if len(found[j]) < length:
                fitting = [
                    value
                    for value in present - set(found)
                    if len(value) == length and value.startswith(found[j])
                ]
                # A letter no string can have keeps those that stay unknown apart.
                found[j] = fitting[0] if len(fitting) == 1 else f"{found[j]}\0{j}"
        return found


def read_categories(learner: Mapping[str, Any]) -> dict[int, Categories]:
    """Return the categories of each categorical column, from the model's document."""
    model = learner["gradient_booster"]
    stored = model.get("gbtree", model)["model"].get("cats", {}).get("enc", [])
    found: dict[int, Categories] = {}
    for j, column in enumerate(stored):
        if "offsets" not in column:
            found[j] = Categories((tuple(np.asarray(column["values"]).tolist()),))
        elif len(column["offsets"]):
            stored_bytes = np.array(column["values"], dtype=np.int8).tobytes()
            found[j] = Categories.of_strings(column["offsets"], stored_bytes)
    return found
