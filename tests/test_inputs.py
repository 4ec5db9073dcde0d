"""Every kind of table and of label that people hand over is learnt from, and means the same in every form."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from robust_mlp import DriftWarning
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds()


def fits(X, y, n_classes, **parameters):
    """Fit, check the probabilities, and return the fitted classifier."""
    fitted = able(**parameters).fit(X, y)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(y), n_classes)
    assert np.isfinite(probabilities).all()
    assert np.allclose(probabilities.sum(axis=1), 1)
    return fitted


# Arrays


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_floats_of_any_width(dtype):
    assert fits(X.astype(dtype), Y, 3).score(X.astype(dtype), Y) > 0.9


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_integers_of_any_width(dtype):
    whole = np.clip(np.round(5 * (X - X.min())), 0, 120).astype(dtype)
    assert fits(whole, Y, 3).score(whole, Y) > 0.9


def test_bools():
    signs = np.median(X, axis=0) < X
    labels = signs[:, 0].astype(int)
    assert fits(signs, labels, 2).score(signs, labels) > 0.9


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "form",
    [
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],  # rows with gaps between them
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],  # columns with gaps between them
        lambda a: a[::-1][::-1],  # negative strides, twice
        lambda a: a.astype(a.dtype.newbyteorder()),  # the other byte order
    ],
    ids=["Fortran order", "strided rows", "strided columns", "views", "byte order"],
)
def test_the_layout_in_memory_changes_no_bit(form, dtype):
    plain = X.astype(dtype)
    shaped = form(plain)
    assert np.array_equal(shaped, plain)
    assert np.array_equal(tiny().fit(shaped, Y).predict_proba(shaped), tiny().fit(plain, Y).predict_proba(plain))


def test_read_only_arrays_are_neither_refused_nor_written_to():
    table, labels, weights = X.copy(), Y.copy(), np.ones(len(Y))
    for array in (table, labels, weights):
        array.setflags(write=False)
    fitted = tiny().fit(table, labels, sample_weight=weights)
    assert np.isfinite(fitted.predict_proba(table)).all()


def test_the_callers_arrays_are_left_as_they_were():
    table, labels, weights = X.copy(), Y.copy(), np.linspace(0, 1, len(Y))
    before = weights.copy()
    tiny(class_weight="balanced").fit(table, labels, sample_weight=weights).predict_proba(table)
    assert np.array_equal(table, X) and np.array_equal(labels, Y) and np.array_equal(weights, before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_mapped_arrays(tmp_path, dtype):
    np.save(tmp_path / "table.npy", X.astype(dtype))
    mapped = np.load(tmp_path / "table.npy", mmap_mode="r")
    plain = X.astype(dtype)
    assert np.array_equal(tiny().fit(mapped, Y).predict_proba(mapped), tiny().fit(plain, Y).predict_proba(plain))


def test_nested_lists():
    fitted = tiny().fit(X.tolist(), Y.tolist())
    assert np.array_equal(fitted.predict_proba(X.tolist()), tiny().fit(X, Y).predict_proba(X))


def test_object_arrays_of_numbers():
    fitted = tiny().fit(X.astype(object), Y)
    assert np.array_equal(fitted.predict_proba(X.astype(object)), tiny().fit(X, Y).predict_proba(X))


# Sparse


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize(
    "form",
    [sparse.csr_array, sparse.csr_matrix, sparse.csc_array, sparse.csc_matrix, sparse.coo_array, sparse.coo_matrix],
)
def test_sparse_tables_are_their_dense_selves(form, dtype):
    dense = np.where(np.median(X) < X, np.round(X), 0).astype(dtype)
    fitted = tiny().fit(form(dense), Y)
    assert np.array_equal(fitted.predict_proba(form(dense)), tiny().fit(dense, Y).predict_proba(dense))


def test_a_sparse_table_can_be_predicted_by_a_network_of_dense_rows():
    fitted = tiny().fit(X, Y)
    assert np.array_equal(fitted.predict_proba(sparse.csr_array(X)), fitted.predict_proba(X))


# Frames


def frame_of(X):
    """A frame of plain float columns."""
    return pd.DataFrame(X, columns=["height", "width", "depth", "weight"])


def test_a_frame_gives_the_bits_of_its_array_and_its_names():
    fitted = tiny().fit(frame_of(X), Y)
    assert np.array_equal(fitted.predict_proba(frame_of(X)), tiny().fit(X, Y).predict_proba(X))
    assert fitted.feature_names_in_.tolist() == ["height", "width", "depth", "weight"]


@pytest.mark.parametrize("dtype", ["Float32", "Float64", "Int64", "boolean", "float64[pyarrow]", "int32[pyarrow]"])
def test_nullable_and_pyarrow_columns(dtype):
    values = X if "loat" in dtype else np.round(X)
    values = (values > np.median(values)) if dtype == "boolean" else values
    frame = frame_of(values).astype("float64" if dtype != "boolean" else "bool").astype(dtype)
    fits(frame, Y, 3)


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "boolean", "float64[pyarrow]"])
def test_missing_values_of_nullable_columns(dtype):
    values = (np.median(X) < X) if dtype == "boolean" else np.round(X)
    frame = frame_of(values).astype("bool" if dtype == "boolean" else "float64").astype(dtype)
    frame.iloc[::7, 1] = pd.NA
    fits(frame, Y, 3)


@pytest.mark.parametrize("dtype", ["category", "string", "str", "string[pyarrow]", object])
def test_columns_of_categories(dtype):
    frame = frame_of(X)
    frame["colour"] = pd.Series(np.array(["red", "green", "blue"])[Y], dtype=dtype)
    noise = frame[["colour"]]
    assert fits(noise, Y, 3).score(noise, Y) == 1.0


def test_categories_with_missing_and_unseen_levels():
    frame = frame_of(X)
    frame["colour"] = pd.Categorical(np.where(np.arange(90) % 9 == 0, None, np.array(["red", "green", "blue"])[Y]))
    fitted = fits(frame, Y, 3)
    new = frame.assign(colour="violet")
    with pytest.warns(DriftWarning, match="'colour' hold levels that were never seen, such as 'violet'"):
        assert np.isfinite(fitted.predict_proba(new)).all()


@pytest.mark.parametrize("naming", [[3], ["colour"], [False, False, False, True]])
def test_categories_that_the_user_names(naming):
    frame = frame_of(X).drop(columns="weight").assign(colour=10 * Y)
    assert fits(frame, Y, 3, categorical_features=naming).score(frame, Y) > 0.9


@pytest.mark.parametrize("categorical_features", ["from_dtype", None, ["weight"]])
def test_dates_are_read_and_the_columns_stay_the_users(categorical_features):
    frame = frame_of(X).assign(day=pd.date_range("2020-01-01", periods=90), took=pd.to_timedelta(X[:, 0], "s"))
    fitted = fits(frame, Y, 3, categorical_features=categorical_features)
    assert fitted.n_features_in_ == len(frame.columns)
    assert fitted.feature_names_in_.tolist() == frame.columns.tolist()
    later = frame.assign(day=frame["day"] + pd.Timedelta(days=60))
    assert np.isfinite(fitted.predict_proba(later)).all()
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(frame) == fitted.predict_proba(frame)).all()


@pytest.mark.parametrize("strings", [False, True])
def test_polars_frames(strings):
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2].astype("float32")})
    if strings:
        frame = frame.with_columns(pl.Series("colour", np.array(["red", "green", "blue"])[Y]))
    fitted = fits(frame, Y, 3)
    assert fitted.feature_names_in_.tolist()[:3] == ["a", "b", "c"]


def test_a_column_whose_every_value_is_missing():
    table = X.copy()
    table[:, 2] = np.nan
    fits(table, Y, 3)


def test_missing_values_that_training_had_not():
    fitted = fits(X, Y, 3)
    holed = X.copy()
    holed[::3, 1] = np.nan
    assert np.isfinite(fitted.predict_proba(holed)).all()


@pytest.mark.parametrize("labels", [pd.Series(Y), pd.Series(Y, dtype="Int64"), pd.Series(Y.astype(str)), pl.Series(Y)])
def test_labels_as_a_series(labels):
    assert fits(X, labels, 3).score(X, labels) > 0.9


def test_labels_as_a_categorical_series():
    labels = pd.Series(pd.Categorical(np.array(["low", "mid", "high"])[Y]))
    assert fits(X, labels, 3).classes_.tolist() == ["high", "low", "mid"]


# Labels


@pytest.mark.parametrize(
    "names",
    [
        ["a", "b", "c"],
        ["class 1", "", "ü"],
        [-6, 0, 6],  # negative
        [1, 2, 3],  # not from 0
        [10**12, 5, -7],  # not contiguous
        [0.0, 1.0, 2.0],  # whole floats
    ],
    ids=str,
)
def test_labels_of_any_type_come_back_as_they_were(names):
    labels = np.array(names)[Y]
    fitted = fits(X, labels, 3)
    assert fitted.classes_.tolist() == sorted(names)
    assert fitted.classes_.dtype == labels.dtype
    assert fitted.score(X, labels) > 0.9


def test_labels_as_objects():
    labels = np.array(["no", "yes"], dtype=object)[Y % 2]
    fitted = fits(X, labels, 2)
    assert fitted.classes_.dtype == object
    assert set(fitted.predict(X)) <= {"no", "yes"}


def test_bool_labels():
    fitted = fits(X, Y == 0, 2)
    assert fitted.classes_.tolist() == [False, True]
    assert fitted.predict(X).dtype == bool


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float32"])
def test_labels_of_narrow_dtypes(dtype):
    labels = Y.astype(dtype)
    assert fits(X, labels, 3).predict(X).dtype == dtype


def test_the_names_of_labels_change_nothing_but_the_names():
    numbers, letters = tiny().fit(X, Y), tiny().fit(X, np.array(["a", "b", "c"])[Y])
    assert np.array_equal(numbers.predict_proba(X), letters.predict_proba(X))


# Sizes


@pytest.mark.parametrize("n_classes", [2, 3, 10, 50, 200])
def test_few_and_many_classes(n_classes):
    table, labels = clouds(4 * n_classes, n_classes=n_classes)
    fits(table, labels, n_classes, max_iter=3)


def test_one_feature():
    table = (np.arange(80) % 40).reshape(-1, 1) / 10.0
    labels = (table[:, 0] > 2).astype(int)
    assert fits(table, labels, 2).score(table, labels) > 0.9


@pytest.mark.parametrize("n_members", [1, "auto"])
@pytest.mark.parametrize("early_stopping", ["auto", False])
def test_two_rows_for_each_class(n_members, early_stopping):
    table, labels = clouds(6)
    fits(table, labels, 3, n_members=n_members, early_stopping=early_stopping)


@pytest.mark.parametrize("n_members", [1, "auto"])
def test_one_row_for_each_class(n_members):
    table, labels = clouds(3)
    fits(table, labels, 3, n_members=n_members, early_stopping="auto")


def test_a_class_with_a_single_row_beside_large_ones():
    labels = Y.copy()
    labels[0] = 7
    fitted = fits(X, labels, 4, n_members="auto", early_stopping=True)
    assert fitted.classes_.tolist() == [0, 1, 2, 7]


def test_six_thousand_columns():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((40, 6000)).astype("float32")
    table[:20, :3000] += 1
    labels = np.repeat([0, 1], 20)
    assert fits(table, labels, 2, learning_rate=0.003).score(table, labels) > 0.9


def test_one_row_is_predicted_as_it_is_among_others():
    fitted = tiny().fit(X, Y)
    together = fitted.predict_proba(X)
    alone = np.vstack([fitted.predict_proba(X[i : i + 1]) for i in range(len(X))])
    assert np.allclose(alone, together, atol=1e-6)


# Values


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a * 1e30,
        lambda a: a * 1e-30,
        lambda a: a + 1e8,
        lambda a: np.column_stack([a, np.ones(len(a))]),
        lambda a: np.column_stack([a, np.zeros(len(a)), np.full(len(a), 1e30)]),
        lambda a: a * 10.0 ** np.array([-20, -3, 4, 20]),
        lambda a: np.vstack([a[:-1], np.full((1, a.shape[1]), 1e30)]),
    ],
    ids=["huge", "minute", "far from 0", "constant column", "constant columns", "many decades", "one huge row"],
)
@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_values_of_any_size_are_learnt_from(change, scale):
    table = change(X)
    fits(table, Y, 3, scale=scale)


@pytest.mark.parametrize("scale", ["standard", "robust"])
@pytest.mark.parametrize(
    "change",
    [lambda a: a * 1e30, lambda a: a + 1e6, lambda a: a * 10.0 ** np.array([-20, -3, 4, 20])],
    ids=["huge", "far from 0", "many decades"],
)
def test_the_unit_of_a_column_does_not_matter(change, scale):
    table = change(X)
    assert fits(table, Y, 3, scale=scale).score(table, Y) > 0.9


# Weights


def test_a_row_of_weight_two_is_a_row_that_occurs_twice():
    twice = np.concatenate([X, X[:30]]), np.concatenate([Y, Y[:30]])
    weights = np.where(np.arange(90) < 30, 2.0, 1.0)
    assert np.allclose(
        tiny().fit(*twice).predict_proba(X), tiny().fit(X, Y, sample_weight=weights).predict_proba(X), atol=1e-6
    )


def test_a_row_of_weight_zero_is_a_row_that_is_not_there():
    weights = np.where(np.arange(90) < 60, 1.0, 0.0)
    there = tiny().fit(X, Y, sample_weight=weights)
    assert np.allclose(there.predict_proba(X), tiny().fit(X[:60], Y[:60]).predict_proba(X), atol=1e-6)


def test_the_order_of_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(90)
    assert np.array_equal(tiny().fit(X[order], Y[order]).predict_proba(X), tiny().fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("form", [list, tuple, pd.Series, lambda w: w.astype("float32"), lambda w: w.astype(int)])
def test_sample_weight_in_any_form(form):
    weights = 1.0 + np.arange(90) % 2
    fitted = tiny().fit(X, Y, sample_weight=form(weights))
    assert np.array_equal(fitted.predict_proba(X), tiny().fit(X, Y, sample_weight=weights).predict_proba(X))


@pytest.mark.parametrize(
    "class_weight", ["balanced", {0: 1.0, 1: 5.0, 2: 1.0}, [1.0, 5.0, 1.0], np.array([1.0, 5.0, 1.0])]
)
def test_class_weight_in_any_form(class_weight):
    fits(X, Y, 3, class_weight=class_weight)


def test_a_weighted_class_is_predicted_more_often():
    rng = np.random.default_rng(0)
    table, labels = rng.standard_normal((300, 3)), (np.arange(300) % 10 == 0).astype(int)
    plain, weighted = (able(class_weight=w, max_iter=10).fit(table, labels) for w in (None, "balanced"))
    assert weighted.predict_proba(table)[:, 1].mean() > plain.predict_proba(table)[:, 1].mean() + 0.2


def test_validation_rows_of_the_users_own():
    fitted = able(early_stopping=True).fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
    assert len(fitted.validation_scores_) == fitted.n_iter_


def test_zero_weight_validation_rows_do_not_count():
    holed = np.where(np.arange(45) < 40, 1.0, 0.0)
    wrong = Y[1::2].copy()
    wrong[40:] = (wrong[40:] + 1) % 3
    estimator = able(early_stopping=True)
    first = estimator.fit(X[::2], Y[::2], X_val=X[1::2], y_val=wrong, sample_weight_val=holed).validation_scores_
    second = estimator.fit(X[::2], Y[::2], X_val=X[1::2][:40], y_val=Y[1::2][:40]).validation_scores_
    assert np.allclose(first, second)


@pytest.mark.parametrize("weights", [None, np.ones(12)], ids=["no weights", "weights"])
def test_a_dict_of_columns_is_told_as_such_and_not_as_a_table_of_few_rows(weights):
    columns, labels = {name: [float(i) for i in range(12)] for name in "abc"}, [0, 1] * 6

    def in_parts(X, y, sample_weight):
        return tiny().partial_fit(X, y, classes=[0, 1], sample_weight=sample_weight)

    for call in (tiny().fit, in_parts):
        with pytest.raises(TypeError, match=r"^X is a dict, which is no table\. Pass pandas\.DataFrame\(X\)\.$"):
            call(columns, labels, weights)


def test_what_is_wrong_with_held_out_rows_is_said_of_them():
    with pytest.raises(TypeError, match=r"^X_val is not a table like X: X is a dict, which is no table"):
        tiny().fit(X, Y, X_val={"a": [1.0]}, y_val=[0])
