"""Networks start from the same weights, whichever tests ran before."""

import pytest


@pytest.fixture(autouse=True)
def seeded():
    pytest.importorskip("torch").manual_seed(0)
