"""Who may import whom: the imports of every module are read with `ast`, those inside functions included."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "robust_mlp"

# Layer and part of every module; the longest matching prefix counts. A module imports lower layers and its own part.
PLACES = {
    "_plan": (0, "ground"),
    "_seeds": (0, "ground"),
    "_activations": (0, "ground"),
    "_cache": (0, "ground"),
    "_compat": (0, "ground"),
    "_forks": (0, "ground"),
    "_freed_memory": (0, "ground"),
    "_memory": (0, "ground"),
    "_threads": (0, "ground"),
    "_radial_units": (0, "ground"),
    "_odds": (0, "ground"),
    "_temperature": (0, "ground"),
    "exceptions": (0, "ground"),
    "_records": (1, "records"),
    "_report": (1, "records"),
    "_parameters": (1, "records"),
    "datasets": (1, "datasets"),
    "_datasets": (1, "datasets"),
    "_data": (2, "_data"),
    "_decision": (2, "_decision"),
    "_collapse": (2, "_collapse"),
    "_network": (2, "_network"),
    "_inference": (1, "_inference"),
    "_radial_learning": (1, "_radial_learning"),
    "priors": (2, "priors"),
    "_priors": (2, "priors"),
    "_collapse.guard": (3, "_collapse"),
    "_network.training": (3, "_network"),
    "_network.members": (3, "_network"),
    "_inspection": (3, "_inspection"),
    "_imbalance": (3, "_imbalance"),
    "classifier": (4, "face"),
    "_additive": (4, "face"),
    "_companions": (4, "face"),
    "_radial": (4, "face"),
    "_votes": (4, "face"),
    "_planning": (4, "face"),
    "_fitted": (3, "_fitted"),
    "_fitting": (4, "face"),
    "_guarded_fit": (4, "face"),
    "_prepared": (4, "face"),
    "_watching": (4, "face"),
    "_partial": (4, "face"),
    "_verdicts": (4, "face"),
    "keras_classifier": (4, "face"),
    "callbacks": (4, "face"),
    "inspection": (4, "face"),
    "displays": (4, "face"),
    "compare": (4, "face"),
    "cli": (5, "command line"),
    "_cli": (5, "command line"),
    "demo": (5, "command line"),
    "_demo": (5, "command line"),
    "__main__": (6, "program"),
    "": (6, "package"),  # robust_mlp/__init__.py: the lazy names
}
NEVER_MEET = {"_data", "_collapse", "_network"}

# Which of our modules may import a heavy library at all, and which of those at their top: at the top means "as soon as
# the module is imported".
MAY_IMPORT = {
    "tensorflow": ["_network", "_inspection", "callbacks", "inspection", "keras_classifier", "_demo"],
    "keras": ["_network", "_inspection", "callbacks", "inspection", "keras_classifier", "_demo"],
    "scikeras": ["keras_classifier"],
    "imblearn": ["_data"],
    "pandas": ["_data", "_cli", "_datasets", "demo", "displays", "compare"],
    "polars": ["_data"],
    "pyarrow": ["_data"],
    "matplotlib": ["displays", "_report", "compare"],
}
MAY_IMPORT_AT_TOP = {
    "tensorflow": ["_network", "callbacks", "keras_classifier"],
    "keras": ["_network", "callbacks", "keras_classifier"],
    "scikeras": ["keras_classifier"],
}


def modules():
    """Every module below robust_mlp as {dotted name without the package: path}."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(source, name, is_package):
    """Pairs (imported dotted name, whether at the module's top) of everything that `source` imports."""
    tree = ast.parse(source)
    inside = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_type_checking(node)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in inside
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = ["robust_mlp", *(name.split(".") if name else [])]
                folder = folder[: len(folder) - node.level + is_package]
                base = ".".join(folder + ([node.module] if node.module else []))
            for alias in node.names:
                yield f"{base}.{alias.name}", id(node) not in inside


def is_type_checking(node):
    """Whether `node` is an `if TYPE_CHECKING:` block, which never runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def own_module(imported):
    """The module of ours that a dotted name stands for, or None.

    `imported` is a module, or a name inside one; "a.b.c" where neither a.b.c nor a.b is a module leads nowhere.
    """
    if imported.split(".")[0] != "robust_mlp":
        return None
    name = imported.partition(".")[2]
    return name if name in MODULES else name.rpartition(".")[0]


def edges():
    """Pairs (importer, imported) between our own modules."""
    found = set()
    for name, path in MODULES.items():
        for imported, _ in imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py"):
            target = own_module(imported)
            if target is not None and target != name and imported != "robust_mlp.__version__":
                found.add((name, target))
    return sorted(found)


def place(name):
    """Layer and part of a module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in PLACES:
            return PLACES[".".join(parts[:length])]
    raise AssertionError(f"robust_mlp.{name} has no place yet: add it to PLACES with its layer and part.")


def is_among(name, prefixes):
    """Whether a module is one of `prefixes` or lies below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def broken_layers(pairs):
    """The pairs that import upwards, or sideways into another part."""
    broken = []
    for importer, imported in pairs:
        (layer, part), (other_layer, other_part) = place(importer), place(imported)
        is_down = other_layer < layer or (other_layer == layer and other_part == part)
        if not is_down or ({part, other_part} <= NEVER_MEET and part != other_part):
            broken.append((importer, imported))
    return broken


def cycle_in(pairs):
    """Modules on a cycle, in import order, or an empty list."""
    below = {}
    for importer, imported in pairs:
        below.setdefault(importer, []).append(imported)
    done = set()

    def walk(name, path):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for imported in below.get(name, []):
            if cycle := walk(imported, [*path, name]):
                return cycle
        done.add(name)
        return []

    return next((cycle for name in sorted(below) if (cycle := walk(name, []))), [])


def test_every_module_has_a_place_in_the_layers():
    assert [name for name in MODULES if place(name) is None] == []


def test_every_import_of_ours_leads_to_a_module():
    assert [(importer, imported) for importer, imported in edges() if imported not in MODULES] == []


def test_imports_point_down_and_never_sideways():
    assert broken_layers(edges()) == []


def test_the_design_names_every_part_and_no_other():
    text = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    table = text.split("## Layers")[1].split("\n## ")[0]
    rows = [
        line.split("|")[2]
        for line in table.splitlines()
        if line.startswith("| ") and line.split("|")[1].strip().isdigit()
    ]
    named = {name for cell in rows for name in re.findall(r"`([\w.]+)`", cell)}
    parts = {name.split(".")[0] for name in MODULES if name and name != "__main__"}
    assert {name.split(".")[0] for name in named} == parts


def test_no_module_imports_itself_through_others():
    assert cycle_in(edges()) == []


@pytest.mark.parametrize("library", MAY_IMPORT)
def test_heavy_libraries_are_imported_only_where_they_belong(library):
    wrong = []
    for name, path in MODULES.items():
        for imported, is_top in imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py"):
            allowed = MAY_IMPORT_AT_TOP.get(library, []) if is_top else MAY_IMPORT[library]
            if imported.split(".")[0] == library and not is_among(name, allowed):
                wrong.append(f"robust_mlp.{name} imports {imported} {'at its top' if is_top else 'in a function'}")
    assert wrong == []


@pytest.mark.parametrize(
    "pair, is_broken",
    [
        (("classifier", "_plan"), False),  # downwards
        (("_data.tables", "_data.columns"), False),  # within one part
        (("_collapse.guard", "_collapse.symptoms"), False),  # down within one part
        (("_plan", "classifier"), True),  # upwards
        (("_collapse.symptoms", "_collapse.guard"), True),  # upwards within one part
        (("_data.tables", "_network.engine"), True),  # sideways
        (("_network.training", "_data.tables"), True),  # down, but between two halves that never meet
        (("_collapse.guard", "_network.engine"), True),  # the same
        (("_inference", "_network"), True),  # upwards
    ],
)
def test_the_layer_rule_tells_broken_from_allowed(pair, is_broken):
    assert (broken_layers([pair]) == [pair]) is is_broken


def test_a_cycle_is_found():
    assert cycle_in([("a", "b"), ("b", "c"), ("c", "b")]) == ["b", "c"]
    assert cycle_in([("a", "b"), ("b", "c"), ("a", "c")]) == []


def test_imports_inside_functions_and_relative_ones_are_read():
    source = "import os\ndef f():\n    from . import _plan\n    import keras.ops\n"
    assert list(imports(source, "_data.tables", is_package=False)) == [
        ("os", True),
        ("robust_mlp._data._plan", False),
        ("keras.ops", False),
    ]
