"""`Reservoir`: a few rows of a stream that the network is never trained on, the last ones of each class.

Chooses them by the content of the rows, so that a row that comes again, in another epoch over the same tables, stays on
the side on which it was. Judges nothing."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._data.distinct_rows import hash_rows
from robust_mlp._fit.labelled_table import LabelledTable

# Rows kept of each class: with two classes enough for any skill that a user would notice. Of many classes fewer, since
# each call predicts them all.
MOST_ROWS_OF_CLASS, FEWEST_ROWS_OF_CLASS, MOST_ROWS = 30, 2, 1000
# Share of the rows of a class that is held out until it has its rows, and afterwards: then only to keep up with the
# stream, as each row held out is one less to learn from.
FIRST_SHARE, LATER_SHARE = 0.1, 0.02
# Nothing is held out of the first rows of a stream: a network of so few needs them all.
FEWEST_ROWS_BEFORE = 40
# With fewer rows held out, a network may give one class to all of them by chance.
FEWEST_ROWS_TO_TELL = 10
# Where at most this share of the first rows are distinct, the table has few kinds of rows. New rows are then of the
# same kinds, and each occurrence is on a side by itself.
MOST_DISTINCT = 0.5


@dataclass(frozen=True, eq=False)
class Reservoir:
    """The rows that are held out, and what decides about further ones.

    Attributes
    ----------
    table : LabelledTable or None
        The oldest first. None before the first call.
    shares : ndarray of shape (n_classes,)
        Share of new rows of each class that is held out. It never grows: a row that was trained on would else be held
        out when it comes again.
    has_trained : ndarray of shape (n_classes,), dtype bool
        Classes of which a row was trained on.
    seen : ndarray of uint64
        Hashes of rows that were trained on although they might have been held out.
    first : LabelledTable or None
        The first rows, which were trained on; kept until `FEWEST_ROWS_TO_TELL` rows of two classes are held out.
    n_rows : int
        Rows of the stream so far.
    by_content : bool or None
        Whether the content of a row decides about it; None before that is known.
    """

    shares: np.ndarray
    has_trained: np.ndarray
    seen: np.ndarray
    table: LabelledTable | None = None
    first: LabelledTable | None = None
    n_rows: int = 0
    by_content: bool | None = None

    @classmethod
    def empty(cls, n_classes, *, has_trained=False):
        """The reservoir of a stream of which no row has come; `has_trained` after a fit on rows of all classes."""
        return cls(np.full(n_classes, FIRST_SHARE), np.full(n_classes, has_trained), np.empty(0, np.uint64))

    @property
    def rows_of_class(self):
        """How many rows of each class are kept at most."""
        return int(np.clip(MOST_ROWS // len(self.shares), FEWEST_ROWS_OF_CLASS, MOST_ROWS_OF_CLASS))

    def emptied(self):
        """The same rules, of which no row is held out any more: the rows say nothing of what comes."""
        return replace(self, table=None, first=None)

    def divided(self, table, seed):
        """Take some rows of a table.

        Parameters
        ----------
        table : LabelledTable
            Rows of the stream.
        seed : int
            Chooses where the content of a row does not decide.

        Returns
        -------
        reservoir : Reservoir
        training : LabelledTable
            The other rows; it may have none.
        """
        hashes = hash_rows(table.X, np.arange(len(table)))
        by_content = self.by_content
        if by_content is None:
            first = np.concatenate([self.seen, hashes])
            if len(first) < FEWEST_ROWS_BEFORE:
                has_trained = self.has_trained | (np.bincount(table.codes, minlength=len(self.shares)) > 0)
                n_rows, rows = self.n_rows + len(table), _together(self.first, table)
                return replace(self, seen=first, first=rows, n_rows=n_rows, has_trained=has_trained), table
            by_content = len(np.unique(first)) > MOST_DISTINCT * len(first)
        is_held_out, shares, seen = self._chosen(table.codes, hashes, by_content, seed)
        training = table.at(np.flatnonzero(~is_held_out))
        has_trained = self.has_trained | (np.bincount(training.codes, minlength=len(self.shares)) > 0)
        kept = self._joined(table.at(np.flatnonzero(is_held_out)))
        full = np.bincount(kept.codes, minlength=len(self.shares)) >= self.rows_of_class
        reservoir = Reservoir(
            shares=np.where(full, np.minimum(shares, LATER_SHARE), shares),
            has_trained=has_trained,
            seen=seen,
            table=kept,
            first=None if can_tell(kept) else self.first,
            n_rows=self.n_rows + len(table),
            by_content=by_content,
        )
        return reservoir, training

    def _chosen(self, codes, hashes, by_content, seed):
        """(which rows are held out, shares, seen)."""
        counts = np.bincount(codes, minlength=len(self.shares))
        enough = self.rows_of_class / np.maximum(counts, 1)
        shares, seen = np.maximum(np.minimum(self.shares, enough), np.minimum(self.shares, LATER_SHARE)), self.seen
        if by_content:
            # Hashes are spread evenly over 64 bits. Rows that repeat in one table are common kinds, and are trained on.
            drawn = hashes / 2.0**64
            _, inverse, times = np.unique(hashes, return_inverse=True, return_counts=True)
            may_be = (times[inverse] == 1) & ~np.isin(hashes, seen)
        else:
            drawn = np.random.default_rng([seed, self.n_rows]).random(len(codes))
            may_be = np.ones(len(codes), dtype=bool)
        is_held_out = may_be & (drawn < shares[codes])
        if by_content and self.table is not None:  # the share was larger when these rows came
            is_held_out |= np.isin(hashes, hash_rows(self.table.X, np.arange(len(self.table))))
        for code in np.flatnonzero((counts > 0) & ~self.has_trained):
            of_class = codes == code
            if is_held_out[of_class].all():  # the network has to meet the class
                is_held_out[of_class] = False
                seen = np.concatenate([seen, hashes[of_class]])
        return is_held_out, shares, seen

    def _joined(self, new):
        """The rows held out with new ones; of each class the last ones stay, and one of equal rows."""
        new, keep = _together(self.table, new), []
        hashes = hash_rows(new.X, np.arange(len(new)))
        for code in range(len(self.shares)):
            of_class = np.flatnonzero(new.codes == code)[::-1]
            if self.by_content is not False:
                of_class = of_class[np.sort(np.unique(hashes[of_class], return_index=True)[1])]
            keep.append(of_class[: self.rows_of_class])
        kept = np.sort(np.concatenate(keep))
        return LabelledTable(new.X[kept], new.codes[kept], new.weights[kept])


def can_tell(table):
    """Whether held-out rows are enough to tell that a network gives one class to all rows.

    Parameters
    ----------
    table : LabelledTable or None

    Returns
    -------
    can_tell : bool
        With fewer rows, rows that were trained on are looked at, too.
    """
    return table is not None and len(table) >= FEWEST_ROWS_TO_TELL and len(np.unique(table.codes)) > 1


def _together(old, new):
    """The rows of two LabelledTables, of which the first may be None."""
    X = new.X.astype(np.float64)
    if old is None:
        return LabelledTable(X, new.codes, np.asarray(new.weights, dtype=np.float64))
    return LabelledTable(
        np.concatenate([old.X, X]), np.concatenate([old.codes, new.codes]), np.concatenate([old.weights, new.weights])
    )
