"""What 'auto' comes to."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.explanations import NEVER_TYPED
from robust_mlp._collapse.repairs import REPAIRS, plain_plan, scale_columns
from robust_mlp._fit.resolve_plan import LARGEST_BATCH_OF_SPARSE, LAYERS_OF_SPARSE, resolve_plan, with_earlier_repairs


@pytest.mark.parametrize(
    "n_rows, expected",
    [(10, 32), (1_000, 64), (3_000, 128), (1_000_000, 256)],
)
def test_batches_make_about_twenty_updates_an_epoch(n_rows, expected):
    assert resolve_plan(RobustMLPClassifier(), n_rows, 5).batch_size == expected
    assert resolve_plan(RobustMLPClassifier(batch_size=7), n_rows, 5).batch_size == 7


@pytest.mark.parametrize(
    "n_rows, expected", [(100, 12), (2_000, 12), (2_001, 8), (5_000, 8), (5_001, 6), (500_000, 6), (500_001, 4)]
)
def test_members_are_spent_where_rows_are_few(n_rows, expected):
    assert resolve_plan(RobustMLPClassifier(), n_rows, 5).n_members == expected
    assert resolve_plan(RobustMLPClassifier(n_members=2), n_rows, 5).n_members == 2


@pytest.mark.parametrize("n_rows, expected", [(100, (64, 64)), (1_000, (64, 64)), (1_001, (128, 128))])
def test_layers_are_narrow_where_rows_are_few(n_rows, expected):
    assert resolve_plan(RobustMLPClassifier(), n_rows, 5).hidden_layer_sizes == expected
    assert resolve_plan(RobustMLPClassifier(7), n_rows, 5).hidden_layer_sizes == (7,)
    earlier = {"hidden_layer_sizes": (9,), "n_members": 3}
    assert resolve_plan(RobustMLPClassifier(), n_rows, 5, earlier=earlier).hidden_layer_sizes == (9,)
    assert resolve_plan(RobustMLPClassifier(), n_rows, 5, earlier=earlier).n_members == 3
    assert resolve_plan(RobustMLPClassifier(7, n_members=2), n_rows, 5, earlier=earlier).n_members == 2


@pytest.mark.parametrize(
    "parameters, n_rows, expected",
    [
        ({}, 100, True),  # members have held-out rows at no cost
        ({"n_members": 1}, 100, False),
        ({"n_members": 1}, 200, True),
        ({"n_members": 1, "early_stopping": True}, 100, True),
        ({"early_stopping": False}, 10_000, False),
    ],
)
def test_early_stopping_where_rows_allow_it(parameters, n_rows, expected):
    assert resolve_plan(RobustMLPClassifier(**parameters), n_rows, 5).early_stopping is expected


@pytest.mark.parametrize(
    "parameters, n_rows, expected",
    [
        ({}, 100, ("cosine", 200)),  # max_iter comes first
        ({}, 5_000, ("cosine", 100)),  # 20 updates an epoch
        ({}, 20_000, ("cosine", 26)),
        ({}, 25_600, ("cosine", 40)),  # twice as many updates
        ({}, 10**6, ("cosine", 10)),  # never fewer epochs
        ({"max_iter": 4}, 10**6, ("cosine", 4)),
        ({"learning_rate_schedule": "cosine"}, 10**6, ("cosine", 200)),
        ({"learning_rate_schedule": None}, 10**6, (None, 200)),
    ],
)
def test_an_auto_schedule_ends_when_enough_updates_are_made(parameters, n_rows, expected):
    plan = resolve_plan(RobustMLPClassifier(**parameters), n_rows, 5)
    assert (plan.learning_rate_schedule, plan.max_iter) == expected


@pytest.mark.parametrize(
    "parameters, n_rows, expected",
    [
        ({}, 1_000, 200),  # twice as long: max_iter comes first
        ({}, 20_000, 200),  # 79 updates an epoch
        ({}, 100_000, 41),
        ({"max_iter": 300}, 20_000, 203),
        ({"max_iter": 4}, 10**6, 4),
        ({"learning_rate_schedule": "cosine"}, 20_000, None),  # typed epochs are typed
        ({"learning_rate_schedule": None}, 20_000, None),
    ],
)
def test_an_auto_schedule_may_become_longer_up_to_max_iter(parameters, n_rows, expected):
    assert resolve_plan(RobustMLPClassifier(**parameters), n_rows, 5).longest_schedule == expected


def test_batches_and_epochs_go_by_the_rows_of_an_epoch_and_members_by_all():
    plan = resolve_plan(RobustMLPClassifier(), 10_000, 5, n_trained=500)
    alone = resolve_plan(RobustMLPClassifier(), 500, 5)
    assert (plan.batch_size, plan.max_iter) == (alone.batch_size, alone.max_iter)
    assert plan.n_members == resolve_plan(RobustMLPClassifier(), 10_000, 5).n_members


@pytest.mark.parametrize(
    "parameters, n_rows, n_numbers, expected",
    [
        ({}, 1_000, 125, "mixed"),
        ({}, 1_000, 126, None),  # too wide
        ({}, 100_000, 31, "mixed"),
        ({}, 100_000, 32, None),  # too large
        ({"scale": None}, 100, 5, None),  # the pieces of unscaled columns would be scaled
        ({"numerical_embedding": None}, 100, 5, None),
        ({"numerical_embedding": "piecewise_linear"}, 10**6, 500, "piecewise_linear"),
    ],
)
def test_numbers_are_embedded_where_that_stays_small(parameters, n_rows, n_numbers, expected):
    assert resolve_plan(RobustMLPClassifier(**parameters), n_rows, n_numbers).numerical_embedding == expected


def test_a_repair_of_raw_columns_brings_the_embedding_of_scaled_ones():
    raw = resolve_plan(RobustMLPClassifier(scale=None), 100, 5)
    scaled = scale_columns(raw, None, None)
    assert scaled.numerical_embedding == "mixed"
    assert scaled.changes_from(raw) == {"scale": (None, "robust")}
    as_told = resolve_plan(RobustMLPClassifier(scale=None, numerical_embedding=None), 100, 5)
    assert scale_columns(as_told, None, None).numerical_embedding is None


@pytest.mark.parametrize("giants, scale", [((), "standard"), ((3,), "robust")])
def test_raw_columns_are_standardized_and_by_quartiles_where_cells_are_giant(giants, scale):
    facts = SimpleNamespace(heavy_tailed=lambda: giants)
    assert scale_columns(resolve_plan(RobustMLPClassifier(scale=None), 100, 5), None, facts).scale == scale


def test_one_width_is_one_layer_and_none_a_linear_model():
    assert resolve_plan(RobustMLPClassifier(8), 10, 5).hidden_layer_sizes == (8,)
    assert resolve_plan(RobustMLPClassifier(()), 10, 5).hidden_layer_sizes == ()


def test_an_optimizer_object_overrules_the_learning_rate():
    plan = resolve_plan(RobustMLPClassifier(optimizer=keras.optimizers.SGD(0.25)), 10, 5)
    assert plan.learning_rate == 0.25
    assert plan.optimizer["class_name"] == "SGD"


def test_changes_bear_the_names_of_parameters():
    # What a report says was changed, a user must be able to type; but for the bound on the gradient.
    parameters = set(RobustMLPClassifier().get_params()) | set(NEVER_TYPED)
    weighted = resolve_plan(RobustMLPClassifier(class_weight="balanced"), 1000, 5)
    for change in REPAIRS.values():
        changed = change(weighted, Cause(code="any"), None)
        assert set(changed.changes_from(weighted)) <= parameters
    dropped = REPAIRS["class_weight_too_strong"](weighted, Cause(code="any"), None)
    assert dropped.changes_from(weighted) == {"class_weight": ("given", None)}
    assert "class_weight" not in plain_plan(weighted, None).changes_from(weighted)


@pytest.mark.parametrize("change", [{"max_iter": 300}, {"batch_size": 64}, {"learning_rate_schedule": None}])
def test_what_goes_with_an_auto_schedule_is_said_together_with_its_epochs(change):
    plan = resolve_plan(RobustMLPClassifier(max_iter=1000, batch_size=32), 640, 5)
    said = {"learning_rate_schedule": ("auto", "cosine"), "max_iter": (100, 100)}
    said |= {name: (said.get(name, (32,))[0], value) for name, value in change.items()}
    changed = replace(plan, **change).with_typed_epochs_since(plan)
    assert changed.changes_from(plan) == said
    typed = RobustMLPClassifier(batch_size=32).set_params(**{name: value for name, (_, value) in said.items()})
    as_typed = replace(resolve_plan(typed, 640, 5), has_auto_schedule=True, epochs_of_schedule=plan.epochs_of_schedule)
    assert as_typed == changed


def test_a_schedule_that_was_typed_stays_unsaid():
    plan = resolve_plan(RobustMLPClassifier(learning_rate_schedule="linear"), 640, 5)
    assert replace(plan, batch_size=plan.batch_size * 2).changes_from(plan).keys() == {"batch_size"}


def test_what_the_guard_repaired_is_kept_by_a_warm_start_and_what_was_typed_since_counts():
    first = resolve_plan(RobustMLPClassifier(learning_rate=1e-7, dropout=0.9), 640, 5)
    kept = replace(first, learning_rate=0.002, dropout=0.1)
    assert with_earlier_repairs(first, first, kept) == kept
    typed = resolve_plan(RobustMLPClassifier(learning_rate=0.01, dropout=0.9), 640, 5)
    assert with_earlier_repairs(typed, first, kept) == replace(typed, dropout=0.1)


def test_a_sparse_table_has_one_layer_large_batches_and_plain_inputs():
    plan = resolve_plan(RobustMLPClassifier(), 100_000, 100, is_sparse=True)
    assert plan.hidden_layer_sizes == LAYERS_OF_SPARSE
    assert plan.batch_size == LARGEST_BATCH_OF_SPARSE
    assert plan.numerical_embedding is None
    assert plan.embedding_once_scaled is None
    typed = resolve_plan(RobustMLPClassifier(hidden_layer_sizes=(7, 5), batch_size=9), 100_000, 100, is_sparse=True)
    assert (typed.hidden_layer_sizes, typed.batch_size) == ((7, 5), 9)
