"""`slim`: a fitted classifier without what it knows of single training rows. Predictions stay the same bits."""

from dataclasses import replace

from robust_mlp._collapse.column_sentences import COLUMN_ADVICE
from robust_mlp._prediction.rare_levels import without_rare_levels

# A value for each training row.
OF_ROWS = ("sample_indices_", "oof_decision_function_")


def make_slim(clf):
    """What `RobustMLPClassifier.slim` does. Sets and deletes fitted attributes.

    Parameters
    ----------
    clf : RobustMLPClassifier
        Fitted.
    """
    for name in (*OF_ROWS, "_partial", "_keras_model"):
        clf.__dict__.pop(name, None)
    clf._fitted = without_rare_levels(clf._fitted)
    clf._reader = clf._fitted.encoding.reader
    clf.report_ = _without_cells(clf.report_)


def _without_cells(report):
    """The report without the cells that findings about columns give as examples."""
    advisories = tuple(
        replace(advisory, evidence="", fix="") if advisory.code in COLUMN_ADVICE else advisory
        for advisory in report.advisories
    )
    return replace(report, advisories=advisories)
