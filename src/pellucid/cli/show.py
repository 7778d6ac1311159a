"""``pellucid show``: look at a stored explanation."""

from pathlib import Path

import click

_EPILOG = """\b
Examples:
  pellucid show income                          the ranked features
  pellucid show income --row 17 --row 40        why two rows got their predictions
  pellucid show income --row 17 --class '>50K'  the same, for one class
  pellucid show income --engineered             the columns that a pipeline made
  pellucid show income --json                   for other programs
"""


@click.command(epilog=_EPILOG, short_help="Show a stored explanation, or single rows of it.")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--top",
    "top_k",
    type=click.IntRange(min=1),
    default=15,
    show_default="15",
    metavar="K",
    help="Features in each table.",
)
@click.option(
    "--row",
    "rows",
    multiple=True,
    metavar="I",
    help="Show how one row gets from the base value to its prediction; may be repeated. Rows are "
    "called by their number in the data, from 0; those sampled from a sparse file by their place in "
    "the sample, as '0 of the sample'.",
)
@click.option(
    "--class",
    "output",
    metavar="NAME",
    help="Class to show. By default importance is averaged over the classes, and rows are shown "
    "for the second of two classes, or of more for the one predicted.",
)
@click.option(
    "--engineered",
    is_flag=True,
    help="Show the engineered columns, if they were explained as well.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of tables.")
def show(
    *,
    out: Path,
    top_k: int,
    rows: tuple[str, ...],
    output: str | None,
    engineered: bool,
    as_json: bool,
) -> None:
    """Show the explanation stored in OUT: the ranked features, or single rows."""
    import pellucid
    from pellucid.cli.records import as_json_text
    from pellucid.cli.tables import plain, ranking_lines, row_lines
    from pellucid.explanation.local import Explanation
    from pellucid.plots.outputs import find_row
    from pellucid.plots.waterfall import Waterfall

    found = pellucid.load(out)
    if isinstance(found, pellucid.Interactions):
        if rows or output is not None or engineered or as_json:
            raise pellucid.InvalidInputError(
                f"{out} holds interactions, of which only the ranking is shown; leave out "
                "--row, --class, --engineered and --json"
            )
        click.echo(repr(found.top(top_k)))
        return
    importance = found.importance() if isinstance(found, Explanation) else found
    if engineered:
        if importance.engineered is None:
            raise pellucid.InvalidInputError(
                f"{out} has no engineered columns; explain with --engineered"
            )
        importance = importance.engineered
    local = importance.local
    if local is None and rows:
        raise pellucid.InvalidInputError(f"{out} keeps no single rows, only their importance")
    steps = [
        Waterfall.from_explanation(local, find_row(local, row), output=output, top_k=top_k)
        for row in rows
        if local is not None
    ]
    if output is not None:
        importance = importance.output(output)
    if as_json:
        click.echo(as_json_text(importance, steps, top_k))
        return
    blocks = [row_lines(row) for row in steps] or [ranking_lines(importance, top_k)]
    if steps:
        blocks.append([plain(steps[0].provenance)])
    click.echo("\n\n".join("\n".join(block) for block in blocks))
