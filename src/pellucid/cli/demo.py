"""``pellucid demo``: a real model on real data, explained end to end."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

_EPILOG = """\b
Example:
  pellucid demo -o demo
  pellucid show demo/explanation.pellucid --row 17
"""


@click.command(epilog=_EPILOG, short_help="Explain a real model on real data, end to end.")
@click.option(
    "-o",
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Directory to write to; an earlier demo in it is replaced.",
)
def demo(*, out: Path) -> None:
    """Train a LightGBM classifier on scikit-learn's breast cancer data, and explain it.

    Prints which features matter and why two patients got their predictions, stores the
    explanation, and writes an HTML page with pictures.
    """
    from pellucid import TabularExplainer
    from pellucid.cli.tables import ranking_lines, row_lines
    from pellucid.plots.report import write_report
    from pellucid.plots.waterfall import Waterfall

    model, x_train, x_test, accuracy = _train()
    click.echo(
        f"LightGBM on {len(x_train):,} patients of scikit-learn's breast cancer data, "
        f"{accuracy:.1%} right on {len(x_test):,} others."
    )
    explainer = TabularExplainer(model, x_train, classes=["benign", "malignant"])
    importance = explainer.explain_global(x_test)
    click.echo("\n" + "\n".join(ranking_lines(importance, 10)))

    local = explainer.explain_local(x_test.iloc[_two_rows(model, x_test)])
    for row in range(2):
        steps = Waterfall.from_explanation(local, row, output="malignant", top_k=6)
        click.echo("\n" + "\n".join(row_lines(steps)))

    out.mkdir(parents=True, exist_ok=True)
    saved = importance.save(out / "explanation.pellucid", overwrite=True)
    page = write_report(importance, out / "report.html", overwrite=True)
    click.echo(f"\nexplanation: {saved}\nreport:      {page}")


def _train() -> tuple[Any, "pd.DataFrame", "pd.DataFrame", float]:
    from pellucid._core.extras import require

    lightgbm = require("lightgbm", extra="demo", purpose="the demo")
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    data = load_breast_cancer(as_frame=True)
    # The data's own target is 1 for benign; a patient asks about the other.
    is_malignant = 1 - data.target
    x_train, x_test, y_train, y_test = train_test_split(
        data.data, is_malignant, test_size=0.3, random_state=0, stratify=is_malignant
    )
    model = lightgbm.LGBMClassifier(n_estimators=100, random_state=0, n_jobs=1, verbose=-1)
    model.fit(x_train, y_train)
    return model, x_train, x_test, float(model.score(x_test, y_test))


def _two_rows(model: Any, rows: "pd.DataFrame") -> list[int]:
    """Choose the least certain prediction, and the one that is most surely malignant."""
    malignant = model.predict_proba(rows)[:, 1]
    return [int(abs(malignant - 0.5).argmin()), int(malignant.argmax())]
