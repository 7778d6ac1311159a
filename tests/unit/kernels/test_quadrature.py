import numpy as np
import pytest

from pellucid.kernels.quadrature import gauss_legendre


@pytest.mark.parametrize("q", [1, 2, 5, 12, 30])
def test_rule_of_q_points_integrates_polynomials_of_degree_2q_minus_1(q):
    points, weights = gauss_legendre(30)
    for degree in range(2 * q):
        found = weights[q, :q] @ points[q, :q] ** degree
        assert found == pytest.approx(1 / (degree + 1), rel=1e-13)


def test_rules_are_filled_up_with_zeros():
    points, weights = gauss_legendre(4)
    assert points.shape == weights.shape == (5, 4)
    assert not points[2, 2:].any()
    assert not weights[0].any()
    np.testing.assert_allclose(weights[1:].sum(axis=1), 1, rtol=1e-15)
