"""Buyers whose rhythm and whose leaving are known, for the tests of churn risk, states and retention; times are days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# So many gaps are drawn for each buyer: more than 12 times the usual number in the time that is looked at are wanted by one buyer in millions.
PLENTY = 12


@dataclass
class Buyers:
    """What a day of looking back sees of each buyer, and the truth behind it."""

    frequency: np.ndarray
    recency: np.ndarray
    tenure: np.ndarray
    deviation: np.ndarray
    longest: np.ndarray
    since_longest: np.ndarray
    waiting: np.ndarray  # from now to the next purchase; infinite for those who have left
    last: np.ndarray  # from the first purchase to the last one ever

    @property
    def history(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.frequency, self.recency, self.tenure


def buyers(n: int, seed: int, *, leaving: str, shape: float = 1.0, days: float = 700.0, usual: float = 40.0) -> Buyers:
    """Return buyers who leave after purchases ("purchases"), at any time ("time") or never ("never")."""
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(20, days, n)
    mean_gap = usual / rng.gamma(1.5, 1 / 1.5, n)
    most = max(60, round(PLENTY * days / usual))
    gaps = rng.gamma(shape, 1, (n, most)) * (mean_gap / shape)[:, None]
    times = np.cumsum(gaps, axis=1)
    if leaving == "purchases":
        stays = rng.random((n, most)) >= rng.beta(1.0, 4.0, n)[:, None]
        comes = np.cumprod(stays, axis=1, dtype=bool)
    else:
        comes = times < (rng.exponential(300, n)[:, None] if leaving == "time" else np.inf)
    return observed(np.where(comes, times, np.inf), tenure)


def observed(times: np.ndarray, tenure: np.ndarray) -> Buyers:
    """Return what is seen of repeat purchases at `times` after the first (infinite for never), up to each one's tenure."""
    seen = times <= tenure[:, None]
    k = seen.sum(axis=1)
    every = np.column_stack([np.zeros(len(k)), np.where(seen, times, np.nan)])
    gap = np.diff(every, axis=1)
    some = k > 0
    recency = np.nanmax(every, axis=1)
    filled = np.where(np.isnan(gap), -1, gap)
    place = filled.argmax(axis=1)
    mean = recency / np.maximum(k, 1)
    deviation = np.sqrt(np.nansum((gap - mean[:, None]) ** 2, axis=1) / np.maximum(k, 1))
    later = np.where(seen, np.inf, times).min(axis=1)
    return Buyers(
        frequency=k.astype(float),
        recency=recency,
        tenure=tenure,
        deviation=np.where(some, deviation, np.nan),
        longest=np.where(some, filled.max(axis=1), np.nan),
        since_longest=np.where(some, tenure - np.take_along_axis(every[:, 1:], place[:, None], axis=1)[:, 0], np.nan),
        waiting=later - tenure,
        last=np.where(np.isfinite(times), times, 0).max(axis=1),
    )
