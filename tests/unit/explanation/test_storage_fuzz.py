"""Whatever happens to a file, loading it gives the same again or an error of ours."""

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid import StorageError

N_MUTATIONS = 500


def mutate(content, choose):
    """Flip bits, overwrite, truncate, insert or cut out, at a random place."""
    place, length = int(choose.integers(len(content))), int(choose.integers(1, 9))
    kind = choose.choice(["flip", "flip", "flip", "smash", "truncate", "insert", "cut"])
    before, after = content[:place], content[place:]
    if kind == "flip":
        return before + bytes([after[0] ^ (1 << (length - 1))]) + after[1:]
    if kind == "smash":
        return before + choose.bytes(length) + after[length:]
    if kind == "truncate":
        return before
    if kind == "insert":
        return before + choose.bytes(length) + after
    return before + after[length:]


@pytest.fixture
def explanation(make_explanation):
    data = pd.DataFrame(
        {
            "age": pd.array([1, None], dtype="Int8"),
            "job": pd.Categorical(["a", None]),
        }
    )
    return make_explanation(2, 3, 1, data=data)


def files_of(path):
    return sorted(file for file in path.rglob("*") if file.is_file())


def loaded_or_refused(path, **how):
    try:
        return pellucid.load(path, **how)
    except StorageError as error:
        return str(error)


def test_no_mutation_goes_unnoticed(explanation, tmp_path):
    path = explanation.save(tmp_path / "stored")
    choose = np.random.default_rng(0)
    for file in files_of(path):
        whole = file.read_bytes()
        for _ in range(N_MUTATIONS):
            file.write_bytes(mutated := mutate(whole, choose))
            found = loaded_or_refused(path)
            if isinstance(found, str):
                assert str(path) in found
                assert "\n" not in found
            else:  # spaces between the words of the manifest may change
                assert found == explanation, f"{file.name}: {mutated!r}"
        file.write_bytes(whole)


def test_without_checksums_only_numbers_can_go_wrong(explanation, tmp_path):
    path = explanation.save(tmp_path / "stored")
    choose = np.random.default_rng(1)
    for file in files_of(path):
        whole = file.read_bytes()
        for _ in range(N_MUTATIONS // 5):
            file.write_bytes(mutate(whole, choose))
            found = loaded_or_refused(path, verify=False)
            if not isinstance(found, str):
                assert found.values.shape == explanation.values.shape
                assert np.shape(found.data) in {(2, 2), ()}
        file.write_bytes(whole)
