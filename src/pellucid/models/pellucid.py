"""Files of models, with what it takes to load them."""

from pellucid.models.keras import from_file

ADAPTERS = {"KerasFile": from_file}
