"""Results of the segments package that pages, files and models read: one place, frozen, plain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidate:
    """One number of segments that was tried, with its figures in the space that was clustered; None where a figure was not asked for or has no meaning.

    Parameters
    ----------
    k : int
    inertia : float
        Sum of squared distances to the mean of the own segment; lower is better.
    silhouette : float
        −1 to 1, higher is better; `silhouette_error` is its standard error when it rests on a sample.
    calinski_harabasz, davies_bouldin : float
        From 0; higher, and lower, is better.
    smallest : int
        Customers in the smallest segment.
    silhouette_sample : int
        Customers the silhouette rests on.
    gap, gap_error : float or None
        Gap statistic against one group, and the error its rule uses; higher is better.
    stability : float or None
        Mean agreement (adjusted Rand index) of refits on bootstrap resamples.
    bic, aic : float or None
        Of methods with a likelihood; lower is better.
    unassigned : int
        Customers in no segment (density only).
    """

    k: int
    inertia: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    smallest: int
    silhouette_sample: int
    silhouette_error: float | None = None
    gap: float | None = None
    gap_error: float | None = None
    stability: float | None = None
    bic: float | None = None
    aic: float | None = None
    unassigned: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice of k by one method, why, what the rivals had to say, and which k could not be tried."""

    k: int
    by_k: tuple[Candidate, ...]
    reason: str
    rivals: tuple[str, ...]
    space: str
    left_out: tuple[str, ...] = ()
    method: str = "kmeans"

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was chosen; None when its figures were not kept."""
        return next((each for each in self.by_k if each.k == self.k), None)


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
        1 … k by share of revenue (or of customers, without revenue); 0 for customers set aside by rule, −1 for customers in no segment.
    name : str
        In a marketer's words, deterministic, unique in the segmentation.
    kind : {"cluster", "set aside", "unassigned"}
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
    kind: Literal["cluster", "set aside", "unassigned"]
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


@dataclass(frozen=True, slots=True)
class Gap:
    """Whether two neighbouring segments have a gap between them.

    Parameters
    ----------
    segments : (int, int)
        Their ids.
    dip : float
        Dip of their customers along the line between the two centres, both segments weighted alike, times the root of the number of customers that is worth.
    reference : float
        What 95 % of neighbouring slices of one group stay below.
    apart : bool
    """

    segments: tuple[int, int]
    dip: float
    reference: float
    apart: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """Whether the segments are groups of their own or slices of one group.

    Parameters
    ----------
    verdict : {"segments", "slices", "not enough data"}
    words : str
        The verdict and what it rests on, for people.
    k : int
    silhouette, split_half : float
        Of the segments, and the agreement (adjusted Rand index) of two fits on disjoint halves, on the customers tested.
    reference_silhouette, reference_split_half : (float, float)
        Mean and upper quantile (99 %, 95 %) over draws of one group with the data's covariance, skewness and bounds.
    p_value : float
        Share of the draws whose silhouette is as high, the data counted in.
    gaps : tuple of Gap
        One per pair of neighbours.
    reference_dip : float
        What the median dip over the pairs stays below in 99 % of the draws.
    customers, draws : int
        On which it rests. Testing stops early once the draws have decided against segments.
    better : int
        Another number of segments that passes the same test; 0 when none does or none was tried.
    gap, reference_gap : float
        How much lower the logarithm of the spread within segments is than on average in the draws, and what 99 % of the draws stay below.
    """

    verdict: Literal["segments", "slices", "not enough data"]
    words: str
    k: int
    silhouette: float = 0.0
    reference_silhouette: tuple[float, float] = (0.0, 0.0)
    p_value: float = 1.0
    split_half: float = 0.0
    reference_split_half: tuple[float, float] = (0.0, 0.0)
    gaps: tuple[Gap, ...] = ()
    reference_dip: float = 0.0
    customers: int = 0
    draws: int = 0
    better: int = 0
    gap: float = 0.0
    reference_gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Stability:
    """How much of a segmentation comes back when other customers of the same kind had been seen.

    Parameters
    ----------
    ari, ari_low : float
        Mean and 5 % quantile of the adjusted Rand index between the segments and refits on bootstrap resamples.
    jaccard : tuple of float
        Per segment, in the order of `ids`: mean overlap with the most similar segment of each refit (Hennig 2007).
        From .75 stable, below .6 not to be trusted.
    votes : float array, shape (n,)
        Share of the refits in which a customer falls into the segment matched to the own one.
    resamples, sampled : int
        Number of refits, and customers drawn for each.
    ids : tuple of int
        Ids of the segments; empty means 1 … k.
    """

    ari: float
    ari_low: float
    jaccard: tuple[float, ...]
    votes: NDArray[np.float64]
    resamples: int
    sampled: int
    ids: tuple[int, ...] = ()

    @property
    def overlaps(self) -> dict[int, float]:
        """Overlap by segment id."""
        return dict(zip(self.ids or range(1, len(self.jaccard) + 1), self.jaccard, strict=True))
