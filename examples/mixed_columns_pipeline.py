"""Explain a pipeline with numbers, missing values and categories in the columns it is given."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder

from pellucid import TreeExplainer


def make_flats(n: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Make up flats and their rents."""
    rng = np.random.default_rng(seed)
    flats = pd.DataFrame(
        {
            "area": rng.normal(70, 20, n).clip(20).round(),
            "year": rng.integers(1900, 2025, n).astype(float),
            "district": rng.choice(["center", "north", "south", "harbor"], n),
            "heating": rng.choice(["gas", "district heating", "none"], n),
        }
    )
    extra = flats["district"].map({"center": 400, "north": 0, "south": 50, "harbor": 200})
    rent = 11 * flats["area"] + extra + 150 * (flats["year"] > 1990) + rng.normal(0, 30, n)
    flats.loc[rng.random(n) < 0.15, "year"] = np.nan
    return flats, rent


flats, rent = make_flats(1500, seed=0)
train, test, rent_train, _ = train_test_split(flats, rent, random_state=0)
model = make_pipeline(
    make_column_transformer(
        (KBinsDiscretizer(8, quantile_method="averaged_inverted_cdf"), ["area"]),
        (SimpleImputer(add_indicator=True), ["year"]),
        (OneHotEncoder(), ["district", "heating"]),
    ),
    GradientBoostingRegressor(random_state=0),
).fit(train, rent_train)
print(f"{train.shape[1]} columns become {model[:-1].transform(test).shape[1]} inside the pipeline.")

explainer = TreeExplainer(model, train.sample(200, random_state=0))
importance = explainer.explain_global(test)
print("\nWhat the rent depends on, and by how much on average:")
for name, value in importance.get_feature_importance_dict().items():
    print(f"  {name:10} {value:6.1f}")

flat = test[test["year"].isna()].head(1)
explanation = explainer.explain_local(flat)
print(f"\nA flat whose year is not known: {explanation.predictions[0, 0]:.0f}")
print(f"  {'average':30} {explanation.base_values[0, 0]:8.1f}")
for name, cell, value in zip(flat.columns, flat.iloc[0], explanation.values[0, :, 0], strict=True):
    print(f"  {name + ' = ' + str(cell):30} {value:+8.1f}")
