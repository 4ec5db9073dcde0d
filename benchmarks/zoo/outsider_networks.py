"""Networks of Keras that the outsider's fits train: each function takes `meta` and returns a compiled network."""


def chain(*layers, loss="sparse_categorical_crossentropy", optimizer="adam", head=None):
    """A function that compiles an input, these layers and a softmax over the classes.

    Parameters
    ----------
    *layers : callable
        Each makes a layer: a network is built anew for each training.
    loss, optimizer : str or callable that makes one
    head : callable, default=None
        Takes the number of classes and makes the last layer.
    """

    def build(meta):
        import keras

        last = keras.layers.Dense(meta["n_classes_"], "softmax") if head is None else head(meta["n_classes_"])
        tail = last if isinstance(last, list) else [last]
        shape = tuple(meta["X_shape_"][1:])
        model = keras.Sequential([keras.Input(shape), *(make() for make in layers), *tail])
        made = [made if isinstance(made, str) else made() for made in (optimizer, loss)]
        model.compile(made[0], made[1])
        return model

    return build


def layer(name, *arguments, **settings):
    """A function that makes a layer of Keras; settings that are functions are called for their value."""

    def make():
        import keras

        values = {key: value() if callable(value) else value for key, value in settings.items()}
        return getattr(keras.layers, name)(*arguments, **values)

    return make


def dense(width, activation="relu", **settings):
    """A function that makes a Dense layer."""
    return layer("Dense", width, activation=activation, **settings)


def of(module, name, *arguments, **settings):
    """A function that makes an object of a module of Keras: `of("optimizers", "SGD", 0.01)`."""

    def make():
        import keras

        return getattr(getattr(keras, module), name)(*arguments, **settings)

    return make


def usual(meta):
    """Two layers of 64, Adam: what anybody would write."""
    return chain(dense(64), dense(64))(meta)


def two_branches(width, activation="relu"):
    """Two halves of the columns through a branch each, put together before the head."""

    def build(meta):
        import keras

        n = meta["n_features_in_"]
        rows = keras.Input((n,))
        halves = rows[:, : n // 2], rows[:, n // 2 :]
        branches = [keras.layers.Dense(width, activation)(keras.layers.Dense(32, "relu")(half)) for half in halves]
        joined = keras.layers.Dense(32, "relu")(keras.layers.Concatenate()(branches))
        model = keras.Model(rows, keras.layers.Dense(meta["n_classes_"], "softmax")(joined))
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    return build


def halving_rate():
    """An optimizer whose rate is halved after every step."""
    import keras

    return keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 1, 0.5))


def turned_round():
    """A loss with the wrong sign."""
    import keras

    def loss(y_true, y_pred):
        return -keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    return loss


def logits(n_classes):
    """A linear head."""
    return dense(n_classes, None)()


def normed_softmax(n_classes):
    """Softmax and then a batch normalization."""
    return [dense(n_classes, "softmax")(), layer("BatchNormalization")()]


def soft_relu(n_classes):
    """A softmax over rectified outputs."""
    return [dense(n_classes, "relu", bias_initializer=of("initializers", "Constant", -3.0))(), layer("Softmax")()]
