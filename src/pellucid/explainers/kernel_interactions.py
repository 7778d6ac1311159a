"""Which pairs of features of any model interact most, from its predictions alone.

The Shapley interaction index of a pair of players is the mean of its second difference

    v(S and both) - v(S and one) - v(S and the other) + v(S)

over coalitions S of the others that each of them joins with the same probability p, which is spread
evenly from 0 to 1 [1]_ [2]_. One random coalition R of all players, and what becomes of it when one
or two of the players of interest change sides, give such a difference for every pair of these.

References
----------
.. [1] G. Owen, "Multilinear extensions of games", Management Science 18, 1972.
.. [2] M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among players
   in cooperative games", International Journal of Game Theory 28, 1999.
"""

import time
from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from pellucid._core.progress import show_progress_bar
from pellucid._core.randomness import generator_for
from pellucid._core.typing import Booleans, Floats, Integers
from pellucid.data.table import Table
from pellucid.explainers.base import Explainer
from pellucid.explainers.coalitions import AllCoalitions
from pellucid.explainers.masking import MaskedRows
from pellucid.explainers.reference_rows import draw
from pellucid.explainers.rounds import References
from pellucid.explanation.interaction_ranking import (
    Moments,
    RankedInteractions,
    rank_interactions,
)
from pellucid.explanation.stats import Stats

MOST_ROWS_SCREENED = 100
LEAST_DRAWS = 20
MOST_PLAYERS_LISTED = 12
PAIRS_TRIED_PER_PAIR = 2
DRAW_OF_INTERACTIONS = -1


class Candidates(NamedTuple):
    """Pairs of players that may interact most.

    Attributes
    ----------
    players : ndarray of int64, shape (t,)
    pairs : ndarray of int64, shape (p, 2)
        Places among these players.
    """

    players: Integers
    pairs: Integers

    @classmethod
    def among(cls, players: Integers) -> "Candidates":
        """Return all pairs of some players."""
        pairs = list(combinations(range(len(players)), 2))
        return cls(players, np.array(pairs, dtype=np.int64).reshape(-1, 2))


class RowInteractions(NamedTuple):
    """The interactions of the pairs in question, in one row.

    Attributes
    ----------
    sizes : ndarray of float64, shape (p, k)
        Absolute interactions, estimated so that noise does not pose as one.
    std_error : ndarray of float64, shape (p, k)
    is_exact : bool
    n_evaluations : int
    """

    sizes: Floats
    std_error: Floats
    is_exact: bool
    n_evaluations: int


def top_interactions(
    explainer: Explainer,
    references: References,
    mask: Callable[[Table], MaskedRows],
    table: Table,
    *,
    top_k: int,
    budget: int,
) -> RankedInteractions:
    """Rank the pairs among the most important features by their mean absolute interaction.

    Parameters
    ----------
    explainer : Explainer
    references : References
    mask : callable
        Returns the masked rows of a table.
    table : Table
        Rows, whose columns are in the model's order.
    top_k : int
        How many pairs to return.
    budget : int
        Model rows to evaluate per row, about.
    """
    started = time.perf_counter()
    candidates, n_evaluations = _candidates(explainer, table, top_k)
    found = []
    keys = table.row_keys()
    label = f"{explainer.method}, interactions"
    with show_progress_bar(table.n_rows, label, show=explainer.show_progress) as progress:
        for i, key in enumerate(keys):
            generator = generator_for(explainer.random_state, key, DRAW_OF_INTERACTIONS)
            masked = mask(table.take(np.array([i])))
            found.append(_interactions_of_row(references, masked, candidates, budget, generator))
            progress.update(1)
    # In an order of their own, so that the last bits of the mean do not depend on the given one.
    moments = Moments.of(np.stack([found[i].sizes for i in np.argsort(keys, kind="stable")]))
    is_exact = all(row.is_exact for row in found)
    largest = max(float(row.std_error.max(initial=0.0)) for row in found)
    return rank_interactions(
        moments,
        first=candidates.players[candidates.pairs[:, 0]],
        second=candidates.players[candidates.pairs[:, 1]],
        top_k=top_k,
        features=explainer.features,
        classes=explainer.classes,
        task=explainer.model.task,
        output_space=explainer.output,
        stats=Stats(
            method=label,
            exact=is_exact,
            n_rows=table.n_rows,
            n_rows_given=table.n_rows,
            n_background=len(references.weights),
            n_evaluations=n_evaluations + sum(row.n_evaluations for row in found),
            largest_std_error=None if is_exact else largest,
            refused=explainer.refused,
            warnings=_warnings(len(candidates.players), len(explainer.features)),
            settings=explainer.settings,
            seconds=time.perf_counter() - started,
        ),
    )


def _warnings(n_players: int, n_features: int) -> tuple[str, ...]:
    if n_players == n_features:
        return ()
    return (f"only pairs among the {n_players} most important features were tried",)


def _candidates(explainer: Explainer, table: Table, top_k: int) -> tuple[Candidates, int]:
    """Return the pairs of the most important features, and the model rows it took to find them.

    Of many rows, those whose content has the smallest keys are asked, whatever their order.
    """
    n, d = 2, len(explainer.features)
    while n * (n - 1) // 2 < PAIRS_TRIED_PER_PAIR * top_k:
        n += 1
    if n >= d:
        return Candidates.among(np.arange(d)), 0
    chosen = np.argsort(table.row_keys(), kind="stable")[:MOST_ROWS_SCREENED]
    importance = explainer.explain_global(table.take(chosen).native, include_local=False)
    best = np.argsort(-importance.overall, kind="stable")[:n]
    return Candidates.among(np.sort(best)), importance.stats.n_evaluations


def _interactions_of_row(
    references: References,
    masked: MaskedRows,
    candidates: Candidates,
    budget: int,
    generator: Generator,
) -> RowInteractions:
    players, pairs = candidates
    n_players = masked.count_differing(0)
    weights = np.where(n_players > 1, references.weights, 0.0)
    share, k = float(weights.sum()), references.outputs.shape[1]
    if share == 0:
        return RowInteractions(np.zeros((len(pairs), k)), np.zeros((len(pairs), k)), True, 0)
    rows = np.flatnonzero(weights)
    if n_players.max() <= MOST_PLAYERS_LISTED and (2.0 ** n_players[rows]).sum() <= budget:
        return _listed(references, masked, candidates, rows)
    n_draws = max(LEAST_DRAWS, budget // (2 * (1 + len(players) + len(pairs))))
    times = 2 * (n_draws // (2 * len(rows)))  # an even number: half the draws check the others
    if times:
        drawn, shares = np.tile(rows, times), np.tile(weights[rows], times) / times
    else:
        order = generator.permutation(rows)
        drawn = draw(order, weights[order], n_draws, generator.random())
        shares = np.full(len(drawn), share / len(drawn))
    found = np.zeros((len(drawn), len(pairs), k))
    n_evaluations = 0
    stars = [
        Star.around(differs, candidates, p, generator)
        for differs, p in zip(
            masked.differing(0, drawn), _evenly_spread(len(drawn), generator), strict=True
        )
    ]
    _, outputs = masked.predict(
        0, drawn.tolist(), [star.differs for star in stars], [star.coalitions for star in stars]
    )
    for j, (star, output) in enumerate(zip(stars, outputs, strict=True)):
        found[j, star.at] = star.differences(output)
        n_evaluations += len(output)
    # Of each half of the draws the mean, and of all of them.
    half = np.arange(len(drawn)) // (len(rows) if times else 1) % 2 == 0
    parts = found * shares[:, None, None]
    one, other = (parts[side].sum(axis=0) / shares[side].sum() for side in (half, ~half))
    strata = parts.reshape(times, -1, *parts.shape[1:]) if times else parts[:, None]
    variance = len(strata) * strata.var(axis=0, ddof=1).sum(axis=0)
    return RowInteractions(
        # What both halves agree on: the sign that one has by chance means nothing to the other.
        share * (one * np.sign(other) + other * np.sign(one)) / 2,
        np.sqrt(variance),
        is_exact=False,
        n_evaluations=1 + n_evaluations,
    )


def _evenly_spread(n: int, generator: Generator) -> Floats:
    """Return numbers from 0 to 1, one from each of n equal parts, in random order."""
    return np.asarray((generator.permutation(n) + generator.random(n)) / n, dtype=np.float64)


class Star(NamedTuple):
    """A random coalition and its neighbors, and the complements of all these.

    Attributes
    ----------
    differs : ndarray of bool, shape (number of players,)
        Players in which the reference row differs from the row to explain.
    coalitions : ndarray of bool, shape (2 * (1 + t + q), n)
        Of these n players: the coalition, what it is when one of t players of interest changes
        sides, what it is when one of q pairs does, and the complements.
    at : ndarray of int64, shape (q,)
        Places of the pairs.
    first, second : ndarray of int64, shape (q,)
        Places of a pair's players among the t.
    signs : ndarray of float64, shape (q,)
        1 where both players of a pair are on the same side, else -1.
    """

    differs: Booleans
    coalitions: Booleans
    at: Integers
    first: Integers
    second: Integers
    signs: Floats

    @classmethod
    def around(
        cls, differs: Booleans, candidates: Candidates, p: float, generator: Generator
    ) -> "Star":
        """Draw a coalition that each player joins with probability p."""
        players, pairs = candidates
        members = generator.random(len(differs)) < p
        plays = differs[players]
        at = np.flatnonzero(plays[pairs].all(axis=1))
        place = np.cumsum(plays) - 1
        first, second = place[pairs[at, 0]], place[pairs[at, 1]]
        flips = np.eye(len(differs), dtype=np.bool_)[players[plays]]
        changes = np.concatenate(
            [np.zeros_like(differs)[None], flips, flips[first] ^ flips[second]]
        )
        coalitions = (members ^ changes)[:, differs]
        sides = members[players[pairs[at]]]
        signs = np.where(sides[:, 0] == sides[:, 1], 1.0, -1.0)
        both = np.concatenate([coalitions, ~coalitions])
        return cls(differs, both, at, first, second, signs)

    def differences(self, outputs: Floats) -> Floats:
        """Return the pairs' second differences (q, k), from the coalition and its complement."""
        center, ends = np.split(outputs.reshape(2, -1, outputs.shape[1]), [1], axis=1)
        n_single = ends.shape[1] - len(self.at)
        single, double = np.split(ends, [n_single], axis=1)
        found = center - single[:, self.first] - single[:, self.second] + double
        return np.asarray(self.signs[:, None] * found.mean(axis=0), dtype=np.float64)


def _listed(
    references: References,
    masked: MaskedRows,
    candidates: Candidates,
    rows: Integers,
) -> RowInteractions:
    """Return the interactions from all coalitions with all reference rows."""
    players, pairs = candidates
    k = references.outputs.shape[1]
    total, n_evaluations = np.zeros((len(pairs), k)), 1
    differing = masked.differing(0, rows)
    coalitions = [AllCoalitions(int(differs.sum())).coalitions for differs in differing]
    full, outputs = masked.predict(0, rows.tolist(), list(differing), coalitions)
    for b, differs, output in zip(rows.tolist(), differing, outputs, strict=True):
        n_evaluations += len(output)
        v = np.concatenate([references.outputs[[b]], output, full[None]])
        place = np.cumsum(differs) - 1
        for q, (i, j) in enumerate(players[pairs].tolist()):
            if differs[i] and differs[j]:
                index = _interaction(v, int(place[i]), int(place[j]))
                total[q] += references.weights[b] * index
    return RowInteractions(np.abs(total), np.zeros_like(total), True, n_evaluations)


def _interaction(v: Floats, i: int, j: int) -> Floats:
    """Return the interaction index of two players from the outputs (2**n, k) of all coalitions."""
    n = len(v).bit_length() - 1
    codes = np.arange(len(v))
    without = codes[(codes >> i & 1 == 0) & (codes >> j & 1 == 0)]
    sizes = np.array([code.bit_count() for code in without.tolist()])
    weights = np.array([1 / ((n - 1) * comb(n - 2, size)) for size in range(n - 1)])[sizes]
    one, other = 1 << i, 1 << j
    found = v[without | one | other] - v[without | one] - v[without | other] + v[without]
    return np.asarray(weights @ found, dtype=np.float64)
