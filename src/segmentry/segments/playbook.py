"""A small playbook: which strategy a segment's profile suggests. Suggestions from common practice, not results of a test.

The first row whose condition holds is taken. Effects are standardised differences by topic (see `meanings.topics`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segmentry.segments.results import Strategy

_HIGH, _LOW = 0.4, -0.4
Topics = Mapping[str, float]


def _high(topic: str) -> Callable[[Topics], bool]:
    return lambda topics: topics.get(topic, 0.0) >= _HIGH


def _low(topic: str, at_most: float = _LOW) -> Callable[[Topics], bool]:
    return lambda topics: topics.get(topic, 0.0) <= at_most


_BOOK: tuple[tuple[tuple[Callable[[Topics], bool], ...], tuple[str, str, str, str]], ...] = (
    (
        (_high("recency"), _high("value")),
        (
            "Win back",
            "Contact them in person before they are lost for good; ask why they stopped.",
            "A personal offer on what they used to buy, valid for a short time.",
            "share of them who buy again within 90 days, against a hold-out group",
        ),
    ),
    (
        (_high("recency"), _high("bargain")),
        (
            "Bargain reactivation",
            "Announce clearances to them first; do not spend on them outside sales.",
            "Clearance and end-of-season offers.",
            "margin per contact, against a hold-out group",
        ),
    ),
    (
        (_high("recency"),),
        (
            "Reactivate at low cost",
            "Use cheap channels and few contacts; stop after two without an answer.",
            "A modest offer on a second try.",
            "cost per reactivated customer",
        ),
    ),
    (
        (_high("value"), _low("trend")),
        (
            "Keep before they leave",
            "Their spend is falling: find out what changed and react while they still buy.",
            "Service and attention first, a price advantage last.",
            "spend per customer over the next 90 days",
        ),
    ),
    (
        (_high("value"), _high("frequency")),
        (
            "VIP care",
            "Early access, reliable service and a named contact; do not discount what they buy anyway.",
            "Privileges in place of discounts.",
            "share of them still active after a year",
        ),
    ),
    (
        (_high("bargain"),),
        (
            "Steer bargains",
            "Offer what has to go; test how much discount is really needed.",
            "Bundles and clearances with a floor under the margin.",
            "margin per order",
        ),
    ),
    (
        (_high("value"),),
        (
            "Grow frequency",
            "They spend much when they come: give them reasons to come more often.",
            "Services, refills and news on what they like.",
            "purchases per customer and year",
        ),
    ),
    (
        (_low("tenure", 2 * _LOW),),
        (
            "Welcome",
            "Explain, reassure, and lead to the next purchase while they are new.",
            "A welcome offer on the next purchase.",
            "share with a further purchase within 60 days",
        ),
    ),
    (
        (_high("income"), _low("value")),
        (
            "Develop potential",
            "They could spend more than they do: learn what they lack here.",
            "Better ranges and advice before discounts.",
            "spend per customer",
        ),
    ),
    (
        (_high("frequency"),),
        (
            "Cross-sell",
            "They come often: show what goes with what they buy.",
            "Add-ons and bundles.",
            "categories bought per customer",
        ),
    ),
    (
        (_low("value"), _high("response")),
        (
            "Activate",
            "They answer campaigns: lead them to a larger first basket.",
            "Free delivery from a basket a little above their usual one.",
            "average order value",
        ),
    ),
    (
        (_low("value"),),
        (
            "Serve efficiently",
            "Automate contacts and keep costs in line with what they bring.",
            "Entry-level products and seasonal offers.",
            "contribution per customer after costs of contact",
        ),
    ),
)
DEFAULT_TITLE = "Nurture"
_DEFAULT = (
    DEFAULT_TITLE,
    "Keep in touch with relevant news and watch which offers they take up.",
    "Varied offers, to learn what they like.",
    "share who take up an offer, against a hold-out group",
)
_CHANNEL = "the one they use most"


def suggest(topics: Topics, channel: str = "") -> Strategy:
    """Return the suggested strategy for the effects of a segment by topic.

    Parameters
    ----------
    topics : mapping of str to float
        See `meanings.topics`.
    channel : str
        The channel the segment uses more than others; empty when unknown.

    Examples
    --------
    >>> suggest({"value": 1.2, "frequency": 0.8}).title
    'VIP care'
    """
    title, action, offer, measure = next((words for conditions, words in _BOOK if all(holds(topics) for holds in conditions)), _DEFAULT)
    return Strategy(title, action, offer, channel or _CHANNEL, measure)
