import importlib.metadata
import sys

import numpy as np
import pytest

from pellucid._core import registry
from pellucid._core.registry import find_adapter

GROUP = "pellucid.test_rooms"

PLAIN = """
def adapt_base(model):
    return "base"

def adapt_special(model):
    return "special"

ADAPTERS = {"Base": adapt_base, "Special": adapt_special}
"""

THIRD_PARTY = """
def adapt_special(model):
    return "third party"

ADAPTERS = {"Special": adapt_special}
"""


@pytest.fixture(autouse=True)
def _fresh_tables():
    tables = registry._adapters_for, registry._entry_points, registry._all_entry_points
    for table in tables:
        table.cache_clear()
    yield
    for table in tables:
        table.cache_clear()


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    """A package of ours with one file, for the foreign package ``acme``, and one that is no adapter."""
    name = "rooms_of_a_test"
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "acme.py").write_text(PLAIN)
    (package / "model.py").write_text("class Model: ...\n")
    (tmp_path / "acme_pellucid.py").write_text(THIRD_PARTY)
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [m for m in sys.modules if m == "acme_pellucid" or m.startswith(name)]:
        del sys.modules[module]


def foreign(name, *bases, module="acme.deep.inside"):
    return type(name, bases, {"__module__": module, "__qualname__": name})


Base = foreign("Base")


def find(kind, rooms):
    adapter = find_adapter(kind, rooms=rooms, group=GROUP)
    return None if adapter is None else adapter(None)


def test_class_is_found_by_its_package_and_name(rooms):
    assert find(Base, rooms) == "base"


def test_most_specific_known_base_wins(rooms):
    special = foreign("Special", Base)

    assert find(foreign("Mine", special, module="__main__"), rooms) == "special"
    assert find(foreign("Other", Base), rooms) == "base"


def test_file_is_not_imported_before_its_package_turns_up(rooms):
    assert find(np.ndarray, rooms) is None
    assert f"{rooms}.acme" not in sys.modules

    find(Base, rooms)

    assert f"{rooms}.acme" in sys.modules


def test_unknown_class_of_a_known_package_has_no_adapter(rooms):
    assert find(foreign("Unknown"), rooms) is None


@pytest.mark.parametrize("module", ["__main__", "no-such.package", "model", ""])
def test_odd_packages_have_no_adapter(rooms, module):
    assert find(foreign("Model", module=module), rooms) is None


class Installed:
    """What ``importlib.metadata`` finds when a third party's package is installed."""

    def __init__(self, entries):
        self.entries = importlib.metadata.EntryPoints(entries)

    def __call__(self, **wanted):
        return self.entries.select(**wanted)


def entry_point(name):
    return importlib.metadata.EntryPoint(name=name, value="acme_pellucid", group=GROUP)


def test_third_party_entry_point_adds_a_package(rooms, monkeypatch):
    monkeypatch.setattr(registry, "entry_points", Installed([entry_point("newcomer")]))

    assert find(foreign("Special", module="newcomer.models"), rooms) == "third party"


def test_third_party_overrules_only_the_classes_it_registers(rooms, monkeypatch):
    monkeypatch.setattr(registry, "entry_points", Installed([entry_point("acme")]))

    assert find(foreign("Special", Base), rooms) == "third party"
    assert find(Base, rooms) == "base"


def test_entry_point_of_another_group_is_not_asked(rooms, monkeypatch):
    other = importlib.metadata.EntryPoint(name="acme", value="no_such_module", group="other")
    monkeypatch.setattr(registry, "entry_points", Installed([other]))

    assert find(Base, rooms) == "base"


def test_what_packages_register_is_read_once_for_all_groups(rooms, monkeypatch):
    asked = []
    installed = Installed([entry_point("newcomer")])
    monkeypatch.setattr(
        registry, "entry_points", lambda **wanted: asked.append(wanted) or installed(**wanted)
    )

    find(Base, rooms)
    find_adapter(Base, rooms=rooms, group="pellucid.other_rooms")

    assert find(foreign("Special", module="newcomer.models"), rooms) == "third party"
    assert asked == [{}]
