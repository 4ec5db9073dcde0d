"""
Your own Keras network, inspected and repaired
==============================================

A tutorial network from the web is put on the wine table: sigmoid outputs, a loss that wants softmax, unscaled
columns. ``inspect_model`` finds what does not fit before a single epoch is trained. ``GuardedKerasClassifier`` takes
the same model function and repairs it.
"""

# %%

import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from robust_mlp import GuardedKerasClassifier, RepairWarning, inspect_model

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)


def create_mlp():
    layers = keras.layers
    hidden = [layers.Dense(32, activation="relu"), layers.Dense(16, activation="relu")]
    model = keras.Sequential([keras.Input((13,)), *hidden, layers.Dense(3, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.01), loss="categorical_crossentropy")
    return model


keras.utils.set_random_seed(0)
one_hot = keras.utils.to_categorical(y_train)
inspect_model(create_mlp(), X_train, one_hot)

# %%
# Trained as it is, the network gives all new rows to one class. Under the guard it tells the three wines apart.

plain = create_mlp()
plain.fit(X_train, one_hot, epochs=30, verbose=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", RepairWarning)  # it says what is printed below
    guarded = GuardedKerasClassifier(create_mlp, epochs=30, random_state=0).fit(X_train, y_train)
print(guarded.report_.headline)

# %%

answers = {"plain model.fit": np.asarray(plain(X_test)).argmax(axis=1), "guarded": guarded.predict(X_test)}
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.4), sharey=True)
for ax, (name, predicted) in zip(axes, answers.items(), strict=True):
    counts = np.array([[np.sum((y_test == true) & (predicted == k)) for true in range(3)] for k in range(3)])
    for true in range(3):
        ax.bar(range(3), counts[:, true], bottom=counts[:, :true].sum(axis=1), label=f"wine {true}")
    ax.set(title=f"{name}: {np.mean(predicted == y_test):.0%} right", xlabel="predicted wine", xticks=range(3))
axes[0].set_ylabel("new rows")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", title="true")
plt.show()
