"""Dates that are stored as text: in which format a column's texts are dates.

Looks at some of the different texts of one column; converts nothing."""

import datetime

# As people and databases write dates, the most common first. Of two that fit equally well the first is taken.
FORMATS = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%y",
    "%d.%m.%Y, %H:%M",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M %p",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b-%Y",
    "%b %Y",
    "%B %Y",
    "%Y-%m",
)
# Texts to try all formats on: a format that fits nine tenths of them fits most of the column.
MOST_TRIED = 100
LEAST_DATE_SHARE = 0.9
# Fewer different dates are told apart as levels as well: quarters, or the days of two meetings.
FEWEST_DATES = 5


def format_of_dates(texts):
    """The format in which a column's texts are dates, or None where they are not.

    Parameters
    ----------
    texts : sequence of str
        The different cells.

    Returns
    -------
    found : tuple of (str, float) or None
        The format as `datetime.strptime` has it, and the share of the texts that it fits.

    Examples
    --------
    >>> format_of_dates(["31.12.2023", "01.05.2024", "17.03.2024", "02.05.2024", "03.05.2024"])
    ('%d.%m.%Y', 1.0)
    >>> format_of_dates(["Bern", "Chur", "Genf", "Zug", "Basel"])
    """
    if len(texts) < FEWEST_DATES:
        return None
    step = -(-len(texts) // MOST_TRIED)
    tried = [text.strip() for text in texts[::step]]
    if sum(_may_be_date(text) for text in tried) < LEAST_DATE_SHARE * len(tried):
        return None
    shares = [sum(_fits(text, form) for text in tried) / len(tried) for form in FORMATS]
    best = max(shares)
    return (FORMATS[shares.index(best)], best) if best >= LEAST_DATE_SHARE else None


def _may_be_date(text):
    """Whether a text has the length, the digits and a sign between them that every format has."""
    return 6 <= len(text) <= 40 and sum(map(str.isdigit, text)) >= 4 and any(sign in text for sign in "-./ ")


def _fits(text, form):
    try:
        datetime.datetime.strptime(text, form)
    except ValueError:
        return False
    return True
