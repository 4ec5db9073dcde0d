"""What NumPy does at overflow, underflow, division by zero and invalid numbers while our code runs: nothing.

`np.seterr(all="raise")` makes a softmax raise an error at a probability below 1e-308, which is no mistake."""

import numpy as np


def usual_floating_point():
    """A context in which such events neither raise nor warn; the user's `np.seterr` holds again after it.

    Returns
    -------
    context : context manager
        For this thread.

    Examples
    --------
    >>> import numpy as np
    >>> with np.errstate(all="raise"):
    ...     with usual_floating_point():
    ...         tiny = np.exp(np.float64(-800.0))
    ...     print(tiny, np.geterr()["under"])
    0.0 raise
    """
    return np.errstate(all="ignore")
