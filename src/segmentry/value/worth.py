"""What each segment was worth and may be worth: sums with their intervals, and its share of the future beside its share of the past.

Points add up: the values of segments that cover everybody sum to the total, and so do the shares. Intervals do not, and are not meant to. The past is net
revenue; the future is value as the forecast counts it (× margin, discounted), so shares are compared, not amounts. Where a customer's future cannot be
foretold, the customer is counted and adds nothing to sums and means; a segment of such customers alone has no figures. When NOT to use it: to say
that a segment caused its worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.results import Estimate
from segmentry.value.forecast import ALL, Sums
from segmentry.value.results import STATES, Forecast, SegmentWorth, State

Floats = NDArray[np.float64]
UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))
NOTHING = Sums(UNKNOWN, UNKNOWN)


def segments_worth(
    forecast: Forecast,
    sums: Mapping[int, Sums],
    *,
    labels: ArrayLike,
    names: Mapping[int, str],
    past: ArrayLike | None = None,
    states: Sequence[str] | NDArray[np.object_] | None = None,
    churn_risk: ArrayLike | None = None,
) -> tuple[SegmentWorth, tuple[SegmentWorth, ...]]:
    """Return what everybody is worth, and each segment.

    Parameters
    ----------
    forecast : Forecast
        Of n customers.
    sums : mapping of int to Sums
        As `forecast` returns them for the same labels.
    labels : int array, shape (n,)
        Segment of each customer; −1 for none.
    names : mapping of int to str
        By segment, in the order they are to be told.
    past : float array, shape (n,), or None
        Net revenue so far; NaN counts as nothing.
    states : array of str, shape (n,), or None
        Lifecycle states; empty where not known.
    churn_risk : float array, shape (n,), or None
        NaN where not known.

    Returns
    -------
    SegmentWorth
        Everybody, id −1.
    tuple of SegmentWorth
        In the order of `names`. Shares are of everybody; they are None where the sum of everybody is not above zero.

    Raises
    ------
    UsageError
        When lengths differ, or a label has no name.
    """
    count = len(forecast.value)
    segments = np.asarray(labels).astype(np.int64)
    money = None if past is None else np.asarray(past, dtype=np.float64)
    risk = np.full(count, np.nan) if churn_risk is None else np.asarray(churn_risk, dtype=np.float64)
    known = np.full(count, "", dtype=object) if states is None else np.asarray(states, dtype=object)
    for name, column in (("labels", segments), ("past", money), ("churn_risk", risk), ("states", known)):
        if column is not None and column.shape != (count,):
            raise UsageError(f"{name} has shape {column.shape}; the forecast is of {count:,} customers. Pass one entry for each of them.")
    nameless = sorted(set(np.unique(segments).tolist()) - set(names) - {ALL})
    if nameless:
        raise UsageError(f"names lacks the segments {nameless}; labels hold them. Name every segment.")

    def told(number: int, name: str, mine: NDArray[np.bool_]) -> SegmentWorth:
        sum_ = sums.get(number, NOTHING)
        size = int(mine.sum())
        foretold = int(np.isfinite(forecast.value[mine]).sum())
        before = None if money is None else float(np.nansum(money[mine]))
        return SegmentWorth(
            id=number,
            name=name,
            customers=size,
            value=sum_.value,
            purchases=sum_.purchases,
            per_customer=sum_.value.value / foretold if foretold else float("nan"),
            past=before,
            share_future=_share(sum_.value.value, sums.get(ALL, NOTHING).value.value),
            share_past=None if before is None or money is None else _share(before, float(np.nansum(money))),
            alive=_mean(forecast.alive[mine]),
            churn_risk=_mean(risk[mine]),
            states=_counted(known[mine]),
        )

    everybody = told(ALL, "All customers", np.ones(count, dtype=bool))
    return everybody, tuple(told(number, name, segments == number) for number, name in names.items())


def _share(part: float, whole: float) -> float | None:
    """Return part of whole, or None where there is no whole to share or the part is not known."""
    return part / whole if whole > 0 and math.isfinite(part) else None


def _mean(values: Floats) -> float:
    """Return the mean of what is known; NaN when nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _counted(states: NDArray[np.object_]) -> dict[State, int]:
    """Return customers by state, in the order of `STATES`; none when no state is known."""
    counts: dict[State, int] = {state: int((states == state).sum()) for state in STATES}
    return counts if any(counts.values()) else {}
