"""Every piece of advice that the guard can give, read as a whole."""

import pytest

from robust_mlp._collapse.advice_sentences import ADVICE, advice_finding, column_text
from robust_mlp._collapse.causes import Cause
from tests._collapse.read_sentences import AGE, CLASSES, PRICE, SOLD, found, said

ADVICE_TEXTS = {
    "cut_short": (
        {
            "by": "max_time",
            "n_epochs": 12,
            "max_iter": 200,
            "number": 1,
            "kept": 1,
            "best_epoch": 9,
            "is_hopeless": False,
        },
        "max_time ended the training. (after 12 of at most 200 epochs)",
        "Every figure above is of this cut network, with the weights of epoch 9. Pass a larger max_time to finish it.",
    ),
    "left_out": (
        {"stages": ("extra members", "simple models")},
        "max_time left no time for parts of the fit. (extra members, simple models)",
        "No figure above includes them. Pass a larger max_time to have them.",
    ),
    "can_go_on": (
        {"path": "fit.rmlp"},
        "The checkpoint file holds the trainings so far. (fit.rmlp)",
        "Call fit again with the same rows and settings: it goes on where this one was cut.",
    ),
    "in_sample": (
        {"n_rows": 40},
        "No row was held out, so the network was judged on rows that it was trained on. (40 rows)",
        "Pass X_val and y_val, early_stopping=True or n_members > 1 for an honest judgement.",
    ),
    "few_held_out": (
        {"n_rows": 25, "n_members": 1},
        "The held-out rows are too few to prove that the network learned. The rows that it was trained on and simple "
        "models speak for it. (25 held-out rows)",
        "Pass n_members > 1, which holds out every row once, or X_val and y_val, for a proof.",
    ),
    "one_class_held_out": (
        {"n_rows": 40},
        "All held-out rows belong to one class, so they cannot tell whether the network learned. (40 rows)",
        "Pass X_val and y_val with rows of every class.",
    ),
    "decision_collapse": (
        {"auc": 0.7123, "code": 0, "share": 0.884},
        "The network ranks the rows well, and yet the same class is the most probable one for every row. (area under "
        "the ROC curve 0.712; 88.40% of the rows are of class 'no')",
        "The probabilities suit these class shares, so another training would not help: decision='balanced', a scorer "
        "or a matrix of costs as decision= gives the other classes a chance.",
    ),
    "rare_classes_never_predicted": (
        {"codes": (1,), "auc": 0.8},
        "Classes that the network ranks well are never its first choice. ('yes'; area under the ROC curve at least "
        "0.800)",
        "decision='balanced', a scorer or a matrix of costs as decision= gives them a chance.",
    ),
    "overconfident": (
        {"loss": 1.2, "prior_loss": 0.69, "auc": 0.81, "is_tempered": False},
        "The network ranks the rows but is too sure of itself: its log loss is worse than that of the class shares. "
        "(log loss 1.2 against 0.69; area under the ROC curve 0.810)",
        "Pass early_stopping=True, more dropout or weight_decay, or calibrate with CalibratedClassifierCV.",
    ),
    "wrong_level": (
        {"loss": 0.3, "prior_loss": 0.18, "auc": 0.99, "code": 1, "mean": 0.2, "share": 0.044},
        "The network ranks the rows, and its probabilities are at a wrong level: their log loss is worse than that of "
        "the class shares. (class 'yes' has 4.40% of the rows and a mean probability of 20.00%; log loss 0.3 against "
        "0.18; area under the ROC curve 0.990)",
        "Pass more epochs, or calibrate with CalibratedClassifierCV; the ranking needs neither.",
    ),
    "weighted_predictions": (
        {"code": 1, "predicted": 0.52, "served": 0.92},
        "The figures are for the class shares of the data; class weights or a sampler make predict choose otherwise. "
        "(class 'yes' has 52.0% of the predictions above, and 92.0% of predict's)",
        "prior_correction=True gives honest probabilities; decision='balanced' serves rare classes without weights.",
    ),
    "late_collapse": (
        {"epoch": 3, "last_epoch": 30, "kept": 3},
        "The network learned and then lost it again for good. (best epoch 3 of 30)",
        "The weights of the best epoch are kept. A lower learning_rate keeps the training stable.",
    ),
    "simple_models_do_better": (
        {"loss": 0.4143, "other": 0.29008, "name": "forest"},
        "A simple model does clearly better on this table, and no setting explains it. (log loss 0.4143 of the "
        "network, 0.2901 of forest)",
        "Models of that kind may suit the table better than networks, for example HistGradientBoostingClassifier.",
    ),
    "trees_do_better": (
        {"loss": 0.5023, "other": 0.38021, "share": 0.2431, "n_rows": 10_000, "n_trained": 30_120},
        "The training is sound, and boosted trees predict this table clearly better. (log loss 0.5023 of the network, "
        "0.3802 of trees, 24% less, on 10,000 held-out rows; trees fitted to 30,120 rows)",
        "Compare with HistGradientBoostingClassifier: compare_models(clf, X, y). Columns that say directly what trees "
        "find in steps, such as ratios, differences, or cells of a map as categories, may help the network.",
    ),
    "retrained_members": (
        {"members": (2, 7), "n_members": 8},
        "Members of the ensemble had not learned what the others had, and were trained again from other first weights. "
        "(2, 7 of 8)",
        "They now do better on the rows they left out. Fewer layers or batch_norm=True make a bad start rarer.",
    ),
    "overfitting": (
        {"best": 0.31, "last": 0.52, "epoch": 12, "is_best_kept": True},
        "The held-out loss rose again while the training loss fell. (0.31 at epoch 12, 0.52 at the end)",
        "The weights of the best epoch are kept. More dropout or weight_decay may gain something.",
    ),
    "still_improving": (
        {
            "earlier": 0.6,
            "earlier_epoch": 15,
            "last": 0.5,
            "last_epoch": 20,
            "has_auto_schedule": True,
            "is_slow": True,
        },
        "The held-out loss was still falling when the epochs were over. (0.6 at epoch 15, 0.5 at epoch 20)",
        "Pass learning_rate_schedule='cosine', max_iter=40: the 'auto' schedule ends by itself, "
        "whatever max_iter is. Or raise learning_rate.",
    ),
    "extreme_settings": (
        {"causes": (Cause(code="dropout_too_strong", numbers={"rate": 0.95, "left": 3.2}),)},
        "The network learned in spite of settings that often stop one. (dropout=0.95 leaves 3.2 units of the narrowest "
        "layer)",
        "Usual values may do better.",
    ),
    "prior_shift": (
        {"codes": (0, 1), "code": 1, "train": 0.4, "held_out": 0.2},
        "The held-out rows have other class shares than the training rows. (class 'yes': 40.00% in training, 20.00% "
        "held out)",
        "PriorShiftClassifier adapts the probabilities to the shares of new rows.",
    ),
    "conflicting_labels": (
        {"share": 0.25, "ceiling": 0.8751, "floor": 0.123456},
        "Rows with the very same features carry different labels. (25.0% of the rows; no model can be right on more "
        "than 87.5% of all rows, nor reach a log loss below 0.1235)",
        "Check the labels, or add the features that tell these rows apart.",
    ),
    "numbers_in_text": (
        {"findings": (PRICE, AGE), "container": "pandas", "is_serious": True},
        "Columns of text hold numbers, and were read as categories without an order. ('price': 98.0% of the cells, "
        "such as '?', '1,200.50 CHF', '80.00 CHF'; 'age': 95.5% of the cells, such as '-', '41')",
        "Type X['price'] = pandas.to_numeric(X['price'].astype(str).str.replace(r'[A-Za-z]+\\.?|[^\\d.+-]', '', "
        "regex=True), errors='coerce'); X['age'] = pandas.to_numeric(X['age'].astype(str), errors='coerce'). Cells "
        "that cannot be read become missing values.",
    ),
    "dates_in_text": (
        {"findings": (SOLD,), "container": "pandas", "is_serious": False},
        "Columns of text hold dates, and were read as categories without an order. ('sold': 100.0% of the cells, such "
        "as '31.12.2024')",
        "Type X['sold'] = pandas.to_datetime(X['sold'], format='%d.%m.%Y', errors='coerce'). Cells that cannot be read "
        "become missing values.",
    ),
    "text_read_as_numbers": (
        {"findings": (found("text_read_as_numbers", "a", examples=("'1.5'", "'2'")),), "container": "pandas"},
        "Columns of text hold nothing but numbers, and were read as numbers. ('a': 100.0% of the cells, such as '1.5', "
        "'2')",
        "Where they are codes and no quantities, type X['a'] = X['a'].astype('category').",
    ),
    "telling_columns": (
        {
            "findings": (found("telling_columns", "status", share=0.998, examples=("'gone'", "'here'")),),
            "container": "pandas",
        },
        "Columns tell the label of nearly every row by themselves. ('status': 99.8% of the rows that were not used to "
        "find out, such as 'gone', 'here')",
        "If they are made from the label, or known only after it, no figure here holds for new rows: type "
        "X = X.drop(columns=['status']).",
    ),
    "unique_levels": (
        {
            "findings": tuple(found("unique_levels", f"id{i}", examples=("'a7'", "'b9'")) for i in range(5)),
            "container": "polars",
        },
        "Columns of categories are different in nearly every row, so that hardly any level helps a new row. ('id0': "
        "100.0% of the cells are different, such as 'a7', 'b9'; 'id1': 100.0% of the cells are different, such as "
        "'a7', 'b9'; 'id2': 100.0% of the cells are different, such as 'a7', 'b9'; 'id3': 100.0% of the cells are "
        "different, such as 'a7', 'b9' and 1 more)",
        "Type X = X.drop(['id0', 'id1', 'id2', 'id3', 'id4']), or make columns of them that rows share.",
    ),
    "similar_levels": (
        {
            "findings": (found("similar_levels", "town", share=0.1, examples=("'Bern'", "'bern'")),),
            "container": "pandas",
        },
        "Levels differ only in case or blanks. ('town': 10.0% of the cells, such as 'Bern', 'bern')",
        "If they mean the same, type X['town'] = X['town'].str.casefold().str.split().str.join(' ').",
    ),
    "similar_labels": (
        {"findings": (found("similar_labels", "", share=0.5, examples=("'No'", "'no'")),), "container": "array"},
        "Labels differ only in case or blanks, and count as different classes. ('No', 'no')",
        "If they mean the same, type y = [' '.join(label.casefold().split()) for label in y].",
    ),
    "rounded_integers": (
        {"findings": (found("rounded_integers", "hash"),), "container": "pandas"},
        "Columns hold whole numbers beyond 2**53 that lie far apart, and were rounded: a float does not tell all of "
        "them from their neighbours. ('hash')",
        "If they are keys, drop them or read them as categories: type X['hash'] = X['hash'].astype('category').",
    ),
    "identifier_like_columns": (
        {"names": ("id",), "labels": ("id",), "container": "pandas"},
        "Columns look like identifiers: a different whole number in every row. ('id')",
        "If they say nothing about new rows, type X = X.drop(columns=['id']).",
    ),
    "constant_columns": (
        {"names": ("a", "b"), "labels": ("a", "b"), "container": "polars"},
        "Columns have the same value in every row. ('a', 'b')",
        "They do no harm and can be dropped: X = X.drop(['a', 'b']).",
    ),
    "mostly_missing_columns": (
        {"names": ("x3",), "labels": (3,), "container": "array"},
        "Columns are missing in nearly every row. ('x3')",
        "They do no harm and can be dropped: X = numpy.delete(X, [3], axis=1).",
    ),
    "duplicate_columns": (
        {
            "pairs": (("b", "a"), ("c", "a"), ("d", "a"), ("e", "a"), ("f", "a")),
            "labels": ("b", "c", "d", "e", "f"),
            "container": "pandas",
        },
        "Columns repeat others exactly. ('b' repeats 'a'; 'c' repeats 'a'; 'd' repeats 'a'; 'e' repeats 'a' and 1 "
        "more)",
        "They can be dropped: X = X.drop(columns=['b', 'c', 'd', 'e', 'f']).",
    ),
}


@pytest.mark.parametrize("code", ADVICE_TEXTS)
def test_advice_reads_well(code):
    numbers, expected, fix = ADVICE_TEXTS[code]
    finding = advice_finding(Cause(code=code, numbers=numbers, can_repair=False), CLASSES)
    assert (said(finding), finding.fix) == (expected, fix)
    severity = "warning" if numbers.get("is_serious") else "info"
    assert (finding.code, finding.severity, finding.symptom) == (code, severity, "")


def test_a_warning_about_a_column_reads_well():
    numbers = {"findings": (AGE,), "container": "pandas", "is_serious": True}
    finding = advice_finding(Cause(code="numbers_in_text", numbers=numbers, can_repair=False), CLASSES)
    assert column_text(finding) == (
        "Columns of text hold numbers, and were read as categories without an order. ('age': 95.5% of the cells, such "
        "as '-', '41') Type X['age'] = pandas.to_numeric(X['age'].astype(str), errors='coerce'). Cells that cannot be "
        "read become missing values."
    )


def fix_of(code, **numbers):
    """What to type for one piece of advice."""
    return advice_finding(Cause(code=code, numbers=ADVICE_TEXTS[code][0] | numbers, can_repair=False), CLASSES).fix


@pytest.mark.parametrize(
    "has_auto_schedule, is_slow, fix",
    [
        (False, True, "Pass max_iter=40, or raise learning_rate."),
        (False, False, "Pass max_iter=40."),
        (
            True,
            False,
            "Pass learning_rate_schedule='cosine', max_iter=40: the 'auto' schedule ends by itself, "
            "whatever max_iter is.",
        ),
    ],
)
def test_more_epochs_are_typed_with_the_schedule_only_where_that_ends_by_itself(has_auto_schedule, is_slow, fix):
    assert fix_of("still_improving", has_auto_schedule=has_auto_schedule, is_slow=is_slow) == fix


def test_usual_values_that_were_tried_are_not_advised():
    causes = (Cause(code="dropout_too_strong", numbers={"rate": 0.95, "left": 3.2}),)
    tried = Cause(code="extreme_settings", numbers={"causes": causes, "loss": 0.41, "other": 0.40512})
    assert advice_finding(tried, CLASSES).fix == (
        "A second training with usual values was not clearly better (log loss 0.4051 against 0.41), so the first one "
        "is kept."
    )


def test_what_is_done_about_overfitting_depends_on_which_epoch_is_kept():
    assert fix_of("overfitting", is_best_kept=False) == (
        "The weights of a later epoch are kept. early_stopping=True keeps those of the best."
    )


def test_probabilities_with_a_temperature_need_no_early_stopping():
    assert fix_of("overconfident", is_tempered=True) == (
        "Pass more dropout or weight_decay, or calibrate with CalibratedClassifierCV."
    )


@pytest.mark.parametrize(
    "by, said_of_it",
    [
        ("max_time", "max_time ended training 2. (after 3 of at most 200 epochs)"),
        ("interrupted", "An interrupt ended training 2. (after 3 of at most 200 epochs)"),
        ("callback", "A callback ended training 2. (after 3 of at most 200 epochs)"),
    ],
)
def test_a_cut_training_beside_a_whole_one_says_which_figure_is_whose(by, said_of_it):
    numbers = {"by": by, "n_epochs": 3, "max_iter": 200, "number": 2, "kept": 1, "best_epoch": 2, "is_hopeless": False}
    finding = advice_finding(Cause(code="cut_short", numbers=numbers, can_repair=False), CLASSES)
    assert said(finding) == said_of_it
    more = " Pass a larger max_time to finish it." if by == "max_time" else ""
    assert finding.fix == (
        "The figures above are of training 1, which was not cut. Only the held-out loss of training 2 is of a cut "
        f"network.{more}"
    )


def test_no_advice_is_left_unread():
    assert set(ADVICE_TEXTS) == set(ADVICE)
