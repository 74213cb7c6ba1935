"""What is planted in the synthetic shop: five kinds of customers, eight categories, and how they differ.

The figures are means; customers of one kind vary around them. Change a figure here and the shop changes; nothing else knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CATEGORIES = ("Fashion", "Beauty", "Electronics", "Home", "Garden", "Food & Wine", "Toys", "Gifts")
LIST_PRICES = (45.0, 18.0, 120.0, 38.0, 30.0, 16.0, 24.0, 28.0)
CHANNELS = ("web", "store", "catalogue")
EVENT_TYPES = ("visit", "open", "click", "session")
FIRST_DAY = "2024-07-01"
LAST_DAY = "2026-06-30"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of customers.

    Parameters
    ----------
    name : str
        For people.
    share : float
        Of all customers.
    orders, lines : float
        Mean orders in two years; chance (of two) of each further line in an order.
    when : {"always", "lately", "long ago", "christmas"}
        When they buy.
    quiet : float
        Mean days between the last order and the as-of date, for those who still buy.
    categories, channels, events : tuple of float
        Weights in the order of `CATEGORIES`, `CHANNELS` and `EVENT_TYPES`.
    tier : tuple of float
        Parameters of the beta distribution of the price tier within a category: 0 cheapest, 1 dearest.
    pieces : float
        Mean pieces of a line beyond the first.
    reduced, returned : float
        Share of lines bought at a reduced price; share of lines sent back.
    activity : float
        Mean events.
    born : tuple of int
        Range of birth years.
    income : float
        Median a year.
    response : float
        Chance to respond to a campaign.
    satisfaction : float
        Mean score, 0 to 10.
    """

    name: str
    share: float
    orders: float
    lines: float
    when: Literal["always", "lately", "long ago", "christmas"]
    quiet: float
    categories: tuple[float, ...]
    channels: tuple[float, ...]
    events: tuple[float, ...]
    tier: tuple[float, float]
    pieces: float
    reduced: float
    returned: float
    activity: float
    born: tuple[int, int]
    income: float
    response: float
    satisfaction: float


KINDS = (
    Kind(
        name="Loyal high spenders", share=0.15, orders=7.8, lines=0.48, when="always", quiet=10,
        categories=(4, 3, 2, 62, 10, 16, 1, 2), channels=(32, 66, 2), events=(30, 40, 20, 10), tier=(6, 2), pieces=0.9, reduced=0.06, returned=0.01,
        activity=8, born=(1955, 1980), income=82_000, response=0.22, satisfaction=8.8,
    ),
    Kind(
        name="Young bargain hunters on the web", share=0.22, orders=4.4, lines=0.32, when="lately", quiet=18,
        categories=(74, 16, 3, 2, 1, 1, 1, 2), channels=(96, 3, 1), events=(45, 15, 25, 15), tier=(2, 6), pieces=0.2, reduced=0.82, returned=0.16,
        activity=11, born=(1994, 2007), income=24_000, response=0.12, satisfaction=6.9,
    ),
    Kind(
        name="Seasonal gift buyers", share=0.20, orders=2.4, lines=0.5, when="christmas", quiet=0,
        categories=(2, 6, 1, 2, 1, 2, 6, 80), channels=(12, 87, 1), events=(60, 30, 8, 2), tier=(4, 4), pieces=0.5, reduced=0.08, returned=0.0,
        activity=0.5, born=(1960, 1995), income=45_000, response=0.05, satisfaction=7.8,
    ),
    Kind(
        name="Lapsed one-off store buyers", share=0.23, orders=1.08, lines=0.12, when="long ago", quiet=0,
        categories=(2, 1, 92, 2, 1, 1, 1, 0), channels=(2, 97, 1), events=(70, 25, 4, 1), tier=(4, 4), pieces=0.1, reduced=0.08, returned=0.0,
        activity=0.1, born=(1950, 2000), income=38_000, response=0.01, satisfaction=5.6,
    ),
    Kind(
        name="Steady catalogue families", share=0.20, orders=5.1, lines=0.44, when="always", quiet=28,
        categories=(8, 3, 1, 5, 4, 8, 70, 1), channels=(6, 3, 91), events=(40, 45, 10, 5), tier=(3, 4), pieces=0.8, reduced=0.22, returned=0.005,
        activity=1.5, born=(1975, 1992), income=52_000, response=0.15, satisfaction=7.6,
    ),
)  # fmt: skip

TRIAL = "Spring offers 2026"
# No other campaign reaches anybody in the thirty days from here on.
TRIAL_DAY = "2026-03-16"
TRIAL_DAYS = 30
CONTROL = "control"
# Spread of what buyers spend, as standard deviation of the logarithm.
SPREAD = 0.35


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one kind of customers does in the thirty days after the lot.

    Parameters
    ----------
    buying : float
        Chance to buy without an offer.
    basket : float
        Mean spend of those who buy without an offer.
    buying_more, basket_factor : tuple of float
        By offer, in the order of `OFFERS`: what it adds to the chance, and by what it multiplies the mean spend.
    """

    buying: float
    basket: float
    buying_more: tuple[float, ...]
    basket_factor: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """An offer of the shop, with its price.

    Parameters
    ----------
    name, channel : str
    cost, conversion_cost : float
        Of one contact, and further of each customer who buys.
    margin : float
        Share of revenue that is kept.
    """

    name: str
    channel: str
    cost: float
    conversion_cost: float
    margin: float


OFFERS = (
    PlannedOffer("Free delivery", "e-mail", cost=0.05, conversion_cost=4.0, margin=0.4),
    PlannedOffer("Voucher 10", "mail", cost=1.10, conversion_cost=10.0, margin=0.4),
    PlannedOffer("Early access", "e-mail", cost=0.05, conversion_cost=0.0, margin=0.4),
)
# In the order of `KINDS`. Loyal customers buy anyway, and a voucher in the post makes some of them wait; the third offer does nothing for anybody.
REACTIONS = (
    Reaction(buying=0.25, basket=95.0, buying_more=(0.0, -0.14, 0.0), basket_factor=(1.0, 0.9, 1.0)),
    Reaction(buying=0.14, basket=55.0, buying_more=(0.34, 0.08, 0.0), basket_factor=(1.1, 1.0, 1.0)),
    Reaction(buying=0.05, basket=60.0, buying_more=(0.0, 0.0, 0.0), basket_factor=(1.0, 1.0, 1.0)),
    Reaction(buying=0.03, basket=130.0, buying_more=(0.0, 0.3, 0.0), basket_factor=(1.0, 1.0, 1.0)),
    Reaction(buying=0.16, basket=70.0, buying_more=(0.24, 0.0, 0.0), basket_factor=(1.15, 1.0, 1.0)),
)
