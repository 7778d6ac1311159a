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
@click.option("--open/--no-open", "opens", default=True, help="Open the page in a browser.")
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
) -> None:
    """Write the explanation stored in OUT as one HTML file, and open it in a browser.

    The page needs no network and no Python; it can be sent to others. If OUT is a folder of several
    stored explanations, each becomes a page in a folder of pages, which lead to each other and
    compare themselves.
    """
    import pellucid
    from pellucid.dashboard import save_html, save_runs

    options: dict[str, Any] = {
        "title": title,
        "include_data": include_data,
        "language": language,
        "max_rows": max_rows,
        "overwrite": overwrite,
    }
    if is_folder_of_runs(out):
        pages = save_runs(out, page or Path(f"{out.resolve().name}-pages"), **options)
    else:
        found = pellucid.load(out)
        if isinstance(found, pellucid.Interactions):
            raise pellucid.InvalidInputError(f"{out} holds interactions, which have no dashboard")
        pages = [save_html(found, page or Path(f"{out.resolve().stem}.html"), **options)]
    click.echo("\n".join(map(str, pages)))
    if opens:
        webbrowser.open(pages[-1].resolve().as_uri())


def is_folder_of_runs(out: Path) -> bool:
    """Whether a folder is no stored explanation itself, but holds some."""
    from pellucid.explanation.archive import MANIFEST

    return not (out / MANIFEST).exists() and any(out.glob(f"*/{MANIFEST}"))
