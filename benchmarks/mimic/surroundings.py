"""Import this before anything numerical: one thread each, and what the other folders share."""

import sys
from pathlib import Path

for _folder in ("trees", "black_box"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))

import one_thread  # noqa: E402, F401
