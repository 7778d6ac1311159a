import numpy as np
import pytest

from pellucid.kernels.least_squares import products, scores


@pytest.mark.parametrize(("n", "a", "k"), [(2, 1, 1), (10, 3, 2), (14, 2, 1), (64, 7, 4)])
def test_kernels_equal_matrix_products(n, a, k):
    rng = np.random.default_rng(n)
    design, outputs = rng.normal(size=(n, a)), rng.normal(size=(n, k))
    design[0, 0] = 0.0
    gram, moments = products(design, outputs)
    np.testing.assert_allclose(gram, design.T @ design, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(moments, design.T @ outputs, rtol=1e-12, atol=1e-12)
    inverse, coefficients = rng.normal(size=(a, a)), rng.normal(size=(a, k))
    variance, left = scores(design, outputs, inverse, coefficients)
    residuals = outputs - design @ coefficients
    moved = (design @ inverse)[:, :, None] * residuals[:, None, :]
    pairs = moved[: n // 2] + moved[n // 2 :]
    np.testing.assert_allclose(variance, np.square(pairs).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(left, np.square(residuals).sum(axis=0), rtol=1e-12)
