"""The exception tree is the one its docstring draws, and can be caught the way people expect."""

import pickle
import re

import pytest

from pellucid._core import errors

OWN = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, Exception)
}


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InvalidInputError", ValueError),
        ("FeatureMismatchError", ValueError),
        ("UnsupportedModelError", TypeError),
        ("ModelError", RuntimeError),
        ("StorageError", OSError),
        ("CorruptFileError", OSError),
        ("MissingExtraError", ImportError),
    ],
)
def test_each_error_is_also_the_builtin_people_expect(name, builtin):
    assert issubclass(OWN[name], builtin)
    assert issubclass(OWN[name], errors.PellucidError)


def test_docstring_draws_the_tree_as_it_is():
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__))

    assert drawn == OWN.keys() - {"PellucidError"}


def test_nested_errors_stand_below_their_parent():
    assert OWN["FeatureMismatchError"].__bases__ == (errors.InvalidInputError,)
    assert OWN["CorruptFileError"].__bases__ == (errors.StorageError,)


@pytest.mark.parametrize("kind", OWN.values(), ids=OWN)
def test_message_survives_pickling(kind):
    error = pickle.loads(pickle.dumps(kind("column 'age' holds 'old'")))

    assert type(error) is kind
    assert str(error) == "column 'age' holds 'old'"
