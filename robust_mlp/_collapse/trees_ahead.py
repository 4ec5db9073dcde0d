"""The advice that boosted trees suit a table far better than the network, where nothing is wrong with the training.

Reads an attempt and the facts of its table. Trains no network and changes no verdict."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.advice_sentences import advice_finding
from robust_mlp._collapse.calibrated import calibrated
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.first_causes import FINAL_STOPS
from robust_mlp._collapse.simple_models.boosted_trees import (
    FAR_AHEAD,
    FEWEST_ROWS,
    FEWEST_TRAINED,
    affordable_rows,
    trees_beside,
)
from robust_mlp._collapse.symptoms.rules import is_behind_simple_models
from robust_mlp._core.records import Verdict

CODE = "trees_do_better"
# What a fit with a time budget can do without, as the report calls it.
TREES = "boosted trees on many rows to compare with"
# They take about so long, in seconds.
TIME_OF_TREES = 0.5


def trees_ahead(inputs, verdict, seed, deadline):
    """Advice where trees are far ahead of a network that is healthy, on a table of many rows.

    Parameters
    ----------
    inputs : CauseInputs
        Of the attempt that is kept.
    verdict : Verdict
    seed : int
    deadline : Deadline

    Returns
    -------
    advice : tuple of Cause
        Empty, or one.
    """
    judged, facts = inputs.judged, inputs.facts
    if verdict not in (Verdict.HEALTHY, Verdict.REPAIRED) or facts is None or facts.probe_source is None:
        return ()
    if facts.n_train < FEWEST_ROWS or judged.attempt.stop_reason in FINAL_STOPS or is_behind_simple_models(judged):
        return ()  # too few rows, or cut, or said already
    n_affordable = affordable_rows(inputs.plan, len(inputs.records), facts.n_train, facts.n_columns, facts.n_classes)
    if judged.comparison is None or n_affordable < FEWEST_TRAINED or not deadline.allows(TREES, TIME_OF_TREES):
        return ()
    # Class weights bend what the losses of the rows say: calibrated, the ranking alone counts.
    fair = judged if np.allclose(inputs.loss_prior, inputs.prior) else calibrated(judged)
    beside = trees_beside(facts.probe_source(), fair.attempt.held_out, n_affordable, seed=seed, deadline=deadline)
    if beside is None or not beside.is_ahead_of(beside.loss):
        return ()
    # Rows were held out by single members, and the mean of the members is better than each.
    share_of_mean = judged.attempt.loss_of_mean
    loss = beside.loss if share_of_mean is None else beside.loss * share_of_mean()
    if not beside.is_ahead_of(loss):
        return ()
    numbers = {"loss": loss, "other": beside.other, "share": 1 - beside.other / loss}
    numbers |= {"n_rows": beside.n_rows, "n_trained": beside.n_trained}
    return (Cause(code=CODE, numbers=numbers, can_repair=False),)


def with_gain(report, advice, gain):
    """The report with this advice as it is for a network whose log loss has become lower.

    Parameters
    ----------
    report : TrainingReport
        As it is where it does not have the advice.
    advice : Cause
        As `trees_ahead` gave it.
    gain : float
        Nats by which the log loss is lower than the advice says.

    Returns
    -------
    report : TrainingReport
        Without the advice if trees are no longer far ahead.
    """
    loss, other = advice.numbers["loss"] - gain, advice.numbers["other"]
    others = tuple(finding for finding in report.advisories if finding.code != CODE)
    if len(others) == len(report.advisories):
        return report
    if other > (1 - FAR_AHEAD) * loss:
        return replace(report, advisories=others)
    now = replace(advice, numbers=advice.numbers | {"loss": loss, "share": 1 - other / loss})
    told = advice_finding(now, report.class_names)
    return replace(report, advisories=tuple(told if f.code == CODE else f for f in report.advisories))
