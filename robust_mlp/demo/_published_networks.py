"""The two networks of the founding questions, unchanged, in plain Keras. They collapse.

They are not recommended, and no other part of the package uses them."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

# Sigmoid outputs do not sum to 1 over the classes, and all of them can underflow to 0.
SMALLEST_SUM = 1e-30


class QuestionNetwork(ClassifierMixin, BaseEstimator):
    """Fits a Keras model that `build(n_columns, n_classes)` returns compiled, on one-hot labels.

    Pass either `batch_size`, in rows, or `batch_fraction`, as a share of the rows. Like the code of many users, `fit`
    seeds Python, NumPy and TensorFlow for the whole process, because Keras shuffles with their random generators.
    """

    def __init__(self, build, *, batch_size=None, batch_fraction=None, epochs=60, random_state=0):
        self.build = build
        self.batch_size = batch_size
        self.batch_fraction = batch_fraction
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, X, y):
        """Train for all epochs with `keras.Model.fit`."""
        import keras

        keras.utils.set_random_seed(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        model = self.build(X.shape[1], len(self.classes_), self.random_state)
        batch_size = self.batch_size or max(1, int(len(X) * self.batch_fraction))
        targets = keras.utils.to_categorical(codes, len(self.classes_))
        self.history_ = model.fit(X, targets, batch_size=batch_size, epochs=self.epochs, verbose=0).history
        self.model_ = model
        return self

    def predict_proba(self, X):
        """The head's output divided by its sum over the classes, ndarray of shape (n_rows, n_classes)."""
        output = np.asarray(self.model_.predict(X, batch_size=4096, verbose=0), dtype=np.float64)
        output = np.maximum(output, SMALLEST_SUM)
        return output / output.sum(axis=1, keepdims=True)

    def predict(self, X):
        """The class with the largest output."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def founding_network(n_columns, n_classes, seed):
    """S1: dropout on the raw input, four ReLU layers with max-norm, and sigmoid outputs with a loss for softmax."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((n_columns,)), layers.Dropout(0.5, seed=seed)])
    for i, width in enumerate((64, 32, 32, 16)):
        kernel = keras.initializers.GlorotUniform(seed + i)
        model.add(
            layers.Dense(
                width,
                activation="relu",
                kernel_initializer=kernel,
                kernel_constraint=keras.constraints.MaxNorm(3),
            )
        )
    head = keras.initializers.GlorotUniform(seed + 4)
    model.add(layers.Dense(n_classes, activation="sigmoid", kernel_initializer=head))
    # Keras 1 wrote this schedule SGD(lr=.01, decay=1e-4).
    decay = keras.optimizers.schedules.InverseTimeDecay(0.01, decay_steps=1, decay_rate=1e-4)
    optimizer = keras.optimizers.SGD(decay, momentum=0.9, nesterov=True)
    model.compile(optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def waveform_network(n_columns, n_classes, seed):
    """S2: ReLU on the last layer, before the softmax."""
    import keras

    layers = keras.layers
    model = keras.Sequential([layers.Input((n_columns,)), layers.Flatten()])
    for i, width in enumerate((40, 10, n_classes)):
        model.add(layers.Dense(width, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(seed + i)))
    model.add(layers.Activation("softmax"))
    model.compile(keras.optimizers.SGD(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    return model
