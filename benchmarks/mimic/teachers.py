"""Teachers that are nothing but NumPy and arrays, so that two environments can run the very same one.

scikit-learn's models of one release cannot be read by another one, and refitted they would differ.
So networks and support vector machines are fitted once, and what they predict is computed here, by
one function for everybody, from an ``.npz`` file. Imported by the peer's environment too: NumPy
alone, of any version.
"""

from __future__ import annotations

import numpy as np

AT_ONCE = 2_048


class Teacher:
    """A fitted model, from arrays: ``predict``, and ``predict_proba`` where it has classes.

    Rows are matrices of numbers; ``levels`` says how many codes each column of categories has (0 of
    columns of numbers), which become one column each before the model sees them.
    """

    def __init__(self, arrays):
        self.arrays = dict(arrays)
        self.n_asked, self.classes = 0, int(self.arrays["n_classes"])
        self.kind = str(self.arrays["kind"])

    def outputs(self, rows):
        """Return probabilities (n, k), or the prediction (n, 1)."""
        rows = np.asarray(rows, dtype=np.float64)
        self.n_asked += len(rows)
        parts = [self._outputs(rows[i : i + AT_ONCE]) for i in range(0, len(rows), AT_ONCE)]
        return np.concatenate(parts)

    def _outputs(self, rows):
        if self.kind == "forest":
            return self._forest(rows)
        scores = {"network": self._network, "machine": self._machine}[self.kind](
            self._encoded(rows)
        )
        if self.classes == 0:
            return scores
        if self.classes == 2:
            second = 1.0 / (1.0 + np.exp(-scores[:, 0]))
            return np.column_stack([1.0 - second, second])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _encoded(self, rows):
        levels, place = self.arrays["levels"], 0
        encoded = np.zeros((len(rows), int(np.where(levels == 0, 1, levels).sum())))
        for column, n_levels in zip(rows.T, levels, strict=True):
            if n_levels:
                encoded[np.arange(len(rows)), place + column.astype(int)] = 1.0
            else:
                encoded[:, place] = column
            place += max(int(n_levels), 1)
        return (encoded - self.arrays["center"]) / self.arrays["scale"]

    def _network(self, encoded):
        layer, n_layers = encoded, int(self.arrays["n_layers"])
        for i in range(n_layers):
            layer = layer @ self.arrays[f"weights{i}"] + self.arrays[f"bias{i}"]
            if i < n_layers - 1:
                layer = np.maximum(layer, 0.0)
        return layer

    def _machine(self, encoded):
        vectors = self.arrays["vectors"]
        squares = (encoded**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1)
        kernel = np.exp(-self.arrays["gamma"] * (squares - 2.0 * encoded @ vectors.T))
        return kernel @ self.arrays["weights"] + self.arrays["bias"]

    def _forest(self, rows):
        """Walk all trees level by level; their leaves lead to themselves."""
        of_row, of_tree = np.arange(len(rows))[:, None], np.arange(len(self.arrays["feature"]))
        node = np.zeros((len(rows), len(of_tree)), dtype=int)
        for _ in range(int(self.arrays["depth"])):
            left = (
                rows[of_row, self.arrays["feature"][of_tree, node]]
                <= (self.arrays["threshold"][of_tree, node])
            )
            node = np.where(
                left, self.arrays["left"][of_tree, node], self.arrays["right"][of_tree, node]
            )
        return self.arrays["value"][of_tree, node].mean(axis=1)[:, None]


class Classifier(Teacher):
    """What has ``predict_proba`` is taken for a classifier."""

    @property
    def classes_(self):
        return np.arange(self.classes)

    def predict_proba(self, rows):
        return self.outputs(rows)

    def predict(self, rows):
        return self.outputs(rows).argmax(axis=1)


class Regressor(Teacher):
    """What has ``predict`` alone is taken for a regression."""

    def predict(self, rows):
        return self.outputs(rows)[:, 0]


def of(arrays):
    """Return the teacher that is written down in arrays."""
    return (Classifier if int(arrays["n_classes"]) else Regressor)(arrays)


def load(path):
    with np.load(path) as arrays:
        return of(dict(arrays))
