"""Everything that explains trees by exact Shapley values, behind one signature.

Each contender is a function of a fitted model, a game and its reference rows. It prepares what it
can, and returns a function from rows (n, d) to values (n, d), or (n, d, d) for interactions. It
raises ``NotOfferedError`` where it has nothing to offer. Whatever else goes wrong is shown too.

* shap keeps 100 reference rows in silence unless it gets a masker that says otherwise;
* XGBoost, LightGBM and shapiq 1.4 know the path-dependent game only;
* woodelf pays for every call, whatever the number of rows, and so gets many at a time.
"""

import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, NamedTuple, TypeAlias

import lightgbm
import numpy as np
import xgboost

from pellucid import TreeExplainer

Game: TypeAlias = Literal["path-dependent", "interventional", "interactions"]
Explain: TypeAlias = Callable[[np.ndarray], np.ndarray]
Prepare: TypeAlias = Callable[[Any, Game, np.ndarray | None], Explain]


class NotOfferedError(Exception):
    """A contender does not know a game or a kind of model."""


def pellucid(model: Any, game: Game, background: np.ndarray | None) -> Explain:
    explainer = TreeExplainer(model, background, show_progress=False)
    if game != "interactions":
        return lambda rows: explainer.explain_local(rows).values[:, :, 0]
    if not hasattr(explainer, "explain_interactions"):
        raise NotOfferedError("no interactions")
    return lambda rows: explainer.explain_interactions(rows).values[:, :, :, 0]


def plain_predict(model: Any, game: Game, background: np.ndarray | None) -> Explain:  # noqa: ARG001
    return model.predict


def shap(model: Any, game: Game, background: np.ndarray | None) -> Explain:
    import shap as library  # noqa: PLC0415 - of each peer, only its own process

    if background is None:
        explainer = library.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    else:
        masker = library.maskers.Independent(background, max_samples=len(background))
        explainer = library.TreeExplainer(model, masker, feature_perturbation="interventional")
    if game == "interactions":
        return explainer.shap_interaction_values
    return lambda rows: explainer.shap_values(rows, check_additivity=False)


def lightgbm_own(model: Any, game: Game, background: np.ndarray | None) -> Explain:  # noqa: ARG001
    if not isinstance(model, lightgbm.LGBMModel):
        raise NotOfferedError("its own models only")
    if game != "path-dependent":
        raise NotOfferedError("path-dependent values only")
    return lambda rows: model.predict(rows, pred_contrib=True)[:, :-1]


def xgboost_own(model: Any, game: Game, background: np.ndarray | None) -> Explain:  # noqa: ARG001
    if not isinstance(model, xgboost.XGBModel):
        raise NotOfferedError("its own models only")
    if game == "interventional":
        raise NotOfferedError("path-dependent values and interactions only")
    booster = model.get_booster()

    def contributions(rows: np.ndarray) -> np.ndarray:
        return booster.predict(xgboost.DMatrix(rows), pred_contribs=True)[:, :-1]

    def interactions(rows: np.ndarray) -> np.ndarray:
        return booster.predict(xgboost.DMatrix(rows), pred_interactions=True)[:, :-1, :-1]

    return interactions if game == "interactions" else contributions


def woodelf(model: Any, game: Game, background: np.ndarray | None) -> Explain:
    import pandas as pd  # noqa: PLC0415
    from woodelf import WoodelfExplainer  # noqa: PLC0415

    explainer = WoodelfExplainer(model, None if background is None else pd.DataFrame(background))
    verb = explainer.shap_interaction_values if game == "interactions" else explainer.shap_values
    return lambda rows: verb(pd.DataFrame(rows), verbose=False)


def shapiq(model: Any, game: Game, background: np.ndarray | None) -> Explain:
    import shapiq as library  # noqa: PLC0415

    if background is not None:
        raise NotOfferedError("no interventional game in shapiq 1.4")
    if game == "interactions":
        explainer = library.TreeExplainer(model, max_order=2, min_order=1, index="SII")
        # shap and XGBoost show half of each interaction on either side of the diagonal
        return lambda rows: np.stack(
            [explainer.explain(row).get_n_order_values(2) / 2.0 for row in rows]
        )
    explainer = library.TreeExplainer(model, max_order=1, min_order=1, index="SV")

    def values(rows: np.ndarray) -> np.ndarray:
        matrix = np.zeros(rows.shape)
        for i, row in enumerate(rows):
            for players, value in explainer.explain(row).dict_values.items():
                if len(players) == 1:
                    matrix[i, players[0]] = value
        return matrix

    return values


def fasttreeshap(model: Any, game: Game, background: np.ndarray | None) -> Explain:
    if game != "path-dependent" or background is not None:
        raise NotOfferedError("path-dependent values only")
    try:
        import fasttreeshap as library  # noqa: PLC0415
    except ImportError as error:
        raise NotOfferedError("left out: 0.1.6, its last version, needs NumPy 1") from error
    return library.TreeExplainer(model, algorithm="auto", n_jobs=1).shap_values


class Peer(NamedTuple):
    """A contender, the distribution it comes from, and the fewest rows that do it justice."""

    prepare: Prepare
    distribution: str
    fewest_rows: int = 1


OURS = "pellucid"
PREDICT = "plain predict"
PEERS: dict[str, Peer] = {
    OURS: Peer(pellucid, "pellucid"),
    PREDICT: Peer(plain_predict, "scikit-learn"),
    "shap": Peer(shap, "shap"),
    "LightGBM's own": Peer(lightgbm_own, "lightgbm"),
    "XGBoost's own": Peer(xgboost_own, "xgboost"),
    "woodelf": Peer(woodelf, "woodelf-explainer", fewest_rows=64),
    "shapiq": Peer(shapiq, "shapiq"),
    "fasttreeshap": Peer(fasttreeshap, "fasttreeshap"),
}


def installed_version(name: str) -> str:
    """Return the version of a contender's distribution, or that there is none."""
    try:
        return version(PEERS[name].distribution)
    except PackageNotFoundError:
        return "not installed"


def prepare(name: str, model: Any, game: Game, background: np.ndarray | None) -> Explain:
    """Return a contender's function from rows to values."""
    warnings.simplefilter("ignore")
    if installed_version(name) == "not installed" and name != "fasttreeshap":
        raise NotOfferedError("not installed")
    return PEERS[name].prepare(model, game, background)
