"""Text columns that look like numbers written in another way: a decimal comma, thousands marks, a word for missing.

Taken for categories they would tell a network next to nothing, and nobody would be told why."""

import re
import shlex

from robust_mlp.cli._errors import InputError

# A sign, digits in groups of three or without groups, a fraction. At least one of the two marks must be there.
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_COMMA_GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?\s*")
_POINT_GROUPS_DECIMAL_COMMA = re.compile(r"\s*[+-]?[1-9]\d{0,2}(\.\d{3})+,\d*\s*")
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")

# From this share of numbers on among a category's distinct values, the others are rather words for missing. Codes of
# which some have a letter, such as house numbers (7, 7a), lie below it.
MOSTLY_NUMBERS = 0.8
MOST_WORDS_SHOWN = 5


def check_number_marks(table, kinds, as_text, shown):
    """Refuse a category whose every value is a number with a decimal comma or with thousands marks.

    Parameters
    ----------
    table : pandas.DataFrame
    kinds : dict of str to {"number", "category"}
    as_text : collection of str
        Columns that the user says are categories.
    shown : str
        The file's name for messages.

    Raises
    ------
    InputError
        Naming the column, an example, and the options that read such numbers.
    """
    for name, kind in kinds.items():
        if kind != "category" or name in as_text:
            continue
        values = [str(value) for value in table[name].dropna().unique()]
        if options := _options_for(values):
            example = next(value for value in values if not _WHOLE.fullmatch(value))
            raise InputError(
                f"column {name!r} of {shown} holds numbers written like {example!r}. To read them as numbers, type "
                f"{options}. If they are categories, type --categorical {name!r}."
            )


def mostly_numbers_notes(table, kinds, as_text, shown):
    """One sentence for each category of texts that are numbers, be it all of them or all but a few."""
    import pandas as pd

    notes = []
    for name, kind in kinds.items():
        if kind != "category" or name in as_text:
            continue
        values = table[name].dropna().astype(str)
        distinct = pd.Series(values.unique())
        is_word = pd.to_numeric(distinct, errors="coerce").isna()
        if not len(distinct) or is_word.mean() > 1 - MOSTLY_NUMBERS:
            continue
        if not is_word.any():  # in a file with types
            notes.append(
                f"column {name!r} of {shown} holds numbers stored as text, such as {distinct[0]!r}, and is taken as a "
                f"category. If they are numbers, store them as such; if not, --categorical {name!r} says so."
            )
            continue
        words = distinct[is_word].tolist()
        n_words = int(values.isin(words).sum())
        which = f"{n_words:,} of its {len(values):,} values {'is no number' if n_words == 1 else 'are no numbers'}"
        listed = " ".join(shlex.quote(word) for word in words[:MOST_WORDS_SHOWN])
        more = " ..." if len(words) > MOST_WORDS_SHOWN else ""
        notes.append(
            f"column {name!r} of {shown} is a category, since {which}: {listed}{more}. If that means missing, type "
            f"--na {listed}{more}."
        )
    return notes


def _options_for(values):
    """The options that read all of the values as numbers, or ""."""
    marked = [value for value in values if not _WHOLE.fullmatch(value)]
    if not marked:
        return ""
    if all(_POINT_GROUPS_DECIMAL_COMMA.fullmatch(value) or _DECIMAL_COMMA.fullmatch(value) for value in marked):
        has_groups = any("." in value for value in marked)
        is_either = all(_COMMA_GROUPS.fullmatch(value) for value in marked)
        if has_groups:
            return "--decimal ',' --thousands '.'"
        return "--decimal ',' (1,234 is 1.234) or --thousands ',' (1,234 is 1234)" if is_either else "--decimal ','"
    if not all(_is_grouped_or_plain(value) for value in marked):
        return ""
    # Points alone are read as decimals unless another mark was typed for them.
    return "--thousands ','" if any("," in value for value in marked) else "--decimal '.'"


def _is_grouped_or_plain(value):
    """Whether commas in the value, if there are any, make groups of three digits."""
    return bool(_COMMA_GROUPS.fullmatch(value) or re.fullmatch(r"\s*[+-]?\d+\.\d*\s*", value))
