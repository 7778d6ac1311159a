"""Compiled loops over plain arrays; they import NumPy and numba and nothing of ours."""
