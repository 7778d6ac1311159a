"""``pellucid dashboard --model``: the installed program serves, answers, and stops when it is told."""

import json
import signal
import struct
import subprocess

import httpx
import joblib
import numpy as np
import pandas as pd
import pytest
from e2e.test_cli import ENVIRONMENT, PROGRAM, pellucid_says
from sklearn.linear_model import LogisticRegression

from pellucid import TabularExplainer

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(80, 2)), columns=["age", "hours"])
    model = LogisticRegression().fit(rows, np.where(rows["age"] > 0, "rich", "poor"))
    joblib.dump(model, folder / "model.joblib")
    TabularExplainer(model, rows).explain_global(rows).save(folder / "income")
    return folder


def test_serves_answers_and_stops(folder):
    arguments = ["dashboard", "income", "--model", "model.joblib", "--trust", "--no-browser"]
    program = subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        link = program.stdout.readline().strip()
        assert link.startswith("http://127.0.0.1:"), program.stderr.read()
        with httpx.Client(headers={"x-pellucid": "1"}) as client:
            assert client.get(link).is_success
            params = {"row": 3, "changes": {"0": 1.5}}
            answer = client.post(f"{link.split('?')[0]}call/predict", json=params).content
        told = json.loads(answer[4 : 4 + struct.unpack_from("<I", answer)[0]])
        model = joblib.load(folder / "model.joblib")
        random = np.random.default_rng(0)
        row = pd.DataFrame(random.normal(size=(80, 2)), columns=["age", "hours"]).iloc[[3]]
        assert told["predictions"] == model.predict_proba(row.assign(age=1.5))[0].tolist()
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=30)
        assert program.returncode == 0
        assert err == "The link works once. Ctrl-C stops serving.\nstopped\n"
    finally:
        program.kill()
        program.communicate()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--model", "model.joblib"], 4, "say so with --trust"),
        (["--model", "nothing.txt"], 1, "there is no model file"),
        (["--serve", "--no-data"], 2, "write no file"),
        (["--serve", "-o", "x.html"], 2, "write no file"),
        (["--port", "8000"], 2, "--port needs --model or --serve"),
        (["--serve", "--port", "99999"], 2, "65535"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(folder, arguments, code, said):
    done = pellucid_says("dashboard", "income", "--no-open", *arguments, folder=folder)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
