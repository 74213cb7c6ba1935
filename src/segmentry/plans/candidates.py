"""Candidates: the customers a plan chooses among, the offers it may give, and what is expected of each pair.

The one shape that objectives, constraints and eligibility read: arrays with one row per customer and one column per offer.

When NOT to use: for expectations that nobody has tested. They may be planned with, but then every figure of the plan is an assumption (see `evidence`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import DataRefused, Problem, UsageError
from segmentry.plans.offers import Offer, check_offers

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Customers, offers, and what is expected of each pair.

    Parameters
    ----------
    ids : array of str, shape (n,)
        Each once.
    offers : tuple of Offer, length k
    conversions : float array, shape (n, k)
        Expected *additional* buyers per contact: the effect of the offer, −1 to 1 each, on the scale of one contact.
    revenue : float array, shape (n, k), or None
        Expected additional revenue per contact.
    answers : float array, shape (n, k), or None
        Expected buyers per contact, those included who would have bought anyway; costs of conversion are paid for all of them. None counts them
        on additional buyers alone, which is too low.
    earlier : float array, shape (n,), or None
        Contacts of each customer within the last `days`; NaN where not known.
    days : int
        Over which `earlier` was counted.
    consent : dict of str to float array, shape (n,)
        By purpose: 1 for yes, 0 for no, NaN where not known, which is no.
    segment : int array, shape (n,), or None
        Position in `segments`; −1 for none.
    segments : tuple of str
        Names.

    Raises
    ------
    UsageError
        When shapes do not fit.
    DataRefused
        When a customer stands there twice.

    Examples
    --------
    >>> chosen = Candidates(np.array(["a", "b"], dtype=object), (Offer("Letter", cost=1.0, value=30.0),), np.array([[0.1], [0.02]]))
    >>> len(chosen), chosen.conversions.shape
    (2, (2, 1))
    """

    ids: NDArray[np.object_]
    offers: tuple[Offer, ...]
    conversions: Floats
    revenue: Floats | None = None
    answers: Floats | None = None
    earlier: Floats | None = None
    days: int = 30
    consent: Mapping[str, Floats] = field(default_factory=dict)
    segment: Codes | None = None
    segments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        check_offers(self.offers)
        check_range("days", self.days, 1, 3660)
        count, wide = len(self.ids), (len(self.ids), len(self.offers))
        parts = {"conversions": self.conversions, "revenue": self.revenue, "answers": self.answers}
        for name, part in parts.items():
            if part is not None and part.shape != wide:
                raise UsageError(f"{name} have shape {part.shape}; allowed is {wide}, customers by offers. Pass one row per customer.")
        columns = {"earlier contacts": self.earlier, "segments": self.segment} | {
            f"consent {name!r}": each for name, each in self.consent.items()
        }
        for name, column in columns.items():
            if column is not None and column.shape != (count,):
                raise UsageError(f"{name} have shape {column.shape}; allowed is ({count},). Pass one value per customer.")
        if self.segment is not None and count and not (self.segment.min() >= -1 and self.segment.max() < len(self.segments)):
            raise UsageError(
                f"segments run from {self.segment.min()} to {self.segment.max()}; allowed is −1 to {len(self.segments) - 1}. Recode them."
            )
        repeats = count - len(set(self.ids.tolist()))
        if repeats:
            raise DataRefused(
                Problem(
                    "CUSTOMER_TWICE", f"{repeats:,} of {count:,} rows are of a customer who is there already", "give one row per customer"
                )
            )

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.ids)

    def converting(self, place: int) -> Floats:
        """Return the expected costs of conversion when an offer is given, shape (n,), in money.

        Paid for whoever takes it up; where that is not known, for additional buyers alone.

        Parameters
        ----------
        place : int
            Of the offer.
        """
        buyers = np.maximum(self.conversions[:, place], 0.0) if self.answers is None else self.answers[:, place]
        return self.offers[place].conversion_cost * buyers

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
        """Return some of the customers, with the same offers."""
        return replace(
            self,
            ids=self.ids[rows],
            conversions=self.conversions[rows],
            revenue=None if self.revenue is None else self.revenue[rows],
            answers=None if self.answers is None else self.answers[rows],
            earlier=None if self.earlier is None else self.earlier[rows],
            consent={name: each[rows] for name, each in self.consent.items()},
            segment=None if self.segment is None else self.segment[rows],
        )
