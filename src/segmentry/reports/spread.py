"""How expected value is spread over the customers: classes of round numbers, and how much the most valuable hold.

Classes with fewer customers than `disclosure` allows are joined with their neighbours, so no figure is that of one person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.plots import value as drawn
from segmentry.plots.numbers import count, share
from segmentry.reports.estimates import amount, bare, horizon, verb
from segmentry.reports.pictures import Picture
from segmentry.value.results import Worth

_MOST = 10
_STEPS: tuple[tuple[float, ...], ...] = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
_DEPTHS = (0.01, 0.05, *(tenth / 10 for tenth in range(1, 11)))
# A group whose share is told must be large enough that no single customer makes it.
_GROUP = 10 * FLOOR
_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Spread:
    """The part on how value is spread: what it says, and its pictures."""

    words: str
    pictures: tuple[Picture, ...]


def spread(found: Worth, currency: str = "") -> Spread | None:
    """Return how expected value is spread; None without a forecast or with too few customers."""
    if found.forecast is None:
        return None
    values = np.asarray(found.forecast.value, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) < _GROUP:
        return None
    pictures = (*_classes(found, values, currency), *_concentration(found, values))
    return Spread(_words(found, values, currency), pictures) if pictures else None


def _words(found: Worth, values: NDArray[np.float64], currency: str) -> str:
    middle = float(np.median(values))
    told = amount(found, _two_digits(middle), currency)
    less = f"{verb(found)} {'less' if found.money else 'fewer'} than {told}"
    words = f"Half of the customers are expected to {less} in the next {horizon(found)}. " if middle > 0 else ""
    part = top_tenth(values)
    if part is None:
        return words.strip()
    return words + f"The tenth of the customers with the highest forecast holds {share(part)} of all that is expected."


def _two_digits(value: float) -> float:
    return round(value, 1 - math.floor(math.log10(value))) if value > 0 else value


def top_tenth(values: NDArray[np.float64]) -> float | None:
    """Return the share of the value that the highest tenth of the customers holds; None when that tenth is too small to be told of.

    Examples
    --------
    >>> top_tenth(np.repeat([0.0, 1.0], [900, 100]))
    1.0
    >>> top_tenth(np.ones(40)) is None
    True
    """
    held = _held(values, [_TENTH])
    return held[0] if held and len(values) * _TENTH >= FLOOR else None


def _held(values: NDArray[np.float64], depths: Sequence[float]) -> list[float]:
    ordered = np.sort(np.maximum(values, 0.0))[::-1]
    total = float(ordered.sum())
    if total <= 0:
        return []
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    return [float(np.interp(depth * len(ordered), np.arange(len(sums)), sums)) / total for depth in depths]


def edges(values: NDArray[np.float64]) -> list[float]:
    """Return round limits between classes, from near the lowest values to near the highest, at most nine.

    Examples
    --------
    >>> edges(np.geomspace(1.1, 90.0, 400))
    [2.0, 5.0, 10.0, 20.0, 50.0]
    """
    positive = values[values > 0]
    if not len(positive):
        return []
    low, high = np.quantile(positive, [0.03, 0.97]).tolist()
    for steps in _STEPS:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [step * 10.0**power for power in powers for step in steps]
        found = [float(f"{each:.3g}") for each in found if low < each < high]
        if len(found) < _MOST:
            return found
    return found[-(_MOST - 1) :]


def joined(limits: Sequence[float], values: NDArray[np.float64]) -> tuple[list[float], list[int]]:
    """Return the limits and sizes of classes that each hold enough customers to be told; smaller ones are joined with their neighbours.

    Examples
    --------
    >>> joined([1.0, 2.0, 5.0], np.array([0.5] * 8 + [1.5] * 2 + [3.0] * 9 + [9.0]))
    ([1.0], [8, 12])
    """
    sizes = np.bincount(np.searchsorted(limits, values, side="right"), minlength=len(limits) + 1).tolist()
    kept: list[float] = []
    found: list[int] = [0]
    for limit, size, following in zip([*limits, math.inf], sizes, [*sizes[1:], 0], strict=True):
        found[-1] += size
        if found[-1] >= FLOOR and following > 0 and math.isfinite(limit):
            kept.append(limit)
            found.append(0)
    while len(found) > 1 and found[-1] < FLOOR:
        small = found.pop()
        found[-1] += small
        kept.pop()
    return kept, found


def _classes(found: Worth, values: NDArray[np.float64], currency: str) -> tuple[Picture, ...]:
    limits, sizes = joined(edges(values), values)
    if len(sizes) < 2:
        return ()
    told = [bare(found, limit, currency) for limit in limits]
    words = [f"under {told[0]}", *(f"{low} to {high}" for low, high in pairwise(told)), f"{told[-1]} or more"]
    what = "expected value per customer" if found.money else "expected purchases per customer"
    caption = (
        f"Customers by what each is expected to {verb(found)} in the next {horizon(found)}. What it will be in the end differs more than this: an expectation "
        f"is a mean over what may happen. n = {count(len(values))} customers"
    )
    alt = "; ".join(f"{word}: {share(size / len(values))} of customers" for word, size in zip(words, sizes, strict=True)) + "."
    figure = drawn.spread(words, sizes, title="")
    return (Picture("value-spread", figure, caption, alt, title=f"{what[:1].upper()}{what[1:]}"),)


def _concentration(found: Worth, values: NDArray[np.float64]) -> tuple[Picture, ...]:
    depths = [depth for depth in _DEPTHS if depth * len(values) >= _GROUP or depth >= _TENTH]
    held = _held(values, depths)
    if not held or _TENTH * len(values) < FLOOR:
        return ()
    what = "expected value" if found.money else "expected purchases"
    caption = (
        f"Share of all {what} held by the most valuable customers: the further the line rises above the dashes, the more hangs on few. "
        f"n = {count(len(values))} customers"
    )
    alt = "; ".join(f"the most valuable {share(depth)} hold {share(part)}" for depth, part in zip(depths, held, strict=True)) + "."
    return (Picture("value-concentration", drawn.concentration(depths, held, what=what), caption, alt, title="How much hangs on few"),)
