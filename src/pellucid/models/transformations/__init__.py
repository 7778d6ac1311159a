"""What users hand over as ``transformations``: one file for each package that has a way of its own.

The name of a file is its registration, as for models. It holds a table ``ADAPTERS`` from class name
to a function ``(transformations, *, names) → ColumnPairs``. Whatever is in no table is a transformer
of scikit-learn's kind.
"""
