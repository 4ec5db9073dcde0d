"""`load_model`: from a model file to the fitted classifier.

Builds classes of this package only, chosen here by the kind that the file tells. Nothing that a file names is imported
or called."""

import numpy as np
from sklearn.base import clone

from robust_mlp._system.missing_packages import check_installed
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format import classifier as robust_mlp_classifier
from robust_mlp.persistence.file_format import keras_config, prior_shift
from robust_mlp.persistence.file_format.model_file import opened


def load_model(path):
    """Read a fitted classifier from a model file.

    The file runs no code: it holds values and arrays, and each is checked before it is used. The classifier predicts
    the same bits as the one that was saved. It can also go on: `partial_fit`, ``warm_start=True``, ``report_``.

    Predicting needs NumPy and scikit-learn only: neither TensorFlow, Keras, scikeras nor imbalanced-learn is imported,
    except for a GuardedKerasClassifier.

    Parameters
    ----------
    path : str or path-like
        A file that `save_model` wrote, in this version of the package or in an earlier one.

    Returns
    -------
    clf : RobustMLPClassifier, PriorShiftClassifier or GuardedKerasClassifier
        Fitted, of the class that was saved. A parameter that was left out of the file has its default.

    Raises
    ------
    ModelFileError
        If the file is damaged, is no model file, or was written by a later version. It is a ValueError.
    OSError
        If there is no such file, or it may not be read.
    ImportError
        If the file holds a GuardedKerasClassifier, and Keras, TensorFlow or scikeras is not installed.

    See Also
    --------
    RobustMLPClassifier.save_model : Writes the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, load_model
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = RobustMLPClassifier(max_iter=5, random_state=0, collapse_guard="off").fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     clf.save_model(Path(folder) / "iris.rmlp")
    ...     loaded = load_model(Path(folder) / "iris.rmlp")
    >>> bool((loaded.predict_proba(X) == clf.predict_proba(X)).all())
    True
    """
    return load_with_more(path)[0]


def load_with_more(path):
    """As `load_model`, with what other parts of the package keep in the file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    clf : RobustMLPClassifier
    more : dict
        Not checked.
    package_version : str
        Of the package that wrote the file.

    Raises
    ------
    ModelFileError, OSError
        As `load_model`.
    """
    with opened(path) as model_file:
        build = _BUILDERS.get(model_file.kind)
        if build is None:
            raise ModelFileError(f"is no valid model file: its kind is none of {', '.join(_BUILDERS)}.")
        return build(model_file.content, model_file.arrays), model_file.more, model_file.package_version


def _robust_mlp_classifier(content, arrays):
    from robust_mlp.classifier import RobustMLPClassifier

    restored = robust_mlp_classifier.restore(content, arrays)
    clf = RobustMLPClassifier()
    unknown = sorted(set(restored.parameters) - set(clf.get_params(deep=False)))
    if unknown:
        raise ModelFileError(f"is no valid model file: RobustMLPClassifier has no parameter {unknown[0]!r}.")
    for name, value in restored.parameters.items():
        setattr(clf, name, value)
    clf.__dict__.update(restored.attributes)
    if restored.training is not None:
        clf._partial = _partial_training(clf, restored.training)
    return clf


def _partial_training(clf, training):
    """The state that `partial_fit` goes on from."""
    from robust_mlp._core.training_data import Trained
    from robust_mlp._data.growing_encoding import GrowingEncoding
    from robust_mlp._data.unit_changes import Settling
    from robust_mlp._fit.labelled_table import LabelledTable
    from robust_mlp._fit.partial_fit import PartialTraining
    from robust_mlp._fit.rehearsal import Rehearsal
    from robust_mlp._fit.reservoir import Reservoir
    from robust_mlp._fit.scale_following import ScaleFollowing

    n_slots, n_members = training["slots"], clf._fitted.weights.n_members
    if n_slots is not None and len(n_slots) != n_members:
        raise ModelFileError(f"is no valid model file: training.slots must be those of {n_members} members.")
    trained = Trained(
        weights=clf._fitted.weights,
        slots=training["slots"],
        n_steps=training["n_steps"],
        inverse_temperature=training["logit_factor"],
    )
    growing = training["growing"]
    is_split = "settled" in growing and "recent" in growing  # earlier versions did not write them
    settling = Settling(growing["settled"], growing["recent"]) if is_split else Settling.of(growing["moments"])
    rehearsed = training.get("rehearsal")
    reservoir = dict(training["reservoir"], has_trained=np.array(training["reservoir"]["has_trained"], dtype=bool))
    for name in ("table", "first"):
        reservoir[name] = None if reservoir[name] is None else LabelledTable(**reservoir[name])
    return PartialTraining(
        plan=clf._plan,
        growing=GrowingEncoding(clf._fitted.encoding, settling, growing["scale_rows"], growing["masses"]),
        reservoir=Reservoir(**reservoir),
        seeds=training["seeds"],
        class_mass=training["class_mass"],
        losses=training["losses"],
        trained=trained,
        rehearsal=Rehearsal(None if rehearsed is None else LabelledTable(**rehearsed)),
        following=ScaleFollowing(**training.get("following", {})),
        fitted=clf._fitted,
        inverse_temperature=training["inverse_temperature"],
    )


def _prior_shift_classifier(content, arrays):
    from robust_mlp._core.calibration import Calibration
    from robust_mlp.priors import PriorShiftClassifier, ShiftTest
    from robust_mlp.priors._source import Source

    def inner_of(description):
        inner = _robust_mlp_classifier(description, arrays)
        return inner, len(inner.classes_)

    found = prior_shift.restore(content, arrays, inner_of)
    inner = found["inner"]
    shifted = PriorShiftClassifier(inner if found["was_fitted"] else clone(inner), **found["parameters"])
    if found["has_estimator"]:
        shifted._take(inner)
    shifted.__dict__.update(found["attributes"])
    kinds = {"_source": Source, "_calibration": Calibration, "shift_test_": ShiftTest}
    for name, fields in found["records"].items():
        setattr(shifted, name, None if fields is None else kinds[name](**fields))
    return shifted


def _guarded_keras_classifier(content, arrays):
    check_installed("A GuardedKerasClassifier, which is in this file,", "keras", "tensorflow", "scikeras")
    from robust_mlp.keras_classifier import GuardedKerasClassifier, model_file

    return model_file.restore(content, arrays, GuardedKerasClassifier)


# By the kind in the file. Another kind is refused.
_BUILDERS = {
    robust_mlp_classifier.KIND: _robust_mlp_classifier,
    prior_shift.KIND: _prior_shift_classifier,
    keras_config.KIND: _guarded_keras_classifier,
}
