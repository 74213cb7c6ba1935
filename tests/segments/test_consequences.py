"""What follows from a profile does not contradict the shares on the same card."""

from __future__ import annotations

from segmentry.matrix import Column
from segmentry.segments.consequences import consequences, main_channel
from segmentry.segments.meanings import topics
from segmentry.segments.results import Difference

WEB = Column("NumWebPurchases", "Web purchases", "count", group="channel")
WEB_SHARE = Column("web_share", "Share of purchases: Web purchases", "share", group="channel")


def test_who_buys_more_of_everything_does_not_favour_each_channel() -> None:
    columns = {column.name: column for column in (WEB, WEB_SHARE)}
    more = [Difference(WEB.name, 1.2, 6.0, 3.0), Difference(WEB_SHARE.name, -0.5, 0.3, 0.4)]
    assert consequences(more, columns) == ("Channels: web: 30% against 40% elsewhere; less their channel than that of others.",)
    assert main_channel(more, columns) == ""


def test_an_amount_speaks_where_no_share_is_known() -> None:
    (sentence,) = consequences([Difference(WEB.name, 1.2, 6.0, 3.0)], {WEB.name: WEB})
    assert sentence == "Channels: web: 6 against 3 elsewhere; put offers there first."


def test_visits_and_opens_say_once_that_customers_are_online() -> None:
    columns = {
        name: Column(name, words, "count", group="engagement")
        for name, words in (("visits", "Visits, in number"), ("opens", "Opens, in number"))
    }
    assert len(consequences([Difference(name, 1.0, 3.0, 1.0) for name in columns], columns)) == 1


def test_a_spending_score_counts_as_value_for_what_to_do() -> None:
    column = Column("score", "Spending Score (1-100)")
    assert topics([Difference("score", 1.5, 82.0, 42.0)], {"score": column}) == {"value": 1.5}
