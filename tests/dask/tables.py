"""Tables in partitions and small networks, for the tests of this folder."""

import dask.dataframe as dd
import numpy as np
import pandas as pd
from distributed import Worker
from sklearn.datasets import make_classification

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import OptimizerState, Trained
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._local_steps import RoundJob, Steps
from robust_mlp.dask._reading import PreparedPart

# Rows of two classes for calls of local steps.
ROWS = np.random.default_rng(0).normal(size=(300, 3))
SEEDS = dict.fromkeys(("split", "balance", "weights", "dropout", "shuffle", "signal"), 3)
PLAN = TrainingPlan(hidden_layer_sizes=(8,), batch_size=32, learning_rate=0.01)


def frame(n_rows=4000, seed=0, n_classes=3):
    """A frame of numbers with missing cells and one category, and its labels."""
    X, y = make_classification(n_rows, 8, n_informative=5, n_classes=n_classes, random_state=seed)
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(8)])
    rng = np.random.default_rng(seed)
    table["kind"] = np.where(y == 0, "a", "b")
    table.loc[rng.random(n_rows) < 0.3, "kind"] = "c"
    table.loc[rng.random(n_rows) < 0.05, "c3"] = np.nan
    return table, pd.Series(np.array(["no", "perhaps", "yes"])[y], name="answer")


def partitioned(X, y, n_partitions=4):
    """The same as Dask collections."""
    table = dd.from_pandas(X.assign(answer=y.to_numpy()), npartitions=n_partitions)
    return table.drop(columns="answer"), table["answer"]


async def worker_here(address, folder):
    """A worker of a scheduler in this process, which has TensorFlow already. Call with ``client.sync``."""
    return await Worker(address, nthreads=1, memory_limit=0, dashboard=False, local_directory=folder)


def part(n_held_out=60):
    """A partition of 300 rows of two classes."""
    table = LabelledTable(ROWS, (ROWS[:, 0] > 0).astype(np.int32), np.ones(300))
    return PreparedPart(table.at(np.arange(n_held_out, 300)), table.at(np.arange(n_held_out)))


def job(plan=PLAN):
    """What its local steps share."""
    matrix, reader = read_table(RobustMLPClassifier(), ROWS, categorical_features=None, reset=True)
    encoding = learn_encoding(matrix, reader, np.arange(300), np.ones(300), "standard")
    return RoundJob(plan, encoding, SEEDS, 2, np.ones(2), np.zeros(2), 100, divided_members=((0,),))


def network(kernel):
    """Weights of a network without hidden layers whose kernel is one number everywhere."""
    kernels = [np.full((3, 2), kernel, np.float32), np.zeros(2, np.float32)]
    return NetworkWeights(kernels, [], "relu", 0, False, False, 1)


def steps(kernel, mass=1.0, slot=0.0, n_steps=5):
    """Steps that ended in such a network, with one moment."""
    state = OptimizerState({"momentum": [np.full((3, 2), slot, np.float32)]}, [np.int64(n_steps)])
    return Steps(Trained(network(kernel), [state], n_steps), mass, kernel / 10)
