"""How a customer engages: visits, opens, clicks, sessions, their trend, and campaign contacts with responses."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from segmentry.features.feature import Feature, FeatureSet, family_name, ratio, tally, total
from segmentry.features.purchases import trend

TOP = 6
KNOWN = {"visit": "visits", "open": "opens", "click": "clicks", "session": "sessions"}
EVENTS = frozenset({"events"})
CONTACTS = frozenset({"contacts", "contacts.day"})

TREND = Feature(
    "engagement_trend_90d", "Engagement trend, last 90 days against the 90 before", "events", lambda at: trend(at, "count"),
    unit="−1 to 1", group="engagement", needs=EVENTS | {"history.180"}, empty=0.0,
)  # fmt: skip
SINCE = Feature(
    "days_since_engagement", "Days since last engagement", "events", lambda at: (at.day - nw.col("day").max()).cast(nw.Float64),
    kind="days", unit="days", group="engagement", needs=EVENTS,
)  # fmt: skip
CONTACTED = Feature(
    "campaign_contacts", "Campaign contacts", "contacts", lambda at: nw.len().cast(nw.Float64),
    kind="count", unit="contacts", group="campaigns", needs=CONTACTS, empty=0.0,
)  # fmt: skip
RESPONSES = Feature(
    "campaign_responses", "Campaign responses", "contacts", lambda at: tally(nw.col("responded")),
    kind="count", unit="responses", group="campaigns", needs=CONTACTS | {"contacts.responded"}, empty=0.0,
)  # fmt: skip
RESPONSE_RATE = Feature(
    "response_rate", "Share of campaign contacts responded to", "contacts",
    lambda at: ratio(tally(nw.col("responded")), tally(~nw.col("responded").is_null())),
    kind="share", group="campaigns", needs=CONTACTS | {"contacts.responded"},
)  # fmt: skip


def engagement(types: Sequence[str]) -> FeatureSet:
    """Return one count per type of event, the trend and the days since the last, and the campaign features."""
    return FeatureSet(tuple(_count(kind) for kind in types)) | TREND | SINCE | CONTACTED | RESPONSES | RESPONSE_RATE


def _count(kind: str) -> Feature:
    name = KNOWN.get(kind, family_name("event", kind))
    return Feature(
        name, f"{name.capitalize() if kind in KNOWN else kind}, in number", "events", lambda at: total("count", nw.col("type") == kind),
        kind="count", unit="times", group="engagement", needs=EVENTS, empty=0.0, level=kind,
    )  # fmt: skip
