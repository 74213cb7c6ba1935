"""Where a customer buys: the split of spend by channel, with `features.baskets.shares`, and the main place."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from segmentry.features.baskets import shares
from segmentry.features.feature import Feature, FeatureSet

TOP = 6
MAIN_PLACE = Feature(
    "main_place", "Place of most purchases", "main", lambda at: nw.col("place").min(),
    kind="category", group="place", needs=frozenset({"lines.place"}),
)  # fmt: skip


def channels(tops: Sequence[str], *, rest: bool, words: str = "Share of spend by channel") -> FeatureSet:
    """Return one share per channel."""
    return shares("channel", tops, group="channel", words=words, rest=rest)
