"""Lots drawn anew: what the treated arm would hold if customers had been given out differently.

Of most customers nothing has to be moved: whoever bought nothing adds nothing. So of each new lot only is drawn how many customers with something
fall to the treated arm (hypergeometric) and which. Of very many, those with the largest amounts are moved one by one and the sums of the rest are
drawn from the normal distribution with the mean and covariance that drawing without replacement gives them (Hájek 1960): with several thousand of
them, none of which is among the largest, it is as good as the same.

When NOT to use: nothing here is a test; see `permutation`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEAD = 4000
_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Lots:
    """Sums over the treated arm: as it was, as it might have been, and over all customers.

    Columns are c, t, z, c², t², cz, tz, z²: c is the outcome of customers of the control and 0 for the others, t that of the treated, z what the time
    before foretells of them.

    Parameters
    ----------
    customers : (int, int)
        Of control and treated.
    real : float array, shape (1, 8)
    drawn : float array, shape (r, 8)
    whole : float array, shape (8,)
    """

    customers: tuple[int, int]
    real: Floats
    drawn: Floats
    whole: Floats


def redraw(control: Floats, treated: Floats, *, resamples: int, seed: int, head: int = HEAD) -> Lots:
    """Give out the customers anew, again and again.

    Parameters
    ----------
    control, treated : float array, shape (n, 2)
        Outcome, and what the time before foretells (0 when there is nothing).
    resamples, seed : int
    head : int
        How many customers are moved one by one at most.

    Returns
    -------
    Lots
        The same whatever the order of the rows.

    Examples
    --------
    >>> found = redraw(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 0.0]]), resamples=3, seed=1)
    >>> found.real[0, :2].tolist(), found.whole[:2].tolist(), found.drawn.shape
    ([0.0, 2.0], [1.0, 2.0], (3, 8))
    """
    some = np.concatenate([_columns(control, 0), _columns(treated, 1)])
    mine = np.r_[np.zeros(len(some) - _active(treated), dtype=bool), np.ones(_active(treated), dtype=bool)]
    real = some[mine].sum(axis=0)[None, :]
    order = np.argsort(-np.abs(some[:, 0] + some[:, 1] - some[:, 2]), kind="stable")
    some = some[order]
    counts = (len(control), len(treated))
    rng = np.random.default_rng(seed)
    nothing = sum(counts) - len(some)
    taken = rng.hypergeometric(len(some), nothing, counts[1], resamples) if len(some) else np.zeros(resamples, dtype=np.int64)
    first, rest = some[:head], some[head:]
    if not len(rest):
        return Lots(counts, real, _one_by_one(first, taken, rng), some.sum(axis=0))
    among = rng.hypergeometric(len(first), len(rest), taken)
    return Lots(counts, real, _one_by_one(first, among, rng) + _together(rest, taken - among, rng), some.sum(axis=0))


def _active(values: Floats) -> int:
    return int((values != 0).any(axis=1).sum())


def _columns(values: Floats, arm: int) -> Floats:
    kept = values[(values != 0).any(axis=1)]
    outcome, score = kept[np.lexsort((kept[:, 1], kept[:, 0]))].T
    nought = np.zeros(len(kept))
    control, treated = (nought, outcome) if arm else (outcome, nought)
    return np.stack([control, treated, score, control**2, treated**2, control * score, treated * score, score**2], axis=1)


def _one_by_one(rows: Floats, taken: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Return the sums of `taken` of the rows, drawn without replacement, one draw each."""
    many = len(rows)
    sums = np.empty((len(taken), rows.shape[1]))
    step = max(1, _CELLS // max(1, many))
    # Sums by einsum: a library that spreads them over threads would change their last bits.
    for start in range(0, len(taken), step):
        part = taken[start : start + step]
        ranks = rng.permuted(np.broadcast_to(np.arange(many, dtype=np.int32), (len(part), many)), axis=1)
        sums[start : start + step] = np.einsum("ij,jk->ik", (ranks < part[:, None]).astype(np.float64), rows)
    return sums


def _together(rows: Floats, taken: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Return the same from the normal distribution."""
    many = len(rows)
    mean = rows.mean(axis=0)
    away = rows - mean
    scale = np.sqrt((away**2).mean(axis=0))
    scale[scale == 0] = 1.0
    away = away / scale
    sizes, ways = np.linalg.eigh(np.einsum("ij,ik->jk", away, away) / many)
    root = ways * np.sqrt(np.maximum(sizes, 0.0))
    noise = np.einsum("ij,kj->ik", rng.standard_normal((len(taken), rows.shape[1])), root) * scale
    share = taken * (many - taken) / max(1, many - 1)
    return np.asarray(taken[:, None] * mean + np.sqrt(share)[:, None] * noise)
