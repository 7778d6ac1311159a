"""Other results beside the one shown, and folders of pages."""

import numpy as np
import pytest
from e2e.dashboard import cases
from unit.dashboard.test_chunks import decoded

from pellucid import InvalidInputError, StorageError
from pellucid.dashboard import save_runs
from pellucid.dashboard.payload import make_payload


def test_values_and_ranks_of_shared_features_and_the_sum_of_all_others():
    shown = cases.explanation_of(30, 3, features=("a", "b", "c"))
    other = cases.explanation_of(20, 4, seed=1, features=("z", "c", "y", "a"))
    payload = make_payload(shown, compare_with={"other": other})
    values, ranks = decoded(payload.chunks["other/0/0"]).astype(float)
    there = other.importance()
    importances = dict(zip(there.features, there.values[:, 0], strict=True))
    order = there.get_ranked_global_names()
    assert values[[0, 2]].tolist() == [importances["a"], importances["c"]]
    assert ranks[[0, 2]].tolist() == [order.index("a") + 1, order.index("c") + 1]
    assert np.isnan(values[1])
    assert values[3] == pytest.approx(importances["z"] + importances["y"])
    (described,) = payload.manifest["others"]
    assert (described["n_shared"], described["n_features"]) == (2, 4)
    assert described["most_important"] == order[0]
    assert described["page"] is None


def test_outputs_are_matched_by_name():
    shown = cases.three_classes(errors=False)
    other = cases.explanation_of(20, 6, 2, classes=("blue", "red"))
    payload = make_payload(shown, compare_with=other)
    assert payload.manifest["others"][0]["outputs"] == [1, None, 0]
    assert decoded(payload.chunks["other/0/0"])[0][:6].tolist() == pytest.approx(
        np.abs(other.values[:, :, 1]).mean(axis=0).tolist()
    )
    assert "other/0/1" not in payload.chunks
    overall = decoded(payload.chunks["other/0/all"])[0][:6].tolist()
    assert overall == pytest.approx(np.abs(other.values).mean(axis=(0, 2)).tolist())


@pytest.mark.parametrize("other", [[1], {"a": "b"}, 3])
def test_something_else_is_no_result_to_compare(other):
    with pytest.raises(InvalidInputError, match="compare_with has"):
        make_payload(cases.explanation_of(), compare_with=other)


def test_runs_become_pages_that_know_each_other(tmp_path):
    (tmp_path / "stored").mkdir()
    for seed, name in enumerate(["mon day", "tuesday", "wed?"]):
        cases.explanation_of(seed=seed).save(tmp_path / "stored" / f"{name}.pellucid")
    (tmp_path / "stored" / "notes.txt").write_text("mine")
    pages = save_runs(tmp_path / "stored", tmp_path / "pages", title="Week")
    assert [page.name for page in pages] == ["mon day.html", "tuesday.html", "wed?.html"]
    text = pages[1].read_text(encoding="utf-8")
    assert "<title>Week: tuesday</title>" in text
    assert '"page": "mon%20day.html"' in text
    with pytest.raises(StorageError, match="overwrite=True"):
        save_runs(tmp_path / "stored", tmp_path / "pages")


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ({}, "runs are 0"),
        ({"../x": cases.explanation_of()}, "which no file can have"),
        ({"a": 1}, "pass what explain_local"),
    ],
)
def test_bad_runs_are_refused(tmp_path, runs, said):
    with pytest.raises(InvalidInputError, match=said):
        save_runs(runs, tmp_path / "pages")
    assert not (tmp_path / "pages").exists()


def test_a_folder_without_runs_says_so(tmp_path):
    with pytest.raises(InvalidInputError, match="holds no stored explanation"):
        save_runs(tmp_path, tmp_path / "pages")
