"""Writes the model files that must load for ever: python -m tests.persistence.make_golden

Once for each format and package version that changes what is written. Files that are there are never written again."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from robust_mlp import PriorShiftClassifier, __version__
from robust_mlp.persistence.file_format.archive import FORMAT_VERSION
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly, training_table
from tests.persistence.json_rows import to_json_rows

FOLDER = Path(__file__).parent / "golden"
N_ROWS = 12


def write(name, clf, new):
    """Write one model with its predictions for a few rows, unless it is there."""
    place = FOLDER / f"format{FORMAT_VERSION}_{__version__}" / name
    if place.with_suffix(".json").exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    new = new[:N_ROWS]
    clf.save_model(place.with_suffix(".rmlp"))
    rows, probabilities = to_json_rows(new), quietly(clf.predict_proba, new)
    content = {
        "rows": rows,
        "probabilities": probabilities.tolist(),
        "labels": quietly(clf.predict, new).tolist(),
        "report": json.loads(clf.report_.to_json()) if hasattr(clf, "report_") else None,
        "classes": clf.classes_.tolist(),
    }
    place.with_suffix(".json").write_text(json.dumps(content) + "\n")


def keras_network():
    """(GuardedKerasClassifier, rows to predict): a user's own network."""
    import keras

    from robust_mlp import GuardedKerasClassifier

    def network():
        layers = [keras.layers.Dense(6, activation="relu"), keras.layers.BatchNormalization()]
        model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3, activation="softmax")])
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
        return model

    X, y = training_table("numbers")
    frame = pd.DataFrame(X, columns=["height", "width", "size", "age"])
    clf = GuardedKerasClassifier(network, epochs=5, verbose=0, random_state=0)
    return quietly(clf.fit, frame, np.array(["no", "perhaps", "yes"])[y]), frame


def main():
    """Write every example, one after `partial_fit`, one that was adapted to other class shares, and a Keras network."""
    for name in EXAMPLES:
        write(name, *fitted(name))
    X, y = training_table("numbers")
    clf, new = fitted("numbers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shifted = PriorShiftClassifier(fitted("costs")[0], alpha=1.0).fit(X, y).adapt(X[y != 1])
    write("prior_shift", shifted, new)
    write("keras_network", *keras_network())
    write("partial_fit", clf.partial_fit(X, y), new)  # last: it changes the classifier


if __name__ == "__main__":
    main()
