"""The shape of the code: no function with many parameters or many lines, no long module, no record that writes itself.

Each limit has a short list of exceptions. A new entry is a decision to be made here; an entry that is no longer needed
fails as well."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "robust_mlp"

# More than that nobody keeps in mind: parameters that go together belong into a record.
MOST_PARAMETERS = 8
# What fits on a screen, docstring, comments and blank lines left out.
MOST_LINES_OF_FUNCTION = 60
# One idea, docstrings included.
MOST_LINES_OF_MODULE = 450

# Signatures that are the interface: scikit-learn wants each parameter of an estimator in its constructor.
MANY_PARAMETERS = {
    "dask._classifier.DaskRobustMLPClassifier.__init__": "an estimator's parameters",
    "classifier.RobustMLPClassifier.__init__": "an estimator's parameters",
    "keras_classifier.estimator.GuardedKerasClassifier.__init__": "an estimator's parameters",
}
LONG_FUNCTIONS = {
    "classifier.RobustMLPClassifier.__init__": "a line for each parameter, twice",
}
LONG_MODULES = {
    "classifier": "half of it documents the parameters and attributes",
}


def dotted(path):
    """The dotted name of a module without the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {dotted(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def functions(source, prefix=""):
    """(dotted name, node) of every function of a module, those inside classes and functions included."""

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{inside}.{child.name}" if inside else child.name
                if not isinstance(child, ast.ClassDef):
                    yield name, child
                yield from walk(child, name)
            else:
                yield from walk(child, inside)

    yield from walk(ast.parse(source), prefix)


def n_parameters(function):
    """How many parameters a function has, `self` and `cls` left out."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    if named and named[0].arg in ("self", "cls"):
        named = named[1:]
    others = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return len(named) + len(arguments.kwonlyargs) + len(others)


def n_lines(function, source):
    """Lines of a function that hold code: no docstring, comments and blank lines."""
    skipped = set()
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        skipped = set(range(docstring.lineno, docstring.end_lineno + 1))
    lines = enumerate(source.splitlines()[function.lineno - 1 : function.end_lineno], start=function.lineno)
    return sum(number not in skipped and line.strip() != "" and line.strip()[0] != "#" for number, line in lines)


def beyond(measure, limit):
    """{dotted name: measure} of the functions of the package that are beyond a limit."""
    found = {}
    for module, source in MODULES.items():
        for name, function in functions(source, module):
            if (measured := measure(function, source)) > limit:
                found[name] = measured
    return found


def is_frozen(cls):
    """Whether a class definition is a frozen dataclass."""
    return any(
        isinstance(decorator, ast.Call)
        and any(keyword.arg == "frozen" and getattr(keyword.value, "value", False) for keyword in decorator.keywords)
        for decorator in cls.decorator_list
    )


def writes_to_itself(source):
    """Names of the frozen dataclasses in `source` that go around their being frozen, outside of `__setstate__`."""
    found = []
    for cls in ast.walk(ast.parse(source)):
        if not isinstance(cls, ast.ClassDef) or not is_frozen(cls):
            continue
        for method in cls.body:
            if isinstance(method, ast.FunctionDef) and method.name != "__setstate__":
                text = ast.unparse(method)
                if any(way in text for way in ("object.__setattr__", "self.__dict__[", "self.__dict__.update")):
                    found.append(f"{cls.name}.{method.name}")
    return found


def test_no_function_has_more_parameters_than_anybody_keeps_in_mind():
    found = beyond(lambda function, source: n_parameters(function), MOST_PARAMETERS)
    assert set(found) == set(MANY_PARAMETERS), found


def test_no_function_is_longer_than_a_screen():
    found = beyond(n_lines, MOST_LINES_OF_FUNCTION)
    assert set(found) == set(LONG_FUNCTIONS), found


def test_no_module_is_longer_than_one_idea():
    found = {name: len(source.splitlines()) for name, source in MODULES.items()}
    found = {name: n for name, n in found.items() if n > MOST_LINES_OF_MODULE}
    assert set(found) == set(LONG_MODULES), found


def test_no_frozen_record_writes_to_itself():
    found = {name: writers for name, source in MODULES.items() if (writers := writes_to_itself(source))}
    assert found == {}


SOURCE = '''
class Estimator:
    def __init__(self, a, /, b, *others, c, **more):
        """Two lines
        of text."""
        # why

        self.a = a

        def inner(x):
            return x


async def outer(): pass
'''


def test_functions_are_found_wherever_they_are():
    assert [name for name, _ in functions(SOURCE, "m")] == [
        "m.Estimator.__init__",
        "m.Estimator.__init__.inner",
        "m.outer",
    ]


@pytest.mark.parametrize("name, n", [("Estimator.__init__", 5), ("Estimator.__init__.inner", 1), ("outer", 0)])
def test_all_kinds_of_parameters_count_and_self_does_not(name, n):
    assert n_parameters(dict(functions(SOURCE))[name]) == n


@pytest.mark.parametrize("name, n", [("Estimator.__init__", 4), ("Estimator.__init__.inner", 2), ("outer", 1)])
def test_lines_of_code_count_and_others_do_not(name, n):
    assert n_lines(dict(functions(SOURCE))[name], SOURCE) == n


@pytest.mark.parametrize(
    "decorator, line, expected",
    [
        ("@dataclass(frozen=True)", "object.__setattr__(self, 'x', 1)", ["A.f"]),
        ("@dataclass(frozen=True, eq=False)", "self.__dict__['x'] = 1", ["A.f"]),
        ("@dataclass(frozen=True)", "self.__dict__.update(x=1)", ["A.f"]),
        ("@dataclass(frozen=True)", "return self.x", []),
        ("@dataclass(frozen=False)", "self.__dict__['x'] = 1", []),
        ("@dataclass", "self.x = 1", []),
    ],
)
def test_a_record_that_writes_to_itself_is_found(decorator, line, expected):
    assert writes_to_itself(f"{decorator}\nclass A:\n    def f(self):\n        {line}\n") == expected
