"""Import this before anything numerical: one thread each, and the tables of ``benchmarks/trees``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "trees"))

import one_thread  # noqa: F401
