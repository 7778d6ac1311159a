"""Transformers of scikit-learn that mix columns, and whose credit each of theirs is by convention.

No convention makes values of mixed columns exact for the raw ones; it is used only where values of
engineered columns are folded. Each transformer shares credit out by what it reports of itself:
loadings by absolute value, powers by exponents, clusters and hashes evenly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.cluster import FeatureAgglomeration
from sklearn.cross_decomposition import CCA, PLSCanonical, PLSRegression
from sklearn.decomposition import (
    NMF,
    PCA,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    KernelPCA,
    LatentDirichletAllocation,
    MiniBatchNMF,
    MiniBatchSparsePCA,
    SparsePCA,
    TruncatedSVD,
)
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomTreesEmbedding
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.impute import KNNImputer
from sklearn.impute._iterative import IterativeImputer  # public once the user has enabled it
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.preprocessing import KernelCenterer, Normalizer, PolynomialFeatures
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from pellucid.models.sklearn.separate_columns import with_indicator

# From a transformer and the number of columns it takes to the weight (d, e) of each of them in each
# of its own columns.
Mixer = Callable[[Any, int], Any]


def _loadings(transformer: Any, _n: int) -> Any:
    return transformer.components_.T


def _rotations(transformer: Any, _n: int) -> Any:
    return transformer.x_rotations_


def _discriminants(transformer: Any, _n: int) -> Any:
    return transformer.scalings_[:, : transformer._max_components]  # noqa: SLF001 - of transform


def _exponents(transformer: Any, _n: int) -> Any:
    return transformer.powers_.T


def _clusters(transformer: Any, _n: int) -> Any:
    return transformer.labels_[:, None] == np.arange(transformer.n_clusters_)


def _hashes(transformer: Any, n: int) -> Any:
    return np.ones((n, transformer.n_features))


def _evenly(transformer: Any, n: int) -> Any:
    return np.ones((n, len(transformer.get_feature_names_out())))


def _rescaled(_transformer: Any, n: int) -> Any:
    """Credit each cell to its own column, though it is changed by the others of its row."""
    return np.eye(n)


def _filled(transformer: Any, n: int) -> Any:
    """Credit each column to itself, though its missing cells are filled by the others."""
    filled = np.arange(n)
    if not transformer.keep_empty_features:
        filled = np.flatnonzero(~_empty(transformer))
    columns = with_indicator(filled, transformer)
    return sp.csr_array(
        (np.ones(len(columns)), (columns, np.arange(len(columns)))), (n, len(columns))
    )


def _empty(imputer: Any) -> Any:
    if isinstance(imputer, KNNImputer):
        return ~imputer._valid_mask  # noqa: SLF001 - reported nowhere else
    return np.array([value != value for value in imputer.initial_imputer_.statistics_])  # noqa: PLR0124


MIXED: dict[type, Mixer] = {
    CCA: _rotations,
    FactorAnalysis: _loadings,
    FastICA: _loadings,
    FeatureAgglomeration: _clusters,
    FeatureHasher: _hashes,
    GaussianRandomProjection: _loadings,
    IncrementalPCA: _loadings,
    IterativeImputer: _filled,
    KNNImputer: _filled,
    KernelCenterer: _rescaled,
    KernelPCA: _evenly,
    LatentDirichletAllocation: _loadings,
    LinearDiscriminantAnalysis: _discriminants,
    MiniBatchNMF: _loadings,
    MiniBatchSparsePCA: _loadings,
    NMF: _loadings,
    Normalizer: _rescaled,
    Nystroem: _evenly,
    PCA: _loadings,
    PLSCanonical: _rotations,
    PLSRegression: _rotations,
    PolynomialFeatures: _exponents,
    RBFSampler: _evenly,
    RandomTreesEmbedding: _evenly,
    SparsePCA: _loadings,
    SparseRandomProjection: _loadings,
    TfidfTransformer: _rescaled,
    TruncatedSVD: _loadings,
}
