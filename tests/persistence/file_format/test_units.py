"""Units of model files: both kinds come back, and those that could not predict are refused."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp import ModelFileError, load_model
from robust_mlp._prediction.radial_units import RadialUnits
from robust_mlp.persistence.file_format.arrays import ArraysOut
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.units import EFFECTS, RADIAL, Units, misfit_of_units
from tests.effect_members import effect_units, fitted_with_effects
from tests.persistence.rewriting import rewrite

NAMES = ["whole", "gappy", "other", "gappy_missing", "town_Bern", "town_Genf", "town_Sion", "who_level"]
LARGE = 2**62


def radial_units():
    rng = np.random.default_rng(0)
    return RadialUnits(np.array([0, 2]), np.ones(2), rng.normal(size=(5, 2)), rng.normal(size=(5, 3)), np.zeros(3))


@pytest.mark.parametrize("units, record", [(radial_units(), RADIAL), (effect_units(NAMES), EFFECTS)])
def test_a_record_holds_every_array_of_its_kind(units, record):
    arrays = ArraysOut()
    written = Units().write(units, Place() / "units", arrays)
    assert list(written) == list(record.codecs) and len(arrays.entries) == len(written)
    assert misfit_of_units(units, len(NAMES)) == ""


def test_a_model_file_predicts_what_the_classifier_does(tmp_path):
    clf, rows = fitted_with_effects()
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert_array_equal(again.predict_proba(rows), clf.predict_proba(rows))
    for one, other in zip(again._fitted.companions, clf._fitted.companions, strict=True):
        for name in EFFECTS.codecs:
            found, expected = getattr(one.units, name), getattr(other.units, name)
            assert found.dtype == expected.dtype
            assert_array_equal(found, expected)


def changed(name, place, value):
    """The units of the example, with another value in one array."""
    units = effect_units(NAMES)
    array = getattr(units, name).copy()
    array[place] = value
    return replace(units, **{name: array})


@pytest.mark.parametrize(
    "name, place, value",
    [
        ("step_inputs", 0, len(NAMES)),
        ("step_inputs", 0, -1),
        ("step_factors", 0, 3),
        ("step_factors", 0, -1),
        ("step_levels", 0, LARGE),
        ("step_levels", 0, -LARGE),
        ("code_inputs", 0, len(NAMES)),
        ("code_inputs", 0, -2),
        ("n_levels", 0, 0),
        ("n_levels", 0, -1),
        ("n_levels", 0, 4),
        ("n_levels", 1, LARGE),
        ("n_levels", slice(None), 2**32),  # a product of two of them is 0 in 64 bits
        ("first", 0, 3),
        ("first", 0, -2),
        ("first", 4, 2),
        ("second", 4, 2),
        ("second", 0, LARGE),
        ("numbers", 0, len(NAMES)),
        ("numbers", 0, -2),
        ("starts", 0, -1),
        ("starts", 4, 10**6),
        ("starts", 4, 407),
        ("starts", 0, LARGE),
    ],
)
def test_effects_that_do_not_fit_are_found(name, place, value):
    assert misfit_of_units(changed(name, place, value), len(NAMES))


@pytest.mark.parametrize("name", [name for name in EFFECTS.codecs if name != "table"])
def test_effects_whose_arrays_have_unequal_sizes_are_found(name):
    units = effect_units(NAMES)
    assert misfit_of_units(replace(units, **{name: getattr(units, name)[:-1]}), len(NAMES))


def test_effects_of_too_small_tables_and_of_no_inputs_are_found():
    units = effect_units(NAMES)
    assert misfit_of_units(replace(units, table=units.table[:-1]), len(NAMES))
    assert misfit_of_units(units, len(NAMES) - 1)
    per_effect = ("first", "second", "numbers", "starts")
    assert misfit_of_units(replace(units, **dict.fromkeys(per_effect, np.empty(0, np.int64))), len(NAMES))
    per_step = ("step_inputs", "step_factors", "step_levels", "thresholds")
    without = replace(units, code_inputs=np.full(3, -1), numbers=np.full(5, -1))
    without = replace(without, **dict.fromkeys(per_step, np.empty(0, np.int64)))
    assert misfit_of_units(without, 1) == ""
    assert misfit_of_units(without, 0)


def test_so_many_steps_and_factors_that_no_memory_holds_them_are_found():
    units, n = effect_units(NAMES), 2**15
    many = replace(
        units, step_inputs=np.zeros(n, int), step_factors=np.zeros(n, int), step_levels=np.zeros(n, int),
        thresholds=np.zeros(n), code_inputs=np.full(n, -1), n_levels=np.full(n, 3),
    )  # fmt: skip
    assert "too many" in misfit_of_units(many, len(NAMES))


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": np.array([0, 10**6])},
        {"inputs": np.array([-1, 0])},
        {"factors": np.ones(1)},
        {"projection": np.ones((3, 3))},
        {"shift": np.ones(2)},
    ],
)
def test_radial_units_that_do_not_fit_are_found(change):
    assert misfit_of_units(replace(radial_units(), **change), 3)


def rewritten(folder, change):
    """A file whose first companion has units that were changed in model.json."""
    clf, _ = fitted_with_effects()
    clf.save_model(folder / "m.rmlp")
    rewrite(
        folder / "m.rmlp", lambda head, entries: change(head["content"]["network"]["companions"][0]["units"], entries)
    )
    return folder / "m.rmlp"


@pytest.mark.parametrize(
    "change",
    [
        lambda units, entries: units.pop("starts"),
        lambda units, entries: units.pop("table"),
        lambda units, entries: units.update(centers=units["table"]),
        lambda units, entries: units.update(table=units["starts"]),
        lambda units, entries: units.update(starts=[0]),
    ],
)
def test_a_file_with_other_arrays_is_refused(change, tmp_path):
    with pytest.raises(ModelFileError, match=r"network\.companions\[0\]\.units"):
        load_model(rewritten(tmp_path, change))


def test_a_file_whose_effects_lie_outside_their_table_is_refused(tmp_path):
    def exchange(units, entries):
        entries[units["starts"]], entries[units["first"]] = entries[units["first"]], entries[units["starts"]]

    with pytest.raises(ModelFileError, match="factors that are not there"):
        load_model(rewritten(tmp_path, exchange))
