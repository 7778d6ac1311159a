"""skorch: networks of torch with scikit-learn's verbs."""

from typing import Any

from pellucid._core.errors import InvalidInputError, UnsupportedModelError
from pellucid._core.typing import Task
from pellucid.data.layout import Layout
from pellucid.data.table import Table
from pellucid.models.model import Model
from pellucid.models.torch import network_for, of_network, with_outputs_of
from pellucid.models.torch.network import sigmoid, softmax

HEADS = {"BCEWithLogitsLoss": sigmoid, "CrossEntropyLoss": softmax}
"""What skorch puts behind a classifier's module, by the loss it was trained with."""


def from_net(
    net: Any, *, examples: Table | None, task: Task | None, layout: Layout | None = None
) -> Model:
    """Adapt a fitted NeuralNetClassifier, NeuralNetBinaryClassifier, NeuralNetRegressor or NeuralNet.

    A classifier whose module returns margins can be explained in these, and in probabilities.

    Raises
    ------
    UnsupportedModelError
        It is not fitted.
    InvalidInputError
        There are no examples.
    ModelError
        Its module fails on the examples.
    """
    name = type(net).__name__
    if not getattr(net, "initialized_", False):
        raise UnsupportedModelError(f"{name} is not fitted; call fit first")
    if examples is None:
        raise InvalidInputError(
            f"what {name} returns is learnt by calling it on a few rows; "
            "pass initialization_examples"
        )
    classes = getattr(net, "classes_", None) if hasattr(net, "predict_proba") else None
    if classes is None:
        network = network_for(net.module_, examples, layout)
        return of_network(network, net, name, examples=examples, task=task or "regression")
    head = net.predict_nonlinearity
    if head == "auto":
        head = HEADS.get(type(net.criterion_).__name__)
    models = [
        of_network(
            network_for(net.module_, examples, layout, head=each),
            net,
            name,
            examples=examples,
            task="classification",
            classes=classes,
        )
        for each in ((None, head) if head is not None else (None,))
    ]
    return with_outputs_of(models)


ADAPTERS = {"NeuralNet": from_net}
