"""Advice: what is worth knowing about a fit without being a collapse. Never changes a verdict."""

import math

import numpy as np

from robust_mlp._collapse.causes import extreme_settings
from robust_mlp._collapse.causes.cause import Cause
from robust_mlp._collapse.symptoms.rules import (
    MIN_SUPPORT,
    is_behind_simple_models,
    is_decision_collapse,
    late_collapse_epoch,
    served_decisions,
)
from robust_mlp._core.losses import log_losses
from robust_mlp._core.records import Verdict

# A class share that differs between training and held-out rows by more than this many standard errors: a stratified
# part stays within one, and with a hundred classes chance reaches three.
SHIFT_ERRORS, SHIFT_DIFFERENCE = 5.0, 0.05
CONFLICT_SHARE = 0.01  # of the weight, on identical rows with different labels
# Held-out loss above its best epoch by this share of the prior's loss, while the training loss fell on.
OVERFIT_SHARE = 0.1
# Below both, nothing holds the weights back: the defaults of the classifier, from which on overfitting is no surprise.
USUAL_DROPOUT, USUAL_DECAY = 0.1, 0.01
# The last quarter of the epochs still saved this share of the prior's loss.
STILL_FALLING_SHARE = 0.05
# Predictions given to a class beyond what the figures say, as a share of all rows: of ten rows, one is another's.
MOVED_SHARE = 0.1
RARE_AUC = 0.65  # a class that ranks this well and is never predicted is a matter of the decision


def find_advice(inputs, served_prior=None, verdict=None, tried=None):
    """What is worth knowing, most urgent first.

    Parameters
    ----------
    inputs : CauseInputs
        Of the attempt that is kept.
    served_prior : ndarray of shape (n_classes,), default=None
        Class shares that the user's predictions are made for, where these are not the data's.
    verdict : Verdict, default=None
        How the fit ended.
    tried : Comparison, default=None
        Of a second training, without settings that hold most networks back, which did no better.

    Returns
    -------
    advice : tuple of Cause
        With `can_repair` False.
    """
    served = _served_shares(inputs.judged, inputs.prior, served_prior)
    found = [*_about_predictions(inputs.judged, inputs.class_weight_ratio > 1, served)]
    found += _about_curve(inputs)
    if verdict in (Verdict.HEALTHY, Verdict.REPAIRED) and is_behind_simple_models(inputs.judged):
        found.append(_advice("simple_models_do_better", **inputs.judged.symptoms[0].numbers))
    if verdict is Verdict.HEALTHY and (not inputs.judged.can_be_judged or "no_skill" in inputs.judged.codes):
        found.append(_advice("few_held_out", n_rows=inputs.judged.comparison.n_rows, n_members=inputs.plan.n_members))
    if members := inputs.judged.attempt.retrained:
        numbers = tuple(member + 1 for member in members)
        found.append(_advice("retrained_members", members=numbers, n_members=inputs.plan.n_members))
    if inputs.judged.is_healthy and (settings := extreme_settings(inputs)):
        losses = {} if tried is None else {"loss": inputs.judged.comparison.loss, "other": tried.loss}
        found.append(_advice("extreme_settings", causes=settings, **losses))
    if inputs.facts is not None:
        found += _about_table(inputs.facts)
    return tuple(found)


def _served_shares(judged, prior, served_prior):
    """Share of each class among what `predict` says of the held-out rows, (n_classes,); None if nobody knows."""
    c, held_out = judged.comparison, judged.attempt.held_out
    if c is None or not c.is_finite or served_prior is None:
        return None if c is None else c.predicted_share
    served = served_decisions(held_out.probabilities, prior, served_prior)
    counts = np.bincount(served, held_out.weights, minlength=len(c.predicted_share))
    return tuple((counts / counts.sum()).tolist())


def _about_predictions(judged, is_weighted, served):
    c = judged.comparison
    if c is None or not c.is_finite:
        return
    if c.in_sample:
        yield _advice("in_sample", n_rows=c.n_rows)
    if sum(n > 0 for n in c.support) < 2:
        yield _advice("one_class_held_out", n_rows=c.n_rows)
        return
    moved = [now - before for now, before in zip(served, c.predicted_share, strict=True)]
    if max(moved) >= MOVED_SHARE:
        code = moved.index(max(moved))
        yield _advice("weighted_predictions", code=code, predicted=c.predicted_share[code], served=served[code])
    # Probabilities at a wrong level are to be calibrated before anything is decided by them.
    if is_decision_collapse(c, served) and c.gain > 0:
        code = served.index(max(served))
        yield _advice("decision_collapse", auc=c.mean_auc, code=code, share=c.true_share[code])
    else:
        rows = zip(c.support, served, c.auc, strict=True)
        ranked = tuple(
            code
            for code, (n, predicted, auc) in enumerate(rows)
            if n >= MIN_SUPPORT and predicted == 0 and auc >= RARE_AUC
        )
        if ranked:
            yield _advice("rare_classes_never_predicted", codes=ranked, auc=min(c.auc[code] for code in ranked))
    if c.relative_gain <= 0 and judged.is_healthy and not is_weighted:
        yield _worse_than_prior(judged)


def _worse_than_prior(judged):
    """Why a network that ranks the rows has a worse log loss than the class shares: too sure, or at a wrong level."""
    c, held_out = judged.comparison, judged.attempt.held_out
    numbers = {"loss": c.loss, "prior_loss": c.prior_loss, "auc": c.mean_auc}
    mean = np.average(held_out.probabilities, axis=0, weights=held_out.weights)
    # Of the gap between the two losses, the level alone explains the divergence of the shares from the mean answer.
    if _cross_entropy(c.true_share, mean) - _cross_entropy(c.true_share, c.true_share) >= -c.gain:
        code = int(np.argmax(mean - np.asarray(c.true_share)))  # the class that is given too much
        return _advice("wrong_level", code=code, mean=float(mean[code]), share=c.true_share[code], **numbers)
    is_tempered = judged.attempt.plan.early_stopping and not c.in_sample
    return _advice("overconfident", is_tempered=is_tempered, **numbers)


def _cross_entropy(shares, answer):
    """Cross-entropy of classes in these shares under one answer for all rows, nats."""
    return float(np.asarray(shares) @ log_losses(np.asarray(answer)))


def _about_curve(inputs):
    judged, records = inputs.judged, inputs.records
    prior_loss = judged.comparison.prior_loss if judged.comparison is not None else math.inf
    epoch = late_collapse_epoch(records, prior_loss)
    if epoch is not None:
        last = records[-1]
        yield _advice("late_collapse", epoch=epoch, last_epoch=last.epoch, kept=judged.attempt.best_epoch)
        return
    curve = [r for r in records if r.validation_loss is not None and r.is_finite]
    if len(curve) < 2:
        return
    best = min(curve, key=lambda r: r.validation_loss)
    last = curve[-1]
    earlier = curve[(3 * len(curve)) // 4 - 1]
    is_falling = earlier.validation_loss - last.validation_loss > STILL_FALLING_SHARE * prior_loss
    if judged.attempt.used_all_epochs and last is best and is_falling:
        numbers = {"earlier": earlier.validation_loss, "earlier_epoch": earlier.epoch, "last": last.validation_loss}
        numbers |= {"has_auto_schedule": inputs.plan.has_auto_schedule, "is_slow": inputs.is_below_usual_rate}
        yield _advice("still_improving", **numbers, last_epoch=last.epoch)
    if last.validation_loss > best.validation_loss + OVERFIT_SHARE * prior_loss and last.loss < best.loss:
        yield from _overfitting(judged.attempt, curve, best, OVERFIT_SHARE * prior_loss)


def _overfitting(attempt, curve, best, much):
    """Overfitting where something can be done: the epoch that is kept is not the best, or nothing holds weights back.

    Where the best epoch is kept, the usual settings end in it on any table: that is what they do, and no news.
    """
    kept = next((r for r in curve if r.epoch == attempt.best_epoch), best)
    is_best_kept = kept.validation_loss <= best.validation_loss + much
    is_held = attempt.plan.dropout >= USUAL_DROPOUT or attempt.plan.weight_decay >= USUAL_DECAY
    if not (is_best_kept and is_held):
        numbers = {"best": best.validation_loss, "last": curve[-1].validation_loss, "epoch": best.epoch}
        yield _advice("overfitting", **numbers, is_best_kept=is_best_kept)


def _about_table(facts):
    if facts.held_out_share:
        moved = []
        for code, (train, held_out) in enumerate(zip(facts.train_share, facts.held_out_share, strict=True)):
            error = math.sqrt(max(train * (1 - train), 1e-12) / max(facts.n_held_out, 1))
            if abs(held_out - train) > max(SHIFT_ERRORS * error, SHIFT_DIFFERENCE):
                moved.append(code)
        if moved:
            worst = max(moved, key=lambda k: abs(facts.held_out_share[k] - facts.train_share[k]))
            numbers = {"train": facts.train_share[worst], "held_out": facts.held_out_share[worst]}
            yield _advice("prior_shift", codes=tuple(moved), code=worst, **numbers)
    if facts.conflicting_share >= CONFLICT_SHARE:
        numbers = {"share": facts.conflicting_share, "ceiling": facts.accuracy_ceiling, "floor": facts.loss_floor}
        yield _advice("conflicting_labels", **numbers)
    for code in dict.fromkeys(finding.code for finding in facts.findings):
        yield _advice(code, **_found(facts, code))
    for kind in ("identifier_like", "constant", "mostly_missing"):
        if columns := getattr(facts, kind):
            yield _advice(f"{kind}_columns", **_columns(facts, columns))
    if facts.duplicate:
        pairs = tuple((facts.feature_names[a], facts.feature_names[b]) for a, b in facts.duplicate)
        yield _advice("duplicate_columns", pairs=pairs, **_columns(facts, [a for a, _ in facts.duplicate]))


def _columns(facts, columns):
    """What a sentence on some columns needs: their names, and what the user types for them."""
    return {
        "names": tuple(facts.feature_names[j] for j in columns),
        "labels": tuple(facts.labels[j] if facts.labels else j for j in columns),
        "container": facts.container,
    }


def _found(facts, *codes):
    """What a sentence on findings of one kind needs."""
    found = tuple(finding for finding in facts.findings if finding.code in codes)
    is_serious = any(finding.is_serious for finding in found)
    return {"findings": found, "container": facts.container, "is_serious": is_serious}


def unread_columns(facts):
    """Columns whose cells are numbers or dates as text: the numbers of a Cause, or None where there are none.

    Parameters
    ----------
    facts : DataFacts

    Returns
    -------
    numbers : dict or None
    """
    numbers = _found(facts, "numbers_in_text", "dates_in_text")
    return numbers if numbers["findings"] else None


def _advice(kind, /, **numbers):
    return Cause(code=kind, numbers=numbers, can_repair=False)
