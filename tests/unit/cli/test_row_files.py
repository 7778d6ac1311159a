import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from pellucid import InvalidInputError, StorageError
from pellucid.cli.row_files import leave_out, read_rows

FRAME = pd.DataFrame({"age": [39.0, None], "job": ["clerk", None], "income": [0, 1]})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("rows.csv", lambda path: FRAME.to_csv(path, index=False)),
        ("rows.csv.gz", lambda path: FRAME.to_csv(path, index=False)),
        ("ROWS.CSV", lambda path: FRAME.to_csv(path, index=False)),
        ("rows.tsv", lambda path: FRAME.to_csv(path, index=False, sep="\t")),
        ("rows.parquet", FRAME.to_parquet),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    pd.testing.assert_frame_equal(read_rows(tmp_path / name), FRAME)


def test_sparse_rows(tmp_path):
    matrix = sp.csr_matrix(np.eye(3))
    sp.save_npz(tmp_path / "rows.npz", matrix)
    found = read_rows(tmp_path / "rows.npz")
    assert sp.issparse(found)
    np.testing.assert_array_equal(found.toarray(), np.eye(3))
    with pytest.raises(InvalidInputError, match=r"no column 'age' .*no names"):
        leave_out([found], ["age"])


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_missing_text_is_filled_and_missing_numbers_are_not(tmp_path, dtype):
    path = tmp_path / "rows.parquet"
    FRAME.astype({"job": dtype}).to_parquet(path)
    found = read_rows(path, fill_missing_category="unknown")
    assert found["job"].tolist() == ["clerk", "unknown"]
    assert found["age"].isna().tolist() == [False, True]


def test_columns_are_left_out_wherever_they_are():
    both = leave_out([FRAME.drop(columns="income"), FRAME], ["income"])
    assert [list(frame.columns) for frame in both] == [["age", "job"]] * 2
    assert "income" in FRAME.columns


def test_column_that_is_nowhere():
    with pytest.raises(InvalidInputError, match=r"no column 'x' .*; there are 'age', 'job', 'inc"):
        leave_out([FRAME], ["x"])
    with pytest.raises(InvalidInputError, match="did you mean 'income'"):
        leave_out([FRAME], ["incme"])
    wide = pd.DataFrame(columns=[f"x{j}" for j in range(9)])
    with pytest.raises(InvalidInputError, match=r"'x4' and 4 more$"):
        leave_out([wide], ["wage"])


def test_file_with_another_separator(tmp_path):
    (tmp_path / "rows.csv").write_text("age;income\n39;0\n")
    with pytest.raises(InvalidInputError, match=r"there is 'age;income'$"):
        leave_out([read_rows(tmp_path / "rows.csv")], ["wage"])


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(StorageError, match="no data file"):
        read_rows(tmp_path / "rows.csv")


@pytest.mark.parametrize("name", ["rows", "rows.xlsx", "rows.npy"])
def test_format_that_is_not_known(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(InvalidInputError, match="known are"):
        read_rows(tmp_path / name)


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet", "rows.npz"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00nonsense\x00\x01"])
def test_file_that_cannot_be_read_is_one_line_naming_it(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match="cannot read") as refusal:
        read_rows(path)
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_sparse_file_that_holds_a_pickle(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, format=np.array(["csr", None], dtype=object))
    with pytest.raises(InvalidInputError, match="cannot read"):
        read_rows(path)
