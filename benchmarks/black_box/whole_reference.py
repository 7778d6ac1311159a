"""How near to the truth of all reference rows everyone comes, at what shap spends by default.

shap explains by 100 of the reference rows, as its warning suggests, with its default number of
coalitions; every fourth part of the rows by another draw of 100. By k-means it explains by ten
centers, with as many model rows. ``SamplingExplainer`` and pellucid take all reference rows, and
spend no more. Then pellucid gets a fraction of that, down to where shap is nearer.

    python benchmarks/black_box/whole_reference.py --quick
    python benchmarks/black_box/whole_reference.py --problems diabetes-mlp
"""

import surroundings  # noqa: F401, I001

import sys

import numpy as np

from arguments import chosen_problems, parsed, verdict
from contenders import error, pellucid, shap_kernel, shap_kernel_of_centers, shap_sampling
from printing import heading, number, table
from problems import Problem, take

N_DRAWS = 4
FRACTIONS = (10, 20, 50, 100, 200)
TITLES = ("", "model rows", "pellucid", "shap 100", "shap k-means", "shap Sampling")
FEWER = ("", *(f"1/{fraction}" for fraction in FRACTIONS), "shap 100, all", "as near from")


def main():
    arguments = parsed(__doc__)
    lines, fewer, verdicts = [], [], []
    for name, problem in chosen_problems(arguments):
        rows = take(problem.rows, slice(arguments.rows))
        exact = problem.solve(problem.reference, rows)
        values, spent = by_hundred(problem, rows, arguments.background)
        theirs = error(values, exact)
        ours, centers, sampling = (
            error(contender(problem, problem.reference, rows, round(spent)).values, exact)
            for contender in (pellucid, shap_kernel_of_centers, shap_sampling)
        )
        errors = map(number, (ours, theirs, centers, sampling))
        lines.append((name, f"{spent:,.0f}", *errors))
        print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
        fractions = with_less(problem, rows, exact, spent)
        enough = n_until_worse(fractions, theirs)
        reached = f"1/{FRACTIONS[enough - 1]}" if enough else "-"
        share = 1 / FRACTIONS[enough - 1] if enough else 1.0
        fewer.append((name, *map(number, fractions), number(theirs), reached))
        verdicts.append((name, ours / theirs, share, ours / sampling))
    print(heading(f"Error, {arguments.rows} rows explained", markdown=arguments.markdown))
    print(table(TITLES, lines, markdown=arguments.markdown))
    print(heading("pellucid's error with fewer model rows", markdown=arguments.markdown))
    print(table(FEWER, fewer, markdown=arguments.markdown))
    print()
    for name, ratio, share, to_sampling in verdicts:
        verdict(f"{name}: ratio to shap with 100 reference rows", ratio, 1 / 5)
        verdict(f"{name}: share of shap's model rows that is as near", share, 1 / 10)
        verdict(f"{name}: ratio to shap's SamplingExplainer", to_sampling, 1 / 2)
    median = float(np.median([ratio for _, ratio, *_ in verdicts]))
    verdict("median ratio to shap with 100 reference rows", median, 1 / 10)


def by_hundred(problem: Problem, rows, n: int) -> tuple[np.ndarray, float]:
    """Return shap's values by samples of the reference rows, and its model rows per row."""
    n_coalitions = min(2 * problem.n_players + 2048, 2**problem.n_players - 2)
    parts = [
        shap_kernel(problem, background, take(rows, part), n_coalitions * len(background))
        for part, background in (
            (part, problem.sample(n, seed))
            for seed, part in enumerate(np.array_split(np.arange(len(rows)), N_DRAWS))
            if len(part)
        )
    ]
    values = np.concatenate([found.values for found in parts])
    return values, float(np.mean([found.n_rows for found in parts]))


def with_less(problem: Problem, rows, exact: np.ndarray, spent: float) -> list[float]:
    """Return our error with each fraction of the model rows; NaN where that is too few to start."""
    least = 8 * problem.n_players
    return [
        error(pellucid(problem, problem.reference, rows, round(spent / fraction)).values, exact)
        if spent / fraction >= least
        else np.nan
        for fraction in FRACTIONS
    ]


def n_until_worse(errors: list[float], theirs: float) -> int:
    """Return how many of our errors, from the first on, are no larger than theirs."""
    worse = [not found <= theirs for found in errors]
    return worse.index(True) if any(worse) else len(worse)


if __name__ == "__main__":
    main()
