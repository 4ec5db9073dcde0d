"""Tools of scikit-learn around the classifier."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFECV, SequentialFeatureSelector
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_validate,
    permutation_test_score,
)
from sklearn.multiclass import OneVsOneClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from benchmarks.reports_further.cases import accuracy, case, caught, clouds, quick, right_or_says


def small(**parameters):
    return quick(**({"max_iter": 15, "hidden_layer_sizes": (8,)} | parameters))


@case
def several_targets():
    X, y = clouds(300, k=3, spread=3.0)
    Y = np.column_stack([y == 0, y])
    right_or_says(lambda: MultiOutputClassifier(small()).fit(X, Y), lambda clf: np.mean(clf.predict(X) == Y) > 0.9)
    right_or_says(
        lambda: ClassifierChain(small(), random_state=0).fit(X, np.column_stack([y == 0, y == 1]).astype(int)),
        lambda clf: np.mean(clf.predict(X) == np.column_stack([y == 0, y == 1])) > 0.9,
    )


@case
def pairs_and_codes_of_classes():
    X, y = clouds(300, k=3, spread=3.0)
    names = np.array(["a", "b", "c"])[y]
    right_or_says(lambda: OneVsOneClassifier(small()).fit(X, names), lambda clf: accuracy(clf, X, names) > 0.9)
    right_or_says(
        lambda: OutputCodeClassifier(small(), code_size=1.5, random_state=0).fit(X, names),
        lambda clf: accuracy(clf, X, names) > 0.85,
    )


@case
def labels_that_teach_themselves():
    X, y = clouds(300, spread=3.0)
    some = np.where(np.random.default_rng(0).random(300) < 0.7, -1, y)
    right_or_says(lambda: SelfTrainingClassifier(small()).fit(X, some), lambda clf: accuracy(clf, X, y) > 0.9)


@case
def selectors_of_columns():
    X, y = clouds(300, spread=3.0)
    X = np.hstack([X, np.random.default_rng(0).normal(size=(300, 3))])
    right_or_says(lambda: RFECV(small(), cv=2, min_features_to_select=2).fit(X, y), lambda s: s.support_[:4].any())
    right_or_says(
        lambda: SequentialFeatureSelector(small(max_iter=5), n_features_to_select=1, cv=2).fit(X, y),
        lambda s: s.get_support()[:4].any(),
    )


@case
def ensembles_of_ensembles():
    X, y = clouds(300, k=3, spread=3.0)
    names = np.array(["a", "b", "c"])[y]
    frame = pd.DataFrame(X, columns=list("abcd"))
    for ensemble in (
        VotingClassifier([("m", small()), ("l", LogisticRegression())], voting="soft", weights=[2, 1]),
        StackingClassifier([("m", small())], passthrough=True, cv=2),
        BaggingClassifier(small(), n_estimators=2, max_features=0.5, random_state=0),
        AdaBoostClassifier(small(), n_estimators=2, random_state=0),
    ):
        right_or_says(
            lambda ensemble=ensemble: ensemble.fit(frame, names), lambda clf: accuracy(clf, frame, names) > 0.85
        )


@case
def a_class_that_a_fold_lacks():
    X, y = clouds(90, spread=3.0)
    y = y.copy()
    y[:2] = 2
    found, _said, _told = caught(lambda: cross_val_predict(small(max_iter=5), X, y, cv=3, method="predict_proba"))
    assert not isinstance(found, Exception) and found.shape == (90, 3), found


@case
def a_permutation_test_and_groups():
    X, y = clouds(200, spread=3.0)
    score, _others, p = permutation_test_score(small(max_iter=5), X, y, n_permutations=3, cv=2, random_state=0)
    assert score > 0.85 and p <= 0.5
    groups = np.arange(200) // 4
    found = (
        cross_validate(
            small(max_iter=5).set_fit_request(groups=True), X, y, cv=StratifiedGroupKFold(2), params={"groups": groups}
        )
        if False
        else None
    )
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        found, _said, _ = caught(
            lambda: cross_validate(
                small(max_iter=5).set_fit_request(groups=True),
                X,
                y,
                cv=StratifiedGroupKFold(2),
                params={"groups": groups},
                return_estimator=True,
                error_score="raise",
            )
        )
    assert not isinstance(found, Exception) and found["test_score"].min() > 0.8, found


@case
def tables_of_transformers():
    X, y = clouds(400, spread=3.0)
    frame = pd.DataFrame(X, columns=list("abcd")).assign(town=np.where(np.arange(400) % 3, "Rome", "Oslo"))
    for output in ("default", "pandas", "polars"):
        columns = ColumnTransformer(
            [("n", StandardScaler(), list("abcd")), ("t", OneHotEncoder(sparse_output=False), ["town"])]
        )
        columns.set_output(transform=output)
        right_or_says(
            lambda columns=columns: make_pipeline(columns, small()).fit(frame, y), lambda p: accuracy(p, frame, y) > 0.9
        )
    union = FeatureUnion(
        [("a", FunctionTransformer(lambda f: f[["a", "b"]])), ("b", FunctionTransformer(lambda f: f[["c", "town"]]))]
    )
    union.set_output(transform="pandas")
    right_or_says(lambda: make_pipeline(union, small()).fit(frame, y), lambda p: accuracy(p, frame, y) > 0.85)
    rest = ColumnTransformer(
        [("n", StandardScaler(), make_column_selector(dtype_include=float))], remainder="passthrough"
    )
    right_or_says(
        lambda: make_pipeline(rest, small()).fit(frame, y),
        lambda p: accuracy(p, frame, y) > 0.9,
        "categorical_features",
        "town",
    )


@case
def a_search_in_processes_over_odd_things():
    X, y = clouds(200, spread=3.0)
    search = GridSearchCV(
        small(max_iter=4),
        {"decision": ["argmax", "balanced", [[0, 1], [2, 0]]], "n_members": [1, 2]},
        cv=2,
        n_jobs=2,
        error_score="raise",
    )
    found, said, _ = caught(lambda: search.fit(X, np.array(["n", "y"])[y]))
    assert not isinstance(found, Exception) and found.best_score_ > 0.85, (found, said)
