"""What is known of a network that `partial_fit` trains: the report, and the warning where it gives one class.

Judges by few rows that the network was never trained on. Starts no training."""

import warnings

import numpy as np

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.rules import is_skilled, is_telling
from robust_mlp._core.records import Finding, HeldOut, Verdict
from robust_mlp._report import TrainingReport
from robust_mlp.exceptions import OneClassWarning

# From warnings.warn up to the line that called partial_fit: warn_of_one_class, partial_fit, the caller.
STACK_LEVEL = 3


def stream_report(probabilities, held_out, prior, class_names, given=None):
    """The report after a call of `partial_fit`.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes), dtype float64
        For the rows that are held out.
    held_out : (codes, weights)
        Of these rows; may be empty.
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares of all rows so far.
    class_names : sequence of str
    given : str, default=None
        What says that `predict` gives one class; see `one_class_of`.

    Returns
    -------
    report : TrainingReport
        HEALTHY where the network is better than the class shares beyond chance, else UNCHECKED: a part of a table
        cannot tell that there is nothing to learn.
    """
    codes, weights = held_out
    comparison = None
    if len(codes):
        in_stream = in_shares_of(codes, weights, prior)
        comparison = compare(HeldOut(codes=codes, probabilities=probabilities, weights=in_stream), prior)
    verdict, headline = Verdict.UNCHECKED, _FEW.format(n=len(codes))
    if comparison is not None and comparison.is_finite and is_telling(comparison):
        if is_skilled(comparison):
            verdict, headline = Verdict.HEALTHY, _SKILLED.format(n=len(codes))
        else:
            headline = _WITHOUT_SKILL.format(n=len(codes))
    findings: tuple[Finding, ...] = ()
    if given is not None:
        verdict = Verdict.UNCHECKED
        findings = (Finding(symptom=given, cause="", evidence="", fix=_FIX, code="one_class"),)
    return TrainingReport(
        verdict=verdict,
        headline=headline if given is None else f"{given} {_FIX}",
        findings=findings,
        comparison=comparison,
        class_names=tuple(map(str, class_names)),
    )


_FEW = "{n} rows are held out of the stream so far: too few to tell whether the network has learnt anything."
_SKILLED = "The network predicts the last {n} rows held out of the stream better than the class shares do."
_WITHOUT_SKILL = "On the last {n} rows held out of the stream, the network is not better than the class shares, as yet."
_FIX = "Go on with rows of all classes in each call, in random order."


def unguarded_report(class_names):
    """The report where the guard is off."""
    headline = "The guard is off, so that partial_fit holds out no rows to judge the network by."
    return TrainingReport(verdict=Verdict.UNCHECKED, headline=headline, class_names=tuple(map(str, class_names)))


def in_shares_of(codes, weights, prior):
    """Weights of held-out rows with which their classes have the shares of the stream; ndarray of shape (n_rows,)."""
    mass = np.bincount(codes, weights=weights, minlength=len(prior))
    factors = np.divide(prior, mass, out=np.zeros(len(prior)), where=mass > 0)
    return len(codes) * weights * factors[codes] / (factors * mass).sum()


def one_class_of(predicted, codes, n_seen, class_names, where):
    """One sentence where all rows are given to one class, else None.

    Parameters
    ----------
    predicted, codes : ndarray of shape (n_rows,), dtype int
        Codes that `predict` gives, and the true ones.
    n_seen : int
        Classes of which a row has come in any call.
    class_names : sequence of str
    where : str
        What the rows are.

    Returns
    -------
    sentence : str or None
        None also where the rows are of one class and others have come: such rows prove nothing.
    """
    given = np.unique(predicted)
    if len(given) != 1 or not len(codes):
        return None
    name, share = class_names[int(given[0])], float(np.mean(codes == given[0]))
    if len(np.unique(codes)) > 1:
        return f"predict gives all {len(codes):,} {where} to class {name!r}; that class has {share:.2%} of them."
    if n_seen == 1 and share == 1:
        return f"All rows so far are of class {name!r}, and predict gives every row to it."
    return None


def warn_of_one_class(sentence):
    """Warn the caller of `partial_fit`."""
    warnings.warn(f"{sentence} {_FIX} See report_ for the evidence.", OneClassWarning, stacklevel=STACK_LEVEL)
