"""partial_fit: a training that goes on with each table, with statistics and a guard over all of them."""

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import DriftWarning, OneClassWarning, RobustMLPClassifier
from robust_mlp._core.records import Verdict
from robust_mlp._fit.scale_following import ScaleFollowing
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds()
ROWS_OF_TWO = np.random.default_rng(0).normal(size=(40, 2))


def test_partial_fit_learns_piece_by_piece():
    clf = tiny(learning_rate=0.02)
    for _ in range(15):
        for part in np.array_split(np.arange(90), 3):
            clf.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert clf.n_iter_ == 45
    assert clf.score(X, Y) > 0.9


def test_partial_fit_may_meet_a_class_late():
    clf = tiny().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1, 2])
    assert clf.predict_proba(X).shape == (90, 3)
    clf.partial_fit(X, Y)
    assert clf.n_iter_ == 2


def test_partial_fit_goes_on_with_a_repaired_network():
    rows = np.random.default_rng(0).normal(size=(400, 5))
    labels = rows[:, 0] > 0
    ruined = RobustMLPClassifier((8,) * 12, activation="sigmoid", max_iter=30, learning_rate=1e-5, n_members=1)
    ruined.set_params(random_state=0).fit(rows, labels)
    assert ruined.report_.verdict == Verdict.REPAIRED
    before = ruined.score(rows, labels)
    assert ruined.partial_fit(rows, labels).score(rows, labels) > before - 0.05


def test_partial_fit_does_not_take_its_first_piece_for_the_table():
    few = RobustMLPClassifier(random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    assert few._fitted.weights.architecture["hidden_layer_sizes"] == (128, 128)


def test_partial_fit_goes_on_after_a_pickle_as_without():
    def begun():
        return tiny(dropout=0.2).partial_fit(X, Y, classes=[0, 1, 2])

    straight = begun().partial_fit(X, Y).predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(begun())).partial_fit(X, Y).predict_proba(X), straight)


def test_partial_fit_goes_on_after_fit():
    clf = able().fit(X, Y)
    before = clf.predict_proba(X)
    clf.partial_fit(X, Y)
    after = clf.predict_proba(X)
    assert 0 < np.abs(after - before).max() < 0.2


def test_partial_fit_needs_all_classes_at_first_and_the_same_later():
    with pytest.raises(ValueError, match=r"^The first call of partial_fit needs every class that will ever come"):
        tiny().partial_fit(X, Y)
    clf = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="are not the classes of the earlier calls: \\[0, 1, 2\\]"):
        clf.partial_fit(X, Y, classes=[0, 1])


def test_partial_fit_after_fit_knows_how_often_classes_were_met():
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(400, 2)), np.arange(400) % 10 == 0
    clf = able(class_weight="balanced", prior_correction=True).fit(rows, labels)
    clf.partial_fit(rows[labels][:20], labels[labels][:20])
    assert clf.class_prior_.tolist() == [360 / 420, 60 / 420]


# ---- statistics that grow


def stream_of(n_rows=1200, n_columns=4, seed=0):
    """Rows of two classes that a line separates."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n_rows, n_columns))
    return rows, (rows[:, 0] + rows[:, 1] > 0).astype(int)


def guarded(**parameters):
    """As `able`, with the guard."""
    return able(**({"collapse_guard": "repair", "learning_rate": 0.01} | parameters))


def fed(clf, rows, labels, size=50, **first):
    """The classifier after a stream in chunks of so many rows. Warnings about one class are left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OneClassWarning)
        for i in range(0, len(rows), size):
            clf.partial_fit(rows[i : i + size], labels[i : i + size], **(first | {"classes": [0, 1]}))
    return clf


@pytest.mark.parametrize("size", [1, 2])
def test_a_first_call_of_few_rows_fixes_no_scale(size):
    rows, labels = stream_of()
    clf = guarded()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OneClassWarning)
        clf.partial_fit(rows[:size], labels[:size], classes=[0, 1])
    fed(clf, rows[size:], labels[size:])
    assert clf.score(*stream_of(seed=1)) > 0.9


def test_a_sensor_that_is_switched_on_late_is_learnt():
    rows, labels = stream_of(3000)
    rows = np.column_stack([rows[:, 2:], 20 + 5 * (2 * labels - 1) + np.random.default_rng(2).standard_normal(3000)])
    rows[:1500, -1] = 0.0
    clf = fed(guarded(), rows[:2500], labels[:2500])
    assert clf.score(rows[2500:], labels[2500:]) > 0.9


def test_another_scale_keeps_what_was_learnt():
    rows, labels = stream_of()
    clf = fed(guarded(weight_decay=0.0), rows, labels)
    before = clf.predict_proba(rows)
    clf.set_params(learning_rate=1e-9)
    clf._partial = replace(clf._partial, plan=replace(clf._partial.plan, learning_rate=1e-9))
    wider = 3 * rows[:200] + 1
    clf.partial_fit(wider, clf.predict(wider))  # the rule is that of the rows before, on a wider range
    assert clf._fitted.encoding.divisor.min() > 1.2
    assert_allclose(clf.predict_proba(rows), before, atol=1e-4)


def grown_by_calls(factor, n_calls=16, seed=0):
    """A stream whose values are larger in each call: (rows, labels) of each call, and of new rows."""
    weights = np.random.default_rng(9).standard_normal(6)

    def drawn(rng, n, size):
        Z = rng.standard_normal((n, 6))
        return size * Z, (Z @ weights + Z[:, 0] * Z[:, 1] > 0).astype(int)

    rng = np.random.default_rng(seed)
    calls = [drawn(rng, 50, factor**i) for i in range(n_calls)]
    return calls, drawn(np.random.default_rng(seed + 100), 2000, factor ** (n_calls - 1))


def loss_after(calls, fresh, **attributes):
    clf = guarded()
    for rows, labels in calls:
        clf.partial_fit(rows, labels, classes=[0, 1])
        clf._partial = replace(clf._partial, **attributes)
    rows, labels = fresh
    return -np.log(np.clip(clf.predict_proba(rows)[np.arange(len(labels)), labels], 1e-7, 1)).mean(), clf


@pytest.mark.parametrize(("factor", "gain"), [(1.3, 0.02), (0.75, 0.005)])
def test_columns_that_keep_growing_are_scaled_and_answers_are_to_scaled_rows(factor, gain):
    calls, fresh = grown_by_calls(factor)
    loss, clf = loss_after(calls, fresh)
    # So much evidence that following is better that no call turns it over.
    following, _ = loss_after(calls, fresh, following=ScaleFollowing(total=-1e6, squares=1.0))
    assert clf._partial.following.is_worse
    assert loss < following - gain


def test_a_network_follows_a_scale_that_is_only_known_better():
    rows, labels = stream_of(1500)
    clf = fed(guarded(), rows, labels)
    follows = fed(guarded(), rows, labels).predict_proba(rows)
    assert not clf._partial.following.is_worse
    assert_array_equal(clf.predict_proba(rows), follows)


def test_levels_that_come_later_are_learnt():
    rng = np.random.default_rng(0)
    names = np.array([f"level {i}" for i in range(12)])
    levels = np.concatenate([rng.integers(0, 4, 600), rng.integers(0, 12, 1800)])
    frame = pd.DataFrame({"x": rng.standard_normal(2400), "level": names[levels]})
    labels = levels % 2
    clf = guarded()
    for i in range(0, 2000, 100):
        clf.partial_fit(frame[i : i + 100], labels[i : i + 100], classes=[0, 1])
    assert clf.score(frame[2000:], labels[2000:]) > 0.95
    assert clf._reader.levels[1] == ("level 0", "level 1", "level 2", "level 3", *sorted(names[4:]))


def test_a_call_that_fails_leaves_the_classifier_as_it_was():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.standard_normal(200), "level": ["a", "b"] * 100})
    labels = np.arange(200) % 2
    clf = guarded()
    clf.partial_fit(frame[:100], labels[:100], classes=[0, 1])
    state, before = dict(vars(clf)), clf.predict_proba(frame)
    other = frame.assign(level="c")
    with pytest.raises(ValueError, match="among the classes"):
        clf.partial_fit(other, labels + 1)
    clf.set_params(learning_rate=1e30)
    clf._partial = replace(clf._partial, plan=replace(clf._partial.plan, learning_rate=1e30))
    state["_partial"] = clf._partial
    with pytest.raises(ValueError, match="The loss became"), np.errstate(all="ignore"):
        for _ in range(5):
            state["_partial"] = clf._partial
            clf.partial_fit(other, labels)
    assert clf._partial is state["_partial"]
    del before


# ---- the guard over a stream


def test_the_report_tells_what_the_held_out_rows_show():
    rows, labels = stream_of(2000)
    clf = fed(guarded(), rows, labels)
    fresh = clf.score(*stream_of(4000, seed=1))
    comparison = clf.report_.comparison
    assert clf.report_.verdict == Verdict.HEALTHY
    assert comparison.n_rows == 60
    low, high = comparison.accuracy_interval()
    assert low <= fresh <= high


def test_a_network_that_gives_one_class_warns_and_the_report_says_so():
    rows, labels = stream_of()
    order = np.argsort(labels, kind="stable")
    clf = guarded(learning_rate=0.05)
    said = []
    for i in range(0, 1200, 50):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clf.partial_fit(rows[order[i : i + 50]], labels[order[i : i + 50]], classes=[0, 1])
        gives_one = len(np.unique(clf.predict(rows))) == 1
        assert gives_one <= bool(caught)
        said += [str(w.message) for w in caught]
        assert [w.filename for w in caught] == [__file__] * len(caught)
    assert said[0] == (
        "All rows so far are of class '0', and predict gives every row to it. Go on with rows of all classes in each "
        "call, in random order. See report_ for the evidence."
    )
    assert any(text.startswith("predict gives all") for text in said)


def test_without_the_guard_no_row_is_held_out():
    rows, labels = stream_of()
    clf = fed(able(), rows, labels, size=400)
    assert clf._partial.reservoir.table is None
    assert clf.report_.verdict == Verdict.UNCHECKED
    assert clf.report_.headline.startswith("The guard is off")


def test_single_rows_are_learnt_and_some_are_held_out():
    rows, labels = stream_of(400)
    clf = fed(guarded(), rows, labels, size=1)
    assert clf.n_iter_ == 400
    assert len(clf._partial.reservoir.table) > 10
    assert clf.score(*stream_of(seed=1)) > 0.85


def test_partial_fit_after_fit_reports_on_the_stream():
    rows, labels = stream_of()
    clf = guarded().fit(rows[:200], labels[:200])
    fed(clf, rows[200:], labels[200:])
    assert "held out of the stream" in clf.report_.headline
    assert clf.score(*stream_of(seed=1)) > 0.9


def test_batches_follow_the_largest_call():
    rows, labels = stream_of(1200)
    clf = able(batch_size="auto").partial_fit(rows[:100], labels[:100], classes=[0, 1])
    assert clf._plan.batch_size == 32
    clf.partial_fit(rows, labels)
    assert clf._plan.batch_size == 64


def in_other_units(factor, n_calls):
    """A stream of three clouds in a frame, of which the first calls have one column in another unit."""
    rows, labels = clouds(n_rows=1200)
    frame = pd.DataFrame({"width": rows[:, 0], "height": rows[:, 1]})
    frame.loc[: 50 * n_calls - 1, "width"] *= factor
    return [(frame.iloc[i : i + 50], labels[i : i + 50]) for i in range(0, 1200, 50)]


@pytest.mark.parametrize("factor, n_calls", [(1000, 1), (0.001, 1), (1000, 6)])
def test_a_stream_that_begins_in_other_units_is_told_of_and_recovers(factor, n_calls):
    clf = tiny(learning_rate=0.02, collapse_guard="repair")
    said = []
    for table, labels in in_other_units(factor, n_calls):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DriftWarning)
            clf.partial_fit(table, labels, classes=[0, 1, 2])
        said += [str(warning.message) for warning in caught if warning.category is DriftWarning]
        assert all(warning.filename == __file__ for warning in caught if warning.category is DriftWarning)
    (text,) = said
    assert "'width', of which mean" in text and "'height'" not in text
    table, labels = in_other_units(1, 0)[0]
    assert clf.score(table, labels) > 0.9
    assert clf.report_.comparison.accuracy > 0.8  # no row in the old unit is held out any more
    assert np.abs(clf._partial.rehearsal.table.X[:, 0]).max() < 30


def test_a_stream_in_one_unit_is_not_told_of_others():
    clf = tiny(learning_rate=0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DriftWarning)
        for table, labels in in_other_units(1, 0):
            clf.partial_fit(table, labels, classes=[0, 1, 2])


def test_units_are_told_of_without_a_scale():
    clf = tiny(scale=None)
    for table, labels in in_other_units(1000, 1)[:1]:
        clf.partial_fit(table, labels, classes=[0, 1, 2])
    with pytest.warns(DriftWarning, match=r"'width', of which .* With scale=None"):
        for table, labels in in_other_units(1000, 1)[1:4]:
            clf.partial_fit(table, labels)


def test_a_call_without_rows_is_refused_and_classes_may_be_a_set():
    clf = tiny().partial_fit(ROWS_OF_TWO, np.arange(40) % 2, classes={1, 0})
    assert clf.classes_.tolist() == [0, 1]
    before = clf.predict_proba(ROWS_OF_TWO)
    with pytest.raises(ValueError, match=r"^X has 0 samples, and partial_fit trains on the rows of a call\."):
        clf.partial_fit(ROWS_OF_TWO[:0], [])
    assert_array_equal(clf.predict_proba(ROWS_OF_TWO), before)
    clf.partial_fit(ROWS_OF_TWO, np.arange(40) % 2, classes={0, 1})
    with pytest.raises(TypeError, match=r"^classes is a int; one label"):
        tiny().partial_fit(ROWS_OF_TWO, np.arange(40) % 2, classes=2)
