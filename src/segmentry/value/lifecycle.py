"""Lifecycle states: where each customer stands today, by rules anyone can check.

Late is a silence that exceeds 80 of 100 gaps of somebody at the customer's pace, too long one that exceeds 95 of 100 (see `rhythm`).
The first rule that holds decides, so everyone with a purchase has exactly one state:

1. lapsed: silent for too long, and with a churn risk of at least one half;
2. slipping: late, or silent for too long with a smaller risk;
3. new: the first purchase is not older than what is late for a newcomer;
4. won back: a gap ended not longer ago than what is too long for this customer, and it was longer than the longest of their gaps should ever have
   been (by chance 5 of 100 customers with their other gaps have such a gap);
5. active: all others.

States describe, they do not explain: a state is no reason to act by itself. Not for contracts, where leaving is known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.value.results import STATES, State
from segmentry.value.rhythm import ALLOWED, LATE, Rhythm, checked, churn_risk, longest_likely, longest_normal

GONE = 0.5

WORDS: dict[State, str] = {
    "new": "Bought for the first time not long ago; it is too early to call them late.",
    "active": "Buys, and is silent no longer than usual for their own pace.",
    "won back": "Came back not long ago after an absence that was far too long for their own pace.",
    "slipping": "Silent for longer than 80 of 100 gaps of somebody at their pace: late, but not given up.",
    "lapsed": "Silent for longer than 95 of 100 gaps of somebody at their pace, and more likely than not to stay away for as long again.",
}


def states(
    rhythm: Rhythm, frequency: ArrayLike, recency: ArrayLike, tenure: ArrayLike, *, longest_gap: ArrayLike, since_longest: ArrayLike
) -> NDArray[np.object_]:
    """Return the state of each customer, shape (n,); empty text for those without a purchase (NaN).

    Parameters
    ----------
    rhythm : Rhythm
        Of the population, from `rhythm.fit_rhythm`.
    frequency : array, shape (n,)
        Repeat purchases.
    recency, tenure : array, shape (n,)
        Days from first to last purchase, and from first purchase to now.
    longest_gap, since_longest : array, shape (n,)
        Days of the longest gap, and since it ended; NaN without a gap.

    Raises
    ------
    UsageError
        When the arrays differ in length, or a customer's recency is negative or exceeds the tenure.

    Examples
    --------
    >>> rhythm = Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)
    >>> nothing = [np.nan, np.nan]
    >>> states(rhythm, [0, 0], [0, 0], [30, 900], longest_gap=nothing, since_longest=nothing).tolist()
    ['new', 'lapsed']
    """
    k, t, whole = checked(frequency, recency, tenure)
    gap, since = np.asarray(longest_gap, dtype=np.float64), np.asarray(since_longest, dtype=np.float64)
    if not gap.shape == since.shape == k.shape:
        raise UsageError(
            f"longest_gap has shape {gap.shape} and since_longest {since.shape}; pass one number for each of {len(k):,} customers."
        )
    silence, allowed = whole - t, longest_normal(rhythm, k, t)
    too_long = silence > allowed
    lapsed = too_long & (churn_risk(rhythm, k, t, whole) >= GONE)
    late = too_long | (silence > longest_normal(rhythm, k, t, share=LATE))
    new = whole <= newcomer(rhythm)
    back = (k > 0) & (since <= allowed) & ~late & ~new
    # By the rhythm of the other gaps; the longest of many gaps may be longer than a single one.
    back[back] = gap[back] > longest_likely(rhythm, k[back] - 1, t[back] - gap[back], share=ALLOWED ** (1 / k[back]))
    rules = {"lapsed": lapsed, "slipping": late, "new": new, "won back": back, "active": k >= 0}
    return np.select(list(rules.values()), [np.array(name, dtype=object) for name in rules], default="").astype(object)


def newcomer(rhythm: Rhythm) -> float:
    """Return the days after a first purchase that count as new: what is late for somebody of whom nothing else is known.

    Examples
    --------
    >>> round(newcomer(Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)))
    129
    """
    return float(longest_normal(rhythm, [0.0], [0.0], share=LATE)[0])


def notice(rhythm: Rhythm) -> float:
    """Return the days of silence after which somebody of whom nothing else is known counts as lapsed.

    Examples
    --------
    >>> round(notice(Rhythm(shape=1.0, r=0.5, alpha=40.0, a=1.0, b=2.0, customers=500, repeaters=200)))
    240
    """
    silence = float(longest_normal(rhythm, [0.0], [0.0])[0])
    # The risk goes to 1 with the silence; a notice that is somewhat too long only shortens the time everyone is followed.
    while churn_risk(rhythm, [0.0], [0.0], [silence])[0] < GONE:
        silence *= 2
    return silence


def counted(found: NDArray[np.object_]) -> dict[State, int]:
    """Return how many customers are in each state, in the order of `STATES`; without those who have none.

    Examples
    --------
    >>> counted(np.array(["new", "lapsed", "", "new"], dtype=object))
    {'new': 2, 'active': 0, 'won back': 0, 'slipping': 0, 'lapsed': 1}
    """
    return {state: int((found == state).sum()) for state in STATES}
