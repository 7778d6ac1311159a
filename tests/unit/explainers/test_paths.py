"""Integrated gradients of functions with kinks, beside their closed form."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from pellucid.explainers.paths import integrated


def test_polynomials_are_integrated_exactly():
    def cubic(points):
        x, y = points.T
        return (x**2 * y)[:, None], np.stack([2 * x * y, x**2], axis=1)[:, :, None]

    rows, references = np.array([[2.0, 3.0]]), np.zeros((1, 2))
    values, adds_up = integrated(cubic, rows, references, per_call=100)
    np.testing.assert_allclose(values[0, :, 0], [8.0, 4.0], rtol=1e-12)
    assert adds_up.all()


@given(
    st.lists(st.integers(-9, 9), min_size=3, max_size=3),
    st.lists(st.integers(-9, 9), min_size=3, max_size=3),
    st.integers(1, 50),
)
def test_kinks_are_found(row, reference, per_call):
    weights = np.array([[1.0, -2.0], [0.5, 1.0], [-1.0, 3.0]])

    def network(points):
        hidden = points @ weights
        slopes = (hidden > 0)[:, None, :] * weights
        return np.maximum(hidden, 0), slopes

    assume((np.array([row, reference]) @ weights).any(axis=0).all())  # else the way is along a kink
    rows, references = np.array([row]) / 4, np.array([reference]) / 4
    values, adds_up = integrated(network, rows, references, per_call=per_call)
    ends, starts = network(rows)[0], network(references)[0]
    assert adds_up.all()
    # On a straight way a unit is on for one stretch, and each of its inputs gets its part of it.
    run = (rows - references)[0]
    total = run @ weights
    on = np.where(total == 0, starts[0] > 0, (ends - starts)[0] / np.where(total == 0, 1, total))
    expected = run[:, None] * weights * on
    np.testing.assert_allclose(values[0], expected, atol=3e-3 * np.abs(ends - starts).max() + 1e-5)


def test_what_has_no_gradient_does_not_add_up():
    def steps(points):
        return np.floor(points.sum(axis=1, keepdims=True)), np.zeros((*points.shape, 1))

    _, adds_up = integrated(steps, np.array([[3.0, 1.0]]), np.zeros((1, 2)), per_call=64)
    assert not adds_up.any()
