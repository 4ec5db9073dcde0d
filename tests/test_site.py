"""What the built site rests on: the gallery's examples and their order, and the rewriting of finished pages."""

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from accessible_html import made_accessible  # noqa: E402  (docs/_ext is no package)
from gallery_order import ORDER, GalleryOrder  # noqa: E402


def gallery():
    """The examples of the gallery: {name of the file: text}."""
    return {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "examples" / "gallery").glob("plot_*.py")}


def test_the_gallery_has_its_examples_in_an_order_that_names_each_once():
    in_order = [f"plot_{name}.py" for name in ORDER]
    assert sorted(in_order) == sorted(gallery())
    assert len(in_order) >= 12
    assert sorted(gallery(), key=GalleryOrder("src")) == in_order


@pytest.mark.parametrize("name", gallery())
def test_an_example_says_what_it_shows_in_three_sentences_and_draws_it(name):
    text = gallery()[name]
    title, underline, _, *lines = ast.get_docstring(ast.parse(text)).splitlines()
    assert len(title) == len(underline)
    said = re.sub(r"``[^`]*``", "CODE", " ".join(lines))
    assert len(re.findall(r"[.?](?: |$)", said)) in (3, 4), said
    assert "plt.show()" in text


PAGE = """<p class="caption" role="heading"><span>Guide</span></p><pre>x</pre>
<div class="table-wrapper docutils container"><table></table></div><div role="list" class="citation-list"></div>
<a class="reference internal" href="plot_a.html"><span class="doc">A title</span></a>
<a class="reference internal" href="install.html"><span class="doc">Install</span></a><pre class="own">y</pre>"""


@pytest.mark.parametrize(
    "expected",
    [
        '<p class="caption" role="heading" aria-level="2">',
        '<pre tabindex="0">x',
        '<div class="table-wrapper docutils container" tabindex="0">',
        '<div class="citation-list">',
        'href="plot_a.html" aria-label="A title">',
        'href="install.html"><span',  # its words are visible
        '<pre class="own">',
    ],
)
def test_finished_pages_get_what_a_reader_by_ear_or_keyboard_needs(expected):
    assert expected in made_accessible(PAGE)


def test_making_a_page_accessible_twice_changes_nothing():
    assert made_accessible(made_accessible(PAGE)) == made_accessible(PAGE)


def test_the_style_of_the_gallery_can_be_set_again_and_again():
    import matplotlib

    style = importlib.import_module("gallery_style")
    with matplotlib.rc_context():
        style.reset({}, "plot_a.py")
        first = dict(matplotlib.rcParams)
        style.reset({}, "plot_b.py")
        assert dict(matplotlib.rcParams) == first
        assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"] == list(style.COLOURS)


def test_pages_that_the_landing_page_promises_exist():
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(?:guide/|design/)?[a-z_]+$", text, flags=re.MULTILINE)
    assert {"install", "faq", "guide/which_setting", "other_models", "glossary", "changelog", "api"} <= set(listed)
    assert [name for name in listed if not (ROOT / "docs" / f"{name}.md").exists()] == []
    assert len(re.findall(r"\{grid-item-card\}", text)) == 4  # learn, my network collapsed, ship it, reference


def test_the_page_on_installing_names_every_extra_and_what_it_brings():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    rows = re.findall(r"^\| (`.*?) \|.*\| (.*) \|$", (ROOT / "docs" / "install.md").read_text(encoding="utf-8"), re.M)
    named = {name: brings for names, brings in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(named) == set(extras)
    for name, brings in named.items():
        if "pyproject" not in brings:
            needed = {re.match(r"[\w-]+", package)[0] for package in extras[name]} - {"robust-mlp"}
            assert needed <= set(re.findall(r"[\w-]+", brings)), name
