"""Prose that runs: documented defaults, doctests, and the Python blocks of the README and the guide."""

import ast
import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import robust_mlp

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "robust_mlp").rglob("*.py"))
    if path.name != "__main__.py"
]


def sections(docstring):
    """A numpydoc docstring's sections: {title: lines}."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    found, title = {}, ""
    for i, line in enumerate(lines):
        if i + 1 < len(lines) and line.strip() and re.fullmatch(r"-{3,}", lines[i + 1].strip()):
            title = line.strip()
            found[title] = []
        elif title and not re.fullmatch(r"-{3,}", line.strip()):
            found[title].append(line)
    return found


def documented_parameters(docstring):
    """What the docstring says of each parameter: {name: text of its type, with the default}."""
    found = {}
    for line in sections(docstring).get("Parameters", []):
        if line and not line[0].isspace() and re.match(r"[*\w, ]+( :|$)", line):
            names, _, kind = line.partition(" : ")
            for name in names.rstrip(" :").split(","):
                found[name.strip().lstrip("*")] = kind.strip()
    return found


def documented_default(kind):
    """The text after ``default=`` (or ``default:``), or None."""
    match = re.search(r"\bdefault\s*[=:]\s*(.+)$", kind)
    return match[1].strip().strip("`") if match else None


def is_same(text, value):
    """Whether a default as documented is the signature's."""
    try:
        said = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text in (getattr(value, "__name__", None), str(value), repr(value))
    return type(said) is type(value) and said == value


def disagreements(docstring, signature, is_public=True):
    """What a docstring says of parameters and defaults that the signature does not, as sentences.

    A public one must also say everything: each parameter, and each default.
    """
    documented = documented_parameters(docstring)
    if not documented:
        return []
    real = {
        name: parameter
        for name, parameter in signature.parameters.items()
        if name not in ("self", "cls") and not (name.startswith("_") and name not in documented)
    }
    wrong = [f"{name} is documented and not in the signature" for name in documented if name not in real]
    if is_public:
        wrong += [f"{name} is in the signature and not documented" for name in real if name not in documented]
    for name, kind in documented.items():
        if name not in real:
            continue
        default, text = real[name].default, documented_default(kind)
        if default is inspect.Parameter.empty:
            if text is not None:
                wrong.append(f"{name} has no default, and {text} is documented")
        elif text is None:
            wrong += [f"{name}={default!r} has no documented default"] if is_public else []
        elif not is_same(text, default):
            wrong.append(f"{name}={default!r} is documented as {text}")
    return wrong


def documented_objects(module):
    """Pairs (name, object, docstring) of the module's own functions, classes and their methods."""
    for name, member in vars(module).items():
        if getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(member):
            yield name, member, member.__doc__
        elif inspect.isclass(member):
            yield name, member, member.__doc__
            for method_name, method in vars(member).items():
                function = getattr(method, "__func__", method)
                if inspect.isfunction(function):
                    yield f"{name}.{method_name}", function, function.__doc__


def is_public_object(module_name, qualified_name):
    """Whether users reach it by a name without an underscore: through a public module, or a list of public names."""
    if not any(part.startswith("_") for part in [*module_name.split("."), *qualified_name.split(".")]):
        return True
    exported = [getattr(module, name) for module in (robust_mlp, robust_mlp.datasets) for name in module.__all__]
    return (module_name, qualified_name.split(".")[0]) in {(o.__module__, o.__name__) for o in exported}


@pytest.mark.parametrize("name", MODULES)
def test_documented_parameters_and_defaults_are_the_signatures(name):
    module = importlib.import_module(name)
    wrong = []
    for member, function, docstring in documented_objects(module):
        if documented_parameters(docstring):
            said = disagreements(docstring, inspect.signature(function), is_public_object(name, member))
            wrong += [f"{member}: {sentence}" for sentence in said]
    assert wrong == []


@pytest.mark.parametrize(
    "line, expected",
    [
        ("n : int, default=3", []),
        ("n : int, default=4", ["n=3 is documented as 4"]),
        ("n : int", ["n=3 has no documented default"]),
        (
            "m : int, default=3",
            ["m is documented and not in the signature", "n is in the signature and not documented"],
        ),
    ],
)
def test_a_documented_default_that_is_wrong_is_found(line, expected):
    docstring = f"Do it.\n\n    Parameters\n    ----------\n    {line}\n        How often.\n    "

    def example(n=3):
        return n

    assert disagreements(docstring, inspect.signature(example)) == expected


def test_a_private_function_may_leave_defaults_out_and_may_not_get_them_wrong():
    def example(n=3, m=1):
        return n, m

    documented = "Do it.\n\nParameters\n----------\nn : int{}\n    How often.\n"
    signature = inspect.signature(example)
    assert disagreements(documented.format(""), signature, is_public=False) == []
    assert disagreements(documented.format(", default=4"), signature, is_public=False) == ["n=3 is documented as 4"]


@pytest.mark.parametrize(
    "text, value, expected",
    [
        ("(128, 128)", (128, 128), True),
        ("'auto'", "auto", True),
        ("auto", "auto", True),
        ("True", 1, False),  # equal to Python, and not the same to a reader
        ("1e-4", 0.0001, True),
        ("None", None, True),
        ("0.1", 0.2, False),
    ],
)
def test_defaults_are_compared_as_values(text, value, expected):
    assert is_same(text, value) is expected


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    messages = []
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        runner.run(example, out=messages.append)
    assert runner.failures == 0, "".join(messages)


def blocks(path):
    """(language, number of its first line, text) of the page's fenced blocks, in order."""
    found, language, start = [], None, 0
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.startswith("```"):
            continue
        if language is None:
            language, start = line.removeprefix("```"), number + 1
        else:
            found.append((language, start, "\n".join(lines[start - 1 : number - 1])))
            language = None
    return found


def python_blocks(path):
    """(program, its first line, the output that the page shows right below it, or None) of the page's Python blocks.

    An output in a block of another language, such as console, is not compared: on another processor its lines may have
    another order.
    """
    found = blocks(path)
    programs = []
    for (language, start, text), (language_after, start_after, after) in zip(
        found, [*found, ("", 0, "")][1:], strict=True
    ):
        is_output = language_after == "text" and start_after - start - len(text.splitlines()) <= LARGEST_GAP
        if language == "python":
            programs.append((text, start, after if is_output else None))
    return programs


# Lines from the end of a program to the first line of its output: both fences and a blank line.
LARGEST_GAP = 3
# Figures of a training depend on the processor, times on everything, and Keras numbers its layers through a process.
LARGEST_DEVIATION, LARGEST_DIFFERENCE = 0.25, 0.03
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_VARYING = re.compile(r"\d+(?:\.\d+)? s\b|(?<=_)\d+")


def is_same_output(shown, printed):
    """Whether a page shows what its code prints: the same words, and numbers that hardly differ; times may."""
    shown, printed = (_VARYING.sub("T", " ".join(text.split())) for text in (shown, printed))
    if _NUMBER.sub("N", shown) != _NUMBER.sub("N", printed):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(printed), strict=True)
    values = [(float(a), float(b)) for a, b in pairs]
    return all(abs(a - b) <= max(LARGEST_DIFFERENCE, LARGEST_DEVIATION * max(abs(a), abs(b))) for a, b in values)


@pytest.mark.parametrize(
    "shown, printed, expected",
    [
        ("loss 0.0573 on 569 rows", "loss  0.0574\non 569 rows\n", True),
        ("loss 0.573", "loss 0.873", False),
        ("HEALTHY: 0.5", "COLLAPSED: 0.5", False),
        ("took 2.00 s", "took 31.5 s", True),
        ("'dense_1'", "'dense_37'", True),
        ("1e-07", "1e-07", True),
    ],
)
def test_output_is_compared_by_its_words_and_roughly_by_its_numbers(shown, printed, expected):
    assert is_same_output(shown, printed) is expected


@pytest.mark.parametrize("path", [page for page in PAGES if python_blocks(page)], ids=lambda path: path.name)
def test_python_blocks_run_in_order_and_print_what_the_page_shows(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__page__"}
    for program, start, shown in python_blocks(path):
        capsys.readouterr()
        exec(compile("\n" * (start - 1) + program, str(path), "exec"), names)
        printed = capsys.readouterr().out
        assert shown is None or is_same_output(shown, printed), f"line {start} of {path.name} prints:\n{printed}"


def test_the_pages_with_code_are_found():
    names = {page.name for page in PAGES if python_blocks(page)}
    assert {"README.md", "quickstart.md", "collapse_guard.md", "data.md"} <= names


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    broken = [t for t in targets if not t.startswith(("http:", "https:")) and not (path.parent / t).exists()]
    assert broken == []


def test_the_readme_lists_every_parameter_of_the_classifier_once():
    from robust_mlp import RobustMLPClassifier

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("## Parameters")[1].split("\n## ")[0]
    listed = [name for cell in re.findall(r"`([^`]+)`", table) for name in cell.split()]
    assert sorted(listed) == sorted(RobustMLPClassifier().get_params(deep=False))


def api_paths():
    """The dotted paths that the API reference lists; each gets a page of its own."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    return re.findall(r"^   ~(robust_mlp\.\S+)$", text, flags=re.MULTILINE)


def test_the_api_reference_has_no_private_path_and_each_leads_somewhere():
    paths = api_paths()
    assert [path for path in paths if any(part.startswith("_") for part in path.split("."))] == []
    assert paths.count("robust_mlp.TrainingReport") == 1
    for path in paths:
        parent, _, name = path.rpartition(".")
        assert hasattr(importlib.import_module(parent), name), path


def test_the_api_reference_documents_every_public_name_of_the_package_once():
    modules = {"": [*robust_mlp.__all__, *robust_mlp._WITH_KERAS]}
    modules |= {name + ".": getattr(robust_mlp, name).__all__ for name in robust_mlp._MODULES}
    modules["dask."] = importlib.import_module("robust_mlp.dask").__all__  # not imported with the package
    public = [f"robust_mlp.{module}{name}" for module, names in modules.items() for name in names]
    assert sorted(api_paths()) == sorted(public)


@pytest.mark.parametrize("path", api_paths())
def test_every_public_object_has_an_example_that_runs(path):
    parent, _, name = path.rpartition(".")
    documented = getattr(importlib.import_module(parent), name)
    assert doctest.DocTestParser().get_examples(inspect.getdoc(documented) or ""), f"{path} has no example"
    # Such an example is run with its module: see test_examples_in_docstrings_run.
    assert documented.__module__ in MODULES


def own_classes():
    """Every class of ours by name, where no other has the same name."""
    return {
        name: member
        for module in MODULES
        for name, member in vars(importlib.import_module(module)).items()
        if inspect.isclass(member) and member.__module__ == module and not name.startswith("_")
    }


def types_named(docstring):
    """Words that stand for types in what a docstring says of attributes and results."""
    found = sections(docstring)
    lines = [*found.get("Attributes", []), *found.get("Returns", [])]
    typed = [line.partition(" : ")[2] for line in lines if line and not line[0].isspace()]
    # A dotted path of another project, such as dask.array.Array, names no class of ours.
    typed = [re.sub(r"\b(?!robust_mlp\b)\w+(?:\.\w+)+", "", kind) for kind in typed]
    return {word for kind in typed for word in re.findall(r"\w+", kind)}


def private_types(documented, own, public):
    """Pairs (path, class of ours) that the docstring of a documented object names and that is not public."""
    wrong = []
    for path, thing in documented.items():
        docstrings = [thing.__doc__]
        if inspect.isclass(thing):
            docstrings += [getattr(m, "__doc__", None) for name, m in vars(thing).items() if not name.startswith("_")]
        named = {word for docstring in docstrings for word in types_named(docstring)}
        wrong += [(path, word) for word in sorted(named & set(own)) if own[word] not in public]
    return wrong


def test_whatever_a_user_holds_in_hand_is_public():
    documented = {}
    for path in api_paths():
        parent, _, name = path.rpartition(".")
        documented[path] = getattr(importlib.import_module(parent), name)
    public = [thing for thing in documented.values() if inspect.isclass(thing)]
    own = own_classes()
    assert private_types(documented, own, public) == []
    without = [thing for thing in public if thing is not robust_mlp.ShiftTest]
    assert private_types(documented, own, without) == [("robust_mlp.PriorShiftClassifier", "ShiftTest")]


def test_the_migration_guide_has_every_parameter_of_mlpclassifier_and_names_ours_as_they_are():
    from sklearn.neural_network import MLPClassifier

    from robust_mlp import RobustMLPClassifier

    text = (ROOT / "docs" / "guide" / "migration.md").read_text(encoding="utf-8")
    table = text.split("## Names of settings")[1].split("\n\n")[1]
    head, _, *rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]
    theirs, ours = head.index("`MLPClassifier`"), head.index("`RobustMLPClassifier`")
    assert {len(row) for row in rows} == {len(head)}
    named = {re.match(r"\w+", text)[0] for row in rows for text in re.findall(r"`([^`]+)`", row[theirs])}
    assert sorted(set(MLPClassifier().get_params()) - named) == []
    # What a cell begins with, and what is listed after it, up to the first word of prose.
    cells = [re.match(r"(?:`[^`]+`(?:, )?)+", row[ours])[0] for row in rows]
    listed = {re.match(r"\w+", text)[0] for cell in cells for text in re.findall(r"`([^`]+)`", cell)}
    documented = "\n".join(sections(RobustMLPClassifier.__doc__)["Attributes"])
    attributes = set(re.findall(r"^(\w+) :", documented, flags=re.MULTILINE))
    known = {*RobustMLPClassifier().get_params(), *attributes, "partial_fit", "fit"}
    assert sorted(listed - known) == []
    assert {"optimizer", "weight_decay", "learning_rate"} <= listed
