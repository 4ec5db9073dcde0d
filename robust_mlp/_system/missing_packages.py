"""Tells in one sentence which packages an installation lacks, and what to type. Imports none of them.

An installation that only predicts has this package without its dependencies, so all but NumPy and scikit-learn may be
missing."""

import sys
from importlib.util import find_spec

# It brings every package that the classifiers need: an installation without them already has this one, and pip then
# installs what it asks for.
EVERYTHING = "pip install robust-mlp"


def check_installed(what, *packages, to_type=EVERYTHING):
    """Raise an error that names the packages that are missing. Call this before the import of any of them.

    Parameters
    ----------
    what : str
        Who needs them: the beginning of the sentence, such as ``"fit"``.
    *packages : str
        Names of modules, such as ``"keras"``.
    to_type : str, default=EVERYTHING
        The command that installs them.

    Raises
    ------
    ImportError
        If one of them is not installed.
    """
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        if len(missing) == 1:
            told = f"package {missing[0]}, which is not installed. Install it"
        else:
            told = f"packages {', '.join(missing[:-1])} and {missing[-1]}, which are not installed. Install them"
        raise ImportError(f"{what} needs the {told} with: {to_type}", name=missing[0])


def _is_installed(package):
    """Whether a package can be imported, by looking for it only."""
    if package in sys.modules:
        return sys.modules[package] is not None
    try:
        return find_spec(package) is not None
    except ImportError:  # a finder that refuses the name
        return False
