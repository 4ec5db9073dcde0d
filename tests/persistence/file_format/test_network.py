"""Networks come back with the order of their arrays in memory, and shapes that do not follow are refused."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp import ModelFileError, load_model
from robust_mlp.persistence.file_format.network import misfit
from tests.effect_members import fitted_with_effects
from tests.persistence.fitted_examples import fitted
from tests.persistence.rewriting import rewrite

ALL_KINDS = ["numbers", "default_ensemble", "vectors_of_levels", "batch_normalization", "linear_unscaled"]


def networks(clf):
    return [clf._fitted.weights, *clf._fitted.companions]


def arrays_of(weights):
    units = () if weights.units is None else vars(weights.units).values()
    return [*weights.trainable, *weights.moving, *units]


@pytest.mark.parametrize("name", ALL_KINDS)
def test_arrays_come_back_in_their_order_in_memory(name, tmp_path):
    clf, _ = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert len(networks(again)) == len(networks(clf))
    for one, other in zip(networks(again), networks(clf), strict=True):
        for found, expected in zip(arrays_of(one), arrays_of(other), strict=True):
            assert found.dtype == expected.dtype and found.flags.c_contiguous == expected.flags.c_contiguous
            np.testing.assert_array_equal(found, expected)


def test_the_example_of_an_ensemble_has_members_of_every_kind():
    clf, _ = fitted("default_ensemble")
    assert clf.n_additive_members_ > 0 and clf.n_radial_members_ > 0


@pytest.mark.parametrize("name", ALL_KINDS)
def test_the_networks_of_a_fit_fit(name):
    clf, _ = fitted(name)
    encoding, n_classes = clf._fitted.encoding, len(clf.classes_)
    assert misfit(clf._fitted.weights, encoding.n_outputs, encoding.embedding_sizes, n_classes) == ""


def wrong_weights(weights):
    """{what: NetworkWeights} of the wrong ones."""
    shorter = [array[..., :-1] for array in weights.trainable]
    found = {
        "an array too few": replace(weights, trainable=weights.trainable[:-1]),
        "an array too many": replace(weights, moving=[*weights.moving, np.zeros(3, np.float32)]),
        "another number of layers": replace(weights, n_hidden=weights.n_hidden + 1),
        "a linear path more or less": replace(weights, has_linear_path=not weights.has_linear_path),
        "another number of members": replace(weights, n_members=weights.n_members + 1),
        "a vote too few": replace(weights, member_weights=np.ones(weights.n_members + 1)),
        "no vote": replace(weights, member_weights=np.zeros(weights.n_members)),
        "a vote below 0": replace(weights, member_weights=-np.ones(weights.n_members)),
        "vectors more": replace(weights, n_embedded=weights.n_embedded + 1),
        "an array without axes": replace(weights, trainable=[np.array(1.0), *weights.trainable[1:]]),
    }
    for i, array in enumerate(shorter):
        found[f"array {i} too narrow"] = replace(
            weights, trainable=[*weights.trainable[:i], array, *weights.trainable[i + 1 :]]
        )
    return found


@pytest.mark.parametrize("name", ALL_KINDS)
def test_shapes_that_do_not_follow_are_found(name):
    clf, _ = fitted(name)
    encoding, n_classes = clf._fitted.encoding, len(clf.classes_)
    for what, weights in wrong_weights(clf._fitted.weights).items():
        assert misfit(weights, encoding.n_outputs, encoding.embedding_sizes, n_classes), what
    assert misfit(clf._fitted.weights, encoding.n_outputs + 1, encoding.embedding_sizes, n_classes)
    assert misfit(clf._fitted.weights, encoding.n_outputs, encoding.embedding_sizes, n_classes + 1)


def test_units_that_do_not_fit_are_found():
    clf, _ = fitted("default_ensemble")
    weights = next(weights for weights in clf._fitted.companions if weights.units is not None)
    n_inputs, n_classes = clf._fitted.encoding.n_outputs, len(clf.classes_)
    assert misfit(weights, n_inputs, (), n_classes) == ""
    far = replace(weights.units, inputs=weights.units.inputs + 10**6)
    assert misfit(replace(weights, units=far), n_inputs, (), n_classes)
    assert misfit(replace(weights, n_embedded=1), n_inputs, (3,), n_classes)


@pytest.mark.parametrize("what", ["another number of outputs", "vectors beside effects", "an input too few"])
def test_members_that_see_effects_and_do_not_fit_are_found(what):
    clf, _ = fitted_with_effects()
    weights, n_inputs = clf._fitted.companions[0], clf._fitted.encoding.n_outputs
    assert misfit(weights, n_inputs, (), 3) == ""
    wrong, sizes = weights, ()
    if what == "another number of outputs":
        wrong = replace(weights, units=replace(weights.units, table=weights.units.table[:, 1:]))
    elif what == "vectors beside effects":
        vectors = np.zeros((2, 151, 1), np.float32)
        wrong, sizes = replace(weights, n_embedded=1, trainable=[vectors, *weights.trainable]), (151,)
    else:
        n_inputs -= 1
    assert misfit(wrong, n_inputs, sizes, 3)


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("offsets", [0.0], r"network\.offsets must be a list of 3 numbers"),
        ("offsets", [0.0, 0.0, "nan"], r"network\.offsets\[2\] must be a finite number"),
        ("inverse_temperature", "nan", r"network\.inverse_temperature must be"),
        ("member_weights", [1.0], r"network\.member_weights must be 4 numbers"),
        ("companions", [{}], r"network\.companions\[0\] must be an object with the key"),
        ("encoding", None, r"network\.encoding must be an object"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(key, value, message, tmp_path):
    fitted("default_ensemble")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", lambda head, entries: head["content"]["network"].update({key: value}))
    with pytest.raises(ModelFileError, match=message):
        load_model(tmp_path / "m.rmlp")


def test_an_activation_that_nobody_knows_is_refused(tmp_path):
    fitted("numbers")[0].save_model(tmp_path / "m.rmlp")
    rewrite(
        tmp_path / "m.rmlp", lambda head, entries: head["content"]["network"]["weights"].update(activation="os.system")
    )
    with pytest.raises(ModelFileError, match=r"network\.weights\.activation must be one of 'relu'"):
        load_model(tmp_path / "m.rmlp")
