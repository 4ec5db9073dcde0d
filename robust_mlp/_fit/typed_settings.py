"""Which parameters of an estimator the user typed: those that are not at their defaults."""

import inspect


def typed_settings(clf):
    """Parameters that have another value than their default, as a dict; with an optimizer object, its learning rate.

    Parameters
    ----------
    clf : RobustMLPClassifier

    Returns
    -------
    typed : dict of str to object
    """
    defaults = {name: p.default for name, p in inspect.signature(type(clf).__init__).parameters.items()}
    values = clf.get_params(deep=False)
    values.pop("checkpoint", None)  # a path of this machine, and no setting of the network
    typed = {name: value for name, value in values.items() if not _is_default(value, defaults.get(name))}
    if not isinstance(clf.optimizer, str):
        from robust_mlp._network.optimizers import learning_rate_of

        typed["learning_rate"] = float(f"{learning_rate_of(clf.optimizer):.6g}")  # Keras keeps it in float32
    return typed


def _is_default(value, default):
    """Whether a parameter has its default value; no array is compared, as no default is one."""
    is_plain = isinstance(value, str | float | int) and isinstance(default, str | float | int)
    return value is default or (is_plain and value == default)
