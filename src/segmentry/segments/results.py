"""Results of the segments package that pages, files and models read: one place, frozen, plain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number of segments that was tried, with its figures in the space that was clustered.

    Silhouette is in −1 … 1 (higher is better), Davies-Bouldin from 0 (lower is better), Calinski-Harabasz from 0 (higher is better).
    """

    k: int
    inertia: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    smallest: int
    silhouette_sample: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice of k, why, what the rivals had to say, and which k could not be tried."""

    k: int
    by_k: tuple[Candidate, ...]
    reason: str
    rivals: tuple[str, ...]
    space: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """How a segment differs from the other customers in one feature.

    Parameters
    ----------
    name : str
        Feature.
    effect : float
        Standardised mean difference to all other customers (numbers), or difference of shares over the pooled deviation (flags, levels of categories).
    level : str
        Of a category: the level it is about; else empty.
    segment, others : float
        Mean (numbers) or share (flags and levels), in the feature's own unit.
    """

    name: str
    effect: float
    segment: float
    others: float
    level: str = ""


@dataclass(frozen=True, slots=True)
class Range:
    """Quartiles and mean of one feature in one segment, in its own unit; `n` customers have a value."""

    name: str
    q1: float
    median: float
    q3: float
    mean: float
    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """Share of a segment's customers (or of its spend) that falls to one level of a category."""

    name: str
    level: str
    share: float
    overall: float
    n: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """A suggested strategy: always a suggestion, never a promise."""

    title: str
    action: str
    offer: str
    channel: str
    measure: str


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """Who is in a segment.

    Parameters
    ----------
    id : int
        1 … k by share of revenue (or of customers, without revenue); 0 for customers set aside by rule.
    name : str
        In a marketer's words, deterministic, unique in the segmentation.
    kind : {"cluster", "set aside"}
    customers : int
    share : float
        Share of all customers, 0 to 1.
    revenue, revenue_share : float or None
        None when the data has no amounts.
    summary : str
        Two sentences in plain words.
    consequences : tuple of str
        What follows for range, price, channels and sites, where the data speaks of them.
    """

    id: int
    name: str
    kind: Literal["cluster", "set aside"]
    customers: int
    share: float
    revenue: float | None
    revenue_share: float | None
    ranges: tuple[Range, ...]
    shares: tuple[Share, ...]
    differences: tuple[Difference, ...]
    summary: str = ""
    consequences: tuple[str, ...] = ()
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """Principal components of the clustered space, for maps only.

    Parameters
    ----------
    points : float array, shape (m, 3)
        A stratified sample of customers (third column zero when the space has two dimensions).
    segments : int array, shape (m,)
        Segment ids of the sample.
    explained : tuple of float
        Share of variance explained by each component.
    loadings : tuple of (str, tuple of float)
        Per feature its weight in each component.
    sampled_from : int
    """

    points: NDArray[np.float64]
    segments: NDArray[np.int64]
    explained: tuple[float, ...]
    loadings: tuple[tuple[str, tuple[float, ...]], ...]
    sampled_from: int
