"""Facts of somebody else's rows: tables of numbers and categories have some, anything else has none."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.inspection._watch.table_facts import facts_of_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)) * [1, 1e6, 1] + [0, 0, 5]
CODES = np.repeat([0, 1], [90, 30])


def test_rows_and_shares_are_counted():
    facts = facts_of_table(X, CODES, 3)
    assert (facts.n_rows, facts.n_train, facts.n_held_out, facts.n_classes, facts.n_columns) == (120, 120, 0, 3, 3)
    assert facts.train_share == pytest.approx((0.75, 0.25, 0.0))
    assert facts.held_out_share == () and facts.smallest_class == 30
    assert facts.badly_scaled == (1,)
    np.testing.assert_allclose(facts.locations, X.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(facts.scales, X.std(axis=0), rtol=1e-6)


def test_held_out_rows_may_be_given():
    facts = facts_of_table(X, CODES, 2, validation=(X[:40], CODES[:40]))
    assert (facts.n_train, facts.n_held_out) == (120, 40)
    assert facts.held_out_share == pytest.approx((1.0, 0.0))
    assert facts.probe_source().has_foreign_rows


def test_frames_have_names_categories_and_gaps():
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(kind=pd.Categorical(np.where(CODES, "x", "y")))
    frame.loc[::2, "a"] = np.nan
    facts = facts_of_table(frame, CODES, 2)
    assert facts.feature_names == ("a", "b", "c", "kind")
    assert 0 in facts.missing
    assert (facts.locations[3], facts.scales[3]) == (0, 1)


def test_images_and_vectors_are_flattened():
    assert facts_of_table(RNG.normal(size=(120, 2, 3, 1)), CODES, 2).n_columns == 6
    assert facts_of_table(X[:, 0], CODES, 2).n_columns == 1


def test_several_inputs_lie_side_by_side():
    assert facts_of_table([X, X[:, :2]], CODES, 2).n_columns == X.shape[1] + 2
    assert facts_of_table({"a": X, "b": X[:, 0]}, CODES, 2).n_columns == X.shape[1] + 1


@pytest.mark.parametrize(
    "rows",
    [[X, X[:5]], {"a": X, "b": X[:5]}, np.where(X > 0, np.inf, X), np.array([[[1, 2], [3]]], dtype=object)],
    ids=["uneven list", "uneven dict", "infinite", "ragged"],
)
def test_what_is_no_table_has_no_facts(rows):
    assert facts_of_table(rows, CODES, 2) is None


def test_held_out_rows_of_other_columns_are_none_either():
    assert facts_of_table(X, CODES, 2, validation=(X[:, :2], CODES)) is None


def test_the_seed_decides_what_is_sampled():
    one, same = (facts_of_table(X, CODES, 2, seed=3) for _ in range(2))
    assert one.neighbour_agreement() == same.neighbour_agreement()
