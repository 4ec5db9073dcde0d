"""`to_onnx`: a fitted classifier as one ONNX model, from raw columns to labels and probabilities.

Puts the parts together, checks and writes the file."""

import json
from itertools import chain, count

import numpy as np

from robust_mlp._system.atomic_files import replacement
from robust_mlp._system.missing_packages import check_installed
from robust_mlp.persistence.export.exported import exported
from robust_mlp.persistence.export.onnx_encoding import encode
from robust_mlp.persistence.export.onnx_graph import IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET, Graph
from robust_mlp.persistence.export.onnx_network import adjusted, labels_of, probabilities_of
from robust_mlp.persistence.export.parameters import check_export_parameters
from robust_mlp.persistence.export.raw_columns import DATES, INTEGERS, MISSING_TEXTS, TEXTS

MATRIX_INPUT = "X"
LABEL, PROBABILITIES = "label", "probabilities"

# protobuf, in which ONNX files are written, holds less than 2 GiB in one message.
LARGEST_FILE = 2**31 - 1


def to_onnx(clf, path=None, *, dtype="float64", missing_texts=MISSING_TEXTS):
    """Convert a fitted classifier into an ONNX model that takes raw columns.

    Everything between the columns and the label is in the graph: levels, missing values and levels that were never
    seen, dates, scaling, all members of the ensemble, temperature, prior correction and decision.

    Parameters
    ----------
    clf : RobustMLPClassifier or PriorShiftClassifier
        Fitted. A PriorShiftClassifier must be around a RobustMLPClassifier; its calibration and its adaptation are in
        the graph.
    path : str or path-like, default=None
        Where the model is also written to. The file is written whole or not at all.
    dtype : {'float64', 'float32'}, default='float64'
        In which the network is computed. In 'float64', probabilities are those of `predict_proba`, up to rounding
        errors. In 'float32' the model has half the size, and differences are usually below 1e-5. The encoding of
        columns is computed in float64 in both.
    missing_texts : sequence of str, default=("", "nan", "None", "<NA>", "NaT")
        Texts that stand for a missing value in inputs of texts, since ONNX has no missing text. A text that is also a
        level of the column is that level.

    Returns
    -------
    model : onnx.ModelProto
        Inputs: one for each column, with its name and of shape (n_rows, 1). If the training table had no column names
        and numbers only: one matrix ``X`` of shape (n_rows, n_features).

        - numbers, and categories whose levels are numbers: double, NaN is missing
        - categories: string
        - dates: int64, microseconds since 1970; NumPy's NaT as a whole number is missing
        - durations: double, seconds
        - whole numbers beyond 2^53: int64

        Outputs: ``label`` of shape (n_rows,) and ``probabilities`` of shape (n_rows, n_classes), in the order of
        ``classes_``. Where a column has one of these names, the output has "_" behind it.

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.
    TypeError
        For any other classifier. The message says what to do with it.
    ValueError
        For a parameter out of range, for a column that ONNX cannot take, named in the message, or for a model of 2 GiB
        and more.
    ImportError
        If the package onnx is not installed.

    Notes
    -----
    The model uses version 17 of ONNX's operators, which onnxruntime knows from version 1.12 (July 2022) on.

    For more than 4,096 rows `predict_proba` computes in float32, so that a float64 graph is closer to the exact result.

    `predict_proba` raises an error for infinite numbers, for missing columns and for texts in columns of numbers, and
    it warns of drift. A graph cannot: infinite numbers count as very large ones.

    See Also
    --------
    RobustMLPClassifier.to_keras : The same as a Keras model.
    register_onnx_converter : For pipelines that end in this classifier.

    Examples
    --------
    >>> import onnxruntime
    >>> from sklearn.datasets import load_iris
    >>> from robust_mlp import RobustMLPClassifier, to_onnx
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = RobustMLPClassifier(max_iter=20, random_state=0).fit(X, y)
    >>> session = onnxruntime.InferenceSession(to_onnx(clf).SerializeToString())
    >>> label, probabilities = session.run(None, {name: X[[name]].to_numpy() for name in X})
    >>> bool(abs(probabilities - clf.predict_proba(X)).max() < 1e-9)
    True
    """
    check_onnx_is_installed()
    check_export_parameters(dtype, missing_texts)
    parts = exported(clf, "to_onnx")
    table = parts.table
    names = [MATRIX_INPUT] if table.is_matrix else [column.name for column in table.columns]
    unique_name = _names(set(names))
    outputs = [unique_name(LABEL), unique_name(PROBABILITIES)]
    graph, classes = Graph(unique_name), onnx_classes(clf.classes_)
    found = write_classifier(graph, parts, classes, np.dtype(dtype), (names, outputs[0], missing_texts))
    graph.add("Identity", found, output=outputs[1])
    model = _model(graph, table, names, outputs, classes, dtype)
    _check(model)
    if path is not None:
        with replacement(path) as temporary:
            temporary.write_bytes(model.SerializeToString())
    return model


def write_classifier(graph, parts, classes, dtype, names):
    """Write nodes from raw columns to labels and probabilities.

    Parameters
    ----------
    graph : Graph
    parts : Exported
    classes : ndarray of shape (n_classes,)
        As they are in the graph.
    dtype : dtype
        In which the network is computed.
    names : tuple of (list of str, str, tuple of str)
        Names of the inputs and of the label, and texts that stand for a missing value.

    Returns
    -------
    name : str
        Of the probabilities, in `dtype`.
    """
    inputs, label, texts = names
    probabilities = probabilities_of(graph, encode(graph, parts.table, inputs, texts), parts.fitted, dtype)
    probabilities = adjusted(graph, probabilities, parts.adjustments, dtype)
    labels_of(graph, probabilities, classes, parts.decision, dtype, label)
    return probabilities


def onnx_classes(classes):
    """Classes in a dtype that ONNX's users expect: whole numbers as int64, others as float64, truth values, texts."""
    kind = classes.dtype.kind
    if kind == "i" or (kind == "u" and classes.max() < 2**63):
        return classes.astype(np.int64)
    return classes.astype(np.float64) if kind == "f" else classes


def check_onnx_is_installed():
    """Raise an ImportError that names the command if the package onnx is missing."""
    check_installed("to_onnx", "onnx", to_type="pip install 'robust-mlp[onnx]'")


def _names(taken):
    """A function that makes names which are not in `taken`, and adds them to it."""

    def unique_name(hint):
        candidates = chain((hint, f"{hint}_"), (f"{hint}_{number}" for number in count(2)))
        name = next(candidate for candidate in candidates if candidate not in taken)
        taken.add(name)
        return name

    return unique_name


def _model(graph, table, names, outputs, classes, dtype):
    from onnx import helper

    from robust_mlp import __version__

    number_of_rows = "n_rows"
    if table.is_matrix:
        inputs = [_value(names[0], np.float64, [number_of_rows, len(table.columns)], "Numbers. NaN is missing.")]
    else:
        inputs = [
            _value(name, _input_dtype(column), [number_of_rows, 1], column.description)
            for name, column in zip(names, table.columns, strict=True)
        ]
    results = [
        _value(outputs[0], classes.dtype, [number_of_rows], "The predicted class."),
        _value(outputs[1], dtype, [number_of_rows, len(classes)], "In the order of the metadata 'classes'."),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "robust_mlp", inputs, results, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML_DOMAIN, ML_OPSET)],
        producer_name="robust_mlp",
        producer_version=__version__,
        ir_version=IR_VERSION,
    )
    helper.set_model_props(model, {"classes": json.dumps(classes.tolist())})
    return model


def _input_dtype(column):
    """NumPy's dtype of an input: object stands for texts."""
    if column.kind == TEXTS:
        return object
    return np.int64 if column.kind in (DATES, INTEGERS) else np.float64


def _value(name, dtype, shape, description):
    """Name, type and shape of an input or output."""
    from onnx import TensorProto, helper

    dtype = np.dtype(dtype)
    is_text = dtype.kind in "OU"
    kind = TensorProto.STRING if is_text else helper.np_dtype_to_tensor_dtype(dtype)
    return helper.make_tensor_value_info(name, kind, shape, description)


def _check(model):
    """Raise for a model that is no valid one, or too large to be written."""
    from onnx import checker

    size = model.ByteSize()
    if size > LARGEST_FILE:
        raise ValueError(
            f"The ONNX model has {size / 2**30:.1f} GiB, and ONNX files hold less than 2. Pass dtype='float32', or fit "
            "with fewer members or narrower layers."
        )
    checker.check_model(model)
