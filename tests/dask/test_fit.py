"""A fit on partitions: as good as one in memory, and honest about partitions that are odd."""

import dask
import dask.array as da
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from robust_mlp import RobustMLPClassifier, Verdict
from robust_mlp.dask import DaskRobustMLPClassifier

from .tables import frame, partitioned

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_it_predicts_as_well_as_a_fit_in_memory(small):
    new, labels = small.X_new, small.y_new
    usual_training = {"learning_rate": 0.002, "max_iter": 200}
    clf = DaskRobustMLPClassifier(**small.parameters | usual_training).fit(small.parts, small.labels)
    in_memory = RobustMLPClassifier(n_members=1, hidden_layer_sizes=16, random_state=0).fit(small.X, small.y)
    loss, usual = (log_loss(labels, clf.predict_proba(new)) for clf in (clf, in_memory))
    assert loss < 1.1 * usual
    sample_alone = RobustMLPClassifier(n_members=1, hidden_layer_sizes=16, random_state=0)
    assert loss < log_loss(labels, sample_alone.fit(small.X[:1800], small.y[:1800]).predict_proba(new))


def test_its_attributes_are_those_of_all_rows(small):
    clf = small.clf
    assert clf.n_rows_ == clf.report_.table.n_rows == 5000
    np.testing.assert_allclose(clf.class_prior_, small.y.value_counts(normalize=True).sort_index())
    assert clf.report_.verdict is Verdict.HEALTHY and clf.report_.comparison.n_rows < 400
    assert clf.n_iter_ == len(clf.loss_curve_) == len(clf.history_["val_loss"]) > 5
    assert not hasattr(clf, "sample_indices_")
    assert clf.feature_names_in_.tolist() == small.X.columns.tolist()


def test_the_same_seed_gives_the_same_bits_and_another_one_others(small):
    again = DaskRobustMLPClassifier(**small.parameters).fit(small.parts, small.labels)
    np.testing.assert_array_equal(again.predict_proba(small.X), small.clf.predict_proba(small.X))
    other = DaskRobustMLPClassifier(**small.parameters | {"random_state": 1}).fit(small.parts, small.labels)
    assert not np.array_equal(other.predict_proba(small.X), small.clf.predict_proba(small.X))


def test_a_table_that_the_sample_holds_is_trained_on_in_memory(small):
    changes = {"sample_size": 5000, "n_members": 2, "max_iter": 16}
    clf = DaskRobustMLPClassifier(**small.parameters | changes)
    clf.fit(small.parts, small.labels)
    assert (clf.n_rows_, clf.n_members_) == (5000, 2)
    seed = np.random.RandomState(0).randint(2**31 - 1)
    settings = {"n_members": 2, "hidden_layer_sizes": 16, "learning_rate": 0.01, "max_iter": 16}
    usual = RobustMLPClassifier(**settings, random_state=seed).fit(small.X, small.y)
    np.testing.assert_array_equal(clf.predict_proba(small.X_new), usual.predict_proba(small.X_new))


def odd_partitions():
    """An empty partition, one of a single class, one in which a column is missing, one with a level of its own."""
    X, y = frame(4000)
    parts = [X[:1500], X[:0], X[1500:1600], X[1600:3000].assign(c1=np.nan), X[3000:].assign(kind="late")]
    labels = [y[:1500], y[:0], pd.Series(["no"] * 100), y[1600:3000], y[3000:]]
    return [dask.delayed(part) for part in parts], [dask.delayed(part) for part in labels]


def test_odd_partitions_are_trained_on_and_levels_of_one_partition_are_known(small):
    clf = DaskRobustMLPClassifier(**small.parameters).fit(*odd_partitions())
    assert clf.n_rows_ == 4000
    assert clf._reader.levels[8] == ("a", "b", "c", "late")
    codes = [advisory.code for advisory in clf.report_.advisories]
    assert "partition_class_shift" in codes


def test_weights_count_rows(small):
    weights = da.from_array(np.ones(5000), chunks=small.parts.map_partitions(len).compute().tolist())
    clf = DaskRobustMLPClassifier(**small.parameters).fit(small.parts, small.labels, 7 * weights)
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    none = weights * (da.arange(5000, chunks=weights.chunks[0]) % 2)
    half = DaskRobustMLPClassifier(**small.parameters | {"sample_size": 1000})
    assert half.fit(small.parts, small.labels, none).class_prior_.sum() == pytest.approx(1)


def test_a_collapse_is_repaired_on_the_sample_and_told(small):
    clf = DaskRobustMLPClassifier(**small.parameters | {"learning_rate": 50.0, "max_iter": 200})
    clf.fit(small.parts, small.labels)
    assert clf.report_.verdict is Verdict.REPAIRED
    assert clf.overridden_["learning_rate"][0] == 50.0
    assert np.mean(clf.predict(small.X) == small.y) > 0.7


def test_members_that_stand_in_on_the_sample_stand_in_on_all_rows():
    rng = np.random.default_rng(0)
    level, hour = rng.integers(0, 25, (2, 8000))
    signs = np.random.default_rng(5).permuted(np.tile([1.0, -1.0], (25, 13)), axis=1)[:, :25]
    y = (rng.random(8000) < 1 / (1 + np.exp(-1.8 * signs[level, hour]))).astype(int)
    table = pd.DataFrame({"city": [f"city {i}" for i in level], "hour": hour, "noise": rng.normal(size=8000)})
    rows, labels = partitioned(table, pd.Series(y), 3)
    clf = DaskRobustMLPClassifier(n_members=4, sample_size=1600, max_iter=10, random_state=0).fit(rows, labels)
    assert clf.report_.verdict is Verdict.REPAIRED and clf.overridden_ == {}
    assert clf.report_.attempts[-1].added == "mixed-effects members"
    assert clf.n_mixed_effects_members_ == 4
    assert clf.report_.comparison.gain > 0.02


def test_where_nothing_is_to_be_learnt_the_rounds_are_left_out(small):
    rng = np.random.default_rng(0)
    X = da.from_array(rng.normal(size=(6000, 4)), chunks=(1500, 4))
    y = da.from_array(rng.integers(0, 2, 6000), chunks=1500)
    clf = DaskRobustMLPClassifier(**small.parameters | {"sample_size": 3000}).fit(X, y)
    assert clf.report_.verdict is Verdict.NO_SIGNAL
    assert "sample_only" in [advisory.code for advisory in clf.report_.advisories]


def test_own_held_out_rows_are_judged(small):
    X, y = small.X_new[:2000], small.y_new[:2000]
    clf = DaskRobustMLPClassifier(**small.parameters)
    clf.fit(small.parts, small.labels, X_val=X, y_val=y)
    assert clf.report_.comparison.n_rows == 2000
    rows, labels = partitioned(X, y, 2)
    clf.fit(small.parts, small.labels, X_val=rows, y_val=labels)
    assert 1800 < clf.report_.comparison.n_rows <= 2000


def test_a_time_limit_ends_the_rounds(small):
    long = {"max_iter": 5_000, "n_iter_no_change": 5_000}
    clf = DaskRobustMLPClassifier(**small.parameters | long, max_time=0.5).fit(small.parts, small.labels)
    is_cut = clf.report_.attempts[-1].stop_reason == "max_time"
    # On a slow machine the sample alone takes all of the time.
    assert is_cut or "sample_only" in [advisory.code for advisory in clf.report_.advisories]
    assert np.isfinite(clf.predict_proba(small.X)).all()
