"""Train a small network on the diabetes data, and explain it: values add up, and are cheap."""

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

try:
    import torch
except ModuleNotFoundError:
    print("this example needs torch: pip install 'pellucid[deep]'")
    raise SystemExit(0) from None

from pellucid import TabularExplainer

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
x_train, x_test, y_train, y_test = train_test_split(X, y, random_state=0)
scaler = StandardScaler().set_output(transform="pandas").fit(x_train)

torch.manual_seed(0)
torch.set_num_threads(1)
network = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.GELU(), torch.nn.Linear(32, 1))
inputs = torch.tensor(scaler.transform(x_train).to_numpy(), dtype=torch.float32)
targets = torch.tensor(y_train.to_numpy() / 100, dtype=torch.float32)  # in hundreds
for _ in range(200):
    network.zero_grad()
    torch.nn.functional.mse_loss(network(inputs)[:, 0], targets).backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.sub_(0.1 * parameter.grad)

# The network takes scaled columns; explanations are of the columns as they are.
explainer = TabularExplainer(network, x_train, transformations=scaler)
print(explainer)
print(explainer.explain_local(x_test[:1])[0])
print(explainer.explain_global(x_test))
