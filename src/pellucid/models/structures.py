"""The shapes of model that can be looked into: trees, linear and additive forms, and networks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid._core.typing import Floats, Integers, OutputSpace
from pellucid.data.feature_map import FeatureMap
from pellucid.data.table import Table
from pellucid.models.ensemble import TreeEnsemble


@dataclass(frozen=True, eq=False)
class TreeStructure:
    """A model whose output is a sum of trees.

    Attributes
    ----------
    ensemble : TreeEnsemble
        The trees; a binary classifier's margin is one output here and becomes two, -m and m, when
        it is explained.
    encode : callable
        From a table to the C-contiguous float64 matrix (n, e) that the trees ask: categories as
        codes, float32 models' values rounded to float32, missing values as NaN. Picklable.
    players : FeatureMap
        Which raw column each encoded column comes from.
    space : {"raw", "probability", "value"}
        The output space in which the trees add up.
    """

    ensemble: TreeEnsemble
    encode: Callable[[Table], Floats]
    players: FeatureMap
    space: OutputSpace


@dataclass(frozen=True, eq=False)
class LinearStructure:
    """A model whose output is ``encoded @ coefficients.T + intercept``.

    Attributes
    ----------
    coefficients : ndarray of float64, shape (k, e)
        One row per output: a binary classifier has two, -w and w.
    intercept : ndarray of float64, shape (k,)
    encode : callable
        From a table to the float64 matrix (n, e): dense, or CSR where the model takes it sparse.
        Picklable.
    players : FeatureMap
        Which raw column each encoded column comes from.
    space : {"raw", "probability", "value"}
        The output space in which the model is linear.
    """

    coefficients: Floats
    intercept: Floats
    encode: Callable[[Table], Any]
    players: FeatureMap
    space: OutputSpace


@dataclass(frozen=True, eq=False)
class AdditiveTerm:
    """A function of one or two coded columns, as a table.

    Attributes
    ----------
    columns : tuple of int
        The coded columns, one or two.
    scores : ndarray of float64, shape (c, k) or (c, c', k)
        What the term adds to each output, for each code.
    """

    columns: tuple[int, ...]
    scores: Floats


@dataclass(frozen=True, eq=False)
class AdditiveStructure:
    """A model whose output is a sum of functions of one or two columns.

    Attributes
    ----------
    terms : tuple of AdditiveTerm
    intercept : ndarray of float64, shape (k,)
    encode : callable
        From a table to the codes (n, e), whole numbers from 0 upward. Picklable.
    players : FeatureMap
        Which raw column each coded column comes from; one may come in several codings.
    space : {"raw", "probability", "value"}
        The output space in which the terms add up.
    """

    terms: tuple[AdditiveTerm, ...]
    intercept: Floats
    encode: Callable[[Table], Integers]
    players: FeatureMap
    space: OutputSpace


@dataclass(frozen=True, eq=False)
class NetworkStructure:
    """A model whose output is ``network(encoded) @ coefficients.T + intercept``.

    Attributes
    ----------
    network : object
        The network, as the file of its library knows it.
    encode : callable
        From a table to the network's tensors (n, …), whose cells are e numbers per row. Picklable.
    players : FeatureMap
        Which raw column each encoded cell comes from.
    coefficients : ndarray of float64, shape (k, c)
        From the network's own c outputs to the model's k: a binary classifier may have a single
        one, which counts for the second class and against the first.
    intercept : ndarray of float64, shape (k,)
    library : {"torch", "tensorflow"}
        Whose tensors they are: explainers have a folder for each.
    """

    network: Any
    encode: Callable[[Table], tuple[Any, ...]]
    players: FeatureMap
    coefficients: Floats
    intercept: Floats
    library: str = "torch"
