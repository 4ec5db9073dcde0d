"""`DaskRobustMLPClassifier`: the estimator, its parameters and its methods. The work is done by the other modules."""

import copy
import gc

from robust_mlp._core.parameters import check_parameters
from robust_mlp._system.all_or_nothing import all_or_nothing
from robust_mlp._system.forks import check_not_forked
from robust_mlp.dask._lazy_predictions import LazyPredictions
from robust_mlp.dask._parts import is_collection, parts_of

# Parameters of the in-memory classifier that need the whole table at once, or this process.
_NEEDS_TABLE = {
    "sampler": (None, "draws from the whole table. Pass class_weight='balanced' if need be"),
    "callbacks": (None, "cannot follow a training on other machines"),
    "warm_start": (False, "is not supported on partitions. Go on from to_local() with partial_fit"),
    "validation": ("random", "has no meaning without an order of the partitions. Pass X_val and y_val"),
    "scoring": ("loss", "needs the held-out rows of all partitions at once. Pass scoring='loss'"),
}


class DaskRobustMLPClassifier(LazyPredictions):
    """Train `RobustMLPClassifier` on tables that do not fit into memory, with Dask.

    A sample of the rows is trained on under the guard, in this process: a collapse is noticed and repaired there, where
    it costs little. From that network the training goes on, on all partitions, in rounds [1]_: each group of partitions
    trains a network of its own from the same weights, and the weights and Adam's moments are averaged. Every round is
    a set of plain Dask tasks. A worker that is lost is a task that is computed again, and the result depends on the
    partitions, `n_groups`, `members_per_task` and `random_state`, not on the number of workers.

    Parameters
    ----------
    sample_size : int, default=100_000
        Rows that are read into this process, about, >= 1000: for the guarded training, for quantiles and for what kind
        each column is. A class has at least 200 of its rows among them, or all. A table that has no more rows is
        trained on in this process alone.
    n_groups : 'auto' or int, default='auto'
        Networks that train at once in a round, >= 1, and at most one for each partition. 'auto': one for
        every 10,000 rows, up to 8. With more, more workers have something to do, and each network sees fewer rows.
    members_per_task : 'all' or int, default='all'
        Members of the network that one task trains, >= 1. 'all': a task trains all members of its group. With fewer,
        more workers have something to do than there are groups, and no more networks are averaged; the rows are encoded
        once for each of these tasks.
    client : distributed.Client or None, default=None
        Where tasks run. None: the client that this process has made last; without one, in this process, a partition
        at a time, while a thread reads the next.
    memory_limit : int or str, default="2GB"
        Bytes, or a text such as "512MB". Without a client, prepared partitions are kept up to half of it. Where they
        are more, they are read again in each epoch. It does not bound the size of one partition. `fit_parquet` and
        `fit_csv` cut their windows and the sample so that the whole process takes about as much at most.
    hidden_layer_sizes, activation, n_members, dropout, input_dropout, batch_norm, max_norm, linear_path, optimizer, \
learning_rate, learning_rate_schedule, weight_decay, label_smoothing, batch_size, max_iter, shuffle, early_stopping, \
validation_fraction, n_iter_no_change, tol, max_time, scale, numerical_embedding, categorical_features, class_weight, \
prior_correction, decision, collapse_guard, max_restarts, random_state, verbose
        As for `RobustMLPClassifier`. `max_iter` counts epochs over all partitions.
    checkpoint : str, path-like or None, default=None
        File in which `fit` keeps its trainings on the sample, and then the network after every round, each state whole
        or not at all. A fit that was killed goes on from there when it is called again with the same partitions and
        parameters, and ends in the same bits as one that was not. The cluster may be another one. Another fit raises,
        and leaves the file as it is. The file is deleted once the fit has ended, and stays if Ctrl-C, `max_time` or the
        loss of the cluster cut the fit off.
    scoring, validation, callbacks, warm_start, sampler
        Kept for the same signature. Other values than the default raise an error in `fit`, with what to do instead.

    Attributes
    ----------
    n_rows_ : int
        Rows of all partitions.
    report_ : TrainingReport
        As after an in-memory fit, with partitions that are unlike the others, and rounds whose network was put back.
        Its figures are those of the held-out rows of the sample.
    loss_curve_, history_ : list, dict
        An entry for the network that each round begins with, and one for the last. The first epoch has up to eight
        rounds, the next ones half as many each, down to one.

    The other attributes are those of `RobustMLPClassifier`, without `sample_indices_`.

    See Also
    --------
    robust_mlp.RobustMLPClassifier : For tables that fit into memory; faster there.

    References
    ----------
    .. [1] Lin, Stich, Patel, Jaggi (2020), "Don't Use Large Mini-Batches, Use Local SGD",
       https://arxiv.org/abs/1808.07217

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn.datasets import make_classification
    >>> from robust_mlp.dask import DaskRobustMLPClassifier
    >>> X, y = make_classification(4000, random_state=0)
    >>> X, y = da.from_array(X, chunks=(1000, 20)), da.from_array(y, chunks=1000)
    >>> clf = DaskRobustMLPClassifier(sample_size=2000, random_state=0).fit(X, y)
    >>> clf.predict_proba(X)
    dask.array<concatenate, shape=(4000, 2), dtype=float64, chunksize=(1000, 2), chunktype=numpy.ndarray>
    >>> bool((clf.predict(X) == y).mean().compute() > 0.9)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes="auto",
        activation="silu",
        *,
        n_members="auto",
        dropout=0.1,
        input_dropout=0.0,
        batch_norm=False,
        max_norm=None,
        linear_path=True,
        optimizer="adam",
        learning_rate=0.002,
        learning_rate_schedule="auto",
        weight_decay=0.01,
        label_smoothing=0.0,
        batch_size="auto",
        max_iter=200,
        shuffle=True,
        early_stopping="auto",
        scoring="loss",
        validation_fraction=0.1,
        validation="random",
        n_iter_no_change=15,
        tol=1e-4,
        max_time=None,
        callbacks=None,
        checkpoint=None,
        warm_start=False,
        scale="standard",
        numerical_embedding="auto",
        categorical_features="from_dtype",
        class_weight=None,
        sampler=None,
        prior_correction=False,
        decision="argmax",
        collapse_guard="repair",
        max_restarts=3,
        random_state=None,
        verbose=0,
        sample_size=100_000,
        n_groups="auto",
        members_per_task="all",
        client=None,
        memory_limit="2GB",
    ):
        own = ("sample_size", "n_groups", "members_per_task", "client", "memory_limit")
        given = {name: value for name, value in locals().items() if name not in ("self", "own", "__class__", *own)}
        super().__init__(**given)
        self.sample_size = sample_size
        self.n_groups = n_groups
        self.members_per_task = members_per_task
        self.client = client
        self.memory_limit = memory_limit

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None):
        """Train on a sample under the guard, then on all partitions.

        Parameters
        ----------
        X : Dask DataFrame, Dask Array of shape (n_samples, n_features), or list of delayed tables
            Columns as for `RobustMLPClassifier.fit`. What kind a column is, the sample decides.
        y : Dask Series, Dask Array of shape (n_samples,), or list of delayed labels
            In the partitions of `X`. Rows of Dask frames with known divisions meet by their index. All others meet by
            their place in the partition, those of delayed tables whatever index they have.
        sample_weight : like y, default=None
            How often each row counts, >= 0.
        X_val, y_val : like X and y, or tables in memory, default=None
            Held-out rows, instead of a part of each partition.

        Returns
        -------
        self : DaskRobustMLPClassifier

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, before any training. Messages name the partition.
        RuntimeError
            If the cluster was lost. After the first round, the classifier is then fitted: it keeps the best network of
            the rounds before. The message says so.
        CollapseError
            As in `RobustMLPClassifier.fit`.

        Warns
        -----
        CollapseWarning, UnderfitWarning, NoSignalWarning, OneClassWarning, RepairWarning
            As in `RobustMLPClassifier.fit`.
        """
        from robust_mlp.dask._parts import tables_of_collections

        self._check_all_parameters()
        return self._fit_tables(lambda: tables_of_collections(X, y, sample_weight), (X_val, y_val))

    def fit_parquet(self, data, target, *, sample_weight=None, columns=None):
        """Train on Parquet files that are larger than memory.

        Rows are read in windows when they are needed, each mixed from slices of row groups all over the files. So files
        that are sorted by time or by class do no harm. Without a client the process takes about `memory_limit` at most,
        whatever the number of rows. Another limit makes other windows, and so other bits.

        Parameters
        ----------
        data : str, path-like, list of these, or pyarrow.dataset.Dataset
            A file, a folder, a pattern such as ``"big/*.parquet"``, or several.
        target : str
            The column to predict.
        sample_weight : str, default=None
            The column that says how often each row counts, >= 0.
        columns : list of str, default=None
            The columns to learn from. None: all others. Columns of text are categories.

        Returns
        -------
        self : DaskRobustMLPClassifier

        Raises
        ------
        FileNotFoundError, ValueError, TypeError
            For files, columns, a memory limit or data that cannot be used.
        RuntimeError, CollapseError
            As in `fit`.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from sklearn.datasets import make_classification
        >>> from robust_mlp.dask import DaskRobustMLPClassifier
        >>> X, y = make_classification(6000, 5, random_state=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = pd.DataFrame(X, columns=list("abcde")).assign(answer=y)
        ...     table.to_parquet(Path(folder) / "rows.parquet", row_group_size=1000)
        ...     clf = DaskRobustMLPClassifier(sample_size=2000, max_iter=5, memory_limit="2GB", random_state=0)
        ...     clf = clf.fit_parquet(folder, "answer")
        >>> clf.n_rows_
        6000
        """
        from robust_mlp.dask._cluster import memory_of
        from robust_mlp.dask._parquet import parquet_rows

        self._check_all_parameters()
        return self._fit_tables(
            lambda: parquet_rows(data, target, sample_weight, columns).tables(self, memory_of(self)), (None, None)
        )

    def fit_csv(self, data, target, *, sample_weight=None, columns=None, read_options=None):
        """Train on CSV files that are larger than memory.

        The rows are written as Parquet to a temporary folder first, which takes about as much disk as the files
        themselves. ``TMPDIR`` says where. Then the fit is that of `fit_parquet`. A column that holds a text in any row
        of any file is a category.

        Parameters
        ----------
        data : str, path-like, or list of these
            A file, a folder, a pattern such as ``"big/*.csv"``, or several. ``.gz``, ``.bz2`` and ``.xz`` may follow.
        target, sample_weight, columns
            As for `fit_parquet`.
        read_options : dict, default=None
            Passed to ``pandas.read_csv``, such as ``{"sep": ";"}``.

        Returns
        -------
        self : DaskRobustMLPClassifier
        """
        from robust_mlp.dask._csv_files import as_parquet

        self._check_all_parameters()
        named = (("target", target), ("sample_weight", sample_weight), *(("columns", name) for name in columns or ()))
        with as_parquet(data, read_options, named) as folder:
            return self.fit_parquet(folder, target, sample_weight=sample_weight, columns=columns)

    def _fit_tables(self, make_tables, validation):
        """Train on what `make_tables`, () -> Tables, returns."""
        from robust_mlp._collapse.announce import announce
        from robust_mlp.dask._cluster import running
        from robust_mlp.dask._fit import fit
        from robust_mlp.dask._lost_cluster import kept_in_spite_of

        check_not_forked()
        with all_or_nothing(self), running(self) as runner:
            outcome, predicted = fit(self, make_tables(), validation, runner)
        gc.collect()  # cycles of the simple models hold the sample
        if runner.lost is not None:
            raise kept_in_spite_of(runner.lost, outcome, self.checkpoint) from runner.lost
        announce(outcome, self.collapse_guard, predicted, self.overridden_)
        return self

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on each partition in turn, in this process, and continue the previous training.

        Parameters
        ----------
        X, y, sample_weight
            Dask collections as for `fit`, or tables in memory as for `RobustMLPClassifier.partial_fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels of all calls; needed in the first call.

        Returns
        -------
        self : DaskRobustMLPClassifier
        """
        if not is_collection(X):
            return super().partial_fit(X, y, classes, sample_weight)
        import dask

        from robust_mlp.dask._reading import n_rows_of

        for part in parts_of(X, y, sample_weight):
            rows, labels, weights = dask.compute(part.X, part.y, part.weights)
            if n_rows_of(labels):
                super().partial_fit(rows, labels, classes, weights)
        return self

    def save_model(self, path, *, leave_out=(), rows=True):
        """Write the classifier to a model file, as `RobustMLPClassifier.save_model`; `load_model` gives that class."""
        self.to_local().save_model(path, leave_out=leave_out, rows=rows)

    def __sklearn_clone__(self):
        """An unfitted copy, as `sklearn.base.clone` makes it. It has the same client, since no client can be copied."""
        shell = copy.copy(self)  # without the client, see below
        found = super(DaskRobustMLPClassifier, shell).__sklearn_clone__()
        found.client = self.client
        return found

    def __getstate__(self):
        state = super().__getstate__()
        return {**state, "client": None} if "client" in state else state  # a connection cannot be pickled

    def _check_all_parameters(self):
        check_parameters(self)
        for name, (default, why) in _NEEDS_TABLE.items():
            value = getattr(self, name)
            if not (value is default or (isinstance(value, str) and value == default)):
                raise ValueError(f"{name}={value!r} {why}, or leave {name}={default!r}.")
        from robust_mlp.dask._cluster import check_own_parameters

        check_own_parameters(self)
