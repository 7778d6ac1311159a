"""How near to the truth everyone comes with the same reference rows and the same model rows.

Every contender explains the same rows of each problem by the same reference rows, in turns, and
may evaluate the model as often as the others. The truth is that of these reference rows; an error is
the Euclidean distance to it relative to its length, the median over the rows explained.

    python benchmarks/black_box/accuracy.py --quick
    python benchmarks/black_box/accuracy.py --problems cancer-forest --coalitions 10
"""

import surroundings  # noqa: F401, I001

import sys

import numpy as np

from arguments import chosen_problems, parsed, verdict
from contenders import error, pellucid, shap_kernel, shapiq_kernel
from printing import heading, number, table
from problems import take

TITLES = ("", "coalitions", "model rows", "pellucid", "shap", "shapiq", "pellucid / shap")


def main():
    arguments = parsed(__doc__, coalitions=[4, 10, 30, 70])
    ratios = {}
    lines = []
    for name, problem in chosen_problems(arguments):
        background = problem.sample(arguments.background)
        rows = take(problem.rows, slice(arguments.rows))
        exact = problem.solve(background, rows)
        for factor in arguments.coalitions:
            budget = factor * problem.n_players * len(background)
            found = [
                contender(problem, background, rows, budget)
                for contender in (pellucid, shap_kernel, shapiq_kernel)
            ]
            errors = [error(one.values, exact) for one in found]
            spent = max(one.n_rows for one in found)
            ratio = errors[0] / errors[1]
            ratios.setdefault(name, []).append(ratio)
            cells = f"{factor} d", f"{spent:,.0f}", *map(number, errors), f"{ratio:.2f}"
            lines.append((name, *cells))
            print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
    print(heading(f"{arguments.rows} rows explained", markdown=arguments.markdown))
    print(table(TITLES, lines, markdown=arguments.markdown))
    print()
    for name, of_problem in ratios.items():
        verdict(f"{name}: largest ratio to shap", max(of_problem), 1 / 2)
    verdict("median ratio to shap", float(np.median(np.concatenate([*ratios.values()]))), 1 / 4)


if __name__ == "__main__":
    main()
