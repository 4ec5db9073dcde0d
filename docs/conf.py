"""How Sphinx builds the documentation. Needs no network: nothing is looked up elsewhere."""

from robust_mlp import __version__

project = "robust_mlp"
author = "robust_mlp developers"
copyright = "robust_mlp developers"
version = release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc", "myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autosummary_generate = False
numpydoc_show_class_members = False  # the members are listed by autodoc, in the order of the source
add_module_names = False
default_role = "literal"

exclude_patterns = ["_build", "generated"]
html_theme = "furo"
html_title = f"robust_mlp {release}"
