"""
Watch a plain Keras training
============================

You train with ``model.fit`` and want to keep it. ``CollapseGuard`` is an ordinary callback: after each epoch it
compares the network with the class shares, and it stops a training that learns nothing. Its report names the causes
and what to type.
"""

# %%
# Handwritten digits, a deep network of sigmoid units, and plain SGD: the gradients vanish.

import warnings

import keras
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler

from robust_mlp import CollapseGuard

X, y = load_digits(return_X_y=True)
X = StandardScaler().fit_transform(X)


def train(activation, optimizer):
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(32, activation=activation) for _ in range(6)]
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    guard = CollapseGuard(mode="stop")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the callback warns; the report says the same
        model.fit(X, y, epochs=15, validation_split=0.3, verbose=0, callbacks=[guard])
    return guard.report_


reports = {"sigmoid, SGD": train("sigmoid", keras.optimizers.SGD(0.01)), "relu, Adam": train("relu", "adam")}
for name, report in reports.items():
    print(f"{name}: {report.verdict}")
print(*(f"- {finding.cause} {finding.fix}" for finding in reports["sigmoid, SGD"].findings), sep="\n")

# %%

figure, ax = plt.subplots(figsize=(6.5, 3.6))
for name, report in reports.items():
    attempt = report.attempts[-1]
    ax.plot(attempt.epochs, attempt.validation_loss, "o-", label=f"{name}: {report.verdict}")
ax.axhline(report.comparison.prior_loss, color="0.4", linestyle="--", label="class shares alone")
ax.set(xlabel="epoch", ylabel="log loss of held-out rows (nats)", ylim=(0, None))
ax.legend()
plt.show()
