"""Every sentence that the guard can say to a user, read as a whole."""

import math

import pytest

from robust_mlp._collapse import explanations
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.explanations import (
    added_fix,
    advised_fix,
    finding_of,
    headline_of,
    hopeless_fix,
    settings_text,
    tried_fix,
    warning_text,
)
from robust_mlp._collapse.repairs import REPAIRS
from robust_mlp._collapse.symptoms.rules import Symptom
from robust_mlp._core.records import NeighbourAgreement, Verdict
from robust_mlp._report import Comparison, SignalSummary, TrainingReport
from tests._collapse.read_sentences import AGE, CLASSES, SOLD, said

SYMPTOM_TEXTS = {
    "one_class": (
        {"code": 0, "true": 0.72, "predicted": 0.9864},
        "The network gives nearly every row to one class. (class 'no' has 72.00% of the rows and 98.64% of the "
        "predictions)",
    ),
    "pushed_to_one_class": (
        {"code": 1, "true": 0.02, "predicted": 0.9987},
        "The weights make the network give nearly every row to one class. (class 'yes' has 2.00% of the rows and "
        "99.87% of the predictions)",
    ),
    "not_a_number": (
        {"epoch": 3},
        "The network predicts something that is not a number. (since epoch 3)",
    ),
    "constant_output": (
        {"spread": 1.24e-5},
        "The network predicts the same probabilities for every row. (the probabilities' standard deviation over rows "
        "is 1.2e-05)",
    ),
    "no_skill": (
        {"loss": 0.69412, "prior_loss": 0.69314, "score": 0.514},
        "The network predicts held-out rows no better than the class shares alone. (log loss 0.6941 against 0.6931, "
        "association 0.51)",
    ),
    "little_skill": (
        {"gain": 0.01, "loss": 0.68, "prior_loss": 0.69314},
        "The network is hardly better than the class shares alone, on training rows as well. (log loss 0.68 against "
        "0.6931)",
    ),
    "never_predicted": (
        {"codes": (0, 1)},
        "The network never predicts classes that many rows belong to. ('no', 'yes')",
    ),
    "diverged": (
        {"loss": 134.28, "prior_loss": 0.69314, "epoch": 10},
        "The training was stopped, since its loss was far above that of the class shares and not falling. (134.3 at "
        "epoch 10 against 0.6931)",
    ),
    "far_behind": (
        {"loss": 0.6143, "other": 0.29008, "name": "shallow trees"},
        "The network is far behind a simple model of the same table. (log loss 0.6143 against 0.2901 of shallow trees)",
    ),
    "held_back": (
        {"loss": 0.4143, "other": 0.29008, "name": "forest"},
        "A simple model of the same table does clearly better than the network. (log loss 0.4143 against 0.2901 of "
        "forest)",
    ),
    "outdone": (
        {"loss": 0.5469, "other": 0.41763},
        "The same network with usual settings does clearly better. (log loss 0.5469 against 0.4176)",
    ),
    "training_loss": (
        {"loss": 0.71, "prior_loss": 0.69},
        "The training loss never got clearly below that of the class shares alone. (0.71 against 0.69)",
    ),
}

RATE_HIGH = {"rate": 10.0, "usual": 0.002, "last_loss": 812.4, "prior_loss": 0.6931}
CAUSE_TEXTS = {
    "unscaled_columns": (
        {"n_columns": 2, "names": ("a", "b"), "name": "b", "mean": 1.5e6, "deviation": 40.0},
        "Columns reach the network unscaled. (scale=None and 2 columns of unusual size; 'b' has mean 1.5e+06 and "
        "standard deviation 40)",
    ),
    "heavy_tailed_columns": (
        {"n_columns": 6, "names": ("a", "b", "c", "d", "e", "f"), "name": "a"},
        "A few very large cells set the scale of their columns: all other cells look alike. (6 columns: 'a', 'b', "
        "'c', 'd' and 2 more)",
    ),
    "sorted_rows": (
        {"n_runs": 5, "expected_runs": 1600.4, "n_rows": 2000},
        "The rows are sorted by class and taken in that order. (shuffle=False and 5 runs of equal labels in 2000 rows, "
        "where random order gives about 1600)",
    ),
    "label_smoothing_too_strong": (
        {"label_smoothing": 0.95},
        "Label smoothing leaves little of the labels. (label_smoothing=0.95)",
    ),
    "class_weight_too_strong": (
        {"code": 1, "share": 0.987, "true": 0.0102, "ratio": 97.0},
        "The class weights push every row to one class. (class 'yes' has 1.02% of the rows and 98.70% of the "
        "loss; the class weights differ by a factor of 97)",
    ),
    "learning_rate_too_high": (
        RATE_HIGH,
        "The learning rate is too high. (learning_rate=10, usual 0.002; last training loss 812, prior 0.693)",
    ),
    "learning_rate_too_low": (
        {"rate": 1e-7, "usual": 0.002, "movement": 3.2e-5, "n_epochs": 5},
        "The learning rate is too low. (learning_rate=1e-07, usual 0.002; 5 epochs moved the weights by at most "
        "3.2e-05 of their length)",
    ),
    "schedule_too_short": (
        {"n_useful": 2, "n_epochs": 40},
        "The learning rate falls to nearly 0 before the network has learned. (2 of 40 epochs had a "
        "useful learning rate)",
    ),
    "batch_of_one": (
        {"usual": 64},
        "Batch normalization in batches of one row leaves nothing of the row: it is its own mean. (batch_size=1 with "
        "batch normalization, usual batch_size=64)",
    ),
    "batch_too_large": (
        {"batch_size": 10_000, "n_train": 1800, "n_updates": 5, "usual": 225},
        "The batches are so large that the weights are hardly ever updated. (batch_size=10000 of 1800 rows: 5 updates "
        "in all)",
    ),
    "too_few_epochs": (
        {"max_iter": 2, "n_updates": 16},
        "The epochs were over before the weights had been updated often enough. (max_iter=2: 16 updates in all)",
    ),
    "stopped_too_early": (
        {"n_epochs": 3, "n_iter_no_change": 1, "tol": 1e-4, "n_updates": 24},
        "Early stopping ended the training before the network had learned. (3 epochs, 24 updates; n_iter_no_change=1, "
        "tol=0.0001)",
    ),
    "no_hidden_layer": (
        {},
        "The network has no hidden layer, so it cannot combine columns. (hidden_layer_sizes=())",
    ),
    "linear_activation": (
        {"activation": "linear"},
        "The activation is linear, so that all layers together are one linear model. (activation='linear')",
    ),
    "exploding_activation": (
        {"activation": "exponential"},
        "The activation grows so fast that the numbers overflow. (activation='exponential')",
    ),
    "vanishing_gradient": (
        {"depth": 30, "activation": "sigmoid", "ratio": 1.5e-12},
        "The gradient vanishes on its way through the layers. (30 hidden layers, activation='sigmoid'; first to last "
        "gradient 1.5e-12)",
    ),
    "exploding_gradient": (
        {"depth": 9, "ratio": 4e5},
        "The gradient explodes on its way through the layers. (9 hidden layers; first to last gradient 4e+05)",
    ),
    "dead_units": (
        {"layer": "layer 2", "fraction": 1.0, "n_units": 64},
        "A layer's units answer the same to every row. (layer 2: 100% of 64 units)",
    ),
    "saturated_units": (
        {"layer": "layer 1", "fraction": 0.95, "n_units": 20},
        "A layer's units sit at the flat ends of their activation. (layer 1: 95% of 20 units)",
    ),
    "dropout_too_strong": (
        {"rate": 0.95, "left": 3.2},
        "Dropout leaves too few units to learn with. (dropout=0.95 leaves 3.2 units of the narrowest layer)",
    ),
    "input_dropout_too_strong": (
        {"rate": 0.9},
        "Dropout on the input hides too many columns at a time. (input_dropout=0.9)",
    ),
    "weight_decay_too_strong": (
        {"decay": 10.0},
        "Weight decay shrinks the weights faster than the loss can grow them. (weight_decay=10)",
    ),
    "max_norm_too_small": (
        {"bound": 0.01},
        "max_norm keeps the weights so small that every row gets the same answer. (max_norm=0.01)",
    ),
    "layer_too_narrow": (
        {"narrowest": 1},
        "A layer is so narrow that little gets through it. (1 unit)",
    ),
    "no_signal": (
        {
            "n_rows": 2000,
            "p_value": 0.34,
            "smallest_auc": 0.5512,
            "neighbours": NeighbourAgreement(n_rows=2000, agreement=0.503, chance=0.5, standard_error=0.016),
        },
        "Nothing in the features tells the classes apart. (2000 rows; smallest p-value 0.34; a signal with an area "
        "under the ROC curve of 0.551 would have been found; 50.3% of the rows have the label of their nearest "
        "neighbour, 50.0% by chance)",
    ),
    "misaligned_rows": (
        {"shift": -1, "auc": 0.9312},
        "Rows and labels are shifted against each other. (with each label moved 1 row down the area under the ROC "
        "curve is 0.931)",
    ),
    "unread_columns": (
        {"findings": (AGE, SOLD), "container": "pandas"},
        "Columns of text hold numbers or dates, and were read as categories without an order. ('age': 95.5% of the "
        "cells, such as '-', '41'; 'sold': 100.0% of the cells, such as '31.12.2024')",
    ),
    "out_of_time": (
        {"n_epochs": 2},
        "max_time ended the training before the network had learned. (2 epochs)",
    ),
    "interrupted": (
        {"n_epochs": 2},
        "The training was interrupted before the network had learned. (2 epochs)",
    ),
    "cluster_lost": (
        {"n_epochs": 2},
        "The cluster was lost before the network had learned. (2 rounds)",
    ),
    "stopped_by_callback": (
        {"n_epochs": 2},
        "A callback ended the training before the network had learned. (2 epochs)",
    ),
    "steps_bounded": (
        {"name": "epsilon", "value": 100.0, "usual": 1e-7, "movement": 0.0092, "n_epochs": 77},
        "A setting of the optimizer makes its steps tiny. (epsilon=100, usual 1e-07; 77 epochs moved the weights by at "
        "most 0.0092 of their length)",
    ),
    "pairs_alone": (
        {"pair": ("hour", "city"), "loss": 0.61234, "prior_loss": 0.6931},
        "The classes depend on pairs of columns, and hardly on any column alone. ('hour' and 'city' tell most; log "
        "loss 0.6123 with effects of pairs, 0.6931 of the class shares)",
    ),
    "too_many_held_out": (
        {"n_train": 150, "n_rows": 1500},
        "Most rows are held out, so that few are left to learn from. (150 of 1500 rows to train on)",
    ),
    "unknown": ({}, "The settings and the table show no cause. ()"),
}


@pytest.mark.parametrize("code", SYMPTOM_TEXTS)
def test_symptoms_read_well(code):
    numbers, expected = SYMPTOM_TEXTS[code]
    assert said(finding_of(Symptom(code=code, numbers=numbers), None, "", CLASSES)) == expected


@pytest.mark.parametrize("code", CAUSE_TEXTS)
def test_causes_read_well(code):
    numbers, expected = CAUSE_TEXTS[code]
    assert said(finding_of(None, Cause(code=code, numbers=numbers), "", CLASSES)) == expected


def test_the_way_out_where_columns_were_not_read_is_to_read_them():
    cause = Cause(code="unread_columns", numbers={"findings": (AGE, SOLD), "container": "pandas"})
    assert hopeless_fix(cause) == (
        "Read them first: X['age'] = pandas.to_numeric(X['age'].astype(str), errors='coerce'); X['sold'] = "
        "pandas.to_datetime(X['sold'], format='%d.%m.%Y', errors='coerce'). Cells that cannot be read become missing "
        "values."
    )
    assert hopeless_fix(Cause(code="no_signal")).startswith("No setting can change that.")


def test_no_sentence_is_left_unread():
    assert set(SYMPTOM_TEXTS) == set(explanations.SYMPTOMS)
    assert set(CAUSE_TEXTS) == set(explanations.CAUSES)


def test_every_repair_has_a_sentence_for_its_cause():
    assert set(REPAIRS) <= set(explanations.CAUSES)


def test_a_class_without_weight_is_told_as_such():
    numbers = {"code": 1, "share": 1.0, "true": 0.5, "ratio": math.inf}
    finding = finding_of(None, Cause(code="class_weight_too_strong", numbers=numbers), "", CLASSES)
    assert finding.evidence == "class 'yes' has 50.00% of the rows and 100.00% of the loss; one has weight 0"


def test_a_slow_learning_rate_without_a_measured_movement_is_told_without_one():
    numbers = {"rate": 1e-7, "usual": 0.002, "movement": None, "n_epochs": 5}
    finding = finding_of(None, Cause(code="learning_rate_too_low", numbers=numbers), "", CLASSES)
    assert said(finding) == "The learning rate is too low. (learning_rate=1e-07, usual 0.002)"


def test_nothing_to_find_without_neighbours_is_told_without_them():
    numbers = {"n_rows": 50, "p_value": 0.5, "smallest_auc": 0.8, "neighbours": None}
    finding = finding_of(None, Cause(code="no_signal", numbers=numbers), "", CLASSES)
    assert finding.evidence == (
        "50 rows; smallest p-value 0.5; a signal with an area under the ROC curve of 0.800 would have been found"
    )


def test_labels_that_belong_further_up_are_told_so():
    finding = finding_of(None, Cause(code="misaligned_rows", numbers={"shift": 2, "auc": 0.9}), "", CLASSES)
    assert finding.evidence == "with each label moved 2 rows up the area under the ROC curve is 0.900"


def test_depth_without_a_measured_gradient_is_told_without_one():
    numbers = {"depth": 30, "activation": "sigmoid", "ratio": None}
    finding = finding_of(None, Cause(code="vanishing_gradient", numbers=numbers), "", CLASSES)
    assert finding.evidence == "30 hidden layers, activation='sigmoid'"


def test_a_symptom_and_its_cause_make_one_finding():
    symptom = Symptom(code="constant_output", numbers={"spread": 0.0})
    finding = finding_of(symptom, Cause(code="dropout_too_strong", numbers={"rate": 0.9, "left": 6.4}), "Fix.", CLASSES)
    assert finding.symptom == "The network predicts the same probabilities for every row."
    assert finding.cause == "Dropout leaves too few units to learn with."
    assert finding.evidence == (
        "dropout=0.9 leaves 6.4 units of the narrowest layer; the probabilities' standard deviation over rows is 0"
    )
    assert (finding.fix, finding.code, finding.severity) == ("Fix.", "dropout_too_strong", "warning")


def half():
    """What a schedule of the user's own is called."""


CHANGES = {"learning_rate": (10.0, 0.002), "scale": (None, "robust"), "hidden_layer_sizes": ((1,), (128,))}
TYPED = "learning_rate=0.002 (was 10), scale='robust' (was None), hidden_layer_sizes=(128,) (was (1,))"


def test_settings_read_as_one_would_type_them():
    assert settings_text(CHANGES) == TYPED
    assert settings_text({"learning_rate_schedule": (half, None)}) == "learning_rate_schedule=None (was function)"
    assert settings_text({"batch_norm": (False, True)}) == "batch_norm=True (was False)"


def test_fixes_say_what_was_done_or_what_to_type():
    assert tried_fix(CHANGES, is_kept=True) == f"Trained again with {TYPED}."
    assert tried_fix(CHANGES, is_kept=False) == f"Trained again with {TYPED}, which did not help."
    assert tried_fix({}, is_kept=True) == ""
    assert advised_fix({"dropout": (0.95, 0.1)}) == "Pass dropout=0.1, or collapse_guard='repair'."
    clipped = {"batch_norm": (False, True), "clip_norm": (None, 1.0)}  # the latter is no parameter
    assert advised_fix(clipped) == "Pass batch_norm=True, or collapse_guard='repair'."
    assert advised_fix({}) == ""
    assert set(explanations.HOPELESS_FIXES) == {"misaligned_rows", "no_signal", "unread_columns"}
    assert {code: hopeless_fix(Cause(code=code)) for code in ("misaligned_rows", "no_signal")} == {
        "misaligned_rows": "Look for a row too many or too few at the top of the features or of the labels.",
        "no_signal": (
            "No setting can change that. If you expected a signal, check that rows and labels belong together (a "
            "shuffled column of labels looks just like this) and that the features were computed from the right rows."
        ),
    }


def comparison(loss=0.31, *, in_sample=False, is_finite=True):
    return Comparison(
        n_rows=200,
        in_sample=in_sample,
        support=(100, 100),
        true_share=(0.5, 0.5),
        prior=(0.5, 0.5),
        prior_loss=0.69,
        prior_accuracy=0.5,
        is_finite=is_finite,
        loss=loss if is_finite else math.nan,
    )


def test_headlines_read_well():
    slow = Cause(code="learning_rate_too_low")
    nothing = SignalSummary(found=False, p_value=0.34, probes=(), n_rows=2000, smallest_auc=0.55)
    weak = SignalSummary(found=True, p_value=1e-4, probes=(), n_rows=2000, smallest_auc=0.55)
    good, bad = comparison(), comparison(0.7)
    assert headline_of(Verdict.HEALTHY, good) == (
        "The network beats the class shares (log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.HEALTHY, comparison(in_sample=True)) == (
        "The network beats the class shares (log loss 0.31 against 0.69 on 200 training rows)."
    )
    assert headline_of(Verdict.HEALTHY, bad) == (
        "The network ranks the rows, but its probabilities are worse than the class shares (log loss 0.7 against 0.69 "
        "on 200 held-out rows)."
    )
    assert headline_of(Verdict.REPAIRED, good, cause=slow) == (
        "The first training collapsed. The learning rate is too low. Trained again, the network beats the class shares "
        "(log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.REPAIRED, good, symptom="far_behind", cause=slow) == (
        "The first training learned far less than a simple model. The learning rate is too low. Trained again, the "
        "network beats the class shares (log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.REPAIRED, good, symptom="diverged", cause=Cause(code="unknown")) == (
        "The first training was stopped, because its loss was large and did not fall. Trained again, the network beats "
        "the class shares (log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.UNCHECKED, good, symptom="training_loss", cause=slow, n_attempts=2) == (
        "The first training collapsed. The learning rate is too low. It was trained again. The different rows are too "
        "few, or of too few classes, to tell whether the network learned (log loss 0.31 against 0.69 on 200 held-out "
        "rows)."
    )
    assert headline_of(Verdict.REPAIRED, good, cause=Cause(code="unknown")) == (
        "The first training collapsed. Trained again, the network beats the class shares (log loss 0.31 against 0.69 "
        "on 200 held-out rows)."
    )
    assert headline_of(Verdict.NO_SIGNAL, bad, signal=nothing) == (
        "Nothing in the features tells the classes apart: neither the network nor simple models do better than the "
        "class shares on 2000 rows (smallest p-value 0.34)."
    )
    assert headline_of(Verdict.COLLAPSED, bad, cause=slow) == (
        "The network did not learn (log loss 0.7 against 0.69 on 200 held-out rows). The learning rate is too low."
    )
    assert headline_of(Verdict.COLLAPSED, good, symptom="far_behind", cause=slow) == (
        "The network learned far less than a simple model (log loss 0.31 against 0.69 on 200 held-out rows). The "
        "learning rate is too low."
    )
    assert headline_of(Verdict.REPAIRED, good, symptom="held_back", cause=slow) == (
        "The first training learned clearly less than a simple model. The learning rate is too low. Trained again, the "
        "network beats the class shares (log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.UNDERFIT, good, symptom="held_back", cause=slow) == (
        "The network learned something, but clearly less than a simple model (log loss 0.31 against 0.69 on 200 "
        "held-out rows). The learning rate is too low."
    )
    assert headline_of(Verdict.UNDERFIT, good, symptom="held_back", cause=slow, n_attempts=3) == (
        "The network learned something, but clearly less than a simple model after 3 trainings (log loss 0.31 against "
        "0.69 on 200 held-out rows). The learning rate is too low."
    )
    assert headline_of(Verdict.COLLAPSED, comparison(is_finite=False), n_attempts=4) == (
        "The network did not learn in any of 4 trainings."
    )
    assert headline_of(Verdict.UNCHECKED, good, unchecked="off") == (
        "Not checked, because collapse_guard='off' (log loss 0.31 against 0.69 on 200 held-out rows)."
    )
    assert headline_of(Verdict.UNCHECKED, None) == (
        "The different rows are too few, or of too few classes, to tell whether the network learned."
    )
    assert headline_of(Verdict.UNCHECKED, comparison(in_sample=True)) == (
        "No row was held out, so how good the network is on new rows is unknown (log loss 0.31 against 0.69 on "
        "200 training rows)."
    )
    assert headline_of(Verdict.UNCHECKED, bad, signal=weak) == (
        "The signal is too weak for the rows at hand to tell whether the network found it (log loss 0.7 against 0.69 "
        "on 200 held-out rows)."
    )


def test_warnings_read_well():
    slow = Cause(code="learning_rate_too_low", numbers=CAUSE_TEXTS["learning_rate_too_low"][0])
    finding = finding_of(None, slow, "Pass learning_rate=0.002, or collapse_guard='repair'.", CLASSES)
    collapsed = TrainingReport(verdict=Verdict.COLLAPSED, headline="The network did not learn.", findings=(finding,))
    assert warning_text(collapsed) == (
        "The network did not learn. Pass learning_rate=0.002, or collapse_guard='repair'. See report_ for the evidence."
    )
    bare = TrainingReport(verdict=Verdict.NO_SIGNAL, headline="Nothing in the features tells the classes apart.")
    assert warning_text(bare) == "Nothing in the features tells the classes apart. See report_ for the evidence."


def test_members_that_stand_in_are_said_in_the_headline():
    cause = Cause(code="pairs_alone", numbers=CAUSE_TEXTS["pairs_alone"][0])
    told = headline_of(Verdict.REPAIRED, comparison(), cause=cause, added="mixed-effects members")
    assert told.startswith("The first training collapsed. The classes depend on pairs of columns,")
    assert "With mixed-effects members, the classifier beats the class shares (log loss" in told
    assert added_fix("mixed-effects members").startswith("Added mixed-effects members.")


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.REPAIRED, Verdict.UNCHECKED])
def test_good_news_is_no_warning(verdict):
    assert warning_text(TrainingReport(verdict=verdict, headline="All is well.")) is None


def test_the_settings_of_an_optimizer_are_called_by_its_class():
    changes = {"optimizer": ({"class_name": "adamw", "config": {"weight_decay": 20.0}}, "adamw")}
    assert explanations.settings_text(changes) == "optimizer='adamw' (was adamw(...))"
