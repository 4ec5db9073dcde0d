"""Optimizers of Keras' own come back, and no other class can be named."""

import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format.optimizer import SCHEDULES, Optimizer, foreign_part
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.values import write_value

HERE = Place() / "optimizer"


def of(module="keras.optimizers", class_name="Adam", config=None, registered_name=None):
    return {"module": module, "class_name": class_name, "config": config or {}, "registered_name": registered_name}


def test_settings_of_keras_come_back():
    import keras

    from robust_mlp._network.optimizers import make_optimizer, settings_of

    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    for optimizer in (
        keras.optimizers.Adam(0.01, beta_1=0.8, clipnorm=1.0),
        keras.optimizers.SGD(schedule, momentum=0.9),
        keras.optimizers.RMSprop(keras.optimizers.schedules.PiecewiseConstantDecay([10], [0.1, 0.01])),
    ):
        settings = settings_of(optimizer)
        found = Optimizer().read(Optimizer().write(settings, HERE, None), HERE, None)
        assert found == settings
        assert make_optimizer(found).get_config() == optimizer.get_config()


def test_the_schedules_are_those_of_keras():
    import keras

    classes = {name for name, value in vars(keras.optimizers.schedules).items() if isinstance(value, type)}
    assert set(SCHEDULES) == classes - {"LearningRateSchedule"}


WRONG = [
    "system",
    of(module="os"),
    of(class_name="Lambda"),
    of(module="keras.layers"),
    of(registered_name="mine>Adam"),
    of(config={"learning_rate": of(module="os", class_name="system")}),
    of(config={"learning_rate": of(module="keras.optimizers.schedules", class_name="LearningRateSchedule")}),
    of(config={"learning_rate": of("keras.optimizers.schedules", "CosineDecay", {"alpha": of()})}),
    of(config={"learning_rate": {"class_name": "system"}}),
    of(config={"beta_1": of()}),
    of(config={"beta_1": [of()]}),
    {"class_name": "Adam"},
    ["adam"],
    None,
]


@pytest.mark.parametrize("settings", WRONG)
def test_other_classes_are_refused(settings):
    assert foreign_part(settings)
    with pytest.raises(ModelFileError, match="optimizer must be the name or the settings of one of Keras' optimizers"):
        Optimizer().read(write_value(settings), HERE, None)
    with pytest.raises(ModelFileError, match=r"Pass leave_out=\['optimizer'\]"):
        Optimizer().write(settings, HERE, None)
