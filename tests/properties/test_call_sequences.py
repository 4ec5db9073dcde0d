"""Calls in any order leave a classifier valid; one that fails leaves it as it was."""

import pickle
import warnings

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sklearn.base import clone

from robust_mlp import RobustMLPClassifier, exceptions
from tests.properties.strategies import BAD_PARAMETERS, GOOD_PARAMETERS

CHEAP = {"hidden_layer_sizes": (4,), "n_members": 1, "max_iter": 2, "max_restarts": 0, "random_state": 0}
OWN_WARNINGS = tuple(
    value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Warning)
)


def table(seed, n_rows, n_classes):
    """Rows whose first column tells the class, and a second one that says nothing."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    return np.column_stack([y + 0.3 * rng.normal(size=n_rows), rng.normal(size=n_rows)]), np.array(list("abcd"))[y]


class Calls(RuleBasedStateMachine):
    """A classifier, the parameters that were typed, and whether it predicts."""

    @initialize(n_classes=st.integers(2, 4))
    def start(self, n_classes):
        self.clf = RobustMLPClassifier(**CHEAP)
        self.n_classes = n_classes
        self.is_fitted = False
        self.rows = table(99, 11, n_classes)[0]
        warnings.simplefilter("error")
        for category in OWN_WARNINGS:
            warnings.simplefilter("ignore", category)

    def answers(self):
        """The bits of what the classifier predicts."""
        return self.clf.predict_proba(self.rows).tobytes() if self.is_fitted else None

    def call(self, function, *arguments, **named):
        """Make a call; one that raises is a refusal and changes no answer."""
        before = self.answers()
        try:
            function(*arguments, **named)
        except (ValueError, TypeError) as error:
            assert str(error).strip()
            assert self.answers() == before
            return False
        return True

    @rule(seed=st.integers(0, 9), n_rows=st.integers(12, 60), has_weights=st.booleans())
    def fit(self, seed, n_rows, has_weights):
        X, y = table(seed, n_rows, self.n_classes)
        self.is_fitted |= self.call(self.clf.fit, X, y, np.linspace(0.5, 2, n_rows) if has_weights else None)

    @rule(seed=st.integers(0, 9), n_rows=st.integers(1, 30))
    def partial_fit(self, seed, n_rows):
        X, y = table(seed, n_rows, self.n_classes)
        self.is_fitted |= self.call(self.clf.partial_fit, X, y, classes=np.array(list("abcd"))[: self.n_classes])

    @rule(column=st.integers(0, 1), what=st.sampled_from([np.inf, 1e300, "text"]))
    def fit_on_a_bad_cell(self, column, what):
        X, y = table(0, 20, self.n_classes)
        X = X.astype(object)
        X[3, column] = what
        self.is_fitted |= self.call(self.clf.fit, X, y)

    @rule(name=st.sampled_from(sorted(GOOD_PARAMETERS)), data=st.data())
    def set_a_parameter(self, name, data):
        self.clf.set_params(**{name: data.draw(st.sampled_from(GOOD_PARAMETERS[name]))})

    @rule(name=st.sampled_from(sorted(BAD_PARAMETERS)), data=st.data())
    def fit_with_a_bad_parameter(self, name, data):
        good = self.clf.get_params()[name]
        self.clf.set_params(**{name: data.draw(st.sampled_from(BAD_PARAMETERS[name]))})
        X, y = table(0, 20, self.n_classes)
        assert not self.call(self.clf.fit, X, y)
        self.clf.set_params(**{name: good})

    @rule(is_on=st.booleans())
    def set_warm_start(self, is_on):
        self.clf.set_params(warm_start=is_on)

    @rule()
    def go_through_pickle(self):
        before = self.answers()
        self.clf = pickle.loads(pickle.dumps(self.clf))
        assert self.answers() == before

    @rule()
    def take_a_clone(self):
        copy = clone(self.clf)
        assert copy.get_params().keys() == self.clf.get_params().keys()
        assert not hasattr(copy, "classes_")
        self.clf, self.is_fitted = copy, False

    @precondition(lambda self: self.is_fitted)
    @rule(n_rows=st.integers(1, 11), n_columns=st.sampled_from([1, 3]))
    def predict_on_other_columns(self, n_rows, n_columns):
        assert not self.call(self.clf.predict, np.ones((n_rows, n_columns)))

    @invariant()
    def predictions_are_valid(self):
        if not getattr(self, "is_fitted", False):
            return
        probabilities = self.clf.predict_proba(self.rows)
        assert probabilities.shape == (len(self.rows), self.n_classes)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
        assert set(self.clf.predict(self.rows)) <= set("abcd"[: self.n_classes])

    @invariant()
    def parameters_are_as_typed(self):
        if hasattr(self, "clf"):
            assert set(self.clf.get_params()) == set(RobustMLPClassifier().get_params())


TestCalls = Calls.TestCase
