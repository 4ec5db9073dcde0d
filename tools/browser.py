"""Opens pages in headless Chromium and measures them: for `tests/test_browser.py` and `tools/screenshots.py`.

Chromium is no Python package. `apt-get install chromium` installs it on Debian and Ubuntu."""

import io
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# CSS pixels: a telephone, and a small notebook.
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
# WCAG 2.2, success criterion 1.4.3, for text of ordinary size.
LEAST_CONTRAST = 4.5
# What axe-core calls findings that keep somebody from reading a page.
SERIOUS = ("serious", "critical")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--hide-scrollbars",
)  # fmt: skip

# The colours that each piece of text has, and the first opaque ground behind it (or null: the page itself). Text of an
# SVG is painted with `fill`. `opacity` of the ancestors is counted, since it makes text paler.
_TEXT_COLOURS = """() => {
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || ["STYLE", "SCRIPT", "TITLE"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    if (style.visibility === "hidden" || element.getClientRects().length === 0) continue;
    const colour = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    let ground = null, opacity = 1;
    for (let e = element; e; e = e.parentElement) {
      const s = getComputedStyle(e);
      opacity *= parseFloat(s.opacity);
      if (ground === null && /^rgb\\(/.test(s.backgroundColor)) ground = s.backgroundColor;
    }
    const key = [colour, ground, opacity].join();
    if (!found.has(key)) found.set(key, {colour, ground, opacity, text: text.slice(0, 40)});
  }
  return [...found.values()];
}"""
# Elements that reach beyond the window, and do not lie in something that scrolls inside itself.
_TOO_WIDE = """() => {
  const out = [];
  if (document.documentElement.scrollWidth > innerWidth) out.push("the page: " + document.documentElement.scrollWidth);
  for (const e of document.body.querySelectorAll("*")) {
    const box = e.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || box.right <= innerWidth + 1) continue;
    let scrolls = false;
    for (let p = e; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      scrolls = scrolls || s.overflowX !== "visible" || s.position === "fixed";
    }
    if (!scrolls) out.push(e.tagName.toLowerCase() + "." + e.getAttribute("class") + ": " + Math.round(box.right));
  }
  return out.slice(0, 5);
}"""


@dataclass(frozen=True, kw_only=True)
class PageMeasurement:
    """What a page showed in one window.

    Attributes
    ----------
    errors : tuple of str
        Errors in the console, and exceptions.
    too_wide : tuple of str
        Elements that are wider than the window.
    ground : tuple of (int, int, int)
        The colour of most of the page, as drawn.
    pale_text : tuple of str
        Texts whose contrast to their ground is below `LEAST_CONTRAST`.
    picture : bytes
        A screenshot of the whole page, PNG.
    """

    errors: tuple[str, ...] = ()
    too_wide: tuple[str, ...] = ()
    ground: tuple[int, int, int] = (255, 255, 255)
    pale_text: tuple[str, ...] = ()
    picture: bytes = field(default=b"", repr=False)


def chromium():
    """The path of an installed Chromium, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def opened_browser():
    """A headless browser, closed in the end.

    Raises
    ------
    RuntimeError
        If no Chromium is installed.
    """
    from playwright.sync_api import sync_playwright

    if (path := chromium()) is None:
        raise RuntimeError("No Chromium was found. Type: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened_page(browser, path, *, width=1280, scheme="light"):
    """A page of a file, in a window of its own: (page, list that collects errors of the console)."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    try:
        page, errors = context.new_page(), []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(Path(path).resolve().as_uri())
        yield page, errors
    finally:
        context.close()


def measure(browser, path, *, width=1280, scheme="light"):
    """Open a file and measure it.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        From `opened_browser`.
    path : str or path-like
    width : int, default=1280
        Of the window, in CSS pixels.
    scheme : {"light", "dark"}, default="light"
        What the reader prefers.

    Returns
    -------
    measurement : PageMeasurement
    """
    with opened_page(browser, path, width=width, scheme=scheme) as (page, errors):
        picture = page.screenshot(full_page=True)
        ground = commonest_colour(picture)
        pale = []
        for text in page.evaluate(_TEXT_COLOURS):
            behind = _rgb(text["ground"]) if text["ground"] else ground
            shade = [
                text["opacity"] * c + (1 - text["opacity"]) * g
                for c, g in zip(_rgb(text["colour"]), behind, strict=True)
            ]
            if (ratio := contrast(shade, behind)) < LEAST_CONTRAST:
                pale.append(f"{text['text']!r}: {ratio:.1f} to 1")
        return PageMeasurement(
            errors=tuple(errors),
            too_wide=tuple(page.evaluate(_TOO_WIDE)),
            ground=ground,
            pale_text=tuple(pale),
            picture=picture,
        )


def accessibility_findings(browser, path, *, width=1280, scheme="light"):
    """What axe-core calls serious or critical on a page, as sentences.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
    path : str or path-like
    width : int, default=1280
    scheme : {"light", "dark"}, default="light"

    Returns
    -------
    sentences : list of str
    """
    from axe_playwright_python.sync_playwright import Axe

    with opened_page(browser, path, width=width, scheme=scheme) as (page, _):
        found = Axe().run(page).response["violations"]
    return [
        f"{one['impact']}: {one['id']}, {one['help']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def commonest_colour(picture):
    """The colour of most pixels of a PNG, (red, green, blue)."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((400, 4000), Image.Resampling.NEAREST)
    return max(image.getcolors(image.width * image.height))[1]


def contrast(one, other):
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of "contrast ratio")."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    """Relative luminance of a colour, 0 to 1 (WCAG 2.2, definition of "relative luminance")."""
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(text):
    """The numbers of 'rgb(1, 2, 3)' or 'rgba(1, 2, 3, 0.5)', without the last of four."""
    return [float(part) for part in text[text.index("(") + 1 : text.index(")")].split(",")[:3]]
