"""Columns that a linear model can use: levels one by one, numbers in straight pieces, missing values marked.

A column of a category, or of few different values (codes are common), becomes one column per level. Any other number is drawn in to its 1 % and 99 % points
and standardised; where columns are few, its slope may change at the terciles. Missing numbers count as the median and are marked. Everything is learned from
features alone, so it may be learned from customers who are judged later.

When NOT to use: for text, or for categories of hundreds of levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW_VALUES = 8
FEW_COLUMNS = 40
RARE = 0.005


@dataclass(frozen=True, slots=True)
class Piece:
    """One column of a basis.

    Parameters
    ----------
    place : int
        Column of the values it is made of.
    kind : {"level", "number", "bend", "missing"}
    at : float
        The level, or where the slope changes.
    low, high, fill : float
        Where a number is drawn in, and what stands for a missing one.
    centre, scale : float
    """

    place: int
    kind: str
    at: float = 0.0
    low: float = 0.0
    high: float = 0.0
    fill: float = 0.0
    centre: float = 0.0
    scale: float = 1.0

    def raw(self, column: Floats) -> Floats:
        """Return the piece before centring, shape (m,)."""
        if self.kind == "missing":
            return np.asarray(np.isnan(column), dtype=np.float64)
        if self.kind == "level":
            return np.asarray(column == self.at, dtype=np.float64)
        number = np.clip(np.where(np.isnan(column), self.fill, column), self.low, self.high)
        return np.asarray(number if self.kind == "number" else np.maximum(0.0, number - self.at))


@dataclass(frozen=True, slots=True)
class Basis:
    """What was learned; apply it to any values with the same columns.

    Parameters
    ----------
    pieces : tuple of Piece
    """

    pieces: tuple[Piece, ...]

    def apply(self, values: Floats) -> Floats:
        """Return the columns, shape (m, q), of mean 0 and variance 1 over the customers it was learned from."""
        points = np.empty((len(values), len(self.pieces)))
        for place, piece in enumerate(self.pieces):
            points[:, place] = (piece.raw(values[:, piece.place]) - piece.centre) / piece.scale
        return points


def learn_basis(values: Floats, categories: tuple[bool, ...] = (), *, most_bending: int = FEW_COLUMNS) -> Basis:
    """Return the basis of these values.

    Parameters
    ----------
    values : float array, shape (n, p)
    categories : tuple of bool, length p
        Columns that hold codes; () means none.
    most_bending : int
        With more columns than this every number is one straight line.

    Examples
    --------
    >>> basis = learn_basis(np.array([[1.0, 5.0], [2.0, 5.0], [1.0, 5.0], [2.0, 5.0]]))
    >>> basis.apply(np.array([[2.0, 5.0]])).tolist()
    [[1.0]]
    """
    flags = categories or (False,) * values.shape[1]
    bending = values.shape[1] <= most_bending
    pieces: list[Piece] = []
    for place in range(values.shape[1]):
        pieces.extend(_pieces(place, values[:, place], category=flags[place], bending=bending))
    return Basis(tuple(pieces))


def _pieces(place: int, column: Floats, *, category: bool, bending: bool) -> list[Piece]:
    known = column[~np.isnan(column)]
    found = [Piece(place, "missing")] if len(known) < len(column) else []
    levels, counts = np.unique(known, return_counts=True)
    if category or len(levels) <= FEW_VALUES:
        common = levels[counts >= RARE * len(column)]
        # The first is what the others are compared with.
        found += [Piece(place, "level", at=float(level)) for level in common[1:]]
    else:
        low, first, middle, second, high = (float(each) for each in np.quantile(known, [0.01, 1 / 3, 0.5, 2 / 3, 0.99]))
        found.append(Piece(place, "number", low=low, high=high, fill=middle))
        if bending:
            found += [Piece(place, "bend", at=knot, low=low, high=high, fill=middle) for knot in (first, second)]
    scaled = [_scaled(piece, column) for piece in found]
    return [piece for piece in scaled if piece.scale > 0]


def _scaled(piece: Piece, column: Floats) -> Piece:
    raw = piece.raw(column)
    # What differs for next to nobody would be blown up by its own small deviation.
    scale = float(raw.std()) if piece.kind in ("number", "bend") or raw.mean() >= RARE else 0.0
    return Piece(piece.place, piece.kind, piece.at, piece.low, piece.high, piece.fill, float(raw.mean()), scale)
