"""All kernels applied to one game."""

from itertools import pairwise

import numpy as np

from pellucid.kernels.differing import (
    count_differing,
    count_differing_sparse,
    mark_differing,
    mark_differing_sparse,
)
from pellucid.kernels.least_squares import products, scores
from pellucid.kernels.masked_rows import (
    Games,
    SparseRows,
    room_for_cells,
    write_origins,
    write_rows,
    write_sparse_rows,
)
from pellucid.kernels.tree_codes import code_trees, encode_rows
from pellucid.kernels.tree_interactions import path_dependent_interactions
from pellucid.kernels.tree_interactions_interventional import interventional_interactions
from pellucid.kernels.tree_leaf_lists import list_weights
from pellucid.kernels.tree_leaf_tables import filled_rules
from pellucid.kernels.tree_linked import linked_values, loss_values
from pellucid.kernels.tree_look_up import add_from_tables, room_for_sums
from pellucid.kernels.tree_look_up_rows import add_few_from_tables
from pellucid.kernels.tree_pair_slots import pair_slots
from pellucid.kernels.tree_pairs import add_pairs, background_words, counted_nodes, pair_costs
from pellucid.kernels.tree_path_dependent import path_dependent_base, path_dependent_values
from pellucid.kernels.tree_path_nodes import list_nodes
from pellucid.kernels.tree_path_rows import path_dependent_values_of_few
from pellucid.kernels.tree_paths import describe_paths
from pellucid.kernels.tree_piece_lists import list_pieces
from pellucid.kernels.tree_pieces import cut_into_pieces
from pellucid.kernels.tree_predict import node_records, predict_few, predict_sums
from pellucid.kernels.tree_program import build_program
from pellucid.kernels.tree_ready_lines import room_for_lines, write_lines_out
from pellucid.kernels.tree_slopes import apply_link, apply_loss
from pellucid.kernels.tree_tables import build_tables
from pellucid.kernels.tree_tops import find_tops


def values_by_tables(game, n_rows, *, n_chunks=2):
    """The values by tables alone, cut as they would be for ``n_rows`` rows."""
    arrays, weights = game.ensemble.arrays, game.weights
    trees, coding = code_trees(arrays, game.player)
    paths = describe_paths(arrays, game.player)
    codes, background = encode_rows(coding, game.rows), encode_rows(coding, game.background)
    pieces = cut_into_pieces(trees, paths, n_rows, len(weights))
    n_rows, n_outputs = len(game.rows), game.ensemble.n_outputs
    sums = room_for_sums(1, game.n_players * n_outputs, n_rows)[0]
    sums[:] = 0.0
    edges = np.linspace(0, len(pieces.root), n_chunks + 1).astype(int).tolist()
    for first, end in pairwise(edges):
        if first == end:
            continue
        chunk = (trees, paths, pieces, first, end)
        entries = np.full(pieces.start[end] - pieces.start[first], np.nan)
        build_tables(*chunk, background, weights, filled_rules(), entries)
        add_from_tables(*chunk, entries, list_weights(), codes, 0, n_rows, n_outputs, sums)
    return sums[:-1, :n_rows].T.reshape(n_rows, game.n_players, n_outputs)


def values_of_few_by_tables(game, n_rows, chosen=None, *, most=10**6, n_ready=0):
    """The values of one row after the other, by tables of the chosen trees, of all of them.

    There is room for ``most`` lines, and ``n_ready`` or some more are written out.
    """
    arrays, weights = game.ensemble.arrays, game.weights
    trees, coding = code_trees(arrays, game.player)
    paths = describe_paths(arrays, game.player)
    is_tabled = np.isin(np.arange(len(trees.tree_output)), chosen)
    pieces = cut_into_pieces(trees, paths, n_rows, len(weights))
    entries, n_pieces = np.full(pieces.start[-1], np.nan), len(pieces.root)
    if n_pieces:
        background = encode_rows(coding, game.background)
        build_tables(
            trees, paths, pieces, 0, n_pieces, background, weights, filled_rules(), entries
        )
    values = np.zeros((len(game.rows), game.n_players, game.ensemble.n_outputs, 1))
    is_tabled = is_tabled if chosen is not None else is_tabled == 0
    lists = list_pieces(trees, paths, pieces, is_tabled, entries, values.shape[1:3])
    ready = room_for_lines(lists, most)
    ready.shares[:] = np.nan
    _, n_written = write_lines_out(lists, ready, entries, 0, 0, n_ready)
    add_few_from_tables(
        trees,
        paths,
        pieces,
        lists,
        ready,
        n_written,
        entries,
        list_weights(),
        encode_rows(coding, game.rows),
        values,
    )
    return values[..., 0]


def values_by_pairs(game):
    """The values by pair walks alone."""
    trees, coding = code_trees(game.ensemble.arrays, game.player)
    paths = describe_paths(game.ensemble.arrays, game.player)
    words = background_words(trees, encode_rows(coding, game.background), game.weights)
    chosen, counted = np.arange(len(trees.tree_output)), np.ones(len(trees.column), dtype=bool)
    values = np.zeros((len(game.rows), game.n_players, game.ensemble.n_outputs))
    add_pairs(trees, paths, chosen, counted, encode_rows(coding, game.rows), words, values)
    return values


def results(game):
    """What each kernel makes of the game, by name."""
    trees, base, player = game.ensemble.arrays, game.ensemble.base, game.player
    rows, background, weights = game.rows, game.background, game.weights
    sizes = {"n_players": game.n_players, "n_outputs": len(base)}
    paths = describe_paths(trees, player)
    coded, coding = code_trees(trees, player)
    program, codes = build_program(coded, paths), encode_rows(coding, rows)
    background_codes = encode_rows(coding, background)
    words = background_words(coded, background_codes, weights)
    found = {
        "sums": predict_sums(coded, node_records(coded), find_tops(coded), base, codes, len(rows)),
        "sums, row by row": predict_few(coded, node_records(coded), base, codes, len(rows)),
        "path-dependent": path_dependent_values(program, codes, n_rows=len(rows), **sizes),
        "path-dependent, row by row": path_dependent_values_of_few(
            list_nodes(coded, paths, program), codes, n_rows=len(rows), **sizes
        ),
        "path-dependent base": path_dependent_base(coded, paths, base),
        "listed leaves": values_by_tables(game, 1),
        "packed leaves": values_by_tables(game, 1000),
        "tables": values_by_tables(game, 10**7),
        "listed leaves, row by row": values_of_few_by_tables(game, 1),
        "packed leaves, row by row": values_of_few_by_tables(game, 1000),
        "tables, row by row": values_of_few_by_tables(game, 10**7),
        "lines of packed leaves": values_of_few_by_tables(game, 1000, n_ready=10**6),
        "lines of tables": values_of_few_by_tables(game, 10**7, n_ready=10**6),
        "counted nodes": counted_nodes(coded, np.arange(len(trees.feature)) % 3 == 0),
        "pairs": values_by_pairs(game),
        "cost of pairs": pair_costs(coded, paths, len(background)),
    }
    slots = pair_slots(coded, paths, game.n_players)
    found["interactions"], found["values beside them"] = path_dependent_interactions(
        coded, paths, slots, codes, **sizes
    )
    found["interventional interactions"], _ = interventional_interactions(
        coded, paths, slots, codes, len(rows), background_codes, weights, **sizes
    )
    sums, background_sums = (
        found["sums"],
        predict_sums(
            coded, node_records(coded), find_tops(coded), base, background_codes, len(background)
        ),
    )
    labels = np.arange(len(rows)) % 2 * 1.0
    classes = labels % len(base)  # of an output for each class, of which there may be one only
    pairs = (words, background_sums)
    for link in ("logistic", "exponential", "softmax"):
        found[link] = linked_values(
            coded, paths, codes, sums, *pairs, link=link, n_players=game.n_players
        )
        found[f"{link} of sums"] = apply_link(sums, link)
    found["softmax loss"] = loss_values(
        coded, paths, codes, sums, classes, *pairs, loss="softmax", n_players=game.n_players
    )
    for loss in ("logistic", "squared", "softmax", "probability"):
        by_class = loss in {"softmax", "probability"}
        of_loss, truth = (sums, classes) if by_class else (sums[:, :1].copy(), labels)
        found[f"{loss} loss of sums"] = apply_loss(of_loss, truth, loss)
    design, outputs = np.ascontiguousarray(background), background_sums
    found["products"], found["moments"] = products(design, outputs)
    found["scores"], found["left"] = scores(
        design, outputs, np.eye(design.shape[1]), found["moments"]
    )
    return found | of_masked_rows(game)


def of_masked_rows(game):
    """What kernels make of each row of the background with the first row, two players at a time."""
    references, own, m = game.background.view(np.int64), game.rows[0].view(np.int64), 3
    games = Games(
        reference=np.arange(-1, m),
        first_row=np.array([0, 1, 3, 5, 7]),
        first_player=np.array([0, 1, 3, 5, 7]),
        player=np.array([0, 0, 1, 0, 1, 0, 1]),
        first_member=np.array([0, 1, 5, 9, 13]),
        member=np.array([0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1], dtype=np.int8),
    )
    player_of = np.arange(len(own)) % 2
    rows, origins = np.zeros((7, len(own)), np.int64), np.zeros((len(own), 7), np.int64)
    write_rows(references, own, games, player_of, 0, rows)
    write_origins(games, m, player_of, 0, origins)
    stored = [SparseRows(*sparse(words)) for words in (references, own[None])]
    into = SparseRows(np.zeros(8, np.int64), *np.zeros((2, 7 * 2 * len(own) + 1), np.int64))
    into = into._replace(column=into.column.astype(np.int32))
    merged = room_for_cells(2 * len(own), np.int64)
    write_sparse_rows(*stored, games, player_of, merged, 0, into)
    n_stored = into.start[-1]
    words, own_words = references.view(np.uint64), own.view(np.uint64)
    sparse_words = (*stored[0][:2], stored[0].word.view(np.uint64))
    columns = np.flatnonzero(own).astype(np.int32)
    counts, marks = np.zeros((2, len(words)), np.int64), np.zeros((2, m, 2), np.bool_)
    count_differing(words, own_words, player_of, counts[0])
    count_differing_sparse(*sparse_words, own_words, columns, player_of, counts[1])
    mark_differing(words, np.arange(m), own_words, player_of, marks[0])
    mark_differing_sparse(*sparse_words, np.arange(m), own_words, columns, player_of, marks[1])
    return {
        "masked rows": rows,
        "origins": origins,
        "masked sparse rows": into.word[:n_stored],
        "their columns": into.column[:n_stored],
        "their starts": into.start,
        "differing players": counts,
        "marks of these": marks,
    }


def sparse(words):
    rows, columns = np.nonzero(words)
    start = np.searchsorted(rows, np.arange(len(words) + 1))
    return start, columns.astype(np.int32), words[rows, columns]
