"""A small playbook: which strategy a segment's profile suggests. Suggestions from common practice, not results of a test.

The first play whose conditions all hold is taken; plays of one's own come before those of the house. Conditions are words on topics of a segment, such as
"value high" or "tenure very low": effects are standardised differences by topic (see `meanings.topics`), high from .4 and very high from .8 on.

When NOT to use: in place of a test. A suggestion says what is worth trying, not what it brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from segmentry.checks import suggestion
from segmentry.errors import UsageError
from segmentry.segments.meanings import TOPICS
from segmentry.segments.results import Strategy

Topics = Mapping[str, float]
_LEVELS = {"high": 0.4, "very high": 0.8, "low": -0.4, "very low": -0.8}
_CONDITION = re.compile(r"(?P<topic>.+?) (?P<level>(?:very )?(?:high|low))")
_CHANNEL = "the one they use most"


@dataclass(frozen=True, slots=True)
class Play:
    """A strategy, and the segments it is for.

    Parameters
    ----------
    title : str
        Such as "Win back".
    when : tuple of str
        Conditions on topics of a segment, such as "value high", "recency low", "tenure very low"; all must hold, none means always. A high recency means
        that they have not bought for long.
    action, offer, measure : str
        In sentences; `offer` may be the name of an offer.
    channel : str
        Empty means the one the segment uses most.

    Raises
    ------
    UsageError
        When a condition is no topic with a level.

    Examples
    --------
    >>> Play("Thank you", ("value very high",)).holds({"value": 1.2})
    True
    """

    title: str
    when: tuple[str, ...] = ()
    action: str = ""
    offer: str = ""
    measure: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        """Check that the conditions can be read."""
        for each in self.when:
            _condition(each, self.title)

    def holds(self, topics: Topics) -> bool:
        """Return whether all conditions hold."""
        return all(_holds(topics.get(topic, 0.0), level) for topic, level in (_condition(each, self.title) for each in self.when))


def _condition(text: str, title: str) -> tuple[str, float]:
    found = _CONDITION.fullmatch(" ".join(text.split()).casefold())
    if found is None:
        raise UsageError(
            f"a condition of strategy {title!r} is {text!r}; allowed is a topic and one of {', '.join(_LEVELS)}, such as 'value high'. Write it so."
        )
    topic = found["topic"]
    if topic not in TOPICS and not topic.startswith(("range ", "channel ")):
        raise UsageError(f"a condition of strategy {title!r} speaks of {topic!r}; {suggestion(topic, TOPICS)}")
    return topic, _LEVELS[found["level"]]


def _holds(effect: float, level: float) -> bool:
    return effect >= level if level > 0 else effect <= level


@dataclass(frozen=True, slots=True)
class Playbook:
    """Plays in the order in which they are tried, and what is suggested when none holds.

    Parameters
    ----------
    plays : tuple of Play
    otherwise : Play

    Examples
    --------
    >>> HOUSE.suggest({"value": 1.2, "frequency": 0.8}).title
    'VIP care'
    >>> HOUSE.extended([Play("Thank you", ("value very high",))]).suggest({"value": 1.2, "frequency": 0.8}).title
    'Thank you'
    """

    plays: tuple[Play, ...]
    otherwise: Play

    def suggest(self, topics: Topics, channel: str = "") -> Strategy:
        """Return the suggested strategy for the effects of a segment by topic.

        Parameters
        ----------
        topics : mapping of str to float
            See `meanings.topics`.
        channel : str
            The channel the segment uses more than others; empty when unknown.
        """
        play = next((each for each in self.plays if each.holds(topics)), self.otherwise)
        return Strategy(play.title, play.action, play.offer, play.channel or channel or _CHANNEL, play.measure)

    def extended(self, plays: Iterable[Play]) -> Playbook:
        """Return the playbook with plays of one's own, tried before these."""
        return replace(self, plays=(*plays, *self.plays))


DEFAULT_TITLE = "Nurture"
HOUSE = Playbook(
    plays=(
        Play(
            "Win back",
            ("recency high", "value high"),
            action="Contact them in person before they are lost for good; ask why they stopped.",
            offer="A personal offer on what they used to buy, valid for a short time.",
            measure="share of them who buy again within 90 days, against a hold-out group",
        ),
        Play(
            "Bargain reactivation",
            ("recency high", "bargain high"),
            action="Announce clearances to them first; do not spend on them outside sales.",
            offer="Clearance and end-of-season offers.",
            measure="margin per contact, against a hold-out group",
        ),
        Play(
            "Reactivate at low cost",
            ("recency high",),
            action="Use cheap channels and few contacts; stop after two without an answer.",
            offer="A modest offer on a second try.",
            measure="cost per reactivated customer",
        ),
        Play(
            "Keep before they leave",
            ("value high", "trend low"),
            action="Their spend is falling: find out what changed and react while they still buy.",
            offer="Service and attention first, a price advantage last.",
            measure="spend per customer over the next 90 days",
        ),
        Play(
            "VIP care",
            ("value high", "frequency high"),
            action="Early access, reliable service and a named contact; do not discount what they buy anyway.",
            offer="Privileges in place of discounts.",
            measure="share of them still active after a year",
        ),
        Play(
            "Steer bargains",
            ("bargain high",),
            action="Offer what has to go; test how much discount is really needed.",
            offer="Bundles and clearances with a floor under the margin.",
            measure="margin per order",
        ),
        Play(
            "Grow frequency",
            ("value high",),
            action="They spend much when they come: give them reasons to come more often.",
            offer="Services, refills and news on what they like.",
            measure="purchases per customer and year",
        ),
        Play(
            "Welcome",
            ("tenure very low",),
            action="Explain, reassure, and lead to the next purchase while they are new.",
            offer="A welcome offer on the next purchase.",
            measure="share with a further purchase within 60 days",
        ),
        Play(
            "Develop potential",
            ("income high", "value low"),
            action="They could spend more than they do: learn what they lack here.",
            offer="Better ranges and advice before discounts.",
            measure="spend per customer",
        ),
        Play(
            "Cross-sell",
            ("frequency high",),
            action="They come often: show what goes with what they buy.",
            offer="Add-ons and bundles.",
            measure="categories bought per customer",
        ),
        Play(
            "Activate",
            ("value low", "response high"),
            action="They answer campaigns: lead them to a larger first basket.",
            offer="Free delivery from a basket a little above their usual one.",
            measure="average order value",
        ),
        Play(
            "Serve efficiently",
            ("value low",),
            action="Automate contacts and keep costs in line with what they bring.",
            offer="Entry-level products and seasonal offers.",
            measure="contribution per customer after costs of contact",
        ),
    ),
    otherwise=Play(
        DEFAULT_TITLE,
        action="Keep in touch with relevant news and watch which offers they take up.",
        offer="Varied offers, to learn what they like.",
        measure="share who take up an offer, against a hold-out group",
    ),
)


def suggest(topics: Topics, channel: str = "") -> Strategy:
    """Return the strategy the house suggests for the effects of a segment by topic.

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
    return HOUSE.suggest(topics, channel)
