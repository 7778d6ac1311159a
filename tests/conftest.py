"""What holds for all tests: no example is timed, since machines are slow at times."""

import pytest
from hypothesis import settings

from pellucid import set_notebook_display

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def compact_tables():
    """Results show themselves in notebooks as tables."""
    set_notebook_display("table")
    yield
    set_notebook_display("dashboard")
