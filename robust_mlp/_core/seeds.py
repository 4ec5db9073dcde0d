"""Named child seeds, derived from one `random_state`. No global generator is read or changed."""

import numpy as np
from sklearn.utils import check_random_state

# New names go to the end: a seed depends on its position, so the seeds before it stay the same.
SEED_NAMES = ("split", "balance", "weights", "dropout", "shuffle", "signal")


def spawn_seeds(random_state):
    """Derive one independent seed per purpose.

    Parameters
    ----------
    random_state : int, RandomState instance or None
        As everywhere in scikit-learn; a RandomState instance is advanced by one draw.

    Returns
    -------
    seeds : dict of str to int
        One 32-bit seed for each of `SEED_NAMES`.
    """
    root = check_random_state(random_state).randint(2**31 - 1)
    return dict(zip(SEED_NAMES, np.random.SeedSequence(root).generate_state(len(SEED_NAMES)).tolist(), strict=True))
