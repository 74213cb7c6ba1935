"""An offer: something that can be sent to customers, with its price and what it brings.

When NOT to use: for prices, ranges or shop layouts that everybody meets; an offer is given to one customer and not to another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from segmentry.errors import UsageError

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be sent to customers.

    Parameters
    ----------
    name : str
        For people and files; unique among the offers of a plan.
    channel : str
        It goes through, such as "mail"; empty when it has none.
    cost : float
        Of one contact, in the data's currency.
    conversion_cost : float
        Further cost of each customer who takes it up, such as the voucher; also of those who would have bought anyway.
    margin : float or None
        Share of additional revenue that is kept, above 0 and up to 1.
    value : float or None
        What one additional buyer brings after cost of goods. With both, `value` counts.
    purpose : str
        Column of consent that is asked for it; empty means every column of consent.
    segments : tuple of str
        Names of the segments that may get it; empty means all.

    Raises
    ------
    UsageError
        When a name is missing or an amount is not allowed.

    Examples
    --------
    >>> Offer("Free delivery", "mail", cost=0.8, conversion_cost=4.9, margin=0.3).channel
    'mail'
    """

    name: str
    channel: str = ""
    cost: float = 0.0
    conversion_cost: float = 0.0
    margin: float | None = None
    value: float | None = None
    purpose: str = ""
    segments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the name and the amounts."""
        if not self.name.strip():
            raise UsageError("an offer has no name; allowed is any text. Name it, so that people know what the plan speaks of.")
        for what, amount in (("cost", self.cost), ("conversion_cost", self.conversion_cost)):
            if not (math.isfinite(amount) and amount >= 0):
                raise UsageError(f"{what} of offer {self.name!r} is {amount:g}; allowed is 0 or any amount above. Give what it costs.")
        if self.margin is not None and not 0 < self.margin <= 1:
            raise UsageError(f"margin of offer {self.name!r} is {self.margin:g}; allowed is above 0 up to 1. Give 0.3 for 30%.")
        if self.value is not None and not (math.isfinite(self.value) and self.value > 0):
            raise UsageError(f"value of offer {self.name!r} is {self.value:g}; allowed is any amount above 0. Give what one buyer brings.")


def check_offers(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return the offers of a plan.

    Raises
    ------
    UsageError
        When two have the same name.

    Examples
    --------
    >>> [offer.name for offer in check_offers([Offer("Call"), Offer("Letter")])]
    ['Call', 'Letter']
    """
    found = tuple(offers)
    names = [offer.name for offer in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{len(names)} offers share the name {twice[0]!r}; allowed is each name once. Rename one of them.")
    return found
