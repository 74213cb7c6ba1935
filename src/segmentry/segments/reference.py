"""What the data would look like if all customers were one group: the reference of the test for structure.

A Gaussian cloud is drawn and each of its columns is bent, by a monotone map, into a shape with one peak:

* the distribution nearest to the column's own among those with one peak (density rising up to a mode and falling after it: convex, then
  concave distribution function; Hartigan and Hartigan 1985), so it keeps skewness, tails and bounds, from a box to a lognormal, but
  not a second peak;
* point masses at the lowest, the highest and the most common value keep their shares (many customers at 0 is a threshold on one group,
  not a second group), and so do both values of a flag;
* a column with few different values keeps these values;
* levels of a category are cut from one latent number, so that each customer has one of them.

The latent correlations are adjusted until the bent columns have the data's correlations. Not for data whose columns depend on each
other in ways that correlations do not see: such dependence counts as structure here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.segments.dip import hull

SPIKE = 0.02
LATTICE = 100
_KNOTS = 129
_MODES = 17
_TRIALS = 4_000
_ROUNDS = 4

Bend = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Reference:
    """One group with the data's covariance, skewness and bounds.

    Parameters
    ----------
    root : float array, shape (q, q)
        Root of the latent correlation matrix.
    bends : tuple of callable
        From shares 0 to 1 to values, one per latent column; monotone.
    places : tuple of tuple of int
        Columns of the clustered space each latent column makes; several for the levels of one category.
    levels : tuple of float array
        Per latent column the rows that stand for its levels; empty for numbers.
    """

    root: NDArray[np.float64]
    bends: tuple[Bend, ...]
    places: tuple[tuple[int, ...], ...]
    levels: tuple[NDArray[np.float64], ...]

    def draw(self, size: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """Return `size` points of the group, shape (size, p)."""
        codes = _bent(generator.standard_normal((size, len(self.bends))) @ self.root.T, self.bends)
        points = np.empty((size, sum(len(places) for places in self.places)))
        for column, (places, rows) in enumerate(zip(self.places, self.levels, strict=True)):
            points[:, list(places)] = rows[codes[:, column].astype(np.intp)] if len(rows) else codes[:, [column]]
        return points


def one_group(points: NDArray[np.float64], exclusive: Sequence[Sequence[int]] = (), *, seed: int = 0) -> Reference:
    """Learn the reference of `points`, shape (n, p).

    Parameters
    ----------
    points : float array, shape (n, p)
        In the space that was clustered.
    exclusive : sequence of sequences of int
        Columns that are the levels of one category.
    seed : int
        Of the draws that adjust the correlations.

    Examples
    --------
    >>> box = np.random.default_rng(0).uniform(size=(1000, 2))
    >>> drawn = one_group(box).draw(5000, np.random.default_rng(1))
    >>> np.array([drawn.min(), drawn.mean(), drawn.max()]).round(1).tolist()
    [0.0, 0.5, 1.0]
    """
    together = [tuple(group) for group in exclusive if len(group) > 1]
    taken = {place for group in together for place in group}
    places = tuple([(place,) for place in range(points.shape[1]) if place not in taken] + together)
    columns, bends, levels = [], [], []
    for group in places:
        codes, rows = (points[:, group[0]], np.empty((0, 1))) if len(group) == 1 else _ordered(points, group)
        columns.append(codes)
        bends.append(single_peak(codes))
        levels.append(rows)
    data = np.column_stack(columns)
    return Reference(_latent_root(data, tuple(bends), seed), tuple(bends), places, tuple(levels))


def single_peak(values: NDArray[np.float64]) -> Bend:
    """Return the quantile function of the one-peaked shape nearest to `values`, shape (n,), point masses kept.

    Examples
    --------
    >>> bend = single_peak(np.array([0.0] * 50 + [1.0, 2.0, 3.0, 4.0, 5.0] * 10))
    >>> bend(np.array([0.1, 0.49, 0.55, 0.99])).tolist()
    [0.0, 0.0, 1.0, 5.0]
    """
    distinct, counts = np.unique(values, return_counts=True)
    atoms = _atoms(distinct, counts)
    rest = np.delete(distinct, atoms)
    weights = np.delete(counts, atoms) / values.size
    if not len(rest):
        return _stepping(distinct, np.cumsum(counts) / values.size)
    if len(distinct) <= LATTICE:
        shares = counts / values.size
        shares[np.setdiff1d(np.arange(len(distinct)), atoms)] = np.diff(
            _unimodal(np.arange(len(rest) + 1.0), np.concatenate([[0.0], weights.cumsum()]))
        )
        return _stepping(distinct, shares.cumsum())
    return _mixing(rest, weights, distinct[atoms], counts[atoms] / values.size)


def _atoms(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> list[int]:
    if len(distinct) <= 2:
        return list(range(len(distinct)))
    share = counts / counts.sum()
    return sorted({place for place in (0, int(counts.argmax()), len(distinct) - 1) if share[place] >= SPIKE})


def _stepping(values: NDArray[np.float64], cumulated: NDArray[np.float64]) -> Bend:
    edges = cumulated[:-1] / cumulated[-1]
    return lambda shares: values[np.searchsorted(edges, shares, side="left")]


def _mixing(rest: NDArray[np.float64], weights: NDArray[np.float64], atoms: NDArray[np.float64], masses: NDArray[np.float64]) -> Bend:
    cumulated = np.concatenate([[0.0], weights.cumsum()[1:]])
    kept = _knots(len(rest))
    knots, smooth = rest[kept], _unimodal(rest[kept], cumulated[kept])
    ends = np.interp(atoms, knots, smooth) + masses.cumsum()

    def bend(shares: NDArray[np.float64]) -> NDArray[np.float64]:
        passed = (shares[:, None] >= ends) @ masses
        values: NDArray[np.float64] = np.interp(shares - passed, smooth, knots)
        for atom, mass, end in zip(atoms, masses, ends, strict=True):
            values = np.where((shares >= end - mass) & (shares < end), atom, values)
        return values

    return bend


def _knots(count: int) -> NDArray[np.intp]:
    """Evenly spaced ranks, and closer ones towards both ends, where a tail is long."""
    last = count - 1
    ends = 2 ** np.arange(int(np.log2(max(last, 1))) + 1) - 1
    return np.unique(np.concatenate([np.linspace(0, last, _KNOTS).astype(np.intp), ends, last - ends]))


def _unimodal(places: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convex up to a mode and concave after it, the mode where that stays nearest to `heights`."""
    best, nearest = heights, np.inf
    for mode in np.unique(np.linspace(0, len(places) - 1, _MODES).astype(np.intp)):
        left = hull(heights[: mode + 1], places[: mode + 1])
        right = -hull(-heights[mode:], places[mode:])
        curve = np.concatenate([left, right[1:]])
        distance = float(np.abs(curve - heights).max())
        if distance < nearest:
            best, nearest = curve, distance
    return best


def _ordered(points: NDArray[np.float64], group: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Codes of a category's levels in the order of what goes with them, shape (n,), and the rows they stand for."""
    rows, codes = np.unique(points[:, list(group)], axis=0, return_inverse=True)
    others = np.delete(points, list(group), axis=1)
    if not others.shape[1]:
        return codes.ravel().astype(np.float64), rows
    centred = others - others.mean(axis=0)
    score = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    means = np.bincount(codes.ravel(), weights=score) / np.bincount(codes.ravel())
    order = np.argsort(means, kind="stable")
    return np.argsort(order, kind="stable")[codes.ravel()].astype(np.float64), rows[order]


def _latent_root(data: NDArray[np.float64], bends: tuple[Bend, ...], seed: int) -> NDArray[np.float64]:
    wanted = _correlations(data)
    noise = np.random.default_rng(seed).standard_normal((_TRIALS, data.shape[1]))
    latent = wanted
    for _ in range(_ROUNDS):
        latent = _valid(latent + wanted - _correlations(_bent(noise @ _root(latent).T, bends)))
    return _root(latent)


def _bent(latent: NDArray[np.float64], bends: tuple[Bend, ...]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    shares = ndtr(latent)
    return np.column_stack([bend(shares[:, place]) for place, bend in enumerate(bends)])


def _correlations(data: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = data - data.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    standard = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    return _valid(standard.T @ standard)


def _valid(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with a diagonal of ones and no negative eigenvalue."""
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    mended = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(scale, scale), dtype=np.float64)


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.cholesky(matrix + 1e-9 * np.eye(len(matrix))), dtype=np.float64)
