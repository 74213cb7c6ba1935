"""Do suggestions hit? Judged on the last days, which they were not made from, beside what needs no model at all.

A hit is a customer who buys at least one of the k products suggested within the days held out. Two questions, never mixed:

* **new**: of products that the customer had not bought, beside what is most popular (ever, and lately) among all the customer had not bought;
* **any**: of all products, own ones to buy once more first and new ones behind them, beside the customer's own most frequent products alone (filled up
  with popular ones) and popularity.

The suggestions that are judged are those by lifts over all customers; where segments are given, suggestions by lifts within segments stand beside them, and
are worth taking only where they are ahead of these beyond chance.

Shares have Wilson's interval. Differences are paired over the same customers, by the bootstrap over customers: as a customer adds −1, 0 or 1, its
resamples are multinomial draws. Suggestions are *better* when they are ahead of the best baseline beyond chance (99 %).

When NOT to use: as an effect of suggesting. Customers bought these products without being told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_range
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import LOW, share
from segmentry.evaluation.threads import one_thread
from segmentry.plans.bought import Bought
from segmentry.plans.evidence import signed
from segmentry.plans.lifts import LATELY, Lifts, learn_lifts
from segmentry.plans.recommendation import NONE, ranked_products, suggest
from segmentry.preparation.words import percent
from segmentry.results import Estimate

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Target = Literal["new", "any"]
RESAMPLES = 10_000
LEVEL = 0.01
FEWEST = 100
MOST_JUDGED = 20_000
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often one of k suggestions was bought in the days held out.

    Parameters
    ----------
    name, words : str
    kind : {"suggestions", "baseline"}
    rate : Estimate
        Share of customers with at least one hit.
    """

    name: str
    words: str
    kind: Literal["suggestions", "baseline"]
    rate: Estimate


@dataclass(frozen=True, slots=True)
class HitRates:
    """Suggestions beside baselines, on days that they were not made from.

    Parameters
    ----------
    target : {"new", "any"}
        Whether only products count that the customer had not bought, or all.
    k : int
        Suggestions per customer.
    customers : int
        Who bought (something new) in those days, and are judged.
    rates : tuple of HitRate
        Suggestions, then baselines.
    baseline : str
        Name of the best of the baselines.
    ahead : Estimate
        Rate of the suggestions less that of the best baseline, paired.
    better : bool
        Beyond chance (99 %).
    by_segment : Estimate or None
        Rate of suggestions within segments less that of suggestions over all customers, paired; None without segments, and for the target "any".
    segments_help : bool
        Beyond chance (99 %): then pass the segments to `suggest`.
    words : str
    """

    target: Target
    k: int
    customers: int
    rates: tuple[HitRate, ...]
    baseline: str
    ahead: Estimate
    better: bool
    by_segment: Estimate | None
    segments_help: bool
    words: str


WORDS = {
    "suggestions": "suggested by what customers like them own",
    "by segment": "the same within segments",
    "popular": "the most popular products",
    "popular lately": f"the most popular products of the last {LATELY} days",
    "repeat": "what the customer bought most often",
}


def hit_rates(
    before: Bought,
    later: Bought,
    *,
    segment: Codes | None = None,
    k: int = 5,
    lately: int = LATELY,
    seed: int = 0,
) -> tuple[HitRates, HitRates]:
    """Return how often suggestions hit, for new products and for any.

    Parameters
    ----------
    before, later : Bought
        Up to a day, and after it; of the same customers and the same catalogue.
    segment : int array, shape (customers,), optional
        As known on that day; see `learn_lifts`.
    k : int
        Suggestions per customer.
    lately : int
        Days that popularity is counted over.
    seed : int
        Of the resamples.

    Raises
    ------
    UsageError
        When the two do not fit.
    NotEnoughData
        When fewer than 100 customers bought something new in the days held out, or too few products have buyers.
    """
    check_range("k", k, 1, 1_000)
    if before.customers != later.customers or before.products != later.products:
        raise UsageError(
            f"purchases before are of {before.customers:,} customers and {len(before.products):,} products, those after of {later.customers:,} and "
            f"{len(later.products):,}; allowed is the same. Read both with one list of products."
        )
    rows = np.intersect1d(before.customer, later.customer)
    if len(rows) > MOST_JUDGED:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_JUDGED).astype(np.int64)]
    lifts = learn_lifts(before, segment, lately=lately)
    with one_thread():
        hits = _hits(before, later, lifts, rows, segment=segment, k=k, lately=lately)
    found = tuple(_judged(target, hits[target], k, seed) for target in ("new", "any"))
    return found[0], found[1]


def _hits(
    before: Bought, later: Bought, lifts: Lifts, rows: Codes, *, segment: Codes | None, k: int, lately: int
) -> dict[Target, dict[str, NDArray[np.bool_]]]:
    """Return who had a hit by which way, for those who could have one."""
    every = np.arange(len(before.products), dtype=np.int64)
    after, owned = later.incidence(every)[rows], before.incidence(every)[rows]
    fresh = (after - after.multiply(owned)).tocsr()
    fresh.eliminate_zeros()
    could = np.asarray(fresh.sum(axis=1)).reshape(-1) > 0
    made = suggest(before, lifts, customers=rows, count=k)
    lists: dict[str, Codes] = {"suggestions": made.new}
    if lifts.segments:
        lists["by segment"] = suggest(before, lifts, segment=segment, customers=rows, count=k).new
    buyers = before.buyers.astype(np.float64)
    recent = np.asarray(before.incidence(every, latest=before.until - lately + 1).sum(axis=0), dtype=np.float64)
    lists |= {"popular": _popular(buyers, owned, k), "popular lately": _popular(recent + buyers / (buyers.max(initial=0) + 1), owned, k)}
    new = {name: _hit(codes, fresh)[could] for name, codes in lists.items()}
    nothing = owned[:, :0]
    own: dict[str, Codes] = {
        "suggestions": _filled(made.again, made.new),
        "repeat": _filled(made.again, lists["popular"]),
        "popular": _popular(buyers, nothing, k),
    }
    return {"new": new, "any": {name: _hit(codes, after) for name, codes in own.items()}}


def _popular(score: Floats, owned: Any, k: int) -> Codes:
    """Return the products with the highest score that a customer does not own."""
    parts = []
    # However much a customer owns, the list must be long enough to leave k.
    most = int(np.diff(owned.indptr).max(initial=0)) + k
    best = ranked_products(score[None], min(most, len(score)))[0]
    best = best[best >= 0]
    for start in range(0, owned.shape[0], _AT_ONCE):
        some = owned[start : start + _AT_ONCE]
        has = some[:, best].toarray() if some.shape[1] else np.zeros((some.shape[0], len(best)))
        place = ranked_products(np.where(has > 0, -np.inf, -np.arange(len(best), dtype=np.float64)), k)
        parts.append(np.where(place >= 0, best[np.maximum(place, 0)], NONE))
    return np.concatenate(parts) if parts else np.zeros((0, k), dtype=np.int64)


def _filled(first: Codes, then: Codes) -> Codes:
    """Return the first list, and where it ends the other one behind it."""
    both = np.concatenate([first, then], axis=1)
    order = np.argsort(both == NONE, axis=1, kind="stable")[:, : first.shape[1]]
    return np.take_along_axis(both, order, axis=1)


def _hit(codes: Codes, bought: Any) -> NDArray[np.bool_]:
    """Return who bought at least one of their products."""
    from scipy.sparse import csr_array

    rows = np.repeat(np.arange(len(codes)), codes.shape[1])[codes.ravel() >= 0]
    listed = csr_array((np.ones(len(rows)), (rows, codes[codes >= 0])), shape=bought.shape)
    return np.asarray(listed.multiply(bought).sum(axis=1)).reshape(-1) > 0


def _judged(target: Target, hits: Mapping[str, NDArray[np.bool_]], k: int, seed: int) -> HitRates:
    customers = len(hits["suggestions"])
    if customers < FEWEST:
        what = "something new" if target == "new" else "anything"
        reason = f"judging suggestions needs at least {FEWEST} customers who bought {what} in the days held out; found {customers:,}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "hold out more days, or wait for more purchases"))
    kinds = {name: _kind(name) for name in hits}
    rates = tuple(HitRate(name, WORDS[name], kinds[name], share(float(found.sum()), customers)) for name, found in hits.items())
    baseline = max((rate for rate in rates if rate.kind == "baseline"), key=lambda rate: rate.rate.value).name
    ahead, better = _ahead(hits["suggestions"], hits[baseline], seed)
    finer, helps = _ahead(hits["by segment"], hits["suggestions"], seed + 1) if "by segment" in hits else (None, False)
    best = next(rate for rate in rates if rate.name == baseline)
    words = _words(target, k, rates[0], best, ahead, better=better)
    if finer is not None:
        words += f" Within segments they are {'better' if helps else 'no better'} than over all customers ({_points(finer)})."
    return HitRates(target, k, customers, rates, baseline, ahead, better, finer, helps, words)


def _kind(name: str) -> Literal["suggestions", "baseline"]:
    return "suggestions" if name in ("suggestions", "by segment") else "baseline"


def _ahead(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], seed: int) -> tuple[Estimate, bool]:
    """Return the paired difference of two shares with a 95 % interval, and whether it is above 0 in 99 %."""
    customers = len(ours)
    more, less = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    odds = np.array([more, less, customers - more - less]) / customers
    draws = np.random.default_rng(seed).multinomial(customers, odds, size=RESAMPLES)
    differences = (draws[:, 0] - draws[:, 1]) / customers
    low, high, least = np.quantile(differences, [LOW, 1 - LOW, LEVEL / 2])
    return Estimate((more - less) / customers, float(low), float(high)), bool(least > 0)


def _words(target: Target, k: int, ours: HitRate, best: HitRate, ahead: Estimate, *, better: bool) -> str:
    what = "new products" if target == "new" else "products"
    said = (
        f"Of {k} {what} suggested to each customer at least one was bought by {percent(ours.rate.value)} in the days held out; of {k} by the best plain "
        f"rule ({best.words}) by {percent(best.rate.value)}. The difference is {_points(ahead)}: "
    )
    return said + (
        "suggestions are better beyond chance." if better else "suggestions are no better than the plain rule beyond chance; use that."
    )


def _points(found: Estimate) -> str:
    value, low, high = (signed(f"{100 * each + 0.0:.1f}") for each in (found.value, found.low, found.high))
    return f"{value} points ({low} to {high})"
