"""Prior correction: what class weights and samplers did to the probabilities, undone exactly.

Pure functions on class totals and probabilities. Never looks at a row of X and never chooses a decision."""

import numpy as np

from robust_mlp._core.log_odds import shift_log_odds

__all__ = ["prior_offsets", "shift_log_odds", "trained_mass"]


def trained_mass(weights_per_class, codes, weights, n_classes, *, is_balanced=False):
    """Total weight with which each class entered the loss.

    Parameters
    ----------
    weights_per_class : ndarray of shape (n_classes,), dtype float64
        Class weights.
    codes : ndarray of shape (n_rows,), dtype int
        Classes of the rows that were trained on, after sampling.
    weights : ndarray of shape (n_rows,), dtype float64
        Their weights, without class weights.
    n_classes : int
    is_balanced : bool, default=False
        Whether batches were drawn with each class equally often; `weights` then only tell which classes occur.

    Returns
    -------
    mass : ndarray of shape (n_classes,), dtype float64
        >= 0, up to a common factor.
    """
    mass = np.bincount(codes, weights=weights, minlength=n_classes)
    if is_balanced:
        mass = (mass > 0).astype(np.float64)
    return mass * weights_per_class


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
