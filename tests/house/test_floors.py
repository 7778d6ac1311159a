"""A file imports only from lower floors; the contracts are in ``pyproject.toml``."""

from pathlib import Path

from importlinter.cli import lint_imports


def test_floors_import_only_downward(monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parents[2])
    failed = lint_imports(no_cache=True)
    assert not failed, capsys.readouterr().out
