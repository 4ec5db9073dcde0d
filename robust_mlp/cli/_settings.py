"""`--set NAME=VALUE`: the classifier with parameters from the command line. Values are checked by the classifier."""

import ast

from robust_mlp.cli._errors import InputError, did_you_mean

_HAS_OWN_OPTION = {"random_state": "--random-state", "memory_limit": "--memory"}
# A command has no cluster to hand over.
_NOT_HERE = ("client",)


def classifier_from(arguments):
    """The unfitted classifier with the parameters asked for, checked before any row is read.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    classifier : RobustMLPClassifier
        A `DaskRobustMLPClassifier` with --memory.

    Raises
    ------
    InputError
    """
    from robust_mlp._core.parameters import check_parameters

    kind, own = _class_for(getattr(arguments, "memory", None))
    known = [name for name in kind().get_params(deep=False) if name not in _NOT_HERE]
    settings = parse_settings(arguments.set, known)
    classifier = kind(**settings, **own, random_state=arguments.random_state)
    try:
        check_parameters(classifier)
    except (ValueError, TypeError) as error:
        said = " ".join(str(error).split())
        option = next((option for name, option in _HAS_OWN_OPTION.items() if f"{name!r} parameter" in said), "--set")
        raise InputError(f"{option}: {said}") from error
    return classifier


def _class_for(memory):
    """(class of the classifier, its parameters that have an option of their own)."""
    from robust_mlp.classifier import RobustMLPClassifier

    if memory is None:
        return RobustMLPClassifier, {}
    try:
        from robust_mlp.dask import DaskRobustMLPClassifier
    except ImportError as error:
        raise InputError(f"--memory needs Dask: pip install 'robust-mlp[dask]'. ({error})") from error
    return DaskRobustMLPClassifier, {"memory_limit": memory}


def parse_settings(texts, known):
    """Parameters from texts such as ``max_iter=100``.

    Parameters
    ----------
    texts : list of str
    known : collection of str
        The classifier's parameter names.

    Returns
    -------
    settings : dict of str to object
        Each value read as a Python literal, or else left a string.

    Raises
    ------
    InputError
        For a text without ``=``, an unknown name, a name given twice, or one that has an option of its own.
    """
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"--set takes NAME=VALUE, and got {text!r}. For example: --set max_iter=100.")
        if name in _HAS_OWN_OPTION:
            raise InputError(f"give {name} by its own option: {_HAS_OWN_OPTION[name]} {value}.")
        if name not in known:
            raise InputError(f"--set: the classifier has no parameter {name!r}. {did_you_mean(name, sorted(known))}")
        if name in settings:
            raise InputError(f"--set gives {name} twice.")
        settings[name] = _literal(value.strip())
    return settings


def _literal(text):
    """`text` as a Python literal, or `text` itself where it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
