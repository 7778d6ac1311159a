import numpy as np

from pellucid.explainers.averaging import Game, Variance, mean_of_sampled
from pellucid.explainers.coalitions import Estimate


def test_a_gap_without_any_variation_is_shared_by_those_who_take_part():
    players = np.array([True, False, True])
    game = Game(0, players, Estimate(np.ones((2, 1)), np.zeros((2, 1))))
    nothing = Variance(np.zeros((3, 1)), np.zeros((3, 1)))
    values, variance = mean_of_sampled([game] * 5, np.full(5, 0.01), np.array([0.5]), nothing)
    np.testing.assert_allclose(values[:, 0], [1.25, 0, 1.25])
    np.testing.assert_allclose(variance.std_error[:, 0], [0.25, 0, 0.25])
