"""Held-out rows that are not what they seem."""

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import case, caught, clouds, quick, refused
from robust_mlp import DataQualityWarning


def noise(n=300, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.integers(0, 2, n)


@case
def validation_rows_that_were_trained_on():
    X, y = noise()
    clf, said, _told = caught(lambda: quick(max_restarts=0, max_iter=100).fit(X, y, X_val=X, y_val=y))
    assert isinstance(clf, Exception) or "X_val" in said, (said, str(clf.report_)[:300])


@case
def validation_rows_half_of_which_were_trained_on():
    X, y = noise()
    rows = np.r_[np.arange(60), np.arange(60)]
    X_val, y_val = np.r_[X[:60], noise(60, seed=1)[0]], np.r_[y[:60], noise(60, seed=1)[1]]
    clf, said, _told = caught(lambda: quick(max_restarts=0, max_iter=100).fit(X, y, X_val=X_val, y_val=y_val))
    assert isinstance(clf, Exception) or "X_val" in said + str(clf.report_), (said, len(rows))


@case
def groups_that_are_the_classes():
    X, y = clouds(300, k=3)
    clf, said, _ = caught(lambda: quick(max_iter=5).fit(X, y, groups=y))
    text = str(clf) if isinstance(clf, Exception) else said + str(clf.report_)
    assert "group" in text, text[:300]


@case
def groups_that_are_missing():
    X, y = clouds(300)
    groups = np.where(np.arange(300) % 3 == 0, np.nan, np.arange(300) // 10)
    refused(lambda: quick(max_iter=3).fit(X, y, groups=groups), "groups")
    refused(lambda: quick(max_iter=3).fit(X, y, groups=pd.Series(np.where(groups > 5, "a", None))), "groups")


@case
def copies_that_differ_in_the_last_digits():
    rng = np.random.default_rng(0)
    base, labels = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    X = np.repeat(base, 8, axis=0) + rng.normal(scale=1e-6, size=(640, 3))
    y = np.repeat(labels, 8)
    clf, said, _told = caught(lambda: quick(max_restarts=0).fit(X, y))
    fresh, fresh_labels = rng.normal(size=(500, 3)), rng.integers(0, 2, 500)
    reported, new = clf.report_.comparison.accuracy, np.mean(clf.predict(fresh) == fresh_labels)
    assert abs(reported - new) < 0.15 or "groups" in said + str(clf.report_), (reported, new, str(clf.report_)[:500])


@case
def made_rows_on_noise():
    X, y = noise(300)
    y = (np.random.default_rng(1).random(300) < 0.15).astype(int)
    for sampler in ("over", "smote", "balanced_batches"):
        clf, _, _ = caught(lambda sampler=sampler: quick(max_restarts=0, max_iter=60, sampler=sampler).fit(X, y))
        c = clf.report_.comparison
        limit = max(np.mean(y), 1 - np.mean(y)) + 3 * 0.5 / np.sqrt(c.n_rows)
        assert c.accuracy <= limit, (sampler, c.accuracy, limit)


@case
def rows_of_one_class_held_out_last():
    X, y = clouds(300)
    order = np.argsort(y, kind="stable")
    refused(lambda: quick(validation="last", validation_fraction=0.6).fit(X[order], y[order]), "last")


@case
def categories_of_one_row_each_on_noise():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    frame = pd.DataFrame(
        {"id": [f"u{i}" for i in range(400)], "zip": rng.integers(0, 250, 400).astype(str), "n": rng.normal(size=400)}
    )
    clf, _said, told = caught(lambda: quick(max_restarts=0).fit(frame, y))
    c = clf.report_.comparison
    assert c.accuracy <= 0.55 + 3 * 0.5 / np.sqrt(c.n_rows), c.accuracy
    assert any(issubclass(w.category, DataQualityWarning) for w in told) or "id" in str(clf.report_)


@case
def identifiers_as_numbers():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.permutation(1000) + 10**6, rng.normal(size=(1000, 2))])
    held_out_is_honest(X, rng.integers(0, 2, 1000))


@case
def rare_words():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(
        {"word": pd.Categorical([f"w{int(v)}" for v in rng.pareto(0.7, 900) * 30]), "n": rng.normal(size=900)}
    )
    held_out_is_honest(X, rng.integers(0, 2, 900))


@case
def copied_rows_with_noise_labels():
    rng = np.random.default_rng(2)
    X = np.repeat(rng.normal(size=(150, 3)), 6, axis=0)
    held_out_is_honest(X, np.repeat(rng.integers(0, 2, 150), 6))


def held_out_is_honest(X, y):
    """On labels without any signal, the reported accuracy is that of new rows: one half, within three errors."""
    clf, _, _ = caught(lambda: quick(max_restarts=0).fit(X, y))
    if isinstance(clf, Exception):
        return
    c = clf.report_.comparison
    limit = max(np.mean(y), 1 - np.mean(y)) + 3 * 0.5 / np.sqrt(min(c.n_rows, len(pd.DataFrame(X).drop_duplicates())))
    assert c.accuracy <= limit, f"held-out accuracy {c.accuracy:.3f} on noise, limit {limit:.3f}"
