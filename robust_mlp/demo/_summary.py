"""What the demonstration showed, in four lines, from its own figures. Fits nothing."""

from dataclasses import dataclass, field

from robust_mlp.demo._scoring import Outcome

QUESTION = "network of the question"
OURS = "RobustMLPClassifier"
ONE_NETWORK = "RobustMLPClassifier, one network"
MLP = "MLPClassifier"


@dataclass
class Seen:
    """The outcomes so far: {"S1" or "S2", or a table's name: {model's name: Outcome}}."""

    traps: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    tables: dict[str, dict[str, Outcome]] = field(default_factory=dict)


def summary(seen):
    """The lines that end the demonstration.

    Parameters
    ----------
    seen : Seen

    Returns
    -------
    text : str
        A title and a line for each trap; with tables, two more lines.
    """
    lines = [_trap(name, outcomes) for name, outcomes in seen.traps.items()]
    if seen.tables:
        lines += [_losses(seen.tables), _times(seen.tables)]
    return "\n".join(["What was seen", *(f"{number}. {line}" for number, line in enumerate(lines, start=1))])


def _trap(name, outcomes):
    question, ours, one = outcomes[QUESTION], outcomes[OURS], outcomes[ONE_NETWORK]
    return (
        f"{name}: the network of the question {_classes_of(question)}, RobustMLPClassifier {_classes_of(ours)}. "
        f"Balanced accuracy {question.balanced_accuracy:.2f} against {ours.balanced_accuracy:.2f}, and "
        f"{one.balanced_accuracy:.2f} with one network and the same epochs."
    )


def _classes_of(outcome):
    """Which classes a model predicts, as the end of a sentence."""
    n_used = sum(n > 0 for n in outcome.rows_per_class)
    if n_used == 1:
        return f"gave all {sum(outcome.rows_per_class):,} test rows to one class"
    return f"predicts {n_used} of {len(outcome.rows_per_class)} classes"


def _losses(tables):
    def n_better(model):
        return sum(outcomes[model].log_loss < outcomes[MLP].log_loss for outcomes in tables.values())

    return (
        f"Real tables: a lower log loss than MLPClassifier on {n_better(OURS)} of {len(tables)} by default, and on "
        f"{n_better(ONE_NETWORK)} with one network."
    )


def _times(tables):
    def seconds(model):
        return sum(outcomes[model].seconds for outcomes in tables.values())

    return (
        f"Time of all searches on them: MLPClassifier {seconds(MLP):.1f} s, RobustMLPClassifier "
        f"{seconds(ONE_NETWORK):.1f} s with one network, as MLPClassifier has, and {seconds(OURS):.1f} s by default, "
        "which trains up to twelve networks in each fit."
    )
