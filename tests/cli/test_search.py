"""fit --search: the best setting of the training rows is fitted, typed ones are kept, and what was found is shown."""

import pytest

import robust_mlp.search._within_time as within_time
from robust_mlp import load_model
from robust_mlp.search._within_time import SearchOutcome, Trial
from tests.cli.examples import FAST, mixed_table

FOUND = {"learning_rate": 0.0034567, "batch_size": 16}


@pytest.fixture
def found(monkeypatch):
    """A search that finds what the test says, and notes what it was given."""
    given = {"trials": [Trial({}, 0.5, (1.0, 2.0)), Trial(FOUND, 0.4, (1.0, 1.0))]}

    def search(estimator, X, y, space, **options):
        given.update(options, estimator=estimator, n_rows=len(X), names=sorted(space))
        return SearchOutcome(tuple(given["trials"]))

    monkeypatch.setattr(within_time, "search_within", search)
    return given


def test_the_best_setting_is_fitted_and_shown(run, found):
    mixed_table().to_csv("data.csv", index=False)
    arguments = ["fit", "data.csv", "--target", "label", *FAST, "--search", "--model-out", "m.rmlp"]
    code, output, error = run(*arguments)
    assert (code, error) == (0, "")
    assert output.splitlines()[:2] == [
        "Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside.",
        "Search: 2 settings tried in 5 s. Best: batch_size=16 learning_rate=0.003457 (log loss 0.4000 over the folds; "
        "0.5000 without a change).",
    ]
    assert (found["n_rows"], found["seconds"]) == (192, 60.0)
    fitted = load_model("m.rmlp")
    assert (fitted.learning_rate, fitted.batch_size, fitted.max_iter) == (0.0034567, 16, 30)


@pytest.mark.parametrize(
    "trials, said",
    [
        (
            [Trial({}, 0.4, (1.0, 2.0)), Trial(FOUND, 0.5, (1.0, 1.0))],
            "Search: 2 settings tried in 5 s. None was better than the first, without a change (log loss 0.4000 over "
            "the folds).",
        ),
        (
            [Trial({}, 0.4, (1.0, 2.0))],
            "Search: 1 setting tried in 3 s. There was no time for another; a longer --time-limit gives more.",
        ),
    ],
)
def test_a_search_that_finds_nothing_says_so(run, found, trials, said):
    found["trials"] = trials
    mixed_table(60).to_csv("data.csv", index=False)
    code, output, _ = run("fit", "data.csv", "--target", "label", *FAST, "--search", "--time-limit", "7")
    assert code == 0
    assert output.splitlines()[1] == said
    assert found["seconds"] == 7.0


def test_typed_parameters_are_not_searched(run, found):
    mixed_table(60).to_csv("data.csv", index=False)
    arguments = ["--search", "--set", "learning_rate=0.01", "dropout=0.2"]
    assert run("fit", "data.csv", "--target", "label", *FAST, *arguments)[0] == 0
    assert found["names"] == ["batch_size", "numerical_embedding"]
    assert (found["estimator"].learning_rate, found["estimator"].dropout) == (FOUND["learning_rate"], 0.2)


def test_a_terminal_is_told_of_each_trial(capsys):
    from robust_mlp.cli._search import _tell_trial

    _tell_trial(SearchOutcome((Trial({}, 0.4, (1.0, 2.0)), Trial(FOUND, 0.5, (1.0, 1.0)))))
    assert capsys.readouterr().err == (
        "robust-mlp: note: search: setting 2, log loss 0.5000 in 2 s; best so far 0.4000.\n"
    )


def test_ctrl_c_in_a_search_ends_with_130_and_writes_nothing(run, monkeypatch):
    import os
    import signal

    import keras

    from robust_mlp import RobustMLPClassifier
    from robust_mlp.cli import _fit

    class PressesCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    classifier = RobustMLPClassifier((4,), n_members=1, max_iter=20, callbacks=[PressesCtrlC()])
    monkeypatch.setattr(_fit, "classifier_from", lambda arguments: classifier)
    mixed_table(60).to_csv("data.csv", index=False)
    code, output, error = run("fit", "data.csv", "--target", "label", "--search", "--model-out", "m.rmlp")
    assert (code, error) == (130, "robust-mlp: error: interrupted.\n")
    assert "Search" not in output and os.listdir() == ["data.csv"]


def test_there_is_nothing_to_try_where_everything_is_typed(run, found):
    mixed_table(60).to_csv("data.csv", index=False)
    typed = ["--set", "learning_rate=0.01", "dropout=0.2", "batch_size=8", "numerical_embedding=None"]
    code, output, _ = run("fit", "data.csv", "--target", "label", *FAST, *typed, "--search")
    assert code == 0
    assert output.splitlines()[1] == "Search: nothing to try, since --set gives all that it would change."
    assert "names" not in found


def test_a_search_is_made_for_real(run):
    mixed_table(60).to_csv("data.csv", index=False)
    settings = ["--set", "max_iter=5", "n_members=1", "hidden_layer_sizes=(4,)", "--random-state", "0"]
    code, output, error = run("fit", "data.csv", "--target", "label", *settings, "--search", "--time-limit", "1e-3")
    assert (code, error) == (0, "")
    assert output.splitlines()[1].startswith("Search: 1 setting tried in ")
