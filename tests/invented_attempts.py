"""Invented attempts: what a training could have measured, made up in microseconds. Used by the guard's tests."""

import numpy as np

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Attempt, DataFacts, EpochRecord, HeldOut, LayerRecord

EVEN = np.array([0.5, 0.5])


def held_out(n=400, skill=2.0, *, prior=EVEN, seed=0, codes=None, in_sample=False):
    """Labels drawn from `prior`, and probabilities that lean to them by `skill` standard deviations of log odds."""
    rng = np.random.default_rng(seed)
    prior = np.asarray(prior, dtype=float)
    if codes is None:
        codes = rng.choice(len(prior), size=n, p=prior)
    scores = rng.normal(size=(len(codes), len(prior))) + skill * np.eye(len(prior))[codes]
    return from_scores(scores * max(skill, 0.3) + np.log(prior), codes, in_sample=in_sample)


def from_scores(scores, codes, *, in_sample=False):
    """HeldOut with the softmax of `scores` as probabilities."""
    P = np.exp(scores - scores.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    codes = np.asarray(codes)
    ones, places = np.ones(len(codes)), np.arange(len(codes))
    return HeldOut(codes=codes, probabilities=P, weights=ones, rows=places, in_sample=in_sample)


def constant(n=400, *, prior=EVEN, seed=0):
    """Every row gets the prior."""
    prior = np.asarray(prior, dtype=float)
    codes = np.random.default_rng(seed).choice(len(prior), size=n, p=prior)
    return from_scores(np.log(np.tile(prior, (n, 1))), codes)


def curve(losses, validation=None, *, rate=1e-3, spread=0.2, update_ratio=0.1, shares=None):
    """EpochRecords of one training."""
    validation = losses if validation is None else validation
    return tuple(
        EpochRecord(
            epoch=i + 1,
            loss=loss,
            learning_rate=rate,
            validation_loss=held,
            predicted_share=(0.5, 0.5) if shares is None else shares[i],
            spread=spread,
            update_ratio=update_ratio,
        )
        for i, (loss, held) in enumerate(zip(losses, validation, strict=True))
    )


FALLING = tuple(0.69 * 0.9 ** min(i, 20) for i in range(30))
FLAT = (0.693,) * 30


def attempt(held=None, losses=FALLING, *, plan=None, stop="max_iter", layers=(), best=None, seconds=1.0, **of_curve):
    """An Attempt; with no argument a healthy one."""
    records = curve(losses, **of_curve)
    finite = [i for i, r in enumerate(records) if r.is_finite]
    return Attempt(
        plan=TrainingPlan() if plan is None else plan,
        records=records,
        best_epoch=best or (min(finite, key=lambda i: records[i].validation_loss) + 1 if finite else 1),
        stop_reason=stop,
        held_out=held_out() if held is None else held,
        layers=layers,
        network="network",
        seconds=seconds,
    )


def layer(name="layer 1", **figures):
    """A LayerRecord of an ordinary hidden layer, but for `figures`."""
    ordinary = {
        "n_units": 64,
        "dead_fraction": 0.0,
        "saturated_fraction": 0.0,
        "weight_norm": 8.0,
        "gradient_norm": 0.1,
    }
    return LayerRecord(name=name, **(ordinary | figures))


def facts(**fields):
    """DataFacts of an ordinary table of four columns and 2,000 rows, but for `fields`."""
    ordinary = {
        "n_rows": 2000,
        "n_train": 1800,
        "n_held_out": 200,
        "n_classes": 2,
        "n_columns": 4,
        "n_sampled": 2000,
        "feature_names": ("age", "income", "city", "id"),
        "train_share": (0.5, 0.5),
        "held_out_share": (0.5, 0.5),
        "smallest_class": 900,
        "locations": (0.0, 0.0, 0.0, 0.0),
        "scales": (1.0, 1.0, 1.0, 1.0),
    }
    return DataFacts(**(ordinary | fields))
