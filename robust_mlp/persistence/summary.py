"""`summary_of`: what a model file is, read off model.json. Reads no array and builds no classifier."""

from dataclasses import dataclass
from typing import Any

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format import classifier, keras_config, prior_shift
from robust_mlp.persistence.file_format.codecs import Maybe, Several, Text, Whole
from robust_mlp.persistence.file_format.fit import REPORT
from robust_mlp.persistence.file_format.model_file import opened
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.table import Columns
from robust_mlp.persistence.file_format.values import Labels

# What a file can hold of single rows of the training, and how that is told.
OF_ROWS = {
    "sample_indices_": "numbers of training rows (sample_indices_)",
    "oof_decision_function_": "a prediction for each training row (oof_decision_function_)",
}
_CENTERS = "points beside training rows, encoded (centers of radial members)"
_PAIRS = "which levels and ranges occur together at least twice (tables of mixed-effects members)"
_LEVELS = "every level of the categories"
_OF_STREAM = "rows as they were read (held out or trained on again by partial_fit)"


@dataclass(frozen=True)
class Summary:
    """What a model file is.

    Attributes
    ----------
    kind : str
    package_version : str
    n_bytes : int
    classes : list
    columns : list of (str, str, tuple or None)
        Name, kind and levels.
    n_members : int
        Of all kinds.
    verdict, headline : str
        '' where no guard judged the network.
    left_out : tuple of str
    of_rows : list of str
        What the file holds of single training rows.
    target : str or None
        Where the command line wrote the file.
    """

    kind: str
    package_version: str
    n_bytes: int
    classes: list
    columns: list
    n_members: int
    verdict: str
    headline: str
    left_out: tuple
    of_rows: list
    target: Any = None


def summary_of(path):
    """Read what a model file is.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    summary : Summary

    Raises
    ------
    ModelFileError
        If the file is damaged, is no model file, or was written by a later version.
    OSError
        If there is no such file, or it may not be read.
    """
    with opened(path) as model_file:
        content, place = model_file.content, Place()
        kind = model_file.kind
        if kind == keras_config.KIND:
            return _of_keras_network(model_file, place)
        if kind == prior_shift.KIND:
            content, kind = content["classifier"], f"{kind} around {classifier.KIND}"
        elif kind != classifier.KIND:
            raise ModelFileError("is no valid model file: nobody knows its kind.")
        reader = Columns().read(content["table"], place / "table", None)
        attributes = content["attributes"]
        report = attributes.get("report_")
        report = None if report is None else REPORT.read(report, place / "attributes" / "report", None)
        counts = [int(attributes[f"n_{kind}members_"]) for kind in ("", "additive_", "radial_")]
        counts.append(int(attributes.get("n_mixed_effects_members_", 0)))  # files of earlier versions have none
        section = model_file.more.get("command_line", {})
        return Summary(
            kind=kind,
            package_version=model_file.package_version,
            n_bytes=model_file.n_bytes,
            classes=Labels().read(content["classes"], place / "classes", None).tolist(),
            columns=[(reader.name_of(j), kind, reader.levels[j]) for j, kind in enumerate(reader.kinds)],
            n_members=sum(counts),
            verdict="" if report is None else report.verdict.value,
            headline="" if report is None else report.headline,
            left_out=Several(Text()).read(content["left_out"], place / "left_out", None),
            of_rows=_of_rows(content, reader),
            target=section.get("target"),
        )


def _of_keras_network(model_file, place):
    """The Summary of a network of the user's own; Keras is not imported."""
    content = model_file.content
    shape = Several(Whole(1)).read(content["row_shape"], place / "row_shape", None)
    names = Maybe(Several(Text(), list)).read(content["feature_names"], place / "feature_names", None)
    if names is None:
        names = [f"x{j}" for j in range(shape[0])] if len(shape) == 1 else [f"rows of shape {shape}"]
    report = REPORT.read(content["report"], place / "report", None)
    return Summary(
        kind=model_file.kind,
        package_version=model_file.package_version,
        n_bytes=model_file.n_bytes,
        classes=Labels().read(content["classes"], place / "classes", None).tolist(),
        columns=[(name, "number", None) for name in names],
        n_members=1,
        verdict=report.verdict.value,
        headline=report.headline,
        left_out=Several(Text()).read(content["left_out"], place / "left_out", None),
        of_rows=[],
    )


def _of_rows(content, reader):
    """What a description holds of single rows."""
    found = [told for name, told in OF_ROWS.items() if name in content["attributes"]]
    units = [weights["units"] for weights in content["network"]["companions"] if weights["units"] is not None]
    found += [told for key, told in (("centers", _CENTERS), ("table", _PAIRS)) if any(key in one for one in units)]
    training = content["training"]
    if training is not None and any(
        rows is not None
        for rows in (training["reservoir"]["table"], training["reservoir"]["first"], training.get("rehearsal"))
    ):
        found.append(_OF_STREAM)
    return [*found, _LEVELS] if reader.categories else found
