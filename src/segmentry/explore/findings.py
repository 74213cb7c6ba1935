"""Short written findings from the numbers, most important first, each with the treatment it calls for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.explore.columns import ColumnSummary
from segmentry.explore.outliers import outliers
from segmentry.explore.pairs import Association
from segmentry.preparation.transforms import SKEWED
from segmentry.preparation.words import figure, percent

STRONG_PAIR = 0.7
TELLING_MISSING = 0.01
FEW = 0.2
MOST_PAIRS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the numbers say.

    Parameters
    ----------
    words : str
        One sentence with its figures.
    column : str
        What it is about; two names joined by " and " for a pair; empty for money as a whole.
    figure : float
        The number it rests on.
    effect : float
        Importance, 0 to 1, by which findings are ranked.
    treatment : str
        What is done, or should be.
    """

    words: str
    column: str
    figure: float
    effect: float
    treatment: str


def findings(
    summaries: Sequence[ColumnSummary],
    association: Association | None = None,
    revenue: NDArray[np.float64] | None = None,
    *,
    most: int = 20,
) -> tuple[Finding, ...]:
    """Return what is worth saying, most important first.

    Parameters
    ----------
    summaries : sequence of ColumnSummary
    association : Association, optional
    revenue : float array, shape (n,), optional
        Net spend per customer.
    most : int
        Findings to return.

    Examples
    --------
    >>> findings([], revenue=np.array([80.0, 5, 5, 5, 5]))[0].words
    'The top 20% of the customers bring 80% of the revenue.'
    """
    found = [] if revenue is None else _concentration(revenue)
    found += _columns(summaries)
    found += [] if association is None else _pairs(association)
    return tuple(sorted(found, key=lambda each: (-each.effect, each.column, each.words))[:most])


def concentration(revenue: NDArray[np.float64], top: float = FEW) -> float | None:
    """Return the share of positive revenue that the `top` share of customers brings; None without any.

    Examples
    --------
    >>> concentration(np.array([80.0, 5, 5, 5, 5]))
    0.8
    """
    paid = np.sort(np.maximum(revenue[np.isfinite(revenue)], 0.0))[::-1]
    if paid.size == 0 or paid[0] == 0:
        return None
    parts = paid / paid[0]
    count = max(1, int(np.ceil(top * paid.size - 1e-9)))
    return float(parts[:count].sum() / parts.sum())


def _concentration(revenue: NDArray[np.float64]) -> list[Finding]:
    share = concentration(revenue) if np.isfinite(revenue).sum() >= 5 else None
    if share is None:
        return []
    words = f"The top {percent(FEW)} of the customers bring {percent(share)} of the revenue."
    treatment = (
        "Look after them by name; a change there moves the whole."
        if share >= 0.5
        else "Revenue is spread widely: no small group carries it."
    )
    return [Finding(words, "", share, min(1.0, share), treatment)]


def _columns(summaries: Sequence[ColumnSummary]) -> list[Finding]:
    found = []
    for each in summaries:
        total = each.n + each.missing
        if each.n == 0 and total:
            found.append(Finding(f"{each.words} is empty for every customer.", each.name, 1.0, 0.6, "Left out of the clustering."))
        elif each.n and each.distinct == 1:
            found.append(
                Finding(
                    f"{each.words} is the same for every customer that has a value.",
                    each.name,
                    1.0,
                    0.5,
                    "Left out of the clustering: it tells nobody apart.",
                )
            )
        elif total and each.missing >= TELLING_MISSING * total:
            found.append(_missing(each, each.missing / total))
        if each.skew is not None and abs(each.skew) > SKEWED and each.kind not in {"share", "flag"}:
            found.append(_skewed(each, each.skew))
    for beyond in outliers(summaries):
        words = f"{beyond.count:,} {'customer lies' if beyond.count == 1 else 'customers lie'} far outside the rest in {beyond.words}."
        found.append(Finding(words, beyond.name, float(beyond.count), 0.35 + min(0.3, 10 * beyond.share), beyond.treatment))
    return found


def _missing(each: ColumnSummary, share: float) -> Finding:
    treatment = (
        "For the clustering alone the median stands in, and a column of its own marks them."
        if each.kind != "category"
        else "They count as having none of the levels."
    )
    return Finding(f"{percent(share)} of the customers have no value in {each.words}.", each.name, share, 0.3 + 0.5 * share, treatment)


def _skewed(each: ColumnSummary, skew: float) -> Finding:
    side = "a few customers have far more than most" if skew > 0 else "a few customers have far less than most"
    middle = f" (median {figure(each.median)}, mean {figure(each.mean)})" if each.median is not None and each.mean is not None else ""
    treatment = "Put on a logarithmic scale before clustering." if each.log_bins else "Used as it is: a logarithm would not help."
    return Finding(f"{each.words} is lopsided: {side}{middle}.", each.name, skew, min(0.6, 0.2 + abs(skew) / 20), treatment)


def _pairs(association: Association) -> list[Finding]:
    found = []
    size = len(association.names)
    for i in range(size):
        for j in range(i + 1, size):
            value = float(association.values[i, j])
            if np.isfinite(value) and abs(value) >= STRONG_PAIR:
                found.append(_pair(association, i, j, value))
    return sorted(found, key=lambda each: (-abs(each.figure), each.column))[:MOST_PAIRS]


def _pair(association: Association, i: int, j: int, value: float) -> Finding:
    kind = association.kinds[i][j]
    together = "go together" if kind != "Spearman" else "rise together" if value > 0 else "move against each other"
    words = f"{association.words[i]} and {association.words[j]} {together} ({kind} {value:.2f}, n = {association.n:,})."
    treatment = (
        "They say much the same: consider keeping one of them."
        if abs(value) >= 0.95
        else "Read them together; clustering on both would count it twice."
    )
    return Finding(words, f"{association.names[i]} and {association.names[j]}", value, abs(value) - 0.2, treatment)
