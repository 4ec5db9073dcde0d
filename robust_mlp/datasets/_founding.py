"""The two tables of the founding questions. Typical published networks always predict one class on them.

Only draws the data. The networks that fail on it are in `robust_mlp.demo`."""

import numpy as np

from robust_mlp.datasets._shared import check_count, check_number, exact_codes, new_generator, random_centres

# The question: https://datascience.stackexchange.com/questions/16840, its row counts and its class shares.
QUESTION_ROWS, QUESTION_TEST_ROWS, QUESTION_COLUMNS = 269_501, 33_967, 157
TRAIN_SHARES = (0.1624, 0.3993, 0.0931, 0.2086, 0.1367)
TEST_SHARES = (0.1083, 0.3539, 0.1986, 0.1625, 0.1766)

N_INFORMATIVE = 20
CLUSTERS_PER_CLASS = 2
# Chosen so that a standardized perceptron and boosted trees both reach an accuracy of about .81.
SEPARATION = 2.55
DECADES = (-2.0, 4.0)  # a column's standard deviation is 10 to a power between these
OFFSET_IN_DEVIATIONS = 5.0  # a column's mean is this times its standard deviation times a standard normal draw

N_WAVES = 5
HARMONICS = 3
LARGEST_FREQUENCY = 20.0  # periods over the whole length, so that every wave is smooth


def make_founding_table(n_rows=60_000, n_test_rows=None, *, random_state=None):
    """Five classes in 157 badly scaled columns, with different class shares in the test set.

    Each class is two Gaussian clusters in 20 of the columns; the other 137 are noise. The standard deviation of a
    column is ``10 ** U(-2, 4)``, and its mean is about five standard deviations away from 0. Training and test data
    have the class shares of the question [1]_, as exactly as whole rows allow. So predicting "b" for every row has
    accuracy 0.3993 on the training data and 0.3539 on the test data.

    Parameters
    ----------
    n_rows : int, default=60_000
        Training rows, at least 50. The question had 269,501.
    n_test_rows : int, default=None
        Test rows, at least 25. None: in the same ratio to the training rows as in the question, 33,967 to 269,501.
    random_state : int, RandomState instance or None, default=None
        Seed; the same seed gives the same table.

    Returns
    -------
    X_train : ndarray of shape (n_rows, 157), dtype float32
    y_train : ndarray of shape (n_rows,), dtype str
        One of "a", "b", "c", "d", "e".
    X_test : ndarray of shape (n_test_rows, 157), dtype float32
    y_test : ndarray of shape (n_test_rows,), dtype str

    Raises
    ------
    TypeError, ValueError
        If a row count is not an integer or is too small.

    References
    ----------
    .. [1] Data Science Stack Exchange, question 16840, https://datascience.stackexchange.com/questions/16840

    Examples
    --------
    >>> from robust_mlp.datasets import make_founding_table
    >>> X_train, y_train, X_test, y_test = make_founding_table(n_rows=1000, random_state=0)
    >>> X_train.shape, X_test.shape, float((y_train == "b").mean())
    ((1000, 157), (126, 157), 0.399)
    """
    check_count(n_rows, "n_rows", at_least=50)
    if n_test_rows is None:
        n_test_rows = max(25, round(n_rows * QUESTION_TEST_ROWS / QUESTION_ROWS))
    check_count(n_test_rows, "n_test_rows", at_least=25)
    rng = new_generator(random_state)
    n_centres = len(TRAIN_SHARES) * CLUSTERS_PER_CLASS
    centres = random_centres(rng, n_centres, N_INFORMATIVE, SEPARATION).astype(np.float32)
    informative = rng.permutation(QUESTION_COLUMNS)[:N_INFORMATIVE]
    deviations = 10.0 ** rng.uniform(*DECADES, QUESTION_COLUMNS)
    means = OFFSET_IN_DEVIATIONS * deviations * rng.standard_normal(QUESTION_COLUMNS)

    def draw(n_part, shares):
        codes = exact_codes(rng, n_part, shares)
        cluster = CLUSTERS_PER_CLASS * codes + rng.integers(CLUSTERS_PER_CLASS, size=n_part)
        X = rng.standard_normal((n_part, QUESTION_COLUMNS), dtype=np.float32)
        X[:, informative] += centres[cluster]
        X *= deviations.astype(np.float32)
        X += means.astype(np.float32)
        return X, np.array(list("abcde"))[codes]

    return *draw(n_rows, TRAIN_SHARES), *draw(n_test_rows, TEST_SHARES)


def make_waveforms(n_rows=5000, length=6000, *, scale=1.0, noise=0.5, random_state=None):
    """Five equally frequent classes of one-dimensional signals. Each signal is the waveform of its class plus noise.

    A waveform is the sum of three sines with random frequency, phase and amplitude. Even with noise, a few principal
    components separate all classes. ``scale=100`` makes a network collapse that has ReLU before its softmax. Within the
    first epoch its output units die, for most seeds all of them. It then always predicts one class (accuracy .2000,
    loss 1.6094 = log 5). With ``scale=1`` it only sometimes loses a class.

    Parameters
    ----------
    n_rows : int, default=5000
        Rows, at least 5. If it is not a multiple of 5, the first classes have one more row.
    length : int, default=6000
        Columns, at least 2: samples of the signal.
    scale : float, default=1.0
        Factor for signal and noise, above 0.
    noise : float, default=0.5
        Standard deviation of the noise before scaling, at least 0. The amplitude of a sine is between 0.5 and 1.
    random_state : int, RandomState instance or None, default=None
        Seed; the same seed gives the same table.

    Returns
    -------
    X : ndarray of shape (n_rows, length), dtype float32
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to 4, in random order.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_waveforms
    >>> X, y = make_waveforms(n_rows=100, length=300, scale=100, random_state=0)
    >>> X.shape, [int((y == label).sum()) for label in range(5)]
    ((100, 300), [20, 20, 20, 20, 20])
    """
    check_count(n_rows, "n_rows", at_least=N_WAVES)
    check_count(length, "length", at_least=2)
    check_number(scale, "scale", low=0, boundaries="neither")
    check_number(noise, "noise", low=0)
    rng = new_generator(random_state)
    time = np.linspace(0.0, 1.0, length)
    frequency, phase, height = (
        rng.uniform(low, high, (N_WAVES, HARMONICS, 1))
        for low, high in ((1.0, LARGEST_FREQUENCY), (0.0, 1.0), (0.5, 1.0))
    )
    waves = (height * np.sin(2 * np.pi * (frequency * time + phase))).sum(axis=1).astype(np.float32)
    y = exact_codes(rng, n_rows, np.ones(N_WAVES))
    X = rng.standard_normal((n_rows, length), dtype=np.float32)
    X *= np.float32(noise)
    X += waves[y]
    X *= np.float32(scale)
    return X, y
