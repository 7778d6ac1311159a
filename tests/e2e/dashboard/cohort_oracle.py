"""What a rule of a cohort means, said a second time in pandas."""

import numpy as np


def cohort_rows(explanation, rules, labels=None):
    """Positions of the rows that fit all rules, as the page's address writes them."""
    fits = np.ones(len(explanation), dtype=bool)
    for field, *said in rules:
        cells = _cells(explanation, field, labels)
        if isinstance(said[0], list):
            levels = [level for level in said[0] if level is not None]
            texts = np.array([str(cell) for cell in cells], dtype=object)
            own = np.isin(texts, levels)
            missing = np.array([cell is None or cell != cell for cell in cells])  # noqa: PLR0124
            fits &= (own & ~missing) | (missing & (None in said[0]))
        else:
            low, high = (
                np.inf * sign if end is None else end
                for end, sign in zip(said, (-1, 1), strict=True)
            )
            fits &= (cells >= low) & (cells <= high)
    return np.flatnonzero(fits)


def _cells(explanation, field, labels):
    kind, *places = field.split("/")
    numbers = [int(place) for place in places]
    names = np.array(explanation.classes or (), dtype=object)
    predicted = explanation.predictions.argmax(axis=1)
    return {
        "value": lambda: _column(explanation.data, numbers[0]),
        "contribution": lambda: explanation.values[:, numbers[1], numbers[0]],
        "prediction": lambda: explanation.predictions[:, numbers[0]],
        "truth": lambda: names[labels] if explanation.classes else np.asarray(labels),
        "predicted": lambda: names[predicted],
        "outcome": lambda: np.where(predicted == labels, "right", "wrong").astype(object),
        "error": lambda: explanation.predictions[:, numbers[0]] - np.asarray(labels),
    }[kind]()


def _column(data, place):
    column = data.iloc[:, place]
    return column.to_numpy() if column.dtype.kind == "f" else column.astype(object).to_numpy()
