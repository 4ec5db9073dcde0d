"""What a training step changes: weights, and what the optimizer remembers of them; joined, or each array apart.

Operation by operation, few variables are faster. A compiled program has no cost for an operation, but copies each array
out of a vector that holds many: it takes them apart once, makes many steps, and joins them again."""

import keras
import numpy as np

from robust_mlp._network.graph.weight_layout import WeightLayout


class Weights:
    """Variables that hold the model's weight arrays, as a layout says, and the optimizer that moves them.

    Parameters
    ----------
    variables : list of keras.Variable
    layout : WeightLayout
    optimizer : keras.optimizers.Optimizer
        Built for the variables.
    """

    def __init__(self, variables, layout, optimizer):
        self.variables, self.layout, self.optimizer = variables, layout, optimizer

    def values(self):
        """The variables' values, tensors."""
        return _values(self.variables)

    def parts(self):
        """The model's weight arrays, tensors."""
        return self.layout.parted_tensors(self.values())

    def assign(self, values):
        """Give the variables their values."""
        _assign(self.variables, values)

    def remembered(self):
        """What the optimizer keeps: {name: one variable for each of the weights'}, and the others in their order."""
        slots, others = {}, []
        prefix = f"{self.variables[0].name}_"  # Keras names them so
        for variable in self.optimizer.variables:
            if variable.name.startswith(prefix):
                slots.setdefault(variable.name, []).append(variable)
            else:
                others.append(variable)
        return slots, others


class WeightsApart(Weights):
    """The same weights and the same optimizer, each array in a variable of its own.

    Parameters
    ----------
    joined : Weights
        Of an optimizer whose update of a weight depends on that weight's gradients alone.
    shapes : list of tuple of int
        Of the weight arrays.
    is_kernel : list of bool
    """

    def __init__(self, joined, shapes, is_kernel):
        # Of the same name as theirs, so that what the optimizers keep of them has the same names as well.
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
        """Take all values over, and apart."""
        for mine, theirs in self._of_weights:
            _assign(mine, self._joined_layout.parted_tensors(_values(theirs)))
        for mine, theirs in self._others:
            mine.assign(theirs)

    def give_back(self):
        """Give all values back, joined."""
        for mine, theirs in self._of_weights:
            _assign(theirs, self._joined_layout.joined_tensors(_values(mine)))
        for mine, theirs in self._others:
            theirs.assign(mine)


def _values(variables):
    return [v.value.read_value() for v in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
