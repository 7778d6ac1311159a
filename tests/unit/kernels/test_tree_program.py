from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from oracles.tree_ensembles import games, seeded_game

from pellucid.kernels import tree_program
from pellucid.kernels.tree_codes import code_trees
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_program import ENTER_SECOND, STEP_BITS, build_program, points_needed


def program_of(game):
    trees, _ = code_trees(game.ensemble.arrays, game.player)
    return trees, build_program(trees, describe_paths(game.ensemble.arrays, game.player))


@settings(max_examples=100)
@given(games())
def test_every_inner_node_and_leaf_is_in_the_program_once(game):
    trees, program = program_of(game)
    inner = trees.column >= 0
    questions = program.question.reshape(-1, 4)
    for found, expected in (
        (questions[:, 0], trees.column[inner]),
        (questions[:, 1], trees.player[inner]),
        (questions[:, 3] >> 1, trees.highest[inner]),
    ):
        np.testing.assert_array_equal(np.sort(found), np.sort(expected))
    asked = [t for t in range(len(trees.tree_output)) if inner[trees.tree_start[t]]]
    for t in asked:
        leaves = np.arange(trees.tree_start[t], trees.tree_start[t + 1])
        leaves = leaves[~inner[leaves]]
        found = program.leaf_value[program.leaf_start[t] : program.leaf_start[t + 1]]
        np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(trees.value[leaves], axis=0))


@pytest.mark.parametrize("seed", range(5))
def test_steps_go_down_as_often_as_up_and_name_every_node_that_joins(seed):
    _, program = program_of(seeded_game(seed, depth=7))
    for t in range(len(program.tree_output)):
        steps = program.step[program.step_start[t] : program.step_start[t + 1]]
        if len(steps) == 0:
            continue
        is_down = (steps & ((1 << STEP_BITS) - 1)) <= ENTER_SECOND
        joining = steps[~is_down] >> STEP_BITS
        assert len(joining) == is_down.sum() + 1
        assert len(set(joining)) == len(joining)
        level = np.cumsum(np.where(is_down, 1, -1))
        assert level[-1] == -1
        assert level.max() < program.n_levels[t]


def test_a_node_takes_little_memory():
    _, program = program_of(seeded_game(1, n_trees=20, depth=9))
    n_inner = len(program.share) // 3
    per_node = (
        sum(array.nbytes for array in (program.step, program.question, program.share))
        + program.leaf_value.nbytes
    )
    assert per_node / n_inner < 60


def test_too_many_nodes_are_refused(monkeypatch):
    monkeypatch.setattr(tree_program, "STEP_BITS", 31)
    with pytest.raises(ValueError, match="too many for a program"):
        program_of(seeded_game(1))


# -- how many points ------------------------------------------------------------------------------


@pytest.mark.parametrize("n_players", range(31))
def test_short_paths_are_integrated_exactly(n_players):
    assert points_needed(n_players) == (n_players + 1) // 2


def error(n_points, a, b):
    """How wrong a rule is for ``p**a (1 - p)**b``, with nodes refined in exact fractions."""
    total = Fraction(0)
    for x in np.polynomial.legendre.leggauss(n_points)[0]:
        node = Fraction(float(x))
        for _ in range(2):
            value, slope = legendre(n_points, node)
            node = (node - value / slope).limit_denominator(10**40)
        slope = legendre(n_points, node)[1]
        p = (1 + node) / 2
        total += p**a * (1 - p) ** b / ((1 - node**2) * slope**2)
    return abs(float(total - Fraction(1, (a + b + 1) * comb(a + b, a))))


def legendre(n, x):
    """The Legendre polynomial of degree n and its slope."""
    before, now = Fraction(1), x
    for k in range(2, n + 1):
        before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
        now = now.limit_denominator(10**60)
    return now, n * (before - x * now) / (1 - x**2)


@pytest.mark.parametrize("n_players", [60, 150])
def test_more_points_would_change_nothing(n_players):
    needed = points_needed(n_players)
    assert needed < (n_players + 1) // 2
    degree = n_players - 1
    for a, b in ((degree, 0), (degree - 1, 1), (degree - 5, 3), (degree // 2, degree // 2)):
        assert error(needed, a, b) < 2**-54
    assert error(needed - 12, degree, 0) > 2**-54
