"""Named settings of `RobustMLPClassifier`, as parameters that differ from the defaults. Holds no estimator."""

# 'fast' has three members and not one. Members hold out parts of the rows, which choose the epoch and the temperature
# of the probabilities. A single network of fewer than 200 rows holds out none: nothing tames its probabilities, and the
# guard has to train simple models to judge it. Four members would bring additive and radial members along, which take
# longer than the three. docs/measured.md, "Presets", has the figures.
# 'best' is the end of the rows of docs/measured.md, "One ingredient at a time": more members and a slower schedule.
PRESETS = {
    "fast": {"hidden_layer_sizes": (64, 64), "n_members": 3},
    "default": {},
    "best": {"n_members": 32, "learning_rate_schedule": "cosine", "max_iter": 300},
}


def preset_parameters(name, parameters):
    """The parameters of a preset, those that were typed beside it first.

    Parameters
    ----------
    name : str
        A key of `PRESETS`.
    parameters : dict
        Typed parameters, which win.

    Returns
    -------
    parameters : dict

    Raises
    ------
    ValueError
        If there is no such preset.

    Examples
    --------
    >>> preset_parameters("fast", {"n_members": 2})
    {'hidden_layer_sizes': (64, 64), 'n_members': 2}
    """
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name!r}. Pass one of {', '.join(map(repr, PRESETS))}.")
    return {**PRESETS[name], **parameters}
