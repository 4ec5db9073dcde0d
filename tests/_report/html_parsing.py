"""A parser that checks that a piece of HTML or SVG is well formed; shared by the tests of pages and charts."""

from html.parser import HTMLParser


class WellFormed(HTMLParser):
    """Checks that tags are closed in order; collects tag names and text."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.texts, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(html):
    parser = WellFormed()
    parser.feed(html)
    assert parser.open == []
    return parser
