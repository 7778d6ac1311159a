"""Explain a function that nothing is known of, and tell how sure its values are."""

import numpy as np
import pandas as pd

from pellucid import KernelExplainer


def premium(rows: pd.DataFrame) -> np.ndarray:
    """Price an insurance; stands for a model behind a service, of which only answers are seen."""
    risk = 0.02 * (rows["age"] - 45) ** 2 + 120 * (rows["claims"] > 0) * np.log1p(rows["power"])
    return np.asarray(300 + risk + 0.01 * rows["mileage"] - 2 * rows["years"].clip(upper=20))


rng = np.random.default_rng(0)
n = 400
customers = pd.DataFrame(
    {
        "age": rng.integers(18, 85, n),
        "claims": rng.poisson(0.4, n),
        "power": rng.normal(100, 30, n).clip(40).round(),
        "mileage": rng.gamma(4, 3000, n).round(-2),
        "years": rng.integers(0, 40, n),
        "garage": rng.integers(0, 2, n),
    }
)
customer = customers.iloc[[7]]

for budget in (500, 2_000, 30_000):
    explainer = KernelExplainer(premium, customers, budget=budget, random_state=0)
    explanation = explainer.explain_local(customer)
    stats = explanation.stats
    kind = "exact" if stats.exact else f"standard error up to {stats.largest_std_error:.2f}"
    print(f"{stats.n_evaluations} evaluations of the function: {kind}")
    for j, name in enumerate(explanation.features):
        error = "" if stats.exact else f" ± {explanation.std_error[0, j, 0]:.2f}"
        print(f"  {name:8} {explanation.values[0, j, 0]:8.2f}{error}")
