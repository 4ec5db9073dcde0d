"""How pages look: one style sheet for reports, diagnoses and comparisons.

Colours of text, lines and backgrounds follow the page around them, which a notebook may show light or dark. A page of
its own follows the reader's system, and prints black on white."""

# Text on these is white: a contrast of at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3).
VERDICT_COLOURS = {
    "HEALTHY": "#1a7f37",
    "REPAIRED": "#0969da",
    "UNDERFIT": "#bc4c00",
    "NO_SIGNAL": "#8a6000",
    "COLLAPSED": "#b42318",
    "UNCHECKED": "#57606a",
}
SEVERITY_COLOURS = {"error": "#b42318", "warning": "#8a6000", "info": "#57606a"}

FRAGMENT_STYLE = """
<style>
.robust-mlp {font: 15px/1.5 system-ui, sans-serif; max-width: 980px; overflow-wrap: break-word}
.robust-mlp h1, .robust-mlp h2 {line-height: 1.25; margin: 1.6em 0 .5em}
.robust-mlp h1 {font-size: 1.6em; margin-top: 0}
.robust-mlp h2 {font-size: 1.15em}
.robust-mlp p {margin: .4em 0}
.robust-mlp .lead {font-size: 1.1em}
.robust-mlp .quiet {opacity: .75; font-size: .9em}
.robust-mlp .chip {display: inline-block; padding: 1px 10px; border-radius: 4px; color: #fff; font-weight: 600}
.robust-mlp .wide {overflow-x: auto}
.robust-mlp table {border-collapse: collapse; margin: .5em 0; font-variant-numeric: tabular-nums; background: none}
.robust-mlp caption {text-align: left; font-weight: 600; padding: 3px 0}
.robust-mlp th, .robust-mlp td {padding: 4px 14px 4px 0; text-align: right; vertical-align: top; overflow-wrap: normal;
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, .35); background: none}
.robust-mlp th:first-child, .robust-mlp td:first-child, .robust-mlp .text {text-align: left; overflow-wrap: break-word}
.robust-mlp th:first-child {min-width: 6em; max-width: 22em}
.robust-mlp thead th {font-weight: 600}
.robust-mlp tbody th {font-weight: 400}
.robust-mlp ul {margin: .4em 0; padding-left: 0; list-style: none}
.robust-mlp li {margin: 0 0 .8em}
.robust-mlp .fix {display: block; margin-top: .15em; padding-left: .8em; border-left: 3px solid rgba(128, 128, 128, .5)}
.robust-mlp .figures {display: flex; flex-wrap: wrap; align-items: flex-start; gap: 20px}
.robust-mlp svg {max-width: 100%; height: auto}
.robust-mlp .bar {display: inline-block; height: .7em; background: #1f83c4; border-radius: 2px}
.robust-mlp .matrix td {text-align: center; padding: 6px 10px; border: 1px solid rgba(128, 128, 128, .35)}
@media (max-width: 480px) {.robust-mlp th, .robust-mlp td {padding-right: 8px; font-size: .85em}}
@media print {.robust-mlp section {break-inside: avoid}}
</style>
"""

PAGE_STYLE = """
<style>
:root {color-scheme: light dark}
body {margin: 0; padding: 24px 16px 48px; background: #fff; color: #1f2328}
@media (prefers-color-scheme: dark) {body {background: #0d1117; color: #e6edf3}}
@media print {body {background: #fff; color: #000; padding: 0}}
main {max-width: 980px; margin: 0 auto}
</style>
"""


def chip(text, colour):
    """A word on a coloured ground."""
    return f'<span class="chip" style="background:{colour}">{text}</span>'


def page_around(title, fragment):
    """A complete HTML document around a fragment.

    Parameters
    ----------
    title : str
        Already escaped.
    fragment : str

    Returns
    -------
    html : str
    """
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>{PAGE_STYLE}</head>'
        f"<body><main>{fragment}</main></body></html>"
    )
