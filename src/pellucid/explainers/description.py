"""What explainers say of themselves."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.explainers.base import Explainer


def describe(explainer: "Explainer", name: str | None = None) -> str:
    """Return an explainer in one line; ``name`` takes the place of its class's."""
    background, n_features = explainer.background, len(explainer.features)
    against = "no" if background is None else f"{background.n_rows:,}"
    return (
        f"<{name or type(explainer).__name__} of {explainer.model.name}: {explainer.method}, "
        f"{against} reference row{'' if against == '1' else 's'}, "
        f"{n_features:,} feature{'' if n_features == 1 else 's'}, output {explainer.output!r}>"
    )
