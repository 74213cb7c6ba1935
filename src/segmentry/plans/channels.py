"""Channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.plans.evidence import Grade
from segmentry.results import Estimate

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """How well one channel works.

    Parameters
    ----------
    channel : str
    contacts, customers, answers : int or None
        With a known answer; answers are None where hidden because they are few.
    raw : Estimate
        Answers per contact, by customers.
    adjusted : Estimate
        The same had every channel been used on the same mix of segments.
    score : float
        The adjusted rate drawn towards that of all channels by as much as it is not known.
    grade : {"randomised", "observational"}
    covered : float
        Share of the mix in which this channel was used at all; for the rest its average stands in.
    words : str
    """

    channel: str
    contacts: int
    customers: int
    answers: int | None
    raw: Estimate
    adjusted: Estimate
    score: float
    grade: Grade
    covered: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Channels, and the best one of every customer.

    Parameters
    ----------
    scores : tuple of ChannelScore
        The best first.
    best : int array, shape (n,)
        Position in `names`; −1 where no channel is known.
    chance : float array, shape (n,)
        Expected answers per contact by that channel; NaN where none is known.
    evidence : int array, shape (n,)
        The customer's own contacts by that channel with a known answer; 0 means that the segment speaks for them.
    names : tuple of str
    differ : bool
        Whether the channels differ beyond chance.
    words : str
    """

    scores: tuple[ChannelScore, ...]
    best: Codes
    chance: Floats
    evidence: Codes
    names: tuple[str, ...]
    differ: bool
    words: str
