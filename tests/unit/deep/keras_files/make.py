"""Makes the model files beside this script, and what the library they were saved with predicts.

``KERAS_BACKEND=tensorflow python make.py``, then ``KERAS_BACKEND=jax python make.py dense logits``:
models named on the command line are made again. Tests need neither TensorFlow nor jax.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

HERE = Path(__file__).parent
N_ROWS = 24
rng = np.random.default_rng(0)


def stack(shape, *parts):
    return keras.Sequential([keras.Input(shape), *parts])


def attention():
    given = keras.Input((5, 6))
    found = layers.MultiHeadAttention(2, 3)(given, given)
    found = layers.LayerNormalization()(layers.Add()([given, found]))
    found = layers.GlobalAveragePooling1D()(found)
    return keras.Model(given, layers.Dense(3, activation="softmax")(found))


def two_inputs():
    numbers = keras.Input((3,), name="numbers")
    tokens = keras.Input((4,), name="tokens", dtype="int32")
    found = layers.GlobalAveragePooling1D()(layers.Embedding(12, 5)(tokens))
    found = layers.Concatenate()([layers.Dense(4, activation="tanh")(numbers), found])
    out = layers.Dense(1, activation="sigmoid")(layers.Dense(6, activation="relu")(found))
    return keras.Model({"numbers": numbers, "tokens": tokens}, out)


def in_type(policy, make):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return make()
    finally:
        keras.config.set_dtype_policy(before)


def perceptron(*last):
    return stack((6,), layers.Dense(12, activation="relu"), layers.Dense(6, "tanh"), *last)


ZOO = {
    "dense": (lambda: perceptron(layers.Dense(3, "softmax")), "categorical_crossentropy"),
    "logits": (lambda: perceptron(layers.Dense(1)), keras.losses.BinaryCrossentropy(True)),
    "batch_norm": (
        lambda: stack(
            (6,),
            layers.Dense(12),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.3),
            layers.Dense(1, "sigmoid"),
        ),
        "binary_crossentropy",
    ),
    "gelu_layer_norm": (
        lambda: stack((6,), layers.Dense(12, "gelu"), layers.LayerNormalization(), layers.Dense(1)),
        "mse",
    ),
    "activations": (
        lambda: stack(
            (6,),
            layers.Normalization(mean=np.zeros(6), variance=np.full(6, 2.0)),
            layers.Dense(8),
            layers.LeakyReLU(),
            layers.Dense(8, "elu"),
            layers.PReLU(),
            layers.GroupNormalization(4),
            layers.Dense(8, "softplus"),
            layers.Dense(8, "hard_sigmoid"),
            layers.Dense(2, "log_softmax"),
        ),
        "mse",
    ),
    "lstm": (lambda: stack((5, 3), layers.LSTM(6), layers.Dense(2)), "mse"),
    "two_ways_gru": (
        lambda: stack(
            (5, 3),
            layers.Bidirectional(layers.GRU(4, return_sequences=True)),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2),
        ),
        "mse",
    ),
    "simple_rnn": (lambda: stack((5, 3), layers.SimpleRNN(6), layers.Dense(2)), "mse"),
    "masked_lstm": (
        lambda: stack(
            (5,), layers.Embedding(12, 5, mask_zero=True), layers.LSTM(4), layers.Dense(1)
        ),
        "mse",
    ),
    "conv1d": (
        lambda: stack(
            (10, 3),
            layers.Conv1D(6, 3, padding="same", activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(4, 3, padding="causal", activation="swish"),
            layers.Flatten(),
            layers.Dense(2),
        ),
        "mse",
    ),
    "conv2d": (
        lambda: stack(
            (8, 8, 2),
            layers.Conv2D(4, 3, padding="same", strides=2, activation="relu"),
            layers.SeparableConv2D(4, 2, padding="same"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ),
        "categorical_crossentropy",
    ),
    "attention": (attention, "categorical_crossentropy"),
    "two_inputs": (two_inputs, "binary_crossentropy"),
    "bfloat16": (
        lambda: in_type("mixed_bfloat16", lambda: perceptron(layers.Dense(2))),
        "mse",
    ),
    "float64": (lambda: in_type("float64", lambda: perceptron(layers.Dense(2))), "mse"),
}


def rows_for(name, model):
    if name == "two_inputs":
        return {
            "numbers": rng.normal(size=(N_ROWS, 3)).astype("float32"),
            "tokens": rng.integers(0, 12, (N_ROWS, 4)).astype("int32"),
        }
    if name == "masked_lstm":
        return rng.integers(0, 12, (N_ROWS, 5)).astype("float32")
    return rng.normal(size=(N_ROWS, *model.inputs[0].shape[1:])).astype("float32")


def answers_for(predictions, loss):
    n, k = predictions.shape
    if loss == "categorical_crossentropy":
        return np.eye(k)[rng.integers(0, k, n)]
    if loss == "mse":
        return rng.normal(size=(n, k))
    return rng.integers(0, 2, (n, k)).astype("float32")


def make(name):
    build, loss = ZOO[name]
    keras.utils.set_random_seed(0)
    model = build()
    rows = rows_for(name, model)
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss=loss)
    model.fit(rows, answers_for(model.predict(rows, verbose=0), loss), epochs=20, verbose=0)
    model.save(HERE / f"{name}.keras")
    predictions = ops.convert_to_numpy(model.predict(rows, verbose=0)).astype("float64")
    named = rows if isinstance(rows, dict) else {"rows": rows}
    np.savez(
        HERE / f"{name}.npz", predictions=predictions, backend=keras.backend.backend(), **named
    )


if __name__ == "__main__":
    for each in sys.argv[1:] or ZOO:
        make(each)
