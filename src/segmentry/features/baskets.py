"""What a customer buys: how many different products and items, at which price, and the split by category.

Shares are of the money paid for lines with positive net spend (of quantities or lines, when there are no amounts); the
largest categories up to the as-of day have a share each, the rest share ``other``. Postage, fees and other lines that are no product do not count.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals.stable.v2 as nw

from segmentry.features.feature import Feature, FeatureSet, family_name, ratio, tally, total

OTHER = "other"
TOP = 8
GOODS = nw.col("goods") > 0

DISTINCT_PRODUCTS = Feature(
    "distinct_products", "Different products bought", "products", lambda at: nw.len().cast(nw.Float64),
    kind="count", unit="products", group="range", needs=frozenset({"lines.product"}), empty=0.0,
)  # fmt: skip
ITEMS = Feature(
    "items_per_purchase", "Items per purchase", "days", lambda at: ratio(total("items", nw.col("bought")), tally(nw.col("bought"))),
    unit="items", group="range", needs=frozenset({"lines.quantity"}),
)  # fmt: skip
UNIT_PRICE = Feature(
    "unit_price", "Average price per item", "lines", lambda at: ratio(total("goods"), total("quantity", GOODS)),
    kind="money", unit="per item", group="range", needs=frozenset({"lines.amount", "lines.quantity"}),
)  # fmt: skip

BASKETS = DISTINCT_PRODUCTS | ITEMS | UNIT_PRICE


def shares(family: str, tops: Sequence[str], *, group: str, words: str, rest: bool) -> FeatureSet:
    """Return one share per level of a column of the lines, and one for all other levels (texts that are missing too).

    Parameters
    ----------
    family : str
        Column of the lines: "category" or "channel".
    tops : sequence of str
        Levels with a share of their own.
    group, words : str
        Of the columns; the level is added to the words.
    rest : bool
        Whether there is anything besides `tops`.
    """
    needs = frozenset({f"lines.{family}"})

    def share(level: str, label: str, where: nw.Expr) -> Feature:
        name = family_name(family, level)
        return Feature(
            name,
            f"{words}: {label}",
            "lines",
            lambda at: ratio(total("goods", where), total("goods")),
            "share",
            "",
            group,
            needs,
            level=level,
        )

    features = tuple(share(level, level, nw.col(family) == level) for level in tops)
    if rest:
        outside = nw.col(family).is_null() | ~nw.col(family).is_in(list(tops))
        features += (share(OTHER, "other", outside),)
    return FeatureSet(features)
