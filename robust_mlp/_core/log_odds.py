"""Log-odds arithmetic on arrays of probabilities, for prior correction, decisions and prior shift.

Pure NumPy. Learns nothing."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE, softmax_in_place


def log_probabilities(probabilities):
    """Logarithm of probabilities (n_rows, n_classes) as float64, finite where they are 0 too."""
    return np.log(np.maximum(probabilities, SMALLEST_POSITIVE, dtype=np.float64))


def shift_log_odds(probabilities, offsets):
    """Add offsets to log-probabilities and normalize.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), dtype float32 or float64
        In [0, 1], rows summing to 1.
    offsets : ndarray of shape (n_classes,), dtype float64
        Finite; a constant added to all of them changes nothing.

    Returns
    -------
    shifted : ndarray of shape (n_rows, n_classes), the dtype of `probabilities`
        Rows sum to 1.
    """
    shifted = softmax_in_place(log_probabilities(probabilities) + offsets)
    return shifted.astype(probabilities.dtype, copy=False)


def prior_offsets(prior_mass, mass_in_loss, classes):
    """What to add to the log-probabilities of a network so that they are those of a network trained without weights.

    Weights and sampling multiply the joint density of class `c` and features by a factor that depends on `c` alone,
    so the posterior odds are off by the ratio of these factors, at every row (Elkan 2001, theorem 2; for case-control
    samples King and Zeng 2001, section 4.1). The offset is its logarithm. It is exact for class weights, 'over',
    'under' and 'balanced_batches'; new rows of SMOTE also change the density within a class, which no offset can undo.

    Parameters
    ----------
    prior_mass : ndarray of shape (n_classes,), dtype float64
        Total weight of each class in the rows as they were given.
    mass_in_loss : ndarray of shape (n_classes,), dtype float64
        Total weight of each class in the loss (`trained_mass`).
    classes : ndarray of shape (n_classes,)
        Labels, for the message.

    Returns
    -------
    offsets : ndarray of shape (n_classes,), dtype float64
        Finite; their mean under the prior is 0, and a class that does not occur has 0.

    Raises
    ------
    ValueError
        If a class occurs and had no weight in the loss.

    References
    ----------
    Elkan (2001), "The foundations of cost-sensitive learning", IJCAI. King, Zeng (2001), "Logistic regression in rare
    events data", Political Analysis 9(2). Saerens, Latinne, Decaestecker (2002), "Adjusting the outputs of a classifier
    to new a priori probabilities", Neural Computation 14(1), eq. 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> offsets = prior_offsets(np.array([90.0, 10.0]), np.array([1.0, 1.0]), np.array(["no", "yes"]))
    >>> shift_log_odds(np.array([[0.5, 0.5]]), offsets).round(3)
    array([[0.9, 0.1]])
    """
    occurs = prior_mass > 0
    untrained = occurs & ~(mass_in_loss > 0)
    if untrained.any():
        labels = ", ".join(repr(label) for label in classes[untrained].tolist())
        raise ValueError(
            f"prior_correction=True cannot undo a class_weight of 0, which class {labels} has: the network learns "
            "nothing of it. Give it a small weight, or pass prior_correction=False."
        )
    offsets = np.zeros(len(prior_mass))
    offsets[occurs] = np.log(prior_mass[occurs]) - np.log(mass_in_loss[occurs])
    offsets[occurs] -= np.average(offsets[occurs], weights=prior_mass[occurs])
    return offsets


def logits_of_shares(codes, weights, n_classes):
    """Logits that give the class shares of rows: ndarray of shape (n_classes,), or (1,) for two classes."""
    mass = np.bincount(codes, weights=weights, minlength=n_classes)
    logs = np.log(np.maximum(mass, mass[mass > 0].min() / len(mass)))
    return logs[1:] - logs[0] if n_classes == 2 else logs - logs.mean()
