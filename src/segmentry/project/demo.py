"""The demo: a synthetic shop whose truth is known, the main job and a plan of offers on it, and how much of the truth was found."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segmentry.engines.scratch import claim
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.results import Allocation
from segmentry.plans.targeting import Targeting
from segmentry.project.offering import with_offers
from segmentry.project.plan import Plan, plan
from segmentry.project.progress import Silent, Teller
from segmentry.project.run import Run, run
from segmentry.project.settings import parse
from segmentry.sources.shop import Dirt, ShopTruth, make_shop, write_shop
from segmentry.sources.shop_plan import CONTROL

OFFERS = "offers.toml"
PROJECT = {
    "title": "The synthetic shop",
    "purpose": "See what segmentry makes of a shop whose true segments and whose dirt are known.",
    "background": "All customers, purchases, events and campaigns are made up; nothing here says anything about a real shop.",
}
# Where a run tells of each kind of planted dirt: the list of its record, the names it goes by there, and the column where one name serves several.
_TOLD: dict[str, tuple[Any, ...]] = {
    "missing_customer": ("quarantine", ("MISSING_ID",)),
    "unparsable_dates": ("quarantine", ("NOT_A_DATE",)),
    "future_dates": ("quarantine", ("FUTURE_DATE",)),
    "not_finite": ("quarantine", ("NOT_FINITE",)),
    "absurd_amounts": ("quarantine", ("OUT_OF_RANGE",)),
    "padded_ids": ("treatments", ("trimmed_cells",), "customer_id"),
    "exact_duplicates": ("treatments", ("exact_duplicates",)),
    "returns": ("treatments", ("returns_netted", "returns_unmatched")),
    "postage": ("treatments", ("non_products",)),
    "duplicates_apart_from_id": ("treatments", ("duplicates_apart_from_id",)),
    "impossible_births": ("treatments", ("impossible_values",), "birth_date"),
    "sentinel_incomes": ("treatments", ("impossible_values",), "income"),
    "rare_categories": ("treatments", ("rare_categories",)),
    "missing_values": ("treatments", ("missing_values",), "income"),
    "constant_columns": ("treatments", ("constant_columns",)),
}


@dataclass(frozen=True, slots=True)
class Demo:
    """A finished demo.

    Parameters
    ----------
    run : Run
    agreement : float
        Adjusted Rand index between found and planted segments over customers that have both: 1 is perfect, 0 is chance
        (Hubert and Arabie 1985).
    compared : int
        Customers compared.
    dirt : tuple of (str, int, int)
        Kind of planted dirt, how much was planted, how much the run reported.
    plan : Plan
        Who gets which of the offers that the shop tried by lot.
    earned : float
        What that plan truly earns, by the planted effects.
    best : float
        What the best plan within the same limits truly earns.
    """

    run: Run
    agreement: float
    compared: int
    dirt: tuple[tuple[str, int, int], ...]
    plan: Plan
    earned: float
    best: float


def demo(out: str | Path = "out", *, customers: int = 3_000, seed: int = 7, teller: Teller | None = None) -> Demo:
    """Make the synthetic shop, run the main job on its files, and hold the result against the truth.

    Parameters
    ----------
    out : path
        Folder that gets the run; the shop's own files are temporary.
    customers : int
        From 200.
    seed : int

    Returns
    -------
    Demo
    """
    shop = make_shop(customers=customers, seed=seed)
    scratch = claim(Path(tempfile.gettempdir()), "segmentry-shop-")
    try:
        files = write_shop(shop, scratch.folder)
        settings = parse({"project": PROJECT, "run": {"seed": seed}})
        result = run(*files, out=out, settings=settings, teller=teller or Silent())
        tried = with_offers(settings, scratch.folder / OFFERS).over("plan", budget=float(customers)).over("trial", randomised=True)
        planned = plan(*files, run=result.folder, out=out, settings=tried, teller=teller or Silent())
    finally:
        scratch.release()
    agreement, compared = recovered(result, shop.truth)
    dirt = tuple(_found(each, result.record) for each in shop.truth.dirt if each.rule in _TOLD)
    earned, best = valued(planned, shop.truth, float(customers))
    return Demo(result, agreement, compared, dirt, planned, earned, best)


def valued(found: Plan, truth: ShopTruth, budget: float) -> tuple[float, float]:
    """Return what a plan truly earns by the planted effects, and what the best plan for the same customers and budget does."""
    allocation = found.planned.allocation
    if allocation is None:
        return 0.0, 0.0
    place = {customer: position for position, customer in enumerate(truth.customers.tolist())}
    chosen = np.full(len(place), -1, dtype=np.int64)
    asked = []
    for row, customer in enumerate(allocation.ids.tolist()):
        if customer in place:
            chosen[place[customer]] = allocation.offer[row]
            if allocation.eligibility.allowed[row].any():
                asked.append(place[customer])
    known = _true(truth, allocation).take(np.array(sorted(asked), dtype=np.intp))
    return truth.profit(chosen), Targeting(Profit() - ContactCost(), [Budget(budget)]).plan(known).value


def _true(truth: ShopTruth, allocation: Allocation) -> Candidates:
    """Return customers and offers with what is truly to be expected of each pair."""
    alone = truth.expected(CONTROL)
    told = [truth.expected(offer.name) for offer in allocation.offers]
    return Candidates(
        ids=truth.customers,
        offers=allocation.offers,
        conversions=np.column_stack([each.buying - alone.buying for each in told]),
        revenue=np.column_stack([each.spend - alone.spend for each in told]),
        answers=np.column_stack([each.buying for each in told]),
    )


def recovered(result: Run, truth: ShopTruth) -> tuple[float, int]:
    """Return the adjusted Rand index between found and planted segments, and over how many customers."""
    from sklearn.metrics import adjusted_rand_score

    planted = dict(zip(truth.customers.tolist(), truth.segments.tolist(), strict=True))
    pairs = np.array(
        [
            (planted[customer], label)
            for customer, label in zip(result.ids.tolist(), result.labels.tolist(), strict=True)
            if label and customer in planted
        ]
    )
    return float(adjusted_rand_score(pairs[:, 0], pairs[:, 1])), len(pairs)


def _found(dirt: Dirt, record: dict[str, Any]) -> tuple[str, int, int]:
    """Return a kind of dirt, how much was planted and how much the record tells of."""
    section, names, *column = _TOLD[dirt.rule]
    key = "code" if section == "quarantine" else "rule"
    entries = [entry for entry in record[section] if entry[key] in names and (not column or entry["column"] == column[0])]
    return dirt.rule, dirt.count, sum(entry["count"] for entry in entries)
