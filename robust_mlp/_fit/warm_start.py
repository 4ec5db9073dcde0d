"""`continued`: a fit that goes on with the encoding of the previous one, where the table has the same columns.

A table of counts or categories has other values in each chunk. An encoding of its own would have other inputs than the
network that is to go on."""

from dataclasses import replace

from robust_mlp._data.growing_encoding import GrowingEncoding
from robust_mlp._data.sparse_rows import is_of_sparse_table


def continued(clf, prepared, plan):
    """The table and the plan of a fit with ``warm_start=True``.

    Parameters
    ----------
    clf : RobustMLPClassifier
        As the previous fit left it.
    prepared : TrainingTable
    plan : TrainingPlan

    Returns
    -------
    prepared : TrainingTable
        With the earlier encoding, where the columns and how they are encoded are the same.
    plan : TrainingPlan
        With the embedding of the previous fit where it is 'auto': that follows the size of a table.
    """
    encoding = clf._fitted.encoding
    if not encoding.reader.has_columns_of(prepared.reader) or plan.scale != encoding.scale:
        return prepared, plan
    if is_of_sparse_table(encoding):
        return replace(prepared, kept_encoding=encoding), plan
    if prepared.is_sparse:
        return prepared, plan
    if clf.numerical_embedding == "auto":
        plan = replace(plan, numerical_embedding=clf._plan.numerical_embedding)
    if (plan.numerical_embedding is None) != (clf._plan.numerical_embedding is None):
        return prepared, plan
    return replace(prepared, earlier=GrowingEncoding.after_fit(encoding, clf._class_mass.sum())), plan
