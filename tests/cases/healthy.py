"""Networks with nothing wrong: the usual forms of the Keras documentation, its tutorials and textbooks.

`HEALTHY` maps a name to a function that returns (compiled model, X, y, class_weight)."""

import keras
import numpy as np

L = keras.layers
N_ROWS, N_COLUMNS = 240, 8
HEALTHY = {}


def healthy(make):
    """Register a healthy network under the name of its function."""
    HEALTHY[make.__name__] = make
    return make


def generator():
    """The same draws for every network."""
    return np.random.default_rng(0)


def table(n_classes=2, n_columns=N_COLUMNS):
    """Standardized columns and codes 0 ... n_classes-1, each class at a place of its own."""
    draw = generator()
    n_rows = max(N_ROWS, 6 * n_classes)
    y = draw.permutation(np.arange(n_rows) % n_classes)
    X = draw.normal(size=(n_classes, n_columns))[y] + 0.7 * draw.normal(size=(n_rows, n_columns))
    return X.astype("float32"), y


def one_hot(y):
    """One column per class."""
    return np.eye(y.max() + 1, dtype="float32")[y]


def images(n_classes=3, size=12, channels=1, top=1.0):
    """Images whose brightness pattern is the class, values in [0, top]."""
    draw = generator()
    y = np.arange(120) % n_classes
    X = np.clip(
        draw.uniform(size=(n_classes, size, size, channels))[y] + draw.normal(0, 0.2, (120, size, size, channels)), 0, 1
    )
    return (X * top).astype("float32"), y


def sequences(n_classes=2, steps=20, channels=3):
    """Noisy sines of as many frequencies as classes."""
    draw = generator()
    y = np.arange(120) % n_classes
    t = np.linspace(0, 6, steps)
    X = np.sin((y[:, None] + 1) * t)[:, :, None] + draw.normal(0, 0.3, (120, steps, channels))
    return X.astype("float32"), y


def texts(n_words=50, length=12):
    """Word numbers; class 1 uses the upper half of the vocabulary more often."""
    draw = generator()
    y = np.arange(120) % 2
    X = (
        draw.integers(1, n_words // 2, size=(120, length))
        + (y[:, None] & draw.integers(0, 2, (120, length))) * n_words // 2
    )
    return X, y


def compiled(model, loss, optimizer="adam", metrics=("accuracy",)):
    """The model, compiled."""
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics))
    return model


def row(shape, *layers):
    """A Sequential model."""
    return keras.Sequential([keras.Input(shape), *layers])


def hidden(activation="relu", **settings):
    """Two hidden layers."""
    return [L.Dense(32, activation=activation, **settings), L.Dense(16, activation=activation, **settings)]


def binary(*layers, loss="binary_crossentropy", **settings):
    """A binary classifier on the plain table."""
    X, y = table()
    return compiled(row((N_COLUMNS,), *layers), loss, **settings), X, y, None


# ---- two classes


@healthy
def sigmoid_and_binary_crossentropy():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"))


@healthy
def logits_and_binary_crossentropy():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return binary(*hidden(), L.Dense(1), loss=loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])


@healthy
def logits_with_plain_accuracy():
    return binary(*hidden(), L.Dense(1), loss=keras.losses.BinaryCrossentropy(from_logits=True))


@healthy
def two_softmax_units_sparse():
    return binary(*hidden(), L.Dense(2, activation="softmax"), loss="sparse_categorical_crossentropy")


@healthy
def two_softmax_units_one_hot():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="softmax"))
    return compiled(model, "categorical_crossentropy"), X, one_hot(y), None


@healthy
def two_softmax_units_binary_crossentropy():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="softmax"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def two_sigmoid_units_one_hot():
    X, y = table()
    model = row((N_COLUMNS,), *hidden(), L.Dense(2, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def two_logits_sparse():
    return binary(*hidden(), L.Dense(2), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@healthy
def labels_as_a_column():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y[:, None], None


@healthy
def labels_as_floats():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y.astype("float32"), None


@healthy
def labels_as_booleans():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, y == 1, None


@healthy
def labels_smoothed_by_hand():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, np.where(y == 1, 0.95, 0.05), None


@healthy
def labels_that_are_shares():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    return model, X, np.clip(0.8 * y + generator().uniform(0, 0.2, len(y)), 0, 1), None


@healthy
def label_smoothing_binary():
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss=loss)


@healthy
def binary_focal_loss():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss="binary_focal_crossentropy")


@healthy
def hinge_with_tanh():
    model, X, y, _ = binary(*hidden(), L.Dense(1, activation="tanh"), loss="hinge")
    return model, X, 2 * y - 1, None


@healthy
def squared_hinge_linear():
    model, X, y, _ = binary(*hidden(), L.Dense(1), loss="squared_hinge")
    return model, X, 2 * y - 1, None


@healthy
def sigmoid_and_mean_squared_error():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss="mse")


@healthy
def balanced_class_weight():
    model, X, y, _ = sigmoid_and_binary_crossentropy()
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:12]])
    return model, X[rare], y[rare], {0: 132 / 240, 1: 132 / 24}


@healthy
def rare_class_with_initial_bias():
    """The imbalanced-data tutorial: the output bias starts at the log odds."""
    _, X, y, _ = sigmoid_and_binary_crossentropy()
    rare = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:6]])
    bias = keras.initializers.Constant(np.log(6 / 120))
    model = row(
        (N_COLUMNS,),
        L.Dense(16, activation="relu"),
        L.Dropout(0.5),
        L.Dense(1, activation="sigmoid", bias_initializer=bias),
    )
    return compiled(model, "binary_crossentropy", metrics=[keras.metrics.AUC()]), X[rare], y[rare], None


@healthy
def logistic_regression():
    X, y = table(n_columns=2)
    return compiled(row((2,), L.Dense(1, activation="sigmoid")), "binary_crossentropy", "sgd"), X, y, None


@healthy
def logistic_regression_from_zero():
    X, y = table()
    return (
        compiled(
            row((N_COLUMNS,), L.Dense(1, activation="sigmoid", kernel_initializer="zeros")), "binary_crossentropy"
        ),
        X,
        y,
        None,
    )


@healthy
def zero_output_layer():
    return binary(*hidden(), L.Dense(1, activation="sigmoid", kernel_initializer="zeros"))


@healthy
def raw_diabetes_table():
    """The Pima tutorial: raw clinical columns, 12-8-1, batches of 10."""
    draw = generator()
    n = 400
    glucose, pressure, insulin = draw.normal(121, 31, n), draw.normal(69, 19, n), draw.gamma(1.0, 80, n)
    mass, pedigree, age = draw.normal(32, 7.9, n), draw.gamma(2, 0.23, n), draw.integers(21, 70, n)
    X = np.column_stack(
        [draw.integers(0, 12, n), glucose, pressure, draw.normal(20, 15, n), insulin, mass, pedigree, age]
    )
    y = (glucose + 0.8 * mass + 0.4 * age + draw.normal(0, 25, n) > 165).astype(int)
    model = row((8,), L.Dense(12, activation="relu"), L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, y, None


# ---- many classes


def _many(n_classes):
    """Softmax over n_classes, sparse labels."""

    def make():
        X, y = table(n_classes)
        model = row((N_COLUMNS,), *hidden(), L.Dense(n_classes, activation="softmax"))
        return compiled(model, "sparse_categorical_crossentropy"), X, y, None

    HEALTHY[f"softmax_over_{n_classes}_classes"] = make


for _n_classes in (3, 5, 10, 30, 100):
    _many(_n_classes)


@healthy
def softmax_one_hot():
    X, y = table(5)
    model = row((N_COLUMNS,), *hidden(), L.Dense(5, activation="softmax"))
    return compiled(model, "categorical_crossentropy", "rmsprop"), X, one_hot(y), None


@healthy
def label_smoothing_categorical():
    X, y = table(5)
    model = row((N_COLUMNS,), *hidden(), L.Dense(5, activation="softmax"))
    return compiled(model, keras.losses.CategoricalCrossentropy(label_smoothing=0.1)), X, one_hot(y), None


@healthy
def logits_categorical():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4))
    return compiled(model, keras.losses.CategoricalCrossentropy(from_logits=True)), X, one_hot(y), None


@healthy
def log_softmax_as_logits():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="log_softmax"))
    return compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True)), X, y, None


@healthy
def categorical_focal_loss():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    return compiled(model, keras.losses.CategoricalFocalCrossentropy()), X, one_hot(y), None


@healthy
def divergence_from_soft_labels():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    return compiled(model, "kl_divergence"), X, 0.9 * one_hot(y) + 0.025, None


@healthy
def one_against_rest():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="sigmoid"))
    return compiled(model, "binary_crossentropy"), X, one_hot(y), None


@healthy
def several_labels_per_row():
    X, _ = table()
    y = (X[:, :5] + generator().normal(0, 0.3, (len(X), 5)) > 0).astype(int)
    return compiled(row((N_COLUMNS,), *hidden(), L.Dense(5, activation="sigmoid")), "binary_crossentropy"), X, y, None


@healthy
def a_class_that_this_sample_lacks():
    X, y = table(10)
    model = row((N_COLUMNS,), *hidden(), L.Dense(10, activation="softmax"))
    return compiled(model, "sparse_categorical_crossentropy"), X[y != 9], y[y != 9], None


@healthy
def ignored_class():
    X, y = table(4)
    model = row((N_COLUMNS,), *hidden(), L.Dense(4, activation="softmax"))
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    return compiled(model, loss), X, np.where(np.arange(len(y)) % 10 == 0, -1, y), None


@healthy
def custom_loss_function():
    def weighted_crossentropy(y_true, y_pred):
        return 2.0 * keras.ops.mean(keras.ops.binary_crossentropy(y_true, y_pred), axis=-1)

    return binary(*hidden(), L.Dense(1, activation="sigmoid"), loss=weighted_crossentropy)


# ---- activations, initial weights, regularization


@healthy
def self_normalizing():
    selu = {"activation": "selu", "kernel_initializer": "lecun_normal"}
    return binary(L.Dense(32, **selu), L.AlphaDropout(0.1), L.Dense(16, **selu), L.Dense(1, activation="sigmoid"))


@healthy
def batch_norm_before_activation():
    return binary(
        *(L.Dense(32, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.Dropout(0.5)),
        *(L.Dense(16, use_bias=False), L.BatchNormalization(), L.Activation("relu"), L.Dense(1, activation="sigmoid")),
    )


@healthy
def batch_norm_after_activation():
    return binary(*(L.BatchNormalization(), *hidden(), L.BatchNormalization()), L.Dense(1, activation="sigmoid"))


@healthy
def half_of_everything_dropped():
    return binary(
        *(
            L.Dropout(0.2),
            L.Dense(64, activation="relu"),
            L.Dropout(0.5),
            L.Dense(64, activation="relu"),
            L.Dropout(0.5),
        ),
        L.Dense(1, activation="sigmoid"),
    )


@healthy
def weight_decay():
    decay = keras.regularizers.L2(1e-3)
    return binary(
        *hidden(kernel_regularizer=decay), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.AdamW(1e-3)
    )


@healthy
def max_norm_and_momentum():
    bound = keras.constraints.MaxNorm(3)
    descent = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
    return binary(*hidden(kernel_constraint=bound), L.Dense(1, activation="sigmoid"), optimizer=descent)


@healthy
def tanh_units():
    return binary(*hidden("tanh"), L.Dense(1, activation="sigmoid"))


@healthy
def two_sigmoid_layers():
    return binary(*hidden("sigmoid"), L.Dense(1, activation="sigmoid"))


@healthy
def activation_layers():
    return binary(
        *(L.Dense(32), L.LeakyReLU(), L.Dense(32), L.PReLU(), L.Dense(32), L.ELU(), L.Dense(32), L.ReLU()),
        *(L.Dense(1), L.Activation("sigmoid")),
    )


@healthy
def gelu_and_layer_norm():
    return binary(
        *(L.Dense(32, activation="gelu"), L.LayerNormalization(), L.Dense(16, activation="silu")),
        L.Dense(1, activation="sigmoid"),
    )


@healthy
def softmax_as_a_layer():
    X, y = table(4)
    return (
        compiled(row((N_COLUMNS,), *hidden(), L.Dense(4), L.Softmax()), "sparse_categorical_crossentropy"),
        X,
        y,
        None,
    )


@healthy
def orthogonal_and_noise():
    return binary(L.GaussianNoise(0.1), *hidden(kernel_initializer="orthogonal"), L.Dense(1, activation="sigmoid"))


@healthy
def ten_relu_layers():
    layers = [L.Dense(64, activation="relu", kernel_initializer="he_normal") for _ in range(10)]
    return binary(*layers, L.Dense(1, activation="sigmoid"))


@healthy
def very_wide_layer():
    return binary(L.Dense(2000, activation="relu"), L.Dense(1, activation="sigmoid"))


# ---- inputs


@healthy
def normalization_layer_on_raw_columns():
    X, y = table()
    X = X * np.logspace(0, 6, N_COLUMNS) + 1000
    scale = L.Normalization()
    scale.adapt(X)
    return (
        compiled(row((N_COLUMNS,), scale, *hidden(), L.Dense(1, activation="sigmoid")), "binary_crossentropy"),
        X,
        y,
        None,
    )


@healthy
def rescaling_layer_on_pixels():
    X, y = images(top=255.0)
    layers = [L.Rescaling(1 / 255), L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(3)]
    return compiled(row(X.shape[1:], *layers), keras.losses.SparseCategoricalCrossentropy(from_logits=True)), X, y, None


@healthy
def mnist_quickstart():
    X, y = images(10)
    layers = [L.Flatten(), L.Dense(128, activation="relu"), L.Dropout(0.2), L.Dense(10)]
    return (
        compiled(row(X.shape[1:3], *layers), keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        X[..., 0],
        y,
        None,
    )


@healthy
def mnist_convolutions():
    X, y = images(10)
    layers = [
        *(L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(16, 3, activation="relu"), L.MaxPooling2D()),
        *(L.Flatten(), L.Dropout(0.5), L.Dense(10, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "categorical_crossentropy"), X, one_hot(y), None


@healthy
def pooled_convolution_as_head():
    X, y = images(3)
    layers = [
        L.Conv2D(8, 3, activation="relu"),
        L.Conv2D(3, 1, activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Softmax(),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def separable_convolutions():
    X, y = images(3, channels=3)
    layers = [
        *(L.SeparableConv2D(8, 3, padding="same"), L.BatchNormalization(), L.Activation("relu")),
        *(L.GlobalAveragePooling2D(), L.Dropout(0.25), L.Dense(3, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def time_series_convolutions():
    X, y = sequences(3)
    layers = [
        *(L.Conv1D(16, 3, padding="same"), L.BatchNormalization(), L.ReLU()),
        *(L.GlobalAveragePooling1D(), L.Dense(3, activation="softmax")),
    ]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def lstm_head():
    X, y = sequences()
    return compiled(row(X.shape[1:], L.LSTM(8), L.Dense(1, activation="sigmoid")), "binary_crossentropy"), X, y, None


@healthy
def stacked_gru():
    X, y = sequences(3)
    layers = [L.GRU(8, return_sequences=True), L.GRU(8, dropout=0.2), L.Dense(3, activation="softmax")]
    return compiled(row(X.shape[1:], *layers), "sparse_categorical_crossentropy"), X, y, None


@healthy
def text_embedding():
    X, y = texts()
    layers = [
        L.Embedding(50, 8),
        L.GlobalAveragePooling1D(),
        L.Dense(16, activation="relu"),
        L.Dense(1, activation="sigmoid"),
    ]
    return compiled(row((None,), *layers), "binary_crossentropy"), X, y, None


@healthy
def bidirectional_lstm_on_words():
    X, y = texts()
    layers = [
        L.Embedding(50, 8, mask_zero=True),
        L.Bidirectional(L.LSTM(4)),
        L.Dense(16, activation="relu"),
        L.Dense(1),
    ]
    return compiled(row((None,), *layers), keras.losses.BinaryCrossentropy(from_logits=True)), X, y, None


@healthy
def transformer_block():
    X, y = sequences()
    inputs = keras.Input(X.shape[1:])
    x = L.Dense(8)(inputs)
    x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4)(x, x))
    x = L.LayerNormalization()(x + L.Dense(8)(L.Dense(16, activation="relu")(x)))
    outputs = L.Dense(2, activation="softmax")(L.Dropout(0.1)(L.GlobalAveragePooling1D()(x)))
    return compiled(keras.Model(inputs, outputs), "sparse_categorical_crossentropy"), X, y, None


@healthy
def whole_numbers_as_inputs():
    X, y = table()
    X = np.rint(X).astype(int)
    return compiled(row((N_COLUMNS,), *hidden(), L.Dense(1, activation="sigmoid")), "binary_crossentropy"), X, y, None


# ---- ways to build a model


@healthy
def functional_residual():
    X, y = table(3)
    inputs = keras.Input((N_COLUMNS,))
    x = L.Dense(16, activation="relu")(inputs)
    for _ in range(2):
        x = L.add([x, L.Dense(16, activation="relu")(L.Dense(16, activation="relu")(x))])
    return (
        compiled(keras.Model(inputs, L.Dense(3, activation="softmax")(x)), "sparse_categorical_crossentropy"),
        X,
        y,
        None,
    )


@healthy
def wide_and_deep():
    X, y = table()
    inputs = keras.Input((N_COLUMNS,))
    deep = L.Dense(16, activation="relu")(L.Dense(32, activation="relu")(inputs))
    outputs = L.Dense(1, activation="sigmoid")(L.Concatenate()([inputs, deep]))
    return compiled(keras.Model(inputs, outputs), "binary_crossentropy"), X, y, None


@healthy
def sum_of_wide_and_deep_logits():
    X, y = table()
    inputs = keras.Input((N_COLUMNS,))
    logits = L.Dense(1)(inputs) + L.Dense(1)(L.Dense(32, activation="relu")(inputs))
    return compiled(keras.Model(inputs, L.Activation("sigmoid")(logits)), "binary_crossentropy"), X, y, None


@healthy
def two_inputs_in_a_list():
    X, y = table()
    left, right = keras.Input((4,)), keras.Input((4,))
    x = L.Concatenate()([L.Dense(8, activation="relu")(left), L.Dense(8, activation="relu")(right)])
    model = keras.Model([left, right], L.Dense(1, activation="sigmoid")(x))
    return compiled(model, "binary_crossentropy"), [X[:, :4], X[:, 4:]], y, None


@healthy
def named_inputs_in_a_dict():
    X, y = table()
    inputs = {"age": keras.Input((1,), name="age"), "kind": keras.Input((1,), name="kind", dtype="int64")}
    x = L.Concatenate()([inputs["age"], L.Flatten()(L.Embedding(4, 2)(inputs["kind"]))])
    model = keras.Model(inputs, L.Dense(1, activation="sigmoid")(L.Dense(16, activation="relu")(x)))
    rows = {"age": X[:, :1], "kind": generator().integers(0, 4, (len(X), 1))}
    return compiled(model, "binary_crossentropy"), rows, y, None


@healthy
def average_of_members():
    X, y = table(3)
    inputs = keras.Input((N_COLUMNS,))
    members = [L.Dense(3, activation="softmax")(L.Dense(16, activation="relu")(inputs)) for _ in range(3)]
    return compiled(keras.Model(inputs, L.Average()(members)), "sparse_categorical_crossentropy"), X, y, None


@healthy
def nested_models():
    X, y = table(3)
    body = keras.Sequential([keras.Input((N_COLUMNS,)), *hidden()])
    return (
        compiled(
            row((N_COLUMNS,), body, keras.Sequential([L.Dense(3, activation="softmax")])),
            "sparse_categorical_crossentropy",
        ),
        X,
        y,
        None,
    )


@healthy
def frozen_base():
    X, y = table(3)
    base = keras.Sequential([keras.Input((N_COLUMNS,)), *hidden()])
    base.trainable = False
    inputs = keras.Input((N_COLUMNS,))
    outputs = L.Dense(3, activation="softmax")(base(inputs, training=False))
    return compiled(keras.Model(inputs, outputs), "sparse_categorical_crossentropy"), X, y, None


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


@healthy
def mixed_precision():
    policy = keras.mixed_precision.DTypePolicy("mixed_float16")
    model, X, y, _ = binary(*hidden(dtype=policy), L.Dense(1, dtype=policy), L.Activation("sigmoid", dtype="float32"))
    return model, X, y, None


@healthy
def double_precision():
    X, y = table()
    layers = [L.Dense(16, activation="relu", dtype="float64"), L.Dense(1, activation="sigmoid", dtype="float64")]
    model = keras.Sequential([keras.Input((N_COLUMNS,), dtype="float64"), *layers])
    return compiled(model, "binary_crossentropy"), X.astype(float), y, None


@healthy
def with_a_schedule():
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 1000)
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.Adam(rate, clipnorm=1.0))


@healthy
def other_optimizers():
    return binary(*hidden(), L.Dense(1, activation="sigmoid"), optimizer=keras.optimizers.Lion(1e-4))


@healthy
def already_trained_with_batch_norm():
    layers = [L.Dense(16, activation="relu"), L.BatchNormalization(momentum=0.5), L.Dense(1, activation="sigmoid")]
    model, X, y, _ = binary(*layers)
    model.fit(X, y, epochs=4, batch_size=16, verbose=0)
    return model, X, y, None


@healthy
def already_trained():
    model, X, y, _ = HEALTHY["softmax_over_3_classes"]()
    model.fit(X, y, epochs=3, verbose=0)
    return model, X, y, None
