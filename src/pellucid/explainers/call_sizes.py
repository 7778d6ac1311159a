"""How many rows a model is asked about at once."""

MOST_ROWS_PER_CALL = 16_384
MOST_CELLS_PER_CALL = 4_194_304


def rows_per_call(cells_per_row: int) -> int:
    """Return how many rows of so many stored cells a model is given at once, at most."""
    return max(min(MOST_ROWS_PER_CALL, MOST_CELLS_PER_CALL // max(cells_per_row, 1)), 1)
