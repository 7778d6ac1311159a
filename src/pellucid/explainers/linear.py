"""``LinearExplainer``: exact Shapley values of linear models."""
