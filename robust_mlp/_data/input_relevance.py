"""How much each input tells about the class, for members that see relevant inputs larger.

In a wide table most inputs tell nothing. A network fits its noise to them, unless they are small beside the others:
weights grow equally fast, whatever an input is worth. Reads encoded rows and class codes of training rows."""

import numpy as np

# A member that weighs its inputs multiplies the least relevant of them by this. Zero would hide inputs that tell
# something only together with others.
SMALLEST_SCALE = 0.02
# If no input reaches the F that the largest of so many reaches by chance with this probability, nothing says which
# inputs are relevant.
CHANCE = 0.01
# The power of the relevance that is the scale. The larger it is, the fewer inputs a network looks at.
POWERS = (0.5, 1.0, 1.5)
# Larger powers are tried only while they help more, and if the smallest helps by so many standard errors: each takes as
# long again.
WORTH_TRYING = 2.0
# A kernel method tries the scales on so many rows. Its time grows with their third power: 600 take 50 ms.
MOST_ROWS_TRIED, FEWEST_ROWS_TRIED = 600, 50
# Its ridge penalty, beside similarities of 1 of a row to itself.
PENALTY = 0.1
# Scales are used if they lower its error by this many standard errors: of a thousand tables on which they change
# nothing, one or two use them.
CLEARLY_BETTER = 3.0
# If they lower it by so many, no member goes without them.
BEYOND_DOUBT = 10.0
# F of an input that tells the classes apart without error, so that other inputs keep a scale.
LARGEST_F = 1e6
# An input whose variance is below this share of its mean square is constant up to rounding.
ROUNDING = 1e-9
ROWS_AT_ONCE = 4096


def weighs_inputs(n_members, gain):
    """Which members weigh their inputs: bool ndarray of shape (n_members,). Every second one, or all.

    Relevance by single inputs is blind to pairs that act together, so the other members see all inputs alike. What
    each group is worth, held-out rows say.

    Parameters
    ----------
    n_members : int
    gain : float
        As `find_power` returns it.

    Examples
    --------
    >>> weighs_inputs(4, gain=5.0).astype(int).tolist()
    [0, 1, 0, 1]
    """
    return (np.arange(n_members) % 2 == 1) | (gain > BEYOND_DOUBT)


def relevance_scales(rows, codes, weights, n_classes, parts, rest, power):
    """What the inputs of each member are multiplied by, by the member's own training rows.

    The scale is a power of F - 1 over the largest F - 1, where F is the ratio of the variances between and within
    classes [1]_. F - 1 estimates how strongly the class depends on an input. Scaling inputs by a power of their
    relevance, before a network is trained on them, is what recursive feature machines do [2]_.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs), dtype float32
        Encoded.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
    n_classes : int
    parts : sequence of ndarray of int
        Held-out rows of each member, disjoint. A member is trained on the rows of all other parts and on the rest.
    rest : ndarray of int
        Rows that all members are trained on.
    power : float

    Returns
    -------
    scales : ndarray of shape (n_members, n_inputs), dtype float32
        In ``[SMALLEST_SCALE, 1]``; 1 for all inputs of a member whose rows do not say which are relevant.

    References
    ----------
    .. [1] R. A. Fisher (1925). Statistical methods for research workers, chapter VII.
    .. [2] A. Radhakrishnan, D. Beaglehole, P. Pandit, M. Belkin (2024). Mechanism for feature learning in neural
       networks and backpropagation-free machine learning models. Science 383, doi 10.1126/science.adi5639.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(300, 2)).astype(np.float32)
    >>> codes = (rows[:, 0] > 0).astype(int)
    >>> parts = np.split(np.arange(300), 3)
    >>> scales = relevance_scales(rows, codes, np.ones(300), 2, parts, np.arange(0), power=0.5)
    >>> bool((scales[:, 0] > 5 * scales[:, 1]).all())
    True
    """
    sums = [_Sums.of(rows, codes, weights, n_classes, where) for where in [*parts, rest]]
    total = sums[0]
    for other in sums[1:]:
        total = total.plus(other, 1)
    return np.stack([_scales(_relevance(total.plus(own, -1)), power) for own in sums[:-1]])


def find_power(rows, codes, weights, n_classes, where):
    """The power of the relevance with which a kernel method predicts best, and how clearly.

    Relevance is learned from half of the rows. On some of the others, kernel ridge regression with a Gaussian kernel
    predicts each row from all others, with the scales and without. The errors of the same rows are compared. The
    predictions for left-out rows need no further fit [1]_.

    Parameters
    ----------
    rows, codes, weights, n_classes
        As for `relevance_scales`.
    where : ndarray of int
        Rows to use, in an order that says nothing about them.

    Returns
    -------
    power : float
    gain : float
        The mean difference of the errors in standard errors; positive where scales help. 0 if rows are few, or if they
        do not say which inputs are relevant.

    References
    ----------
    .. [1] G. C. Cawley, N. L. C. Talbot (2003). Efficient leave-one-out cross-validation of kernel Fisher discriminant
       classifiers. Pattern Recognition 36(11), 2585-2592.
    """
    learning, trying = where[::2], where[1::2][:MOST_ROWS_TRIED]
    found = POWERS[0], 0.0
    if len(trying) < FEWEST_ROWS_TRIED:
        return found
    sums = _Sums.of(rows, codes, weights, n_classes, learning)
    relevance = _relevance(sums)
    if (relevance == 1).all():
        return found
    table = rows[trying].astype(np.float64)
    table -= table.mean(axis=0)
    is_class = (codes[trying][:, np.newaxis] == np.arange(n_classes)) - sums.mass / sums.mass.sum()
    without, least = _left_out_errors(table, is_class), np.inf
    for power in POWERS:
        errors = _left_out_errors(table * _scales(relevance, power), is_class)
        gain, noise = without - errors, (without - errors).std() / np.sqrt(len(errors))
        if not errors.mean() < least or not noise > 0:
            break
        least, found = errors.mean(), (power, float(gain.mean() / noise))
        if found[1] < WORTH_TRYING:
            break
    return found


def _left_out_errors(table, targets):
    """Squared error of kernel ridge regression for each row, predicted from all other rows: ndarray (n_rows,)."""
    size = np.square(table).sum(axis=1)
    distance = np.maximum(size[:, np.newaxis] + size - 2 * table @ table.T, 0)
    n_rows = len(table)
    mean_distance = distance.sum() / (n_rows * (n_rows - 1))
    if not mean_distance > 0:
        return np.square(targets).sum(axis=1)
    inverse = np.linalg.inv(np.exp(-distance / mean_distance) + PENALTY * np.eye(n_rows))
    left_out = inverse @ targets / np.diag(inverse)[:, np.newaxis]
    return np.square(left_out).sum(axis=1)


def _relevance(sums):
    """The relevance of each input, in [0, 1]; 1 for all where it may be chance."""
    from scipy.stats import f as f_distribution

    ratio, freedom = sums.f_ratios()
    largest = ratio.max(initial=0.0)
    if not largest > f_distribution.isf(CHANCE / max(ratio.size, 1), len(sums.mass) - 1, freedom):
        return np.ones(ratio.size)
    return np.clip(ratio - 1, 0, None) / (largest - 1)


def _scales(relevance, power):
    return np.maximum(relevance**power, SMALLEST_SCALE).astype(np.float32)


class _Sums:
    """Weights, sums of each input and sums of its squares, of each class."""

    def __init__(self, mass, linear, square):
        self.mass, self.linear, self.square = mass, linear, square

    @classmethod
    def of(cls, rows, codes, weights, n_classes, where):
        """Over the rows `where`."""
        n_inputs = rows.shape[1]
        mass, linear, square = np.zeros(n_classes), np.zeros((n_classes, n_inputs)), np.zeros(n_inputs)
        for start in range(0, len(where), ROWS_AT_ONCE):
            part = where[start : start + ROWS_AT_ONCE]
            cells, w = rows[part].astype(np.float64), weights[part]
            of_class = (codes[part] == np.arange(n_classes)[:, np.newaxis]) * w
            mass += of_class.sum(axis=1)
            linear += of_class @ cells
            square += w @ np.square(cells)
        return cls(mass, linear, square)

    def plus(self, other, sign):
        """The sums of both, or, with sign -1, of the rows that the other has not."""
        return _Sums(
            self.mass + sign * other.mass, self.linear + sign * other.linear, self.square + sign * other.square
        )

    def f_ratios(self):
        """(F of each input, degrees of freedom within classes). 0 for an input that does not vary."""
        has_rows = self.mass > 0
        total, n_classes = self.mass.sum(), max(int(np.count_nonzero(has_rows)), 2)
        freedom = max(total - n_classes, 1.0)
        mean_square = self.linear.sum(axis=0) ** 2 / max(total, 1.0)
        between = (self.linear[has_rows] ** 2 / self.mass[has_rows, np.newaxis]).sum(axis=0) - mean_square
        everything = self.square - mean_square
        within = np.maximum(everything - between, everything / LARGEST_F)
        is_alive = everything > ROUNDING * self.square
        ratio = np.zeros(everything.size)
        ratio[is_alive] = between[is_alive] / (n_classes - 1) / (within[is_alive] / freedom)
        return np.clip(ratio, 0, LARGEST_F), freedom
