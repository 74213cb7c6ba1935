"""Product types: customers who divide their spend alike over the product types, and whether there are any.

Each customer is the square root of the shares, a point on the sphere of radius one, and is put to a direction (`spherical`). The root is
the choice because it makes chance equally large for rare and for common products, so that neither shouts (Hellinger; Rao 1995): plain shares
would be grouped by the one largest product, shares over the average by the rarest. What a group is called goes by what it buys more of than everybody.

Someone who bought twice always seems to love two products. So how much the groups differ in what they buy is compared with draws in which every
customer has the same taste and that are put into as many groups the same way: the customer's purchases fall to products by the shares of all
purchases (multinomial), with amounts as uneven as theirs (`baskets`). Where that is not known a customer's purchases are taken to be worth half as
many equal ones, as if amounts varied like waiting times. A day's basket is taken as one choice though it holds several lines: that errs towards
"chance". The measure is Pearson's chi-square of groups by products, in such purchases, so that a customer counts by how much is known of the taste.
Monte Carlo p ≤ .01 with 99 draws, stopped once five are as high (Besag and Clifford 1991). Passing says that tastes differ by more than chance, not
that the types have gaps between them; the silhouette on the sphere says how they flow into each other.

Not for customers with fewer than three purchases (group 0), nor for shares of things that are no choice, such as fees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import DataRefused, UsageError
from segmentry.preparation.words import listed, percent
from segmentry.segments.baskets import Baskets
from segmentry.segments.clustering import Clustering, means
from segmentry.segments.indices import silhouettes
from segmentry.segments.selection import SMALLEST_SEGMENT, SMALLEST_SHARE, TOLERANCE, strength
from segmentry.segments.spherical import Directions, fit_spherical
from segmentry.segments.threads import one_thread

FEWEST_PURCHASES = 3
FEWEST_CUSTOMERS = 100
MOST_FITTED, MOST_TESTED = 5_000, 600
STARTS = 4
DRAWS, ALPHA = 99, 0.01
LIFTED, NOTABLE, MOSTLY = 1.25, 0.03, 0.5
_ENOUGH_AGAINST, _FEWEST_DRAWS = 5, 9
_BATCH = 200_000
TOO_FEW = "Too few purchases to say"


@dataclass(frozen=True, slots=True)
class ProductType:
    """Customers who divide their spend alike.

    Parameters
    ----------
    id : int
        1 … k by size.
    name, words : str
        Such as "Mostly wine and meat", and "wine: 40% of the spend, 2.1 × the average share; meat: …".
    customers : int
    shares, lifts : tuple of float, one per product
        Mean share, and how many times that of all customers it is.
    """

    id: int
    name: str
    words: str
    customers: int
    shares: tuple[float, ...]
    lifts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Affinity:
    """Product types, or why there are none.

    Parameters
    ----------
    verdict : {"product types", "chance", "not enough data"}
    words : str
    labels : int array, shape (n,)
        Product type 1 … k; 0 for customers with too few purchases, and for all without product types.
    types : tuple of ProductType
    overall : tuple of float, one per product
        Mean share of all customers with enough purchases.
    rule : Directions or None
        Puts square roots of shares to a product type (0 … k−1).
    silhouette : float
        Of the types on the sphere, −1 to 1.
    difference, p_value : float
        Chi-square of groups by products on the customers tested, and the share of draws as high.
    reference : (float, float)
        Mean and highest of the draws.
    customers, draws : int
        With enough purchases; draws made.
    """

    verdict: Literal["product types", "chance", "not enough data"]
    words: str
    labels: NDArray[np.int64]
    types: tuple[ProductType, ...] = ()
    overall: tuple[float, ...] = ()
    rule: Directions | None = None
    silhouette: float = 0.0
    difference: float = 0.0
    p_value: float = 1.0
    reference: tuple[float, float] = (0.0, 0.0)
    customers: int = 0
    draws: int = 0

    @property
    def separation(self) -> str:
        """How clearly the types are apart, in words; empty without types."""
        return f"Silhouette {self.silhouette:.2f}: {strength(self.silhouette)}." if self.types else ""


def affinity(
    shares: NDArray[np.float64],
    purchases: NDArray[np.float64],
    names: Sequence[str],
    *,
    seed: int,
    low: int = 2,
    high: int = 6,
    worth: NDArray[np.float64] | None = None,
    draws: int = DRAWS,
) -> Affinity:
    """Return the product types of the customers.

    Parameters
    ----------
    shares : float array, shape (n, p)
        Of each customer's spend, 0 to 1; a row with NaN is not known.
    purchases : float array, shape (n,)
        How many purchases the shares rest on; NaN where not known.
    names : sequence of str, length p
    seed : int
    low, high : int
        Fewest and most product types.
    worth : float array, shape (n,), optional
        How many equal purchases those are worth; by default half as many.
    draws : int
        From the reference; 99 allow p = .01.

    Raises
    ------
    UsageError
        When shapes do not fit or a number is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> taste = np.repeat([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], 100, axis=0)
    >>> found = affinity(rng.multinomial(10, taste) / 10, np.full(200, 10.0), ["wine", "fish", "toys"], seed=1)
    >>> found.verdict, sorted(each.name for each in found.types)
    ('product types', ['Mostly toys', 'Mostly wine'])
    """
    counted = purchases / 2 if worth is None else worth
    _check(shares, (purchases, counted), names, low, high)
    labels = np.zeros(len(shares), dtype=np.int64)
    known = np.isfinite(shares).all(axis=1) & (shares >= 0).all(axis=1) & (shares > 0).any(axis=1)
    inside = known & (np.nan_to_num(purchases) >= FEWEST_PURCHASES)
    customers = int(inside.sum())
    if customers < FEWEST_CUSTOMERS or len(names) < 2:
        return Affinity("not enough data", _too_little(customers, len(names)), labels, customers=customers)
    own = shares[inside]
    bought = Baskets(np.rint(purchases[inside]).astype(np.int64), np.nan_to_num(counted[inside], posinf=1.0))
    drawing, fitting = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2))
    with one_thread():
        choice = _chosen(own, range(low, high + 1), fitting)
        if choice is None:
            return Affinity("chance", _alike(customers), labels, customers=customers)
        chosen, silhouette = choice
        difference, drawn = _tested(own, bought, len(chosen.centres), drawing, draws)
        rule, found = _assigned(own, chosen)
    p_value = (1 + sum(each >= difference for each in drawn)) / (1 + len(drawn))
    real = p_value <= ALPHA + 1e-9
    reference = (float(np.mean(drawn)), float(np.max(drawn)))
    overall = own.mean(axis=0)
    types = _types(own, found, overall, names) if real else ()
    labels[inside] = found if real else 0
    words = _found(types, _times(difference, reference[1]), customers) if real else _by_chance(_times(difference, reference[0]), customers)
    verdict: Literal["product types", "chance"] = "product types" if real else "chance"
    taste = tuple(overall.tolist())
    return Affinity(
        verdict, words, labels, types, taste, rule if real else None, silhouette, difference, p_value, reference, customers, len(drawn)
    )


def _check(shares: NDArray[np.float64], counts: tuple[NDArray[np.float64], ...], names: Sequence[str], low: int, high: int) -> None:
    if shares.ndim != 2 or shares.shape[1] != len(names) or any(each.shape != (len(shares),) for each in counts):
        raise UsageError(
            f"shares have shape {shares.shape}, purchases {[each.shape for each in counts]}, with {len(names)} names; allowed are customers by products, "
            "one number of purchases per customer, one name per product. Pass arrays that fit."
        )
    check_range("the fewest product types", low, 2, 50)
    check_range("the most product types", high, low, 50)


def _drawn(count: int, most: int, generator: np.random.Generator) -> NDArray[np.intp]:
    return np.arange(count) if count <= most else np.sort(generator.choice(count, size=most, replace=False))


def _tested(shares: NDArray[np.float64], bought: Baskets, k: int, generator: np.random.Generator, draws: int) -> tuple[float, list[float]]:
    """Return how much k groups of the customers tested differ, and k groups of each draw of one taste."""
    taste = bought.worth @ shares
    rows = _drawn(len(shares), MOST_TESTED, generator)
    tested = Baskets(bought.purchases[rows], bought.worth[rows])
    observed = _differing(shares[rows], tested, k)
    found: list[float] = []
    while len(found) < draws:
        found.append(_differing(tested.draw(taste / taste.sum(), generator), tested, k))
        if len(found) >= _FEWEST_DRAWS and sum(each >= observed for each in found) >= _ENOUGH_AGAINST:
            break
    return observed, found


def _differing(shares: NDArray[np.float64], bought: Baskets, k: int) -> float:
    """Return the chi-square of k groups by products; of fewer groups where there are no k."""
    for groups in range(k, 1, -1):
        try:
            labels = fit_spherical(np.sqrt(shares), groups, seed=0, starts=STARTS, quick=True).labels
        except DataRefused:
            continue
        return chi_square(means(shares * bought.worth[:, None], labels, groups) * np.bincount(labels, minlength=groups)[:, None])
    return 0.0


def chi_square(table: NDArray[np.float64]) -> float:
    """Return Pearson's chi-square of a table of amounts; columns and rows of zeros, or unknown, do not count.

    Examples
    --------
    >>> chi_square(np.array([[30.0, 10.0], [10.0, 30.0]]))
    20.0
    """
    known = np.nan_to_num(table)
    expected = np.outer(known.sum(axis=1), known.sum(axis=0)) / max(known.sum(), 1e-300)
    return float(np.divide((known - expected) ** 2, expected, out=np.zeros(known.shape), where=expected > 0).sum())


def _fits(points: NDArray[np.float64], ks: Sequence[int], seed: int) -> dict[int, tuple[Clustering, float]]:
    """Return the groups and their silhouette for every number of groups that is possible."""
    fits: dict[int, Clustering] = {}
    for k in ks:
        try:
            fits[k] = fit_spherical(points, k, seed=seed, starts=STARTS)
        except DataRefused:
            break
    scores = silhouettes(points, [fit.labels for fit in fits.values()], seed=0, most=2_000) if fits else ()
    return {k: (fit, score.value) for (k, fit), score in zip(fits.items(), scores, strict=True)}


def _chosen(shares: NDArray[np.float64], ks: Sequence[int], generator: np.random.Generator) -> tuple[Clustering, float] | None:
    """Return the fewest groups whose silhouette is near the best, none tiny where that is possible; None where too few customers differ."""
    rows = _drawn(len(shares), MOST_FITTED, generator)
    fits = _fits(np.sqrt(shares[rows]), ks, int(generator.integers(2**31)))
    if not fits:
        return None
    smallest = max(SMALLEST_SEGMENT, SMALLEST_SHARE * len(rows))
    large = {k: each for k, each in fits.items() if np.bincount(each[0].labels).min() >= smallest} or dict([next(iter(fits.items()))])
    best = max(score for _, score in large.values())
    return next(each for each in large.values() if each[1] >= best - TOLERANCE)


def _assigned(shares: NDArray[np.float64], chosen: Clustering) -> tuple[Directions, NDArray[np.int64]]:
    """Return the rule and each customer's group 1 … k, the largest first."""
    rule = Directions(chosen.centres)
    labels = _in_batches(rule, shares)
    sizes = np.bincount(labels, minlength=len(rule.centres))
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    place = np.empty(len(sizes), dtype=np.int64)
    place[order] = np.arange(1, len(sizes) + 1)
    return rule.ordered(order.tolist()), place[labels]


def _in_batches(rule: Directions, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    parts = [rule.assign(np.sqrt(shares[start : start + _BATCH])) for start in range(0, len(shares), _BATCH)]
    return np.concatenate(parts)


def _types(
    shares: NDArray[np.float64], labels: NDArray[np.int64], overall: NDArray[np.float64], names: Sequence[str]
) -> tuple[ProductType, ...]:
    found: list[ProductType] = []
    for each in range(1, int(labels.max()) + 1):
        inside = labels == each
        mean = shares[inside].mean(axis=0)
        lifts = np.divide(mean, overall, out=np.ones(len(mean)), where=overall > 0)
        name, words = _called(mean, lifts, overall, names)
        if any(other.name == name for other in found):
            name = f"{name} ({each})"
        found.append(ProductType(each, name, words, int(inside.sum()), tuple(mean.tolist()), tuple(lifts.tolist())))
    return tuple(found)


def _called(mean: NDArray[np.float64], lifts: NDArray[np.float64], overall: NDArray[np.float64], names: Sequence[str]) -> tuple[str, str]:
    """Return a name and words from what is bought more of than by everybody."""
    more = [
        place for place in np.argsort(overall - mean, kind="stable") if lifts[place] >= LIFTED and mean[place] - overall[place] >= NOTABLE
    ]
    if not more:
        return "A bit of everything", "divides the spend nearly as everybody does"
    shown = more[:3] if mean[more[:2]].sum() < MOSTLY else more[:2]
    if mean[more[0]] >= MOSTLY:
        shown = more[:1]
    told = [f"{names[place]}: {percent(float(mean[place]))} of the spend, {lifts[place]:.1f} × the average share" for place in shown]
    kind = "Mostly" if mean[shown].sum() >= MOSTLY else "More"
    return f"{kind} {listed([names[place] for place in shown])}", "; ".join(told)


def _too_little(customers: int, products: int) -> str:
    if products < 2:
        return f"Product types need shares of at least 2 product types; found {products}."
    return (
        f"Product types need at least {FEWEST_CUSTOMERS} customers with {FEWEST_PURCHASES} purchases or more; found {customers:,}: "
        "with fewer purchases any basket looks like a preference."
    )


def _times(difference: float, reference: float) -> float:
    return difference / reference if reference > 0 else 1.0


def _alike(customers: int) -> str:
    return f"There are no product types: all {customers:,} customers with {FEWEST_PURCHASES} purchases or more divide their spend alike."


def _by_chance(times: float, customers: int) -> str:
    return (
        "There are no product types: baskets differ no more than chance and basket size would make them. Customers of one and the same taste, with "
        f"as many purchases as these, fall into groups that differ as much ({times:.1f} × their average here; {customers:,} customers with "
        f"{FEWEST_PURCHASES} purchases or more)."
    )


def _found(types: Sequence[ProductType], times: float, customers: int) -> str:
    return (
        f"{len(types)} product types among {customers:,} customers with {FEWEST_PURCHASES} purchases or more: what they buy differs by more than chance, "
        f"{times:.1f} × as much as in groups of customers of one and the same taste."
    )
