"""A plan made again without the customers it is judged by: what it promised, what it brings, and what choosing had added.

A planner that picks the highest of many noisy expected gains picks luck (the optimiser's curse: Smith and Winkler 2006). So the customers of a trial are cut
into folds; effects are learned on the others, the plan is made for the fold that was left out, with limits scaled to its size, and valued there by doubly
robust scores (Dudík et al. 2014), which the plan has not seen. What remains is the plan's value; what is missing was optimism.

Beside it, on the same customers and within the same limits, stand simple rules: nobody, and each offer alone for as many as the limits allow, whoever they
are. `regret` says what might be lost against the best of them, with intervals that hold for all of them at once; `ahead` says what choosing brings over the one
that looked best on the other folds.

A gain is promised only where it is beyond chance (99 %) and does not hang on a handful of customers, and never more than planned. Otherwise 0 is promised.

When NOT to use: without a lot or logged probabilities; for a plan whose customers are unlike those of the trial.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import UsageError
from segmentry.evaluation.ranked import numbered
from segmentry.plans.evidence import told
from segmentry.plans.heldout import (
    FEWEST_CARRYING,
    above_nothing,
    averages,
    carried_by,
    contrasts,
    gain_error,
    individual,
    mean_gain,
    z_for,
)
from segmentry.preparation.words import percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
Learn = Callable[[Mask, Mask], Floats]
Decide = Callable[[Floats, float], Codes]
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A simple rule under the same limits, valued on the same held-out customers.

    Parameters
    ----------
    name, words : str
        "nobody", or an offer's name.
    value : Estimate
        Gain per customer over treating nobody.
    ahead : Estimate
        Gain per customer of the plan over this rule, paired.
    """

    name: str
    words: str
    value: Estimate
    ahead: Estimate


@dataclass(frozen=True, slots=True)
class Replay:
    """What the plan promises, and what it brings on customers it was not made from; all per customer of the trial, costs taken off.

    Parameters
    ----------
    planned : float
        What the planner itself says of the plan: its own expected effects less the costs.
    revalued : Estimate
        The same plan valued by what held-out customers really did, over treating nobody, with a 95 % interval.
    optimism : Estimate
        Planned less revalued: what choosing among noisy figures had added.
    promised : float
        What may be promised: `revalued`, or `planned` where that is less, if it is above 0 beyond chance, otherwise 0.
    certain : bool
        Whether it is above 0 beyond chance (99 %), and carried by 30 customers or more (see `heldout`).
    ahead : Estimate
        Gain over the simple rule that looked best without these customers.
    promised_ahead : float
        What may be promised of choosing: `ahead` if it is above 0 beyond chance (99 %), otherwise 0.
    regret : Estimate
        What might be lost against the best of the simple rules, 0 or more; ends of the interval over all of them at once.
    alternatives : tuple of Alternative
        Nobody first, then each offer alone.
    treated : float
        Share of customers who get an offer in the replay.
    customers, folds : int
    words : str
    """

    planned: float
    revalued: Estimate
    optimism: Estimate
    promised: float
    certain: bool
    ahead: Estimate
    promised_ahead: float
    regret: Estimate
    alternatives: tuple[Alternative, ...]
    treated: float
    customers: int
    folds: int
    words: str


def replay(
    scores: Floats,
    fold: ArrayLike,
    *,
    offers: Sequence[str],
    costs: Sequence[float],
    learn: Learn,
    decide: Decide,
    unit: str = "",
) -> Replay:
    """Return a plan's value on customers it was not made from.

    Parameters
    ----------
    scores : float array, shape (n, a)
        Doubly robust, of the money each arm would bring before the cost of contacts (`uplift.policy.doubly_robust`), cross-fitted by `fold`; the
        first arm is the control.
    fold : array-like of int, shape (n,)
    offers : sequence of str, length a − 1
    costs : sequence of float, length a − 1
        Of a contact with each offer.
    learn : callable
        From the customers to learn from and those asked about (bool arrays, shape (n,)) to the effect of each offer on each of the latter, before
        costs, shape (m, a − 1). Such as of `learner`.
    decide : callable
        From these effects and the share of all customers that they are (limits are to be scaled by it) to what each gets: 0 for nothing, else the
        number of the offer from 1 on, shape (m,).
    unit : str
        Such as "£ per customer".

    Raises
    ------
    UsageError
        When shapes do not fit or a decision is no offer.
    NotEnoughData
        With fewer than 100 customers.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> scores, fold = rng.normal(size=(2000, 3)) + [0.0, 0.5, 0.5], np.arange(2000) % 5
    >>> plan = replay(scores, fold, offers=["letter", "mail"], costs=[0.1, 0.1], learn=learner(scores), decide=unlimited([0.1, 0.1]))
    >>> plan.certain, plan.promised_ahead, plan.treated
    (True, 0.0, 1.0)
    """
    folds = numbered(fold).astype(np.int64)
    contrast = contrasts(scores, folds)
    count, cost = int(folds.max()) + 1, np.asarray(costs, dtype=np.float64)
    if contrast.shape[1] != len(offers) or cost.shape != (len(offers),) or not np.isfinite(cost).all():
        raise UsageError(
            f"{len(offers)} offers and {len(costs)} costs were given for scores of {scores.shape[1]} arms; allowed is a name and a finite cost for each arm "
            "but the control. Give them in the order of the scores."
        )
    parts = [_part(contrast, folds == place, cost, learn, decide) for place in range(count)]
    planned, plan, simple, rules, treated = (_gathered([part[place] for part in parts], folds) for place in range(5))
    alternatives = _alternatives(offers, plan, rules, count)
    revalued, ahead = mean_gain(plan, count), mean_gain(plan - simple, count)
    certain, choosing = (above_nothing(each, count) for each in (plan, plan - simple))
    promised = max(0.0, min(float(planned.mean()), revalued.value)) if certain else 0.0
    found = Replay(
        planned=float(planned.mean()),
        revalued=revalued,
        optimism=mean_gain(planned - plan, count),
        promised=promised,
        certain=certain,
        ahead=ahead,
        promised_ahead=ahead.value if choosing else 0.0,
        regret=_regret(plan, rules, count),
        alternatives=alternatives,
        treated=float(treated.mean()),
        customers=len(plan),
        folds=count,
        words="",
    )
    return _with_words(found, unit, carried_by(plan))


def learner(scores: Floats, expected: Floats | None = None) -> Learn:
    """Return how effects are learned when nothing else is said: averages drawn towards 0, or individual effects drawn towards the average.

    Parameters
    ----------
    scores : float array, shape (n, a)
        As of `replay`.
    expected : float array, shape (n, a − 1), optional
        Expected effect of each offer on each customer, by models that never saw the customer's fold.
    """
    contrast = scores[:, 1:] - scores[:, :1]

    def learn(known: Mask, asked: Mask) -> Floats:
        if expected is None:
            return np.tile(averages(contrast[known]), (int(asked.sum()), 1))
        return individual(contrast[known], expected[known], expected[asked])

    return learn


def unlimited(costs: Sequence[float]) -> Decide:
    """Return the planner without limits: everybody gets the offer with the highest gain, nobody one that does not gain."""
    cost = np.asarray(costs, dtype=np.float64)

    def decide(effects: Floats, _: float) -> Codes:
        gains = effects - cost
        return np.where(gains.max(axis=1) > 0, gains.argmax(axis=1) + 1, 0).astype(np.int64)

    return decide


def _part(contrast: Floats, test: Mask, cost: Floats, learn: Learn, decide: Decide) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return, per customer of one fold: planned, the plan's gain, that of the best simple rule, those of all simple rules (m, a), who is treated."""
    gains, rows, share = contrast[test] - cost, np.arange(int(test.sum())), float(test.mean())
    effects = learn(~test, test)
    chosen = _decided(decide, effects, share, gains.shape)
    planned, plan = (_taken(each, chosen, rows) for each in (effects - cost, gains))
    reach = np.array([_reach(decide, place, cost, share, gains.shape) for place in range(len(cost))])
    rules = np.column_stack([np.zeros(len(rows)), reach * gains])
    likely = np.concatenate([[0.0], reach * (averages(contrast[~test]) - cost)])
    return planned, plan, rules[:, int(likely.argmax())], rules, (chosen > 0).astype(np.float64)


def _decided(decide: Decide, effects: Floats, share: float, shape: tuple[int, ...]) -> Codes:
    if effects.shape != shape or not np.isfinite(effects).all():
        raise UsageError(
            f"learn returned effects of shape {effects.shape}; allowed is {shape}, all finite. Return one per customer asked about."
        )
    chosen = np.asarray(decide(effects, share))
    if chosen.shape != shape[:1] or (chosen.size and not (chosen.min() >= 0 and chosen.max() <= shape[1])):
        raise UsageError(
            f"decide returned shape {chosen.shape} for {shape[0]:,} customers and {shape[1]} offers; allowed is one whole number from 0 (nothing) to "
            f"{shape[1]} each. Return what each gets."
        )
    return chosen.astype(np.int64)


def _reach(decide: Decide, place: int, cost: Floats, share: float, shape: tuple[int, ...]) -> float:
    """Return the share of customers that limits let one offer reach: the planner is told that everybody gains by it, alike, and by nothing else."""
    effects = np.zeros(shape) + np.minimum(cost, 0.0)
    effects[:, place] = cost[place] + 1.0 + abs(cost[place])
    return float((_decided(decide, effects, share, shape) == place + 1).mean())


def _taken(gains: Floats, chosen: Codes, rows: NDArray[np.intp]) -> Floats:
    return np.where(chosen > 0, gains[rows, np.maximum(chosen - 1, 0)], 0.0)


def _gathered(parts: Sequence[Floats], fold: Codes) -> Floats:
    """Return the parts of the folds in the order of the customers."""
    whole = np.empty((len(fold), *parts[0].shape[1:]))
    for place, part in enumerate(parts):
        whole[fold == place] = part
    return whole


def _alternatives(offers: Sequence[str], plan: Floats, rules: Floats, folds: int) -> tuple[Alternative, ...]:
    told_of = ["treat nobody", *(f"{offer} for everyone, or for as many as the limits allow" for offer in offers)]
    return tuple(
        Alternative(name, words, mean_gain(rule, folds), mean_gain(plan - rule, folds))
        for name, words, rule in zip([NOBODY, *offers], told_of, rules.T, strict=True)
    )


def _regret(plan: Floats, rules: Floats, folds: int) -> Estimate:
    lost = np.array([(rule - plan).mean() for rule in rules.T])
    error = np.array([gain_error(rule - plan, folds) for rule in rules.T])
    reach = z_for(0.05, len(lost)) * error
    return Estimate(max(0.0, float(lost.max())), max(0.0, float((lost - reach).max())), max(0.0, float((lost + reach).max())))


def _with_words(found: Replay, unit: str, carried: float) -> Replay:
    words = (
        f"The planner itself says {_alone(found.planned, found.revalued, unit)}; by what {found.customers:,} customers it was not made from really did, "
        f"it is {told(found.revalued, unit)}. "
    )
    if found.optimism.value > 0:
        words += f"The difference, {told(found.optimism, unit)}, is the optimism of choosing and is removed. "
    elif found.certain:
        words += "So no optimism had to be removed, and no more than planned is promised. "
    if not found.certain and found.revalued.low > 0 and carried < FEWEST_CARRYING:
        words += f"That hangs on the luck of about {carried:.0f} customers, too few to promise anything. "
    elif not found.certain:
        words += "Beyond chance nothing is gained over treating nobody, so no gain is promised. "
    elif found.promised_ahead > 0:
        words += f"Choosing brings {told(found.ahead, unit)} more than the best simple rule. "
    else:
        words += f"Choosing who gets what is not shown to be better than the best simple rule ({told(found.ahead, unit)}). "
    if found.regret.high > 0:
        at_most = _alone(found.regret.high, found.regret, unit)
        words += f"Giving nobody an offer, or all the same one, would have brought at most {at_most} more. "
    return replace(found, words=f"{words}{percent(found.treated)} of the customers get an offer.")


def _alone(value: float, like: Estimate, unit: str) -> str:
    """Return a figure rounded as another is, without an interval."""
    figure, _, per = told(Estimate(value, like.low, like.high), unit).partition(" (")
    return figure + per.partition(")")[2]
