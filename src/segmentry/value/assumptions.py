"""Are these purchases of the kind the models are about? Checks before and after a fit, each in words, and the refusal where they fail.

**Regular intervals.** While a customer is active the models take gaps between purchases for exponential. Then, whatever the rates, the tenure and the
moment of leaving, given the number k of gaps and their sum the gaps are a uniform division of that sum (order statistics of a Poisson process; on calendar
days: a uniform composition of a whole number), so the squared coefficient of variation (population) of a customer's gaps, cv², has a known mean and
variance (Greenwood 1946; Moran 1947):

    E cv² = (k − 1) / (k + 1) · (1 − 1 / mean gap in days)        Var cv² ≈ 4 (k − 1) k² / ((k + 1)² (k + 2) (k + 3))

Renewals by the month give a few hundredths of that. Below one third (three steps of an Erlang process between purchases) the models are refused: they take
every silence for luck, while a missed renewal is a customer lost. Purchases a year apart leave one gap each; the models spread single gaps evenly or towards
short ones (coefficient of variation .58 or more), renewals do not.

**Frequencies**: customers with 0, 1, 2, … repeat purchases, beside what the model expects. **Hold-out**: total beside what was expected; season and change.

Not a proof: a check that holds shows that this one way of being wrong is absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import Degenerate, Problem, UsageError
from segmentry.preparation.words import figure, percent
from segmentry.value.results import Check, Tracking

Floats = NDArray[np.float64]

# Variation of gaps as a share of that of a Poisson process: refused below the first, told below the second.
REGULAR, RATHER_REGULAR = 1 / 3, 0.6
SINGLE_GAPS = 0.3
FEWEST_RHYTHMS = 20
# A customer counts for at most so many gaps: one reseller who buys every day decides nothing.
MOST_GAPS = 10
Z95_ONE_SIDED = 1.6448536269514722
MISFIT = 0.05
OFF_TRACK = 0.3

REMEDIES: Mapping[str, str] = {
    "regular_intervals": (
        "treat it as a subscription: the share that renews per period, by cohort and segment, says what customers are worth; "
        "or leave subscriptions out and keep the purchases made at will"
    ),
}


def regular_intervals(gaps: ArrayLike, mean: ArrayLike, deviation: ArrayLike) -> Check:
    """Check that purchases do not come by the calendar, as subscriptions and renewals do.

    Parameters
    ----------
    gaps : array, shape (n,)
        Gaps between purchases of each customer (their repeat purchases).
    mean, deviation : float array, shape (n,)
        Mean and standard deviation (of the population) of their gaps, in days; NaN without a gap.

    Raises
    ------
    UsageError
        When the arrays do not fit.

    Examples
    --------
    >>> monthly = regular_intervals(np.full(50, 5), np.full(50, 30.4), np.full(50, 0.9))
    >>> monthly.code, monthly.holds
    ('regular_intervals', False)
    >>> at_will = np.random.default_rng(1).exponential(30, size=(50, 6)).round() + 1
    >>> regular_intervals(np.full(50, 6), at_will.mean(axis=1), at_will.std(axis=1)).holds
    True
    """
    counts, means, deviations = (np.asarray(each, dtype=np.float64) for each in (gaps, mean, deviation))
    if counts.ndim != 1 or not counts.shape == means.shape == deviations.shape:
        raise UsageError(
            f"gaps have shape {counts.shape}, mean {means.shape} and deviation {deviations.shape}; allowed are three of shape (n,). "
            "Give one of each per customer."
        )
    # On days in a row there is no room for variation: nothing to tell.
    several = (counts >= 2) & (means > 1)
    if several.sum() >= FEWEST_RHYTHMS:
        return _rhythm(counts[several], means[several], deviations[several])
    once = counts == 1
    if once.sum() >= FEWEST_RHYTHMS:
        return _single_gaps(means[once])
    found = int((several | once).sum())
    words = f"Only {found:,} customers have a gap between purchases: too few to tell whether they come by the calendar."
    return Check("regular_intervals", holds=True, words=words)


def _rhythm(gaps: Floats, mean: Floats, deviation: Floats) -> Check:
    expected = (gaps - 1) / (gaps + 1) * (1 - 1 / mean)
    variance = 4 * (gaps - 1) * gaps**2 / ((gaps + 1) ** 2 * (gaps + 2) * (gaps + 3))
    weight = np.minimum(gaps, MOST_GAPS) - 1
    scale = float(np.sort(weight * expected).sum())
    ratio = float(np.sort(weight * (deviation / mean) ** 2).sum()) / scale
    # Luck of as many customers whose gaps vary as much as at the border.
    luck = Z95_ONE_SIDED * REGULAR * math.sqrt(float(np.sort(weight**2 * variance).sum())) / scale
    measured = (
        f"Gaps between purchases vary {percent(ratio)} as much as they do when customers buy at will "
        f"(squared variation; {len(gaps):,} customers with two gaps or more)"
    )
    if ratio + luck < REGULAR:
        words = f"{measured}: they come by the calendar, like subscriptions or renewals. Models of purchases at will do not apply."
        return Check("regular_intervals", holds=False, words=words)
    if ratio < RATHER_REGULAR:
        words = (
            f"{measured}: more regular than the models think, as with a standing order or a fixed shopping day. "
            "A long silence says more than the model believes; customers on subscription are better looked at apart."
        )
        return Check("rather_regular", holds=False, words=words)
    return Check("regular_intervals", holds=True, words=f"{measured}: no sign of subscriptions.")


def _single_gaps(gaps: Floats) -> Check:
    variation = float(np.sort(gaps).std() / gaps.mean())
    measured = f"{len(gaps):,} customers have one gap between purchases, of {figure(float(np.median(gaps)))} days in the middle"
    if variation < SINGLE_GAPS:
        words = f"{measured}, and nearly all the same: they come by the calendar, like yearly renewals. Models of purchases at will do not apply."
        return Check("regular_intervals", holds=False, words=words)
    return Check("regular_intervals", holds=True, words=f"{measured}, short and long: no sign of renewals.")


def frequencies(observed: ArrayLike, expected: ArrayLike) -> Check:
    """Check that as many customers as expected made 0, 1, 2, … repeat purchases.

    The distance is the share of customers in another class than the model says (total variation). Allowed are 5 % and what luck alone gives on average,
    at most half the root of classes over customers. What is expected says `counts.expected_customers`.

    Parameters
    ----------
    observed, expected : float array, shape (m,)
        Customers with 0, 1, …, and the last with m − 1 or more; those expected sum to as many.

    Raises
    ------
    UsageError
        When the arrays do not fit or count nobody.

    Examples
    --------
    >>> frequencies([600, 250, 150], [590, 260, 150]).holds, frequencies([900, 50, 50], [590, 260, 150]).holds
    (True, False)
    """
    found, foretold = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if found.ndim != 1 or found.shape != foretold.shape or not (found.sum() > 0 and foretold.sum() > 0):
        raise UsageError(
            f"observed has shape {found.shape} with {found.sum():,.0f} customers and expected {foretold.shape} with {foretold.sum():,.0f}; "
            "allowed are two of shape (m,) that count customers. Count both over the same classes."
        )
    share, model = found / found.sum(), foretold / foretold.sum()
    distance = float(np.abs(share - model).sum() / 2)
    luck = 0.5 * math.sqrt(len(found) / float(found.sum()))
    worst = int(np.argmax(np.abs(share - model)))
    most = f"{worst} or more" if worst == len(found) - 1 else f"{worst}"
    words = (
        f"Counted by repeat purchases, {percent(distance)} of customers are in another class than the model says "
        f"(most of all with {most}: {percent(float(share[worst]))} of customers, expected {percent(float(model[worst]))})"
    )
    holds = distance <= MISFIT + luck
    return Check(
        "frequencies",
        holds,
        words + (": it fits." if holds else ": it does not describe these customers well; take single values with care."),
    )


def on_track(tracking: Tracking, model: str) -> Check:
    """Check that about as many repeat purchases came after the cut-off as expected; a season or a change shows here.

    Parameters
    ----------
    tracking : Tracking
    model : str
        Whose expectation.

    Raises
    ------
    UsageError
        When the model is not tracked.

    Examples
    --------
    >>> on_track(Tracking((1.0, 2.0, 3.0), (90.0, 80.0, 40.0), {"BG/NBD": (88.0, 85.0, 80.0)}, 2.0), "BG/NBD").holds
    False
    """
    if model not in tracking.expected:
        raise UsageError(f"{model!r} is not tracked; allowed are {', '.join(sorted(tracking.expected)) or 'none'}. Take one of them.")
    after = np.asarray(tracking.ends) > tracking.cutoff
    actual = float(np.asarray(tracking.actual)[after].sum())
    expected = float(np.asarray(tracking.expected[model])[after].sum())
    counted = f"After the cut-off {figure(actual)} repeat purchases were made where {figure(round(expected))} were expected"
    # Half of what is off may be luck when few purchases were expected: two standard deviations of a count.
    allowed = max(OFF_TRACK * expected, 2 * math.sqrt(expected))
    if abs(actual - expected) <= allowed:
        return Check("on_track", holds=True, words=f"{counted}: on track.")
    direction = "more" if actual > expected else "fewer"
    words = (
        f"{counted}, {percent(abs(actual - expected) / expected) if expected else 'many'} {direction}: a season, or a change of the business that the "
        "model does not know. A forecast can be off by as much, either way."
    )
    return Check("on_track", holds=False, words=words)


def refuse(checks: Iterable[Check]) -> None:
    """Raise where a check says that the models do not apply at all; other failures are told and nothing is refused.

    Raises
    ------
    Degenerate
        With the words of the check and what to do instead.
    """
    problems = [
        Problem(check.code.upper(), check.words, REMEDIES[check.code]) for check in checks if not check.holds and check.code in REMEDIES
    ]
    if problems:
        raise Degenerate(*problems)
