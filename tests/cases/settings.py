"""Real networks whose data or training settings stopped them, as they were asked about in public; see networks.py.

Groups: D unscaled inputs, E learning rate and budget, F depth, activation and initial weights, G imbalance and weak
signal, H order of the rows, J missing values, K and O nothing to learn, L too much regularization, M controls, S the
two founding questions."""

import keras
import numpy as np
from sklearn.datasets import make_blobs, make_circles, make_classification

from robust_mlp.datasets import make_founding_table, make_waveforms
from tests.cases.networks import Case, digits, old_uniform, one_hot, sequential, sgd, split, whole

L = keras.layers


def dense(width, activation="relu", **settings):
    """A Dense layer."""
    return L.Dense(width, activation=activation, **settings)


def chain(n_columns, *layers, loss="binary_crossentropy", optimizer="adam"):
    """A function that makes a Sequential network."""
    return lambda: sequential((n_columns,), *[layer() for layer in layers], loss=loss, optimizer=optimizer())


def adam(rate=0.001):
    """A function that makes Adam."""
    return lambda: keras.optimizers.Adam(rate)


def descent(rate, momentum=0.0):
    """A function that makes plain descent."""
    return lambda: sgd(rate, momentum)


def hidden(width, activation="relu", **settings):
    """A function that makes a Dense layer."""
    return lambda: dense(width, activation, **{name: make() for name, make in settings.items()})


def dropout(rate):
    """A function that makes a Dropout layer."""
    return lambda: L.Dropout(rate)


SIGMOID, TWO, TEN = hidden(1, "sigmoid"), hidden(2, "softmax"), hidden(10, "softmax")
CCE = "categorical_crossentropy"


def table(seed, n_rows=1200, **settings):
    """Informative columns of unit size."""
    settings = {"n_features": 10, "n_informative": 6, "n_redundant": 0, "class_sep": 1.5, **settings}
    return make_classification(n_rows, random_state=seed, **settings)


# ---- D. Inputs unscaled


def d1_letters_as_numbers(seed):
    """so 39525358: 21 rows of letter codes 65 to 70; accuracy frozen at the majority."""
    rng = np.random.default_rng(seed)
    X = rng.integers(65, 71, size=(21, 3)).astype(float)
    y = (X[:, 0] > 67).astype(int)
    init = {"kernel_initializer": old_uniform}
    build = chain(3, hidden(12, **init), hidden(3, **init), hidden(1, "sigmoid", **init), optimizer=adam())
    return Case(build=build, fit={"batch_size": 1, "epochs": 150}, **whole(X, y))


def d3_identifiers(seed):
    """so 31627380: names and tickets as numbers beside two telling columns."""
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=891) < 0.38).astype(int)
    X = np.column_stack(
        [rng.permutation(891) for _ in range(8)] + [y + rng.normal(0, 0.7, 891), rng.gamma(1, 30, 891) + 20 * y]
    )
    build = chain(10, hidden(512), dropout(0.5), TWO, loss=CCE, optimizer=adam())
    return Case(build=build, fit={"batch_size": 4, "epochs": 10}, **split(X, one_hot(y, 2), seed))


def d5_pixels_and_slow_descent(seed):
    """so 55328966: pixels 0..255, linear 784-50-10 sigmoid, descent at 1e-4."""
    X, y = digits(range(10), seed, scale=16 / 255, n_rows=1797)
    build = chain(64, hidden(64, None), hidden(50), hidden(10, "sigmoid"), loss=CCE, optimizer=descent(1e-4))
    return Case(build=build, fit={"batch_size": 32, "epochs": 10}, **split(X, one_hot(y, 10), seed))


def d7_columns_of_very_different_size(seed):
    """keras#2975: always the same class; columns times 1, 1e3, 1e6."""
    X, y = table(seed)
    X = X * np.array([1, 1e3, 1e6, 1, 1e3, 1e6, 1, 1e3, 1e6, 1])
    build = chain(10, hidden(32), hidden(16), SIGMOID, optimizer=adam())
    return Case(build=build, fit={"batch_size": 32, "epochs": 20}, **split(X, y, seed))


def d9_large_batches_of_pixels(seed):
    """so 48594888: raw pixels, batches of 500 rows, 5 epochs."""
    X, y = digits(range(10), seed, scale=16 / 255, n_rows=1797)
    build = chain(64, hidden(512), dropout(0.3), TEN, loss=CCE, optimizer=adam())
    return Case(build=build, fit={"batch_size": 500, "epochs": 5}, **split(X, one_hot(y, 10), seed))


# ---- E. Learning rate and budget


def e2_slow_xor(seed):
    """keras#1295: XOR, two sigmoid units, descent at .01, 500 epochs."""
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float), np.array([0, 1, 1, 0])
    return Case(
        build=chain(2, hidden(2, "sigmoid"), SIGMOID, optimizer=descent(0.01)),
        fit={"batch_size": 4, "epochs": 500},
        **whole(X, y),
    )


def e3_few_rows_and_a_tiny_rate(seed):
    """discuss.pytorch 177433: 60 rows of 7 columns, descent at 1e-4."""
    X, y = table(seed, 240, n_features=7, class_sep=2.0)
    build = chain(
        7, hidden(60), hidden(100), hidden(30), TWO, loss="sparse_categorical_crossentropy", optimizer=descent(1e-4)
    )
    return Case(build=build, fit={"batch_size": 16, "epochs": 20}, **split(X, y, seed, n_new=180))


def e5_a_rate_too_high(seed):
    """mcfly#43: every network with Adam above .03 has flat accuracy."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 800)
    t = np.linspace(0, 6, 60)
    X = np.sin((y[:, None] + 1) * t + rng.uniform(0, 1, (800, 1))) + 0.3 * rng.normal(size=(800, 60))
    build = chain(60, *[hidden(64) for _ in range(5)], hidden(4, "softmax"), loss=CCE, optimizer=adam(0.1))
    return Case(build=build, fit={"batch_size": 32, "epochs": 10}, **split(X, one_hot(y, 4), seed))


def e6_descent_too_fast_on_pixels(seed):
    """so 37624102: two kinds of images, descent at .1 with momentum; constant answers."""
    X, y = digits([0, 1], seed, scale=16 / 255)
    build = chain(64, *[hidden(64) for _ in range(4)], SIGMOID, optimizer=descent(0.1, 0.9))
    return Case(build=build, fit={"batch_size": 32, "epochs": 10}, **split(X, y, seed))


def e7_single_rows_once(seed):
    """so 41600519: batches of one row, one epoch, RMSprop; stays at the background share."""
    X, y = table(seed, 1500, n_features=30, n_informative=8, weights=[0.66], class_sep=0.7)
    build = chain(30, hidden(400), hidden(400), hidden(100), SIGMOID, optimizer=lambda: keras.optimizers.RMSprop())
    return Case(build=build, fit={"batch_size": 1, "epochs": 1}, **split(X, y, seed))


def e9_huge_batches(seed):
    """so 44164749: batches of 2000 rows, 5 epochs."""
    X, y = digits(range(10), seed, n_rows=1797)
    build = chain(64, hidden(500), hidden(60), TEN, loss=CCE, optimizer=descent(0.01, 0.9))
    return Case(build=build, fit={"batch_size": 2000, "epochs": 5}, **split(X, one_hot(y, 10), seed))


def e12_lost_after_good_epochs(seed):
    """caffe#826: learns, then jumps to chance and stays there."""
    X, y = table(seed)
    build = chain(10, hidden(32), hidden(16), SIGMOID, optimizer=descent(0.1))

    def callbacks():
        return [keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 if epoch < 6 else 300.0)]

    return Case(build=build, fit={"batch_size": 32, "epochs": 12}, callbacks=callbacks, **split(X, y, seed))


# ---- F. Depth, activation, initial weights


def circles(seed):
    """AutoTrainer's Circle."""
    return make_circles(1000, noise=0.1, factor=0.5, random_state=seed)


def blobs(seed):
    """AutoTrainer's Blob, one-hot."""
    X, y = make_blobs(1000, 2, centers=3, cluster_std=2, random_state=seed)
    return X, one_hot(y, 3)


def scaled_uniform():
    """AutoTrainer's initial weights."""
    return keras.initializers.VarianceScaling(2.0, "fan_in", "uniform")


def deep(n_columns, n_layers, activation, head, loss):
    """A stack of layers five units wide."""
    layers = [hidden(5, activation, kernel_initializer=scaled_uniform) for _ in range(n_layers)]
    return chain(n_columns, *layers, head, loss=loss, optimizer=adam())


def f1_deep_sigmoids(seed):
    """AutoTrainer: 12 sigmoid layers; the gradient vanishes."""
    build = deep(2, 12, "sigmoid", SIGMOID, "binary_crossentropy")
    return Case(build=build, fit={"batch_size": 128, "epochs": 30}, **split(*circles(seed), seed))


def f1_deep_sigmoids_three_classes(seed):
    """AutoTrainer: the same on three blobs."""
    build = deep(2, 12, "sigmoid", hidden(3, "softmax"), CCE)
    return Case(build=build, fit={"batch_size": 128, "epochs": 30}, **split(*blobs(seed), seed))


def f3_exponentials(seed):
    """AutoTrainer: nine exponential layers; overflow at the first batch."""
    build = deep(2, 9, "exponential", SIGMOID, "binary_crossentropy")
    return Case(build=build, fit={"batch_size": 128, "epochs": 20}, **split(*circles(seed), seed))


def f4_deep_rectifiers(seed):
    """AutoTrainer: 16 rectifier layers, five wide; dies for half of the seeds."""
    build = deep(2, 16, "relu", hidden(3, "softmax"), CCE)
    return Case(build=build, fit={"batch_size": 128, "epochs": 30}, **split(*blobs(seed), seed))


def f6_single_rows_by_descent(seed):
    """AutoTrainer's demonstration: batches of one row, descent at .01 with momentum; oscillates."""
    build = chain(2, hidden(5), hidden(5), hidden(3, "softmax"), loss=CCE, optimizer=descent(0.01, 0.9))
    return Case(build=build, fit={"batch_size": 1, "epochs": 10}, **split(*blobs(seed), seed))


def f8_small_random_weights(seed):
    """keras#1597: RandomNormal(0, .1) in every layer of a deep network; stuck."""
    X, y = table(seed)
    init = {"kernel_initializer": lambda: keras.initializers.RandomNormal(0.0, 0.1)}
    build = chain(
        10, *[hidden(16, "sigmoid", **init) for _ in range(5)], hidden(1, "sigmoid", **init), optimizer=descent(0.01)
    )
    return Case(build=build, fit={"batch_size": 32, "epochs": 20}, **split(X, y, seed))


def f9_large_random_weights(seed):
    """TheDeepChecker IPS_4: weights and biases N(0, 1); huge losses."""
    X, y = digits(range(10), seed, n_rows=1797)
    names = ("kernel_initializer", "bias_initializer")
    init = {name: (lambda: keras.initializers.RandomNormal(0.0, 1.0)) for name in names}
    layers = [hidden(200, **init) for _ in range(3)]
    build = chain(64, *layers, hidden(10, "softmax", **init), loss=CCE, optimizer=adam(0.003))
    return Case(build=build, fit={"batch_size": 64, "epochs": 10}, **split(X, one_hot(y, 10), seed))


# ---- G. Imbalance and weak signal


def g1_weak_signal_and_a_rare_class(seed):
    """datascience.stackexchange 19283: 88.4 % negative, weak signal; everything predicted negative."""
    X, y = make_classification(
        6000, 40, n_informative=5, weights=[0.884], class_sep=0.6, flip_y=0.05, random_state=seed
    )
    build = chain(40, hidden(8), hidden(8), hidden(8), SIGMOID, optimizer=adam())
    return Case(build=build, fit={"batch_size": 64, "epochs": 10}, **split(X, y, seed))


def g3_four_classes_weak_signal(seed):
    """keras#1869: 880 rows, four classes; validation accuracy is the largest share."""
    weights = [0.475, 0.203, 0.198, 0.124]
    X, y = make_classification(
        880, 20, n_informative=8, n_classes=4, weights=weights, class_sep=0.8, flip_y=0.1, random_state=seed
    )
    build = chain(20, hidden(64), hidden(4, "softmax"), loss=CCE, optimizer=adam())
    return Case(build=build, fit={"batch_size": 32, "epochs": 10}, **split(X, one_hot(y, 4), seed))


# ---- H. Order of the rows


def h1_sorted_by_class(seed):
    """keras#8346: five classes in order, validation_split takes the last."""
    X, y = make_blobs(1000, 6, centers=5, cluster_std=3.0, random_state=seed)
    case = split(X, one_hot(y, 5), seed)
    order = np.argsort(case["y"].argmax(axis=1), kind="stable")
    case |= {"X": case["X"][order], "y": case["y"][order]}
    build = chain(6, hidden(32), hidden(5, "softmax"), loss=CCE, optimizer=adam(0.01))
    return Case(build=build, fit={"batch_size": 32, "epochs": 10, "validation_split": 0.2}, **case)


# ---- J. Missing values


def j1_one_missing_cell(seed):
    """keras#6447: one NaN; the same answer to all rows."""
    X, y = table(seed)
    case = split(X, y, seed)
    case["X"][17, 3] = np.nan
    build = chain(10, hidden(32), SIGMOID, optimizer=adam(0.01))
    return Case(build=build, root_causes=("inputs_not_finite",), fit={"batch_size": 32, "epochs": 10}, **case)


def j2_gaps_everywhere(seed):
    """disco#615: a table with its gaps; loss NaN in each epoch."""
    X, y = table(seed)
    X[np.random.default_rng(seed).uniform(size=X.shape) < 0.1] = np.nan
    build = chain(10, hidden(32), TWO, loss=CCE, optimizer=descent(0.1))
    fit = {"batch_size": 32, "epochs": 20}
    return Case(build=build, root_causes=("inputs_not_finite",), fit=fit, **split(X, one_hot(y, 2), seed))


def j6_nan_from_large_steps(seed):
    """CNN-for-Sentence#7: accuracy .63, NaN in epoch 2."""
    X, y = table(seed)
    build = chain(10, hidden(64), hidden(64), SIGMOID, optimizer=descent(1e4))
    return Case(build=build, fit={"batch_size": 32, "epochs": 8}, **split(X, y, seed))


# ---- K, O. Nothing to learn


def k3_random_targets(seed):
    """keras#1649: columns N(0, 1) and a random target."""
    rng = np.random.default_rng(seed)
    build = chain(10, hidden(32), dropout(0.5), SIGMOID, optimizer=adam())
    case = split(rng.normal(size=(2400, 10)), rng.integers(0, 2, 2400), seed)
    return Case(build=build, fit={"batch_size": 64, "epochs": 3}, expected="no signal", **case)


def o1_labels_in_another_order(seed):
    """keras PR#7520: features in one order, labels in another."""
    X, y = table(seed, 2400)
    build = chain(10, hidden(32), SIGMOID, optimizer=adam())
    case = split(X, np.random.default_rng(seed).permutation(y), seed)
    return Case(build=build, fit={"batch_size": 64, "epochs": 3}, expected="no signal", **case)


# ---- L. Too much regularization


def l1_dropout_after_the_head(seed):
    """keras#5992: dropout behind the softmax, mean squared error; the same answer to every row."""
    X, y = table(seed)
    layers = [hidden(14), dropout(0.5), hidden(8), dropout(0.5), TWO, dropout(0.5)]
    build = chain(10, *layers, loss="mean_squared_error", optimizer=adam())
    fit = {"batch_size": 32, "epochs": 20}
    return Case(build=build, root_causes=("dropout_after_head",), fit=fit, **split(X, one_hot(y, 2), seed))


def l3_dropout_everywhere(seed):
    """DDOS-ML-Detection: dropout .4 behind each of four layers, two epochs."""
    X, y = make_classification(1500, 22, n_informative=10, n_classes=5, class_sep=1.5, random_state=seed)
    layers = [make for width in (22, 64, 128, 64) for make in (hidden(width), dropout(0.4))]
    build = chain(22, *layers, hidden(5, "softmax"), loss=CCE, optimizer=adam())
    return Case(build=build, fit={"batch_size": 32, "epochs": 2}, **split(X, one_hot(y, 5), seed))


# ---- S. The two founding questions, with fewer rows


def s1_five_classes(seed):
    """datascience.stackexchange 16840: raw columns, five sigmoid units, batches of a quarter of the rows."""
    X, y, X_new, y_new = make_founding_table(8000, random_state=seed)
    codes = np.unique(np.concatenate([y, y_new]), return_inverse=True)[1]

    def create_mlp():
        bound = {"kernel_constraint": keras.constraints.MaxNorm(3)}
        layers = [L.Dropout(0.5), *[dense(width, **bound) for width in (64, 32, 32, 16)], dense(5, "sigmoid")]
        return sequential((X.shape[1],), *layers, loss=CCE, optimizer=sgd(0.01, 0.9, nesterov=True))

    return Case(
        build=create_mlp,
        root_causes=("sigmoid_with_categorical_loss",),
        fit={"batch_size": len(X) // 4, "epochs": 20},
        X=X,
        y=one_hot(codes[: len(y)], 5),
        X_new=X_new,
        y_new=one_hot(codes[len(y) :], 5),
    )


def s2_waveforms(seed):
    """The second founding question: rectifier head and then softmax, raw waveforms; accuracy .2000 exactly."""
    X, y = make_waveforms(500, 600, scale=100.0, noise=0.5, random_state=seed)
    codes = np.unique(y, return_inverse=True)[1]

    def create_mlp():
        layers = [dense(40), dense(10), dense(5), L.Activation("softmax")]
        return sequential((X.shape[1],), *layers, loss=CCE, optimizer=sgd(0.01))

    return Case(
        build=create_mlp,
        root_causes=("activation_before_softmax",),
        fit={"batch_size": 50, "epochs": 20},
        **split(X, one_hot(codes, 5), seed),
    )


# ---- M. Controls


def m2_ordinary_network(seed):
    """kerasma: 12-8-1 on a clinical table, 150 epochs in batches of 10; learns what there is."""
    X, y = table(seed, 768, n_features=8, n_informative=4, class_sep=0.8, flip_y=0.2)
    build = chain(8, hidden(12), hidden(8), SIGMOID, optimizer=adam())
    return Case(build=build, fit={"batch_size": 10, "epochs": 150}, expected="no alarm", **split(X, y, seed))


def m3_two_units(seed):
    """so 41327601: binary against categorical cross-entropy; nothing wrong."""
    X, y = table(seed)
    build = chain(10, hidden(16), TWO, loss=CCE, optimizer=adam(0.005))
    return Case(build=build, fit={"batch_size": 32, "epochs": 15}, expected="no alarm", **split(X, one_hot(y, 2), seed))


ALL = (
    *(d1_letters_as_numbers, d3_identifiers, d5_pixels_and_slow_descent, d7_columns_of_very_different_size),
    *(d9_large_batches_of_pixels, e2_slow_xor, e3_few_rows_and_a_tiny_rate, e5_a_rate_too_high),
    *(e6_descent_too_fast_on_pixels, e7_single_rows_once, e9_huge_batches, e12_lost_after_good_epochs),
    *(f1_deep_sigmoids, f1_deep_sigmoids_three_classes, f3_exponentials, f4_deep_rectifiers),
    *(f6_single_rows_by_descent, f8_small_random_weights, f9_large_random_weights),
    *(g1_weak_signal_and_a_rare_class, g3_four_classes_weak_signal, h1_sorted_by_class),
    *(j1_one_missing_cell, j2_gaps_everywhere, j6_nan_from_large_steps, k3_random_targets, o1_labels_in_another_order),
    *(l1_dropout_after_the_head, l3_dropout_everywhere, s1_five_classes, s2_waveforms),
    *(m2_ordinary_network, m3_two_units),
)
