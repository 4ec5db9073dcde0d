"""The line of Keras that removes each cause that the guard can find.

A table of texts. Decides nothing."""

from dataclasses import replace

_ADAM = "optimizer=keras.optimizers.Adam(learning_rate=1e-3)"
_RELU = 'keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")'
_SCALER = (
    "scaler = sklearn.preprocessing.StandardScaler().fit(X_train); X_train = scaler.transform(X_train)"
    "  # the same scaler for every X to predict"
)
KERAS_LINES = {
    "unscaled_columns": _SCALER,
    "heavy_tailed_columns": _SCALER.replace("Standard", "Robust"),
    "sorted_rows": "model.fit(..., shuffle=True), or order = np.random.permutation(len(X)); X, y = X[order], y[order]",
    "label_smoothing_too_strong": "loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)",
    "class_weight_too_strong": "model.fit(..., class_weight=None), and choose the threshold afterwards",
    "learning_rate_too_high": _ADAM,
    "learning_rate_too_low": f"{_ADAM} and model.fit(..., epochs=100)",
    "steps_bounded": f"{_ADAM}  # with its own epsilon, and clipnorm, clipvalue or global_clipnorm near 1",
    "pairs_alone": (
        'keras.layers.HashedCrossing(num_bins=1000, output_mode="one_hot")((first, second)), beside the inputs; '
        "numbers cut into ranges before"
    ),
    "too_many_held_out": "model.fit(..., validation_split=0.1)",
    "schedule_too_short": f"{_ADAM}  # without a schedule, or one over more steps",
    "batch_of_one": "model.fit(..., batch_size=32)",
    "batch_too_large": "model.fit(..., batch_size=32)",
    "batch_averages_lag": "keras.layers.BatchNormalization(momentum=0.9) and more epochs; or CollapseGuard('restore'), "
    "which estimates the averages again on training rows when the training ends.",
    "too_few_epochs": "model.fit(..., epochs=100)",
    "stopped_too_early": "keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True)",
    "no_hidden_layer": f"{_RELU} before the last layer",
    "linear_activation": _RELU,
    "exploding_activation": _RELU,
    "vanishing_gradient": f"{_RELU}, then keras.layers.BatchNormalization()",
    "exploding_gradient": "optimizer=keras.optimizers.Adam(learning_rate=1e-3, clipnorm=1.0)",
    "dead_units": 'keras.layers.Dense(64, activation="leaky_relu"), on standardized inputs',
    "saturated_units": f"keras.layers.BatchNormalization() before the activation, or {_RELU}",
    "dropout_too_strong": "keras.layers.Dropout(0.1)",
    "input_dropout_too_strong": "Delete the Dropout layer in front of the first Dense layer.",
    "weight_decay_too_strong": "optimizer=keras.optimizers.AdamW(weight_decay=0.004), and no "
    "kernel_regularizer or activity_regularizer above keras.regularizers.L2(1e-3)",
    "max_norm_too_small": "kernel_constraint=keras.constraints.MaxNorm(3)",
    "layer_too_narrow": _RELU,
    "in_sample": "model.fit(..., validation_data=(X_val, y_val)) for an honest judgement",
    "one_class_held_out": "model.fit(..., validation_data=(X_val, y_val)) with rows of every class; "
    "validation_split takes the last rows, so shuffle them first",
    "decision_collapse": "Choose the threshold on model.predict(X_val) that suits your costs; "
    "another training would not help.",
    "rare_classes_never_predicted": "Choose the threshold on model.predict(X_val) that suits your costs.",
    "overconfident": "keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)",
    "still_improving": "model.fit(...) with more epochs, or a higher learning rate",
    "late_collapse": "keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True) and a lower learning rate",
    "overfitting": "keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)",
    "unread_columns": 'X[name] = pd.to_numeric(X[name], errors="coerce") for each column of text that holds numbers',
    "unknown": "robust_mlp.inspect_model(model, X, y), or train with robust_mlp.GuardedKerasClassifier(create_model)",
}


def with_keras_lines(report):
    """The report with Keras code as fixes.

    Parameters
    ----------
    report : TrainingReport
    """

    def typed(findings):
        return tuple(replace(finding, fix=KERAS_LINES.get(finding.code, finding.fix)) for finding in findings)

    return replace(report, findings=typed(report.findings), advisories=typed(report.advisories))
