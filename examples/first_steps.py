"""Train a classifier on breast-cancer data, and explain it globally and for one patient."""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from pellucid import TabularExplainer

data = load_breast_cancer()
x_train, x_test, y_train, _ = train_test_split(data.data, data.target, random_state=0)
model = RandomForestClassifier(100, random_state=0).fit(x_train, y_train)

explainer = TabularExplainer(
    model, x_train, features=data.feature_names, classes=list(data.target_names)
)

importance = explainer.explain_global(x_test)
print("What matters most to the model:")
for name, value in importance.get_feature_importance_dict(top_k=5).items():
    print(f"  {name:22} {value:.3f}")

patient = explainer.explain_local(x_test[0]).output("malignant")
print(f"\nOne patient, predicted probability of malignant: {patient.predictions[0, 0]:.3f}")
print(f"  {'average of the training data':30} {patient.base_values[0, 0]:+.3f}")
largest = abs(patient.values[0, :, 0]).argsort()[::-1][:5]
for j in largest:
    print(f"  {patient.features[j]:30} {patient.values[0, j, 0]:+.3f}")
rest = patient.values[0].sum() - patient.values[0, largest].sum()
print(f"  {'25 other features':30} {rest:+.3f}")

stats = patient.stats
print(f"\nMethod: {stats.method}; exact: {stats.exact}; efficiency gap: {stats.efficiency_gap:.0e}")
