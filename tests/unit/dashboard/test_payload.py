"""What a page is told: exact aggregates over all rows, and rows as they are."""

import json
import re
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from e2e.dashboard import cases
from unit.dashboard.test_chunks import decoded

from pellucid import InvalidInputError
from pellucid.dashboard.aggregates import aggregate_output, column_shades
from pellucid.dashboard.front import module_files
from pellucid.dashboard.payload import make_payload
from pellucid.dashboard.protocol import Feature, Manifest, Provenance
from pellucid.dashboard.sampling import rows_to_send
from pellucid.explanation.given_rows import feature_columns


def test_manifest_says_what_its_type_says_and_is_json():
    manifest = make_payload(cases.three_classes()).manifest
    assert set(manifest) == set(get_type_hints(Manifest))
    assert set(manifest["features"][0]) == set(get_type_hints(Feature))
    assert set(manifest["provenance"]) == set(get_type_hints(Provenance))
    json.dumps(manifest, allow_nan=False)


def test_aggregates_are_those_of_all_rows():
    explanation = cases.explanation_of(5000, 8, seed=1)
    importance = explanation.importance()
    columns = feature_columns(explanation.data, explanation.features, None)
    found = aggregate_output(importance, 0, column_shades(columns))
    assert found.counts.sum(axis=1).tolist() == [5000] * 8
    for i, j in enumerate(found.strips.tolist()):
        values = explanation.values[:, j, 0]
        assert found.counts[i].tolist() == np.histogram(values, bins=128)[0].tolist()
        assert found.ranges[i, :2].tolist() == [values.min(), values.max()]
        assert np.allclose(
            found.ranges[i, 2:], pd.Series(values).quantile([0.05, 0.25, 0.5, 0.75, 0.95])
        )
    assert np.array_equal(found.measures[0], importance.values[:, 0])
    assert np.allclose(found.measures[2], explanation.values[:, :, 0].mean(axis=0))
    assert np.allclose(found.measures[3], pd.DataFrame(explanation.values[:, :, 0]).sem())


def test_shades_of_bins_are_mean_places_between_low_and_high():
    explanation = cases.explanation_of(2000, 2, seed=2)
    explanation.data["feature 0"] = explanation.values[:, 0, 0]
    columns = feature_columns(explanation.data, explanation.features, None)
    found = aggregate_output(explanation.importance(), 0, column_shades(columns))
    place = found.strips.tolist().index(0)
    shades = found.shades[place][found.counts[place] > 0]
    assert (np.diff(shades.astype(int)) >= 0).all()
    assert (shades[0], shades[-1]) == (0, 254)
    assert (found.shades[place][found.counts[place] == 0] == 255).all()


@pytest.mark.parametrize("d", [3, 300, 3000])
def test_first_paint_needs_less_than_150_kilobytes(d):
    payload = make_payload(cases.explanation_of(60, d, data="none"))
    first = sum(
        len(chunk) for name, chunk in payload.chunks.items() if name.startswith("aggregates/0")
    )
    assert first <= 150_000
    if d <= 300:
        assert len(json.dumps(payload.manifest)) <= 64_000


def test_rows_that_are_sent_are_a_sample_with_the_extremes():
    explanation = cases.explanation_of(3000, 4, 2, classes=("a", "b"))
    rows = rows_to_send(explanation, 100)
    assert len(rows) == len(set(rows.tolist())) == 100
    assert (np.diff(rows) > 0).all()
    extremes = {
        *explanation.values.argmax(axis=0).ravel(),
        *explanation.values.argmin(axis=0).ravel(),
    }
    assert extremes <= set(rows.tolist())
    # Beyond the extremes, predictions are spread as those of all rows are.
    sent = np.quantile(explanation.predictions[rows, 1], [0.25, 0.5, 0.75])
    assert np.allclose(
        sent, np.quantile(explanation.predictions[:, 1], [0.25, 0.5, 0.75]), atol=0.25
    )


def test_columns_of_all_kinds_come_back():
    explanation = cases.with_categories()
    chunks = make_payload(explanation).chunks
    frame = explanation.data
    assert decoded(chunks["label"]) == frame.index.tolist()
    sizes = decoded(chunks["value/1"])[0].astype(float)
    assert np.array_equal(sizes, frame["size"].to_numpy(), equal_nan=True)
    levels = [*decoded(chunks["levels/0"]), None]
    colours = [levels[code] for code in decoded(chunks["value/0"])[0]]
    assert colours == frame["colour"].astype(object).where(frame["colour"].notna(), None).tolist()
    assert decoded(chunks["levels/2"]) == ["False", "True"]
    assert make_payload(explanation).manifest["features"][1]["missing"] == 9


def test_mirrored_outputs_are_sent_once():
    explanation = cases.mirrored()
    payload = make_payload(explanation)
    assert payload.manifest["mirrored"]
    assert "contribution/0" not in payload.chunks
    sent = decoded(payload.chunks["contribution/1"])
    assert np.array_equal(sent, explanation.values[:, :, 1].T)


def test_without_data_nothing_but_aggregates_is_sent():
    payload = make_payload(cases.with_categories(), include_data=False)
    assert payload.manifest["n_sent"] == 0
    assert {name.split("/")[0] for name in payload.chunks} == {"aggregates"}


def test_importance_without_its_rows_still_has_a_page():
    payload = make_payload(cases.metric_importance())
    assert payload.manifest["metric"] == "accuracy"
    assert payload.manifest["n_sent"] == 0


def test_something_else_is_refused():
    with pytest.raises(InvalidInputError, match=r"result is a list; pass what explain_local"):
        make_payload([1, 2])


def test_page_and_python_describe_the_same_protocol():
    types = next(path for path in module_files() if path.name == "types.js").read_text("utf-8")
    for kind in (Manifest, Provenance):
        block = types.split(f"@typedef {{object}} {kind.__name__}\n", 1)[1].split("\n *\n", 1)[0]
        assert re.findall(r"@property \{[^}]*\} (\w+)", block) == list(get_type_hints(kind))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_travel_as_exact_microseconds(unit):
    moments = np.array(["1969-12-31T23:59:59", "2026-02-28T12:30:00.123456", "NaT"], "M8[us]")
    frame = pd.DataFrame({"at": moments.astype(f"M8[{unit}]")})
    plain = cases.explanation_of(3, 1, data="none", features=("at",))
    payload = make_payload(cases.plain_with(plain, frame))
    assert payload.manifest["features"][0] == {"name": "at", "kind": "date", "missing": 1}
    sent = decoded(payload.chunks["value/0"]).ravel()
    wanted = moments.astype(f"M8[{unit}]").astype("M8[us]").astype(np.int64)
    assert sent[:2].tolist() == wanted[:2].tolist()
    assert np.isnan(sent[2])
