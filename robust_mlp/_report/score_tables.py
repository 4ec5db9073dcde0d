"""Tables of scores on test rows as text: compared with the class prior, and class by class.

Reads only labels and probabilities; never sees a classifier."""

import numpy as np

from robust_mlp._core.printable import printable_name


def comparison(prior, y_test, rows):
    """Table of accuracy, balanced accuracy and log loss. The first line is the class prior.

    Parameters
    ----------
    prior : tuple of two ndarrays of shape (n_classes,)
        The classes and their shares in the training rows.
    y_test : ndarray of shape (n_test,)
        Labels.
    rows : dict of str to tuple of three ndarrays
        One item for each further line: predicted labels of shape (n_test,), probabilities of shape (n_test, n_classes),
        and the classes of their columns, of shape (n_classes,).

    Returns
    -------
    text : str
    """
    classes, shares = prior
    most_frequent = np.full(len(y_test), classes[np.argmax(shares)])
    lines = {"class prior": (most_frequent, np.tile(shares, (len(y_test), 1)), classes), **rows}
    scores = [[name, *(f"{score:.4f}" for score in _scores(y_test, *line))] for name, line in lines.items()]
    return as_text(["", "accuracy", "balanced accuracy", "log loss"], scores)


def per_class(y_test, predicted, classes):
    """Table with one line per class: number of rows, precision, recall, true share and predicted share."""
    body = []
    for label in classes:
        true, given = y_test == label, predicted == label
        hits = np.count_nonzero(true & given)
        body.append(
            [
                printable_name(str(label)),
                str(np.count_nonzero(true)),
                _ratio(hits, np.count_nonzero(given)),
                _ratio(hits, np.count_nonzero(true)),
                f"{np.mean(true):.3f}",
                f"{np.mean(given):.3f}",
            ]
        )
    return as_text(["class", "rows", "precision", "recall", "true share", "predicted share"], body)


def as_text(head, body):
    """A table with column heads. The first column is left-aligned, the others are right-aligned."""
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    lines = []
    for row in [head, *body]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _scores(y_true, predicted, probabilities, classes):
    """Accuracy, balanced accuracy and log loss in nats."""
    from sklearn.metrics import accuracy_score, log_loss, recall_score

    present = np.unique(y_true)
    balanced = recall_score(y_true, predicted, labels=present, average="macro", zero_division=0)
    return accuracy_score(y_true, predicted), balanced, log_loss(y_true, probabilities, labels=classes)


def _ratio(part, whole):
    """`part` / `whole` with three decimals; a dash if `whole` is 0."""
    return f"{part / whole:.3f}" if whole else "-"
