"""Which columns have customers far outside the rest, how many, and what is done about them. Counts and bounds only: no customer is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.explore.columns import ColumnSummary
from segmentry.preparation.words import figure


@dataclass(frozen=True, slots=True)
class Outliers:
    """Customers beyond the bounds of one column; `share` is of those with a value."""

    name: str
    words: str
    count: int
    share: float
    low: float
    high: float
    treatment: str


def in_words(customers: int) -> str:
    """Return a number of customers for a sentence; fewer than five are not counted, since they could be pointed at.

    Examples
    --------
    >>> in_words(1), in_words(1200)
    ('a few customers (fewer than 5)', '1,200 customers')
    """
    return f"a few customers (fewer than {FLOOR})" if 0 < customers < FLOOR else f"{customers:,} customers"


def outliers(summaries: Sequence[ColumnSummary]) -> tuple[Outliers, ...]:
    """Return the columns with outliers, most first.

    Examples
    --------
    >>> outliers([ColumnSummary("age", "Age", "number", "", 100, 0, outliers=2, outlier_low=5.0, outlier_high=99.0)])[0].treatment
    'For the clustering alone, values below 5 or above 99 count as these bounds.'
    """
    found = [
        Outliers(
            each.name,
            each.words,
            each.outliers,
            each.outliers / each.n,
            each.outlier_low,
            each.outlier_high,
            _treatment(each.outlier_low, each.outlier_high, each),
        )
        for each in summaries
        if each.outliers and each.outlier_low is not None and each.outlier_high is not None
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.name)))


def _treatment(low: float, high: float, each: ColumnSummary) -> str:
    # A lower bound that no value can reach would only puzzle.
    reachable = low > 0 or each.minimum is None or each.minimum < low
    below = f"below {figure(low)} or " if reachable else ""
    return f"For the clustering alone, values {below}above {figure(high)} count as {'these bounds' if below else 'this bound'}."
