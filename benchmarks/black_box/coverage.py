"""How often the exact value lies within 1.96 standard errors of ours: 95 times in 100, if honest.

For each problem and budget, over at least 500 values that are not known beforehand: a column that
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
BUDGETS = (None, 10_000, 50_000)
TITLES = ("", "budget", "model rows", "error", "values", "covered", "error / stated")


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
        for budget in BUDGETS:
            found = until_enough(problem, rows, exact, budget, 1 if arguments.quick else N_VALUES)
            if found is None:
                continue
            first, coverage = found
            what = "default" if budget is None else f"{budget:,}"
            figures = f"{coverage.share:.3f}", f"{coverage.actual_to_stated:.2f}"
            spent = f"{first.n_rows:,.0f}", number(error(first.values, exact))
            lines.append((name, what, *spent, f"{coverage.n_values:,}", *figures))
            verdicts.append((f"{name}, {what}: values covered", coverage.share))
            print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
    print(heading("Covered by 1.96 standard errors", markdown=arguments.markdown))
    print(table(TITLES, lines, markdown=arguments.markdown))
    print()
    for what, share in verdicts:
        verdict_between(what, share, 0.90, 1.0)


def until_enough(problem: Problem, rows, exact, budget: int | None, n_values: int):
    """Explain with seed after seed; return the first result and all's coverage, None if exact."""
    parts: list[Found] = []
    while True:
        parts.append(pellucid(problem, problem.reference, rows, budget, seed=len(parts)))
        if parts[-1].std_error is None:
            return None
        coverage = covered(parts, exact)
        if coverage.n_values >= n_values or len(parts) == 10:
            return parts[0], coverage


def covered(parts: list[Found], exact: np.ndarray) -> Coverage:
    gap = np.concatenate([np.abs(found.values - exact).ravel() for found in parts])
    stated = np.concatenate([found.std_error.ravel() for found in parts])
    rounding = 1e-9 * np.abs(exact).max()
    uncertain = (stated > rounding) | (gap > rounding)
    gap, stated = gap[uncertain], stated[uncertain]
    actual_to_stated = np.sqrt((gap**2).mean() / max((stated**2).mean(), rounding**2))
    return Coverage(len(gap), float((gap <= 1.96 * stated + rounding).mean()), actual_to_stated)


if __name__ == "__main__":
    main()
