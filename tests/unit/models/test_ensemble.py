from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.tree_walk import tree_sums

from pellucid._core.errors import ModelError
from pellucid.models.ensemble import Tree, TreeEnsemble, check_structure, join_trees

D = 3


def make_tree(depth=2, seed=0, *, width=1, output=0):
    """A full tree of random splits, every third node categorical."""
    rng = np.random.default_rng(seed)
    n_inner = 2**depth - 1
    n = 2 * n_inner + 1
    inner = np.arange(n) < n_inner
    children = 2 * np.arange(n)
    return Tree(
        feature=np.where(inner, rng.integers(0, D, n), -1),
        threshold=rng.normal(size=n),
        left=children + 1,
        right=children + 2,
        missing_left=rng.random(n) < 0.5,
        cover=rng.random(n),
        value=rng.normal(size=(n, width)),
        categories={j: [0, 2, 33] for j in range(0, n_inner, 3)},
        output=output,
    )


def join(*trees, base=1):
    return join_trees(trees, base=np.zeros(base), n_features=D)


def walk(tree, row):
    """The value of the leaf that a row reaches, by the tree's own node numbers."""
    node = 0
    while tree.feature[node] >= 0:
        value = row[tree.feature[node]]
        if np.isnan(value):
            left = tree.missing_left[node]
        elif node in tree.categories:
            left = 0 <= value < 64 and int(value) in tree.categories[node]
        else:
            left = value <= tree.threshold[node]
        node = tree.left[node] if left else tree.right[node]
    return tree.value[node]


def shuffled(tree, seed):
    """The same tree under other node numbers; the root stays first."""
    rng = np.random.default_rng(seed)
    order = np.concatenate([[0], 1 + rng.permutation(len(tree.feature) - 1)])
    number = np.argsort(order)
    inner = tree.feature[order] >= 0
    return replace(
        tree,
        feature=tree.feature[order],
        threshold=tree.threshold[order],
        left=np.where(inner, number[np.where(inner, tree.left[order], 0)], -1),
        right=np.where(inner, number[np.where(inner, tree.right[order], 0)], -1),
        missing_left=tree.missing_left[order],
        cover=tree.cover[order],
        value=tree.value[order],
        categories={int(number[j]): found for j, found in tree.categories.items()},
    )


cells = st.one_of(
    st.floats(-3, 3), st.just(np.nan), st.sampled_from([0.0, 2.0, 2.5, 33.0, 64.0, -1.0, np.inf])
)
rows = st.lists(st.lists(cells, min_size=D, max_size=D), min_size=1, max_size=8)


@given(rows, st.integers(0, 4), st.integers(0, 100), st.booleans())
def test_joined_trees_send_rows_where_the_trees_do(rows, depth, seed, shuffle):
    first, second = make_tree(depth, seed), make_tree(2, seed + 1)
    given_first = shuffled(first, seed) if shuffle else first
    ensemble = join(given_first, second)
    expected = [walk(first, row) + walk(second, row) for row in rows]
    np.testing.assert_array_equal(tree_sums(ensemble, rows), expected)


@given(st.integers(0, 100))
def test_children_come_after_their_parents_in_any_numbering(seed):
    arrays = join(make_tree(), shuffled(make_tree(4), seed)).arrays
    inner = np.flatnonzero(arrays.feature >= 0)
    assert (arrays.left[inner] > inner).all()
    assert (arrays.right[inner] > inner).all()


def test_leaves_hold_nothing_but_values_and_nodes_none():
    arrays = join(make_tree()).arrays
    leaf = arrays.feature < 0
    for name in ("threshold", "missing_left", "category_size"):
        assert (getattr(arrays, name)[leaf] == 0).all()
    assert (arrays.left[leaf] == -1).all()
    assert (arrays.value[~leaf] == 0).all()


def test_arrays_can_cross_into_kernels():
    for array in join(make_tree(), make_tree(0)).arrays:
        assert array.flags.c_contiguous
        assert array.flags.writeable


def test_trees_add_to_their_outputs():
    ensemble = join(make_tree(seed=1), make_tree(seed=2, output=2), base=3)
    row = [0.1, 0.2, np.nan]
    (found,) = tree_sums(ensemble, [row])
    expected = [walk(make_tree(seed=1), row)[0], 0.0, walk(make_tree(seed=2), row)[0]]
    np.testing.assert_array_equal(found, expected)


def test_an_empty_set_of_categories_sends_all_right():
    tree = replace(make_tree(1), categories={0: []})
    ensemble = join(tree)
    assert ensemble.arrays.category_size[0] == 1
    np.testing.assert_array_equal(tree_sums(ensemble, [[0.0] * D]), [tree.value[2]])


def test_single_leaves_and_no_trees():
    leaf = make_tree(0)
    assert join(leaf, leaf).n_trees == 2
    empty = join()
    assert (empty.n_trees, empty.n_outputs) == (0, 1)
    assert len(empty.arrays.category_words) == 1


def test_the_base_is_copied():
    base = np.zeros(1)
    ensemble = join_trees([make_tree()], base=base, n_features=D)
    base[0] = 7
    assert ensemble.base[0] == 0


# -- what is no ensemble ---------------------------------------------------------------------------


def changed(name, position, value):
    """An ensemble of two trees with one entry of one array changed."""
    ensemble = join(make_tree(), make_tree())
    array = getattr(ensemble.arrays, name).copy()
    array[position] = value
    return replace(ensemble, arrays=ensemble.arrays._replace(**{name: array}))


@pytest.mark.parametrize(
    ("name", "position", "value", "message"),
    [
        ("left", 1, 100, "tree 0, node 1 has a left child outside its tree"),
        ("left", 1, 8, "tree 0, node 1 has a left child outside its tree"),
        ("left", 1, 1, "tree 0, node 1 has a left child that is not behind it"),
        ("right", 1, 0, "tree 0, node 1 has a right child that is not behind it"),
        ("right", 8, -1, "tree 1, node 1 has a right child that is not behind it"),
        ("left", 1, 5, "tree 0, node 5 has more than one parent"),
        ("left", 3, 4, "tree 0, node 3 is a leaf with a left child"),
        ("right", 3, 0, "tree 0, node 3 is a leaf with a right child"),
        ("feature", 9, 3, "tree 1, node 2 asks a feature that is not among the 3"),
        ("feature", 9, -2, "is a leaf with a left child"),
        ("feature", 3, -2, "tree 0, node 3 asks a feature that is not among the 3"),
        ("feature", 3, 1, "tree 0, node 3 has a left child that is not behind it"),
        ("feature", 1, -1, "tree 0, node 1 is a leaf with a left child"),
        ("threshold", 1, np.nan, "tree 0, node 1 has a threshold that is NaN"),
        ("missing_left", 1, 2, "sends missing values neither left nor right"),
        ("category_start", 0, -1, "has a set of categories outside the words"),
        ("category_start", 0, 2**31 - 1, "has a set of categories outside the words"),
        ("category_size", 0, 100, "has a set of categories outside the words"),
        ("category_size", 0, -1, "has a set of categories outside the words"),
        ("category_size", 3, 1, "tree 0, node 3 is a leaf with a set of categories"),
        ("cover", 2, -1.0, "tree 0, node 2 has a cover that is negative or not finite"),
        ("cover", 2, np.inf, "has a cover that is negative or not finite"),
        ("cover", 2, np.nan, "has a cover that is negative or not finite"),
        ("value", (3, 0), np.nan, "tree 0, node 3 has a value that is not finite"),
        ("value", (3, 0), -np.inf, "has a value that is not finite"),
        ("tree_output", 1, 1, "tree 1 adds 1 values to outputs that are not among the 1"),
        ("tree_output", 0, -1, "tree 0 adds 1 values to outputs that are not among the 1"),
        ("tree_start", 0, 1, "tree_start does not divide the 14 nodes into trees"),
        ("tree_start", 1, 0, "tree_start does not divide the 14 nodes into trees"),
        ("tree_start", 1, 20, "tree_start does not divide the 14 nodes into trees"),
        ("tree_start", 2, 13, "tree_start does not divide the 14 nodes into trees"),
        ("tree_start", 1, 6, "has a .* child|no parent"),
    ],
)
def test_a_changed_entry_is_found(name, position, value, message):
    with pytest.raises(ModelError, match=message):
        check_structure(changed(name, position, value))


@given(st.data())
def test_whatever_passes_can_be_walked(data):
    """Any change either is found, or leaves an ensemble that every row can walk to its leaves."""
    ensemble = join(make_tree(), make_tree())
    name = data.draw(st.sampled_from(["left", "right", "feature", "category_size", "tree_start"]))
    array = getattr(ensemble.arrays, name)
    position = data.draw(st.integers(0, len(array) - 1))
    damaged = changed(name, position, data.draw(st.integers(-3, 20)))
    try:
        check_structure(damaged)
    except ModelError:
        return
    for row in ([0.0] * D, [np.nan] * D, [1e9] * D, [-5.0] * D):
        assert np.isfinite(tree_sums(damaged, [row])).all()


def test_infinite_thresholds_are_allowed():
    check_structure(changed("threshold", 0, np.inf))
    check_structure(changed("threshold", 0, -np.inf))


def test_other_dtypes_and_lengths_are_found():
    ensemble = join(make_tree())
    for name, array in ensemble.arrays._asdict().items():
        for wrong in (array.astype(np.float16), array[None], array[:-1]):
            if name == "category_words" and wrong.dtype == array.dtype and wrong.ndim == 1:
                continue
            damaged = replace(ensemble, arrays=ensemble.arrays._replace(**{name: wrong}))
            with pytest.raises(ModelError):
                check_structure(damaged)


def test_a_base_that_is_not_finite_is_found():
    ensemble = join(make_tree())
    with pytest.raises(ModelError, match="base"):
        check_structure(replace(ensemble, base=np.array([np.nan])))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": [1, 0, -1]}, None),
        ({"left": [3, -1, -1]}, "tree 0 has a child outside its 3 nodes"),
        ({"left": [-1, -1, -1]}, "tree 0 has a child outside its 3 nodes"),
        ({"left": [2, -1, -1]}, "node 2 has more than one parent"),
        ({"left": [0, -1, -1]}, "tree 0 has a node with more than one parent"),
        ({"categories": {0: [3, -1]}}, "tree 0 has the negative category -1 at node 0"),
    ],
)
def test_trees_that_are_none_are_refused(change, message):
    change = {key: np.array(v) if key == "left" else v for key, v in change.items()}
    tree = replace(make_tree(1), categories={}) if "categories" not in change else make_tree(1)
    tree = replace(tree, **change)
    if message is None:
        join(tree)  # what a leaf calls its children is ignored
        return
    with pytest.raises(ModelError, match=message):
        join(tree)


def test_nodes_that_nothing_leads_to_are_refused():
    tree = make_tree(2)
    feature = tree.feature.copy()
    feature[2] = -1
    with pytest.raises(ModelError, match="node 5 has no parent"):
        join(replace(tree, feature=feature))
    late_root_child = replace(
        tree,
        feature=np.array([0, -1, -1, 0, 0, -1, -1]),
        left=np.array([1, -1, -1, 1, 5, -1, -1]),
        right=np.array([2, -1, -1, 2, 6, -1, -1]),
        categories={},
    )
    with pytest.raises(ModelError, match="tree 0 has nodes that its root does not lead to"):
        join(late_root_child)


def test_leaves_of_different_widths_are_refused():
    with pytest.raises(ModelError, match="different trees"):
        join(make_tree(width=1), make_tree(width=2), base=2)


def test_ensembles_know_their_size():
    ensemble = join(make_tree(width=2), make_tree(width=2), base=2)
    assert isinstance(ensemble, TreeEnsemble)
    assert (ensemble.n_trees, ensemble.n_outputs) == (2, 2)
