"""The suites of tables that the anchors are measured on: names for choosing, names for reporting, a loader."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import tables
from benchmarks.accuracy import drawn, generated, large, mixed, wide


@dataclass(frozen=True)
class Suite:
    """Names of tables in two halves.

    Attributes
    ----------
    choosing, reporting : tuple of str
        What is chosen on the first half is reported on the second. Tables on which this package was chosen before are
        all in the first.
    load : callable
        From a name to a `benchmarks.tables.Table`.
    """

    choosing: tuple
    reporting: tuple
    load: Callable

    def half(self, name):
        """The tables of "choosing", "reporting" or "all"."""
        return (*self.choosing, *self.reporting) if name == "all" else getattr(self, name)


def _names(sources):
    return tuple(source[1] for source in sources)


def _load_mixed(name):
    return mixed.load(next(source for source in mixed.SOURCES if source[1] == name))


SUITES = {
    "drawn": Suite(_names(drawn.CHOOSING), _names(drawn.REPORTING), drawn.load_drawn),
    "generated": Suite(generated.CHOOSING, generated.REPORTING, generated.load_generated),
    "large": Suite(large.CHOOSING, large.REPORTING, large.load_large),
    "wide": Suite(wide.CHOOSING, wide.REPORTING, wide.load_wide),
    "keel": Suite((*tables.KEEL["balanced"], *tables.KEEL["imbalanced"]), (), tables.load),
    "mixed": Suite(_names(mixed.SOURCES), (), _load_mixed),
}
