"""
A collapse, seen and repaired
=============================

The table has five classes and 157 columns of very different sizes. With the settings of a well-known question on the
web, the network gives every row to class *b*, and nothing raises an error. The guard sees this on held-out rows,
names the cause, and trains again.
"""

# %%
# Four updates an epoch and ten epochs: the weights hardly move.

import warnings

import matplotlib.pyplot as plt

from robust_mlp import RepairWarning, RobustMLPClassifier
from robust_mlp.datasets import make_founding_table

X, y, X_new, y_new = make_founding_table(3000, 1500, random_state=0)
typed = {
    "input_dropout": 0.5,
    "max_norm": 3,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "batch_size": 750,
    "max_iter": 10,
}
clf = RobustMLPClassifier((64, 32, 32, 16), "relu", linear_path=False, n_members=2, random_state=0, **typed)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", RepairWarning)  # it says what is printed below
    clf.fit(X, y)
print(clf.report_.headline)
for name, (old, new) in clf.overridden_.items():
    print(f"{name}: {old!r} was replaced by {new!r}")

# %%
# The report keeps each attempt. On the left nearly all held-out rows go to one class. On the right the shares of the
# predictions come near the true shares.

first, kept = clf.report_.attempts[0], clf.report_.attempts[clf.report_.kept - 1]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
for ax, attempt, title in zip(axes, (first, kept), ("your settings: collapsed", "repaired"), strict=True):
    for k, name in enumerate(clf.classes_):
        line = ax.plot(attempt.epochs, [shares[k] for shares in attempt.predicted_share], label=f"class {name}")[0]
        ax.axhline(clf.report_.comparison.true_share[k], color=line.get_color(), linestyle=":", linewidth=1)
    ax.set(title=title, xlabel="epoch")
axes[0].set(ylabel="share of held-out rows", ylim=(-0.03, 1.03))
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", title="predicted\n(dotted: true)")
plt.show()

# %%
# New rows, which have other class shares, confirm it.

print(f"accuracy on new rows: {clf.score(X_new, y_new):.3f}, always 'b': {(y_new == 'b').mean():.3f}")
