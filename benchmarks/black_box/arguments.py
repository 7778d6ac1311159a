"""What all scripts here can be asked for, and the line that compares a figure with its target."""

import argparse
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from printing import machine
from problems import PROBLEMS, Absent, Problem

QUICK = {"rows": 2, "background": 8, "coalitions": [4]}


def parsed(description: str, *, coalitions: list[int] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    names = ", ".join(PROBLEMS)
    add("--problems", nargs="+", metavar="NAME", choices=PROBLEMS, default=[*PROBLEMS], help=names)
    add("--rows", type=int, help="rows to explain; 20")
    add("--background", type=int, help="reference rows of those who can take few only; 100")
    if coalitions is not None:
        per_player = " ".join(map(str, coalitions))
        add("--coalitions", nargs="+", type=int, help=f"per player; {per_player}")
    add(
        "--quick",
        action="store_true",
        help="tiny models and two rows: says nothing but that it runs",
    )
    add("--markdown", action="store_true", help="print Markdown tables")
    arguments = parser.parse_args()
    usual = {"rows": 20, "background": 100, "coalitions": coalitions}
    for name, value in (QUICK if arguments.quick else usual).items():
        if getattr(arguments, name, value) is None:
            setattr(arguments, name, value)
    return arguments


def chosen_problems(arguments: argparse.Namespace) -> Iterator[tuple[str, Problem]]:
    """Yield the problems asked for, but for those whose data is absent, which it names."""
    warnings.simplefilter("ignore")  # of small networks, and of the peers
    print(machine() + (", quick" if arguments.quick else ""))
    print(", ".join(map(installed, ("pellucid", "shap", "shapiq", "scikit-learn"))))
    for name in arguments.problems:
        try:
            yield name, PROBLEMS[name](quick=arguments.quick)
        except Absent as reason:
            print(reason)


def installed(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def verdict(what: str, found: float, target: float) -> None:
    """Print whether a figure is at most its target."""
    word = "met" if found <= target else "MISSED"
    print(f"{word}: {what} is {found:.3g}; the target is at most {target:.3g}")


def verdict_between(what: str, found: float, least: float, most: float) -> None:
    """Print whether a figure is within its target."""
    word = "met" if least <= found <= most else "MISSED"
    print(f"{word}: {what}: {found:.3f}; the target is {least:.2f} to {most:.2f}")
