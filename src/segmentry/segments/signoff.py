"""Whether a new segmentation may replace the one before it without a second look: a transparent rule, no test.

*Blocked* when `identity.blocked` says so; *sign* when every segment was found again, none is new, groups have not become slices, and the new model puts
at most 10 % of the customers elsewhere than the old one does on the same day; else *look*, with what is to be looked at. The 10 % is a convention: as many
as a campaign list may change by without anybody asking why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segmentry.segments.ledger import Event
from segmentry.segments.migration import Decomposition

QUIET = 0.10


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and what it rests on, in words: half-sentences that go on after "because"."""

    verdict: Literal["sign", "look", "blocked"]
    reasons: tuple[str, ...] = ()


def decide(
    parts: Decomposition, events: tuple[Event, ...], names: Mapping[int, str], *, block: str = "", verdicts: tuple[str, str] = ("", "")
) -> Decision:
    """Return the verdict on a refit.

    Parameters
    ----------
    parts : Decomposition
    events : tuple of Event
        Of this refit.
    names : mapping of int to str
        Of every segment in the ledger.
    block : str
        What `identity.blocked` said.
    verdicts : (str, str)
        Whether the old and the new segments are "segments" or "slices".

    Examples
    --------
    >>> decide(Decomposition(100, 95, 3, 2, 0, 0, 0, 0), (), {}).verdict
    'sign'
    >>> decide(Decomposition(100, 80, 0, 20, 0, 0, 0, 0), (), {}).reasons
    ('the new model puts 20% of the customers elsewhere than the old one on the same day, where 10% pass unasked',)
    """
    if block:
        return Decision("blocked", (block,))
    found = [told(event, names) for event in events]
    share = parts.model_moved / parts.compared if parts.compared else 0.0
    if share > QUIET:
        found.insert(
            0,
            f"the new model puts {share:.0%} of the customers elsewhere than the old one on the same day, where {QUIET:.0%} pass unasked",
        )
    if verdicts == ("segments", "slices"):
        found.append("the old segments were groups of their own, while the new ones are slices of a continuum")
    return Decision("look" if found else "sign", tuple(found))


def told(event: Event, names: Mapping[int, str]) -> str:
    """Return what happened to a segment, in words.

    Examples
    --------
    >>> told(Event("died", "", (2,), (), 40), {2: "Newcomers"})
    '“Newcomers” was not found again'
    """
    old, new = (_listed([f"“{names[segment]}”" for segment in side]) for side in (event.old, event.new))
    return {
        "split": f"{old} was split into {new}",
        "merged": f"{old} were merged into {new}",
        "born": f"{new} is new",
        "died": f"{old} was not found again",
    }[event.kind]


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
