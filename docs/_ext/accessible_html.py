"""Makes the built pages accessible where theme, docutils and sphinx-gallery are not: axe-core finds nothing serious.

Works on the finished HTML files. Doing it twice changes nothing, so pages that were not built again stay right."""

import re
from pathlib import Path

# (what is written, what it becomes). None of the patterns matches its own result.
_REPLACEMENTS = (
    # A heading needs a level: captions of the navigation lie below the title of the site.
    (re.compile(r'<p class="caption" role="heading">'), '<p class="caption" role="heading" aria-level="2">'),
    # What scrolls inside itself must be reached by the keyboard: long lines, and wide tables.
    (re.compile(r"<pre>"), '<pre tabindex="0">'),
    (re.compile(r'<div class="table-wrapper([^">]*)">'), r'<div class="table-wrapper\1" tabindex="0">'),
    # docutils' list of citations has no list items inside.
    (re.compile(r'<div role="list" class="(citation-list|footnote-list)">'), r'<div class="\1">'),
    # The link of a thumbnail is drawn over the picture, and its words are invisible.
    (
        re.compile(
            r'<a class="reference internal" href="((?:[^"]*/)?plot_\w+\.html)"><span class="doc">([^<]*)</span>'
        ),
        r'<a class="reference internal" href="\1" aria-label="\2"><span class="doc">\2</span>',
    ),
)


def made_accessible(html):
    """The text of a page with what a reader by ear or by keyboard needs.

    Parameters
    ----------
    html : str

    Returns
    -------
    html : str
    """
    for pattern, replacement in _REPLACEMENTS:
        html = pattern.sub(replacement, html)
    return html


def rewrite_pages(app, exception):
    """Rewrite the HTML files of a build that succeeded."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        old = path.read_text(encoding="utf-8")
        if (new := made_accessible(old)) != old:
            path.write_text(new, encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", rewrite_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
