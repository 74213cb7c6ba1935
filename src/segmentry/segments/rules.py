"""Rules as data: the eleven classical segments of recency, frequency and monetary value.

The grids that go round name their segments by ranges that overlap and leave holes ("Loyal 2–5 × 3–5", "Champions 4–5 × 4–5"). Here every
pair of scores has one name, within the range the usual grid gives it; `rulebook.check` proves it. The first score is that of days since
last purchase (5 = most recent), the second the mean of the scores of frequency and monetary value, so 1, 1.5, … 5.

==============  ===============  ===================  =============  ==================
recent score    mean 1 to 1.5    2 to 2.5             3 to 3.5       4 to 5
==============  ===============  ===================  =============  ==================
5               New customers    Potential loyalists  Loyal          Champions
4               Promising        Potential loyalists  Loyal          Champions
3               About to sleep   Need attention       Loyal          Loyal
2               Hibernating      Need attention       At risk        At risk
1               Lost             Hibernating          At risk        Can't lose them
==============  ===============  ===================  =============  ==================
"""

from __future__ import annotations

import math

from segmentry.conditions import Condition, Rule
from segmentry.matrix import Column
from segmentry.segments.rulebook import RuleTable

RECENT = "last_purchase_score"
VALUE = "frequency_monetary_score"
_WHOLE = (1.0, 2.0, 3.0, 4.0, 5.0)
_HALVES = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)


def _rule(name: str, recent: tuple[int, int], low: float | None, high: float | None) -> Rule:
    first, last = recent
    scores = Condition(RECENT, None if first == 1 else float(first), None if last == 5 else math.nextafter(last, math.inf))
    return Rule(name, (scores, Condition(VALUE, low, high)))


RFM = RuleTable(
    columns=(
        Column(RECENT, "Score of days since last purchase (5 = most recent)", group="purchases"),
        Column(VALUE, "Mean score of frequency and monetary value", group="value"),
    ),
    rules=(
        _rule("Champions", (4, 5), 4, None),
        _rule("Loyal", (4, 5), 3, 4),
        _rule("Loyal", (3, 3), 3, None),
        _rule("Potential loyalists", (4, 5), 2, 3),
        _rule("New customers", (5, 5), None, 2),
        _rule("Promising", (4, 4), None, 2),
        _rule("Need attention", (2, 3), 2, 3),
        _rule("About to sleep", (3, 3), None, 2),
        _rule("At risk", (2, 2), 3, None),
        _rule("At risk", (1, 1), 3, 4),
        _rule("Can't lose them", (1, 1), 4, None),
        _rule("Hibernating", (2, 2), None, 2),
        _rule("Hibernating", (1, 1), 2, 3),
        _rule("Lost", (1, 1), None, 2),
    ),
    grid=((RECENT, _WHOLE), (VALUE, _HALVES)),
)

MEANINGS: dict[str, str] = {
    "Champions": "Bought lately, buy often and spend most.",
    "Loyal": "Buy often and spend well, and are still there.",
    "Potential loyalists": "Bought lately, with a middling number of purchases or spend.",
    "New customers": "Bought very lately, few times and for little so far.",
    "Promising": "Bought not long ago, few times and for little so far.",
    "Need attention": "Middling in purchases and spend, and not seen for a while.",
    "About to sleep": "Bought little, and not for a while.",
    "At risk": "Bought often or for much, but long ago.",
    "Can't lose them": "Were among the best, and have not bought for longest.",
    "Hibernating": "Bought little, long ago.",
    "Lost": "Bought least, longest ago.",
}
