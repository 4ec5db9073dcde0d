"""Learns RBF units from training rows: the centers, the weight of each input in distances, and the projection.

Takes arrays and returns RadialUnits. Uses no network."""

from dataclasses import replace

import numpy as np

from robust_mlp._prediction.radial_units import RadialUnits

# Centers, and at most half of the rows. 400 were no better on the tables of benchmarks/accuracy.
N_CENTERS = 150
# Centers lie beside rows, by this share of each input's standard deviation: a fitted classifier holds no row of its
# table. The log loss is the same on six small tables (docs/design.md).
CENTER_NOISE = 0.1
# Total variance of the outputs. It equals that of thirty standardized columns: learning rates suit such inputs.
TOTAL_VARIANCE = 30.0
# Directions in which the units vary by less than this share of the largest variance are left out as mostly noise.
SMALLEST_DIRECTION = 1e-4
# Rounds in which input weights are learned. Chosen on the tables of benchmarks/accuracy; one round is nearly as good.
N_ROUNDS = 2
# Each round multiplies the input weights by this power of the mean squared slope. Squared distances are then multiplied
# by its square root. Half of this exponent gains less on the imbalanced tables. Twice this exponent is equally good
# after one round and worse with every further round.
SLOPE_EXPONENT = 0.25
# At most this many rows are used to compute slopes. About 150 numbers are fitted to them.
MOST_ROWS_FOR_SLOPES = 4096
# Ridge penalty for these slopes: the variance of the noise divided by that of a coefficient. It assumes that half of a
# class indicator's variance is noise, and that half comes from outputs with a total variance of thirty. 10, 100 and
# cross-validation give equal results.
PENALTY = 30.0


def learn_units(table, codes, weights, factors, sharpness, seed, *, n_rounds=N_ROUNDS):
    """Learn RBF units. Distances weight each input by its effect on the label.

    Input weights are learned in rounds [1]_. Each round fits a ridge regression of the classes on the units. The slope
    of this regression along each input sets the weight of that input in the next round. This uses the labels of the
    rows. So every member that reads the units should be trained on all of these rows.

    Parameters
    ----------
    table : ndarray of shape (n_rows, n_inputs), dtype float32
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,)
    factors : ndarray of shape (n_inputs,)
        First weight of each input in distances. An input with weight 0 is never used.
    sharpness : float
        Exponent of the units at the mean squared distance of two rows.
    seed : int
        Draws the centers.
    n_rounds : int, default=2

    Returns
    -------
    units : RadialUnits or None
        None where no input varies.

    References
    ----------
    .. [1] Radhakrishnan, Beaglehole, Pandit, Belkin (2024), "Mechanism for feature learning in neural networks and
       backpropagation-free machine learning models", Science 383, doi 10.1126/science.adi5639: recursive feature
       machines, here with the diagonal of the average gradient outer product.

    Examples
    --------
    The label is the side of the first input; the second is noise:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> table = rng.normal(size=(300, 2)).astype(np.float32)
    >>> units = learn_units(table, (table[:, 0] > 0).astype(int), np.ones(300), np.ones(2), sharpness=0.6, seed=0)
    >>> bool(units.factors[0] > 2 * units.factors[1])
    True
    """
    inputs = np.flatnonzero(factors)
    table, factors, weights = table[:, inputs].astype(np.float64), factors[inputs], weights.astype(np.float64)
    rng = np.random.default_rng(seed)
    centers = table[rng.choice(len(table), min(N_CENTERS, max(1, len(table) // 2)), replace=False)]
    # Its own generator: the rows that are drawn do not depend on it.
    noise = np.random.default_rng([seed, len(table)]).standard_normal(centers.shape)
    centers = centers + CENTER_NOISE * np.sqrt(_variances(table, weights)) * noise
    shown = rng.permutation(len(table))[:MOST_ROWS_FOR_SLOPES]
    units = _units_of(table, weights, centers, factors, sharpness)
    if units is None:
        return None
    for _ in range(n_rounds):
        slopes = mean_squared_slopes(units, table[shown], codes[shown], weights[shown])
        # Slopes along the inputs multiplied by their factors, so that the inputs' units of measurement do not matter.
        slopes /= factors**2
        if not slopes.max() > 0:  # all rows are of one class
            break
        weighed = factors * (slopes / slopes.max()) ** SLOPE_EXPONENT
        units = _units_of(table, weights, centers, weighed, sharpness)
    return replace(units, inputs=inputs)


def mean_squared_slopes(units, rows, codes, weights):
    """How strongly each input changes the class shares that a ridge regression on radial units predicts.

    Parameters
    ----------
    units : RadialUnits
    rows : ndarray of shape (n_rows, n_inputs)
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,)

    Returns
    -------
    slopes : ndarray of shape (n_inputs,), dtype float64
        The mean squared derivative along each input, summed over the classes.
    """
    from sklearn.linear_model import Ridge

    is_class = (codes[:, np.newaxis] == np.unique(codes)).astype(np.float64)
    ridge = Ridge(PENALTY).fit(units(rows), is_class, sample_weight=weights)
    return units.mean_squared_slopes(rows, np.atleast_2d(ridge.coef_), weights)


def _units_of(table, weights, centers, factors, sharpness):
    """RadialUnits whose outputs are uncorrelated over the centers and have the total variance `TOTAL_VARIANCE`.

    Rows and centers are unscaled, as in the table: the units multiply them by the factors."""
    spread = float(_variances(table, weights) @ factors**2)
    if not spread > 0:
        return None
    factors = factors * np.sqrt(sharpness / (2 * spread))
    n_centers, n_inputs = centers.shape
    units = RadialUnits(np.arange(n_inputs), factors, centers * factors, np.eye(n_centers), np.zeros(n_centers))
    sizes, directions = np.linalg.eigh(units.gaussians(centers))
    is_kept = sizes > SMALLEST_DIRECTION * sizes[-1]
    # Columns stay 0 if there are fewer directions than outputs, so that the network has the same shape for every table.
    projection = np.zeros((n_centers, N_CENTERS))
    projection[:, : is_kept.sum()] = directions[:, is_kept] / np.sqrt(sizes[is_kept])
    outputs = units.gaussians(table) @ projection
    shift = np.average(outputs, axis=0, weights=weights)
    variance = _variances(outputs, weights).sum()
    size = np.sqrt(TOTAL_VARIANCE / variance) if variance > 0 else 1.0
    return replace(units, projection=projection * size, shift=shift * size)


def _variances(columns, weights):
    """The variance of each column."""
    return np.average((columns - np.average(columns, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
