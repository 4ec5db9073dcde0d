"""Tables of the accuracy benchmark: the rule that draws them, their halves, and what they hold."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from benchmarks.accuracy import drawn, generated, large, mixed, wide
from benchmarks.accuracy.drawn import find_label, fingerprints, in_order, is_identifier, qualify
from benchmarks.accuracy.structure import structure


def invented(n=600, seed=0):
    """A frame whose label is the text `kind`."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["a", "b", "c"], n, p=[0.5, 0.4, 0.1])
    columns = {"rownames": np.arange(n), "year": rng.integers(1990, 2000, n), "kind": kind}
    return pd.DataFrame(columns | {f"x{i}": rng.normal(size=n) + (kind == "a") for i in range(4)})


def test_the_order_is_that_of_the_hash():
    names = [("Ecdat", f"table {i}") for i in range(20)]
    ordered = in_order(names)
    hashes = [hashlib.sha256(f"{package}/{name}".encode()).hexdigest() for package, name in ordered]
    assert hashes == sorted(hashes) and sorted(ordered) == sorted(names)


def test_a_label_is_a_text_before_two_values_before_whole_numbers():
    frame = invented()
    assert find_label(frame) == "kind"
    frame["is_large"] = (frame["x0"] > 0).astype(int)
    assert find_label(frame.drop(columns="kind")) == "is_large"
    assert find_label(frame.drop(columns=["kind", "is_large"])) == "year"
    assert find_label(frame[["x0", "x1"]]) is None


def test_a_text_of_many_values_is_no_label():
    frame = invented()
    frame["kind"] = [f"town {i % 31}" for i in range(len(frame))]
    assert find_label(frame) == "year"


@pytest.mark.parametrize(
    ("column", "is_one"),
    [
        (pd.Series([3.0, 1.0, 2.0], name="number"), True),
        (pd.Series([3.5, 1.0, 2.0], name="price"), False),
        (pd.Series(["x", "y", "z"], name="name"), True),
        (pd.Series(["x", "y", "x"], name="name"), False),
        (pd.Series([1, 1, 2], name="ID"), True),
    ],
)
def test_an_identifier_has_its_name_or_another_value_in_each_row(column, is_one):
    assert is_identifier(column) == is_one


def test_a_table_qualifies_and_says_what_it_drops():
    frame = invented().assign(number=np.arange(600) * 2, constant=1.0)
    assert qualify("p", "t", frame) == ("p", "t", "kind", ("number", "constant"))


def test_a_column_that_tells_one_class_is_dropped():
    frame = invented()
    frame["code"] = frame["kind"].map({"a": 1.0, "b": 2.0, "c": 2.0})
    assert qualify("p", "t", frame) == ("p", "t", "kind", ("code",))


def test_columns_that_tell_the_label_together_disqualify():
    frame = invented(n=2000)
    coin = np.random.default_rng(1).integers(0, 2, len(frame)) == 1
    is_a, is_b = frame["kind"] == "a", frame["kind"] == "b"
    frame = frame.assign(first=is_a | (is_b & coin), second=is_a | (is_b & ~coin))
    answer = qualify("p", "t", frame.assign(first=frame["first"] * 1, second=frame["second"] * 1))
    assert answer == "the columns together say kind"


def test_too_few_rows_of_a_class_or_too_few_columns_disqualify():
    frame = invented()
    assert qualify("p", "t", frame[["rownames", "kind", "x0", "x1"]]) == "too few columns"
    rare = frame.assign(kind=[f"rare {i % 29}" if i % 5 == 0 else "usual" for i in range(len(frame))])
    assert qualify("p", "t", rare) == "rare classes or missing labels in kind"


def test_a_copy_is_recognized_by_its_numbers():
    frame = invented()
    copy = frame.sample(frac=1, random_state=0).rename(columns={"x0": "other name"})
    assert fingerprints(copy) == fingerprints(frame) and len(fingerprints(frame)) == 4
    assert not fingerprints(invented(seed=1)) & fingerprints(frame)


def test_the_tables_are_those_that_the_rule_draws():
    assert drawn.draw() == [*drawn.CHOOSING, *drawn.REPORTING]


def test_half_of_the_tables_is_for_choosing():
    assert len(drawn.CHOOSING) == len(drawn.REPORTING) == 10
    assert len(large.CHOOSING) == len(large.REPORTING) == 6
    for module in (large, wide, generated):
        assert len(module.CHOOSING) == len(module.REPORTING)
        assert not set(module.CHOOSING) & set(module.REPORTING)


def test_a_drawn_table_is_no_table_of_the_mixed_ones():
    assert not {source[:2] for source in drawn.CHOOSING + drawn.REPORTING} & {source[:2] for source in mixed.SOURCES}


@pytest.mark.parametrize("source", [*drawn.CHOOSING, *drawn.REPORTING], ids=lambda source: source[1])
def test_a_drawn_table_has_the_size_of_the_rule(source):
    table = drawn.load_drawn(source[1])
    assert 500 <= len(table.y) <= 10_000
    counts = pd.Series(table.y).value_counts()
    assert 2 <= len(counts) <= 30 and counts.min() >= 20
    assert source[2] not in table.X and not set(source[3]) & set(table.X)
    train, test = table.folds()[0]
    assert set(table.y[test]) == set(table.y[train]) == set(counts.index)


@pytest.mark.parametrize("name", ["storms", "nlswork", "weather", "complete"])
def test_a_large_table_has_no_column_that_says_its_label(name):
    table = large.load_large(name)
    assert len(table.y) > 15_000
    label, dropped, categories = next(settings for source, settings in large.SOURCES.items() if source[1] == name)
    assert not {"rownames", label, *dropped} & set(table.X)
    assert all(isinstance(table.X[column].dtype, pd.CategoricalDtype) for column in categories)


@pytest.mark.parametrize("name", ["money-0", "yes_or_no-2", "classes_in_space-1"])
def test_a_generated_table_is_the_same_each_time_and_another_for_each_seed(name):
    table, again = generated.load_generated(name), generated.load_generated(name)
    pd.testing.assert_frame_equal(table.X, again.X)
    assert (table.y == again.y).all()
    kind, seed = name.split("-")
    other = generated.load_generated(f"{kind}-{int(seed) + 7}")
    assert not table.X.equals(other.X)


def test_words_become_columns():
    table = wide.load_wide("tate_medium")
    assert structure(table)["columns"] == 2001 and structure(table)["classes"] == 8
    assert (table.X.drop(columns="year").to_numpy() == 0).mean() > 0.99


@pytest.mark.parametrize(
    ("load", "known"),
    [
        (drawn.load_drawn, "Arrests"),
        (large.load_large, "storms"),
        (wide.load_wide, "helpfull"),
        (generated.load_generated, "money-0"),
    ],
)
def test_an_unknown_table_is_an_error_that_lists_the_known(load, known):
    with pytest.raises(ValueError, match=known):
        load("no such-table")
