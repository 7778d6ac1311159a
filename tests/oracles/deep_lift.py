"""DeepLIFT's rescale rule for chains of layers, one pair of rows at a time and in plain NumPy."""

import numpy as np


def deep_lift(layers, row, reference):
    """Return what each cell of a row contributes to each output, shape (d, k).

    Layers are pairs: ``("linear", (weight, bias))`` or ``("function", f)`` of single numbers.
    """
    states = [(np.asarray(row, dtype=float), np.asarray(reference, dtype=float))]
    for kind, what in layers:
        x, b = states[-1]
        if kind == "linear":
            weight, bias = what
            states.append((weight @ x + bias, weight @ b + bias))
        else:
            states.append((what(x), what(b)))
    multipliers = np.eye(len(states[-1][0]))
    for (kind, what), (x, b), (y, c) in zip(
        layers[::-1], states[-2::-1], states[:0:-1], strict=True
    ):
        if kind == "linear":
            multipliers = multipliers @ what[0]
        else:
            slope = np.zeros(len(x))
            for j in range(len(x)):
                step = 1e-6
                slope[j] = (
                    (y[j] - c[j]) / (x[j] - b[j])
                    if abs(x[j] - b[j]) > 1e-9
                    else (what(x + step)[j] - what(x - step)[j]) / (2 * step)
                )
            multipliers = multipliers * slope
    return (multipliers * (states[0][0] - states[0][1])).T
