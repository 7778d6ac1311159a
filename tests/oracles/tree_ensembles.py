"""Random small tree ensembles with everything awkward in them, and rows for them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pellucid.models.ensemble import Tree, TreeEnsemble, join_trees

GRID = [-np.inf, -1.0, 0.0, 0.5, 1.0, 2.0, np.inf]
CELLS = [*GRID, np.nan, -2.5, 0.25, 3.0, 33.0, 1e9]


@dataclass
class Game:
    """An ensemble, who its columns belong to, and rows."""

    ensemble: TreeEnsemble
    player: Any
    n_players: int
    rows: Any
    background: Any
    weights: Any


def growing(shape, n_columns, depth, width):
    """Grow a tree by asking ``shape``, an object with draw methods, at every node."""
    nodes: list[dict[str, Any]] = []

    def grow(level):
        node = {"left": -1, "right": -1, "feature": -1, "threshold": 0.0, "missing": False}
        node |= {"categories": None, "value": [0.0] * width}
        nodes.append(node)
        place = len(nodes) - 1
        if level == depth or not shape.splits(level):
            node["value"], node["cover"] = shape.value(width), shape.cover()
            return place
        node["feature"] = shape.column(n_columns)
        node["missing"] = shape.flag()
        node["categories"] = shape.categories()
        node["threshold"] = shape.threshold()
        node["left"], node["right"] = grow(level + 1), grow(level + 1)
        node["cover"] = nodes[node["left"]]["cover"] + nodes[node["right"]]["cover"]
        return place

    grow(0)
    return nodes


def tree_of(nodes, output):
    """The nodes as a ``Tree``."""
    return Tree(
        feature=np.array([node["feature"] for node in nodes]),
        threshold=np.array([node["threshold"] for node in nodes]),
        left=np.array([node["left"] for node in nodes]),
        right=np.array([node["right"] for node in nodes]),
        missing_left=np.array([node["missing"] for node in nodes]),
        cover=np.array([node["cover"] for node in nodes], dtype=float),
        value=np.array([node["value"] for node in nodes], dtype=float),
        categories={i: c for i, node in enumerate(nodes) if (c := node["categories"]) is not None},
        output=output,
    )


class Drawn:
    """Answers from hypothesis."""

    def __init__(self, draw):
        self.draw = draw

    def splits(self, level):
        return self.draw(st.integers(0, 3)) > 0

    def column(self, n):
        return self.draw(st.integers(0, n - 1))

    def flag(self):
        return self.draw(st.booleans())

    def categories(self):
        kind = self.draw(st.integers(0, 3))
        return None if kind else sorted(self.draw(st.sets(st.sampled_from([0, 1, 2, 3, 33]))))

    def threshold(self):
        return self.draw(st.sampled_from(GRID))

    def cover(self):
        return self.draw(st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.5]))

    def value(self, width):
        return [self.draw(st.integers(-8, 8)) / 4 for _ in range(width)]


class Seeded:
    """Answers from a generator, for trees too deep to be drawn; some trees are chains.

    A long chain asks another column at each level, and four of five cells stay on it.
    """

    def __init__(self, seed, *, chain, long=False):
        self.rng = np.random.default_rng(seed)
        self.chain = chain
        self.long = long
        self.levels = set()

    def splits(self, level):
        if not self.chain:
            return self.rng.random() < 0.85
        new = level not in self.levels
        self.levels.add(level)
        return new

    def column(self, n):
        return len(self.levels) - 1 if self.long else int(self.rng.integers(n))

    def flag(self):
        return bool(self.rng.random() < 0.5)

    def categories(self):
        return None

    def threshold(self):
        return float(np.round(self.rng.normal() + (1.3 if self.long else 0.0), 1))

    def cover(self):
        return float(self.rng.integers(0, 6))

    def value(self, width):
        return self.rng.normal(size=width).tolist()


@st.composite
def games(draw, most_columns=5, most_depth=4, links=("identity",)):
    """Games of a few trees over a few columns, some of which share a player."""
    n_columns = draw(st.integers(1, most_columns))
    n_players = draw(st.integers(1, n_columns + 1))
    player = np.array(
        draw(st.lists(st.integers(0, n_players - 1), min_size=n_columns, max_size=n_columns))
    )
    width, n_trees = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    n_outputs = width + draw(st.integers(0, 1))
    shape = Drawn(draw)
    trees = [
        tree_of(
            growing(shape, n_columns, draw(st.integers(0, most_depth)), width),
            draw(st.integers(0, n_outputs - width)),
        )
        for _ in range(n_trees)
    ]
    ensemble = join_trees(
        trees,
        base=np.array([draw(st.integers(-4, 4)) / 2 for _ in range(n_outputs)]),
        n_features=n_columns,
        link=draw(st.sampled_from(links)),
    )

    def some_rows(n):
        cells = st.lists(st.sampled_from(CELLS), min_size=n_columns, max_size=n_columns)
        return np.array([draw(cells) for _ in range(n)])

    n_background = draw(st.integers(1, 4))
    weights = np.array([draw(st.integers(0, 3)) for _ in range(n_background)], dtype=float)
    weights[0] += 1
    return Game(
        ensemble, player, n_players, some_rows(2), some_rows(n_background), weights / weights.sum()
    )


def seeded_game(
    seed, *, n_columns=5, depth=6, n_trees=3, width=1, chain=False, long=False, n_rows=5, m=7
):
    """A game from a seed, with rows on a grid that the thresholds share."""
    shape = Seeded(seed, chain=chain or long, long=long)
    trees = []
    for _ in range(n_trees):
        shape.levels = set()
        trees.append(tree_of(growing(shape, n_columns, depth, width), 0))
    ensemble = join_trees(trees, base=np.full(width, 0.25), n_features=n_columns)
    weights = shape.rng.random(m)
    return Game(
        ensemble,
        np.arange(n_columns),
        n_columns,
        np.round(shape.rng.normal(size=(n_rows, n_columns)), 1),
        np.round(shape.rng.normal(size=(m, n_columns)), 1),
        weights / weights.sum(),
    )
