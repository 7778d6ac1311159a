"""A stand-in for sklearn-pandas's ``DataFrameMapper``, whose last version needs an older scikit-learn.

It has the real one's name, module, parameters and attributes as far as they are read, and does what
its documentation says: a column named alone is handed on in one dimension, a list in two. Where the
real package can be imported, tests take that one as well.
"""

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline


class DataFrameMapper(TransformerMixin, BaseEstimator):
    def __init__(
        self,
        features,
        default=False,  # noqa: FBT002
        sparse=False,  # noqa: FBT002
        input_df=False,  # noqa: FBT002
        drop_cols=None,
    ):
        self.features = features
        self.default = default
        self.sparse = sparse
        self.input_df = input_df
        self.drop_cols = drop_cols

    def fit(self, X, y=None):
        self.built_features = [
            (columns, _one(transformer), options[0] if options else {})
            for columns, transformer, *options in self.features
        ]
        self.built_default = self.default
        for taken, transformer in self._parts(X):
            if transformer is not None:
                transformer.fit(taken)
        return self

    def transform(self, X):
        blocks = []
        for taken, transformer in self._parts(X):
            made = taken if transformer is None else transformer.transform(taken)
            is_flat = not sp.issparse(made) and np.ndim(made) == 1
            blocks.append(np.reshape(made, (-1, 1)) if is_flat else made)
        if not any(sp.issparse(block) for block in blocks):
            return np.hstack(blocks)
        whole = sp.hstack(blocks).tocsr()
        return whole if self.sparse else whole.toarray()

    def _parts(self, X):
        named = []
        for columns, transformer, options in self.built_features:
            named += [columns] if isinstance(columns, str) else columns
            taken = X[columns]
            as_frame = options.get("input_df", self.input_df)
            yield (taken if as_frame else taken.values), transformer
        if self.built_default is not False:
            others = [c for c in X if c not in named and c not in (self.drop_cols or [])]
            yield (X[others] if self.input_df else X[others].values), self.built_default


def _one(transformer):
    return make_pipeline(*transformer) if isinstance(transformer, list) else transformer


DataFrameMapper.__module__ = "sklearn_pandas.dataframe_mapper"


def known_mappers():
    """The stand-in, and the real class where it can be imported."""
    try:
        from sklearn_pandas import DataFrameMapper as Real
    except ImportError:
        return {"stand-in": DataFrameMapper}
    return {"stand-in": DataFrameMapper, "sklearn-pandas": Real}
