"""The largest of many effects was also lucky: estimates drawn towards what is common to all, and what a single found effect is likely to be.

*Many effects* (segments, metrics, past experiments), yᵢ with standard errors sᵢ: true effects vary around a mean with a variance τ² that is estimated
from their spread (empirical Bayes: Efron and Morris 1975). With few of them τ² is badly known and often estimated as 0, so it is not fixed but
averaged over, with the uniform shrinkage prior of Daniels (1999): s̄² / (s̄² + τ²) is anywhere between 0 and 1, s̄² the harmonic mean of the sᵢ².
Intervals so hold that τ² is not known (as Morris 1983 asks), and two effects are enough. A price is paid where all effects are the same: with a chance
of 20 % of being found at .05, found effects are 2.25 times the truth, and shrunken ones 1.23 times with forty experiments, 1.12 with 150; where effects
differ by half their mean, 1.07 with forty.

*One effect* that is shown because it was beyond chance: what was measured is what is likeliest given that it passed |z| > c, so the likelihood is
divided by the chance of passing (Zhong and Prentice 2008). With a chance of 20 % of being found at a level of .01 what is found is 1.8 times the
truth, and this estimate .94 times; from chances of 10 % to 95 % it stays within 14 %. (At a level of .05 and 20 % found effects are 2.2 times the
truth, and no estimate from one experiment alone mends that: 1.2 times. Past experiments do.) The interval holds the effects that could have given
what was found (selective inference).

When NOT to use: `shrink` on effects of different units, or when only those beyond chance were kept; `conditional` on an effect that would have been
shown anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.intervals import Z, symmetric
from segmentry.results import Estimate

Floats = NDArray[np.float64]

_GRID = 400
_REACH = 12.0


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Effects drawn towards each other.

    Parameters
    ----------
    effects : tuple of Estimate
        In the order they were given.
    mean : Estimate
        What they vary around.
    spread : float
        Standard deviation of the true effects.
    p : float
        Of Cochran's Q: could all be the same?
    """

    effects: tuple[Estimate, ...]
    mean: Estimate
    spread: float
    p: float


def shrink(values: ArrayLike, errors: ArrayLike) -> Shrunken:
    """Draw effects towards their mean, each as far as chance may have carried it.

    Parameters
    ----------
    values, errors : array-like, shape (k,)
        Effects in one unit, and their standard errors above 0.

    Raises
    ------
    UsageError
        With fewer than two effects, or an error that is not above 0.

    Examples
    --------
    >>> found = shrink([0.0, 1.0, 2.0, 9.0], [1.0, 1.0, 1.0, 4.0])
    >>> [round(effect.value, 1) for effect in found.effects]
    [0.7, 1.1, 1.6, 2.0]
    """
    from scipy.stats import chi2

    found, wrong = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2 or found.shape != wrong.shape or not (np.isfinite(found).all() and (wrong > 0).all()):
        raise UsageError(
            f"{found.size} effects and {wrong.size} errors were given; allowed are two or more of each, finite, with errors above 0. "
            "Leave out what could not be estimated."
        )
    squares = wrong**2
    typical = len(squares) / float((1 / squares).sum())
    # Points crowd where effects differ much more than chance makes them; each stands for the width it has.
    place = ((np.arange(_GRID) + 0.5) / _GRID)[:, None]
    part = place**3
    between = typical * (1 - part) / part
    weights = 1 / (squares + between)
    total = weights.sum(axis=1)
    centre = (weights * found).sum(axis=1) / total
    distance = (weights * (found - centre[:, None]) ** 2).sum(axis=1)
    log = 0.5 * (np.log(weights).sum(axis=1) - np.log(total) - distance)
    belief = place[:, 0] ** 2 * np.exp(log - log.max())
    belief /= belief.sum()
    held = squares * weights
    middle = (1 - held) * found + held * centre[:, None]
    around = (1 - held) * squares + held**2 / total[:, None]
    fixed = (found / squares).sum() / (1 / squares).sum()
    return Shrunken(
        effects=tuple(_mixed(belief, middle[:, place], around[:, place]) for place in range(len(found))),
        mean=_mixed(belief, centre, 1 / total),
        spread=math.sqrt(float(belief @ between[:, 0])),
        p=float(chi2.sf(((found - fixed) ** 2 / squares).sum(), len(found) - 1)),
    )


def conditional(value: float, error: float, limit: float) -> Estimate:
    """Return what an effect is likeliest to be, given that it was found to be more than `limit` standard errors from 0.

    Parameters
    ----------
    value, error : float
        As measured; the error is above 0.
    limit : float
        What |value / error| had to pass, such as 2.58.

    Raises
    ------
    UsageError
        When it did not pass, or the error is not above 0.

    Examples
    --------
    >>> found = conditional(2.8, 1.0, 2.576)
    >>> round(found.value, 2), found.low < 0 < found.high
    (0.62, True)
    >>> round(conditional(6.0, 1.0, 2.576).value, 2)
    6.0
    """
    if not (error > 0 and abs(value) >= limit * error * (1 - 1e-9)):
        raise UsageError(
            f"an effect of {abs(value / error) if error > 0 else math.nan:.3g} standard errors was given with a limit of {limit:.3g}; allowed is an effect "
            "beyond the limit. Show other effects as they are."
        )
    away, side = max(abs(value) / error, limit), math.copysign(1.0, value)
    low, high = (_matching(away, limit, chance) for chance in (0.975, 0.025))
    ends = sorted((side * error * low, side * error * high))
    middle = side * error * _likeliest(away, limit)
    return Estimate(middle, min(ends[0], middle), max(ends[1], middle))


def believed(value: float, error: float, past: Shrunken) -> Estimate:
    """Return an effect drawn towards those of experiments before it.

    Parameters
    ----------
    value, error : float
        Of the new experiment.
    past : Shrunken
        Of all experiments before it, those without a visible effect included.

    Examples
    --------
    >>> past = shrink([0.0, 0.1, -0.1, 0.2], [0.1, 0.1, 0.1, 0.1])
    >>> 0.0 < believed(1.0, 0.5, past).value < 0.5
    True
    """
    wide = past.spread**2 + ((past.mean.high - past.mean.low) / (2 * Z)) ** 2
    share = wide / (wide + error**2)
    return symmetric(share * value + (1 - share) * past.mean.value, math.sqrt(share) * error)


def _mixed(belief: Floats, middle: Floats, around: Floats) -> Estimate:
    mean = float(belief @ middle)
    return symmetric(mean, math.sqrt(max(0.0, float(belief @ (around + (middle - mean) ** 2)))))


def _likeliest(away: float, limit: float) -> float:
    """Return the mean at which the normal density over the chance of passing is largest."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_ndtr

    def unlikely(mean: float) -> float:
        passing = np.logaddexp(log_ndtr(mean - limit), log_ndtr(-limit - mean))
        return float(0.5 * (away - mean) ** 2 + passing)

    return max(0.0, float(minimize_scalar(unlikely, bounds=(-1.0, away + 1.0), method="bounded", options={"xatol": 1e-8}).x))


def _matching(away: float, limit: float, chance: float) -> float:
    """Return the mean under which what passes lies below `away` with that chance."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def short(mean: float) -> float:
        above, passing = ndtr(mean - away), ndtr(mean - limit) + ndtr(-limit - mean)
        return float(above / passing - (1 - chance))

    return float(brentq(short, away - _REACH, away + _REACH, xtol=1e-10))
