"""Why rows are in quarantine, in words a marketer understands, by code; what the run itself says goes first."""

from __future__ import annotations

from segmentry.reports.story import Quarantined

_SOURCE = "Correct it at the source and run again."
_WORDS: dict[str, tuple[str, str]] = {
    "MISSING_ID": (
        "The row names no customer, so it belongs to nobody's profile.",
        "Nothing, if these are guest purchases; otherwise fill the id at the source.",
    ),
    "PLACEHOLDER_ID": ("The id is a filler that stands for no customer.", "Fill the id at the source."),
    "ID_CONFLICT": ("Several rows share the id and differ in other columns.", "Keep the right one at the source."),
    "DUPLICATE_KEY": ("The key that should name one row names several.", "Keep the right one at the source."),
    "MISSING_DATE": ("The row has no date.", _SOURCE),
    "NOT_A_DATE": ("The date cannot be read.", "Correct it, or declare date_format in the settings."),
    "AMBIGUOUS_DATE": ("The date can be read in two ways.", "Declare date_format in the settings."),
    "SENTINEL_DATE": ("The date is a filler that stands for no date.", 'Correct it, or set sentinel_dates = "keep" under [cleaning].'),
    "FUTURE_DATE": ("The date lies in the future.", "Correct it at the source and run again."),
    "MISSING_AMOUNT": ("The row has no amount.", _SOURCE),
    "NEGATIVE_AMOUNT": ("The amount is below zero.", 'Set refunds = "allow" under [cleaning] if these are returns.'),
    "NOT_A_NUMBER": ("The number cannot be read.", "Correct it, or declare decimal and thousands in the settings."),
    "AMBIGUOUS_NUMBER": ("The number can be read in two ways.", "Declare decimal in the settings."),
    "NOT_FINITE": ("The number is infinite or not a number.", _SOURCE),
    "OUT_OF_RANGE": ("The number is beyond what can be stored.", _SOURCE),
    "NOT_A_FLAG": ("The cell is neither yes nor no.", _SOURCE),
    "FIELD_COUNT": ("The row has more or fewer fields than the header.", "Export the file again; look for delimiters inside fields."),
    "FIELD_TOO_LONG": ("A field is far too long for a cell.", "Export the file again; look for a missing quote."),
    "LINE_TOO_LONG": ("The line is far too long for a row.", "Export the file again; look for a missing line end."),
    "UNCLOSED_QUOTE": ("A quote is opened and never closed.", "Export the file again."),
    "NUL_CHAR": ("The row holds characters that are no text.", "Export the file again as text."),
    "BAD_JSON": ("The line is not valid JSON.", "Export the file again."),
}


def explained(row: Quarantined) -> tuple[str, str]:
    """Return reason and remedy of quarantined rows in words.

    Examples
    --------
    >>> explained(Quarantined("t", "day", "SOME_NEW_CODE", 3))
    ('Some new code.', 'See the quarantine files of this run.')
    """
    plain = row.code.replace("_", " ").capitalize() + "."
    reason, remedy = _WORDS.get(row.code, (plain, "See the quarantine files of this run."))
    return row.reason or reason, row.remedy or remedy
