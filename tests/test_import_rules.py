"""Who may import whom: the imports of every module are read with `ast`, those inside functions included."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "robust_mlp"

# Which folders (and modules at the top) each folder imports: exactly these. An edge more is a decision to be made here,
# an edge less is a line to be deleted. A nested folder stands for itself; "" is robust_mlp/__init__.py.
IMPORTS = {
    "exceptions": [],
    "_core": [],
    "_system": [],
    "datasets": [],
    "_report": ["_core"],
    "_decision": ["_core"],
    "priors": ["_core", "_system", "persistence.export", "persistence.file_format"],
    "compare": ["_core", "_data", "_decision", "_report"],
    "displays": ["_report", "explanation", "explanation.contributions"],
    "explanation.contributions": ["_core", "_data", "_prediction", "_report", "_system"],
    "_data": ["_core", "_system"],
    "_prediction": ["_core", "_data", "_system", "exceptions"],
    "explanation._swaps": ["_core", "_data", "_prediction", "_system", "exceptions"],
    "explanation._measures": ["_core", "_data", "_prediction", "_system", "explanation._swaps"],
    "explanation": [
        "_core", "_data", "_prediction", "_report", "explanation._measures", "explanation._swaps",
        "explanation.contributions",
    ],
    "_network.graph": ["_core", "_system"],
    "_network": ["_core", "_network.graph", "_prediction", "_system"],
    "_collapse.symptoms": ["_core", "_report"],
    "_collapse.simple_models": ["_collapse.symptoms", "_core", "_report"],
    "_collapse.causes": ["_collapse.symptoms", "_core"],
    "_collapse": [
        "_collapse.causes", "_collapse.simple_models", "_collapse.symptoms", "_core", "_report", "exceptions",
    ],
    "_fit.companions": ["_collapse.simple_models", "_core", "_data", "_network", "_prediction", "_system"],
    "_fit": [
        "_collapse", "_collapse.symptoms", "_core", "_data", "_decision", "_fit.companions",
        "_network", "_prediction", "_report", "_system", "exceptions", "explanation._measures", "explanation._swaps",
        "persistence.file_format",
    ],
    "persistence.export": ["_core", "_data", "_prediction", "_system"],
    "persistence.file_format": ["_core", "_data", "_decision", "_prediction", "_report", "_system", "exceptions"],
    "classifier": [
        "_collapse", "_core", "_fit", "_network", "_prediction", "_system", "persistence.export",
        "persistence.file_format",
    ],
    "search": ["_core", "_data", "_fit", "classifier", "compare"],
    "persistence.pipelines": ["classifier", "persistence.export", "priors"],
    "inspection._read": ["_core"],
    "inspection._rules": ["_core", "_report", "inspection._read"],
    "inspection._watch": ["_core", "_data", "inspection._read", "inspection._rules"],
    "inspection._diagnosis": [
        "_collapse.simple_models", "_collapse.symptoms", "_core", "_report", "inspection._read", "inspection._rules",
        "inspection._watch",
    ],
    "inspection": ["_system", "inspection._diagnosis", "inspection._read", "inspection._rules"],
    "callbacks": [
        "_collapse", "_collapse.symptoms", "_core", "_report", "_system", "exceptions", "inspection",
        "inspection._read", "inspection._rules", "inspection._watch",
    ],
    "keras_classifier": [
        "_collapse", "_collapse.symptoms", "_core", "_data", "_fit", "_network", "_network.graph", "_report",
        "_system", "callbacks", "exceptions", "inspection._read", "inspection._rules", "inspection._watch",
        "persistence.file_format",
    ],
    "layers": ["_network", "_network.graph"],
    "dask": [
        "_collapse", "_core", "_data", "_fit", "_network", "_prediction", "_system", "classifier",
    ],
    "persistence": [
        "_core", "_data", "_fit", "_system", "classifier", "exceptions", "keras_classifier", "persistence.file_format",
        "priors",
    ],
    "demo": ["_core", "_report", "classifier", "datasets"],
    "cli": [
        "_core", "_data", "_network.graph", "_report", "_system", "classifier", "compare", "dask", "demo", "exceptions",
        "explanation",
        "inspection", "inspection._read", "persistence", "persistence.file_format", "search",
    ],
    "__main__": ["cli"],
    "": [
        "_data", "_report", "_system", "classifier", "compare", "exceptions", "explanation",
        "explanation.contributions", "inspection", "persistence", "persistence.export", "persistence.pipelines",
        "priors", "search",
    ],
}  # fmt: skip
# They meet in `_fit` and `keras_classifier` only, through records.
NEVER_MEET = ("_data", "_collapse", "_network")
# So that the tree stays readable from its top.
MOST_PRIVATE_ENTRIES = 10

# The modules whose whole content is a Keras model; only `to_keras` imports them.
KERAS_EXPORT = [f"persistence.export.keras_{part}" for part in ("model", "encoding", "calendar", "network")]

# Which of our modules may import a heavy library at all, and which of those at their top: at the top means "as soon as
# the module is imported".
MAY_IMPORT = {
    "tensorflow": ["_network", "callbacks", "inspection", "keras_classifier", "demo"],
    "keras": ["_network", "callbacks", "inspection", "keras_classifier", "demo", *KERAS_EXPORT],
    "scikeras": ["keras_classifier"],
    "imblearn": ["_data"],
    "pandas": ["_data", "cli", "datasets", "demo", "displays", "compare", "dask"],
    "polars": ["_data"],
    "pyarrow": ["_data", "dask", "cli"],
    "matplotlib": ["displays", "_report", "compare", "explanation"],
    "onnx": ["persistence.export"],
    "skl2onnx": ["persistence.pipelines"],
    "shap": ["explanation"],
}
MAY_IMPORT_AT_TOP = {
    "tensorflow": ["_network", "callbacks", "keras_classifier"],
    "keras": ["_network", "callbacks", "keras_classifier", *KERAS_EXPORT],
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


def folder(name):
    """The folder of a module; a module at the top of the package stands for itself."""
    parent = ".".join(MODULES[name].parent.relative_to(PACKAGE).parts)
    return parent or name


def folder_edges():
    """{folder: set of the folders that its modules import}, imports inside functions included."""
    found = {folder(name): set() for name in MODULES}
    for importer, imported in edges():
        if folder(importer) != folder(imported):
            found[folder(importer)].add(folder(imported))
    return found


def is_among(name, prefixes):
    """Whether a module is one of `prefixes` or lies below one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def meetings(table):
    """Pairs of folders of which one imports the other though they must never meet."""
    return [
        (importer, imported)
        for importer, below in table.items()
        for imported in below
        for one in NEVER_MEET
        for other in NEVER_MEET
        if one != other and is_among(importer, [one]) and is_among(imported, [other])
    ]


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


def test_every_import_of_ours_leads_to_a_module():
    assert [(importer, imported) for importer, imported in edges() if imported not in MODULES] == []


def test_each_folder_imports_the_folders_it_says_and_no_other():
    assert folder_edges() == {name: set(below) for name, below in IMPORTS.items()}


def test_imports_between_folders_point_down():
    assert cycle_in([(importer, imported) for importer, below in IMPORTS.items() for imported in below]) == []


def test_data_guard_and_network_never_import_each_other():
    assert meetings(IMPORTS) == []


def test_the_top_of_the_package_is_readable():
    private = {name.split(".")[0] for name in MODULES if name.startswith("_") and name != "__main__"}
    assert len(private) <= MOST_PRIVATE_ENTRIES


def test_the_design_names_every_folder_and_no_other():
    text = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    table = text.split("## The tree")[1].split("\n## ")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"^\| `([\w/.]+)`", line)}
    assert named == {name.replace(".", "/") for name in IMPORTS if name not in ("", "__main__")}


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
    "importer, imported, is_meeting",
    [
        ("_data", "_network.graph", True),
        ("_network", "_data", True),
        ("_collapse.causes", "_network", True),
        ("_collapse", "_collapse.causes", False),
        ("_fit", "_network", False),
        ("_data", "_core", False),
    ],
)
def test_a_meeting_is_found(importer, imported, is_meeting):
    assert bool(meetings({importer: [imported]})) is is_meeting


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
