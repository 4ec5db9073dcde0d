"""The order of rows: the training rows in each batch of each epoch, for every member. Plain NumPy.

The order depends on the seed and the epoch only, not on how many epochs are drawn at a time."""

import math

import numpy as np

from robust_mlp._system.aligned_arrays import empty_aligned

# If an epoch has several batches, their size grows to a multiple of this, up to their bound. TensorFlow's matrix
# products generate code for each new shape and keep it (about half a megabyte each). Fits of many sizes would fill the
# memory.
GRAIN = 8


class RowStream:
    """Draws the batches of one training.

    Parameters
    ----------
    members : list of ndarray, dtype int
        Training rows of each member.
    batch_size : int
        Upper bound. All batches have the same size, so that no row is left over and few rows come twice.
    shuffle : bool
    seed : int
    draw : callable or None
        `draw(rows, rng, n_draws) -> rows` replaces the plain permutation (balanced batches, say).
    n_draws : int or None
        Rows that `draw` draws for an epoch, before batches are filled up; None: the rows of the largest member.

    Attributes
    ----------
    batch_size, n_steps : int
        Rows per batch and batches per epoch, the same for all members.
    """

    def __init__(self, members, batch_size, *, shuffle, seed, draw=None, n_draws=None):
        self._members = [np.asarray(rows, dtype=np.int32) for rows in members]
        longest = n_draws or max(len(rows) for rows in self._members)
        self.n_steps = math.ceil(longest / batch_size)
        self.batch_size = longest
        if self.n_steps > 1:
            fewest = math.ceil(longest / self.n_steps)
            self.batch_size = min(batch_size, math.ceil(fewest / GRAIN) * GRAIN)
        self._draw = draw or (None if shuffle else _unchanged)  # None: shuffled in place
        seeds = np.random.SeedSequence(seed).spawn(len(self._members))
        self._generators = [np.random.Generator(np.random.PCG64(s)) for s in seeds]

    def next_epochs(self, n_epochs):
        """Rows of the next epochs, shape (n_epochs, n_members, n_steps, batch_size), dtype int32.

        A member with fewer rows sees some rows twice; each epoch repeats other rows.
        """
        orders = empty_aligned((n_epochs, len(self._members), self.n_steps, self.batch_size), np.int32)
        for epoch in orders:
            for batches, rows, rng in zip(epoch, self._members, self._generators, strict=True):
                self._draw_into(batches.reshape(-1), rows, rng)
        return orders

    @property
    def generators(self):
        """The state of each member's generator as whole numbers, from which `go_on` draws the next epochs."""
        states = [generator.bit_generator.state for generator in self._generators]
        return tuple((s["state"]["state"], s["state"]["inc"], s["has_uint32"], s["uinteger"]) for s in states)

    def go_on(self, generators):
        """Draw the epochs that would have come next when `generators` was asked for."""
        for generator, (state, inc, has_uint32, uinteger) in zip(self._generators, generators, strict=True):
            generator.bit_generator.state = {
                "bit_generator": "PCG64",
                "state": {"state": state, "inc": inc},
                "has_uint32": has_uint32,
                "uinteger": uinteger,
            }

    def _draw_into(self, batches, rows, rng):
        """Fill an array with rows, and its rest with the first of these rows again."""
        if self._draw is None:
            n_drawn = len(rows)
            batches[:n_drawn] = rows
            rng.shuffle(batches[:n_drawn])
        else:
            drawn = self._draw(rows, rng, len(batches))
            n_drawn = min(len(drawn), len(batches))
            batches[:n_drawn] = drawn[:n_drawn]
        batches[n_drawn:] = batches[np.arange(len(batches) - n_drawn) % n_drawn]


def _unchanged(rows, rng, n_draws):
    del rng, n_draws
    return rows
