"""Whether models of purchases may be fitted from a table of customers, one row each with tenure, recency and a number of purchases.

They may where the three are of one process: the customer begins with a purchase, buys at a rhythm of their own and may stop. Then nobody is absent
for longer than they are a customer, who bought once was last here on the first day, who bought more was here more recently, and some absences reach
far into the tenures, for only those tell of customers lost. A table drawn for another purpose (everyone who was here within 99 days, a recency
that was filled in at random) has none of that, and a model fitted from it gives figures all the same. Here recency is the marketer's: days since
the last purchase. Not a test of the model itself; for that, hold out some time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import Problem, UsageError
from segmentry.value.results import Check

Floats = NDArray[np.float64]

# Fewest customers, and customers with a second purchase, of whom something can be said.
FEWEST = 100
FEWEST_REPEAT = 30
# Share of customers that may be wrong, as in any table.
STRAY = 0.01
# Share of the customers with one purchase who must have made it when they began, give or take a week.
BEGINNERS = 0.8
BEGINNING = 7.0
# A rank correlation nearer to zero than this means little, and one that chance alone gives in one table of 200 means nothing.
WEAKEST = 0.1
CHANCE = 2.58
# The longest absences (99th percentile) over the longest tenures (90th percentile).
REACH = 0.5
# A distribution is called flat unless the test of Kolmogorov and Smirnov gives it less than this.
FLAT = 0.01


@dataclass(frozen=True, slots=True)
class Identification:
    """Whether the three columns are of one process.

    Parameters
    ----------
    checks : tuple of Check
        What was measured, in words; those that do not hold are the reasons of the refusal.
    problem : Problem or None
        Why no model may be fitted; None when one may.
    customers : int
        Customers with all three values.
    """

    checks: tuple[Check, ...]
    problem: Problem | None
    customers: int


def identify(
    tenure: ArrayLike, recency: ArrayLike, purchases: ArrayLike, *, names: Sequence[str] = ("tenure", "recency", "purchases")
) -> Identification:
    """Say whether tenure, recency and purchases are of one process.

    Parameters
    ----------
    tenure, recency : array of float, shape (n,)
        Days since the customer began, and since the last purchase; NaN where not known.
    purchases : array of float, shape (n,)
        Number of purchases, the first included.
    names : three str
        What the columns are called, for the words.

    Returns
    -------
    Identification

    Raises
    ------
    UsageError
        When the columns differ in length.

    Examples
    --------
    >>> found = identify([400.0, 300.0], [10.0, 20.0], [3.0, 1.0])
    >>> found.problem.reason
    'need at least 100 customers with tenure, recency and purchases; found 2'
    """
    since, absent, bought = _columns(tenure, recency, purchases)
    known = np.isfinite(since) & np.isfinite(absent) & np.isfinite(bought)
    since, absent, bought = since[known], absent[known], bought[known]
    customers, repeat = len(since), int((bought >= 2).sum())
    scarce = _scarce(customers, repeat, names)
    if scarce is not None:
        return Identification((), scarce, customers)
    checks = (
        _counted(bought, names),
        _ordered(since, absent, names),
        *_begun(since, absent, bought, names),
        _related(since, absent, bought, names),
        _spread(since, absent, names),
        _reaching(since, absent, names),
    )
    reasons = [check.words for check in checks if not check.holds]
    if not reasons:
        return Identification(checks, None, customers)
    problem = Problem(
        "NOT_ONE_PROCESS",
        f"{_listed(names)} do not come from one history of purchases, so no model of future purchases can be fitted from them. "
        + " ".join(reasons),
        "give the purchases themselves, one row each with customer and date, or a table in which all three are counted up to the same day",
    )
    return Identification(checks, problem, customers)


def history(tenure: ArrayLike, recency: ArrayLike, purchases: ArrayLike, *, unit: float = 7.0) -> Floats:
    """Return what the models are fitted on: frequency, recency and tenure as the literature counts them.

    Parameters
    ----------
    tenure, recency, purchases : array of float, shape (n,)
        As for `identify`.
    unit : float
        Days of the unit of time; 7 for weeks.

    Returns
    -------
    float array, shape (n, 3)
        Repeat purchases, time from the first to the last purchase, time since the first; NaN for customers whose three values contradict each
        other or are not known.

    Examples
    --------
    >>> history([70.0, 70.0, 7.0], [14.0, 70.0, 9.0], [3, 1, 2]).tolist()
    [[2.0, 8.0, 10.0], [0.0, 0.0, 10.0], [nan, nan, nan]]
    """
    since, absent, bought = _columns(tenure, recency, purchases)
    with np.errstate(invalid="ignore"):
        sound = (bought >= 1) & (bought == np.floor(bought)) & (absent >= 0) & (absent <= since) & np.isfinite(since + bought) & (since > 0)
    frequency = bought - 1.0
    active = np.where(frequency == 0, 0.0, since - absent)
    # Several purchases on the first day are one occasion.
    frequency = np.where(active == 0, 0.0, frequency)
    return np.where(sound[:, None], np.column_stack([frequency, active / unit, since / unit]), np.nan)


def _columns(*columns: ArrayLike) -> tuple[Floats, ...]:
    arrays = tuple(np.asarray(column, dtype=np.float64).ravel() for column in columns)
    if len({len(array) for array in arrays}) > 1:
        raise UsageError(
            f"tenure, recency and purchases have {', '.join(str(len(array)) for array in arrays)} rows; give one of each per customer."
        )
    return arrays


def _scarce(customers: int, repeat: int, names: Sequence[str]) -> Problem | None:
    remedy = "wait until there are more, or read a longer history"
    if customers < FEWEST:
        return Problem("TOO_FEW_CUSTOMERS", f"need at least {FEWEST} customers with {_listed(names)}; found {customers:,}", remedy)
    if repeat < FEWEST_REPEAT:
        return Problem("TOO_FEW_REPEAT", f"need at least {FEWEST_REPEAT} customers with a repeat purchase; found {repeat:,}", remedy)
    return None


def _counted(bought: Floats, names: Sequence[str]) -> Check:
    wrong = int(((bought < 1) | (bought != np.floor(bought))).sum())
    holds = wrong <= STRAY * len(bought)
    found = f"{wrong:,} of {len(bought):,} customers have a number of purchases ({names[2]}) that is not a whole number of at least one"
    return Check("whole_counts", holds, f"{found}{_few(holds)}.")


def _ordered(since: Floats, absent: Floats, names: Sequence[str]) -> Check:
    wrong = int(((absent > since) | (absent < 0)).sum())
    holds = wrong <= STRAY * len(since)
    found = f"For {wrong:,} of {len(since):,} customers the last purchase ({names[1]}) lies before the day they became one ({names[0]}), or after today"
    return Check("within_tenure", holds, f"{found}{_few(holds)}.")


def _begun(since: Floats, absent: Floats, bought: Floats, names: Sequence[str]) -> tuple[Check, ...]:
    once = bought == 1
    if once.sum() < FEWEST_REPEAT:
        return ()
    share = float((np.abs(since - absent)[once] <= BEGINNING).mean())
    words = f"Of {int(once.sum()):,} customers with one purchase, {share:.0%} made it within a week of the day {names[0]} counts from"
    holds = share >= BEGINNERS
    return (
        Check("begun_by_purchase", holds, words + (", as they must." if holds else "; the others' only purchase came at another time.")),
    )


def _related(since: Floats, absent: Floats, bought: Floats, names: Sequence[str]) -> Check:
    relation = _partial(absent, bought, since)
    surprise = float(np.arctanh(np.clip(relation, -0.999999, 0.999999)) * np.sqrt(max(len(since) - 4, 1) / 1.06))
    holds = relation <= -WEAKEST and surprise <= -CHANCE
    found = f"rank correlation of {names[1]} and {names[2]} at equal {names[0]} is {relation:.2f}"
    if holds:
        return Check("recent_when_frequent", holds=True, words=f"Who bought more was here more recently: {found}.")
    other = "is unrelated to" if abs(relation) <= max(WEAKEST, CHANCE / np.sqrt(len(since))) else "grows with"
    return Check(
        "recent_when_frequent",
        holds=False,
        words=f"Who bought more should have been here more recently, but {names[1]} {other} {names[2]}: {found}.",
    )


def _spread(since: Floats, absent: Floats, names: Sequence[str]) -> Check:
    from scipy.stats import kstest

    longest = float(absent.max())
    # Whole days are put in the middle of their day.
    chance = float(kstest((absent - absent.min() + 0.5) / (longest - absent.min() + 1.0), "uniform").pvalue)
    flat = chance >= FLAT
    cut = longest < 0.9 * float(np.quantile(since, 0.99))
    extent = f"{absent.min():,.0f} to {longest:,.0f} days"
    if flat and cut:
        words = (
            f"Every {names[1]} from {extent} is about as common as any other (uniform; p = {chance:.2f}), though customers go back "
            f"{since.max():,.0f} days: that is how the customers were chosen, not how they behave."
        )
        return Check("not_a_window", holds=False, words=words)
    return Check(
        "not_a_window", holds=True, words=f"{names[1]} runs from {extent} and is {'flat up to the longest tenure' if flat else 'not flat'}."
    )


def _reaching(since: Floats, absent: Floats, names: Sequence[str]) -> Check:
    reach, old, longest = float(np.quantile(absent, 0.99)), float(np.quantile(since, 0.9)), float(absent.max())
    if reach >= REACH * old:
        words = f"One customer in a hundred is absent for {reach:,.0f} days or more, one in ten is a customer for {old:,.0f}: long enough to see who left."
        return Check("absences_long", holds=True, words=words)
    who = "Nobody is" if longest < 1.5 * reach else "Hardly anybody is"
    words = (
        f"{who} absent longer than {longest if who.startswith('N') else reach:,.0f} days ({names[1]}), though one in ten is a customer for {old:,.0f} days "
        f"or more ({names[0]}): those who left are not in the table, so when customers leave cannot be seen (drop-out is not identified)."
    )
    return Check("absences_long", holds=False, words=words)


def _partial(first: Floats, second: Floats, given: Floats) -> float:
    """Return the rank correlation of two columns with the third held fixed; 0 where one does not vary."""
    from scipy.stats import rankdata

    ranks = np.stack([rankdata(column) for column in (first, second, given)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(axis=1))
    if not lengths[:2].all():
        return 0.0
    ranks /= np.where(lengths > 0, lengths, 1.0)[:, None]
    both, one, other = float((ranks[0] * ranks[1]).sum()), float((ranks[0] * ranks[2]).sum()), float((ranks[1] * ranks[2]).sum())
    left = (1.0 - one**2) * (1.0 - other**2)
    return (both - one * other) / float(np.sqrt(left)) if left > 1e-12 else 0.0


def _few(holds: bool) -> str:  # noqa: FBT001
    return "" if holds else f"; at most {STRAY:.0%} may be wrong"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
