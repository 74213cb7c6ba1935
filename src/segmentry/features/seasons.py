"""When a customer buys: weekend and the quarters of the year, as shares of purchase occasions.

Quarter shares say something about seasons only when the data covers a whole year; `features.catalogue` asks for that.
"""

from __future__ import annotations

import datetime
import functools
import operator

import narwhals.stable.v2 as nw

from segmentry.features.feature import Feature, FeatureSet, Moment, ratio, tally

BOUGHT = nw.col("bought")
LINES = frozenset({"lines"})
EPOCH = datetime.date(1970, 1, 1)
LONGEST = 150  # years back; no customer bought before
QUARTERS = ("January to March", "April to June", "July to September", "October to December")

WEEKEND_SHARE = Feature(
    # 1970-01-01 was a Thursday: (day + 3) % 7 is 0 on Mondays.
    "weekend_share", "Share of purchases at weekends", "days",
    lambda at: ratio(tally(BOUGHT & ((nw.col("day") + 3) % 7 >= 5)), tally(BOUGHT)),
    kind="share", group="time", needs=LINES,
)  # fmt: skip


def _in_quarter(at: Moment, quarter: int) -> nw.Expr:
    """Return whether a day lies in a quarter, as ranges of whole days: engines differ in calendar arithmetic."""
    last = (EPOCH + datetime.timedelta(days=at.day)).year
    years = range(max((EPOCH + datetime.timedelta(days=at.first)).year, last - LONGEST), last + 1)

    def start(year: int, number: int) -> int:
        if year + number // 4 > datetime.MAXYEAR:
            return (datetime.date.max - EPOCH).days + 1
        return (datetime.date(year + number // 4, 3 * (number % 4) + 1, 1) - EPOCH).days

    spans = [(nw.col("day") >= start(year, quarter)) & (nw.col("day") < start(year, quarter + 1)) for year in years]
    return functools.reduce(operator.or_, spans)


def _quarter_share(quarter: int) -> Feature:
    return Feature(
        f"quarter_{quarter + 1}_share", f"Share of purchases in {QUARTERS[quarter]}", "days",
        lambda at: ratio(tally(BOUGHT & _in_quarter(at, quarter)), tally(BOUGHT)),
        kind="share", group="time", needs=LINES | {"history.365"},
    )  # fmt: skip


SEASONS = FeatureSet((WEEKEND_SHARE, *(_quarter_share(quarter) for quarter in range(4))))
