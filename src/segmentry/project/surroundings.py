"""What stands around a plan: the trial as an experiment, what campaigns brought, which channels are answered, and the next best products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused, Problem
from segmentry.experiments.results import Analysis
from segmentry.features.copurchases import copurchases
from segmentry.features.windows import date_of, day_of
from segmentry.plans.bought import Bought
from segmentry.plans.channels import Channels, channels
from segmentry.plans.hitrates import HitRates, hit_rates
from segmentry.plans.lifts import learn_lifts
from segmentry.plans.nextbest import NextBest, columns, next_best
from segmentry.plans.recommendation import Suggestions, suggest
from segmentry.plans.returns import Returns
from segmentry.project.placing import Placed, placed_at
from segmentry.project.planning import Planned
from segmentry.project.progress import Journal
from segmentry.project.reading import Reading
from segmentry.project.returning import tell_returns
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried
from segmentry.project.trying import Tested, asked

# Days held out to judge suggestions; of a shorter time a quarter.
HELD_OUT = 90
PRODUCTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """What stands around a plan; what the data does not allow is None, with a reason where it was to be expected.

    Parameters
    ----------
    analyses : tuple of Analysis
    returns : Returns or None
    channels : Channels or None
    hits : tuple of HitRates
    nextbest : NextBest or None
    columns : dict of str to array, shape (n,)
        For ``plan.csv``.
    refusals : mapping of part to Problem
    """

    analyses: tuple[Analysis, ...] = ()
    returns: Returns | None = None
    channels: Channels | None = None
    hits: tuple[HitRates, ...] = ()
    nextbest: NextBest | None = None
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    refusals: Mapping[str, Problem] = field(default_factory=dict)


def surroundings(
    engine: DuckEngine, reading: Reading, settings: Settings, journal: Journal, *, planned: Planned, ids: NDArray[np.object_]
) -> Around:
    """Return what stands around a plan.

    Parameters
    ----------
    ids : array of str, shape (n,)
        Of the run's customers, in order.
    """
    placed = planned.placed
    tested = None if planned.tried is None else _tested(planned.tried, planned, reading, settings, journal)
    returns = tell_returns(engine, reading, settings, journal, segments=placed.told if placed.names else None, tested=tested)
    refusals: dict[str, Problem] = {}
    with journal.stage("next", "Finding next best products and channels"):
        best = _channels(engine, reading, placed)
        found, hits = _products(engine, reading, placed, settings, refusals)
        chosen = planned.allocation
        told = next_best(
            ids,
            offer=None if chosen is None else chosen.offer,
            offers=() if chosen is None else tuple((each.name, each.channel) for each in chosen.offers),
            suggestions=None if found is None else found[0],
            labels=None if found is None else found[1],
            channels=best,
        )
    kept = {name: column for name, column in columns(told).items() if name not in ("id", "next_offer")}
    anything = best is not None or found is not None
    return Around(
        () if tested is None else (tested.analysis,),
        None if returns.refusal else returns,
        best,
        hits,
        told if anything else None,
        kept if anything else {},
        refusals,
    )


def _tested(tried: Tried, planned: Planned, reading: Reading, settings: Settings, journal: Journal) -> Tested:
    from segmentry.experiments.analysis import analyse

    question = asked(settings, reading.dataset)
    with journal.stage("analysis", "Comparing the arms of the trial"):
        placed, before = planned.placed, planned.before
        # Of the day before the trial: an offer can move customers into another segment.
        own = np.array([*sorted(placed.names), -1])[before] if placed.names and before is not None else None
        found = analyse(tried.trial, question=question, strata=own, names=dict(placed.told.names) if placed.names else None)
        journal.found(found.verdict)
    return Tested(tried, found, own)


def _channels(engine: DuckEngine, reading: Reading, placed: Placed) -> Channels | None:
    """Return which channels are answered; None where contacts do not say by which they went or who answered."""
    if "contacts" not in reading.dataset.has:
        return None
    found = engine.fetch(
        "SELECT customer, channel, CAST(responded AS DOUBLE) AS answered FROM contacts WHERE channel IS NOT NULL AND responded IS NOT NULL "
        "ORDER BY customer, day, campaign"
    )
    names = sorted(set(found["channel"].tolist()))
    if not names:
        return None
    codes = {name: place for place, name in enumerate(names)}
    used = np.array([codes[name] for name in found["channel"].tolist()], dtype=np.int64)
    segment = placed.position if placed.names else np.zeros(len(placed.labels), dtype=np.int64)
    return channels(found["customer"].astype(np.int64), used, found["answered"].astype(np.float64), names=names, segment=segment)


def _products(
    engine: DuckEngine, reading: Reading, placed: Placed, settings: Settings, refusals: dict[str, Problem]
) -> tuple[tuple[Suggestions, tuple[str, ...]] | None, tuple[HitRates, ...]]:
    """Return the next best products and how often such suggestions hit; None without products, or with too few of them bought together."""
    dataset = reading.dataset
    if "lines.product" not in dataset.has or dataset.as_of is None or dataset.first_day is None:
        return None, ()
    last, first = day_of(dataset.as_of), day_of(dataset.first_day)
    cut = last - min(HELD_OUT, max(1, (last - first) // 4))
    hits: tuple[HitRates, ...] = ()
    try:
        whole = copurchases(engine, dataset)
        bought = Bought(whole.customers, whole.products, whole.customer, whole.product, whole.last, whole.days, last)
        helps = False
        try:
            hits = _judged(engine, reading, placed, settings, whole.products, cut)
            helps = hits[0].segments_help
        except DataRefused as refused:
            refusals["next"] = refused.problems[0]
        segment = placed.position if helps and placed.names else None
        return (suggest(bought, learn_lifts(bought, segment), segment=segment, count=PRODUCTS), whole.names), hits
    except DataRefused as refused:
        refusals["next"] = refused.problems[0]
        return None, ()


def _judged(
    engine: DuckEngine, reading: Reading, placed: Placed, settings: Settings, products: tuple[str, ...], cut: int
) -> tuple[HitRates, ...]:
    """Judge suggestions on the last days, which they were not made from, with segments as of the day before."""
    dataset = reading.dataset
    parts = [
        copurchases(engine, dataset, until=date_of(cut), products=products),
        copurchases(engine, dataset, after=date_of(cut), products=products),
    ]
    before, later = (
        Bought(each.customers, each.products, each.customer, each.product, each.last, each.days, day_of(each.until)) for each in parts
    )
    segment = placed_at(engine, reading, placed, settings, cut) if placed.names else None
    return hit_rates(before, later, segment=segment, seed=settings.run.seed)
