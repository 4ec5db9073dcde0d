"""Loss families: Keras' losses, grouped by the head and the labels that they need.

A table of names. Never imports Keras or computes a loss."""

# Keras' names (https://keras.io/api/losses/) of the functions; class names match without underscores.
_FAMILIES = {
    "binary": ("binary_crossentropy", "bce", "binary_focal_crossentropy"),
    "categorical": (
        "categorical_crossentropy",
        "cce",
        "categorical_focal_crossentropy",
        "categorical_generalized_cross_entropy",
    ),
    "sparse": ("sparse_categorical_crossentropy", "scce"),
    "regression": (
        "mean_squared_error",
        "mse",
        "mean_absolute_error",
        "mae",
        "mean_absolute_percentage_error",
        "mape",
        "mean_squared_logarithmic_error",
        "msle",
        "huber",
        "log_cosh",
        "poisson",
    ),
    "hinge": ("hinge", "squared_hinge"),
    "categorical_hinge": ("categorical_hinge",),
    "divergence": ("kl_divergence", "kld", "kullback_leibler_divergence"),
}
_FAMILY_OF = {name.replace("_", ""): family for family, names in _FAMILIES.items() for name in names}


def loss_family(name):
    """The family of a loss called `name`; "custom" for any other."""
    return _FAMILY_OF.get(name.replace("_", "").lower(), "custom")
