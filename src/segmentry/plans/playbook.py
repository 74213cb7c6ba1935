"""Which of the user's offers a segment's strategy suggests.

The strategies are those of `segments.playbook`, the house's and one's own; here they meet the list of offers. An offer belongs to a strategy when the
strategy names it, when its name says the strategy's title, or when it says one of the words that go with the strategy. An offer meant for other segments is
never suggested. Nothing is computed: what an offer brings is for `Targeting` and its evidence.

When NOT to use: to decide who gets what. A suggestion is where to start a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.plans.offers import Offer
from segmentry.preparation.words import listed
from segmentry.segments.playbook import HOUSE, Play, Playbook
from segmentry.segments.results import Strategy

__all__ = ["HOUSE", "Play", "Playbook", "Suggested", "match"]

# Words of an offer's name that go with a strategy of the house, by its title.
_WORDS = {
    "Win back": "win back comeback return miss personal",
    "Bargain reactivation": "clearance sale outlet season",
    "Reactivate at low cost": "reactivation reactivate reminder again",
    "Keep before they leave": "keep stay loyalty retention service",
    "VIP care": "vip privilege exclusive early access concierge",
    "Steer bargains": "bundle clearance sale",
    "Grow frequency": "refill subscription replenish news",
    "Welcome": "welcome first starter",
    "Develop potential": "advice consultation upgrade develop",
    "Cross-sell": "cross sell bundle accessory addon",
    "Activate": "delivery shipping basket activate activation",
    "Serve efficiently": "entry seasonal self",
    "Nurture": "news newsletter",
}


@dataclass(frozen=True, slots=True)
class Suggested:
    """Offers that a segment's strategy suggests.

    Parameters
    ----------
    segment, strategy : str
        Name of the segment, title of the strategy.
    offers : tuple of str
        Names, the best fit first; empty when none of the list belongs to the strategy.
    words : str
        One sentence.
    """

    segment: str
    strategy: str
    offers: tuple[str, ...]
    words: str


def match(strategies: Mapping[str, Strategy], offers: Sequence[Offer]) -> tuple[Suggested, ...]:
    """Return which of the offers each segment's strategy suggests.

    Parameters
    ----------
    strategies : mapping of str to Strategy
        By name of the segment.
    offers : sequence of Offer

    Examples
    --------
    >>> strategy = HOUSE.suggest({"recency": 1.0, "value": 1.0})
    >>> match({"Lapsed big spenders": strategy}, [Offer("Newsletter"), Offer("Win-back voucher")])[0].offers
    ('Win-back voucher',)
    """
    return tuple(_suggested(segment, strategy, offers) for segment, strategy in strategies.items())


def _suggested(segment: str, strategy: Strategy, offers: Sequence[Offer]) -> Suggested:
    open_to = [offer for offer in offers if not offer.segments or segment in offer.segments]
    ranked = sorted(open_to, key=lambda offer: (-_fit(strategy, offer), offer.channel != strategy.channel))
    names = tuple(offer.name for offer in ranked if _fit(strategy, offer))
    said = f"{listed(names)} {'goes' if len(names) == 1 else 'go'} with it" if names else "none of the offers goes with it"
    return Suggested(segment, strategy.title, names, f"Segment {segment!r} suggests “{strategy.title}”; {said}.")


def _fit(strategy: Strategy, offer: Offer) -> int:
    """Return 3 when the strategy names the offer, 2 when the offer says its title, 1 when it says a word that goes with it, 0 otherwise."""
    name = _terms(offer.name)
    if not name:
        return 0
    if _inside(name, _terms(strategy.offer)):
        return 3
    if _inside(_terms(strategy.title), name):
        return 2
    return int(bool(set(name) & set(_terms(_WORDS.get(strategy.title, "")))))


def _terms(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _inside(part: list[str], whole: list[str]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))
