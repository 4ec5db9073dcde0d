"""Tables in containers and of column types that few tests have."""

import datetime
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import accuracy, case, caught, clouds, in_folder, quick, refused, right_or_says
from robust_mlp import DriftWarning, explain, load_model

FEW = {"max_iter": 3, "max_restarts": 0}


def names():
    return list("abcd")


def learns(X, y, **parameters):
    return lambda: quick(**({"max_iter": 30} | parameters)).fit(X, y)


def is_good(X, y):
    return lambda clf: accuracy(clf, X, y) > 0.9


@case
def masked_cells():
    X, y = clouds(spread=3.0)
    hidden = np.random.default_rng(0).random(X.shape) < 0.3
    for X_masked in (
        np.ma.array(np.where(hidden, 1e20, X), mask=hidden),
        np.ma.array(np.where(hidden, -999999, (X * 100).astype(int)), mask=hidden),
    ):
        right_or_says(learns(X_masked, y), is_good(X_masked, y), "mask")


@case
def masked_cells_at_predict():
    X, y = clouds(spread=3.0)
    clf, _, _ = caught(learns(X, y))
    hidden = np.arange(X.size).reshape(X.shape) % 7 == 0
    masked = np.ma.array(np.where(hidden, 1e20, X), mask=hidden)
    found, _said, _ = caught(lambda: clf.predict_proba(masked))
    assert np.array_equal(found, clf.predict_proba(np.where(hidden, np.nan, X)))


@case
def masked_weights():
    X, y = clouds()
    masked = np.ma.array(np.where(y == 1, 1e9, 1.0), mask=y == 1)
    right_or_says(lambda: quick(**FEW).fit(X, y, masked), lambda clf: False, "mask")


@case
def a_structured_array():
    X, y = clouds(spread=3.0)
    structured = np.array([tuple(row) for row in X], dtype=[(name, "f8") for name in names()])
    right_or_says(learns(structured, y), is_good(structured, y), "structured", "DataFrame")


@case
def an_arrow_table():
    import pyarrow as pa

    X, y = clouds(spread=3.0)
    table = pa.table(dict(zip(names(), X.T, strict=True)))
    clf, _said, _ = caught(learns(table, y))
    if isinstance(clf, Exception):
        assert "pandas" in str(clf) or "DataFrame" in str(clf), clf
        return
    assert accuracy(clf, table, y) > 0.9
    right_or_says(lambda: clf.predict(table.select(["d", "c", "b", "a"])), lambda p: np.mean(p == y) > 0.9, "order")


@case
def an_arrow_table_with_words():
    import pyarrow as pa

    X, y = clouds(spread=3.0)
    table = pa.table({"a": X[:, 0], "town": np.where(y == 1, "Rome", "Oslo")})
    right_or_says(learns(table, y), is_good(table, y), "pandas", "DataFrame")


@case
def a_dict_of_columns():
    X, y = clouds(spread=3.0)
    columns = dict(zip(names(), X.T.tolist(), strict=True))
    right_or_says(learns(columns, y), is_good(columns, y), "DataFrame")


@case
def a_list_of_dicts():
    X, y = clouds(spread=3.0)
    rows = [dict(zip(names(), row, strict=True)) for row in X.tolist()]
    right_or_says(learns(rows, y), is_good(rows, y), "DataFrame", "DictVectorizer")


@case
def tensors():
    import tensorflow as tf

    X, y = clouds(spread=3.0)
    table = tf.constant(X)
    right_or_says(learns(table, tf.constant(y)), is_good(table, y), "tensor", "Tensor")


@case
def a_ragged_tensor():
    import tensorflow as tf

    _, y = clouds(200)
    table = tf.ragged.constant([[1.0] * (1 + i % 3) for i in range(200)])
    right_or_says(learns(table, y), lambda clf: False, "agged")


@case
def no_columns():
    _, y = clouds(200)
    refused(learns(np.empty((200, 0)), y), "0 feature")
    refused(learns(pd.DataFrame(index=range(200)), y), "0 feature")
    refused(learns(pd.DataFrame({"a": []}), []), "0 sample")


@case
def nothing_but_constants():
    _, y = clouds(200)
    for X in (np.full((200, 3), 7.0), np.full((200, 3), np.nan), pd.DataFrame({"a": ["x"] * 200, "b": [True] * 200})):
        clf, said, told = caught(learns(X, y))
        assert isinstance(clf, Exception) or clf.report_.verdict in ("NO_SIGNAL", "COLLAPSED"), clf.report_
        assert isinstance(clf, Exception) or any(
            word in str(clf.report_) + said for word in ("same value", "missing")
        ), clf.report_
        assert not [w for w in told if issubclass(w.category, RuntimeWarning)], said


@case
def columns_of_two_levels():
    X, y = clouds(spread=3.0)
    frame = pd.DataFrame(X, columns=pd.MultiIndex.from_product([["p", "q"], ["r", "s"]]))

    def use():
        clf = quick(max_iter=30).fit(frame, y)
        with in_folder() as folder:
            clf.save_model(folder / "m.rmlp")
            again = load_model(folder / "m.rmlp")
        assert np.array_equal(again.predict_proba(frame), clf.predict_proba(frame))
        str(explain(clf, frame, y, random_state=0))
        return clf

    right_or_says(use, is_good(frame, y), "column names", "names")


@case
def names_that_are_numbers():
    X, y = clouds(spread=3.0)
    clf, _, _ = caught(learns(pd.DataFrame(X, columns=[3, 1, 2, 0]), y))
    other = pd.DataFrame(X, columns=[3, 1, 2, 0])[[0, 1, 2, 3]]
    right_or_says(lambda: clf.predict(other), lambda p: np.mean(p == y) > 0.9, "order", "names")


@case
def names_of_several_types():
    X, y = clouds(200)
    refused(learns(pd.DataFrame(X, columns=["a", 1, None, 2.5]), y), "str")


@case
def an_index_that_comes_twice():
    X, y = clouds(spread=3.0)
    frame = pd.DataFrame(X, columns=names(), index=np.arange(len(y)) % 7)
    labels, weights = pd.Series(y, index=frame.index), pd.Series(1.0, index=frame.index)
    right_or_says(lambda: quick(max_iter=30).fit(frame, labels, weights), is_good(frame, y))


@case
def months_as_periods():
    X, y = clouds(spread=3.0)
    frame = pd.DataFrame(X, columns=names()).assign(month=pd.period_range("2000-01", periods=len(y), freq="M"))
    right_or_says(learns(frame, y), is_good(frame, y), "month")


def through_a_file(frame, y):
    """A classifier of a table that was saved and read again, and predicts as before."""
    clf = quick(max_iter=30).fit(frame, y)
    with in_folder() as folder:
        clf.save_model(folder / "m.rmlp")
        again = load_model(folder / "m.rmlp")
    assert np.array_equal(again.predict_proba(frame), clf.predict_proba(frame))
    return again


@case
def levels_that_are_intervals():
    X, y = clouds(spread=3.0)
    frame = pd.DataFrame({f"c{j}": pd.cut(X[:, j], 8) for j in range(4)})

    right_or_says(partial(through_a_file, frame, y), is_good(frame, y), "Interval")


@case
def levels_of_other_types():
    _, y = clouds(600)
    for levels in (
        [True, False],
        [("a", 1), ("b", 2)],
        [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")],
        [b"x", b"y"],
        [1, "one"],
        [0.5, np.inf],
    ):
        values = np.empty(2, dtype=object)
        values[:] = levels
        index = (
            pd.Index(values) if not isinstance(levels[0], tuple) else pd.MultiIndex.from_tuples(levels).to_flat_index()
        )
        frame = pd.DataFrame({"kind": pd.Categorical.from_codes(y, categories=index), "n": np.arange(600.0) % 7})

        right_or_says(partial(through_a_file, frame, y), is_good(frame, y), "kind")


@case
def dates_that_mean_never():
    rng = np.random.default_rng(0)
    days = rng.integers(0, 700, 600)
    y = (days > 350).astype(int)
    ends = np.array([datetime.date(2022, 1, 1) + datetime.timedelta(days=int(d)) for d in days], dtype=object)
    ends[rng.random(600) < 0.1] = datetime.date(9999, 12, 31)
    frame = pd.DataFrame({"end": ends, "n": rng.normal(size=600)})
    right_or_says(learns(frame, y), lambda clf: accuracy(clf, frame, y) > 0.9, "end")


@case
def dates_of_other_time_zones():
    rng = np.random.default_rng(0)
    hours = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 24 * 300, 600), unit="h")
    y = (hours.hour >= 12).astype(int)
    frame = pd.DataFrame({"at": hours, "n": rng.normal(size=600)})
    clf, _, _ = caught(learns(frame, y))
    other = frame.assign(at=frame["at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
    right_or_says(lambda: clf.predict(other), lambda p: False, "zone")
    clf, _, _ = caught(learns(other, y))
    right_or_says(lambda: clf.predict(frame), lambda p: False, "zone")
    zurich = other.assign(at=other["at"].dt.tz_convert("Europe/Zurich"))
    right_or_says(lambda: clf.predict(zurich), lambda p: np.array_equal(p, clf.predict(other)))


@case
def a_sparse_frame():
    rng = np.random.default_rng(0)
    towns = rng.choice(["Rome", "Oslo", "Kyiv", "Lima"], 600)
    y = np.isin(towns, ["Rome", "Lima"]).astype(int)
    for dtype in (bool, "uint8", float):
        frame = pd.get_dummies(pd.DataFrame({"town": towns}), sparse=True, dtype=dtype)
        right_or_says(learns(frame, y), is_good(frame, y))


@case
def a_series_of_lists():
    X, y = clouds(spread=3.0)
    rows = pd.Series(X.tolist())
    right_or_says(learns(rows, y), lambda clf: False, "to_list")


@case
def arrays_within_cells():
    X, y = clouds(200)
    frame = pd.DataFrame({"a": X[:, 0]})
    frame["v"] = list(X[:, 1:])
    refused(learns(frame, y), "v")
    frame["v"] = X[:, 1:].tolist()
    refused(learns(frame, y), "v")


@case
def a_row_that_is_a_series():
    X, y = clouds()
    frame = pd.DataFrame(X, columns=names())
    clf, _, _ = caught(learns(frame, y, **FEW))
    refused(lambda: clf.predict(frame.iloc[0]), "single row")
    refused(lambda: clf.predict(frame.iloc[:0]), "0 sample")


@case
def numbers_as_text_at_predict():
    X, y = clouds(spread=3.0)
    frame = pd.DataFrame(X, columns=names())
    clf, _, _ = caught(learns(frame, y))
    right_or_says(lambda: clf.predict(frame.astype(str)), lambda p: np.array_equal(p, clf.predict(frame)), "a")
    refused(lambda: clf.predict(frame.assign(b=[f"{v:.2f}".replace(".", ",") for v in frame["b"]])), "b")


@case
def levels_as_numbers_at_predict():
    X, y = clouds()
    kind = np.where(y == 1, "1", np.where(X[:, 0] > 0, "2", "x"))
    frame = pd.DataFrame({"kind": kind, "n": X[:, 1]})
    clf, _, _ = caught(learns(frame, y))
    some = frame[frame.kind != "x"]
    _, said, told = caught(lambda: clf.predict(some.assign(kind=some.kind.astype(int))))
    assert any(issubclass(w.category, DriftWarning) for w in told) and "kind" in said, said


@case
def bools_as_words_at_predict():
    X, y = clouds()
    frame = pd.DataFrame({"is": y == 1, "n": X[:, 1]})
    clf, _, _ = caught(learns(frame, y))
    right_or_says(
        lambda: clf.predict(frame.assign(**{"is": frame["is"].astype(str)})),
        lambda p: np.mean(p == y) > 0.9,
        "is is read",
        "'is'",
        "True",
    )


@case
def wide_and_narrow_floats():
    X, y = clouds(spread=3.0)
    right_or_says(learns(X.astype(np.longdouble), y), is_good(X, y), "float128")
    refused(learns((X * 1e5).astype(np.float16), y), "infinity")
    refused(learns(X.astype(np.longdouble) * np.longdouble("1e4000"), y), "infinity")


@case
def numbers_and_words_in_one_column():
    X, y = clouds()
    mixed = np.empty(len(y), dtype=object)
    mixed[:] = ["low" if v == 0 else int(i % 5) for i, v in enumerate(y)]
    right_or_says(learns(pd.DataFrame({"mix": mixed, "n": X[:, 0]}), y), lambda clf: True, "mix")
    refused(learns(pd.DataFrame({"mix": mixed, "n": X[:, 0]}), y), "mix", "int", "str")
