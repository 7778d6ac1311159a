"""Entry point of the ``pellucid`` program: its commands, and how it fails.

Results go to standard output, progress and notes to standard error.

Exit codes: 0 done · 1 an error of ours · 2 wrong usage · 4 a file that is not trusted, or corrupt
· 130 interrupted · 141 the reader of the output went away.
"""

import os
import sys
import warnings
from collections.abc import Sequence

import click

from pellucid import __version__
from pellucid._core.errors import CorruptFileError, FeatureMismatchError, PellucidError
from pellucid.cli.dashboard import dashboard
from pellucid.cli.demo import demo
from pellucid.cli.explain import explain
from pellucid.cli.model_files import UntrustedFileError
from pellucid.cli.show import show

_EPILOG = """\b
Examples:
  pellucid demo
  pellucid explain model.txt rows.csv --target income -o income
  pellucid show income --row 17
  pellucid dashboard income

\b
Exit codes: 0 done, 1 error, 2 wrong usage, 4 file not trusted or corrupt,
130 interrupted.
"""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
    no_args_is_help=False,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def pellucid() -> None:
    """Explain machine-learning models: exactly where that is possible, with stated errors else."""


for _command in (explain, show, dashboard, demo):
    pellucid.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; by default that of the process.

    Raises
    ------
    SystemExit
        Always, with one of the exit codes above.
    """
    _settle_streams()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except click.UsageError as error:
        code = _fail(error.format_message(), 2, hint=_usage_hint(error))
    except click.ClickException as error:
        code = _fail(error.format_message(), error.exit_code)
    except KeyboardInterrupt:
        code = _fail("interrupted", 130)
    except BrokenPipeError:
        # The reader, such as head, has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except (CorruptFileError, UntrustedFileError) as error:
        code = _fail(str(error), 4)
    except FeatureMismatchError as error:
        hint = "columns that are not the model's are removed by --target and --drop"
        code = _fail(str(error), 1, hint=hint)
    except PellucidError as error:
        lacks_text = "missing values in columns of categories" in str(error)
        hint = "--fill-missing-category TEXT puts TEXT there" if lacks_text else ""
        code = _fail(str(error), 1, hint=hint)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run a command; click's own ``main`` would answer broken pipes and interrupts in its way."""
    try:
        with pellucid.make_context("pellucid", arguments) as context:
            pellucid.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _fail(message: str, code: int, *, hint: str = "") -> int:
    click.echo(f"pellucid: error: {_line(message)}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    return code


def _usage_hint(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx is not None else "pellucid"
    return f"see: {command} --help"


def _settle_streams() -> None:
    """Never fail for a character that the terminal does not know; warn in one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    warnings.showwarning = _show_warning


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"pellucid: warning: {_line(str(message))}", err=True)


def _line(message: str) -> str:
    """Return a message on one line, in words of the command line."""
    for word, ours in (("initialization_examples", "background"), ("evaluation_examples", "DATA")):
        message = message.replace(word, ours)
    return " ".join(message.split())
