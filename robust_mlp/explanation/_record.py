"""`Explanation` and its parts: frozen records that print themselves, fit into JSON and hold no rows, except those whose
contributions were asked for.

They compute only what follows from their own fields."""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from robust_mlp._report.json_text import WrittenAsJson, plain
from robust_mlp.explanation._measures.scales import log_odds_against
from robust_mlp.explanation._names import unknown_name
from robust_mlp.explanation.contributions import Contributions

SCHEMA_VERSION = 1  # of `to_dict`; it increases if a key changes its meaning or is removed
KINDS = ("column", "group")


def _values(record):
    """The fields of a record as values that `json` can write."""
    return {
        f.name: plain(value.tolist() if isinstance(value := getattr(record, f.name), np.ndarray) else value)
        for f in fields(record)
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnImportance:
    """How much the log loss rises without what a column, or a group of columns, says.

    All values are in nats per row. 0 is no rise; 0.693 is the loss of a coin's toss.

    Attributes
    ----------
    columns : tuple of str
        One column, or those of a group.
    importance : float
        The mean rise of the log loss when the columns are permuted, all of a group together.
    low, high : float
        Interval of `importance`. The intervals of all columns hold together with 95 %.
    missing : float
        The rise of the log loss when the column is missing in all rows; NaN for a group.
    per_class : tuple of float
        `importance` for the rows of each class; NaN for a class without rows, and without labels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> strongest = explanation.importance[0]
    >>> strongest.name.startswith("petal"), strongest.is_above_noise
    (True, True)
    """

    columns: tuple[str, ...]
    importance: float
    low: float
    high: float
    missing: float = float("nan")
    per_class: tuple[float, ...] = ()

    @property
    def name(self):
        """The column, or the columns of the group joined by " + "."""
        return " + ".join(self.columns)

    @property
    def short_name(self):
        """As `name`; of three columns and more the first and the number of the others."""
        return self.name if len(self.columns) < 3 else f"{self.columns[0]} + {len(self.columns) - 1} more"

    @property
    def is_above_noise(self):
        """Whether the whole interval lies above 0."""
        return self.low > 0

    def to_dict(self):
        """The record as values that `json` can write."""
        return _values(self) | {"name": self.name}


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnEffect:
    """How the answer changes with the value of one column.

    Log-odds of a class are its mean log-odds against each other class. With two classes these are the usual log-odds.

    Attributes
    ----------
    name : str
    kind : {'number', 'levels', 'date'}
    values : tuple of float or of object
        Values of the column: numbers ascending, levels with like ones beside each other, dates as text.
    positions : tuple of float
        Where the values lie on an axis: numbers as they are, seconds of dates, 0, 1, ... for levels.
    shares : ndarray of shape (n_values,)
        The density of the data. Of levels the share of the rows of each; of numbers the share of the rows from the
        value before (left out) to the value, the first one alone.
    log_odds : ndarray of shape (n_values, n_classes)
        Accumulated local effect. Its mean over the rows is 0.
    probability : ndarray of shape (n_values, n_classes)
        Partial dependence: the mean probability of each class if 300 rows of the table, or all of fewer, held the
        value.
    additive : ndarray of shape (n_values, n_classes) or None
        The exact curve of the additive members, in log-odds with mean 0. None if there are none.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> effect = explanation.effect("petal length (cm)")
    >>> effect.kind, effect.log_odds.shape == (len(effect.values), 3)
    ('number', True)
    >>> bool(effect.log_odds[0, 0] > effect.log_odds[-1, 0])  # short petals speak for the first species
    True
    """

    name: str
    kind: str
    values: tuple
    positions: tuple[float, ...]
    shares: np.ndarray
    log_odds: np.ndarray
    probability: np.ndarray
    additive: np.ndarray | None = None

    @property
    def spread(self):
        """Standard deviation of `log_odds` over the rows; of several classes the root of their mean square."""
        if self.kind == "levels" or len(self.values) < 2:
            squares = self.shares @ np.square(self.log_odds)
        else:
            middle = (self.log_odds[1:] + self.log_odds[:-1]) / 2
            squares = self.shares[1:] @ np.square(middle) + self.shares[0] * np.square(self.log_odds[0])
        return float(np.sqrt(squares.mean()))

    def to_dict(self):
        """The record as values that `json` can write."""
        return _values(self) | {"spread": plain(self.spread)}


@dataclass(frozen=True, kw_only=True, eq=False)
class PairEffect:
    """The joint effect of two columns, beyond the sum of their own effects.

    Attributes
    ----------
    columns : tuple of (str, str)
    strength : float
        Standard deviation of the joint effect over the rows, in log-odds.
    values : tuple of two tuples
        Values of each column.
    positions : tuple of two tuples of float
    log_odds : ndarray of shape (n_first, n_second, n_classes)
        Accumulated local effect of second order, without the effects of each column alone.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> pair = explanation.pairs[0]
    >>> len(pair.columns), pair.strength >= 0
    (2, True)
    """

    columns: tuple[str, str]
    strength: float
    values: tuple[tuple, tuple]
    positions: tuple[tuple[float, ...], tuple[float, ...]]
    log_odds: np.ndarray

    @property
    def name(self):
        """The two columns joined by " x "."""
        return " x ".join(self.columns)

    def to_dict(self):
        """The record as values that `json` can write."""
        return _values(self) | {"name": self.name}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassEvidence:
    """What a column says for one class and against another.

    Attributes
    ----------
    name : str
    value_for, value_against : object
        The values of the column at which the log-odds are largest and smallest.
    log_odds_for, log_odds_against : float
        The accumulated local effect there on log p(class) - log p(other class).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> strongest = explanation.evidence(0, 2)[0]
    >>> strongest.log_odds_for > strongest.log_odds_against
    True
    """

    name: str
    value_for: Any
    log_odds_for: float
    value_against: Any
    log_odds_against: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation(WrittenAsJson):
    """Which columns matter to a classifier, and how.

    Made by `explain`. It prints itself, and shows itself in notebooks.

    Attributes
    ----------
    class_names : tuple of str
    columns : tuple of str
        The columns that were explained.
    n_rows : int
        Rows that the importance was measured on.
    rows : str
        What these rows are: "rows as given", or "training rows, each predicted by the member that was not trained on
        it".
    has_labels : bool
        Whether `y` was passed. If not, importance is what the loss is expected to rise if the probabilities are right.
        It is above 0 for every column that the classifier reads, also for noise.
    loss : float
        Log loss of the rows as they are, in nats; without labels the mean entropy of the predictions.
    importance : tuple of ColumnImportance
        Of each column, the largest first.
    groups : tuple of ColumnImportance
        Of each group of two or more columns that say nearly the same. The largest first.
    effects : tuple of ColumnEffect
        In the order of `columns`.
    pairs : tuple of PairEffect
        The strongest pairs, the strongest first.
    contributions : Contributions or None
        What each column adds to the log-odds of the rows that `contributions_of` named; None without such rows.
    n_left_out : int
        Columns of a sparse table that were left out, since their permutation raises the log loss less.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=20, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> sorted(one.name for one in explanation.importance[:2])
    ['petal length (cm)', 'petal width (cm)']
    >>> explanation.to_html("explanation.html")  # doctest: +SKIP
    """

    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    n_rows: int
    rows: str
    has_labels: bool
    loss: float
    importance: tuple[ColumnImportance, ...]
    groups: tuple[ColumnImportance, ...] = ()
    effects: tuple[ColumnEffect, ...] = ()
    pairs: tuple[PairEffect, ...] = ()
    contributions: Contributions | None = field(default=None, repr=False)
    n_left_out: int = 0

    def importances(self, kind="column"):
        """Importance of columns, or of groups.

        Parameters
        ----------
        kind : {'column', 'group'}, default='column'
            'column': each column permuted alone. 'group': the columns of a group permuted together, and each other
            column alone. Use it where columns say the same: permuting one of two equal columns shows little.

        Returns
        -------
        importances : tuple of ColumnImportance
            The largest first.
        """
        if kind not in KINDS:
            raise ValueError(f"kind={kind!r} is unknown. Pass 'column' or 'group'.")
        if kind == "column":
            return self.importance
        grouped = {name for group in self.groups for name in group.columns}
        alone = [one for one in self.importance if one.columns[0] not in grouped]
        return tuple(sorted([*self.groups, *alone], key=lambda one: -one.importance))

    def effect(self, column):
        """The effect of one column.

        Parameters
        ----------
        column : str
            One of `columns`.

        Returns
        -------
        effect : ColumnEffect
        """
        if column not in self.columns:
            raise unknown_name("column", column, self.columns)
        return self.effects[self.columns.index(column)]

    def evidence(self, for_class, against):
        """What speaks for one class and against another: the values of each column that move the log-odds most.

        Parameters
        ----------
        for_class, against : str
            Two of `class_names`.

        Returns
        -------
        evidence : tuple of ClassEvidence
            One for each column, the largest distance between its two log-odds first.
        """
        for name in (for_class, against):
            if str(name) not in self.class_names:
                raise unknown_name("class", name, self.class_names)
        code, other = (self.class_names.index(str(name)) for name in (for_class, against))
        if code == other:
            raise ValueError(f"for_class and against are both {for_class!r}. Pass two different classes.")
        found = []
        for effect in self.effects:
            curve = log_odds_against(effect.log_odds, code, other)
            best, worst = int(curve.argmax()), int(curve.argmin())
            found.append(
                ClassEvidence(
                    name=effect.name,
                    value_for=effect.values[best],
                    log_odds_for=float(curve[best]),
                    value_against=effect.values[worst],
                    log_odds_against=float(curve[worst]),
                )
            )
        return tuple(sorted(found, key=lambda one: one.log_odds_against - one.log_odds_for))

    def __str__(self):
        from robust_mlp.explanation._text import as_text  # the layout is only needed if an explanation is shown

        return as_text(self)

    def _repr_html_(self):
        from robust_mlp.explanation._html import as_fragment

        return as_fragment(self)

    def to_html(self, path):
        """Write the explanation as one HTML page with its figures; it needs no other file.

        Parameters
        ----------
        path : str or path-like
        """
        from robust_mlp.explanation._html import write_page

        write_page(self, path)

    def to_dict(self):
        """The explanation as plain Python values that `json` can write; NaN becomes None.

        Returns
        -------
        values : dict
            With the keys "schema_version", "class_names", "columns", "n_rows", "rows", "has_labels", "loss",
            "importance", "groups", "effects", "pairs", "n_left_out" and "contributions": None, or what
            `Contributions.to_dict` gives.
        """
        values: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
        values |= {name: plain(getattr(self, name)) for name in ("class_names", "columns", "n_rows", "rows")}
        values |= {"has_labels": self.has_labels, "loss": plain(self.loss), "n_left_out": self.n_left_out}
        parts = ("importance", "groups", "effects", "pairs")
        values |= {name: [part.to_dict() for part in getattr(self, name)] for name in parts}
        return values | {"contributions": None if self.contributions is None else self.contributions.to_dict()}
