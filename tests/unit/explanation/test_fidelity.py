import json
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score

from pellucid.explanation.fidelity import measure_fidelity, r_squared
from pellucid.explanation.stats import Stats

rng = np.random.default_rng(5)
TEACHER = rng.dirichlet(np.ones(3), size=80)
STUDENT = TEACHER + 0.1 * rng.normal(size=TEACHER.shape)


def measured(**options):
    return measure_fidelity("tree", TEACHER, STUDENT, classes=["a", "b", "c"], **options)


def test_numbers_are_scikit_learns():
    found = measured(hybrids=(TEACHER[:7], STUDENT[:7]))
    np.testing.assert_allclose(found.r2, r2_score(TEACHER, STUDENT, multioutput="raw_values"))
    np.testing.assert_allclose(
        found.mean_absolute_error,
        mean_absolute_error(TEACHER, STUDENT, multioutput="raw_values"),
    )
    weighted = r2_score(TEACHER, STUDENT, multioutput="variance_weighted")
    assert found.overall_r2 == pytest.approx(weighted)
    hybrids = r2_score(TEACHER[:7], STUDENT[:7], multioutput="variance_weighted")
    assert found.r2_hybrids == pytest.approx(hybrids)


def test_agreement_is_counted_per_class():
    found, wanted, student = measured(), TEACHER.argmax(axis=1), STUDENT.argmax(axis=1)
    assert found.agreement_overall == np.mean(wanted == student)
    for c in range(3):
        assert found.agreement[c] == np.mean(student[wanted == c] == c)


def test_the_worst_rows_are_told():
    errors = np.abs(TEACHER - STUDENT).mean(axis=1)
    first_half = np.arange(80) < 40
    found = measured(segments={"first": first_half, "last": ~first_half, "none": errors > 9})
    assert found.worst_tenth == pytest.approx(np.sort(errors)[-8:].mean())
    halves = {"first": errors[:40].mean(), "last": errors[40:].mean()}
    assert found.worst_segment.rule == max(halves, key=halves.get)
    assert found.worst_segment.mean_absolute_error == pytest.approx(max(halves.values()))
    assert found.worst_segment.n_rows == 40


def test_a_constant_teacher():
    constant = np.full((5, 1), 0.1)
    assert r_squared(constant, constant) == 1.0
    assert r_squared(constant, constant + 0.1) == -np.inf


@pytest.mark.parametrize(
    ("r2", "hybrids", "verdict"),
    [
        (0.95, 0.92, "faithful"),
        (0.95, math.nan, "faithful"),
        (0.95, 0.7, "use with correction"),
        (0.7, 0.95, "use with correction"),
        (0.95, 0.3, "do not rely on it"),
        (-np.inf, math.nan, "do not rely on it"),
    ],
)
def test_the_verdict_is_that_of_the_worse_number(r2, hybrids, verdict):
    assert replace(measured(), overall_r2=r2, r2_hybrids=hybrids).verdict == verdict


def test_stats_keep_the_worse_fidelity_in_any_order():
    good, bad = measured(), replace(measured(), overall_r2=0.1)
    parts = [Stats("mimic", fidelity=f) for f in (good, None, bad)]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        first, second, third = (parts[i] for i in order)
        assert first.merge(second).merge(third).fidelity == bad
        assert first.merge(second.merge(third)).fidelity == bad


def test_round_trip_through_json():
    found = measured(segments={"all": np.ones(80, dtype=bool)}, hybrids=(TEACHER, STUDENT))
    assert type(found).from_dict(json.loads(json.dumps(found.to_dict()))) == found
