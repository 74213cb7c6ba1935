"""What followed contacts: purchases in the days after them, credited so that credits sum to purchases exactly.

A purchase that falls into the windows of several campaigns is shared out among them in equal parts. Parts are whole numbers (of 1/720,720 of a purchase,
and of the smallest unit of money), the remainder goes to the latest contact, so nothing is lost or counted twice in rounding. A window of d days begins with
the day of the contact. Answers are counted as in `outcomes`: one dated before its contact is not known, one after the as-of day is none yet.

When NOT to use: to tell what a campaign caused. What follows a contact would often have come anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, literal
from segmentry.errors import NotEnoughData, Problem
from segmentry.features.histories import OCCASIONS, Occasions, Returns, keep_occasions
from segmentry.features.windows import day_of
from segmentry.tables.dataset import Dataset

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
# A purchase in parts: up to sixteen campaigns share it without a remainder.
PARTS = 720_720
MONEY = 10_000
UNLABELLED = -1
# Enough customers to learn from what was to be expected anyway.
REST = 20_000


@dataclass(frozen=True, slots=True)
class Described:
    """What a table says of a campaign; None and "" where it does not."""

    name: str
    channel: str
    first: int | None
    last: int | None
    cost: float | None
    budget: float | None
    spent: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Contacted:
    """Contacts and credits by campaign, channel and label.

    Parameters
    ----------
    campaigns, channels : array of str, shape (m,)
        One row per combination that occurs; "" for a channel that is not known.
    labels : int array, shape (m,)
        `UNLABELLED` where there are none.
    contacts, known, answered : int array, shape (m,)
        Contacts, those of which it is known whether they were answered, and those that were.
    orders, money : int array, shape (m,)
        Credits in parts of a purchase (`PARTS`) and of money (`MONEY` to one).
    """

    campaigns: NDArray[np.object_]
    channels: NDArray[np.object_]
    labels: Whole
    contacts: Whole
    known: Whole
    answered: Whole
    orders: Whole
    money: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """A campaign's time, with what was bought before and after.

    Parameters
    ----------
    campaign : str
    first, last : int
        Days of its first and last contact, since 1970-01-01.
    customers : int
    own : (float array, float array), shape (customers,) each
        Revenue of each of its customers in the days before their contact, and from it on; by customer.
    rest : (float array, float array)
        The same of others around its middle day: of all, or of every so-manieth of many.
    others_before, others_after : float
        Revenue of all who were not contacted by it, around its first day.
    purchases : int
        Theirs in the days from it on.
    usual : float
        Their revenue in as many days on average over the data.
    overlaps : tuple of (str, int)
        Other campaigns that reached some of its customers within the window, and how many, the most first.
    """

    campaign: str
    first: int
    last: int
    customers: int
    own: tuple[Floats, Floats]
    rest: tuple[Floats, Floats]
    others_before: float
    others_after: float
    purchases: int
    usual: float
    overlaps: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Campaigns:
    """All that followed contacts.

    Parameters
    ----------
    described : dict of str to Described
        By campaign; empty without a table of campaigns.
    contacted : Contacted
    around : tuple of Around
        In the order of time and name.
    customers : dict of (str, value) to int
        Customers contacted, each once: by ("campaign", id), ("channel", name), ("label", number) and ("all", "").
    orders, credited, shared : int
        Purchases since the first contact, those credited, and those shared out among several campaigns.
    revenue : int
        Of the credited ones, in parts of `MONEY`.
    undated : int
        Contacts without a day, which are not counted.
    """

    described: dict[str, Described]
    contacted: Contacted
    around: tuple[Around, ...]
    customers: dict[tuple[str, str | int], int]
    orders: int
    credited: int
    shared: int
    revenue: int
    undated: int


def campaigns(
    engine: Engine,
    dataset: Dataset,
    *,
    days: int,
    labels: NDArray[np.int64] | None = None,
    occasions: Occasions = "positive",
    returns: Returns = "net",
) -> Campaigns:
    """Return what followed the contacts of all campaigns.

    Parameters
    ----------
    days : int
        Length of the window, the day of the contact included.
    labels : int array, shape (n,), or None
        Segment of each customer.
    occasions, returns : str
        As in `features.histories.histories`.

    Raises
    ------
    NotEnoughData
        Without contacts that have a day and a campaign.
    """
    limit = _limit(dataset)
    dated, undated = _counted(engine, dataset, limit)
    if not dated:
        lacking = f" ({undated:,} without)" if undated else ""
        reason = f"the data of {dataset.customers:,} customers holds no contacts with a campaign and a day{lacking}"
        raise NotEnoughData(
            Problem("NO_CONTACTS", reason, "add a table with one row per contact: customer, campaign, date and whether answered")
        )
    _keep_contacts(engine, dataset, limit, labels)
    bought = "lines" in dataset.has and dataset.as_of is not None
    if bought:
        keep_occasions(engine, dataset, dataset.as_of, occasions=occasions, returns=returns)  # type: ignore[arg-type]
    else:
        engine.run(f"CREATE OR REPLACE TABLE {OCCASIONS} (customer INTEGER, day INTEGER, amount DECIMAL(18,4), gap INTEGER)")
    _keep_credits(engine, days)
    orders, credited, shared, revenue = _totals(engine)
    found = Campaigns(
        described=described(engine, dataset),
        contacted=_by_group(engine),
        around=_around(engine, days),
        customers=_customers(engine),
        orders=orders,
        credited=credited,
        shared=shared,
        revenue=revenue,
        undated=undated,
    )
    engine.run(f"DROP TABLE __contacted; DROP TABLE __touches; DROP TABLE __credits; DROP TABLE __labels; DROP TABLE {OCCASIONS}")
    return found


def described(engine: Engine, dataset: Dataset) -> dict[str, Described]:
    """Return what the table of campaigns says; empty without one."""
    if "campaigns" not in dataset.has:
        return {}
    found = engine.rows("SELECT campaign, name, channel, first, last, cost, budget, spent FROM campaigns ORDER BY campaign")

    def amount(value: object) -> float | None:
        return None if value is None else float(str(value))

    return {
        str(key): Described(name or str(key), channel or "", first, last, amount(cost), amount(budget), amount(spent))
        for key, name, channel, first, last, cost, budget, spent in found
    }


def _limit(dataset: Dataset) -> str:
    return "" if dataset.as_of is None else f" AND day <= {day_of(dataset.as_of)}"


def _counted(engine: Engine, dataset: Dataset, limit: str) -> tuple[int, int]:
    if "contacts" not in dataset.has:
        return 0, 0
    dated, undated = engine.rows(
        f"SELECT count(*) FILTER (day IS NOT NULL AND campaign IS NOT NULL{limit}), count(*) FILTER (day IS NULL) FROM contacts"
    )[0]
    return int(dated), int(undated)


def _keep_contacts(engine: Engine, dataset: Dataset, limit: str, labels: NDArray[np.int64] | None) -> None:
    """Keep ``__contacted`` (one row a contact) and ``__touches`` (one row per campaign, customer and day)."""
    told = np.full(dataset.customers, UNLABELLED) if labels is None else labels
    engine.put("__labels", {"customer": np.arange(dataset.customers), "label": told.astype(np.int64)})
    late = "" if dataset.as_of is None else f"WHEN c.answered > {day_of(dataset.as_of)} THEN 0 "
    answer = f"CASE WHEN c.answered < c.day THEN NULL {late}WHEN c.responded THEN 1 WHEN NOT c.responded THEN 0 END"
    listed = "campaigns" in dataset.has
    join = " LEFT JOIN campaigns k ON k.campaign = c.campaign" if listed else ""
    rows = f"SELECT * FROM contacts WHERE day IS NOT NULL AND campaign IS NOT NULL{limit}"
    engine.run(
        f"""
        CREATE OR REPLACE TABLE __contacted AS
        SELECT c.customer, c.campaign, coalesce(c.channel, {"k.channel" if listed else "NULL"}, '') AS channel, l.label, c.day, {answer} AS answer
        FROM ({rows}) c JOIN __labels l ON l.customer = c.customer{join};
        CREATE OR REPLACE TABLE __touches AS
        SELECT customer, campaign, day, max(channel) AS channel, max(label) AS label FROM __contacted GROUP BY customer, campaign, day"""
    )


def _keep_credits(engine: Engine, days: int) -> None:
    """Keep ``__credits``: one row per purchase and campaign that claims it, with its part of both."""
    engine.run(
        f"""
        CREATE OR REPLACE TABLE __credits AS
        WITH claims AS (
            SELECT o.customer, o.day, CAST(coalesce(o.amount, 0) * {MONEY} AS BIGINT) AS money, t.campaign, max(t.day) AS touched,
                arg_max(t.channel, t.day) AS channel, max(t.label) AS label
            FROM {OCCASIONS} o JOIN __touches t ON t.customer = o.customer AND o.day >= t.day AND o.day < t.day + {days}
            GROUP BY o.customer, o.day, o.amount, t.campaign),
        placed AS (
            SELECT *, count(*) OVER (PARTITION BY customer, day) AS n,
                row_number() OVER (PARTITION BY customer, day ORDER BY touched DESC, campaign) AS place FROM claims)
        SELECT campaign, channel, label, customer, day, n,
            {PARTS} // n + CASE WHEN place = 1 THEN {PARTS} % n ELSE 0 END AS orders,
            money // n + CASE WHEN place = 1 THEN money - n * (money // n) ELSE 0 END AS money
        FROM placed"""
    )


def _by_group(engine: Engine) -> Contacted:
    found = engine.fetch(
        """
        WITH told AS (
            SELECT campaign, channel, label, count(*) AS contacts, count(answer) AS known, coalesce(sum(answer), 0) AS answered
            FROM __contacted GROUP BY campaign, channel, label),
        earned AS (SELECT campaign, channel, label, sum(orders) AS orders, sum(money) AS money FROM __credits GROUP BY campaign, channel, label)
        SELECT t.campaign, t.channel, t.label, t.contacts, t.known, t.answered::BIGINT AS answered, coalesce(e.orders, 0)::BIGINT AS orders,
            coalesce(e.money, 0)::BIGINT AS money
        FROM told t LEFT JOIN earned e ON e.campaign = t.campaign AND e.channel = t.channel AND e.label = t.label
        ORDER BY t.campaign, t.channel, t.label"""
    )
    whole = (found[name].astype(np.int64) for name in ("label", "contacts", "known", "answered", "orders", "money"))
    return Contacted(found["campaign"].astype(object), found["channel"].astype(object), *whole)


def _totals(engine: Engine) -> tuple[int, int, int, int]:
    orders = engine.rows(f"SELECT count(*) FROM {OCCASIONS} WHERE day >= (SELECT min(day) FROM __touches)")[0][0]
    credited, shared, revenue = engine.rows(
        "SELECT count(*), count(*) FILTER (n > 1), coalesce(sum(money), 0)::BIGINT FROM "
        "(SELECT customer, day, max(n) AS n, sum(money) AS money FROM __credits GROUP BY customer, day)"
    )[0]
    return int(orders), int(credited), int(shared), int(revenue)


def _customers(engine: Engine) -> dict[tuple[str, str | int], int]:
    found: dict[tuple[str, str | int], int] = {}
    for name in ("campaign", "channel", "label"):
        for level, count in engine.rows(f"SELECT {name}, count(DISTINCT customer) FROM __contacted GROUP BY {name} ORDER BY {name}"):
            found[name, level] = int(count)
    found["all", ""] = int(engine.rows("SELECT count(DISTINCT customer) FROM __contacted")[0][0])
    return found


def _around(engine: Engine, days: int) -> tuple[Around, ...]:
    """Return each campaign's time: what its customers and all others bought before and after."""
    engine.run(
        """
        CREATE OR REPLACE TABLE __firsts AS SELECT customer, campaign, min(day) AS day, max(day) AS last FROM __touches GROUP BY customer, campaign;
        CREATE OR REPLACE TABLE __spans AS SELECT campaign, min(day) AS first, max(last) AS last, count(*) AS customers FROM __firsts GROUP BY campaign"""
    )
    # Everybody's purchases by day, less those of the campaign's own customers.
    others = _sums(
        engine,
        f"""
        WITH everyone AS (
            SELECT s.campaign, sum(o.amount) FILTER (o.day >= s.first - {days} AND o.day < s.first) AS before,
                sum(o.amount) FILTER (o.day >= s.first AND o.day < s.first + {days}) AS after, sum(o.amount) AS whole,
                sum(o.n) FILTER (o.day >= s.first AND o.day < s.first + {days}) AS n
            FROM __spans s CROSS JOIN (SELECT day, sum(amount) AS amount, count(*) AS n FROM {OCCASIONS} GROUP BY day) o GROUP BY s.campaign),
        mine AS (
            SELECT f.campaign, sum(o.amount) FILTER (o.day >= s.first - {days} AND o.day < s.first) AS before,
                sum(o.amount) FILTER (o.day >= s.first AND o.day < s.first + {days}) AS after, sum(o.amount) AS whole,
                count(*) FILTER (o.day >= s.first AND o.day < s.first + {days}) AS n
            FROM __firsts f JOIN __spans s ON s.campaign = f.campaign JOIN {OCCASIONS} o ON o.customer = f.customer GROUP BY f.campaign)
        SELECT e.campaign, e.before - coalesce(m.before, 0), e.after - coalesce(m.after, 0), e.whole - coalesce(m.whole, 0),
            e.n - coalesce(m.n, 0)
        FROM everyone e LEFT JOIN mine m ON m.campaign = e.campaign""",
    )
    low, high = engine.rows(f"SELECT min(day), max(day) FROM {OCCASIONS}")[0]
    span = 1 if low is None else int(high) - int(low) + 1
    overlaps = _overlaps(engine, days)
    found = []
    for name, first, last, customers in engine.rows("SELECT campaign, first, last, customers FROM __spans ORDER BY first, campaign"):
        others_before, others_after, whole, purchases = others.get(name, (0.0, 0.0, 0.0, 0.0))
        usual = whole / span * days
        found.append(
            Around(
                campaign=str(name),
                first=int(first),
                last=int(last),
                customers=int(customers),
                own=_own(engine, str(name), days),
                rest=_rest(engine, str(name), days),
                others_before=others_before,
                others_after=others_after,
                purchases=int(purchases),
                usual=usual,
                overlaps=overlaps.get(name, ()),
            )
        )
    engine.run("DROP TABLE __firsts; DROP TABLE __spans")
    return tuple(found)


def _own(engine: Engine, campaign: str, days: int) -> tuple[Floats, Floats]:
    return _pair(
        engine,
        f"""
        SELECT f.customer, sum(o.amount) FILTER (o.day < f.day) AS before, sum(o.amount) FILTER (o.day >= f.day) AS after
        FROM __firsts f LEFT JOIN {OCCASIONS} o ON o.customer = f.customer AND o.day >= f.day - {days} AND o.day < f.day + {days}
        WHERE f.campaign = {literal(campaign)} GROUP BY f.customer ORDER BY f.customer""",
    )


def _rest(engine: Engine, campaign: str, days: int) -> tuple[Floats, Floats]:
    """Return what customers whom the campaign did not reach bought around its middle day."""
    middle, everyone = engine.rows(
        f"SELECT (SELECT quantile_disc(day, 0.5) FROM __firsts WHERE campaign = {literal(campaign)}), (SELECT count(*) FROM __labels)"
    )[0]
    step = max(1, -(-int(everyone) // REST))
    return _pair(
        engine,
        f"""
        SELECT l.customer, sum(o.amount) FILTER (o.day < {middle}) AS before, sum(o.amount) FILTER (o.day >= {middle}) AS after
        FROM (SELECT customer FROM __labels WHERE customer % {step} = 0) l
        ANTI JOIN (SELECT customer FROM __firsts WHERE campaign = {literal(campaign)}) f ON f.customer = l.customer
        LEFT JOIN {OCCASIONS} o ON o.customer = l.customer AND o.day >= {middle} - {days} AND o.day < {middle} + {days}
        GROUP BY l.customer ORDER BY l.customer""",
    )


def _pair(engine: Engine, sql: str) -> tuple[Floats, Floats]:
    found = engine.fetch(sql)
    return np.nan_to_num(found["before"].astype(np.float64)), np.nan_to_num(found["after"].astype(np.float64))


def _sums(engine: Engine, sql: str) -> dict[str, tuple[float, ...]]:
    return {str(name): tuple(0.0 if value is None else float(value) for value in values) for name, *values in engine.rows(sql)}


def _overlaps(engine: Engine, days: int) -> dict[str, tuple[tuple[str, int], ...]]:
    rows = engine.rows(
        f"""
        SELECT a.campaign, b.campaign, count(DISTINCT a.customer) AS n FROM __touches a
        JOIN __touches b ON b.customer = a.customer AND b.campaign <> a.campaign AND abs(b.day - a.day) < {days}
        GROUP BY a.campaign, b.campaign ORDER BY a.campaign, n DESC, b.campaign"""
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for name, other, count in rows:
        found.setdefault(str(name), []).append((str(other), int(count)))
    return {name: tuple(each) for name, each in found.items()}
