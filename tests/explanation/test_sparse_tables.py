"""Explanations of sparse tables of thousands of columns: those that matter are found, and the others left out."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from robust_mlp import RobustMLPClassifier, explain
from robust_mlp._data import tables
from robust_mlp._data.tables import read_table
from robust_mlp.explanation._sparse_tables import MOST_COLUMNS, SparseViews
from robust_mlp.explanation._swaps import network

N_ROWS, N_COLUMNS = 1500, 4000
# Columns that matter, and the log-odds that a 1 in them adds.
MATTER = {17: 3.0, 1203: -3.0, 2999: 2.5, 3999: -2.5}


def planted(seed=0):
    """(X, y): rows of twelve words or so; four of the words tell the class."""
    rng = np.random.default_rng(seed)
    X = sparse.random_array((N_ROWS, N_COLUMNS), density=0.003, rng=rng, format="lil")
    for column in MATTER:
        X[rng.random(N_ROWS) < 0.25, [column]] = 1.0
    X = X.tocsr()
    X.data[:] = 1.0
    score = sum(value * X[:, [column]].toarray().ravel() for column, value in MATTER.items())
    return X, (score + rng.logistic(size=N_ROWS) > 0).astype(int)


X, Y = planted()
NEW, NEW_Y = planted(seed=1)


@pytest.fixture(scope="module")
def clf():
    return RobustMLPClassifier(n_members=3, max_iter=60, random_state=0).fit(X, Y)


@pytest.mark.parametrize("table, labels, rows", [(NEW, NEW_Y, "rows as given"), (X, Y, "training rows")])
def test_the_columns_that_matter_come_first_and_none_of_the_others_is_above_noise(table, labels, rows, clf):
    found = explain(clf, table, labels, random_state=0)
    assert found.rows.startswith(rows)
    first = [one.name for one in found.importance[:4]]
    assert sorted(first) == sorted(f"x{column}" for column in MATTER)
    assert [one.name for one in found.importance if one.is_above_noise] == first
    assert len(found.columns) == MOST_COLUMNS and found.n_left_out == N_COLUMNS - MOST_COLUMNS
    for column, value in MATTER.items():
        curve = found.effect(f"x{column}").log_odds[:, 1]
        assert np.sign(curve[-1] - curve[0]) == np.sign(value)


def test_without_labels_the_same_columns_come_first(clf):
    found = explain(clf, NEW, random_state=0, n_repeats=2)
    assert {one.name for one in found.importance[:4]} == {f"x{column}" for column in MATTER}


def test_columns_that_are_named_are_explained_and_no_others_are_counted(clf):
    found = explain(clf, NEW, NEW_Y, columns=[17, "x5"], random_state=0)
    assert found.columns == ("x5", "x17") and found.n_left_out == 0
    assert "left out" not in str(found)


def test_text_page_and_dict_say_how_many_columns_were_left_out(clf, tmp_path):
    found = explain(clf, NEW, NEW_Y, random_state=0, n_repeats=1)
    assert "3,950 columns raise the loss less, and were left out." in " ".join(str(found).split())
    assert found.to_dict()["n_left_out"] == 3950
    found.to_html(tmp_path / "e.html")
    assert "3,950 columns raise the loss less" in (tmp_path / "e.html").read_text(encoding="utf-8")


def test_importance_hardly_depends_on_the_size_of_blocks(clf, monkeypatch):
    one = explain(clf, NEW[:400], NEW_Y[:400], columns=[17, 2999], random_state=0, n_repeats=20)
    monkeypatch.setattr(network, "MOST_BYTES_OF_BLOCK", 4 * N_COLUMNS * 100)
    other = explain(clf, NEW[:400], NEW_Y[:400], columns=[17, 2999], random_state=0, n_repeats=20)
    for a, b in zip(one.importance, other.importance, strict=True):
        assert a.name == b.name and b.low < a.importance < b.high


def test_any_other_classifier_needs_names_of_columns():
    model = LogisticRegression().fit(X, Y)
    with pytest.raises(ValueError, match=r"sparse table of 4,000 columns.*Name some in columns=\[\.\.\.\]"):
        explain(model, NEW, NEW_Y)
    found = explain(model, NEW[:300], NEW_Y[:300], columns=[17, 5], random_state=0)
    assert found.importance[0].name == "x17"


def test_a_network_of_a_dense_table_explains_all_columns_of_sparse_rows(monkeypatch):
    rng = np.random.default_rng(0)
    dense = (rng.random((400, 60)) < 0.2).astype(float)
    y = (4 * dense[:, 7] - 4 * dense[:, 8] + rng.logistic(size=400) > 0).astype(int)
    settings = {"n_members": 2, "max_iter": 20, "hidden_layer_sizes": (8,), "collapse_guard": "off"}
    clf = RobustMLPClassifier(random_state=0, **settings).fit(dense, y)
    monkeypatch.setattr(tables, "stays_sparse", sparse.issparse)  # as of a table that is large
    found = explain(clf, sparse.csr_array(dense), y, random_state=0, n_repeats=1)
    assert len(found.columns) == 60 and found.n_left_out == 0


def test_a_view_is_made_of_the_cells_of_its_column():
    matrix, reader = read_table(LogisticRegression(), X, categorical_features="from_dtype", reset=True)
    views = SparseViews(matrix, [reader.name_of(j) for j in range(matrix.shape[1])])
    assert len(views) == N_COLUMNS
    view = views[17]
    assert (view.place, view.name, view.kind) == (17, "x17", "number")
    np.testing.assert_array_equal(view.axis, X[:, [17]].toarray().ravel())
