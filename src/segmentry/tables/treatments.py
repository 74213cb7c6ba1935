"""What cleaning may do, as settings, and what it did, as remarks.

Each rule is named, counted and reversible: its name stands in a `Treatment`, its switch in `CleaningOptions`.
The rules live beside this file: `impossible`, `categories`, `redundancy`, `nonproducts`, `oddities`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from segmentry.checks import check_choice, check_range
from segmentry.results import Note, Treatment


@dataclass(frozen=True, slots=True)
class CleaningOptions:
    """Which cleaning rules run; see ``[cleaning]`` in the settings.

    Parameters
    ----------
    as_of : date or None
        Day to look back from; None means the latest activity in the data.
    impossible_values : {"missing", "keep"}
        Impossible ages and births, negative counts and incomes, fillers such as 999999: taken as missing, or only counted.
    oldest : int
        Years; a higher age is impossible.
    spellings : {"join", "keep"}
        Levels of a category that differ only in case or blanks.
    rare_categories : {"other", "keep"}
        Levels held by fewer than 3 customers or less than `rare_share` of them become "other".
    rare_share : float
        Share of the customers, between 0 and 1.
    most_levels : int
        Levels a category keeps at most, before "other"; at least 2.
    constant_columns, redundant_columns : {"drop", "keep"}
        Columns with one value, and columns that repeat another: set aside, or used all the same.
    non_products : {"report", "drop"}
        Postage, fees, adjustments: marked and kept as spend, or taken out.
    default_account : {"exclude", "keep"}
        One id with 80 % or more of all lines (guest or till account).

    Raises
    ------
    UsageError
        When a value is outside what is allowed.

    Examples
    --------
    >>> CleaningOptions().rare_share
    0.002
    """

    as_of: datetime.date | None = None
    impossible_values: Literal["missing", "keep"] = "missing"
    oldest: int = 110
    spellings: Literal["join", "keep"] = "join"
    rare_categories: Literal["other", "keep"] = "other"
    rare_share: float = 0.002
    most_levels: int = 50
    constant_columns: Literal["drop", "keep"] = "drop"
    redundant_columns: Literal["drop", "keep"] = "drop"
    non_products: Literal["report", "drop"] = "report"
    default_account: Literal["exclude", "keep"] = "exclude"

    def __post_init__(self) -> None:
        """Check every value against what is allowed."""
        check_range("rare_share", self.rare_share, 0, 1)
        check_range("oldest", self.oldest, 20, 200)
        check_range("most_levels", self.most_levels, 2, 10_000)
        check_choice("impossible_values", self.impossible_values, ("missing", "keep"))
        check_choice("spellings", self.spellings, ("join", "keep"))
        check_choice("rare_categories", self.rare_categories, ("other", "keep"))
        check_choice("constant_columns", self.constant_columns, ("drop", "keep"))
        check_choice("redundant_columns", self.redundant_columns, ("drop", "keep"))
        check_choice("non_products", self.non_products, ("report", "drop"))
        check_choice("default_account", self.default_account, ("exclude", "keep"))


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a rule has to say: notes for people, treatments for the record. Remarks add up.

    Examples
    --------
    >>> len((Remarks(notes=(Note("a", "One."),)) + Remarks(notes=(Note("b", "Two."),))).notes)
    2
    """

    notes: tuple[Note, ...] = ()
    treatments: tuple[Treatment, ...] = ()

    def __add__(self, other: Remarks) -> Remarks:
        """Return both, in order."""
        return Remarks(self.notes + other.notes, self.treatments + other.treatments)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row"), counted(2, "category", "categories")
    ('1 row', '1,200 rows', '2 categories')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
