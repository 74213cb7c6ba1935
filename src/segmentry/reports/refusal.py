"""A refusal as people read it: why there is no forecast, and what would make one possible, without codes and without saying it twice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from segmentry.value.results import Worth

_CODE = re.compile(r"(?:^|(?<=[.!?] ))[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+: ")
_NEXT = re.compile(r" ?Next: ")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no forecast, and what to do next; both empty when there is one."""

    why: str
    following: str


def refusal(found: Worth) -> Refusal:
    """Return the refusal without its codes, and without what the checks that failed say below.

    Examples
    --------
    >>> told = refusal(Worth("TOO_FEW: found 12 customers. Next: wait.", "week", 52.0, 365, None, 0.1))
    >>> told.why, told.following
    ('Found 12 customers.', 'Wait.')
    """
    parts = [_NEXT.split(part, maxsplit=1) for part in _problems(found.refusal)]
    reasons = [_without(part[0], [check.words for check in found.checks if not check.holds]) for part in parts]
    return Refusal(" ".join(_begun(each) for each in reasons if each), " ".join(_begun(part[1].strip()) for part in parts if len(part) > 1))


def _problems(words: str) -> list[str]:
    return [part.strip() for part in _CODE.split(words) if part.strip()]


def _without(words: str, told: list[str]) -> str:
    """Leave out what is told elsewhere, unless nothing would remain."""
    left = words
    for each in told:
        left = left.replace(each, "")
    return " ".join(left.split()) or words.strip()


def _begun(words: str) -> str:
    """Begin with a capital, but leave the name of a column as it is."""
    first = words.partition(" ")[0].rstrip(",")
    return words if "_" in first else words[:1].upper() + words[1:]
