"""The shop's trial: offers given by lot, what customers did, and what they were expected to do, which no real shop knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.sources.shop_plan import CONTROL, OFFERS, REACTIONS, SPREAD, TRIAL, TRIAL_DAY
from segmentry.sources.shop_tables import Columns, Text, Whole, money, whole

Floats = NDArray[np.float64]
ARMS = (CONTROL, *(offer.name for offer in OFFERS))


def expectations(kinds: Whole) -> tuple[Floats, Floats]:
    """Return the chance to buy and the expected spend of each customer under each arm, shape (n, 4) each.

    Parameters
    ----------
    kinds : int array, shape (n,)
        Position in `shop_plan.KINDS`.

    Examples
    --------
    >>> buying, spend = expectations(np.array([1]))
    >>> buying.round(2).tolist(), spend.round(2).tolist()
    ([[0.14, 0.48, 0.22, 0.14]], [[7.7, 29.04, 12.1, 7.7]])
    """
    base = np.array([[each.buying] for each in REACTIONS])
    more = np.array([[0.0, *each.buying_more] for each in REACTIONS])
    baskets = np.array([[each.basket * factor for factor in (1.0, *each.basket_factor)] for each in REACTIONS])
    buying = base + more
    return buying[kinds], (buying * baskets)[kinds]


def trials_table(kinds: Whole, ids: Text, people: Columns, rng: np.random.Generator) -> Columns:
    """Return the trial: customers with consent who had signed up before the day of the lot, an equal share to each arm.

    Parameters
    ----------
    kinds : int array, shape (n,)
    ids : array of str, shape (n,)
    people : Columns
        Clean customers.
    """
    drawn = np.flatnonzero(
        (people["marketing_consent"] == "Y") & (people["signup_date"].astype("datetime64[D]") < np.datetime64(TRIAL_DAY))
    )
    arm = rng.permutation(np.arange(len(drawn)) % len(ARMS))
    buying, spend = (expected[drawn, arm] for expected in expectations(kinds))
    bought = rng.random(len(drawn)) < buying
    # The mean of a lognormal is exp(σ²/2) times its median.
    basket = spend / buying * rng.lognormal(-SPREAD * SPREAD / 2, SPREAD, len(drawn))
    cents = np.where(bought, np.maximum(np.rint(basket * 100), 1), 0).astype(np.int64)
    count = len(drawn)
    return {
        "customer_id": ids[drawn],
        "experiment": np.full(count, TRIAL, dtype=object),
        "arm": np.array(ARMS, dtype=object)[arm],
        "stratum": np.full(count, "all", dtype=object),
        "assigned_on": np.full(count, TRIAL_DAY, dtype=object),
        "bought": whole(bought.astype(np.int64)),
        "spent": money(cents),
    }


def offers_toml() -> str:
    """Return the offers as a settings file holds them.

    Examples
    --------
    >>> import tomllib
    >>> [offer["name"] for offer in tomllib.loads(offers_toml())["offers"]]
    ['Free delivery', 'Voucher 10', 'Early access']
    """
    lines = ["# The offers that the synthetic shop tried in its trial."]
    for offer in OFFERS:
        lines += [
            "",
            "[[offers]]",
            f'name = "{offer.name}"',
            f'channel = "{offer.channel}"',
            f"cost = {offer.cost}",
            f"conversion_cost = {offer.conversion_cost}",
            f"margin = {offer.margin}",
        ]
    return "\n".join(lines) + "\n"
