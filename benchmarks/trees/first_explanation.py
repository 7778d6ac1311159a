"""Explain one row in a fresh process, and print the seconds since the model was loaded.

python benchmarks/trees/first_explanation.py model.joblib rows.npy [background.npy]
"""

import one_thread  # noqa: F401, I001 - before the libraries read how many threads they may use

import sys
import time

import joblib
import numpy as np
import sklearn  # noqa: F401 - imported before the clock starts, like the model's library

# numba imports it where it is installed, as it is for developers alone.
sys.modules["coverage"] = None

model, rows = joblib.load(sys.argv[1]), np.load(sys.argv[2])
background = np.load(sys.argv[3]) if len(sys.argv) > 3 else None
model.predict(rows[:1])

started = time.perf_counter()
from pellucid import TreeExplainer  # noqa: E402 - its import is part of what is measured

TreeExplainer(model, background, show_progress=False).explain_local(rows[0])
print(time.perf_counter() - started)
