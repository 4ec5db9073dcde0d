"""CatBoost, LightGBM and XGBoost on the frames of the benchmark: with their defaults, or eight of them on eight folds.

A bagged booster is trained as AutoGluon trains it for TabArena: a smaller learning rate, as many trees as the held-out
fold asks for, and the mean of the eight members' probabilities."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

N_FOLDS = 8
# The learning rates and the bound on trees of AutoGluon's defaults.
MOST_TREES = 10_000
LEARNING_RATES = {"catboost": 0.05, "lightgbm": 0.05, "xgboost": 0.1}
# Trees without a better log loss before a member stops. AutoGluon waits for 300 on small tables, fewer on large ones.
PATIENCE = 300
MOST_ROWS_FOR_PATIENCE = 10_000
LEAST_PATIENCE = 20


def patience(n_rows):
    """Trees without a better held-out log loss before training stops."""
    share = min(1.0, MOST_ROWS_FOR_PATIENCE / n_rows)
    return max(LEAST_PATIENCE, round(share * PATIENCE))


class Booster:
    """One library behind one interface: frames with categories and missing values, labels of any kind.

    Parameters
    ----------
    library : {"catboost", "lightgbm", "xgboost"}
    is_bagged : bool
    n_threads : int
    """

    def __init__(self, library, *, is_bagged=False, n_threads=1):
        self.library = library
        self.is_bagged = is_bagged
        self.n_threads = n_threads

    def fit(self, X, y):
        self.classes_, codes = np.unique(y, return_inverse=True)
        X = prepared(X, self.library)
        if self.is_bagged:
            folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(codes[:, None], codes)
            self.members_ = [self._fit_member(X, codes, train, held_out) for train, held_out in folds]
        else:
            self.members_ = [self._fit_member(X, codes, np.arange(len(codes)), None)]
        return self

    def predict_proba(self, X):
        X = prepared(X, self.library)
        total = np.zeros((len(X), len(self.classes_)))
        for known, model in self.members_:
            total[:, known] += model.predict_proba(X)
        return total / len(self.members_)

    def _fit_member(self, X, codes, train, held_out):
        """(codes of the classes it knows, model): a class of one row is unknown to the member that holds it out."""
        known, member_codes = np.unique(codes[train], return_inverse=True)
        if held_out is None:
            return known, DEFAULTS[self.library](self.n_threads).fit(X.iloc[train], member_codes, **_of_fit(self, X))
        held_out = held_out[np.isin(codes[held_out], known)]
        evaluation = X.iloc[held_out], np.searchsorted(known, codes[held_out])
        wait = patience(len(train))
        model, arguments = STOPPED[self.library](self.n_threads, wait, evaluation)
        return known, model.fit(X.iloc[train], member_codes, **arguments, **_of_fit(self, X))


def prepared(X, library):
    """The frame as the library takes it: plain column names, and texts in place of CatBoost's categories."""
    X = X.set_axis([f"c{i}" for i in range(X.shape[1])], axis=1)
    if library != "catboost":
        return X
    texts = {name: X[name].astype(object).where(X[name].notna(), "missing").astype(str) for name in categories(X)}
    return X.assign(**texts)


def categories(X):
    """The names of the columns that hold categories."""
    return [name for name in X if isinstance(X[name].dtype, pd.CategoricalDtype)]


def _of_fit(booster, X):
    """CatBoost is told which columns are categories; the others see it from the dtype."""
    if booster.library != "catboost":
        return {}
    return {"cat_features": [i for i, name in enumerate(X) if not pd.api.types.is_numeric_dtype(X[name])]}


def _catboost(n_threads, **settings):
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        random_seed=0, verbose=False, allow_writing_files=False, thread_count=n_threads, **settings
    )


def _lightgbm(n_threads, **settings):
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=0, verbose=-1, n_jobs=n_threads, **settings)


def _xgboost(n_threads, **settings):
    from xgboost import XGBClassifier

    return XGBClassifier(random_state=0, enable_categorical=True, n_jobs=n_threads, **settings)


def _stopped_catboost(n_threads, wait, evaluation):
    model = _catboost(n_threads, iterations=MOST_TREES, learning_rate=LEARNING_RATES["catboost"])
    return model, {"eval_set": evaluation, "early_stopping_rounds": wait}


def _stopped_lightgbm(n_threads, wait, evaluation):
    from lightgbm import early_stopping

    X, y = evaluation
    model = _lightgbm(n_threads, n_estimators=MOST_TREES, learning_rate=LEARNING_RATES["lightgbm"])
    return model, {"eval_X": X, "eval_y": y, "callbacks": [early_stopping(wait, verbose=False)]}


def _stopped_xgboost(n_threads, wait, evaluation):
    settings = {"n_estimators": MOST_TREES, "learning_rate": LEARNING_RATES["xgboost"], "early_stopping_rounds": wait}
    return _xgboost(n_threads, **settings), {"eval_set": [evaluation], "verbose": False}


DEFAULTS = {"catboost": _catboost, "lightgbm": _lightgbm, "xgboost": _xgboost}
STOPPED = {"catboost": _stopped_catboost, "lightgbm": _stopped_lightgbm, "xgboost": _stopped_xgboost}
