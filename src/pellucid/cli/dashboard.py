"""``pellucid dashboard``: a stored explanation as an interactive page."""

import webbrowser
from pathlib import Path
from typing import Any

import click

_EPILOG = """\b
Examples:
  pellucid dashboard income                      write income.html and open it
  pellucid dashboard income -o for-the-team.html --no-open
  pellucid dashboard income --no-data            aggregates only, no single rows
  pellucid dashboard income --model model.txt    served, with answers of the model
  pellucid dashboard runs                        a page for each of several in a folder
"""


@click.command(epilog=_EPILOG, short_help="Show a stored explanation in a browser.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "page",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="HTML file to write, or folder of several. By default it is called like OUT, in this folder.",
)
@click.option("--title", metavar="TEXT", help="Heading of the page.")
@click.option(
    "--language",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the page.",
)
@click.option(
    "--data/--no-data",
    "include_data",
    default=True,
    help="Whether single rows are in the file, or aggregates over all rows alone.",
)
@click.option(
    "--max-rows", type=click.IntRange(min=1), metavar="N", help="Most rows that are in the file."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option(
    "--open/--no-open",
    "--browser/--no-browser",
    "opens",
    default=True,
    help="Open the page in a browser.",
)
@click.option(
    "--model",
    "model_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The model explained, as 'pellucid explain' takes it. The page is then served by this "
    "program, and asks the model what would be if.",
)
@click.option("--trust", is_flag=True, help="Load a pickled model, which runs the code in it.")
@click.option("--serve", is_flag=True, help="Serve the page without a model, all rows on demand.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Where it is served, on this machine alone. By default a free port.",
)
def dashboard(
    *,
    out: Path,
    page: Path | None,
    title: str | None,
    language: str,
    include_data: bool,
    max_rows: int | None,
    overwrite: bool,
    opens: bool,
    model_file: Path | None,
    trust: bool,
    serve: bool,
    port: int,
) -> None:
    """Write the explanation stored in OUT as one HTML file, and open it in a browser.

    The page needs no network and no Python; it can be sent to others. If OUT is a folder of several
    stored explanations, each becomes a page in a folder of pages, which lead to each other and
    compare themselves. With --model or --serve, no file is written: this program serves the page to
    this machine alone, until Ctrl-C.
    """
    serves = serve or model_file is not None
    if serves and (page is not None or max_rows is not None or overwrite or not include_data):
        raise click.UsageError(
            "--model and --serve write no file: -o, --overwrite, --max-rows and --no-data do not apply"
        )
    if port and not serves:
        raise click.UsageError("--port needs --model or --serve")
    import pellucid
    from pellucid.dashboard import save_html, save_runs

    if is_folder_of_runs(out):
        if serves:
            raise click.UsageError("--model and --serve are for one explanation, not for a folder")
        found = None
    else:
        found = pellucid.load(out)
        if isinstance(found, pellucid.Interactions):
            raise pellucid.InvalidInputError(f"{out} holds interactions, which have no dashboard")
    if serves:
        _serve(
            found, model_file, trust=trust, title=title, language=language, port=port, opens=opens
        )
        return
    options: dict[str, Any] = {
        "title": title,
        "include_data": include_data,
        "language": language,
        "max_rows": max_rows,
        "overwrite": overwrite,
    }
    if found is None:
        pages = save_runs(out, page or Path(f"{out.resolve().name}-pages"), **options)
    else:
        pages = [save_html(found, page or Path(f"{out.resolve().stem}.html"), **options)]
    click.echo("\n".join(map(str, pages)))
    if opens:
        webbrowser.open(pages[-1].resolve().as_uri())


def is_folder_of_runs(out: Path) -> bool:
    """Whether a folder is no stored explanation itself, but holds some."""
    from pellucid.explanation.archive import MANIFEST

    return not (out / MANIFEST).exists() and any(out.glob(f"*/{MANIFEST}"))


def _serve(
    found: Any,
    model_file: Path | None,
    *,
    trust: bool,
    title: str | None,
    language: str,
    port: int,
    opens: bool,
) -> None:
    """Serve a page until it is interrupted."""
    from pellucid import ExplanationDashboard
    from pellucid.cli.model_files import load_model

    model = None if model_file is None else load_model(model_file, trust=trust)
    shown = ExplanationDashboard(
        found, model, title=title, language="es" if language == "es" else "en", port=port
    )
    with shown:
        click.echo(shown.show(browser=opens))
        click.echo("The link works once. Ctrl-C stops serving.", err=True)
        try:
            shown.wait()
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
