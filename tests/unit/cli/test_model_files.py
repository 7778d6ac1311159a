import joblib
import lightgbm
import numpy as np
import pytest
import xgboost
from catboost import CatBoostRegressor
from sklearn.linear_model import LinearRegression

from pellucid import CorruptFileError, InvalidInputError, StorageError
from pellucid.cli.model_files import UntrustedFileError, load_model

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
y = X @ [1.0, 2.0, 0.0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    linear = LinearRegression().fit(X, y)
    for suffix in ("joblib", "pkl", "pickle"):
        joblib.dump(linear, folder / f"linear.{suffix}")
    boosted = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(X, y)
    boosted.booster_.save_model(folder / "light.txt")
    extreme = xgboost.XGBRegressor(n_estimators=5).fit(X, y)
    for suffix in ("json", "ubj"):
        extreme.save_model(folder / f"extreme.{suffix}")
    cat = CatBoostRegressor(iterations=5, verbose=0, allow_writing_files=False).fit(X, y)
    cat.save_model(folder / "cat.cbm")
    return folder


@pytest.mark.parametrize("name", ["linear.joblib", "linear.pkl", "linear.pickle"])
def test_pickle_is_refused_unless_trusted(folder, name):
    with pytest.raises(UntrustedFileError, match="--trust"):
        load_model(folder / name, trust=False)
    np.testing.assert_allclose(load_model(folder / name, trust=True).predict(X), y)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("light.txt", "Booster"),
        ("extreme.json", "Booster"),
        ("extreme.ubj", "Booster"),
        ("cat.cbm", "CatBoost"),
    ],
)
def test_native_file_needs_no_trust(folder, name, kind):
    assert type(load_model(folder / name, trust=False)).__name__ == kind


@pytest.mark.parametrize(
    "name", ["light.txt", "extreme.json", "extreme.ubj", "cat.cbm", "linear.joblib"]
)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated_file(folder, tmp_path, name, share):
    content = (folder / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CorruptFileError, match=f"cannot load .*{name}") as refusal:
        load_model(path, trust=True)
    assert len(str(refusal.value).splitlines()) == 1


def test_truncated_binary_file_is_not_read_beyond_its_end(folder, tmp_path):
    content = (folder / "extreme.ubj").read_bytes()
    path = tmp_path / "extreme.ubj"
    for n in range(0, len(content), max(1, len(content) // 150)):
        path.write_bytes(content[:n])
        with pytest.raises(CorruptFileError, match="truncated or altered"):
            load_model(path, trust=False)


def test_lightgbm_file_with_a_line_removed(folder, tmp_path):
    lines = (folder / "light.txt").read_text().splitlines(keepends=True)
    start = lines.index("Tree=2\n")
    path = tmp_path / "light.txt"
    path.write_text("".join(lines[: start + 3] + lines[start + 4 :]))
    with pytest.raises(CorruptFileError, match="truncated or altered"):
        load_model(path, trust=False)


def test_missing_package_of_a_pickle(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(b"cno_such_package\nModel\n.")
    with pytest.raises(StorageError, match="needs the package 'no_such_package'"):
        load_model(path, trust=True)


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(StorageError, match="no model file"):
        load_model(tmp_path / "model.txt", trust=False)


def test_kind_that_is_not_known(tmp_path):
    with pytest.raises(InvalidInputError, match="known are"):
        load_model(tmp_path / "model.onnx", trust=False)
