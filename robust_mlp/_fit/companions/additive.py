"""Additive members: networks without hidden units on the encoded row.

With the piecewise linear encoding, such a network is an additive model: one curve per column and no interactions
(Hastie and Tibshirani 1986, doi 10.1214/ss/1177013604). If interactions matter, its loss is higher, and it is left
out."""

from robust_mlp._fit.companions.common import MEMBERS_PER_COMPANION, Companions, plan_without_hidden_units, rows_beside


def companions(plan, data, encoding, seeds):
    """The additive members that are trained beside a plan's members, or None if the plan gets none.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        Training data of the plan's members, with held-out rows. Each additive member holds out the same rows as one of
        them.
    encoding : Encoding
    seeds : dict of str to int

    Returns
    -------
    companions : Companions or None
    """
    del encoding, seeds  # additive members read the encoded rows unchanged
    beside = plan_without_hidden_units(plan)
    if beside is None:
        return None
    own = rows_beside(plan, data, MEMBERS_PER_COMPANION - 1)
    return Companions(beside, own, split=lambda attempt: [(attempt, own)])
