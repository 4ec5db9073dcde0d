"""Class weights, samplers and row weights do what they say."""

import numpy as np

from tests.keras_classifier.examples import X, Y, classifier


def rare(share=0.05):
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=3000) < share).astype(int)
    return rng.normal(size=(3000, 4)) + 1.2 * y[:, None], y


def test_class_weights_and_samplers_raise_the_recall_of_the_rare_class():
    rows, labels = rare()

    def recall(**settings):
        clf = classifier(**settings).fit(rows, labels)
        return np.mean(clf.predict(rows)[labels == 1])

    plain = recall()
    assert recall(class_weight="balanced") > plain + 0.2
    assert recall(class_weight={0: 1.0, 1: 19.0}) > plain + 0.2
    for sampler in ("over", "under", "smote", "balanced_batches"):
        assert recall(sampler=sampler) > plain + 0.2


def test_a_weight_of_two_is_a_row_that_occurs_twice():
    weights = np.random.default_rng(0).integers(0, 3, size=len(X))
    weighted = classifier(epochs=3).fit(X, Y, sample_weight=weights)
    repeated = classifier(epochs=3).fit(np.repeat(X, weights, axis=0), np.repeat(Y, weights))
    np.testing.assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))


def test_a_one_sided_class_weight_is_done_and_not_judged():
    clf = classifier(class_weight={0: 1e6, 1: 1e-3}).fit(X, Y)
    assert np.mean(clf.predict(X) == 0) == 1
    assert (
        clf.report_.headline == "The class weights give one class 100.00% of the loss: the network can only answer it."
    )
