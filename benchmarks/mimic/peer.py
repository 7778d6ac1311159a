"""interpret-community's MimicExplainer, in an environment of its own; started by ``compare.py``.

Reads one JSON object per line: paths of the teacher and the rows, and which surrogate. Answers with
CPU seconds, and leaves what the surrogate predicts for the rows in a file.
"""

import json
import os
import sys
import time
import warnings

warnings.simplefilter("ignore")
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the peer prints bars

import numpy as np  # noqa: E402
from interpret_community.mimic.mimic_explainer import MimicExplainer  # noqa: E402
from interpret_community.mimic.models.lightgbm_model import LGBMExplainableModel  # noqa: E402
from interpret_community.mimic.models.linear_model import LinearExplainableModel  # noqa: E402
from ml_wrappers import DatasetWrapper  # noqa: E402
from teachers import load  # noqa: E402

KINDS = {"lightgbm": LGBMExplainableModel, "linear": LinearExplainableModel}


def predictions(explainer, rows, n_classes):
    """Return what the surrogate predicts, in the teacher's outputs (n, k)."""
    wrapped = DatasetWrapper(rows)
    if explainer._one_hot_encoder:
        wrapped.apply_one_hot_encoder(explainer._one_hot_encoder)
    surrogate = explainer.surrogate_model
    if n_classes > 2:
        return np.asarray(surrogate.predict_proba(wrapped.dataset), dtype=float)
    found = np.asarray(surrogate.predict(wrapped.dataset), dtype=float).reshape(-1, 1)
    if n_classes == 0:
        return found
    second = 1.0 / (1.0 + np.exp(-found))  # it learns log-odds of the second class
    return np.hstack([1.0 - second, second])


def explained(question):
    teacher = load(question["teacher"])
    with np.load(question["rows"]) as rows:
        taught, explained_rows = rows["taught"], rows["explained"]
    arguments = {"n_jobs": 1} if question["surrogate"] == "lightgbm" else {}
    options = {"classes": list(range(teacher.classes))} if teacher.classes else {}
    started = time.process_time()
    explainer = MimicExplainer(
        teacher,
        taught,
        KINDS[question["surrogate"]],
        explainable_model_args=arguments,
        categorical_features=question["categorical"],
        **options,
    )
    built = time.process_time()
    explanation = explainer.explain_global(explained_rows)
    done = time.process_time()
    predicted = predictions(explainer, explained_rows, teacher.classes)
    values = np.asarray(explanation.local_importance_values)
    np.savez(question["answer"], predicted=predicted, values=values)
    return {"build": built - started, "explain": done - built, "asked": teacher.n_asked}


for line in sys.stdin:
    try:
        answer = explained(json.loads(line))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the table shows
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    ANSWERS.write(json.dumps(answer) + "\n")
    ANSWERS.flush()
