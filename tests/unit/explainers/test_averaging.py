import numpy as np

from pellucid.explainers.averaging import Game, Variance, mean_of_sampled, variance_of_a_pair
from pellucid.explainers.coalitions import Estimate


def test_a_gap_without_any_variation_is_shared_by_those_who_take_part():
    players = np.array([True, False, True])
    game = Game(0, players, Estimate(np.ones((2, 1)), np.zeros((2, 1))))
    nothing = Variance(np.zeros((3, 1)), np.zeros((3, 1)))
    found = mean_of_sampled([game] * 5, np.full(5, 0.01), np.array([0.5]), nothing)
    np.testing.assert_allclose(found.values[:, 0], [1.25, 0, 1.25])
    np.testing.assert_allclose(found.variance.std_error[:, 0], [0.25, 0, 0.25])
    np.testing.assert_allclose(found.unseen[:, 0], [0.0625, 0, 0.0625])


def games_with(pair_variances, n_games=20):
    """Games of two columns: the first one's values vary between games, the second one's do not."""
    players = np.ones(2, dtype=np.bool_)
    return [
        Game(
            b,
            players,
            Estimate(
                np.array([[b % 5], [1.0]]),
                np.array(pair_variances) / 2,
                np.array(pair_variances),
                freedom=1,
                n_pairs=2,
            ),
        )
        for b in range(n_games)
    ]


def test_pairs_that_happen_to_agree_leave_a_doubt_where_others_do_not():
    found = variance_of_a_pair(games_with([[0.0], [0.6]]), 2, 1)
    assert 0 < found.estimate[0, 0] < 0.3 / 20
    np.testing.assert_allclose(found.estimate[1, 0], 0.6 * 20 / 21)


def test_pairs_that_agree_in_all_columns_are_exact():
    np.testing.assert_array_equal(variance_of_a_pair(games_with([[0.0], [0.0]]), 2, 1).estimate, 0)


def test_few_repeated_games_tell_nothing_of_others():
    assert np.isnan(variance_of_a_pair(games_with([[0.1], [0.2]], 9), 2, 1).estimate).all()
