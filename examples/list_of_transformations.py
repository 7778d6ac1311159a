"""Explain a model behind a list of transformers, as the old SDK's documentation writes it."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid import TabularExplainer


def make_passengers(n: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Make up passengers, and who of them survived."""
    rng = np.random.default_rng(seed)
    passengers = pd.DataFrame(
        {
            "age": rng.normal(30, 12, n).clip(1, 80).round(),
            "fare": rng.lognormal(3, 0.8, n).round(1),
            "embarked": rng.choice(["Southampton", "Cherbourg", "Queenstown"], n),
            "sex": rng.choice(["female", "male"], n),
            "pclass": rng.choice([1, 2, 3], n),
        }
    )
    score = 2.5 * (passengers["sex"] == "female") - passengers["pclass"] - passengers["age"] / 40
    survived = (score + rng.logistic(size=n) > -1).astype(int)
    passengers.loc[rng.random(n) < 0.2, "age"] = np.nan
    return passengers, survived


passengers, survived = make_passengers(1200, seed=0)
train, test = passengers[:1000], passengers[1000:]
numeric, categorical = ["age", "fare"], ["embarked", "sex", "pclass"]

transformations = [
    *(([f], make_pipeline(SimpleImputer(), StandardScaler()).fit(train[[f]])) for f in numeric),
    *(([f], OneHotEncoder(sparse_output=False).fit(train[[f]])) for f in categorical),
]
prepared = np.hstack([transformer.transform(train[f]) for f, transformer in transformations])
model = LogisticRegression(max_iter=1000).fit(prepared, survived[:1000])

explainer = TabularExplainer(model, train, transformations=transformations)
importance = explainer.explain_global(test)
print(f"{prepared.shape[1]} columns inside, {len(importance.features)} explained, exactly:")
for name, value in importance.get_feature_importance_dict().items():
    print(f"  {name:10} {value:.3f}")

same = ColumnTransformer([(f[0], transformer, f) for f, transformer in transformations]).fit(train)
again = TabularExplainer(model, train, transformations=same).explain_global(test)
gap = np.abs(importance.local.values - again.local.values).max()
print(f"The same as a ColumnTransformer: values differ by {gap:.0e} at most.")
