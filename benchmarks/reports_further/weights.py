"""Weights of rows and classes that are extreme, or not numbers."""

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import accuracy, case, clouds, quick, refused, right_or_says

FEW = {"max_iter": 3, "max_restarts": 0}


@case
def weights_whose_sum_overflows():
    X, y = clouds(300, spread=3.0)
    right_or_says(
        lambda: quick(max_iter=20).fit(X, y, np.full(300, 2**62, dtype=np.int64)), lambda clf: accuracy(clf, X, y) > 0.9
    )
    right_or_says(lambda: quick(max_iter=20).fit(X, y, np.full(300, 1.7e308)), lambda clf: accuracy(clf, X, y) > 0.9)


@case
def weights_of_every_size():
    X, y = clouds(600, spread=3.0)
    weights = 10.0 ** np.random.default_rng(0).uniform(-300, 300, 600)

    def use():
        clf = quick(max_iter=20).fit(X, y, weights)
        assert np.isfinite(clf.predict_proba(X)).all()
        str(clf.report_)
        return clf

    right_or_says(use, lambda clf: True, "weight")


@case
def one_row_with_nearly_all_weight():
    X, y = clouds(600, spread=3.0)
    weights = np.ones(600)
    weights[0] = 1e12
    right_or_says(
        lambda: quick(max_iter=20).fit(X, y, weights),
        lambda clf: accuracy(clf, X, y) > 0.9 or "weight" in str(clf.report_),
        "weight",
    )


@case
def weights_that_are_no_numbers():
    X, y = clouds(200)
    refused(lambda: quick(**FEW).fit(X, y, ["1"] * 199 + ["many"]), "sample_weight")
    refused(lambda: quick(**FEW).fit(X, y, pd.Series([1.0] * 199 + [None], dtype="Float64")), "sample_weight")
    refused(lambda: quick(**FEW).fit(X, y, np.ones((200, 1))), "sample_weight")
    refused(lambda: quick(**FEW).fit(X, y, np.ones(200) + 1j), "sample_weight")
    refused(lambda: quick(**FEW).fit(X, y, "balanced"), "sample_weight")


@case
def weights_with_the_index_of_other_rows():
    X, y = clouds(300)
    frame = pd.DataFrame(X, columns=list("abcd"))
    weights = pd.Series(np.where(y == 1, 5.0, 1.0)).sample(frac=1, random_state=0)
    right_or_says(
        lambda: quick(**FEW).fit(frame, y, weights), lambda clf: "same index in another order" in str(clf.report_)
    )


@case
def weights_that_leave_one_class():
    X, y = clouds(200)
    refused(lambda: quick(**FEW).fit(X, y, (y == 1) * 1.0), "one class", "sample_weight")
