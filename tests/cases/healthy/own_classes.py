"""Models and layers that the user wrote as classes or functions."""

import keras

from tests.cases.healthy.parts import N_COLUMNS, binary, compiled, healthy, hidden, row, table

L = keras.layers


def called_once(model, X):
    """A subclassed model gets its weights at its first call."""
    model(X[:2])
    return model


@healthy
def subclassed_with_softmax():
    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = L.Dense(3, activation="softmax")  # listed first, used last
            self.first = L.Dense(16, activation="relu")
            self.dropout = L.Dropout(0.5)

        def call(self, x, training=False):
            return self.head(self.dropout(self.first(x), training=training))

    X, y = table(3)
    return compiled(called_once(MyModel(), X), "sparse_categorical_crossentropy"), X, y, None


@healthy
def subclassed_with_logits():
    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = L.Dense(16, activation="relu")
            self.head = L.Dense(1)

        def call(self, x):
            return self.head(self.first(x))

    X, y = table()
    return compiled(called_once(MyModel(), X), keras.losses.BinaryCrossentropy(from_logits=True)), X, y, None


@healthy
def subclassed_with_one_number_per_row():
    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = L.Dense(16, activation="relu")
            self.head = L.Dense(1, activation="sigmoid")

        def call(self, x):
            return keras.ops.squeeze(self.head(self.first(x)), -1)

    X, y = table()
    return compiled(called_once(MyModel(), X), "binary_crossentropy"), X, y, None


@healthy
def subclassed_with_tensorflow_sigmoid():
    import tensorflow as tf

    class MyModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = L.Dense(16, activation="relu")
            self.head = L.Dense(1)

        def call(self, x):
            return tf.math.sigmoid(self.head(self.first(x)))

    X, y = table()
    return compiled(called_once(MyModel(), X), "binary_crossentropy"), X, y, None


@healthy
def own_training_step():
    class MyModel(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    X, y = table()
    inputs = keras.Input((N_COLUMNS,))
    outputs = L.Dense(1, activation="sigmoid")(L.Dense(16, activation="relu")(inputs))
    return compiled(MyModel(inputs, outputs), "binary_crossentropy"), X, y, None


@healthy
def own_layers():
    class Linear(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.units = units

        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], self.units), initializer="he_normal")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros")

        def call(self, x):
            return x @ self.w + self.b

    X, y = table(3)
    model = row((N_COLUMNS,), Linear(16), L.ReLU(), Linear(3), L.Softmax())
    return compiled(model, "sparse_categorical_crossentropy"), X, y, None


@healthy
def own_layer_as_head():
    class SigmoidHead(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], 1))

        def call(self, x):
            return keras.ops.sigmoid(x @ self.w)

    return binary(*hidden(), SigmoidHead())


@healthy
def lambda_layer():
    return binary(L.Lambda(lambda x: x / 2.0), *hidden(), L.Dense(1, activation="sigmoid"))
