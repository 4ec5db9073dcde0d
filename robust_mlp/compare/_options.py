"""The answers to class imbalance that are compared, as constructor parameters, simplest first.

Holds only names and parameters. Never fits anything."""

from dataclasses import dataclass

PARAMETERS = ("class_weight", "sampler", "prior_correction", "decision")

SAMPLERS = ("balanced_batches", "under", "over", "smote")


@dataclass(frozen=True)
class Option:
    """One answer: its name, its parameters, and whether its probabilities should be honest."""

    name: str
    parameters: dict
    is_honest: bool


def default_options():
    """The answers that `compare_imbalance` compares by default, simplest first.

    Weights and samplers come in two forms: in their usual form, and with corrected probabilities and
    ``decision='balanced'``.
    """
    honest = {"prior_correction": True, "decision": "balanced"}
    plain = {"class_weight": None, "sampler": None, "prior_correction": False, "decision": "argmax"}
    options = [
        Option("none", plain, True),
        Option("decision='balanced'", plain | {"decision": "balanced"}, True),
        Option("decision='balanced_accuracy'", plain | {"decision": "balanced_accuracy"}, True),
        Option("class_weight='balanced'", plain | {"class_weight": "balanced"}, False),
        Option("class_weight='balanced', corrected", plain | {"class_weight": "balanced"} | honest, True),
    ]
    for sampler in SAMPLERS:
        options.append(Option(f"sampler={sampler!r}", plain | {"sampler": sampler}, False))
        options.append(Option(f"sampler={sampler!r}, corrected", plain | {"sampler": sampler} | honest, True))
    return options


def chosen_options(options):
    """Options from the user's argument: None, names of default options, or a dict of name to parameters.

    Raises
    ------
    ValueError, TypeError
        If a name is unknown, a parameter is not in `PARAMETERS`, or there are fewer than two options.
    """
    known = {option.name: option for option in default_options()}
    if options is None:
        return list(known.values())
    if isinstance(options, dict):
        chosen = [_custom(name, parameters) for name, parameters in options.items()]
    elif isinstance(options, str):
        raise TypeError(f"options={options!r} is one name. Pass a list of names, or a dict of name to parameters.")
    else:
        for name in options:
            if name not in known:
                listed = "; ".join(known)
                raise ValueError(
                    f"There is no option {name!r}. Pass a dict such as {{{name!r}: {{'class_weight': 'balanced'}}}}, "
                    f"or some of: {listed}."
                )
        chosen = [known[name] for name in options]
    if len(chosen) < 2:
        raise ValueError(f"options={options!r} leaves {len(chosen)} to compare. Pass at least two.")
    return chosen


def _custom(name, parameters):
    """An option that the user defined."""
    strange = [key for key in parameters if key not in PARAMETERS]
    if strange:
        raise ValueError(
            f"Option {name!r} sets {', '.join(map(repr, strange))}, which is not about class imbalance. Pass some of "
            f"{', '.join(map(repr, PARAMETERS))}, and set the rest on the estimator."
        )
    weighted = parameters.get("class_weight") is not None or parameters.get("sampler") is not None
    return Option(name, dict(parameters), not weighted or bool(parameters.get("prior_correction")))
