"""How recently, how often and for how much a customer buys.

An occasion is a calendar day with positive net spend. Rates over time (`annual_spend`, `purchases_per_year`) count a customer's time from
the first occasion to the as-of day as at least 90 days, so that a first purchase last week is not taken for fifty a year;
`lifetime_months` counts as at least one month. Customers without an occasion have frequency 0 and no recency. Not meant for data that is
a sample of lines: its occasions and order values are artefacts.
"""

from __future__ import annotations

import narwhals.stable.v2 as nw

from segmentry.features.feature import Feature, Moment, ratio, tally, total

YEAR = 365.25
MONTH = YEAR / 12
SHORTEST = 90
TREND = 90

BOUGHT = nw.col("bought")
LINES = frozenset({"lines"})
MONEY = frozenset({"lines", "lines.amount"})


def _day_of_occasion() -> nw.Expr:
    return nw.when(BOUGHT).then(nw.col("day"))


def _tenure(at: Moment) -> nw.Expr:
    return (at.day - _day_of_occasion().min()).cast(nw.Float64)


def _years(at: Moment) -> nw.Expr:
    """Return years as a customer, at least the shortest; missing without an occasion."""
    return _at_least(_tenure(at), float(SHORTEST)) / YEAR


def _at_least(expr: nw.Expr, floor: float) -> nw.Expr:
    return nw.when(expr >= floor).then(expr).otherwise(nw.when(expr < floor).then(floor))


def _span() -> nw.Expr:
    return (_day_of_occasion().max() - _day_of_occasion().min()).cast(nw.Float64)


def _positive(expr: nw.Expr) -> nw.Expr:
    return nw.when(expr > 0).then(expr).otherwise(0.0)


def trend(at: Moment, of: str) -> nw.Expr:
    """Return (last 90 days − the 90 days before) / (their sum), from −1 to 1, and 0 when there is nothing in either."""
    recent = _positive(total(of, nw.col("day") > at.day - TREND))
    before = _positive(total(of, (nw.col("day") > at.day - 2 * TREND) & (nw.col("day") <= at.day - TREND)))
    return nw.when(recent + before > 0).then((recent - before) / (recent + before)).otherwise(0.0)


RECENCY = Feature(
    "recency", "Days since last purchase", "days", lambda at: (at.day - _day_of_occasion().max()).cast(nw.Float64),
    kind="days", unit="days", group="purchases", needs=LINES,
)  # fmt: skip
FREQUENCY = Feature(
    "frequency", "Purchases (days with a purchase)", "days", lambda at: tally(BOUGHT),
    kind="count", unit="purchases", group="purchases", needs=LINES, empty=0.0,
)  # fmt: skip
MONETARY = Feature(
    "monetary", "Total net spend", "days", lambda at: total("amount"),
    kind="money", group="value", needs=MONEY, empty=0.0,
)  # fmt: skip
TENURE = Feature("tenure", "Days since first purchase", "days", _tenure, kind="days", unit="days", group="purchases", needs=LINES)
AVERAGE_ORDER_VALUE = Feature(
    "average_order_value", "Average spend per purchase", "days", lambda at: ratio(total("amount", BOUGHT), tally(BOUGHT)),
    kind="money", unit="per purchase", group="value", needs=MONEY,
)  # fmt: skip
MEAN_GAP = Feature(
    "mean_days_between", "Mean days between purchases", "days", lambda at: ratio(_span(), tally(BOUGHT) - 1),
    kind="days", unit="days", group="purchases", needs=LINES,
)  # fmt: skip
MEDIAN_GAP = Feature(
    "median_days_between", "Median days between purchases", "gaps", lambda at: nw.col("gap").median(),
    kind="days", unit="days", group="purchases", needs=LINES,
)  # fmt: skip
TREND_90D = Feature(
    "trend_90d", "Spend trend, last 90 days against the 90 before", "days", lambda at: trend(at, "amount"),
    unit="−1 to 1", group="purchases", needs=MONEY | {"history.180"}, empty=0.0,
)  # fmt: skip
ANNUAL_SPEND = Feature(
    "annual_spend", "Net spend per year as a customer", "days", lambda at: total("amount") / _years(at),
    kind="money", unit="per year", group="value", needs=MONEY,
)  # fmt: skip
PURCHASES_PER_YEAR = Feature(
    "purchases_per_year", "Purchases per year as a customer", "days", lambda at: tally(BOUGHT) / _years(at),
    unit="per year", group="purchases", needs=LINES,
)  # fmt: skip
LIFETIME_MONTHS = Feature(
    "lifetime_months", "Months from first to last purchase (at least one)", "days", lambda at: _at_least(_span() / MONTH, 1.0),
    unit="months", group="purchases", needs=LINES,
)  # fmt: skip
RETURN_SHARE = Feature(
    "return_share", "Share of spend returned", "lines",
    lambda at: ratio(nw.min_horizontal(0.0 - total("gross", nw.col("gross") < 0), _bought_gross()), _bought_gross()),
    kind="share", group="value", needs=MONEY | {"returns"},
)  # fmt: skip
DISCOUNT_SHARE = Feature(
    "discount_share", "Share of the full price saved by discounts", "lines",
    lambda at: ratio(_discount(), total("paid") + _discount()),
    kind="share", group="value", needs=MONEY | {"lines.discount"},
)  # fmt: skip


def _bought_gross() -> nw.Expr:
    return total("gross", nw.col("gross") > 0)


def _discount() -> nw.Expr:
    return total("discount", (nw.col("discount") > 0) & (nw.col("paid") > 0))


PURCHASES = (
    RECENCY | FREQUENCY | MONETARY | TENURE | AVERAGE_ORDER_VALUE | MEAN_GAP | MEDIAN_GAP | TREND_90D | ANNUAL_SPEND
    | PURCHASES_PER_YEAR | LIFETIME_MONTHS | RETURN_SHARE | DISCOUNT_SHARE
)  # fmt: skip
