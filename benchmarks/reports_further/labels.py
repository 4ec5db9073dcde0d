"""Labels of other types than text and whole numbers."""

import enum
from decimal import Decimal

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import GOOD, accuracy, case, caught, clouds, quick, refused, right_or_says
from robust_mlp import DataQualityWarning

FEW = {"max_iter": 3, "max_restarts": 0}


def fits_as(y, n=200):
    X, _ = clouds(n)
    return lambda: quick(**FEW).fit(X, y)


def words_of(y):
    return np.array(["no", "yes"])[y]


@case
def a_list_of_labels_with_nan():
    _, y = clouds(200)
    labels = words_of(y).tolist()
    labels[3] = float("nan")
    refused(fits_as(labels), "missing" if False else "NaN")


@case
def a_list_of_labels_with_none():
    _, y = clouds(200)
    refused(fits_as([None if i == 3 else v for i, v in enumerate(words_of(y).tolist())]), "NaN")


@case
def a_list_of_labels_of_two_types():
    _, y = clouds(200)
    labels = [1 if v else "no" for v in y]
    right_or_says(fits_as(labels), lambda clf: set(clf.predict(clouds(200)[0])) <= set(labels), "type")


@case
def a_list_of_bools_and_words():
    _, y = clouds(200)
    labels = [True if v else "no" for v in y]
    right_or_says(fits_as(labels), lambda clf: set(clf.classes_) == {True, "no"}, "type")


@case
def nullable_whole_numbers_with_na():
    _, y = clouds(200)
    refused(fits_as(pd.Series(np.where(np.arange(200) == 3, None, y), dtype="Int64")), "NaN", "1")


@case
def nullable_bools():
    _X, y = clouds(200)
    right_or_says(fits_as(pd.Series(y == 1, dtype="boolean")), lambda clf: clf.classes_.dtype == bool)


@case
def bins_of_pandas_cut():
    X, _y = clouds(200)
    refused(fits_as(pd.cut(X[:, 0], 3)), "Interval", "astype(str)")


@case
def members_of_an_enum():
    class Colour(enum.Enum):
        RED = 1
        BLUE = 2

    _, y = clouds(200)
    refused(fits_as([(Colour.RED, Colour.BLUE)[v] for v in y]), "Colour")


@case
def decimals_as_labels():
    _, y = clouds(200)
    refused(fits_as([Decimal(int(v)) for v in y]), "Decimal", "astype")


@case
def dates_as_labels():
    _, y = clouds(200)
    refused(fits_as(np.array(["2024-01-01", "2024-01-02"], dtype="M8[D]")[y]), "datetime64", "astype(str)")


@case
def dates_in_a_series_as_labels():
    _, y = clouds(200)
    refused(fits_as(pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"]))[y].reset_index(drop=True)), "datetime64")


@case
def numpy_strings_of_any_length():
    X, y = clouds(200)
    labels = words_of(y).astype(np.dtypes.StringDType())
    right_or_says(fits_as(labels), lambda clf: set(map(str, clf.predict(X))) == {"no", "yes"}, "StringDType")


@case
def arrow_labels():
    import pyarrow as pa

    _X, y = clouds(200)
    right_or_says(fits_as(pa.array(words_of(y))), lambda clf: set(clf.classes_) == {"no", "yes"})
    refused(fits_as(pa.chunked_array([[None, "a"] * 100])), "NaN")
    right_or_says(fits_as(pa.array(y == 1)), lambda clf: len(clf.classes_) == 2)


@case
def masked_labels():
    _, y = clouds(200)
    refused(fits_as(np.ma.array(y, mask=np.arange(200) < 5)), "5")


@case
def labels_in_another_order_of_rows():
    X, y = clouds(600, spread=3.0)
    frame, labels = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    shuffled = labels.sample(frac=1, random_state=0)

    def told(clf):
        return accuracy(clf, frame, y) > GOOD or "same index in another order" in str(clf.report_)

    right_or_says(lambda: quick().fit(frame, shuffled), told)


@case
def labels_of_fewer_rows_by_index():
    X, y = clouds(300)
    refused(lambda: quick().fit(pd.DataFrame(X), pd.Series(y).iloc[:-3]), "300", "297")


@case
def sparse_labels():
    from scipy import sparse

    _, y = clouds(200)
    refused(fits_as(sparse.csr_array(y.reshape(-1, 1))), "parse")


@case
def a_generator_and_a_set_of_labels():
    _, y = clouds(200)
    refused(fits_as(v for v in y), "y")
    refused(fits_as(set(y.tolist())), "y is a set")
    refused(fits_as({"a": y}), "y is a dict")


@case
def an_unused_category_of_labels():
    X, y = clouds(200)
    labels = pd.Series(pd.Categorical(words_of(y), categories=["no", "maybe", "yes"]))
    right_or_says(
        lambda: quick(**FEW, class_weight={"no": 1, "maybe": 2, "yes": 1}).fit(X, labels),
        lambda clf: list(clf.classes_) == ["no", "yes"],
        "maybe",
    )


@case
def class_weights_by_keys_of_another_type():
    X, y = clouds(200)
    refused(lambda: quick(**FEW, class_weight={"0": 1, "1": 5}).fit(X, y), "'0'")
    refused(lambda: quick(**FEW, class_weight={0: 1, 1: float("nan")}).fit(X, y), "class_weight")
    refused(lambda: quick(**FEW, class_weight={0: 1, 1: -1}).fit(X, y), "class_weight")
    refused(lambda: quick(**FEW, class_weight={0: 0, 1: 0}).fit(X, y), "class_weight")


@case
def tuples_as_labels():
    _, y = clouds(200)
    labels = np.empty(200, dtype=object)
    labels[:] = [("a", int(v)) for v in y]
    refused(fits_as(labels), "tuple")
    refused(fits_as(labels.tolist()), "y")


@case
def names_of_classes_that_are_odd():
    X, y = clouds(300, k=4, spread=4.0)
    names = np.array(["", " ", "line\nbreak", "\x1b[31mred"])
    clf, said, _ = caught(lambda: quick(max_iter=20).fit(X, names[y]))
    assert accuracy(clf, X, names[y]) > 0.9
    text = str(clf.report_) + said
    assert "\x1b" not in text and "line\nbreak" not in text, "a control character is printed"


@case
def labels_of_predict_have_the_type_of_labels():
    X, y = clouds(200)
    for labels in (
        y.astype("int8"),
        y.astype("uint64") + 2**63,
        y == 1,
        words_of(y),
        pd.Series(words_of(y), dtype="string"),
    ):
        clf, _, _ = caught(fits_as(labels))
        assert not isinstance(clf, Exception), clf
        assert clf.classes_.dtype.kind in "iubUO", clf.classes_.dtype
        assert set(clf.predict(X).tolist()) <= set(np.asarray(labels).tolist())
        assert not any(
            map(lambda a, b: type(a) is not type(b), clf.predict(X)[:2].tolist(), np.asarray(labels)[:2].tolist())
        )


@case
def a_class_for_each_row():
    X, _ = clouds(200)
    found, said, told = caught(lambda: quick(max_iter=3, max_restarts=0).fit(X, np.arange(200)))
    is_told = any(issubclass(w.category, DataQualityWarning) for w in told) or isinstance(found, ValueError)
    assert is_told, said


@case
def labels_as_a_column():
    X, y = clouds(spread=3.0)
    clf, said, _ = caught(lambda: quick(max_iter=20).fit(X, y.reshape(-1, 1)))
    assert isinstance(clf, Exception) or accuracy(clf, X, y) > GOOD, said
