"""How often the exact value lies within 1.96 standard errors of ours: 95 times in 100, if honest.

For each problem and budget, and for standard errors that are asked for with ``target_se``, where the
explanation of a row ends as soon as it believes to be there, or when its budget is spent: over at least 500 values that are not known beforehand: a column that
the model never looks at has the value 0 and no error, and is counted only if we say otherwise. The
last column is the root of the mean squared error, relative to what the standard errors say.

    python benchmarks/black_box/coverage.py --quick
    python benchmarks/black_box/coverage.py --problems synthetic-boosting
"""

import surroundings  # noqa: F401, I001

import sys
from typing import NamedTuple

import numpy as np

from arguments import chosen_problems, parsed, verdict_between
from contenders import Found, error, pellucid
from printing import heading, number, table
from problems import Problem, take

N_VALUES = 500
CHOICES = {
    "default budget": {"budget": None},
    "10,000": {"budget": 10_000},
    "50,000": {"budget": 50_000},
    "target 10 %": {"budget": None, "target_se": 0.1},
    "target 3 %": {"budget": None, "target_se": 0.03},
    "target 1 %, 5,000": {"budget": 5_000, "target_se": 0.01},
}
QUICK_CHOICES = ("10,000", "target 10 %")
TITLES = ("", "choice", "model rows", "error", "reached", "values", "covered", "error / stated")


class Coverage(NamedTuple):
    """Values that are uncertain, the share of them within reach, and actual error to stated."""

    n_values: int
    share: float
    actual_to_stated: float


def main():
    arguments = parsed(__doc__)
    lines, verdicts = [], []
    for name, problem in chosen_problems(arguments):
        n_rows = (
            arguments.rows
            if arguments.quick
            else max(arguments.rows, N_VALUES // problem.n_players)
        )
        rows = take(problem.rows, slice(n_rows))
        exact = problem.solve(problem.reference, rows)
        for choice in QUICK_CHOICES if arguments.quick else CHOICES:
            options = CHOICES[choice]
            parts = until_enough(problem, rows, exact, options, 1 if arguments.quick else N_VALUES)
            if parts[0].std_error is None:
                continue
            coverage = covered(parts, exact)
            reached = "-"
            if "target_se" in options:
                n_missed = sum(found.n_missed for found in parts)
                reached = f"{1 - n_missed / (len(rows) * len(parts)):.0%}"
            spent = f"{parts[0].n_rows:,.0f}", number(error(parts[0].values, exact)), reached
            figures = f"{coverage.share:.3f}", f"{coverage.actual_to_stated:.2f}"
            lines.append((name, choice, *spent, f"{coverage.n_values:,}", *figures))
            verdicts.append((f"{name}, {choice}: values covered", coverage.share))
            print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
    print(heading("Covered by 1.96 standard errors", markdown=arguments.markdown))
    print(table(TITLES, lines, markdown=arguments.markdown))
    print()
    for what, share in verdicts:
        verdict_between(what, share, 0.90, 1.0)


def until_enough(
    problem: Problem, rows, exact: np.ndarray, options: dict, n_values: int
) -> list[Found]:
    """Explain with seed after seed until there are enough values, or they are exact."""
    parts: list[Found] = []
    while len(parts) < 10:
        found = pellucid(problem, problem.reference, rows, **options, random_state=len(parts))
        parts.append(found)
        if found.std_error is None or covered(parts, exact).n_values >= n_values:
            break
    return parts


def covered(parts: list[Found], exact: np.ndarray) -> Coverage:
    gap = np.concatenate([np.abs(found.values - exact).ravel() for found in parts])
    stated = np.concatenate(
        [
            np.zeros(exact.size) if found.std_error is None else found.std_error.ravel()
            for found in parts
        ]
    )
    rounding = 1e-9 * np.abs(exact).max()
    uncertain = (stated > rounding) | (gap > rounding)
    gap, stated = gap[uncertain], stated[uncertain]
    actual_to_stated = np.sqrt((gap**2).mean() / max((stated**2).mean(), rounding**2))
    return Coverage(len(gap), float((gap <= 1.96 * stated + rounding).mean()), actual_to_stated)


if __name__ == "__main__":
    main()
