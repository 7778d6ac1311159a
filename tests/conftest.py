"""What holds for all tests: no example is timed, since machines are slow at times."""

import contextlib
import sys

import pytest
from hypothesis import settings

from pellucid import set_notebook_display

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")

with contextlib.suppress(ImportError):
    from absl import logging as keras_logging

    # Else the stream that pytest captures is closed by whoever configures logging after Keras is loaded.
    keras_logging.get_absl_handler().python_handler.stream = sys.__stderr__


@pytest.fixture
def compact_tables():
    """Results show themselves in notebooks as tables."""
    set_notebook_display("table")
    yield
    set_notebook_display("dashboard")
