"""What tests of the sentences share: labels, columns with findings, and a finding as one text."""

from robust_mlp._core.records import ColumnFinding

CLASSES = ("no", "yes")


def said(finding):
    """A finding as one text: symptom, cause, (evidence)."""
    return f"{' '.join(part for part in (finding.symptom, finding.cause) if part)} ({finding.evidence})"


def found(code, name, **fields):
    """A finding on the column `name`."""
    return ColumnFinding(code=code, name=name, label=name, **fields)


PRICE = found(
    "numbers_in_text",
    "price",
    share=0.98,
    examples=("'?'", "'1,200.50 CHF'", "'80.00 CHF'"),
    detail="point",
    is_serious=True,
)
AGE = found("numbers_in_text", "age", share=0.955, examples=("'-'", "'41'"))
TOWN = found("similar_levels", "town", share=0.1, examples=("'Bern'", "'bern'"))
SOLD = found("dates_in_text", "sold", examples=("'31.12.2024'",), detail="%d.%m.%Y")
