"""The demonstration prints what it promises: both traps, real tables, sentences, progress."""

import io
import re
import time

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import demo
from robust_mlp.demo import Size, main
from robust_mlp.demo._progress import Progress
from robust_mlp.demo._published_networks import QuestionNetwork, founding_network, waveform_network
from robust_mlp.demo._scoring import measure, report_of

SMALL = Size(
    founding_rows=600,
    founding_epochs=3,
    waveform_rows=100,
    waveform_length=60,
    waveform_epochs=3,
    tables=("wine",),
    widths=((8,), (4, 4)),
    max_iter=8,
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture(scope="module")
def printed():
    """Exit code, standard output and standard error of a small demonstration."""
    import contextlib
    import warnings

    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        warnings.simplefilter("ignore")  # eight epochs on few rows may well end in a CollapseWarning
        code = main(size=SMALL)
    return code, out.getvalue(), err.getvalue()


def test_the_exit_code_is_zero(printed):
    assert printed[0] == 0


@pytest.mark.parametrize("title", ["S1  600 x 157 rows", "S2  80 x 60 waveforms", "Real tables, GridSearchCV"])
def test_each_part_has_its_title(printed, title):
    assert title in printed[1]


def test_both_traps_have_all_columns(printed):
    head = "model                    accuracy  balanced  log loss  predicted rows per class"
    assert len([line for line in printed[1].splitlines() if line.startswith(head)]) == 2
    assert len(re.findall(r"^(?:class prior|network of the question|RobustMLPClassifier) ", printed[1], re.M)) == 6


def test_the_prior_predicts_the_largest_class_only(printed):
    line = next(line for line in printed[1].splitlines() if line.startswith("class prior"))
    assert "always b" in line
    assert " 0 76 0 0 0 " in line


def test_predicted_rows_add_up_to_the_test_rows(printed):
    for line in printed[1].splitlines():
        if match := re.search(r" ((?:\d+ ){4}\d+)  ", line):
            assert sum(map(int, match.group(1).split())) in (76, 20)


def test_the_reports_own_sentences_follow_each_trap(printed):
    assert len(re.findall(r"HEALTHY|REPAIRED|NO_SIGNAL|COLLAPSED", printed[1])) >= 4


def test_the_grid_searches_tell_what_they_chose(printed):
    lines = [line for line in printed[1].splitlines() if line.startswith("wine: ")]
    assert [line.split()[1] for line in lines[:1]] == ["class"]
    assert all(re.search(r" hidden_layer_sizes=\((8,|4, 4)\)$", line) for line in lines[1:])


def test_off_a_terminal_progress_is_one_plain_line_a_step(printed):
    lines = printed[2].splitlines()
    assert lines[:2] == ["[1/10] TensorFlow", "[2/10] S1: class prior"]
    assert lines[-1] == "[10/10] wine: RobustMLPClassifier"
    assert len(lines) == 10
    assert "\r" not in printed[2]


def test_full_means_every_row_of_the_question(monkeypatch):
    asked = []
    monkeypatch.setattr(demo, "founding_part", lambda size, begin: asked.append(size.founding_rows) or [])
    monkeypatch.setattr(demo, "waveform_part", lambda size, begin: [])
    monkeypatch.setattr(demo, "table_part", lambda size, begin: [])
    assert main(full=True) == main(full=False) == 0
    assert asked == [269_501, 60_000]


# Progress


def test_on_a_terminal_the_bar_is_redrawn_and_wiped_away():
    stream = Terminal()
    with Progress(4, stream) as begin:
        begin("first")
        begin("second")
        assert begin.line() == "[######..................] 1/4  second  0 s"
    assert "\r\x1b[K[........................] 0/4  first  0 s" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_clock_of_the_running_step_goes_on(monkeypatch):
    monkeypatch.setattr("robust_mlp.demo._progress.SECONDS_BETWEEN_DRAWS", 0.01)
    stream = Terminal()
    with Progress(1, stream) as begin:
        begin("only")
        deadline = time.monotonic() + 5
        while stream.getvalue().count("only") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert stream.getvalue().count("only") >= 3


def test_the_bar_ends_when_the_body_raises():
    stream = Terminal()
    with pytest.raises(KeyError), Progress(2, stream) as begin:
        begin("first")
        raise KeyError
    assert not begin._drawer.is_alive()
    assert stream.getvalue().endswith("\r\x1b[K")


# The question's networks


def config_of(build):
    model = build(6, 5, 0)
    return model, [(type(layer).__name__, getattr(layer, "units", None)) for layer in model.layers]


def test_the_first_question_is_built_as_it_was_asked():
    model, layers = config_of(founding_network)
    assert layers == [("Dropout", None), *(("Dense", n) for n in (64, 32, 32, 16, 5))]
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["relu"] * 4 + ["sigmoid"]
    assert [layer.kernel_constraint.max_value for layer in model.layers[1:5]] == [3] * 4
    assert model.layers[0].rate == 0.5
    assert (model.loss, model.optimizer.momentum, model.optimizer.nesterov) == ("categorical_crossentropy", 0.9, True)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


def test_the_first_questions_learning_rate_decays_with_each_update():
    schedule = founding_network(6, 5, 0).optimizer._learning_rate
    assert float(schedule(10_000)) == pytest.approx(0.005)  # .01 / (1 + 1e-4 * 10,000)


def test_the_second_question_has_relu_under_its_softmax():
    model, layers = config_of(waveform_network)
    assert layers == [("Flatten", None), ("Dense", 40), ("Dense", 10), ("Dense", 5), ("Activation", None)]
    assert [layer.activation.__name__ for layer in model.layers[1:]] == ["relu", "relu", "relu", "softmax"]
    assert (model.loss, model.optimizer.momentum) == ("categorical_crossentropy", 0.0)


def test_a_question_network_predicts_its_labels():
    X, y = np.random.default_rng(0).standard_normal((40, 3)), np.array(["x", "y"])[np.arange(40) % 2]
    network = QuestionNetwork(waveform_network, batch_size=10, epochs=1).fit(X, y)
    assert network.predict_proba(X).sum(axis=1) == pytest.approx(1)
    assert set(network.predict(X)) <= {"x", "y"}


# Scores


class Fixed:
    """Predicts the same probabilities for each row."""

    classes_ = np.array(["a", "b", "c"])

    def __init__(self, probabilities):
        self.probabilities = np.asarray(probabilities, dtype=float)

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return self.probabilities

    def predict(self, X):
        return self.classes_[self.probabilities.argmax(axis=1)]


@pytest.mark.parametrize(
    "predicted, verdict",
    [("aaa", "always a"), ("aab", "2 of 3 classes"), ("abc", "-")],  # one class, a class missing, all of them
)
def test_the_verdict_on_others_says_which_classes_they_name(predicted, verdict):
    y = np.array(list("abc"))
    probabilities = (np.array(list(predicted))[:, None] == Fixed.classes_).astype(float)
    assert measure("x", Fixed(probabilities), (None, y), (np.zeros((3, 1)), y))[0].verdict == verdict


def test_a_probability_of_zero_for_what_happened_costs_a_finite_loss():
    y = np.array(["a", "b", "c"])
    outcome, _ = measure("x", Fixed([[0, 1, 0], [0, 1, 0], [0, 0, 1]]), (None, y), (np.zeros((3, 1)), y))
    assert outcome.log_loss == pytest.approx(-np.log(1e-7) / 3, rel=1e-4)
    assert outcome.rows_per_class == (0, 2, 1)
    assert outcome.accuracy == pytest.approx(2 / 3)


def test_a_model_without_a_report_has_none():
    assert report_of(make_pipeline(StandardScaler(), DummyClassifier())) is None
    assert report_of(DummyClassifier()) is None
