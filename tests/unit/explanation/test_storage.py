import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid
from pellucid import CorruptFileError, Explanation, ReferenceUse, Stats, StorageError
from pellucid.explanation.aggregate import ImportanceAccumulator
from pellucid.explanation.archive import Archive, _fingerprint, write_archive

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def explanation(make_explanation):
    frame = pd.DataFrame({"age": [1.0, np.nan, 3.0], "job": pd.Categorical(["a", None, "b"])})
    return make_explanation(3, estimated=True, data=frame)


@pytest.fixture
def stored(explanation, tmp_path):
    return explanation.save(tmp_path / "mine.pellucid")


def rewrite_manifest(path, change, *, sign=True):
    """Change the manifest, and give it a fitting checksum, as a forger would."""
    file = path / "manifest.json"
    manifest = json.loads(file.read_text())
    change(manifest)
    if sign:
        manifest["sha256"] = _fingerprint(manifest)
    file.write_text(json.dumps(manifest))


class TestRoundTrip:
    @pytest.mark.parametrize("mmap", [False, True])
    @pytest.mark.parametrize("verify", [False, True])
    def test_explanations(self, explanation, stored, mmap, verify):
        assert pellucid.load(stored, mmap=mmap, verify=verify) == explanation

    @pytest.mark.parametrize("keep_local", [False, True])
    def test_importances(self, explanation, tmp_path, keep_local):
        importance = explanation.importance()
        if not keep_local:
            importance = replace(importance, local=None)
        assert pellucid.load(importance.save(tmp_path / "stored")) == importance

    def test_without_data(self, explanation, tmp_path):
        importance = explanation.importance()
        loaded = pellucid.load(importance.save(tmp_path / "stored", include_data=False))
        assert loaded.local.data is None
        assert loaded == replace(importance, local=replace(importance.local, data=None))

    def test_no_rows(self, explanation, tmp_path):
        assert pellucid.load(explanation[:0].save(tmp_path / "stored")) == explanation[:0]

    @settings(max_examples=25)
    @given(
        names=st.lists(st.text(), min_size=3, max_size=3, unique=True),
        stats=st.builds(
            Stats,
            method=st.text(),
            efficiency_gap=st.floats(allow_nan=False),
            largest_std_error=st.none() | st.floats(allow_nan=False),
            local_r2=st.none() | st.lists(st.floats(allow_nan=False)).map(tuple),
            local_gap=st.none() | st.floats(allow_nan=False),
            warnings=st.lists(st.text()).map(tuple),
            refused=st.lists(st.tuples(st.text(), st.text())).map(tuple),
            reference_use=st.none()
            | st.builds(
                ReferenceUse,
                n_references=st.integers(0, 10**9),
                unseen_share=st.none() | st.floats(0, 1),
                relative_std_error=st.floats(0),
                target_se=st.none() | st.floats(0, 1),
            ),
            settings=st.lists(st.tuples(st.text(), st.text())).map(tuple),
        ),
    )
    def test_any_names_and_numbers(self, make_explanation, tmp_path_factory, names, stats):
        explanation = replace(make_explanation(2), features=tuple(names), stats=stats)
        path = tmp_path_factory.mktemp("any") / "stored"
        loaded = pellucid.load(explanation.save(path))
        assert loaded == explanation
        assert loaded.stats.settings == stats.settings

    def test_seconds_and_nan_come_back_too(self, make_explanation, tmp_path):
        stats = Stats("any", efficiency_gap=float("nan"), seconds=1.25)
        explanation = replace(make_explanation(1), stats=stats)
        loaded = pellucid.load(explanation.save(tmp_path / "stored"))
        assert np.isnan(loaded.stats.efficiency_gap)
        assert loaded.stats.seconds == 1.25

    def test_arrays_are_ordinary_files_of_numpy(self, explanation, stored):
        values = np.load(stored / "arrays" / "values.npy", allow_pickle=False)
        assert np.array_equal(values, explanation.values)
        assert all(
            np.load(file, allow_pickle=False).dtype.kind in "biufUS"
            for file in stored.glob("arrays/*.npy")
        )

    def test_memory_mapped_arrays_are_not_read(self, make_explanation, tmp_path):
        path = make_explanation(1000, 20).save(tmp_path / "stored")
        loaded = pellucid.load(path, mmap=True, verify=False)
        base = loaded.values
        while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
            base = base.base
        assert isinstance(base, np.memmap)
        assert loaded[3].values.shape == (1, 3, 2) or loaded[3].num_features == 20
        assert pickle.loads(pickle.dumps(loaded)) == loaded

    def test_a_relative_path_and_a_string_will_do(self, explanation, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert explanation.save("here") == Path("here")
        assert pellucid.load("here") == explanation


class TestGolden:
    """What a version has written, every later one reads."""

    def test_version_1_0(self):
        loaded = pellucid.load(GOLDEN / "v1.0.pellucid")
        assert loaded.features == ("age", "job")
        assert loaded.classes == ("no", "yes")
        assert loaded.stats.method == "by hand"
        assert loaded.stats.settings == (("model", "Forest"), ("random_state", "0"))
        assert loaded.values.tolist() == [[0.75, 0.75], [2.0, 2.0]]
        assert loaded.local.values[:, 0, 1].tolist() == [0.5, -1.0]
        assert loaded.local.std_error.tolist() == np.full((2, 2, 2), 0.125).tolist()
        expected = pd.DataFrame({"age": [31.0, np.nan], "job": pd.Categorical(["b", "a"])})
        pd.testing.assert_frame_equal(loaded.local.data, expected)

    def test_version_1_2_with_engineered_columns(self):
        loaded = pellucid.load(GOLDEN / "v1.2.pellucid")
        view = loaded.local.engineered
        assert loaded.features == ("person", "note")
        assert loaded.stats.std_error_is_bound
        assert loaded.local.values[..., 0].tolist() == [[2.5, 1.0], [0.0, -1.0]]
        assert view is loaded.engineered.local
        assert view.features == ("job_a", "job_b", "pca0")
        assert view.data.tolist() == [[1.0, 0.0, 0.5], [0.0, 1.0, -0.5]]
        assert view.origin.players.columns_of(0) == ("age", "job")
        assert view.origin.feature_map.matrix.toarray().tolist() == [[1, 1, 0.75], [0, 0, 0.25]]
        assert view.origin.feature_map.assumption == "seen to move"
        assert view.origin.feature_map.mixing == "PCA mixes columns"
        assert view.raw(loaded.local.data).importance() == replace(loaded, engineered=None)


class TestWriting:
    def test_an_older_one_is_replaced_on_request_only(self, explanation, stored):
        with pytest.raises(StorageError, match="exists already; pass overwrite"):
            explanation.save(stored)
        explanation[:1].save(stored, overwrite=True)
        assert len(pellucid.load(stored)) == 1
        assert [entry.name for entry in stored.parent.iterdir()] == ["mine.pellucid"]

    def test_what_is_none_of_ours_is_never_replaced(self, explanation, tmp_path):
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "thesis.tex").write_text("years of work")
        (tmp_path / "file").write_text("more of it")
        (tmp_path / "link").symlink_to(explanation.save(tmp_path / "ours"))
        for name in ("folder", "file", "link"):
            with pytest.raises(StorageError, match="will not be replaced"):
                explanation.save(tmp_path / name, overwrite=True)
        assert (tmp_path / "folder" / "thesis.tex").read_text() == "years of work"

    def test_a_folder_with_a_foreign_manifest_is_never_replaced(self, explanation, tmp_path):
        (tmp_path / "manifest.json").write_text('{"name": "an extension of a browser"}')
        with pytest.raises(StorageError, match="is no stored explanation"):
            explanation.save(tmp_path, overwrite=True)
        assert (tmp_path / "manifest.json").exists()

    @pytest.mark.parametrize("name", ["notes.txt", "arrays/notes.txt", "arrays/more/x.npy"])
    def test_what_lies_beside_ours_is_never_deleted(self, explanation, stored, name):
        (stored / name).parent.mkdir(exist_ok=True)
        (stored / name).write_text("my notes")
        with pytest.raises(
            StorageError, match=f"{Path(name).parent.name}.* not part of the stored"
        ):
            explanation.save(stored, overwrite=True)
        assert (stored / name).read_text() == "my notes"

    @pytest.mark.parametrize("failing", ["mkdir", "fsync", "rename"])
    def test_a_failure_leaves_the_older_one(self, explanation, stored, monkeypatch, failing):
        def fail(*_, **__):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os if failing == "fsync" else Path, failing, fail)
            with pytest.raises(StorageError, match=r"could not be written \(No space left"):
                explanation[:1].save(stored, overwrite=True)
        assert pellucid.load(stored) == explanation
        assert [entry.name for entry in stored.parent.iterdir()] == ["mine.pellucid"]

    def test_the_older_one_returns_if_the_new_one_cannot_take_its_place(
        self, explanation, stored, monkeypatch
    ):
        rename, calls = Path.rename, []

        def fail_once(self, target):
            calls.append(target)
            if len(calls) == 2:  # the older one is out of the way, and the new one does not come
                raise OSError(5, "Input/output error")
            return rename(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", fail_once)
            with pytest.raises(StorageError, match="Input/output error"):
                explanation[:1].save(stored, overwrite=True)
        assert pellucid.load(stored) == explanation

    def test_a_new_one_that_fails_leaves_nothing(self, explanation, tmp_path, monkeypatch):
        def fail(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(StorageError, match="No space left"):
            explanation.save(tmp_path / "stored")
        assert not list(tmp_path.iterdir())

    def test_the_directory_above_must_exist(self, explanation, tmp_path):
        with pytest.raises(StorageError, match=r"there is no directory .*nowhere"):
            explanation.save(tmp_path / "nowhere" / "stored")

    def test_reading_what_is_mapped_while_it_is_replaced(self, explanation, stored):
        mapped = pellucid.load(stored, mmap=True)
        explanation[:1].save(stored, overwrite=True)
        assert mapped == explanation

    def test_saving_over_what_it_is_mapped_from(self, explanation, stored):
        mapped = pellucid.load(stored, mmap=True)
        mapped.save(stored, overwrite=True)
        assert pellucid.load(stored) == explanation


class TestRefusals:
    def expect(self, path, message, kind=CorruptFileError, **how):
        with pytest.raises(kind, match=message) as caught:
            pellucid.load(path, **how)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)

    def test_nothing_there(self, tmp_path):
        self.expect(tmp_path / "nothing", "does not exist", StorageError)

    def test_foreign_things(self, tmp_path):
        (tmp_path / "file.txt").write_text("hello")
        self.expect(tmp_path / "file.txt", "is no stored explanation")
        (tmp_path / "folder").mkdir()
        self.expect(tmp_path / "folder", "manifest.json: is missing")
        for text in ("{}", "[]", "", "{", '{"format": "other"}', "\udc80"):
            (tmp_path / "folder" / "manifest.json").write_bytes(
                text.encode("utf-8", "surrogateescape")
            )
            self.expect(tmp_path / "folder", "is no manifest")

    def test_hostile_json(self, stored):
        file = stored / "manifest.json"
        for text in (
            "[" * 100_000,
            '{"format": "pellucid", "format": "pellucid"}',
            '{"format": NaN}',
            '{"format": ' + "9" * 10_000 + "}",
        ):
            file.write_text(text)
            self.expect(stored, "is no manifest")

    @pytest.mark.parametrize("version", ["2.0", "17.3"])
    def test_a_future_version(self, stored, version):
        rewrite_manifest(stored, lambda manifest: manifest.update(version=version))
        self.expect(stored, f"format version {version}.*upgrade pellucid", StorageError)

    def test_a_later_minor_version_with_more_in_it_is_read(self, explanation, stored):
        def later(manifest):
            manifest.update(version="1.7", more="anything")
            manifest["content"]["more"] = manifest["content"]["stats"]["more"] = 1

        rewrite_manifest(stored, later)
        assert pellucid.load(stored) == explanation

    @pytest.mark.parametrize(
        "change",
        [
            lambda origin: origin.update(n_engineered=2),
            lambda origin: origin.update(n_engineered=-3),
            lambda origin: origin.update(features=["person"]),
            lambda origin: origin.update(features=["person", "person"]),
            lambda origin: origin.update(players=None, features=["a"]),
            lambda origin: origin.pop("mixing"),
        ],
    )
    def test_an_origin_that_is_none(self, tmp_path, change):
        path = tmp_path / "golden"
        shutil.copytree(GOLDEN / "v1.2.pellucid", path)
        rewrite_manifest(path, lambda found: change(found["content"]["engineered"]["origin"]))
        self.expect(path, "does not describe an importance")

    @pytest.mark.parametrize("version", [None, 1, "", "x.y", "-1.0"])
    def test_no_version(self, stored, version):
        rewrite_manifest(stored, lambda manifest: manifest.update(version=version))
        self.expect(stored, "has no version")

    def test_another_kind_of_thing(self, tmp_path):
        path = write_archive(tmp_path / "other", Archive("recipe", {}, {}), overwrite=False)
        self.expect(path, "holds a 'recipe', which is not an explanation", StorageError)

    @pytest.mark.parametrize("array", ["values", "predictions"])
    def test_truncated_altered_and_missing_arrays(self, stored, array):
        file = stored / "arrays" / f"{array}.npy"
        whole = file.read_bytes()
        file.write_bytes(whole[:-1])
        self.expect(stored, f"{array}.npy: has .* bytes, but .* are needed")
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        self.expect(stored, f"{array}.npy: was altered")
        file.write_bytes(whole[:-9] + b"\0" + whole[-8:])
        self.expect(stored, f"{array}.npy: was altered")
        file.write_bytes(b"\x92" + whole[1:])
        self.expect(stored, f"{array}.npy: does not begin as an array", verify=False)
        file.unlink()
        self.expect(stored, f"{array}.npy: is missing")

    def test_an_altered_name_is_noticed(self, stored):
        file = stored / "manifest.json"
        file.write_text(file.read_text().replace("feature 1", "feature 7"))
        self.expect(stored, "manifest.json: was altered")

    def test_layout_of_the_manifest_is_no_content(self, explanation, stored):
        rewrite_manifest(stored, lambda _: None, sign=False)
        assert pellucid.load(stored) == explanation

    @pytest.mark.parametrize(
        "file",
        ["../outside.npy", "/etc/passwd", "arrays/../../outside.npy", "arrays/other.npy", "", None],
    )
    def test_files_elsewhere(self, stored, file):
        shutil.copy(stored / "arrays" / "values.npy", stored.parent / "outside.npy")
        rewrite_manifest(stored, lambda manifest: manifest["arrays"]["values"].update(file=file))
        self.expect(stored, "does not describe array 'values'")

    @pytest.mark.parametrize("key", ["../values", "a/b", "Values", "", "values\n"])
    def test_names_of_arrays_that_are_paths(self, stored, key):
        def rename(manifest):
            entry = manifest["arrays"].pop("values")
            manifest["arrays"][key] = {**entry, "file": f"arrays/{key}.npy"}

        rewrite_manifest(stored, rename)
        self.expect(stored, "does not describe array")

    def test_links_and_devices_are_not_followed(self, stored):
        file = stored / "arrays" / "values.npy"
        elsewhere = shutil.move(file, stored.parent / "outside.npy")
        file.symlink_to(elsewhere)
        self.expect(stored, "values.npy: is no regular file")
        file.unlink()
        os.mkfifo(file)
        self.expect(stored, "values.npy: is no regular file")

    @pytest.mark.parametrize(
        "shape",
        [[3, 3, 2**47], [2**64], [-1, 3, 2], [3.0, 3, 2], [True, 3, 2], [1] * 9, "332", None],
    )
    def test_absurd_shapes(self, stored, shape):
        rewrite_manifest(stored, lambda manifest: manifest["arrays"]["values"].update(shape=shape))
        self.expect(stored, "values|manifest")

    @pytest.mark.parametrize("dtype", ["|O", "O", "|V8", "<c16", "<M8[ns]", "f8", "<f7", 8, None])
    def test_types_that_are_not_stored(self, stored, dtype):
        rewrite_manifest(stored, lambda manifest: manifest["arrays"]["values"].update(dtype=dtype))
        self.expect(stored, "values|manifest")

    @pytest.mark.parametrize("path", ["features", "classes", "stats", "task", "data"])
    @pytest.mark.parametrize("value", [17, "x", [], {}, [1, 2, 3]])
    def test_forged_content(self, stored, path, value):
        rewrite_manifest(stored, lambda manifest: manifest["content"].update({path: value}))
        self.expect(stored, "does not describe an explanation")

    @pytest.mark.parametrize("part", ["kind", "content", "arrays", "sha256"])
    def test_parts_that_are_missing(self, stored, part):
        rewrite_manifest(stored, lambda manifest: manifest.pop(part), sign=part != "sha256")
        self.expect(stored, "was altered|has no")

    def test_forged_rows_cannot_name_a_module(self, stored):
        rewrite_manifest(stored, lambda manifest: manifest["content"]["data"].update(package="os"))
        self.expect(stored, "rows of 'os' are not known")

    @pytest.mark.parametrize(
        ("data", "label", "forged"),
        [
            (pd.DataFrame({"a": pd.Categorical(["x", "y"])}), "codes", np.int8([0, 2])),
            (pd.DataFrame({"a": pd.Categorical(["x", "y"])}), "codes", np.int8([-2, 0])),
            (pd.DataFrame({"a": pd.Categorical(["x", "y"])}), "codes", np.int8([0])),
            (pd.DataFrame({"a": pd.array([1, None], "Int8")}), "missing", np.zeros(1, bool)),
            (pd.DataFrame({"a": pd.array([1, None], "Int8")}), "values", np.zeros(2)),
            (pd.DataFrame({"a": ["x", "yz"]}), "ends", np.int64([1, 2**40])),
            (pd.DataFrame({"a": ["x", "yz"]}), "ends", np.int64([3, 1])),
            (pd.DataFrame({"a": ["x", "yz"]}), "ends", np.int64([-1, 3])),
            (pd.DataFrame({"a": ["x", "yz"]}), "utf8", np.uint8([255, 255, 255])),
            (np.array([["x"], [1]], dtype=object), "codes", np.uint8([77, 0])),
            (np.array([["x"], [1]], dtype=object), "codes", np.uint8([4, 4])),
            (np.array([["2020"], ["2021"]], "M8[Y]"), "counts", np.float32([[1], [2]])),
            (sp.csr_matrix([[0, 1.0], [2, 0]]), "columns", np.int32([0, 99])),
            (sp.csr_matrix([[0, 1.0], [2, 0]]), "columns", np.int32([0, -1])),
            (sp.csr_matrix([[0, 1.0], [2, 0]]), "starts", np.int32([0, 99, 2])),
            (sp.csr_matrix([[0, 1.0], [2, 0]]), "cells", np.array([["x"]])),
            (pl.DataFrame({"a": pl.Series([0, 1], dtype=pl.Time)}), "values", np.int64([-1, 0])),
            (
                pl.DataFrame({"a": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"]))}),
                "utf8",
                np.uint8([1]),
            ),
            (pa.table({"a": pa.array(["x", "y"]).dictionary_encode()}), "values", np.int32([0, 9])),
        ],
    )
    def test_forged_rows_are_checked(self, make_explanation, tmp_path, data, label, forged):
        path = make_explanation(2, data=data).save(tmp_path / "stored")
        manifest = json.loads((path / "manifest.json").read_text())
        arrays = {key: np.load(path / entry["file"]) for key, entry in manifest["arrays"].items()}
        key = next(key for key in arrays if key.endswith(f".{label}"))
        arrays[key] = forged
        archive = Archive("explanation", manifest["content"], arrays)
        path = write_archive(tmp_path / "forged", archive, overwrite=False)
        self.expect(path, "does not describe an explanation")


def test_the_verbs_are_the_documented_ones(explanation, tmp_path):
    assert isinstance(pellucid.load(explanation.save(tmp_path / "stored")), Explanation)


def test_how_sampling_ended_is_stored(make_explanation, tmp_path):
    outcome = pellucid.SamplingOutcome(
        "max_rows", top_k=2, confidence=0.9, unsettled=("feature 0",), close=("feature 1",)
    )
    accumulator = ImportanceAccumulator(keep_local=False)
    accumulator.add(make_explanation(4))
    importance = accumulator.result(n_rows_given=9, sampling=outcome)
    loaded = pellucid.load(importance.save(tmp_path / "sampled"))
    assert loaded == importance
    assert loaded.stats.sampling == outcome
    assert "not settled among the first 2: feature 0" in loaded.stats.warnings[-1]
