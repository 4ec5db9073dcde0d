"""The tests mirror the package: each module has a test file of its name at its place, and test files stand alone."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "robust_mlp"


def place_of_tests(module):
    """Where the tests of a module lie, relative to the tests' folder, by its path relative to the package's.

    The underscores around a file's name are left out, as privacy is nothing that a test has; those of folders stay.
    """
    return module.with_name(f"test_{module.stem.strip('_')}.py")


def modules():
    """Every module of the package, relative to it; a folder's __init__ is tested with what it hands on."""
    return [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py")) if path.name != "__init__.py"]


def files_of_tests():
    """Every test file, relative to the tests' folder."""
    return [path.relative_to(TESTS) for path in sorted(TESTS.rglob("test_*.py"))]


def imported_names(source, folder):
    """Every dotted name that `source` imports, with and without what follows `import` in `from x import y`.

    `folder` is that of the source relative to the tests' folder, which relative imports go out from.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ("tests", *folder.parts)[: 1 + len(folder.parts) - (node.level - 1)] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_test_module(name):
    """Whether a dotted name is that of a test file."""
    path = TESTS.parent.joinpath(*name.split(".")).with_suffix(".py")
    return path.name.startswith("test_") and path.is_file()


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.as_posix())
def test_each_module_has_tests_of_its_name_at_its_place(module):
    expected = TESTS / place_of_tests(module)
    assert expected.is_file(), f"robust_mlp/{module.as_posix()} has no tests/{place_of_tests(module).as_posix()}"
    assert any(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for node in ast.parse(expected.read_text(encoding="utf-8")).body
    ), f"tests/{place_of_tests(module).as_posix()} holds no test"


def test_no_test_module_imports_another():
    wrong = [
        f"tests/{path.as_posix()} imports {name}"
        for path in files_of_tests()
        for name in imported_names((TESTS / path).read_text(encoding="utf-8"), path.parent)
        if is_test_module(name)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "module, expected",
    [
        ("classifier.py", "test_classifier.py"),
        ("_data/encoding.py", "_data/test_encoding.py"),
        ("cli/_fit.py", "cli/test_fit.py"),
        ("inspection/_read/facts.py", "inspection/_read/test_facts.py"),
        ("__main__.py", "test_main.py"),
    ],
)
def test_a_modules_test_file_is_known_by_its_name(module, expected):
    assert place_of_tests(Path(module)).as_posix() == expected


@pytest.mark.parametrize(
    "source",
    [
        "import tests.test_import_rules",
        "from tests.test_import_rules import MODULES",
        "from tests import test_import_rules",
        "from .. import test_import_rules",
        "from ..test_import_rules import MODULES",
        "def inside():\n    from tests.test_import_rules import MODULES",
    ],
)
def test_every_way_to_import_a_test_module_is_seen(source):
    assert any(map(is_test_module, imported_names(source, Path("_data"))))


@pytest.mark.parametrize(
    "source", ["from tests.tiny_fits import tiny", "from tests import tiny_fits", "import numpy.testing"]
)
def test_helper_modules_and_libraries_may_be_imported(source):
    assert not any(map(is_test_module, imported_names(source, Path("_data"))))
