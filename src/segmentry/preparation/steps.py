"""One step per column of the clustered space: fill, transform, draw in, centre, scale, weigh; learned once, frozen, applied to batches.

``z = weight * (clip(transform(x), low, high) - centre) / scale``, missing values filled with the median of the transformed scale.

* Numbers: centre and scale are mean and standard deviation (ddof 0) of the values drawn in to median ± 5 robust deviations; so plain
  columns come out plainly standardised, and one customer of 1e18 changes nothing. Only where more than 1 % lie beyond the bounds (a
  heavy tail even after the transform) are they median and robust deviation.
* Flags: the deviation counts as at least 0.3, so that a rare flag does not outweigh everything else.
* Missing values of 1 % or more: an indicator column of scale 1.
* Categories (only by name): one column per level, not scaled, so that two customers of different levels are as far apart as two customers
  are in a standardised number on average (squared distance 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, Problem
from segmentry.matrix import Column
from segmentry.preparation.robust import LIMIT, bounds, deviation, drawn_in, spread
from segmentry.preparation.transforms import choose_transform, transformed
from segmentry.preparation.words import percent

INDICATED = 0.01
HEAVY = 0.01
RARE_FLAG = 0.3
MOST_LEVELS = 20
LEVEL_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Step:
    """How one column of the clustered space is made from one column of a matrix.

    Parameters
    ----------
    name : str
        Column of the matrix.
    transform : {"none", "log1p", "signed log", "level", "missing"}
        "level": 1 where the category has `level`; "missing": 1 where there is no value.
    centre, scale, weight : float
    fill : float
        Stands for a missing value, on the transformed scale.
    low, high : float
        Bounds of the transformed scale; values beyond are drawn in to them.
    level : str
        Of a category; else empty.
    missing : float
        Share of customers without a value when it was learned, 0 to 1.
    beyond : int
        Customers that were drawn in to the bounds when it was learned.
    heavy_tailed : bool
        True when median and robust deviation were used.
    reason : str
        Why so, in words.
    words : str
        Label of the feature for people.
    """

    name: str
    transform: Literal["none", "log1p", "signed log", "level", "missing"]
    centre: float = 0.0
    scale: float = 1.0
    weight: float = 1.0
    fill: float = 0.0
    low: float = 0.0
    high: float = 1.0
    level: str = ""
    missing: float = 0.0
    beyond: int = 0
    heavy_tailed: bool = False
    reason: str = ""
    words: str = ""

    @property
    def label(self) -> str:
        """Name of the column it makes: the feature, "feature: level" or "feature (missing)"."""
        if self.transform == "level":
            return f"{self.name}: {self.level}"
        return f"{self.name} (missing)" if self.transform == "missing" else self.name

    def apply(self, column: Column, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standardised column, shape (n,), finite; a row has the same bits in any batch.

        Raises
        ------
        Degenerate
            When a value is infinite.
        """
        standard: NDArray[np.float64] = self.weight * ((self.drawn(column, values, self.fill) - self.centre) / self.scale)
        return standard

    def drawn(self, column: Column, values: NDArray[np.float64], fill: float = np.nan) -> NDArray[np.float64]:
        """Return the values on the transformed scale, drawn in to the bounds, missing ones as `fill`, shape (n,)."""
        if self.transform == "missing":
            return np.where(np.isnan(values), 1.0, 0.0)
        if self.transform == "level":
            code = column.levels.index(self.level) if self.level in column.levels else -1
            return np.where(values == code, 1.0, 0.0)
        check_finite(column.name, values)
        scaled = transformed(np.clip(values, -LIMIT, LIMIT), self.transform)
        bounded: NDArray[np.float64] = np.clip(scaled, self.low, self.high)
        return np.where(np.isnan(scaled), fill, bounded)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that cannot help to tell customers apart, and why."""

    name: str
    code: Literal["all_missing", "constant_column", "almost_constant_column", "duplicate_column", "too_many_levels"]
    reason: str
    words: str = ""


def check_finite(name: str, values: NDArray[np.float64]) -> None:
    """Raise `Degenerate` when `values` hold an infinity."""
    infinite = int(np.isinf(values).sum())
    if infinite:
        reason = f"{infinite:,} of {values.size:,} values are infinite; only finite numbers and missing values can be used"
        raise Degenerate(Problem("INFINITE_VALUES", reason, "correct them at their source or leave them empty", column=name))


def learn_number(column: Column, values: NDArray[np.float64], weight: float) -> Step | Dropped:
    """Learn the step of a numeric column from `values`, shape (n,), NaN where missing."""
    check_finite(column.name, values)
    known = np.clip(values[~np.isnan(values)], -LIMIT, LIMIT)
    if known.size == 0:
        return Dropped(column.name, "all_missing", "no customer has a value", column.words)
    if known.min() == known.max():
        return Dropped(column.name, "constant_column", "every customer has the same value", column.words)
    transform, reason = choose_transform(known, column.kind)
    scaled = transformed(known, transform)
    low, high = (float(scaled.min()), float(scaled.max())) if column.kind == "flag" else bounds(scaled)
    inner = np.clip(scaled, low, high)
    scale = deviation(inner)
    if scale == 0 or deviation(drawn_in(scaled)) == 0:
        return Dropped(column.name, "almost_constant_column", "all but a handful of customers have the same value", column.words)
    beyond = int(((scaled < low) | (scaled > high)).sum())
    heavy = beyond > HEAVY * known.size
    centre = float(np.median(scaled)) if heavy else float(inner.mean())
    scale = spread(scaled) if heavy else max(scale, RARE_FLAG if column.kind == "flag" else 0.0)
    missing = 1 - known.size / values.size
    words = _words(reason, beyond, missing, weight) + ("; heavy tail: median and robust deviation" if heavy else "")
    fill = float(np.clip(np.median(scaled), low, high))
    return Step(
        column.name,
        transform,
        centre,
        scale,
        weight,
        fill,
        low,
        high,
        missing=missing,
        beyond=beyond,
        heavy_tailed=heavy,
        reason=words,
        words=column.words,
    )


def learn_missing(column: Column, values: NDArray[np.float64], weight: float) -> Step | None:
    """Return the indicator step of a column that lacks 1 % of its values or more, else None."""
    share = float(np.isnan(values).mean())
    if not INDICATED <= share < 1:
        return None
    reason = f"{percent(share)} of the values are missing: marked by a column of its own"
    return Step(column.name, "missing", share, weight=weight, missing=share, reason=reason, words=column.words)


def learn_levels(column: Column, values: NDArray[np.float64]) -> list[Step] | Dropped:
    """Learn one step per level of a category from its codes, shape (n,); levels below 1 % of customers stand together."""
    known = values[~np.isnan(values)].astype(np.int64)
    if known.size == 0:
        return Dropped(column.name, "all_missing", "no customer has a value", column.words)
    counts = np.bincount(known, minlength=len(column.levels))
    order = sorted(np.flatnonzero(counts >= max(2, LEVEL_SHARE * known.size)), key=lambda code: (-counts[code], column.levels[code]))
    if not order:
        reason = f"it has {int((counts > 0).sum()):,} levels, none with {percent(LEVEL_SHARE)} of the customers"
        return Dropped(column.name, "too_many_levels", reason, column.words)
    if counts[order[0]] == values.size:
        return Dropped(column.name, "constant_column", "every customer has the same value", column.words)
    reason = "one column per level; two different levels are as far apart as two customers are in a number"
    missing = 1 - known.size / values.size
    shares = counts / values.size
    return [
        Step(column.name, "level", float(shares[code]), level=column.levels[code], missing=missing, reason=reason, words=column.words)
        for code in order[:MOST_LEVELS]
    ]


def _words(reason: str, beyond: int, missing: float, weight: float) -> str:
    parts = [reason]
    if beyond:
        parts.append(f"{beyond:,} extreme {'value' if beyond == 1 else 'values'} drawn in to median ± 5 robust deviations")
    if missing:
        parts.append(f"{percent(missing)} missing, filled with the median here only")
    if weight != 1:
        parts.append(f"weight {weight:.2f}: one of a family of shares")
    return "; ".join(parts)
