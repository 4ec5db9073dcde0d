"""`Contributions`: what each column of each row adds to the log-odds, and for whom.

Holds arrays. Computes no contribution and draws nothing."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp.explanation.contributions._arguments import check_row, did_you_mean
from robust_mlp.explanation.contributions._evidence import evidence_of
from robust_mlp.explanation.contributions._mixed_tables import numbers_for_colours, text_of

# Columns that the text of a record lists.
MOST_LINES = 10


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each column of each row adds to the log-odds of the classes, in nats.

    `contributions` makes it. For each row, the base value and the values of its columns sum to the classifier's
    log-odds. A nat of log-odds multiplies the odds by e, about 2.7; 0.7 nats double them.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_columns) or (n_rows, n_columns, n_classes), dtype float64
        In nats. With two classes, or after `for_class` and `against`: a number for each column, above 0 where it speaks
        for the class. With more classes: for each class against all others.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_classes), dtype float64
        The mean log-odds of the background rows, the same in each row.
    data : ndarray of shape (n_rows, n_columns)
        The user's own values. dtype object if the columns are not all numbers.
    feature_names : tuple of str
    classes : tuple
        The labels of all classes.
    target : tuple
        Whose log-odds: (c, b) for class c against class b, (c,) for class c against all others, () for each class
        against all others.
    method : str
        'exact', 'sampled' or 'gradients': the one that was used.
    n_coalitions : int
        Predictions of mixed rows for each row; 0 for gradients.
    predicted : tuple
        The class that ``predict`` gives each row. Empty where nobody said: then the most probable class stands for it.

    Examples
    --------
    >>> import numpy as np
    >>> found = Contributions(
    ...     values=np.array([[1.2, -0.3]]),
    ...     base_values=np.array([0.1]),
    ...     data=np.array([["north", 3]], dtype=object),
    ...     feature_names=("region", "rooms"),
    ...     classes=("no", "yes"),
    ...     target=("yes", "no"),
    ...     method="exact",
    ...     n_coalitions=200,
    ... )
    >>> print(found)
    Contributions to the log-odds of 'yes' against 'no' (nats): 1 row, 2 columns, exact
      region  mean size 1.2
      rooms   mean size 0.3
    """

    values: np.ndarray
    base_values: np.ndarray
    data: np.ndarray
    feature_names: tuple
    classes: tuple
    target: tuple
    method: str
    n_coalitions: int
    predicted: tuple = ()
    _log_probabilities: Any = None  # values and base values of each class's log-probability

    def __len__(self):
        return len(self.values)

    def __getitem__(self, rows):
        """The contributions of some rows: an int, a slice, a mask or row numbers. A single row stays a table."""
        rows = [rows] if isinstance(rows, (int, np.integer)) else rows
        logs = None if self._log_probabilities is None else tuple(part[rows] for part in self._log_probabilities)
        return replace(
            self,
            values=self.values[rows],
            base_values=self.base_values[rows],
            data=self.data[rows],
            predicted=tuple(self.predicted[i] for i in np.arange(len(self))[rows]) if self.predicted else (),
            _log_probabilities=logs,
        )

    def for_class(self, label):
        """What speaks for a class, against all others.

        Parameters
        ----------
        label : label
            One of the classes.

        Returns
        -------
        contributions : Contributions
            With ``values`` of shape (n_rows, n_columns), in nats of the log-odds of the class against all others.
        """
        k = self._place_of(label)
        if len(self.classes) == 2:
            return self.against(label, self.classes[1 - k])
        self._check_all_classes()
        return self._for((self.classes[k],), self.values[:, :, k], self.base_values[:, k])

    def against(self, label, other):
        """What speaks for one class and against another.

        The log-odds between two classes are the difference of their log-probabilities. Contributions are additive in
        what they explain [1]_, so these are the difference of the contributions to the two log-probabilities.

        Parameters
        ----------
        label, other : label
            Two different classes.

        Returns
        -------
        contributions : Contributions
            With ``values`` of shape (n_rows, n_columns), in nats of log(p(label) / p(other)).

        References
        ----------
        .. [1] Shapley (1953), "A value for n-person games", Contributions to the Theory of Games 2, axiom 3.
        """
        k, b = self._place_of(label), self._place_of(other)
        if k == b:
            raise ValueError(f"label and other are both {self.classes[k]!r}. Pass two different classes.")
        target = (self.classes[k], self.classes[b])
        if len(self.classes) == 2:
            sign = 1.0 if target == self.target else -1.0
            return self._for(target, sign * self.values, sign * self.base_values)
        self._check_all_classes()
        logs, base = self._log_probabilities
        return self._for(target, logs[:, :, k] - logs[:, :, b], base[:, k] - base[:, b])

    def evidence(self, row, for_class=None, against=None):
        """What the columns of one row say for one class and against another.

        Parameters
        ----------
        row : int
            Position of the row; negative from the end.
        for_class : label, default=None
            None: the class that is predicted for the row; after `for_class` or `against`, the class they were asked
            for.
        against : label, default=None
            None: the most probable other class; after `for_class`, all others.

        Returns
        -------
        evidence : RowEvidence

        Raises
        ------
        ValueError
            If there is no such row or class, or if these are contributions to other log-odds.
        """
        one = self[check_row(row, len(self))]
        is_chosen = len(self.classes) > 2 and bool(self.target)
        if is_chosen and (for_class is not None or against is not None):
            self._check_all_classes()
        if not is_chosen:
            ranked = one._most_probable()
            if for_class is None:
                for_class = next(label for label in [*one.predicted, *ranked] if label != against)
            if against is None:
                against = next(label for label in ranked if label != for_class)
            one = one.against(for_class, against)
        for_class, against = one.target[0], one.target[1] if len(one.target) == 2 else None
        return evidence_of(
            self.feature_names, one.data[0], one.values[0], base_value=one.base_values[0], for_class=for_class,
            against=against,
        )  # fmt: skip

    def _most_probable(self):
        """The labels by their probability in the first row, the most probable first."""
        if len(self.classes) == 2:
            log_odds = self.base_values[0] + self.values[0].sum()
            scores = np.array([-log_odds, log_odds]) * (1.0 if self.target[0] == self.classes[1] else -1.0)
        else:
            logs, base = self._log_probabilities
            scores = base[0] + logs[0].sum(axis=0)
        return [self.classes[k] for k in np.argsort(-scores, kind="stable")]

    def to_dict(self):
        """For each row what speaks for its predicted class and against the next one, as values that `json` can write.

        Returns
        -------
        values : dict
            With the keys "method", "n_coalitions" and "rows", a list of what `RowEvidence.to_dict` gives.
        """
        rows = [self.evidence(row).to_dict() for row in range(len(self))]
        return {"method": self.method, "n_coalitions": self.n_coalitions, "rows": rows}

    @property
    def target_text(self):
        """Whose log-odds, in words: "'yes' against 'no'"."""
        if len(self.target) == 2:
            return f"{self.target[0]!r} against {self.target[1]!r}"
        return f"{self.target[0]!r} against all others" if self.target else "each class against all others"

    def mean_sizes(self):
        """Mean absolute value of each column over rows, in nats.

        Returns
        -------
        sizes : ndarray of shape (n_columns,) or (n_columns, n_classes), dtype float64
        """
        return np.abs(self.values).mean(axis=0)

    def to_shap(self):
        """The same as `shap.Explanation`, for shap's figures.

        Columns of text and categories work in them: `data` holds numbers, which only choose colours, and
        `display_data` the user's own values.

        Returns
        -------
        explanation : shap.Explanation

        Raises
        ------
        ImportError
            If shap is not installed.
        """
        try:
            from shap import Explanation
        except ImportError as error:
            raise ImportError("to_shap needs shap. Install it: pip install 'robust-mlp[shap]'.") from error
        return Explanation(
            values=self.values,
            base_values=self.base_values,
            data=numbers_for_colours(self.data),
            display_data=self.data if self.data.dtype.kind in "iuf" else _texts_and_numbers(self.data),
            feature_names=list(self.feature_names),
            output_names=[str(label) for label in self.classes] if self.values.ndim == 3 else None,
        )

    def __str__(self):
        n_rows, n_columns = self.values.shape[:2]
        sizes = self.mean_sizes()
        sizes = sizes if sizes.ndim == 1 else sizes.mean(axis=1)
        order = np.argsort(-sizes, kind="stable")[:MOST_LINES]
        width = max(len(str(self.feature_names[j])) for j in order)
        lines = [
            f"Contributions to the log-odds of {self.target_text} (nats): {n_rows} {'row' if n_rows == 1 else 'rows'}, "
            f"{n_columns} {'column' if n_columns == 1 else 'columns'}, {self.method}"
        ]
        lines += [f"  {self.feature_names[j]!s:{width}}  mean size {sizes[j]:.3g}" for j in order]
        if n_columns > len(order):
            lines.append(f"  and {n_columns - len(order)} more columns")
        return "\n".join(lines)

    def _for(self, target, values, base_values):
        return replace(self, values=values, base_values=base_values, target=target, _log_probabilities=None)

    def _check_all_classes(self):
        if self.values.ndim == 2:
            raise ValueError(
                f"These are the contributions to the log-odds of {self.target_text} already. Choose from the "
                "contributions of all classes, as the function contributions returns them."
            )

    def _place_of(self, label: Any) -> int:
        """The position of a label in `classes`."""
        for k, known in enumerate(self.classes):
            if known == label and isinstance(known, bool) == isinstance(label, (bool, np.bool_)):
                return k
        listed = ", ".join(map(repr, self.classes[:MOST_LINES]))
        more = ", ..." if len(self.classes) > MOST_LINES else ""
        raise ValueError(f"{label!r} is not one of the classes {listed}{more}.{did_you_mean(label, self.classes)}")


def _texts_and_numbers(data):
    """The cells as shap's figures can show them: numbers as they are, all others as text."""
    shown = np.empty(data.shape, dtype=object)
    for place, value in np.ndenumerate(data):
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and value == value
        shown[place] = value if is_number else text_of(value)
    return shown
