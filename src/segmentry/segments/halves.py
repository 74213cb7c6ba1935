"""Do the segments differ in a feature more than slices of one group would? The F-test, why it cannot say, and two tests that can.

**The naive test.** One-way analysis of variance per feature, ``F = (SSB / (k - 1)) / (SSW / (n - k))`` (Fisher 1925), from the moments of each
segment, so that parts of a table add up. For a feature that was clustered on it is no test at all: the same values chose the segments, so k
slices of a single group differ beyond any doubt. It is kept because people ask for it, with this said beside it. Assigning a held-out
half by the frozen rule does not mend that: the rule reads the very values that are then compared.

**Features that were clustered on: does the separation exceed that of slices?** The customers are halved at random; one half is clustered,
the other assigned by the frozen rule, and the other way round. The figure is the share of the variance of the feature among the assigned
that lies between segments (eta², mean of the two directions; of a feature in several columns, of their sum), so a border that was drawn
around noise earns nothing. It is compared with the same figure on draws of one unimodal group with the data's covariance, skewness and bounds
(see `reference`), halved, clustered by the same method and assigned in the same way. Null hypothesis: the customers are one such group. p-values
are adjusted over the features by the largest standardised excess of each draw (Westfall and Young 1993, single step), because Monte Carlo p-values are
never below 1 / (draws + 1) and the ordinary corrections of them would drown a single true difference among many features. Exact up to how
well the reference stands for the data: any group at all rejects with probability about alpha.

**Features that were not clustered on: do customers differ in them across segments?** The plain F-test on the assigned half. Valid, since neither
borders nor assignment have seen the values: under the null hypothesis (the feature does not go with what was clustered on) the
segments are arbitrary groups. p-values by Benjamini and Hochberg (1995) over these features. It asks for neither equal nor normal
distributions when segments are large; with a few dozen customers in one, read it with care. Rejecting says that segments are useful to
tell customers apart in the feature, which slices are as well: it is no evidence for groups.

Not for categories that were not clustered on (see the shares in `drivers`), and not for whether a gap exists (see `structure`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.moments import Moments
from segmentry.preparation.learning import Preparation
from segmentry.preparation.robust import LIMIT
from segmentry.preparation.steps import Dropped, learn_number
from segmentry.segments.clustering import Fitter
from segmentry.segments.families import Family, families
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.reference import one_group
from segmentry.segments.structure import FEWEST, PER_SEGMENT, levels
from segmentry.segments.threads import one_thread

DRAWS = 99
ALPHA = 0.05
MOST_TESTED = 2_000
CAVEAT = (
    "The same customers chose the segments, so these figures would be large for slices of a single group as well: they say how far apart the "
    "segments were drawn, not that they exist."
)
Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Variance:
    """The naive F-test of one feature, of no worth as a test for features that were clustered on.

    Parameters
    ----------
    name : str
    f, p : float
        NaN when fewer than two segments have values or nothing varies inside them.
    eta2 : float
        Share of the variance that lies between segments, 0 to 1.
    groups, customers : int
        Segments with a value, and customers in them.
    """

    name: str
    f: float
    p: float
    eta2: float
    groups: int
    customers: int


@dataclass(frozen=True, slots=True)
class Replication:
    """What held-out halves say of one feature.

    Parameters
    ----------
    name, words : str
    used : bool
        Whether it was clustered on; that decides which test was made.
    eta2 : float
        Share of the variance between segments among customers assigned by a rule learned from others, 0 to 1.
    slices : (float, float) or None
        Mean of the same figure for slices of one group, and what 95 % of them stay below in all features at once; None for features that
        were not clustered on.
    p : float
        Adjusted over the features of its test.
    beyond : bool
        At p ≤ .05: more than slices give (used), or different across segments (not used).
    """

    name: str
    words: str
    used: bool
    eta2: float
    slices: tuple[float, float] | None
    p: float
    beyond: bool


@dataclass(frozen=True, slots=True)
class Halves:
    """Held-out halves: the features clustered on first, each group with the largest share of variance first.

    Parameters
    ----------
    features : tuple of Replication
    k, customers, draws : int
    """

    features: tuple[Replication, ...]
    k: int
    customers: int
    draws: int


def f_tests(parts: Sequence[Moments]) -> tuple[Variance, ...]:
    """Return the naive F-test of every column from the moments of each segment, about one shift.

    Raises
    ------
    UsageError
        When there are no parts.

    Examples
    --------
    >>> parts = [Moments.of(np.array(values)[:, None], ["x"]) for values in ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])]
    >>> found = f_tests(parts)[0]
    >>> round(found.f, 2), round(found.p, 4), round(found.eta2, 3)
    (13.5, 0.0213, 0.771)
    """
    if not parts:
        raise UsageError("f_tests received no moments; it needs those of one segment or more. Pass one Moments per segment.")
    counts, sums, squares = (
        np.array([np.diagonal(of) for of in each]) for each in zip(*((part.counts, part.sums, part.squares) for part in parts), strict=True)
    )
    return tuple(_variance(name, counts[:, place], sums[:, place], squares[:, place]) for place, name in enumerate(parts[0].names))


def halves(matrix: Matrix, preparation: Preparation, k: int, *, seed: int, fit: Fitter = fit_kmeans, draws: int = DRAWS) -> Halves:
    """Test every feature on held-out halves.

    Parameters
    ----------
    matrix : Matrix
        Clustered customers with all features, shape (n, p); at most 2,000 of them are drawn.
    preparation : Preparation
        Learned from all of them: it sets scales, no borders.
    k : int
        Number of segments.
    seed : int
    fit : Fitter
        The method, asked for quick fits.
    draws : int
        Of one group; 99 allow p = .01.

    Raises
    ------
    NotEnoughData
        With fewer than 100 customers, or 20 per segment.
    """
    needed = max(FEWEST, PER_SEGMENT * k)
    if len(matrix) < needed:
        reason = f"need at least {needed:,} customers to learn {k} segments from one half and test them on the other; found {len(matrix):,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or ask for fewer segments"))
    drawing, splitting, *others = np.random.SeedSequence(seed).spawn(draws + 2)
    rows = np.arange(len(matrix))
    if len(matrix) > MOST_TESTED:
        rows = np.sort(np.random.default_rng(drawing).choice(len(matrix), size=MOST_TESTED, replace=False))
    tested = matrix.take(rows)
    points = preparation.apply(tested)
    features = families(preparation, matrix.columns)
    with one_thread():
        observed, assigned = _replicated(points, k, features, fit, np.random.default_rng(splitting))
        reference = one_group(points, levels(preparation.steps), seed=seed)
        drawn = []
        for spawned in others:
            generator = np.random.default_rng(spawned)
            drawn.append(_replicated(reference.draw(len(points), generator), k, features, fit, generator)[0])
    used = _against_slices(features, observed, np.array(drawn))
    members = {member for feature in features for member in feature.members}
    return Halves((*used, *_not_used(tested, members, assigned, k)), k, len(points), draws)


def benjamini_hochberg(p: Floats) -> Floats:
    """Return p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995), shape (m,).

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    order = np.argsort(p, kind="stable")[::-1]
    ranks = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(p[order] * len(p) / ranks), 1.0) if len(p) else 0.0
    return adjusted


def _variance(name: str, counts: NDArray[np.int64], sums: Floats, squares: Floats) -> Variance:
    from scipy.special import fdtrc

    present = counts > 0
    n, groups = int(counts.sum()), int(present.sum())
    if groups < 1:
        return Variance(name, np.nan, np.nan, 0.0, 0, 0)
    between = float((sums[present] ** 2 / counts[present]).sum() - sums.sum() ** 2 / n)
    total = float(squares.sum() - sums.sum() ** 2 / n)
    # What is left of a constant column is rounding, not spread.
    total = total if total > 1e-12 * float(squares.sum()) else 0.0
    between = min(max(between, 0.0), total)
    eta2 = between / total if total > 0 else 0.0
    if groups < 2 or n <= groups or total - between <= 0:
        return Variance(name, np.nan, np.nan, eta2, groups, n)
    f = (between / (groups - 1)) / ((total - between) / (n - groups))
    return Variance(name, f, float(fdtrc(groups - 1, n - groups, f)), eta2, groups, n)


def _replicated(points: Floats, k: int, features: Sequence[Family], fit: Fitter, generator: np.random.Generator) -> tuple[Floats, Labels]:
    """Mean eta² of each feature over both directions, and the labels of the half that was assigned first; −1 for the others."""
    order = generator.permutation(len(points))
    one, other = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    shares, assigned = [], np.full(len(points), -1, dtype=np.int64)
    for learned, held in ((one, other), (other, one)):
        fitted = min(k, len(np.unique(points[learned], axis=0)))
        labels = fit(points[learned], fitted, seed=int(generator.integers(2**31)), quick=True).rule.assign(points[held])
        shares.append(_explained(points[held], labels, features))
        if held is other:
            assigned[held] = labels
    return np.mean(shares, axis=0), assigned


def _explained(points: Floats, labels: Labels, features: Sequence[Family]) -> Floats:
    """Share of the variance of each feature that lies between groups; points in no group are left out."""
    inside = labels >= 0
    rows, own = points[inside] - points[inside].mean(axis=0) if inside.any() else points[inside], labels[inside]
    counts = np.bincount(own)
    between = np.zeros(points.shape[1])
    for place in range(points.shape[1]):
        sums = np.bincount(own, weights=rows[:, place])
        between[place] = (sums[counts > 0] ** 2 / counts[counts > 0]).sum()
    total = (rows**2).sum(axis=0)
    parts = [(between[list(each.places)].sum(), total[list(each.places)].sum()) for each in features]
    return np.array([part / whole if whole > 0 else 0.0 for part, whole in parts])


def _against_slices(features: Sequence[Family], observed: Floats, drawn: Floats) -> list[Replication]:
    """Each draw, the data among them, is measured against all together, so that under the null hypothesis none is special."""
    every = np.vstack([observed, drawn])
    spread = every.std(axis=0)
    excess = np.divide(every - every.mean(axis=0), spread, out=np.zeros_like(every), where=spread > 0)
    highest = excess.max(axis=1)
    # Whatever exceeds this has an adjusted p of alpha or less.
    limit = float(np.sort(highest)[::-1][int(ALPHA * len(highest))])
    told = []
    for place, feature in enumerate(features):
        p = float((highest >= excess[0, place] - 1e-12).mean()) if spread[place] > 0 else 1.0
        slices = (float(drawn[:, place].mean()), min(float(every[:, place].mean() + limit * spread[place]), 1.0))
        eta2 = float(observed[place])
        told.append(Replication(feature.name, feature.words, used=True, eta2=eta2, slices=slices, p=p, beyond=p <= ALPHA))
    return sorted(told, key=lambda each: (-each.eta2, each.name))


def _not_used(matrix: Matrix, members: set[str], assigned: Labels, k: int) -> list[Replication]:
    tested: list[tuple[Column, Variance]] = []
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        if column.name in members or column.kind == "category":
            continue
        own = np.clip(values, -LIMIT, LIMIT)
        step = learn_number(column, own, 1.0)
        if isinstance(step, Dropped):
            continue
        standard = ((step.drawn(column, own) - step.centre) / step.scale)[:, None]
        found = f_tests([Moments.of(standard[assigned == each], [column.name]) for each in range(k)])[0]
        if np.isfinite(found.p):
            tested.append((column, found))
    adjusted = benjamini_hochberg(np.array([found.p for _, found in tested]))
    told = [
        Replication(column.name, column.words or column.name, used=False, eta2=found.eta2, slices=None, p=float(p), beyond=bool(p <= ALPHA))
        for (column, found), p in zip(tested, adjusted, strict=True)
    ]
    return sorted(told, key=lambda each: (-each.eta2, each.name))
