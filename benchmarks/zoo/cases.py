"""One case of the zoo: a table, ruined or not, split, and how a fitted model does on its test rows. Fits nothing."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.tables import score
from benchmarks.zoo.tables import table
from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.rules import is_skilled
from robust_mlp._core.records import HeldOut

TEST_SHARE = 0.3
MAX_QUICK_ROWS = 700  # of a table in the quick form


@dataclass(frozen=True, eq=False)
class Case:
    """Training and test rows, the estimator's parameters, and what was done to them."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    parameters: dict
    seed: int

    def judge(self, model):
        """How a fitted classifier does on the test rows.

        Parameters
        ----------
        model : classifier
            With `classes_`, `predict_proba`.

        Returns
        -------
        figures : dict
            The metrics of `benchmarks.tables.score`; `beats_prior`: whether the log loss is below the prior's and
            predictions and labels belong together beyond chance; `is_constant`: whether all rows get one class.
        """
        P = np.asarray(model.predict_proba(self.X_test), dtype=np.float64)
        classes = np.asarray(model.classes_)
        codes = np.searchsorted(classes, self.y_test)
        prior = np.bincount(np.searchsorted(classes, self.y), minlength=len(classes)) / len(self.y)
        c = compare(HeldOut(codes=codes, probabilities=P, weights=np.ones(len(codes))), prior)
        if not c.is_finite:
            return {"beats_prior": False, "is_constant": True, "balanced_accuracy": 1 / len(classes), "log_loss": None}
        figures = score(self.y_test, P, classes) | {"prior_loss": c.prior_loss}
        return figures | {
            "beats_prior": bool(c.gain > 0 and is_skilled(c)),
            "is_constant": bool(max(c.predicted_share) == 1),
        }


def make_case(scenario, table_name, seed, *, is_ruined=True, is_quick=False):
    """A case, the same for the same arguments.

    Parameters
    ----------
    scenario : Scenario
    table_name : str
    seed : int
    is_ruined : bool, default=True
        False leaves out the parameters: the same table under the defaults.
    is_quick : bool, default=False
        At most `MAX_QUICK_ROWS` rows.

    Returns
    -------
    case : Case
    """
    X, y = table(table_name, seed)
    if is_quick and len(X) > MAX_QUICK_ROWS and scenario.group != "M":
        X, _, y, _ = train_test_split(X, y, train_size=MAX_QUICK_ROWS, stratify=y, random_state=seed)
    if scenario.spoil is not None:
        rng = np.random.default_rng([seed, crc32(scenario.name.encode())])
        X, y = scenario.spoil(X, y, rng)
    is_sorted = scenario.spoil is not None and scenario.group == "H"
    rows = np.arange(len(y))
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=y, random_state=seed)
    if is_sorted:
        train = np.sort(train)
    return Case(X[train], y[train], X[test], y[test], dict(scenario.parameters) if is_ruined else {}, seed)
