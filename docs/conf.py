"""How Sphinx builds the documentation. Needs no network: nothing is looked up elsewhere."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the gallery trains; TensorFlow's log would hide Sphinx's warnings

from robust_mlp import __version__

project = "robust_mlp"
author = "robust_mlp developers"
copyright = "robust_mlp developers"
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "accessible_html",
]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autosummary_generate = True  # one page for each object that api.md lists, by the templates in _templates/autosummary
templates_path = ["_templates"]
numpydoc_show_class_members = False  # the members are listed by autodoc, in the order of the source
add_module_names = False
default_role = "literal"
# A reference that leads nowhere is an error. What other projects document is not looked up: a build needs no network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(numpy|sklearn)\..*"), ("py:class", r"(tuple|dict)\[.*")]

sphinx_gallery_conf = {
    "examples_dirs": ["examples/gallery"],
    "gallery_dirs": ["gallery"],
    # An example runs again only if its text has changed: the hash of each lies beside its page.
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("robust_mlp",),
    "reference_url": {"robust_mlp": None},
    "within_subsection_order": "gallery_order.GalleryOrder",
    "reset_modules": ("matplotlib", "gallery_style.reset"),
    "show_memory": False,
    "write_computation_times": False,  # its page would load scripts from elsewhere
    "show_signature": False,
    "download_all_examples": False,
    "plot_gallery": "True",
}

exclude_patterns = ["_build", "examples", "gallery/*.ipynb", "gallery/*.py"]
html_theme = "furo"
html_title = f"robust_mlp {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
