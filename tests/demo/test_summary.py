"""The four lines say what the figures say: who predicts one class, who has the lower log loss, and what it took."""

from robust_mlp.demo._scoring import Outcome
from robust_mlp.demo._summary import MLP, ONE_NETWORK, OURS, QUESTION, Seen, summary


def outcome(rows=(10, 10), balanced=0.5, loss=0.5, seconds=1.0):
    return Outcome(
        name="",
        accuracy=0.5,
        balanced_accuracy=balanced,
        log_loss=loss,
        rows_per_class=rows,
        verdict="",
        seconds=seconds,
    )


def seen():
    trap = {
        QUESTION: outcome((0, 1200, 0), 1 / 3),
        OURS: outcome((400, 400, 400), 0.812),
        ONE_NETWORK: outcome((600, 600, 0), 0.7),
    }
    tables = {
        "wine": {MLP: outcome(loss=0.3, seconds=1), ONE_NETWORK: outcome(loss=0.4), OURS: outcome(loss=0.2, seconds=9)},
        "iris": {MLP: outcome(loss=0.3, seconds=2), ONE_NETWORK: outcome(loss=0.2), OURS: outcome(loss=0.1, seconds=8)},
    }
    return Seen(traps={"S1": trap, "S2": {**trap, QUESTION: outcome((1, 2, 0), 0.4)}}, tables=tables)


def test_the_lines_tell_the_figures():
    assert summary(seen()).splitlines() == [
        "What was seen",
        "1. S1: the network of the question gave all 1,200 test rows to one class, RobustMLPClassifier predicts 3 of 3 "
        "classes. Balanced accuracy 0.33 against 0.81, and 0.70 with one network and the same epochs.",
        "2. S2: the network of the question predicts 2 of 3 classes, RobustMLPClassifier predicts 3 of 3 classes. "
        "Balanced accuracy 0.40 against 0.81, and 0.70 with one network and the same epochs.",
        "3. Real tables: a lower log loss than MLPClassifier on 2 of 2 by default, and on 1 with one network.",
        "4. Time of all searches on them: MLPClassifier 3.0 s, RobustMLPClassifier 2.0 s with one network, as "
        "MLPClassifier has, and 17.0 s by default, which trains up to twelve networks in each fit.",
    ]


def test_parts_that_were_left_out_are_left_out():
    assert summary(Seen()) == "What was seen"
