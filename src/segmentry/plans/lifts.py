"""Which products go together: lifts, drawn towards 1 by as much as chance explains of them.

    lift = customers with both × all customers / (customers with the one × customers with the other)

Among thousands of pairs the highest raw lifts are those of rare products that met once by accident. So the true lifts are taken to scatter around 1 like a
gamma distribution of shape a, and counts around them like Poisson (the gamma-Poisson shrinker of DuMouchel 1999, with one gamma instead of
two): a pair that is expected e times and found n times has the lift ``(n + a) / (e + a)``. How much lifts really scatter, a, comes from the counts
themselves, pairs that never met included (marginal likelihood).

Within segments the same again, with the lift over all customers in the place of 1: where a segment says little, its lift is that of all.

Counts are taken product by product, over at most 200,000 customers and the 5,000 products with most buyers, so memory is bounded; for each product the 50
partners with the highest lifts are kept. Products with fewer than 5 buyers are left out: they would point at single customers, and nothing is known of them.

When NOT to use: for cause. Customers who own a printer buy ink; that says nothing of what a printer advertised next to ink would do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import Z
from segmentry.evaluation.threads import one_thread
from segmentry.plans.bought import Bought, Codes

Floats = NDArray[np.float64]

MOST_CUSTOMERS, MOST_PRODUCTS = 200_000, 5_000
PARTNERS = 50
LATELY = 60
FEWEST_IN_SEGMENT = 100
_AT_ONCE, _SAMPLED = 250, 200
_SHAPES = (math.log(0.01), math.log(10_000.0))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two products that go together.

    Parameters
    ----------
    product, partner : str
    customers : int
        Who have both, 5 or more.
    lift : float
        Drawn towards 1.
    low, high : float
        Interval of 95 % of the lift, given how lifts scatter (empirical Bayes).
    raw : float
    """

    product: str
    partner: str
    customers: int
    lift: float
    low: float
    high: float
    raw: float


@dataclass(frozen=True, slots=True, eq=False)
class Lifts:
    """What goes together, over all customers and within segments.

    Parameters
    ----------
    products : int array, shape (p,)
        Positions in the catalogue of the products with enough buyers, rising.
    popularity : float array, shape (s + 1, p)
        Share of customers who bought each lately: in segment 0 … s − 1, and in the last row over all; never 0.
    partners : tuple of sparse arrays (p × p), length s + 1
        Logarithms of the lifts of each product's best partners, the same way.
    shape, within : float
        How little lifts scatter around 1, and those of segments around those of all; large means: hardly.
    customers : int
        Who the counts are over.
    pairs : tuple of Pair
        The strongest, each pair once.
    """

    products: Codes
    popularity: Floats
    partners: tuple[Any, ...]
    shape: float
    within: float
    customers: int
    pairs: tuple[Pair, ...]

    @property
    def segments(self) -> int:
        """Number of segments; 0 when there are none."""
        return len(self.partners) - 1


def learn_lifts(bought: Bought, segment: Codes | None = None, *, lately: int = LATELY, shown: int = 50) -> Lifts:
    """Return which products go together.

    Parameters
    ----------
    bought : Bought
    segment : int array, shape (customers,), optional
        0 … s − 1; −1 for customers in none. Those of one segment get its lifts.
    lately : int
        Days before the last one looked at, within which purchases count for popularity.
    shown : int
        Pairs for people.

    Raises
    ------
    UsageError
        When segments do not fit.
    NotEnoughData
        With fewer than 2 products that have 5 buyers.

    Examples
    --------
    >>> customer, product = np.divmod(np.arange(400), 4)
    >>> kept = (product < 2) == (customer % 2 == 0)
    >>> some = np.ones(kept.sum(), dtype=np.int64)
    >>> found = learn_lifts(Bought(100, ("tea", "cup", "nail", "screw"), customer[kept], product[kept], some, some, 1))
    >>> [(pair.product, pair.partner, pair.raw, round(pair.lift, 1)) for pair in found.pairs]
    [('tea', 'cup', 2.0, 2.0), ('nail', 'screw', 2.0, 2.0)]
    """
    own = _checked(bought, segment)
    products = _enough(bought)
    counted = _counted(bought)
    with one_thread():
        owned = bought.incidence(products)[counted]
        groups = [own[counted] == place for place in range(int(own.max(initial=-1)) + 1)]
        shape = concentration(*_sampled(owned))
        overall, pairs = _overall(owned, shape, [bought.products[place] for place in products], shown)
        within, partners = _within(owned, groups, shape, overall)
        popularity = _popularity(bought, products, own, len(groups), lately=lately)
    return Lifts(products, popularity, partners, shape, within, len(counted), pairs)


def concentration(found: Floats, expected: Floats) -> float:
    """Return the shape of the gamma distribution of mean 1 that found counts scatter by around those expected (marginal likelihood).

    Parameters
    ----------
    found, expected : float array, shape (m,)
        Counts, and what they would be by the lift of 1; entries with nothing expected do not count.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> expected = np.full(20_000, 3.0)
    >>> round(concentration(rng.poisson(expected * rng.gamma(2.0, 0.5, 20_000)), expected))
    2
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    known = expected > 0
    if not known.any():
        return math.exp(_SHAPES[1])
    count, mean = found[known], expected[known]
    # Most pairs never met, and of those the likelihood knows only what was expected.
    met = count > 0
    some, some_mean = count[met], mean[met]

    def against(log_shape: float) -> float:
        shape = math.exp(log_shape)
        likelihood = (shape * np.log(shape / (shape + mean))).sum()
        likelihood += (gammaln(some + shape) - gammaln(shape) + some * np.log(some_mean / (shape + some_mean))).sum()
        return -float(likelihood)

    return math.exp(float(minimize_scalar(against, bounds=_SHAPES, method="bounded").x))


def _checked(bought: Bought, segment: Codes | None) -> Codes:
    own = np.full(bought.customers, -1, dtype=np.int64) if segment is None else np.asarray(segment, dtype=np.int64)
    if own.shape != (bought.customers,) or (own.size and own.min() < -1):
        raise UsageError(
            f"segments have shape {own.shape}; allowed is ({bought.customers},) with numbers from 0 on, −1 for none. Pass one per customer."
        )
    return own


def _enough(bought: Bought) -> Codes:
    """Return the products with enough buyers, at most so many, in the order of the catalogue."""
    buyers = bought.buyers
    enough = np.flatnonzero(buyers >= FLOOR)
    if len(enough) < 2:
        reason = (
            f"what goes together needs at least 2 products with {FLOOR} buyers or more; found {len(enough)} of {len(bought.products):,}"
        )
        raise NotEnoughData(Problem("TOO_FEW_PRODUCTS", reason, "add purchases, or use categories in the place of products"))
    most = enough[np.lexsort((enough, -buyers[enough]))][:MOST_PRODUCTS]
    return np.sort(most).astype(np.int64)


def _counted(bought: Bought) -> Codes:
    """Return the customers that are counted: all with a product, or evenly drawn ones."""
    active = np.unique(bought.customer)
    if len(active) <= MOST_CUSTOMERS:
        return active
    return active[np.linspace(0, len(active) - 1, MOST_CUSTOMERS).astype(np.int64)]


def _together(owned: Any, *, rows: Codes | None = None) -> Iterator[tuple[Codes, Floats, Floats]]:
    """Yield some products (all in turn, or only `rows`), with how many have them and each other one, and how many that would be by chance."""
    customers, products = owned.shape
    buyers = np.asarray(owned.sum(axis=0), dtype=np.float64)
    places = np.arange(products) if rows is None else rows
    other = owned.tocsc()
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        found = (other[:, some].T @ owned).toarray()
        expected = np.outer(buyers[some], buyers) / max(1, customers)
        # A product is no partner of itself.
        found[np.arange(len(some)), some] = expected[np.arange(len(some)), some] = 0.0
        yield some.astype(np.int64), found, expected


def _drawn_products(owned: Any) -> Codes:
    """Return evenly drawn products, whose pairs speak for all."""
    products = owned.shape[1]
    return np.unique(np.linspace(0, products - 1, min(products, _SAMPLED)).astype(np.int64))


def _sampled(owned: Any) -> tuple[Floats, Floats]:
    """Return counts found and expected of the pairs of evenly drawn products."""
    parts = [(found, expected) for _, found, expected in _together(owned, rows=_drawn_products(owned))]
    return np.concatenate([found.ravel() for found, _ in parts]), np.concatenate([expected.ravel() for _, expected in parts])


def _overall(owned: Any, shape: float, names: Sequence[str], shown: int) -> tuple[Any, tuple[Pair, ...]]:
    """Return the logarithms of the lifts of the best partners, and the strongest pairs."""
    rows, candidates = [], []
    for some, found, expected in _together(owned):
        lift = (found + shape) / (expected + shape)
        rows.append(_best_partners(np.log(lift), found))
        # Each pair once; by about the lower end of its interval, which pairs that met by accident do not lead.
        known = (found >= FLOOR) & (np.arange(found.shape[1]) > some[:, None]) & (lift > 1.0)
        least = np.where(known, lift * (1.0 - Z / np.sqrt(found + shape)), -np.inf)
        for place, other in zip(*np.nonzero(known & (least >= _highest(least, 4 * shown))), strict=True):
            candidates.append((int(some[place]), int(other), float(found[place, other]), float(expected[place, other])))
    return _stacked(rows), _pairs(candidates, shape, names, shown)


def _highest(values: Floats, count: int) -> float:
    flat = values.ravel()
    return float(np.partition(flat, len(flat) - count)[len(flat) - count]) if len(flat) > count else -math.inf


def _pairs(candidates: Sequence[tuple[int, int, float, float]], shape: float, names: Sequence[str], shown: int) -> tuple[Pair, ...]:
    from scipy.stats import gamma

    if not candidates:
        return ()
    one, other, found, expected = (np.array(column) for column in zip(*candidates, strict=True))
    lift = (found + shape) / (expected + shape)
    low, high = (gamma.ppf(end, found + shape) / (expected + shape) for end in (0.025, 0.975))
    order = np.lexsort((other, one, -low))[:shown]
    return tuple(
        Pair(
            names[int(one[at])],
            names[int(other[at])],
            int(found[at]),
            float(lift[at]),
            float(low[at]),
            float(high[at]),
            float(found[at] / expected[at]),
        )
        for at in order
    )


def _within(owned: Any, groups: Sequence[NDArray[np.bool_]], shape: float, overall: Any) -> tuple[float, tuple[Any, ...]]:
    """Return how little lifts of segments scatter around those of all, and the best partners per segment and over all."""
    large = [place for place, rows in enumerate(groups) if rows.sum() >= FEWEST_IN_SEGMENT]
    if not large:
        return math.exp(_SHAPES[1]), (*(overall for _ in groups), overall)
    parts = [owned[np.flatnonzero(groups[place])] for place in large]
    samples = [each for _, _, own in _side_by_side(owned, parts, shape, rows=_drawn_products(owned)) for each in own]
    within = concentration(*(np.concatenate([sample[place].ravel() for sample in samples]) for place in (0, 1)))
    rows: list[list[Any]] = [[] for _ in large]
    for lift, met, own in _side_by_side(owned, parts, shape):
        for row, (found, expected) in zip(rows, own, strict=True):
            # Lifts of all customers, moved by what the segment adds to them.
            row.append(_best_partners(np.log(lift * (found + within) / (expected + within)), met))
    partners = dict(zip(large, map(_stacked, rows), strict=True))
    return within, (*(partners.get(place, overall) for place in range(len(groups))), overall)


def _side_by_side(
    owned: Any, parts: Sequence[Any], shape: float, *, rows: Codes | None = None
) -> Iterator[tuple[Floats, Floats, list[tuple[Floats, Floats]]]]:
    """Yield, for some products at a time, lifts and counts of all customers, and each segment's counts beside those its size and these lifts expect."""
    # Lifts are counted anew and not looked up, because only the best partners were kept.
    together = (_together(each, rows=rows) for each in parts)
    for (_, met, by_chance), *own in zip(_together(owned, rows=rows), *together, strict=True):
        lift = (met + shape) / (by_chance + shape)
        yield lift, met, [(found, expected * lift) for _, found, expected in own]


def _best_partners(logs: Floats, found: Floats) -> Any:
    """Return the highest positive logarithms of each row, the first partner before the later among equals, as a sparse array."""
    from scipy.sparse import csr_array

    kept = np.where((found > 0) & (logs > 0), logs, 0.0)
    return csr_array(np.where(top(kept, PARTNERS), kept, 0.0))


def top(values: Floats, count: int) -> NDArray[np.bool_]:
    """Return which entries are among the `count` highest of their row; the first ones among equals.

    Examples
    --------
    >>> top(np.array([[1.0, 3.0, 1.0, 0.0]]), 2)
    array([[ True,  True, False, False]])
    """
    if count >= values.shape[1]:
        return np.ones(values.shape, dtype=bool)
    border = -np.partition(-values, count - 1, axis=1)[:, count - 1 : count]
    above, equal = values > border, values == border
    room = count - above.sum(axis=1, keepdims=True)
    return np.asarray(above | (equal & (np.cumsum(equal, axis=1) <= room)))


def _stacked(parts: Sequence[Any]) -> Any:
    from scipy.sparse import vstack

    return vstack(list(parts), format="csr")


def _popularity(bought: Bought, products: Codes, own: Codes, segments: int, *, lately: int) -> Floats:
    """Return the share who bought each product lately, per segment (drawn towards that of all) and over all."""
    active = np.zeros(bought.customers, dtype=bool)
    active[bought.customer] = True
    ever = bought.buyers[products] / max(1, int(active.sum()))
    recent = bought.incidence(products, latest=bought.until - lately + 1)
    # What nobody bought lately keeps its place by what was bought before, as if a few more customers had been looked at.
    overall = (np.asarray(recent.sum(axis=0)) + 10 * ever) / (active.sum() + 10)
    sizes = np.array([int((active & (own == place)).sum()) for place in range(segments)], dtype=np.float64)
    counts = np.zeros((segments, len(products)))
    for place in range(segments):
        counts[place] = recent[np.flatnonzero(own == place)].sum(axis=0)
    expected = sizes[:, None] * overall
    shape = concentration(counts.ravel(), expected.ravel())
    return np.vstack([overall * (counts + shape) / (expected + shape), overall[None]])
