"""Constraints of a plan: values in a list.

    [Budget(50_000), Capacity("mail", 5_000), ContactCap(2, per="month"), MinReach("Champions", 0.2), Holdout(0.1), Consent()]

`Budget`, `Capacity` and `MinReach` limit the plan as a whole and have a price; `ContactCap`, `Holdout` and `Consent` say who may be asked at all
(see `eligibility`). Their text is what a user wrote, and is how they are named when they clash.

When NOT to use: for what is only dear. A wish that has a price belongs into the objective.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from segmentry.checks import check_choice
from segmentry.errors import UsageError
from segmentry.experiments.assignment import STANDING

Period = Literal["day", "week", "month", "quarter", "year"]
DAYS: dict[str, int] = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def _number(value: float) -> str:
    return f"{value:_.0f}" if float(value).is_integer() else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Budget:
    """Most money to spend: contacts and expected costs of conversion.

    Raises
    ------
    UsageError
        When the amount is not 0 or above.

    Examples
    --------
    >>> str(Budget(50_000))
    'Budget(50_000)'
    """

    amount: float

    def __post_init__(self) -> None:
        """Check the amount."""
        if not (math.isfinite(self.amount) and self.amount >= 0):
            raise UsageError(f"the budget is {self.amount:g}; allowed is 0 or any amount above. Without a limit leave it out.")

    def __str__(self) -> str:
        return f"Budget({_number(self.amount)})"


@dataclass(frozen=True, slots=True)
class Capacity:
    """Most contacts through a channel.

    Raises
    ------
    UsageError
        When the number is not a whole one from 0.

    Examples
    --------
    >>> str(Capacity("mail", 5_000))
    "Capacity('mail', 5_000)"
    """

    channel: str
    most: int

    def __post_init__(self) -> None:
        """Check the number."""
        if not (self.most >= 0 and float(self.most).is_integer()):
            raise UsageError(f"the capacity of {self.channel!r} is {self.most}; allowed is a whole number from 0. Give the most contacts.")

    def __str__(self) -> str:
        return f"Capacity({self.channel!r}, {_number(self.most)})"


@dataclass(frozen=True, slots=True)
class MinReach:
    """Least customers of a segment who get an offer: below 1 a share of the whole segment, else a number.

    Raises
    ------
    UsageError
        When it is neither a share nor a whole number.

    Examples
    --------
    >>> MinReach("Champions", 0.2).customers(1_001)
    201
    """

    segment: str
    least: float

    def __post_init__(self) -> None:
        """Check the share or number."""
        if not (math.isfinite(self.least) and self.least >= 0 and (self.least < 1 or float(self.least).is_integer())):
            raise UsageError(
                f"the least reach of segment {self.segment!r} is {self.least:g}; allowed is a share from 0 to below 1, or a whole number. "
                "Write 0.2 for 20% of its customers."
            )

    def customers(self, size: int) -> int:
        """Return how many customers of a segment of `size` that is."""
        # A share of .2 of 10 is 2 and not 3, whatever floating point makes of it.
        return math.ceil(round(self.least * size, 9)) if self.least < 1 else int(self.least)

    def __str__(self) -> str:
        return f"MinReach({self.segment!r}, {_number(self.least)})"


@dataclass(frozen=True, slots=True)
class ContactCap:
    """Most contacts of one customer within a period, earlier ones included; a plan adds one at most.

    Parameters
    ----------
    most : int
        1 or more.
    per : {"day", "week", "month", "quarter", "year"} or int
        The period, or its days. The candidates' earlier contacts must have been counted over the same days (a month has 30).

    Raises
    ------
    UsageError
        When a value is not allowed.

    Examples
    --------
    >>> ContactCap(2, per="month").days
    30
    """

    most: int
    per: Period | int = "month"

    def __post_init__(self) -> None:
        """Check number and period."""
        if not (self.most >= 1 and float(self.most).is_integer()):
            raise UsageError(f"the most contacts of one customer are {self.most}; allowed is a whole number from 1. Write 2 for two.")
        if isinstance(self.per, str):
            check_choice("per", self.per, DAYS)
        elif not self.per >= 1:
            raise UsageError(f"the days of a contact cap are {self.per}; allowed is 1 or more. Write 30 for a month.")

    @property
    def days(self) -> int:
        """The period in days."""
        return DAYS[self.per] if isinstance(self.per, str) else int(self.per)

    def __str__(self) -> str:
        return f"ContactCap({self.most}, per={self.per!r})"


@dataclass(frozen=True, slots=True)
class Holdout:
    """Share of customers left alone by lot, so that what the plan earned can be told.

    Parameters
    ----------
    share : float
        0 to below 1.
    salt : str
        The lot; with the same one, customers who are left alone now are left alone again. The default is the standing hold-out of experiments.

    Raises
    ------
    UsageError
        When a value is not allowed.

    Examples
    --------
    >>> str(Holdout(0.1))
    'Holdout(0.1)'
    """

    share: float
    salt: str = STANDING

    def __post_init__(self) -> None:
        """Check share and salt."""
        if not 0 <= self.share < 1:
            raise UsageError(f"the share of the hold-out is {self.share:g}; allowed is 0 to below 1. Write 0.1 for a tenth.")
        if not self.salt:
            raise UsageError("the salt of the hold-out is empty; allowed is any text. Name the plan or the experiment.")

    def __str__(self) -> str:
        return f"Holdout({_number(self.share)}" + ("" if self.salt == STANDING else f", salt={self.salt!r}") + ")"


@dataclass(frozen=True, slots=True)
class Consent:
    """Only who has said yes is asked; who has not said anything has not said yes.

    Parameters
    ----------
    purpose : str
        Column of consent that every offer asks; empty means that each offer asks its own, and every column where it names none.

    Examples
    --------
    >>> str(Consent("newsletter"))
    "Consent('newsletter')"
    """

    purpose: str = ""

    def __str__(self) -> str:
        return f"Consent({self.purpose!r})" if self.purpose else "Consent()"


Constraint = Budget | Capacity | MinReach | ContactCap | Holdout | Consent
