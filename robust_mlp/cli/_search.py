"""`fit --search`: settings of the classifier, found on the training rows within a time. Never sees rows kept aside."""

import sys

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._terminal import is_terminal, note, show

# Enough for some trials on a table of a thousand rows.
DEFAULT_SECONDS = 60.0


def add_search_options(parser):
    """Options of the search."""
    parser.add_argument(
        "--search",
        action="store_true",
        help="try settings of learning rate, dropout, batches and embedding on the training rows, and take the best",
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help=f"for --search and the training after it (default: {DEFAULT_SECONDS:g})",
    )


def check_search_options(arguments):
    """Refuse options that mean nothing, before anything is read.

    Raises
    ------
    InputError
    """
    limit = arguments.time_limit
    if limit is None:
        return
    if not limit > 0:
        raise InputError(f"--time-limit must be above 0 seconds; got {limit:g}.")
    if not arguments.search:
        raise InputError(
            f"--time-limit is for --search. Add --search, or limit one training with --set max_time={limit:g}."
        )


def searched(classifier, rows, train, arguments):
    """The classifier with the best settings that were found; what was found is shown.

    Parameters
    ----------
    classifier : RobustMLPClassifier
        Its typed parameters are kept, and not searched.
    rows : TrainingRows
    train : ndarray of int
        Rows that may be looked at.
    arguments : argparse.Namespace

    Returns
    -------
    classifier : RobustMLPClassifier
        Unfitted.
    """
    from robust_mlp.search import search_space
    from robust_mlp.search._within_time import search_within

    X, y = rows.X.iloc[train], rows.y[train]
    typed = {text.partition("=")[0].strip() for text in arguments.set}
    space = {name: values for name, values in search_space(X, y).items() if name not in typed}
    if not space:
        show("Search: nothing to try, since --set gives all that it would change.")
        return classifier
    weights = None if rows.weights is None else rows.weights[train]
    seconds = DEFAULT_SECONDS if arguments.time_limit is None else arguments.time_limit
    # Whoever waits at a terminal sees that something happens; a file or a pipe gets the result alone.
    tell = _tell_trial if is_terminal(sys.stderr) else None
    outcome = search_within(classifier, X, y, space, seconds=seconds, sample_weight=weights, tell=tell)
    show(_sentence(outcome))
    return classifier.set_params(**outcome.best.parameters)


def _tell_trial(outcome):
    """One line on standard error about the latest trial."""
    last = outcome.trials[-1]
    note(
        f"search: setting {len(outcome.trials)}, log loss {last.loss:.4f} in {last.seconds:.0f} s; best so far "
        f"{outcome.best.loss:.4f}."
    )


def _sentence(outcome):
    """How many settings were tried, and which is the best."""
    first, best, n = outcome.trials[0], outcome.best, len(outcome.trials)
    seconds = sum(trial.seconds for trial in outcome.trials)
    tried = f"Search: {n} {'setting' if n == 1 else 'settings'} tried in {seconds:.0f} s."
    if n == 1:
        return f"{tried} There was no time for another; a longer --time-limit gives more."
    if best is first:
        return f"{tried} None was better than the first, without a change (log loss {first.loss:.4f} over the folds)."
    changes = " ".join(f"{name}={_shown(value)}" for name, value in sorted(best.parameters.items()))
    return f"{tried} Best: {changes} (log loss {best.loss:.4f} over the folds; {first.loss:.4f} without a change)."


def _shown(value):
    """A value as it can be typed after --set."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
