"""``pellucid explain``: explain a model from a file over rows from a file."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pellucid.data.background import Background
    from pellucid.data.sampling import SamplingPolicy
    from pellucid.explanation.importance import Importance

_METHODS = {
    "auto": "TabularExplainer",
    "tree": "TreeExplainer",
    "linear": "LinearExplainer",
    "kernel": "KernelExplainer",
}
_BACKGROUND_ROWS = 200
_BACKGROUND_DRAW = 1
"""Counter of the draw of reference rows. The rows to explain are drawn by the seed alone; drawn
alike, they would be the reference rows themselves."""
_TOP = 15

_EPILOG = """\b
Examples:
  LightGBM's own file, rows with the target among their columns:
    pellucid explain model.txt rows.csv --target income -o income
  a pickled scikit-learn model, reference rows from the training data, and a page to send around:
    pellucid explain model.joblib test.csv --trust --background train.csv \\
      --target income --report income.html -o income
  then:
    pellucid show income --row 17

\b
MODEL may be a native file of LightGBM (.txt), XGBoost (.json, .ubj) or CatBoost (.cbm), which is
only data; or a pickle (.joblib, .pkl, .pickle), which runs code when it is loaded and therefore
needs --trust.
DATA and the background may be .csv, .tsv (also compressed), .parquet, or a sparse .npz.
"""


@click.command(epilog=_EPILOG, short_help="Explain a model over rows, and store the result.")
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("data", metavar="DATA", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory to store the explanation in.",
)
@click.option(
    "--background",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Reference rows, usually the training data: a feature is absent when its value comes "
    f"from one of these. By default {_BACKGROUND_ROWS} random rows of DATA.",
)
@click.option("--target", metavar="COLUMN", help="Column that holds the target; it is left out.")
@click.option("--drop", metavar="COLUMN", multiple=True, help="Column to leave out; repeatable.")
@click.option(
    "--method",
    type=click.Choice(list(_METHODS)),
    default="auto",
    show_default=True,
    help="auto takes the most exact method that can explain the model.",
)
@click.option(
    "--output",
    type=click.Choice(["auto", "raw", "probability", "value"]),
    default="auto",
    show_default=True,
    help="What is explained; auto takes what the method is exact in.",
)
@click.option(
    "--rows",
    "n_rows",
    type=click.IntRange(min=2),
    metavar="N",
    help="Explain N random rows of DATA. By default, random rows until the ranking is settled.",
)
@click.option("--all-rows", is_flag=True, help="Explain all rows of DATA.")
@click.option(
    "--engineered",
    is_flag=True,
    help="Explain the columns that a pipeline makes of the raw ones as well; show them with "
    "'pellucid show OUT --engineered'.",
)
@click.option("--classes", metavar="A,B", help="Names for the model's classes, in its order.")
@click.option(
    "--random-state",
    metavar="SEED",
    type=click.IntRange(min=0),
    default=0,
    show_default="0",
    help="The same seed gives the same result.",
)
@click.option("--n-jobs", metavar="N", type=int, help="Threads; -1 takes all cores.")
@click.option(
    "--fill-missing-category",
    metavar="TEXT",
    help="Put TEXT where a cell of text is empty, as the model's training data had it.",
)
@click.option("--trust", is_flag=True, help="Load a pickled model, which runs the code in it.")
@click.option("--no-progress", is_flag=True, help="Show no progress bar.")
@click.option(
    "--report",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Also write a self-contained HTML page.",
)
@click.option("--overwrite", is_flag=True, help="Replace OUT and the report if they exist.")
def explain(
    *,
    model: Path,
    data: Path,
    out: Path,
    background: Path | None,
    target: str | None,
    drop: tuple[str, ...],
    method: str,
    output: str,
    n_rows: int | None,
    all_rows: bool,
    engineered: bool,
    classes: str | None,
    random_state: int,
    n_jobs: int | None,
    fill_missing_category: str | None,
    trust: bool,
    no_progress: bool,
    report: Path | None,
    overwrite: bool,
) -> None:
    """Explain MODEL over the rows in DATA, print the ranked features, and store the result."""
    if n_rows is not None and all_rows:
        raise click.UsageError("--rows and --all-rows exclude each other")
    _check_targets(out, report, overwrite=overwrite)
    from pellucid.cli.model_files import load_model

    foreign = load_model(model, trust=trust)
    left_out = (*drop, *([] if target is None else [target]))
    rows, reference = _read(data, background, left_out, fill_missing_category)
    _check_columns(foreign, rows, reference)
    if background is None:
        reference = _reference_rows(rows, random_state)
    import pellucid

    explainer = getattr(pellucid, _METHODS[method])(
        foreign,
        reference,
        classes=None if classes is None else [name.strip() for name in classes.split(",")],
        output=output,
        random_state=random_state,
        n_jobs=n_jobs,
        show_progress=False if no_progress else None,
    )
    policy = _policy(n_rows, all_rows=all_rows)
    importance = explainer.explain_global(
        rows, sampling_policy=policy, include_engineered=engineered
    )
    if background is not None and not importance.stats.n_background:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in importance.stats.refused)
        said = reasons.replace("initialization_examples", "background")
        note = f"pellucid: warning: the background was not used{said and '; '}{said}"
        click.echo(note, err=True)
    _store_and_print(importance, out, report, overwrite=overwrite)


def _check_targets(out: Path, report: Path | None, *, overwrite: bool) -> None:
    """Refuse before the work what could not be written after it."""
    from pellucid._core.errors import StorageError
    from pellucid.explanation.archive import check_target

    for path in (out, report):
        if path is not None and path.exists() and not overwrite:
            raise StorageError(f"{path} exists already; --overwrite replaces it")
    check_target(out, overwrite=overwrite)
    if report is not None and report.is_dir():
        raise StorageError(f"{report} is a directory; --report takes a file")


def _read(
    data: Path, background: Path | None, left_out: tuple[str, ...], fill: str | None
) -> tuple[Any, Any]:
    from pellucid.cli.row_files import leave_out, read_rows

    files = [data] if background is None else [data, background]
    tables = leave_out([read_rows(file, fill_missing_category=fill) for file in files], left_out)
    return tables[0], None if background is None else tables[1]


def _check_columns(foreign: Any, rows: Any, reference: Any) -> None:
    """Say which columns do not fit, in words of the command line, before anything is prepared."""
    from pellucid._core.errors import FeatureMismatchError
    from pellucid.data.table import align, as_table, positional_names
    from pellucid.models.adapt import adapt

    tables = {"DATA": as_table(rows, name="DATA")}
    if reference is not None:
        tables["the background"] = as_table(reference, name="the background")
    try:
        model = adapt(foreign, examples=tables["DATA"])
    except FeatureMismatchError as error:  # a pipeline looks at the names itself
        said = str(error).replace("initialization_examples", "DATA")
        raise FeatureMismatchError(said) from error
    for name, table in tables.items():
        if model.features is not None:
            align(table, model.features, has_names=True, name=name, to=f"the {model.name}")
        elif model.n_features is not None:
            positions = positional_names(model.n_features)
            align(table, positions, has_names=False, name=name, to=f"the {model.name}")


def _reference_rows(rows: Any, random_state: int) -> "Background":
    """Let the data be its own background, or a random part of it."""
    from pellucid._core.randomness import generator_for
    from pellucid.data.background import as_background
    from pellucid.data.table import as_table

    table = as_table(rows, name="DATA")
    if table.n_rows <= _BACKGROUND_ROWS:
        note = f"all {table.n_rows:,} rows of DATA, without --background"
        return replace(as_background(table), note=note)
    order = generator_for(random_state, _BACKGROUND_DRAW).permutation(table.n_rows)
    note = f"{_BACKGROUND_ROWS:,} random rows of the {table.n_rows:,} of DATA, without --background"
    return replace(as_background(table.take(order[:_BACKGROUND_ROWS])), note=note)


def _policy(n_rows: int | None, *, all_rows: bool) -> "SamplingPolicy":
    from pellucid.data.sampling import SamplingPolicy

    if all_rows:
        return SamplingPolicy(allow_eval_sampling=False)
    if n_rows is not None:
        return SamplingPolicy(min_rows=n_rows, max_rows=n_rows)
    return SamplingPolicy()


def _store_and_print(
    importance: "Importance", out: Path, report: Path | None, *, overwrite: bool
) -> None:
    from pellucid.cli.tables import ranking_lines

    saved = importance.save(out, overwrite=overwrite)
    click.echo("\n".join(ranking_lines(importance, _TOP)))
    click.echo()
    click.echo(f"explanation: {saved}")
    if report is not None:
        from pellucid.plots.report import write_report

        click.echo(f"report:      {write_report(importance, report, overwrite=overwrite)}")
