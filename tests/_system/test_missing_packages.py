"""A missing package is told by name, with the command that installs it."""

import sys

import pytest

from robust_mlp._system.missing_packages import check_installed


def test_packages_that_are_there_are_no_error_and_are_not_imported():
    before = set(sys.modules)
    check_installed("fit", "numpy", "xmlrpc")
    assert "xmlrpc" not in set(sys.modules) - before


@pytest.mark.parametrize(
    "packages, expected",
    [
        (("numpy", "no_such_a"), "package no_such_a, which is not installed. Install it with: pip install robust-mlp"),
        (
            ("no_such_a", "numpy", "no_such_b", "no_such_c"),
            "packages no_such_a, no_such_b and no_such_c, which are not installed. Install them with: "
            "pip install robust-mlp",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_command(packages, expected):
    with pytest.raises(ImportError) as caught:
        check_installed("RobustMLPClassifier.fit", *packages)
    assert str(caught.value) == f"RobustMLPClassifier.fit needs the {expected}"
    assert caught.value.name == "no_such_a"


def test_another_command_can_be_told():
    with pytest.raises(ImportError, match=r"Install it with: pip install 'robust-mlp\[onnx\]'$"):
        check_installed("to_onnx", "no_such_a", to_type="pip install 'robust-mlp[onnx]'")


def test_a_package_that_is_blocked_counts_as_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "xmlrpc", None)
    with pytest.raises(ImportError, match="needs the package xmlrpc"):
        check_installed("fit", "xmlrpc")


def test_a_finder_that_refuses_a_name_counts_as_missing(monkeypatch):
    class Refusing:
        def find_spec(self, name, path=None, target=None):
            if name == "xmlrpc":
                raise ModuleNotFoundError(f"{name} is refused")

    monkeypatch.delitem(sys.modules, "xmlrpc", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Refusing(), *sys.meta_path])
    with pytest.raises(ImportError, match="needs the package xmlrpc"):
        check_installed("fit", "xmlrpc")


def test_a_module_that_is_loaded_counts_as_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "made_by_hand", type(sys)("made_by_hand"))
    check_installed("fit", "made_by_hand")
