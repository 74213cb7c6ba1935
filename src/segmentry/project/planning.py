"""The plan: who gets which offer under the limits, what that may earn and what it rests on, and a page that says so.

The order of work: read → features → segments (of a run, or made here) → the trial in the data, if any → what each offer brings and how finely to choose →
the plan within its limits → the same plan replayed on held-out customers, which takes off what choosing among noisy figures had added → files and page.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import DataRefused
from segmentry.features.compute import FeatureTable
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, Constraint
from segmentry.plans.evidence import Graded, NoFigure
from segmentry.plans.evidence import told as told_of
from segmentry.plans.frontier import frontier
from segmentry.plans.heldout import LEVEL, z_for
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.proof import Proof, fineness, learner
from segmentry.plans.replay import Replay, replay
from segmentry.plans.results import Allocation, Frontier
from segmentry.plans.segmenting import PAIRS, Segmenting, WayName
from segmentry.plans.targeting import Targeting
from segmentry.project.expecting import Expectation, candidates_of, expectations, notes_of
from segmentry.project.offering import Reachable, constraints_of, objective_of, offers_of, reachable
from segmentry.project.placing import Placed, place, placed_before
from segmentry.project.progress import Journal
from segmentry.project.proving import Proven, prove, tested
from segmentry.project.reading import Reading
from segmentry.project.settings import Settings
from segmentry.project.trials import read_trial
from segmentry.project.tried import Tried
from segmentry.reports.impact import OfferFigure
from segmentry.results import Note

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan and all that is said of it.

    Parameters
    ----------
    placed : Placed
        Segments of the customers.
    tried : Tried or None
    before : int array, shape (m,), or None
        Segment of each customer of the trial on the day before it, as a position among those of `placed`; −1 for none.
    proven : Proven or None
        None without a trial that tried one of the offers.
    segmenting : Segmenting or None
    expected : tuple of Expectation
    without : tuple of NoFigure
    allocation : Allocation or None
        None when there is no offer that may be planned with.
    frontier : Frontier or None
    replay : Replay or None
    figures : tuple of OfferFigure
        One per offer, the optimism removed.
    kept : dict of str to float
        By offer: the share of its planned gain that is left once the optimism is removed.
    notes : tuple of Note
    """

    placed: Placed
    tried: Tried | None
    before: Codes | None
    proven: Proven | None
    segmenting: Segmenting | None
    expected: tuple[Expectation, ...]
    without: tuple[NoFigure, ...]
    allocation: Allocation | None
    frontier: Frontier | None
    replay: Replay | None
    figures: tuple[OfferFigure, ...]
    kept: dict[str, float]
    notes: tuple[Note, ...]


def make_plan(
    engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, journal: Journal, *, run: Path | None
) -> Planned:
    """Plan who gets which offer.

    Parameters
    ----------
    engine : DuckEngine
        Holds the dataset of `reading`.
    reading : Reading
    table : FeatureTable
    settings : Settings
        ``[[offers]]`` and ``[plan]``, and ``[trial]`` where the data leaves something open.
    journal : Journal
    run : Path or None
        Folder of a finished run whose segments are used; None makes segments.

    Raises
    ------
    UsageError
        When offers or limits speak of what is not there.
    DataRefused
        When limits cannot be met together; the message names the smallest group that clashes.
    """
    placed = place(engine, reading, table, settings, journal, run=run)
    offers = offers_of(settings, placed.names)
    tried, notes = _trial(engine, reading, table, settings, journal)
    before = None if tried is None else placed_before(engine, reading, tried, placed, settings)
    proven = None if tried is None or before is None else _proven(reading, tried, before, offers, placed, settings, journal)
    choosing = None
    if proven is not None and proven.proof is not None:
        with journal.stage("segmenting", "Asking whether segmenting pays"):
            choosing = fineness(proven.proof, unit=_unit(reading, settings))
            journal.found(choosing.words)
    found, without = expectations(
        engine,
        reading,
        offers,
        settings,
        segment=placed.position,
        proven=proven,
        way="nobody" if choosing is None else choosing.verdict,
        arms=() if tried is None else tried.trial.arms[1:],
    )
    can = reachable(engine, reading.dataset, settings)
    if not found:
        return Planned(placed, tried, before, proven, choosing, (), without, None, None, None, _figures(without), {}, notes)
    limits, objective = constraints_of(settings, placed.names, can), objective_of(settings, can)
    with journal.stage("plan", "Choosing who gets which offer"):
        candidates = candidates_of(table.matrix.ids, found, can, settings, segment=placed.position, segments=placed.segments)
        targeting = Targeting(objective, limits)
        allocation = targeting.plan(candidates)
        curve = frontier(targeting, candidates)
        journal.found(f"{allocation.treated:,} of {len(allocation):,} customers get an offer, for {allocation.spent:,.2f}")
    again = (
        None if choosing is None else _replayed(proven, choosing.verdict, found, allocation, limits, journal=journal, unit=choosing.unit)
    )
    figures, kept = _told(allocation, found, again, why=idle(choosing))
    said = (*notes, *notes_of(found), *_unasked(can, settings), *allocation.notes)
    return Planned(
        placed, tried, before, proven, choosing, found, without, allocation, curve, again, (*figures, *_figures(without)), kept, said
    )


def _trial(
    engine: DuckEngine, reading: Reading, table: FeatureTable, settings: Settings, journal: Journal
) -> tuple[Tried | None, tuple[Note, ...]]:
    """Return the trial in the data; one that is not over yet holds nothing else up."""
    with journal.stage("trial", "Looking for a trial"):
        try:
            tried = read_trial(engine, reading, table, settings)
        except DataRefused as refused:
            told = " ".join(problem.sentence() for problem in refused.problems)
            return None, (Note("trial_not_told", f"The trial in the data is not used: {told}", "warning"),)
        if tried is not None:
            journal.found(f"{len(tried.trial):,} customers, {len(tried.trial.arms)} arms ({tried.trial.source})")
    return tried, () if tried is None else tried.learning_remarks


def _proven(
    reading: Reading,
    tried: Tried,
    before: Codes,
    offers: tuple[Offer, ...],
    placed: Placed,
    settings: Settings,
    journal: Journal,
) -> Proven | None:
    arms = tested(offers, settings, tried.trial)
    if not arms:
        return None
    with journal.stage("uplift", "Learning from the trial whom each offer changes"):
        currency = settings.read.currency or reading.dataset.currency
        proven = prove(tried, offers, arms, settings, segment=before, segments=placed.segments, currency=currency)
        journal.found(proven.uplift.words)
    return proven


def _replayed(
    proven: Proven | None,
    way: WayName,
    found: tuple[Expectation, ...],
    allocation: Allocation,
    limits: tuple[Constraint, ...],
    *,
    journal: Journal,
    unit: str,
) -> Replay | None:
    """Make the plan anew on parts of the trial and value it on the others."""
    if proven is None or proven.proof is None:
        return None
    offers = tuple(each.offer for each in found if each.grade == "randomised")
    # Per customer of the trial the plan has as much money as per customer who can be asked.
    scale = len(proven.proof) / max(allocation.eligibility.eligible, 1)
    with journal.stage("replay", "Valuing the plan on customers it was not made from"):
        decide = planner(offers, proven.proof, limits, scale=scale)
        again = replay(
            proven.proof.scores,
            proven.proof.fold,
            offers=proven.proof.offers,
            costs=proven.proof.costs,
            learn=learner(proven.proof, way),
            decide=decide,
            unit=unit,
        )
        journal.found(again.words)
    return again


def planner(offers: tuple[Offer, ...], proof: Proof, limits: tuple[Constraint, ...], *, scale: float) -> Any:
    """Return the planner that a replay asks: the same programme under budget and capacities, as far as its customers go.

    Parameters
    ----------
    offers : tuple of Offer
        In the order of the proof.
    proof : Proof
    limits : tuple of Constraint
        Of the plan; those that speak of single customers (consent, caps, hold-out) do not apply to a trial that is over.
    scale : float
        Customers of the trial over customers that the limits are meant for.
    """
    taking = np.clip(proof.takeup.mean(axis=0)[1:], 0.0, 1.0)

    def decide(effects: Floats, share: float) -> Codes:
        # Expected gains stand for the value of one sure buyer each: only what they cost is left to count.
        ids = np.array([f"{row}" for row in range(len(effects))], dtype=object)
        priced = tuple(Offer(each.name, each.channel, each.cost, each.conversion_cost, value=1.0) for each in offers)
        answers = np.tile(taking, (len(effects), 1))
        further = np.array([each.conversion_cost for each in offers]) * taking
        candidates = Candidates(ids, priced, effects + further, answers=answers)
        scaled = [limit for each in limits if (limit := _scaled(each, share * scale)) is not None]
        return Targeting(Profit() - ContactCost(), scaled, gap=1e-3).plan(candidates).offer + 1

    return decide


def _scaled(limit: Constraint, share: float) -> Constraint | None:
    if isinstance(limit, Budget):
        return Budget(limit.amount * share)
    return Capacity(limit.channel, round(limit.most * share)) if isinstance(limit, Capacity) else None


def idle(choosing: Segmenting | None) -> str:
    """Return why the plan gives an offer that was tried to nobody, and about how many more customers a trial needs to show what it seems to bring.

    Parameters
    ----------
    choosing : Segmenting or None
    """
    if choosing is None or choosing.verdict != "nobody":
        return "The plan gives it to nobody: on what the trial shows it does not earn its cost, another offer earns more, or the limits leave no room for it."
    best = max(choosing.ways, key=lambda way: way.value.value).value
    reason = "The trial does not show that it brings more than it costs, to anybody."
    if best.value <= 0 or best.low == best.high:
        return reason
    # The error falls with the root of the customers; it has to fit so many times into what the best way seems to bring.
    wide = z_for(LEVEL, PAIRS) / z_for(0.05) * (best.high - best.low) / 2
    more = max(1.0, choosing.customers * ((wide / best.value) ** 2 - 1))
    seems = f"If the best way of choosing brings the {told_of(best, choosing.unit)} it seems to"
    return f"{reason} {seems}, a trial with about {float(f'{more:.2g}'):,.0f} more customers would show it."


def _unasked(can: Reachable, settings: Settings) -> tuple[Note, ...]:
    if can.consent or settings.plan.consent == "ignore":
        return ()
    words = "No column says who consented to be contacted, so nobody was left out for want of it. Add the column, or see to it where offers are sent."
    return (Note("no_consent_column", words, "warning"),)


def _told(
    allocation: Allocation, found: tuple[Expectation, ...], again: Replay | None, *, why: str
) -> tuple[tuple[OfferFigure, ...], dict[str, float]]:
    """Return what may be promised of each offer, and the share of its planned gain that this is."""
    gains = {each.name: float(allocation.gain[allocation.offer == place].sum()) for place, each in enumerate(allocation.offers)}
    figures, kept = [], {}
    for each in found:
        name, planned = each.offer.name, gains[each.offer.name]
        if each.grade != "randomised":
            kept[name] = 1.0
            figures.append(OfferFigure(name, Graded(planned, each.grade, each.source, None, gross=each.gross)))
        elif planned == 0.0:
            kept[name] = 0.0
            figures.append(OfferFigure(name, NoFigure(name, why)))
        elif again is None or not again.certain or again.planned <= 0:
            kept[name] = 0.0
            reason = "On customers it was not made from, what the plan earns cannot be told from nothing."
            figures.append(OfferFigure(name, NoFigure(name, reason)))
        else:
            kept[name] = again.promised / again.planned
            ends = sorted((again.revalued.low / again.planned * planned, again.revalued.high / again.planned * planned))
            value = kept[name] * planned
            figures.append(OfferFigure(name, Graded(value, "randomised", each.source, (min(ends[0], value), max(ends[1], value)))))
    return tuple(figures), kept


def _figures(without: tuple[NoFigure, ...]) -> tuple[OfferFigure, ...]:
    return tuple(OfferFigure(each.offer, each) for each in without)


def _unit(reading: Reading, settings: Settings) -> str:
    currency = settings.read.currency or reading.dataset.currency
    return f"{currency} per customer".strip()
