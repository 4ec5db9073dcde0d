"""Weights and optimizer state of a training step: small arrays joined in one vector, or each array in its own variable.

Without XLA, few variables need few operations, which is faster. A compiled program pays nothing for an operation, but
copies each array out of the vector. So it splits the vector once, runs many steps, and joins the arrays again."""

import keras
import numpy as np

from robust_mlp._network.graph.one_replica import for_one_replica
from robust_mlp._network.graph.weight_layout import WeightLayout


class Weights:
    """Variables that hold the model's weight arrays in a given layout, and the optimizer that updates them.

    Parameters
    ----------
    variables : list of keras.Variable
    layout : WeightLayout
    optimizer : keras.optimizers.Optimizer
        It was built for the variables.
    """

    def __init__(self, variables, layout, optimizer):
        self.variables, self.layout, self.optimizer = variables, layout, for_one_replica(optimizer)

    def values(self):
        """The variables' values, tensors."""
        return _values(self.variables)

    def parts(self):
        """The model's weight arrays, tensors."""
        return self.layout.parted_tensors(self.values())

    def assign(self, values):
        """Set the values of the variables."""
        _assign(self.variables, values)

    def remembered(self):
        """The optimizer's variables: {name: one variable for each weight variable}, and a list of the others."""
        slots: dict[str, list] = {}
        prefix = f"{self.variables[0].name}_"  # Keras' prefix for them
        for variable in self.optimizer.variables:
            if variable.name.startswith(prefix):
                slots.setdefault(variable.name, []).append(variable)
        shapes = [tuple(variable.shape) for variable in self.variables]
        # Some optimizers keep sums over rows or columns: these have other shapes.
        slots = {name: found for name, found in slots.items() if [tuple(v.shape) for v in found] == shapes}
        known = {id(variable) for found in slots.values() for variable in found}
        return slots, [variable for variable in self.optimizer.variables if id(variable) not in known]


class WeightsApart(Weights):
    """The same weights and the same optimizer, with each array in its own variable.

    Parameters
    ----------
    joined : Weights
        The optimizer's update of a weight must depend only on the gradients of this weight.
    shapes : list of tuple of int
        Shapes of the weight arrays.
    is_kernel : list of bool
    """

    def __init__(self, joined, shapes, is_kernel):
        # They have the same name, so that the variables of both optimizers have the same names too.
        name = joined.variables[0].name
        variables = [keras.Variable(np.zeros(shape, np.float32), name=name) for shape in shapes]
        optimizer = type(joined.optimizer).from_config(joined.optimizer.get_config())
        optimizer.build(variables)
        super().__init__(variables, WeightLayout(shapes, is_kernel, may_join=False), optimizer)
        (mine, my_others), (theirs, their_others) = self.remembered(), joined.remembered()
        self._of_weights = [(variables, joined.variables), *((mine[key], theirs[key]) for key in theirs)]
        self._others = list(zip(my_others, their_others, strict=True))
        self._joined_layout = joined.layout

    def take(self):
        """Copy all values from the joined variables, split."""
        for mine, theirs in self._of_weights:
            _assign(mine, self._joined_layout.parted_tensors(_values(theirs)))
        for mine, theirs in self._others:
            mine.assign(theirs)

    def give_back(self):
        """Copy all values back into the joined variables."""
        for mine, theirs in self._of_weights:
            _assign(theirs, self._joined_layout.joined_tensors(_values(mine)))
        for mine, theirs in self._others:
            theirs.assign(mine)


def _values(variables):
    return [v.value.read_value() for v in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
