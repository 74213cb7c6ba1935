"""Next best products of every customer: what customers like them own, and what they may buy once more.

A product that the customer has not bought is scored by how many bought it lately, times its lifts with what the customer has:

    score = popularity × (product of lifts with own products) ^ (1 / (2 √m)),   m own products

The plain product of lifts (naive Bayes) would count the same hint again and again, because a customer's products go together too; the root tempers it. Power
and number of partners were set on the last days held out of two public data sets; `hitrates` says on each data set whether it helps there.
Popularity and lifts are those of the customer's segment, as far as the segment says more than all customers do (see `lifts`).

Products to buy *once more* are a list of their own: those bought on most days, the latest first. The two are not mixed in one ranking, because a product that
is bought every week wins against any new one, and is no news to anybody.

Ties go to the product that comes first in the catalogue. Customers are scored in batches, so memory is bounded.

When NOT to use: as proof that a suggestion sells more. For that, suggest to some customers by lot (`experiments`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import UsageError
from segmentry.evaluation.threads import one_thread
from segmentry.plans.bought import Bought
from segmentry.plans.lifts import Lifts, top

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
POWER = 0.5
NONE = -1
_ENTRIES = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Suggestions:
    """Next best products of customers, in the order they were asked for.

    Parameters
    ----------
    products : tuple of str
        What codes stand for.
    new : int array, shape (n, k)
        Products not bought (or not lately), the best first; −1 where there are no more.
    because : int array, shape (n, k)
        The own product that speaks most for each; −1 where only popularity does.
    again : int array, shape (n, k)
        Products to buy once more, the best first; −1 where there are no more.
    evidence : int array, shape (n,)
        Own products that the suggestions rest on; 0 means that they are the most popular ones.
    """

    products: tuple[str, ...]
    new: Codes
    because: Codes
    again: Codes
    evidence: Codes


def suggest(
    bought: Bought,
    lifts: Lifts,
    *,
    segment: Codes | None = None,
    customers: Codes | None = None,
    count: int = 5,
    lately: int | None = None,
) -> Suggestions:
    """Return the next best products.

    Parameters
    ----------
    bought : Bought
    lifts : Lifts
        Of the same catalogue.
    segment : int array, shape (customers,), optional
        Of all customers, as the lifts were learned with; −1, or None, means those of all customers.
    customers : int array, shape (n,), optional
        Whom to suggest to; None means all.
    count : int
        Products of each list.
    lately : int, optional
        A product whose last purchase lies at least so many days back counts as new again. None means that what was ever bought is not new.

    Raises
    ------
    UsageError
        When a number is out of range or the segments do not fit.

    Examples
    --------
    >>> from segmentry.plans.lifts import learn_lifts
    >>> customer, product = np.divmod(np.arange(400), 4)
    >>> kept = ((product < 2) == (customer % 2 == 0)) & ~((customer == 0) & (product == 1))
    >>> some = np.ones(kept.sum(), dtype=np.int64)
    >>> bought = Bought(100, ("tea", "cup", "nail", "screw"), customer[kept], product[kept], some, some, 1)
    >>> found = suggest(bought, learn_lifts(bought), customers=np.array([0]), count=2)
    >>> [bought.products[place] for place in found.new[0]], bought.products[found.because[0, 0]], found.again.tolist()
    (['cup', 'nail'], 'tea', [[0, -1]])
    """
    check_range("count", count, 1, 1_000)
    asked = np.arange(bought.customers) if customers is None else np.asarray(customers, dtype=np.int64)
    own = np.full(bought.customers, NONE, dtype=np.int64) if segment is None else np.asarray(segment, dtype=np.int64)
    if own.shape != (bought.customers,) or own.min(initial=0) < NONE or own.max(initial=NONE) > lifts.segments - 1:
        raise UsageError(
            f"segments have shape {own.shape} and run to {own.max(initial=-1)}; lifts know {lifts.segments} segments of {bought.customers:,} customers. "
            "Pass those that the lifts were learned with."
        )
    with one_thread():
        new, because = _new(bought, lifts, own, asked, count=count, lately=lately)
        again = _again(bought, asked, count)
    evidence = np.bincount(bought.customer[np.isin(bought.product, lifts.products)], minlength=bought.customers)[asked]
    return Suggestions(bought.products, new, because, again, evidence.astype(np.int64))


def ranked_products(scores: Floats, count: int) -> Codes:
    """Return the places of the highest finite scores per row, the best first and the first ones among equals; −1 where there are no more.

    Examples
    --------
    >>> ranked_products(np.array([[1.0, 3.0, 1.0, -np.inf]]), 4).tolist()
    [[1, 0, 2, -1]]
    """
    width = min(count, scores.shape[1])
    place = np.nonzero(top(scores, width))[1].reshape(len(scores), width)
    kept = np.take_along_axis(scores, place, axis=1)
    order = np.argsort(-kept, axis=1, kind="stable")
    best = np.where(np.isfinite(np.take_along_axis(kept, order, axis=1)), np.take_along_axis(place, order, axis=1), NONE)
    return np.pad(best, ((0, 0), (0, count - width)), constant_values=NONE).astype(np.int64)


def _new(bought: Bought, lifts: Lifts, own: Codes, asked: Codes, *, count: int, lately: int | None) -> tuple[Codes, Codes]:
    owned = bought.incidence(lifts.products)
    shut = owned if lately is None else bought.incidence(lifts.products, latest=bought.until - lately + 1)
    new, because = (np.full((len(asked), count), NONE, dtype=np.int64) for _ in range(2))
    size = max(1, _ENTRIES // max(1, len(lifts.products)))
    for group in np.unique(own[asked]):
        partners, popularity = lifts.partners[group], np.log(lifts.popularity[group])
        rows = np.flatnonzero(own[asked] == group)
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            has = owned[asked[some]]
            scores = scored(has, partners, popularity)
            scores[shut[asked[some]].nonzero()] = -np.inf
            best = ranked_products(scores, count)
            because[some] = _because(has, partners, best, lifts.products)
            new[some] = np.where(best >= 0, lifts.products[np.maximum(best, 0)], NONE)
    return new, because


def scored(has: Any, partners: Any, popularity: Floats) -> Floats:
    """Return the logarithm of the score of every product, shape (n, p).

    Parameters
    ----------
    has : sparse array, shape (n, p)
        1 where a customer owns a product.
    partners : sparse array, shape (p, p)
        Logarithms of lifts.
    popularity : float array, shape (p,)
        Logarithms of shares.
    """
    many = np.maximum(1.0, np.asarray(has.sum(axis=1), dtype=np.float64))
    hints: Floats = (has @ partners).toarray()
    return hints * (POWER / np.sqrt(many))[:, None] + popularity


def _because(has: Any, partners: Any, best: Codes, products: Codes) -> Codes:
    """Return the own product with the highest lift for each suggestion; −1 where no own product is a partner of it."""
    towards = partners.T.tocsr()
    found = np.full(best.shape, NONE, dtype=np.int64)
    for column in range(best.shape[1]):
        hints = towards[np.maximum(best[:, column], 0)].multiply(has).tocsr()
        strongest = np.asarray(hints.argmax(axis=1)).reshape(-1)
        speaks = (np.asarray(hints.max(axis=1).toarray()).reshape(-1) > 0) & (best[:, column] >= 0)
        found[speaks, column] = products[strongest[speaks]]
    return found


def _again(bought: Bought, asked: Codes, count: int) -> Codes:
    """Return the products bought on most days, the latest first among equals."""
    place = np.full(bought.customers, NONE, dtype=np.int64)
    place[asked] = np.arange(len(asked))
    order = np.lexsort((bought.product, -bought.last, -bought.days, bought.customer))
    customer = bought.customer[order]
    first = np.searchsorted(customer, customer)
    rank = np.arange(len(order)) - first
    kept = (rank < count) & (place[customer] >= 0)
    found = np.full((len(asked), count), NONE, dtype=np.int64)
    found[place[customer[kept]], rank[kept]] = bought.product[order[kept]]
    return found
