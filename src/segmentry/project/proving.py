"""From a trial in the data to what it says of the offers of a plan: money kept per customer, uplift on it, and the proof a plan is made from.

What is learned from is the money itself: the margin of what was spent (or the value of a buyer) less what the offer costs once it is taken up. So an offer that
moves purchases it would have had anyway, and pays a voucher for each, shows as what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric, Trial
from segmentry.plans.offers import Offer
from segmentry.plans.proof import Proof
from segmentry.project.settings import Settings
from segmentry.project.tried import Tried
from segmentry.project.uplifting import everyone, households_of
from segmentry.uplift.policy import doubly_robust
from segmentry.uplift.question import Question
from segmentry.uplift.results import Uplift

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
KEPT = "kept"
YES = frozenset({"yes", "1", "true", "treated", "treatment"})
LEARNERS = ("linear", "t", "dr")


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """What a trial says of offers.

    Parameters
    ----------
    uplift : Uplift
        On the money kept, before the cost of contacts; the whole chapter, refusals included.
    proof : Proof or None
        None where the trial is refused.
    places : tuple of int
        Of the tested offers among those of the plan, in the order of the proof.
    expected : float array, shape (n, k), or None
        Effect on each customer of the run, in money before the cost of contacts; out-of-fold for those of the trial.
    """

    uplift: Uplift
    proof: Proof | None
    places: tuple[int, ...]
    expected: Floats | None


def tested(offers: Sequence[Offer], settings: Settings, trial: Trial) -> dict[int, int]:
    """Return, by place among the offers, the arm that tried each; offers that no arm tried are left out."""
    arms = {" ".join(name.casefold().split()): place for place, name in enumerate(trial.arms)}
    found = {}
    for place, (offer, told) in enumerate(zip(offers, settings.offers, strict=True)):
        arm = arms.get(" ".join((told.arm or offer.name).casefold().split()))
        # With one treatment there is nothing else that yes can mean, nor one offer that says nothing of itself.
        alone = len(offers) == 1 and not told.arm and told.effect is None
        if arm is None and len(trial.arms) == 2 and (alone or told.arm.strip().casefold() in YES):
            arm = 1
        if arm:
            found[place] = arm
    return found


def prove(
    tried: Tried,
    offers: Sequence[Offer],
    arms: dict[int, int],
    settings: Settings,
    *,
    segment: Codes,
    segments: Sequence[str],
    currency: str,
) -> Proven:
    """Learn from a trial what each tested offer brings.

    Parameters
    ----------
    tried : Tried
    offers : sequence of Offer
        Of the plan.
    arms : dict of int to int
        As of `tested`; at least one.
    segment : int array, shape (m,)
        Of the trial's customers before the start, position in `segments`; −1 for none.
    segments : sequence of str
    currency : str

    Raises
    ------
    UsageError
        When the offers do not say what a buyer brings, or say it in different ways.
    """
    places = tuple(sorted(arms))
    trial, rows = _kept(tried.trial, [offers[place] for place in places], [arms[place] for place in places])
    known = replace(tried, trial=trial, matrix=tried.matrix.take(rows), groups=tried.groups[rows], places=tried.places[rows])
    customers = everyone(known)
    question = Question(
        metric=KEPT,
        revenue=1.0,
        contact=_contacts(trial, offers, arms),
        learners=settings.trial.learners,
        households=households_of(known),
        folds=settings.trial.folds,
        seed=settings.run.seed,
        currency=currency,
    )
    from segmentry.uplift.lift import lift

    found = lift(customers, trial, question=question)
    if found.robust is None or found.fold is None or found.expected is None:
        return Proven(found, None, places, None)
    taking = np.array([arms[place] for place in places])
    inside = found.fold[known.places] >= 0
    mine = known.places[inside]
    scores, fold = found.robust[mine], found.fold[mine]
    bought = trial.outcome(trial.metrics[-1].name)[inside]
    probability = _probability(trial)[inside]
    buying = doubly_robust(
        known.matrix.values[inside], trial.arm[inside], bought, probability=probability, fold=fold, seed=settings.run.seed
    )
    proof = Proof(
        control=trial.arms[0],
        offers=tuple(offers[place].name for place in places),
        costs=tuple(offers[place].cost for place in places),
        contrast=scores[:, taking] - scores[:, :1],
        takeup=buying[:, np.concatenate([[0], taking])],
        fold=fold,
        segment=segment[rows][inside],
        segments=tuple(segments),
        expected=found.expected[mine][:, taking - 1],
    )
    return Proven(found, proof, places, found.expected[:, taking - 1])


def _kept(trial: Trial, offers: Sequence[Offer], arms: Sequence[int]) -> tuple[Trial, NDArray[np.intp]]:
    """Return the trial with money kept as its metric, and the purchase behind it, for whom both are known."""
    buying = next((each for each in trial.metrics if each.kind == "yes/no"), None)
    money = next((each for each in trial.metrics if each.kind == "money"), None)
    worth = _worth(offers, buying, money)
    bought = trial.outcome(buying.name) if buying is not None else (trial.outcome(money.name) > 0).astype(np.float64) if money else None
    if bought is None:
        raise UsageError(
            f"the trial counts {', '.join(each.words for each in trial.metrics)}; a plan needs whether customers bought, or what they spent. Add one of them."
        )
    brought = worth[1] * (bought if worth[0] == "value" or money is None else trial.outcome(money.name))
    further = np.zeros(len(trial.arms))
    further[list(arms)] = [offer.conversion_cost for offer in offers]
    kept = brought - further[trial.arm] * bought
    known = np.flatnonzero(np.isfinite(kept) & np.isfinite(bought))
    made = replace(
        trial,
        metrics=(
            Metric(KEPT, "Money kept per customer", "money"),
            Metric("bought", "Bought", "yes/no") if buying is None else buying,
        ),
        outcomes=np.column_stack([kept, bought]),
        before=None,
    )
    return made.take(known), known


def _worth(offers: Sequence[Offer], buying: Metric | None, money: Metric | None) -> tuple[str, float]:
    """Return whether what a buyer brings is a value or a share of what they spend, and how much."""
    told = {("value", offer.value) if offer.value is not None else ("margin", offer.margin) for offer in offers}
    names = ", ".join(offer.name for offer in offers)
    who, verb = (f"the offer {names}", "s") if len(offers) == 1 else (f"the offers {names}", "")
    if len(told) > 1:
        raise UsageError(
            f"the offers {names} say in {len(told)} different ways what a buyer brings; allowed is one value, or one margin, for all offers of a trial, "
            "because they are compared with the same customers left alone. Give them the same."
        )
    kind, amount = next(iter(told))
    if amount is None:
        raise UsageError(f"{who} say{verb} neither value nor margin; allowed is one of them. Give margin = 0.3, or value = 10.0.")
    if kind == "margin" and money is None:
        raise UsageError(
            f"{who} give{verb} a margin, and the trial does not say what customers spent; allowed is a value per buyer then. Give value = 10.0, or "
            "add the money."
        )
    if kind == "value" and buying is None:
        raise UsageError(
            f"{who} give{verb} a value per buyer, and the trial does not say who bought; allowed is a margin then. Give margin = 0.3."
        )
    return kind, float(amount)


def _contacts(trial: Trial, offers: Sequence[Offer], arms: dict[int, int]) -> tuple[float, ...]:
    """Return the cost of a contact of each treatment; one that no offer of the plan stands for is not to be chosen, and free here."""
    cost = np.zeros(len(trial.arms) - 1)
    for place, arm in arms.items():
        cost[arm - 1] = offers[place].cost
    return tuple(cost.tolist())


def _probability(trial: Trial) -> Floats:
    if trial.propensity is not None:
        return trial.propensity
    shares = np.asarray(trial.shares) if trial.shares else trial.counts / len(trial)
    return np.tile(shares / shares.sum(), (len(trial), 1))
