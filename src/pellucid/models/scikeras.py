"""scikeras: Keras models with scikit-learn's verbs."""

from pellucid.models.keras import from_wrapper

ADAPTERS = {"BaseWrapper": from_wrapper}
