"""Every public name resolves, is documented with an example, and says where it lives."""

import inspect

import pytest

import pellucid


@pytest.mark.parametrize("name", pellucid.__all__)
def test_public_name_resolves_and_is_documented(name):
    value = getattr(pellucid, name)
    assert inspect.getdoc(value)
    assert value.__module__.startswith("pellucid.")


@pytest.mark.parametrize(
    "name",
    [name for name in pellucid.__all__ if not name.endswith("Error")],
)
def test_public_docstring_has_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(pellucid, name))


def test_dir_lists_every_public_name():
    assert set(pellucid.__all__) <= set(dir(pellucid))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = pellucid.Nonsense


def test_every_error_is_ours():
    errors = [getattr(pellucid, name) for name in pellucid.__all__ if name.endswith("Error")]
    assert all(issubclass(error, pellucid.PellucidError) for error in errors)
