"""Ensemble members that predict again after a few columns changed, without computing the other columns again.

The first layer is a matrix product, so it changes by the product of what changed. The distances of RBF units are sums
over columns, so they change by the terms of what changed. `effect_members.py` looks up tables instead. Computes arrays
from arrays; knows no table."""

from dataclasses import replace

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.network import votes_in
from robust_mlp._system.threads import (
    LARGEST_PRODUCT_OF_ONE_THREAD,
    LEAST_ROWS_OF_PRODUCT,
    is_for_one_thread,
    product,
)
from robust_mlp.explanation._swaps.effect_members import EffectMembers
from robust_mlp.explanation._swaps.encoded_columns import features_of_outputs
from robust_mlp.explanation._swaps.linear_heads import LinearHeads, between_classes

# A product over many inputs is cut into products over so many at least. With fewer, adding them up takes longer.
LEAST_INPUTS_AT_ONCE = 64


def probabilities_of(logits):
    """Probabilities from logits, ndarray of shape (n_rows, n_classes), float64.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes: the second minus the first.
    """
    logits = logits.astype(np.float64)
    if logits.shape[1] > 1:
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits, out=logits)
        odds /= odds.sum(axis=1, keepdims=True)
        return odds
    odds = np.exp(-np.abs(logits[:, 0]))  # both probabilities stay exact where one of them is nearly 0
    large = 1 / (1 + odds)
    small = odds * large
    is_second = logits[:, 0] > 0
    return np.column_stack([np.where(is_second, small, large), np.where(is_second, large, small)])


def _times(rows, kernel):
    """``rows @ kernel``, on the calling thread where little is lost by it: BLAS's threads wait for each other."""
    if is_for_one_thread(kernel):
        return product(rows, kernel)
    n_at_once = LARGEST_PRODUCT_OF_ONE_THREAD // (LEAST_ROWS_OF_PRODUCT * kernel.shape[1])
    if n_at_once < LEAST_INPUTS_AT_ONCE:
        return rows @ kernel
    total = product(rows[:, :n_at_once], kernel[:n_at_once])
    for start in range(n_at_once, len(kernel), n_at_once):
        part = slice(start, start + n_at_once)
        total += product(rows[:, part], kernel[part])
    return total


class DenseMember:
    """One member that sees the encoded row, for some rows.

    Parameters
    ----------
    network : Network
    member : int
    encoded : ndarray of shape (n_rows, n_outputs), dtype float32
    """

    def __init__(self, network, member, encoded):
        self._network, self._member = network, member
        self._function = activation_called(network.activation).function
        self._n_outputs = encoded.shape[1]
        *hidden, head = (kernel[member] for kernel in network.kernels)
        biases = [bias[member] for bias in network.biases]
        head, biases[-1] = between_classes(head), between_classes(biases[-1])
        path = None if network.linear_path is None else between_classes(network.linear_path[member])
        if hidden:
            self._first, self._path, self._rest = hidden[0], path, [*hidden[1:], head]
        else:  # without hidden units, both paths lead to the logits
            self._first, self._path, self._rest = head if path is None else head + path, None, []
        self._biases = biases[1:]
        self._features = network.features(encoded, member)
        self._z = _times(self._features, self._first) + biases[0]
        self._logits = None if self._path is None else _times(self._features, self._path)

    def logits(self):
        """Logits of the rows as they are, as `probabilities_of` takes them."""
        return self._forward(self._z.copy(), self._logits)

    def change(self, outputs, donors):
        """What is needed to give some columns the values of donors.

        Parameters
        ----------
        outputs : ndarray of int
            Encoded outputs of these columns.
        donors : ndarray of shape (n_donors, n_outputs), dtype float32, or None
            Encoded rows; None: the rows themselves.

        Returns
        -------
        change : tuple
            To be passed to `changed`.
        """
        where = features_of_outputs(outputs, self._n_outputs, self._network.embeddings)
        own = self._features[:, where]
        given = own if donors is None else self._network.features(donors, self._member)[:, where]
        return tuple(
            None if kernel is None else self._terms(own, given, kernel[where]) for kernel in (self._first, self._path)
        )

    @staticmethod
    def _terms(own, given, kernel):
        """(what the columns add now, what those of each donor add)."""
        own_terms = _times(own, kernel)
        return own_terms, own_terms if given is own else _times(given, kernel)

    def changed(self, changes, indices):
        """Logits of the rows with some columns changed, once for each item of `indices`.

        Parameters
        ----------
        changes : list of tuple
            As from `change`, of different columns.
        indices : list of tuple of ndarray of shape (n_rows,), dtype int
            For each change, the donor of each row.

        Yields
        ------
        logits : ndarray of shape (n_rows, n_classes or 1)
        """
        z, logits = self._z, self._logits
        for in_first, in_path in changes:
            z = z - in_first[0]
            logits = logits if in_path is None else logits - in_path[0]
        for index in indices:
            new, new_logits = None, logits
            for (in_first, in_path), donor in zip(changes, index, strict=True):
                taken = in_first[1].take(donor, axis=0)
                new = np.add(taken, z if new is None else new, out=taken)
                if in_path is not None:
                    new_logits = new_logits + in_path[1].take(donor, axis=0)
            yield self._forward(new, new_logits)

    def _forward(self, z, logits):
        """Logits from the first layer's sums, which are overwritten, and the linear path's logits."""
        for kernel, bias in zip(self._rest, self._biases, strict=True):
            z = _times(np.ascontiguousarray(self._function(z)), kernel)
            z += bias
        return z if logits is None else z + logits


class RadialMembers:
    """All members that share the same RBF units, for some rows.

    Parameters
    ----------
    network : Network
        With `units` and without hidden layers.
    encoded : ndarray of shape (n_rows, n_outputs), dtype float32
    """

    def __init__(self, network, encoded):
        self._units, heads = network.units, LinearHeads.of(network)
        # (units @ projection - shift) @ kernel + bias, as one product with the units.
        self._heads = replace(
            heads,
            kernel=self._units.projection @ heads.kernel,
            bias=heads.bias - self._units.shift @ heads.kernel,
        )
        self._scaled = self._scale(encoded)
        self._distances = self._distances_in(self._scaled, np.arange(len(self._units.inputs)))

    def logits(self):
        """Logits of the rows as they are: for each member an array as `probabilities_of` takes it."""
        return self._forward(self._distances.copy())

    def change(self, outputs, donors):
        """As `DenseMember.change`; None where the units see none of the columns."""
        where = np.flatnonzero(np.isin(self._units.inputs, outputs))
        if not where.size:
            return None
        own = self._distances_in(self._scaled, where)
        return own, own if donors is None else self._distances_in(self._scale(donors), where)

    def changed(self, changes, indices):
        """As `DenseMember.changed`; yields a list of logits, one for each member."""
        seen = [(place, change) for place, change in enumerate(changes) if change is not None]
        if not seen:
            logits = self.logits()
            for _ in indices:
                yield logits
            return
        distances = self._distances - sum(own for _, (own, _) in seen)
        for index in indices:
            new = None
            for place, (_, given) in seen:
                taken = given.take(index[place], axis=0)
                new = np.add(taken, distances if new is None else new, out=taken)
            yield self._forward(new)

    def _scale(self, encoded):
        return encoded[:, self._units.inputs] * self._units.factors

    def _distances_in(self, scaled, where):
        """Squared distances to the centers in some of the inputs: ndarray of shape (n_rows, n_centers)."""
        centers = self._units.centers
        distances = np.zeros((len(scaled), len(centers)))
        if where.size <= MOST_INPUTS_ONE_BY_ONE:  # no cancellation, and no product of small matrices
            for i in where:
                distances += np.square(scaled[:, i, np.newaxis] - centers[:, i])
            return distances
        a, b = scaled[:, where], centers[:, where]
        distances += np.einsum("ij,ij->i", a, a)[:, np.newaxis] + np.einsum("ij,ij->i", b, b) - 2 * (a @ b.T)
        return distances

    def _forward(self, distances):
        """Logits from distances, which are overwritten."""
        np.maximum(distances, 0, out=distances)  # rounding can give negative values
        np.negative(distances, out=distances)
        return self._heads.logits(np.exp(distances, out=distances))


# Up to this many inputs are added one after the other. More are one matrix product.
MOST_INPUTS_ONE_BY_ONE = 4


class Members:
    """All members that answer together, for some rows: what `decide_together` computes, after changes of columns.

    Parameters
    ----------
    networks : list of Network
    encoded : ndarray of shape (n_rows, n_outputs), dtype float32
    """

    def __init__(self, networks, encoded):
        # (member or members, their votes)
        self._members: list[tuple[DenseMember | RadialMembers | EffectMembers, np.ndarray]] = []
        for network in networks:
            votes = votes_in(network)
            if isinstance(network.units, EffectUnits):
                self._members.append((EffectMembers(network, encoded), votes))
            elif network.units is not None:
                self._members.append((RadialMembers(network, encoded), votes))
            else:
                self._members += [
                    (DenseMember(network, i, encoded), votes[i : i + 1]) for i in range(network.n_members)
                ]
        self._n_votes = sum(votes.sum() for _, votes in self._members)

    def probabilities(self):
        """Probabilities of the rows as they are: ndarray of shape (n_rows, n_classes), float64."""
        return sum(_mixed(member.logits(), votes) for member, votes in self._members) / self._n_votes

    def changed(self, columns, donors, indices):
        """Probabilities of the rows with some columns changed.

        Parameters
        ----------
        columns : list of ndarray of int
            For each change, the encoded outputs of its columns.
        donors : list of (ndarray of shape (n_donors, n_outputs) or None)
            For each change.
        indices : list of tuple of ndarray of shape (n_rows,), dtype int
            For each result, the donors of each change.

        Returns
        -------
        probabilities : ndarray of shape (len(indices), n_rows, n_classes), dtype float64
        """
        total = None
        for member, votes in self._members:  # outermost: what one member needs stays in the cache
            changes = [member.change(outputs, given) for outputs, given in zip(columns, donors, strict=True)]
            parts = [_mixed(logits, votes) for logits in member.changed(changes, indices)]
            total = parts if total is None else [a + b for a, b in zip(total, parts, strict=True)]
        return np.array(total) / self._n_votes


def _mixed(logits, votes):
    """The sum of the probabilities of some members, times their votes."""
    if not isinstance(logits, list):
        return probabilities_of(logits) * votes[0]
    return sum(probabilities_of(part) * vote for part, vote in zip(logits, votes, strict=True))
