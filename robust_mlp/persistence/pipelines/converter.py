"""`register_onnx_converter`: makes the classifier known to skl2onnx, so that pipelines which end in it convert.

Writes the same nodes as `to_onnx`. Changes skl2onnx only when it is called."""

from dataclasses import replace

import numpy as np

from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.persistence.export.exported import exported
from robust_mlp.persistence.export.onnx_graph import FLOAT32, FLOAT64, ML_DOMAIN, Graph
from robust_mlp.persistence.export.onnx_model import write_classifier
from robust_mlp.persistence.export.raw_columns import (
    DATES,
    INTEGERS,
    LEVEL_NUMBERS,
    MISSING_TEXTS,
    NUMBERS,
    TEXTS,
)
from robust_mlp.priors import PriorShiftClassifier

# Versions of the operators that the graph needs at least: from 13 on, Softmax works along one axis and ReduceSum takes
# the axes as an input; from 2 on, LabelEncoder has texts as keys.
LEAST_OPSET, LEAST_ML_OPSET = 13, 2


def register_onnx_converter():
    """Make `RobustMLPClassifier`, and `PriorShiftClassifier` around one, known to skl2onnx.

    Call it once in a process. Then skl2onnx's ``to_onnx`` and ``convert_sklearn`` convert pipelines, grid searches and
    other estimators of scikit-learn that hold a fitted `RobustMLPClassifier`. Importing this package does not do that,
    as it changes no other package. Without a pipeline around the classifier, `to_onnx` needs no skl2onnx.

    Raises
    ------
    ImportError
        If the package skl2onnx is not installed.

    Notes
    -----
    Inputs of double give probabilities in double, computed in float64. Inputs of float give float, and so does the
    option ``zipmap=True``, which is skl2onnx's default: its dicts hold float only. The options ``zipmap``, ``nocl`` and
    ``output_class_labels`` work as for skl2onnx's own classifiers. Truth values and floats as classes are whole numbers
    in the graph, as skl2onnx has no labels of these types.

    If a `ColumnTransformer` gives texts beside numbers, skl2onnx joins both into one matrix of texts. In it,
    onnxruntime writes numbers with eight digits, so that probabilities agree to about 1e-7.

    The texts that stand for a missing value are those of `to_onnx`.

    Examples
    --------
    >>> import onnxruntime
    >>> import skl2onnx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from robust_mlp import RobustMLPClassifier, register_onnx_converter
    >>> register_onnx_converter()
    >>> X, y = load_iris(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), RobustMLPClassifier(max_iter=20, random_state=0)).fit(X, y)
    >>> model = skl2onnx.to_onnx(pipeline, X[:1], options={"zipmap": False})
    >>> session = onnxruntime.InferenceSession(model.SerializeToString())
    >>> label, probabilities = session.run(None, {"X": X})
    >>> bool(abs(probabilities - pipeline.predict_proba(X)).max() < 1e-9)
    True
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError(
            "register_onnx_converter needs the package skl2onnx, which is not installed. Install it with: "
            "pip install 'robust-mlp[skl2onnx]'"
        ) from error
    for cls in (RobustMLPClassifier, PriorShiftClassifier):
        update_registered_converter(
            cls,
            cls.__name__,
            _set_types,
            _convert,
            options={"zipmap": [True, False, "columns"], "nocl": [True, False], "output_class_labels": [False, True]},
        )


def _set_types(operator):
    """skl2onnx asks for the types and shapes of label and probabilities."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType

    clf = operator.raw_operator
    n_rows = operator.inputs[0].get_first_dimension()
    kind = StringTensorType if _labels(operator).dtype.kind in "UO" else Int64TensorType
    operator.outputs[0].set_type(kind(shape=[n_rows]))
    is_mapped = operator.scope_inst.get_options(clf, {"zipmap": True})["zipmap"] is True
    # The operator ZipMap, which makes a dict of each row, takes float only.
    is_double = any(isinstance(variable.type, DoubleTensorType) for variable in operator.inputs) and not is_mapped
    probabilities = DoubleTensorType() if is_double else FloatTensorType()
    probabilities.shape = [n_rows, len(clf.classes_)]
    operator.outputs[1].set_type(probabilities)


def _labels(operator):
    """Labels in the graph: texts or int64; with the option nocl, their numbers."""
    from skl2onnx.common.utils_classifier import get_label_classes

    classes = np.asarray(get_label_classes(operator.scope_inst, operator.raw_operator))
    return classes if classes.dtype.kind in "UO" else classes.astype(np.int64)


def _convert(scope, operator, container):
    """skl2onnx asks for the nodes."""
    from skl2onnx.common.data_types import DoubleTensorType, StringTensorType

    _check_opsets(container)
    parts = exported(operator.raw_operator, "skl2onnx")
    graph = _ContainerGraph(scope, container)
    table, inputs = _inputs(graph, parts.table, operator.inputs)
    is_double = any(isinstance(variable.type, (DoubleTensorType, StringTensorType)) for variable in operator.inputs)
    label, probabilities = (output.full_name for output in operator.outputs[:2])
    result = write_classifier(
        graph,
        replace(parts, table=table),
        _labels(operator),
        FLOAT64 if is_double else FLOAT32,
        (inputs, label, MISSING_TEXTS),
    )
    is_result_double = isinstance(operator.outputs[1].type, DoubleTensorType)
    graph.cast(result, FLOAT64 if is_result_double else FLOAT32, output=probabilities)


def _check_opsets(container):
    main, ml = container.target_opset_any_domain(""), container.target_opset_any_domain(ML_DOMAIN)
    if main < LEAST_OPSET or ml < LEAST_ML_OPSET:
        raise ValueError(
            f"RobustMLPClassifier needs version {LEAST_OPSET} of ONNX's operators and version {LEAST_ML_OPSET} of "
            f"{ML_DOMAIN}, and target_opset asks for {main} and {ml}. Pass for example target_opset=17."
        )


class _ContainerGraph(Graph):
    """A Graph that adds its nodes and constants to skl2onnx's container."""

    def __init__(self, scope, container):
        super().__init__(scope.get_unique_variable_name)
        self.constants = container.initializers
        self.container = container
        self.name_of_node = scope.get_unique_operator_name

    def add(self, operator, *inputs, domain="", output=None, **attributes):
        output = self.unique_name(operator.lower()) if output is None else output
        # Without a version, skl2onnx takes the newest of its machine-learning operators, which it then refuses.
        version = LEAST_ML_OPSET if domain == ML_DOMAIN else None
        where = {"op_domain": domain, "op_version": version, "name": self.name_of_node(operator)}
        self.container.add_node(operator, list(inputs), [output], **where, **attributes)
        return output


def _inputs(graph, table, variables):
    """(RawTable as skl2onnx's variables hold it, their names): one matrix of numbers, or a name for each column."""
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    are_numbers = all(column.kind in (NUMBERS, LEVEL_NUMBERS) for column in table.columns)
    if are_numbers and len(variables) == 1 and not isinstance(variables[0].type, StringTensorType):
        return replace(table, is_matrix=True), [variables[0].full_name]
    names: list[str] = []
    for variable in variables:
        width = variable.type.shape[1] if len(variable.type.shape) > 1 else 1
        for place in range(width or 1):
            column = table.columns[min(len(names), len(table.columns) - 1)]
            _check_type(column, variable.type, Int64TensorType, StringTensorType)
            name = variable.full_name if width == 1 else graph.columns(variable.full_name, [place])
            names.append(graph.cast(name, FLOAT64) if column.kind in (NUMBERS, LEVEL_NUMBERS) else name)
    if len(names) != len(table.columns):
        raise ValueError(
            f"The inputs have {len(names)} columns, and the classifier was fitted to {len(table.columns)}. Pass "
            "initial_types of the columns that the pipeline was fitted to."
        )
    return replace(table, is_matrix=False), names


def _check_type(column, kind, integer_type, text_type):
    """Raise for a column that comes in another type than the classifier needs.

    Numbers may come as texts: skl2onnx joins columns of texts and of numbers into one matrix of texts.
    """
    if column.kind == TEXTS:
        fits, needed = isinstance(kind, text_type), "texts"
    elif column.kind in (DATES, INTEGERS):
        fits, needed = isinstance(kind, integer_type), "int64"
    else:
        return
    if not fits:
        raise ValueError(
            f"Column {column.name!r} of the classifier needs {needed}, and comes in as {type(kind).__name__}. Declare "
            "this type in initial_types, or call robust_mlp.to_onnx on the classifier alone."
        )
