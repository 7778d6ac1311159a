"""``import pellucid`` is quick and loads none of the packages that work behind it."""

import json
import subprocess
import sys

HEAVY = {"matplotlib", "numba", "numpy", "pandas", "scipy", "sklearn", "torch"}


def modules_after(statement):
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_import_loads_few_modules_and_no_heavy_package():
    loaded = modules_after("import pellucid")
    assert len(loaded) < 100
    assert not HEAVY & set(loaded)


def test_errors_can_be_had_without_numpy():
    assert "numpy" not in modules_after("from pellucid import PellucidError")


def test_command_line_help_loads_no_heavy_package():
    loaded = modules_after("import pellucid.cli.main")
    assert not HEAVY & set(loaded)


def test_explaining_loads_no_plotting_and_no_foreign_model_library():
    loaded = modules_after(
        "from pellucid import TabularExplainer\n"
        "TabularExplainer(lambda X: X.sum(axis=1), [[0.0, 1.0]]).explain_local([[1.0, 2.0]])"
    )
    foreign = {"catboost", "lightgbm", "matplotlib", "polars", "shap", "torch", "xgboost"}
    assert not foreign & set(loaded)


def test_torch_is_loaded_by_networks_alone():
    loaded = modules_after(
        "import pellucid.explainers.auto, pellucid.explainers.deep, pellucid.models.adapt\n"
        "from pellucid import KernelExplainer\n"
        "KernelExplainer(lambda X: X.sum(axis=1), [[0.0, 1.0]]).explain_local([[1.0, 2.0]])"
    )
    assert "torch" not in loaded


def test_a_game_of_trees_loads_no_kernels_of_the_others():
    fitted = (
        "from sklearn.tree import DecisionTreeRegressor\n"
        "from pellucid import TreeExplainer\n"
        "rows = [[0.0], [1.0]]\n"
        "model = DecisionTreeRegressor().fit(rows, [0.0, 1.0])\n"
    )
    path_dependent = set(modules_after(fitted + "TreeExplainer(model)"))
    interventional = set(modules_after(fitted + "TreeExplainer(model, rows)"))
    kernels = "pellucid.kernels.tree_"
    assert kernels + "path_dependent" in path_dependent - interventional
    assert kernels + "look_up" in interventional - path_dependent
    assert kernels + "linked" not in path_dependent | interventional
