"""Files stay small, functions short, and nothing unsafe or global creeps in."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "pellucid"
FILES = sorted(SOURCE.rglob("*.py"))
OPTIONAL = {
    "anywidget",
    "catboost",
    "interpret",
    "lightgbm",
    "matplotlib",
    "polars",
    "pyarrow",
    "shap",
    "torch",
    "xgboost",
}


def imported_packages(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.fixture(params=FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def file(request):
    return request.param


def test_file_is_small(file):
    assert len(file.read_text().splitlines()) <= 420


def test_functions_are_short(file):
    lengths = {
        node.name: node.body[-1].end_lineno - node.body[0].lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    long = {name: length for name, length in lengths.items() if length > 90}
    assert not long


def test_optional_packages_are_imported_only_in_the_file_named_after_them(file):
    found = OPTIONAL & set(imported_packages(ast.parse(file.read_text())))
    home = {*file.relative_to(SOURCE).with_suffix("").parts}
    if "plots" in home:
        home.add("matplotlib")
    assert found <= home


def test_no_global_statement_and_no_pickle(file):
    tree = ast.parse(file.read_text())
    assert not any(isinstance(node, ast.Global) for node in ast.walk(tree))
    assert not {"pickle", "cloudpickle", "dill", "marshal"} & set(imported_packages(tree))
