"""What may be told of segments and customers: the rows that give nobody away, the one that holds most, what the model takes for granted."""

from __future__ import annotations

import numpy as np

from segmentry.disclosure import hide_small
from segmentry.value.results import SegmentWorth, Worth

_NEARLY_NOTHING = 1e-9
# The first of these models lets customers leave after a repeat purchase only, the second never.
_NEVER_AFTER_THE_FIRST, _NEVER = "BG/NBD", "NBD"


def ordered(found: Worth) -> list[SegmentWorth]:
    """Return the segments in the order of their numbers, those who are in none last."""
    return sorted(found.segments, key=lambda row: (row.id <= 0, -row.id if row.id <= 0 else row.id))


def told(found: Worth) -> list[SegmentWorth]:
    """Segments whose figures may be told: not those of a few customers, nor one that could be worked out from the total."""
    rows = ordered(found)
    sizes = [row.customers for row in rows]
    hidden = hide_small([*sizes, _outside(found)])[: len(rows)]
    return [row for row, small in zip(rows, hidden.tolist(), strict=True) if not small and row.customers]


def _outside(found: Worth) -> int:
    """Customers in no segment whose value the total would give away."""
    if found.total is None or not found.segments:
        return 0
    value = found.total.value.value - sum(row.value.value for row in found.segments)
    nothing = abs(value) <= _NEARLY_NOTHING * abs(found.total.value.value)
    return 0 if nothing else max(found.total.customers - sum(row.customers for row in found.segments), 0)


def top(found: Worth) -> SegmentWorth | None:
    """Return the segment that holds most of what is expected; None where no share is known."""
    rows = [row for row in told(found) if row.id > 0 and row.share_future is not None]
    return max(rows, key=lambda row: row.share_future or 0.0, default=None)


def customers(found: Worth) -> int:
    """Customers of whom something is foretold: those without a purchase bring nothing to the total."""
    known = 0 if found.forecast is None else int(np.isfinite(np.asarray(found.forecast.value, dtype=np.float64)).sum())
    inside = sum(row.customers for row in found.segments)
    total = 0 if found.total is None else found.total.customers
    return max(known, inside) if known else total


def keeps_one_time_buyers(found: Worth) -> bool:
    """Say whether the model takes everyone who bought only once for still a customer."""
    return found.purchases is not None and found.purchases.name in (_NEVER_AFTER_THE_FIRST, _NEVER)


def keeps_everyone(found: Worth) -> bool:
    """Say whether the model knows of nobody leaving; then its certainty is no knowledge, and is not shown."""
    return found.purchases is not None and found.purchases.name == _NEVER
