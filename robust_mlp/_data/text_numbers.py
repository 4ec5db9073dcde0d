"""Numbers that are stored as text: which text columns are numbers, and how to read them.

Looks at the different texts of one column. Converts nothing: what may be read as it stands is said by `are_numbers`,
and for all else `numbers_among` finds what makes it numbers."""

import re
from dataclasses import dataclass

# What Python and pandas read as a number, blanks around it left out. No underscores and no words but "nan", which is
# how a missing number is written when a table is turned into text.
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NAN = re.compile(r"[+-]?nan", re.IGNORECASE)
# "007" and "08001": the zero is there because the text is a name and not a quantity.
_CODE = re.compile(r"0\d+")

# Texts that stand for a missing value in tables that people make.
MISSING_WORDS = frozenset(
    [  # the last two are dashes of typesetters
        "-", "--", "---", ".", "..", "?", "??", "*", "x",
        "n/a", "na", "#n/a", "#na", "n.a.", "k.a.", "nan", "null", "none",
        "nil", "missing", "unknown", "tbd", "<na>", "#value!", "#div/0!", "", "not available",
        "\u2013", "\u2014",
    ]
)  # fmt: skip

# Signs and names of money before or after an amount, and the sign of percent.
_MONEY = r"(?:CHF|EUR|USD|GBP|JPY|CAD|AUD|SEK|NOK|DKK|PLN|INR|CNY|Fr\.?|Rs\.?|[$€£¥₹%‰])"
_BLANK = "[\\s\u00a0\u202f]*"
# Thousands in groups of three with one and the same sign between them, or none; then a fraction.
_GROUPS = "\\d{1,3}(?P<group>[.,' \u2019\u00a0\u202f])\\d{3}(?:(?P=group)\\d{3})*(?:(?!(?P=group))[.,]\\d+)?"
# What a laboratory writes before a number that is beyond what it can measure, or only about right.
_BOUND = "[<>\u2264\u2265~\u2248]?"
_DECORATED = re.compile(
    rf"{_BOUND}{_BLANK}[+-]?{_BLANK}{_MONEY}?{_BLANK}(?P<digits>[+-]?(?:{_GROUPS}|\d+(?:[.,]\d*)?|[.,]\d+)){_BLANK}"
    r"(?P<unit>[^\d\s.,:'+-]{1,10})?",
    re.IGNORECASE,
)
_IS_MONEY = re.compile(rf"{_MONEY}", re.IGNORECASE)

# A text column is numbers where at most a tenth of its cells, those that stand for missing values left out, are not:
# "a few typing errors", where with more of them the column mixes two things.
LEAST_NUMBER_SHARE = 0.9
# Fewer different numbers are told apart as levels as well as they are as numbers: yes and no, or a scale of three.
FEWEST_NUMBERS = 3
# Whole numbers and nothing else may be codes that somebody turned into text on purpose. Up to so many levels each has
# enough rows to be learned by itself; beyond, what is a quantity loses its order.
MOST_CODES = 20

POINT, COMMA = "point", "comma"
# How typesetters and accountants write a number below zero: with a minus that Python does not read, or in parentheses.
_OTHER_MINUS = re.compile("^\u2212[\\s\u00a0]*|^\\((?=.*\\)$)")
# What is taken out of decorated numbers, as a regular expression that pandas and polars read, too.
STRIPPED = {POINT: r"[A-Za-z]+\.?|[^\d.+-]", COMMA: r"[^\d,+-]"}


@dataclass(frozen=True)
class TextNumbers:
    """What a text column whose cells are numbers looks like.

    Attributes
    ----------
    decimal : {"point", "comma", None}
        None where `float` reads the numbers as they stand, blanks left out.
    has_other_minus : bool
        Whether numbers below zero are in parentheses, or have another minus than that of the keyboard.
    number_share, missing_share : float
        Of the cells that are not missing already.
    n_numbers : int
        Different texts that are numbers.
    examples : tuple of str
        Up to three cells: those that hinder a reading as numbers first.
    """

    decimal: str | None
    number_share: float
    missing_share: float
    n_numbers: int
    examples: tuple
    has_other_minus: bool = False


def are_numbers(texts):
    """Whether different texts are numbers beyond doubt: all are plain, none is a code such as "007".

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    is_sure : bool
        Whole numbers alone may be codes: then False.
    are_plain : bool
        The same, whole numbers included.

    Examples
    --------
    >>> are_numbers(["3.1", " 4 ", "nan"])
    (True, True)
    >>> are_numbers(["3", "4"])
    (False, True)
    >>> are_numbers(["3.1", "?"])
    (False, False)
    """
    has_fraction = has_number = False
    for text in texts:
        text = text.strip()
        if _PLAIN.fullmatch(text) and not _CODE.fullmatch(text):
            has_number = True
            has_fraction = has_fraction or not float(text).is_integer()
        elif not _NAN.fullmatch(text):
            return False, False
    return has_fraction, has_number


def numbers_among(texts, counts, *, is_text=True):
    """How a column's texts are numbers, or None where they are not.

    Parameters
    ----------
    texts : sequence of str
        The different cells.
    counts : sequence of float
        How many cells have each.
    is_text : bool, default=True
        False for a column that somebody made a category, whose plain numbers are levels on purpose.

    Returns
    -------
    found : TextNumbers or None

    Examples
    --------
    >>> found = numbers_among(["1'234.50 CHF", "80.00 CHF", "12.20 CHF", "?"], [1, 1, 1, 1])
    >>> found.decimal, found.number_share, found.missing_share, found.examples[0]
    ('point', 0.75, 0.25, '?')
    """
    total = float(sum(counts))
    kinds = {text: _kind_of(text) for text in texts}
    shares = {"plain": 0.0, "decorated": 0.0, "missing": 0.0, "other": 0.0}
    for text, count in zip(texts, counts, strict=True):
        shares[kinds[text]] += count / total
    number_share = shares["plain"] + shares["decorated"]
    numbers = [text for text in texts if kinds[text] in ("plain", "decorated")]
    if len(numbers) < FEWEST_NUMBERS or number_share < LEAST_NUMBER_SHARE * (1 - shares["missing"]):
        return None
    decorated = [text for text in texts if kinds[text] == "decorated"]
    is_clean = not decorated and shares["missing"] + shares["other"] == 0
    has_few = len(numbers) <= MOST_CODES
    if ((has_few or is_clean) and not is_text) or (has_few and is_clean):
        return None
    # Among a few levels, "2", "3" and "5more" are steps of a scale and no quantities with a unit.
    if decorated and not _is_one_unit(decorated, len(numbers) if has_few else len(decorated)):
        return None
    decimal = _decimal(decorated) if decorated else None
    odd = [text for kind in ("other", "missing", "decorated", "plain") for text in texts if kinds[text] == kind]
    # One of each kind of cell first, so that the examples show all that is there.
    firsts = list(dict.fromkeys(next((t for t in odd if kinds[t] == kinds[text]), text) for text in odd))
    examples = tuple(dict.fromkeys([*firsts, *odd]))[:3]
    has_other_minus = any(_OTHER_MINUS.match(text.strip()) for text in decorated)
    return TextNumbers(decimal, number_share, shares["missing"], len(numbers), examples, has_other_minus)


def as_number(text, decimal):
    """A text as a number, read as the line to type reads it; NaN where it is none.

    Parameters
    ----------
    text : str
    decimal : {"point", "comma", None}

    Returns
    -------
    number : float
    """
    if decimal is not None:
        text = re.sub(STRIPPED[decimal], "", _with_usual_minus(text)).replace(",", ".")
    try:
        return float(text.strip())
    except ValueError:
        return float("nan")


def _kind_of(text):
    """What one text is: "plain", "decorated", "missing" or "other"."""
    stripped = text.strip()
    if _PLAIN.fullmatch(stripped):
        return "other" if _CODE.fullmatch(stripped) else "plain"
    if stripped.lower() in MISSING_WORDS:
        return "missing"
    match = _DECORATED.fullmatch(_with_usual_minus(stripped))
    if match is None or _CODE.fullmatch(match["digits"]):
        return "other"
    return "decorated" if _number_of(stripped) is not None else "other"


def _with_usual_minus(text):
    """A text whose number below zero begins with the minus of the keyboard; blanks around it left out."""
    text = text.strip()
    usual = _OTHER_MINUS.sub("-", text)
    return usual.removesuffix(")") if usual != text and text.startswith("(") else usual


def _number_of(text):
    """`as_number` with either decimal sign, or None where neither gives a number."""
    numbers = [as_number(text, decimal) for decimal in (POINT, COMMA)]
    return next((number for number in numbers if number == number), None)


def _is_one_unit(texts, n_numbers):
    """Whether what stands after numbers is money, percent, or one and the same unit in nearly all `n_numbers`."""
    matches = [_DECORATED.fullmatch(_with_usual_minus(text)) for text in texts]
    units = [(match["unit"] or "").strip().lower() for match in matches if match is not None]
    units = [unit for unit in units if not _IS_MONEY.fullmatch(unit)]
    if not any(units):
        return True
    commonest = max(set(units), key=units.count)
    return commonest != "" and units.count(commonest) >= LEAST_NUMBER_SHARE * n_numbers


def _decimal(texts):
    """Whether the fraction of decorated numbers begins with a point or a comma."""
    digits = [re.sub(r"[^\d.,]", "", text).strip(".,") for text in texts]
    votes = {POINT: 0, COMMA: 0}
    for text in digits:
        last = max(text.rfind("."), text.rfind(","))
        if last < 0:
            continue
        sign, other = (POINT, COMMA) if text[last] == "." else (COMMA, POINT)
        if ("," in text and "." in text) or (text.count(text[last]) == 1 and len(text) - last - 1 != 3):
            votes[sign] += 1
        elif text.count(text[last]) > 1:
            votes[other] += 1  # 1.234.567: it groups thousands
        # 1.234 and 1,234 may be either, and decide nothing: a point is a fraction's, as float has it.
    return COMMA if votes[COMMA] > votes[POINT] else POINT
