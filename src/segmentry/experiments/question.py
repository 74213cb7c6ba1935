"""What is asked of a trial, fixed before its outcomes are seen.

When NOT to use: to try levels until something passes. The level is part of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.checks import check_range
from segmentry.experiments.sequential import Schedule


@dataclass(frozen=True, slots=True)
class Question:
    """How a trial is to be judged.

    Parameters
    ----------
    level : float
        Chance of a false alarm that verdicts accept; .01, so that a verdict is seldom wrong. Intervals are of 95 % whatever the level.
    power : float
        Chance with which the smallest effect worth knowing should be seen.
    smallest : float
        That effect, as a share of the control.
    resamples, seed : int
        Of tests that draw lots anew.
    currency : str
        For the words.
    past : tuple of (float, float)
        Effects on the primary metric of experiments before this one, and their standard errors; those that found nothing included.
    schedule : Schedule or None
        When the trial ends; None when it is over.
    day : int or None
        Today, counted from 1 at the start; needed with a schedule.

    Examples
    --------
    >>> Question().level
    0.01
    """

    level: float = 0.01
    power: float = 0.8
    smallest: float = 0.1
    resamples: int = 1999
    seed: int = 7
    currency: str = ""
    past: tuple[tuple[float, float], ...] = ()
    schedule: Schedule | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Check the figures; raise `UsageError` otherwise."""
        check_range("level", self.level, 1e-6, 0.2)
        check_range("power", self.power, 0.5, 0.999)
        check_range("smallest", self.smallest, 1e-6, 100.0)
        check_range("resamples", self.resamples, 199, 100_000)

    @property
    def running(self) -> bool:
        """Whether the planned day is still to come."""
        return self.schedule is not None and (self.day or 1) < self.schedule.days
