"""Which parameters a sparse table allows, and whole fits on sparse tables."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict

from robust_mlp import RobustMLPClassifier, Verdict, load_model, to_onnx
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.sparse_fits import alike, check_fits_sparse
from tests._data.sparse_tables import N_COLUMNS, words

X, Y = words()
NEW, NEW_Y = words(seed=1)
FEW = {"n_members": 2, "max_iter": 60, "random_state": 0}


def fitted(X=X, y=Y, *, fit=None, **parameters):
    return RobustMLPClassifier(**(FEW | parameters)).fit(X, y, **(fit or {}))


@pytest.fixture(scope="module")
def clf():
    return fitted()


@pytest.mark.parametrize(
    "parameters, fix",
    [
        ({"sampler": "smote"}, "Pass sampler='over', 'under' or 'balanced_batches'"),
        ({"numerical_embedding": "piecewise_linear"}, "Pass numerical_embedding='auto'"),
    ],
)
def test_what_would_make_the_table_dense_is_refused(parameters, fix):
    with pytest.raises(ValueError, match=fix):
        check_fits_sparse(RobustMLPClassifier(**parameters), (10, 20))
    with pytest.raises(ValueError, match=fix):
        fitted(**parameters)


@pytest.mark.parametrize("sampler", [None, "over", "under", "balanced_batches"])
def test_samplers_that_choose_rows_are_allowed(sampler):
    check_fits_sparse(RobustMLPClassifier(sampler=sampler), (10, 20))


def test_held_out_rows_get_the_form_of_the_table():
    table = LabelledTable(sparse.csr_array(X), Y, np.ones(len(Y)))
    own = LabelledTable(X[:5].toarray(), Y[:5], np.ones(5))
    assert sparse.issparse(alike(own, table).X)
    assert alike(own, own) is own
    assert alike(None, table) is None


def test_no_fit_and_no_prediction_makes_the_table_dense(monkeypatch):
    largest = []
    for cls in (sparse.csr_array, sparse.csr_matrix, sparse.csc_array, sparse.csc_matrix, sparse.coo_array):
        dense = cls.toarray

        def toarray(self, *args, _dense=dense, **kwargs):
            largest.append(self.shape[0] * self.shape[1])
            return _dense(self, *args, **kwargs)

        monkeypatch.setattr(cls, "toarray", toarray)
    clf = fitted(fit={"groups": np.arange(len(Y)) // 2})
    clf.predict_proba(NEW)
    clf.predict(NEW)
    assert max(largest) < X.shape[0] * X.shape[1] / 4


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix, sparse.coo_matrix])
def test_every_format_gives_the_same_classifier(clf, make):
    assert_array_equal(fitted(make(X)).predict_proba(make(NEW)), clf.predict_proba(NEW))


def test_the_order_of_the_rows_changes_nothing(clf):
    order = np.random.default_rng(0).permutation(len(Y))
    assert_allclose(fitted(X[order], Y[order]).predict_proba(NEW), clf.predict_proba(NEW), atol=1e-5)


def test_a_row_of_weight_two_is_two_rows():
    twice = fitted(sparse.vstack([X, X[:100]]), np.append(Y, Y[:100]))
    weighted = fitted(fit={"sample_weight": np.where(np.arange(len(Y)) < 100, 2.0, 1.0)})
    assert_allclose(twice.predict_proba(NEW), weighted.predict_proba(NEW), atol=1e-4)


def test_it_predicts_dense_rows_alike(clf):
    assert_allclose(clf.predict_proba(NEW.toarray()), clf.predict_proba(NEW), atol=1e-12)


def test_it_is_no_worse_than_logistic_regression():
    clf = RobustMLPClassifier(random_state=0).fit(X, Y)
    linear = LogisticRegression(max_iter=1000).fit(X, Y)
    assert clf.report_.verdict == Verdict.HEALTHY
    assert log_loss(NEW_Y, clf.predict_proba(NEW)) <= log_loss(NEW_Y, linear.predict_proba(NEW))


def test_columns_that_tell_the_class_are_important(clf):
    assert len(clf.feature_importances_) == N_COLUMNS
    assert set(np.argsort(-clf.feature_importances_)[:8]) <= {*range(10), 100, 101}


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "parameters",
    [
        {"sampler": "over", "prior_correction": True},
        {"sampler": "under"},
        {"sampler": "balanced_batches"},
        {"class_weight": "balanced", "prior_correction": True},
        {"scale": "robust"},
        {"scale": None},
        {"validation": "last"},
        {"hidden_layer_sizes": (8, 8), "batch_norm": True, "input_dropout": 0.1},
        {"hidden_layer_sizes": ()},
        {"optimizer": "rmsprop"},
        {"scoring": "roc_auc_ovr"},
        {"decision": "balanced"},
        {"n_members": 1},
    ],
    ids=str,
)
def test_every_setting_trains(parameters, n_classes):
    rows, y = words(n_classes=n_classes)
    clf = fitted(rows, y, **parameters)
    assert clf.report_.verdict in (Verdict.HEALTHY, Verdict.REPAIRED)
    assert clf.score(rows, y) > 0.8


def test_noise_is_called_noise():
    y = np.random.default_rng(5).integers(0, 2, X.shape[0])
    with pytest.warns(match="Nothing in the features tells the classes apart"):
        clf = RobustMLPClassifier(random_state=0).fit(X, y)
    assert clf.report_.verdict == Verdict.NO_SIGNAL


def test_a_network_that_diverges_is_repaired():
    with pytest.warns(match="learning_rate"):
        clf = fitted(learning_rate=1e6, hidden_layer_sizes=(8, 8))
    assert clf.report_.verdict == Verdict.REPAIRED
    assert clf.score(X, Y) > 0.9


def _missing(X):
    X = X.copy()
    X.data[::50] = np.nan
    return X


def _huge(X):
    X = X.copy()
    X.data[::30] *= 1e200
    return X


def _with_empty_rows(X):
    return sparse.vstack([X[:-100], sparse.csr_array((100, X.shape[1]))]).tocsr()


@pytest.mark.parametrize(
    "change, least",
    [
        (_missing, 0.7),
        (_huge, 0.6),  # a third of the rows has a cell beside which all others vanish
        (_with_empty_rows, 0.7),
        (lambda X: X.astype(bool), 0.7),
        (lambda X: X.astype(np.int8), 0.7),
        (lambda X: -X, 0.7),
    ],
    ids=["missing", "beyond float32", "empty rows", "bool", "int8", "negative"],
)
def test_odd_cells_train_and_predict_as_dense_ones(change, least):
    rows = change(X)
    clf = fitted(rows)
    assert clf.score(rows, Y) > least
    assert_allclose(clf.predict_proba(rows[:60]), clf.predict_proba(rows[:60].toarray()), atol=1e-9)


def test_a_table_with_one_stored_column_trains():
    n_stored = 500
    where = np.arange(n_stored)
    rows = sparse.csr_array((np.ones(n_stored), (where, np.full(n_stored, 7))), shape=X.shape)
    y = (np.arange(X.shape[0]) < n_stored).astype(int)
    assert fitted(rows, y).score(rows, y) == 1.0


def test_infinite_cells_are_refused():
    rows = X.copy()
    rows.data[3] = np.inf
    with pytest.raises(ValueError, match="Infinite values cannot be scaled"):
        fitted(rows)


def test_categories_are_refused():
    with pytest.raises(ValueError, match="OneHotEncoder"):
        fitted(categorical_features=[0])


def test_own_held_out_rows_may_be_few():
    clf = fitted(fit={"X_val": NEW[:80], "y_val": NEW_Y[:80]})
    assert clf.report_.comparison.n_rows == 80


def test_pickles_and_model_files_predict_the_same(clf, tmp_path):
    expected = clf.predict_proba(NEW)
    clf.save_model(tmp_path / "words.rmlp")
    assert_array_equal(load_model(tmp_path / "words.rmlp").predict_proba(NEW), expected)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(NEW), expected)


def test_exported_models_predict_the_same(clf):
    import onnxruntime

    session = onnxruntime.InferenceSession(to_onnx(clf).SerializeToString())
    found = session.run(["probabilities"], {session.get_inputs()[0].name: NEW[:20].toarray()})[0]
    assert_allclose(found, clf.predict_proba(NEW[:20]), atol=1e-6)
    assert_allclose(clf.to_keras().predict_on_batch(NEW[:20].toarray()), clf.predict_proba(NEW[:20]), atol=1e-9)


def test_warm_start_keeps_the_inputs():
    clf = fitted(warm_start=True, max_iter=5, collapse_guard="off")
    n_inputs = clf._fitted.encoding.n_outputs
    clf.fit(X[:800], Y[:800])
    assert clf._fitted.encoding.n_outputs == n_inputs


def test_partial_fit_after_fit_says_what_to_do(clf):
    with pytest.raises(ValueError, match="warm_start=True"):
        pickle.loads(pickle.dumps(clf)).partial_fit(X, Y)


def test_partial_fit_makes_parts_dense():
    on_sparse, on_dense = (RobustMLPClassifier(random_state=0, hidden_layer_sizes=(8,)) for _ in range(2))
    for part in np.array_split(np.arange(len(Y)), 2):
        on_sparse.partial_fit(X[part], Y[part], classes=[0, 1])
        on_dense.partial_fit(X[part].toarray(), Y[part], classes=[0, 1])
    assert_allclose(on_sparse.predict_proba(NEW[:50]), on_dense.predict_proba(NEW[:50].toarray()), atol=1e-9)


def test_it_works_in_cross_validation():
    P = cross_val_predict(RobustMLPClassifier(**FEW), X, Y, cv=2, method="predict_proba")
    assert (P.argmax(axis=1) == Y).mean() > 0.9


def test_a_fit_that_was_cut_goes_on(tmp_path):
    path = tmp_path / "fit.rmlp"
    whole = fitted(checkpoint=path)
    assert not path.exists()
    assert_array_equal(whole.predict_proba(NEW), fitted().predict_proba(NEW))
