"""What a user may settle about how a table is cast and cleaned; see ``[tables.<name>]`` and ``[cleaning]`` in the settings."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from segmentry.checks import check_choice, check_range

MISSING_WORDS = ("na", "n/a", "#n/a", "#na", "nan", "null", "none", "nil", "-", "--", "?")


@dataclass(frozen=True, slots=True)
class ValidationOptions:
    """How one table is cast and which rows are set aside.

    Parameters
    ----------
    date_format : mapping of column to format
        strptime pattern, "excel", "epoch s", "epoch ms" or "epoch us"; a column that is not named is settled by its values.
    decimal : {"", ".", ","}
        Decimal mark of all numbers of the table; empty means settled column by column.
    thousands : str
        Mark between thousands: "," "." " " or "'"; empty means settled column by column.
    currency : str
        Symbol or code that may stand at an amount, such as "$"; it is taken off.
    yes, no : tuple of str
        Words of flags, when they are not the usual ones.
    quarantine_limit : float
        Share of rows that may be set aside before the table is refused; rows without a customer do not count.
    exact_duplicates : {"drop", "keep"}
        What happens to rows that equal another one in every column.
    refunds : {"allow", "quarantine"}
        Whether negative amounts are refunds or mistakes.
    sentinel_dates : {"quarantine", "keep"}
        What happens to activity dates such as 1900-01-01 that stand for "unknown".
    extra : {"allow", "forbid"}
        Whether columns that the contract does not name are ignored or refused.
    missing_words : tuple of str
        Case-folded words that mean "not known" in optional numbers, dates and flags.
    today : date or None
        Activity more than a day after it is set aside; None asks nothing.

    Raises
    ------
    UsageError
        When a value is outside what is allowed.

    Examples
    --------
    >>> ValidationOptions(decimal=",", thousands=".").decimal
    ','
    >>> ValidationOptions(quarantine_limit=5)
    Traceback (most recent call last):
    segmentry.errors.UsageError: quarantine_limit is 5; allowed is 0 to 1. Give a value in that range.
    """

    date_format: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""
    thousands: str = ""
    currency: str = ""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    quarantine_limit: float = 0.05
    exact_duplicates: Literal["drop", "keep"] = "drop"
    refunds: Literal["allow", "quarantine"] = "allow"
    sentinel_dates: Literal["quarantine", "keep"] = "quarantine"
    extra: Literal["allow", "forbid"] = "allow"
    missing_words: tuple[str, ...] = MISSING_WORDS
    today: datetime.date | None = None

    def __post_init__(self) -> None:
        """Check every value against what is allowed."""
        check_range("quarantine_limit", self.quarantine_limit, 0, 1)
        check_choice("decimal", self.decimal, ("", ".", ","))
        check_choice("thousands", self.thousands, tuple({"", ",", ".", " ", "'"} - ({self.decimal} if self.decimal else set())))
        check_choice("exact_duplicates", self.exact_duplicates, ("drop", "keep"))
        check_choice("refunds", self.refunds, ("allow", "quarantine"))
        check_choice("sentinel_dates", self.sentinel_dates, ("quarantine", "keep"))
        check_choice("extra", self.extra, ("allow", "forbid"))

    @property
    def locale(self) -> bool:
        """Whether the user declared how numbers are written; only then are brackets read as a minus."""
        return bool(self.decimal or self.currency)
