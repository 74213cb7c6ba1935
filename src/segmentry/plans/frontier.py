"""The frontier: the expected gain of the best plan by budget, what the next money brings, and where to stop.

The gain of the best divisible plan is a concave function of the budget, and its slope is the price of money (the dual of `decomposition`; Everett
1963). So the next 1,000 bring less the more has been spent, and there is one place from which on they bring less than they have to: what is spent without
a budget when each unit of money is charged what it has to bring.

Each budget is planned anew with the same other limits.

When NOT to use: to choose the budget by gains nobody has tested; the slope is made of the same expectations as the plan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from segmentry.checks import check_range
from segmentry.errors import UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.conflicts import check_feasible, least_spend
from segmentry.plans.constraints import Budget
from segmentry.plans.decomposition import Solved, solve
from segmentry.plans.formulation import Formulation, formulate
from segmentry.plans.knapsack import Floats, money, usage
from segmentry.plans.results import Frontier, Step
from segmentry.plans.targeting import Targeting
from segmentry.preparation.words import figure


def frontier(
    targeting: Targeting, candidates: Candidates, budgets: Sequence[float] | None = None, *, points: int = 12, hurdle: float = 0.0
) -> Frontier:
    """Return the expected gain by budget.

    Parameters
    ----------
    targeting : Targeting
        Its budget is replaced.
    candidates : Candidates
    budgets : sequence of float, optional
        Amounts to plan; by default `points` equal steps up to what a plan without a budget spends.
    points : int
    hurdle : float
        Gain that one unit of money has to bring; 0 where the objective counts the costs already.

    Raises
    ------
    UsageError
        When a budget is not 0 or above, or there are fewer than two points.

    Examples
    --------
    >>> from segmentry.plans.objectives import ContactCost, Profit
    >>> from segmentry.plans.offers import Offer
    >>> candidates = Candidates(np.array(["a", "b"], dtype=object), (Offer("Letter", cost=1.0, value=30.0),), np.array([[0.2], [0.1]]))
    >>> found = frontier(Targeting(Profit() - ContactCost()), candidates, [0.0, 1.0, 2.0])
    >>> [step.gain for step in found.steps], found.stop
    ([0.0, 5.0, 7.0], 2.0)
    """
    _check(budgets, points)
    others = [each for each in targeting.constraints if not isinstance(each, Budget)]
    own = min((each.amount for each in targeting.constraints if isinstance(each, Budget)), default=None)
    most = float(_dearest(candidates).sum())
    formed = formulate(candidates, targeting.objective, [*others, Budget(max(most, own or 0.0, *(budgets or ()), 1.0))])
    check_feasible(formed)
    stop = _spent_at(formed, hurdle, targeting.gap)
    asked = sorted(
        {float(each) for each in (_steps(max(stop, _spent_at(formed, 0.0, targeting.gap)), points) if budgets is None else budgets)}
    )
    if own is not None and budgets is None:
        asked = sorted({*asked, own, own + _width(asked)})
    steps = _planned(formed, asked, targeting.gap)
    return Frontier(steps, stop, hurdle, _words(steps, stop, hurdle, own))


def _check(budgets: Sequence[float] | None, points: int) -> None:
    check_range("points", points, 2, 1_000)
    for each in budgets or ():
        if not (math.isfinite(each) and each >= 0):
            raise UsageError(f"a budget of the frontier is {each:g}; allowed is 0 or any amount above. Leave it out.")


def _dearest(candidates: Candidates) -> Floats:
    """Return the most that could be spent on each customer, shape (n,)."""
    most = np.zeros(len(candidates))
    for place, offer in enumerate(candidates.offers):
        np.maximum(most, offer.cost + candidates.converting(place), out=most)
    return most


def _spent_at(formed: Formulation, hurdle: float, gap: float) -> float:
    """Return what is spent without a budget when each unit of money has to bring the hurdle."""
    sack = formed.sack
    price = hurdle * formed.money_unit / formed.gain_unit
    every = money(sack, slice(0, sack.customers))[:-1]
    solved = solve(replace(sack, gain=sack.gain - price * every), gap=gap)
    return float(usage(sack, solved.choice)[sack.money]) * formed.money_unit if solved.choice is not None else 0.0


def _steps(most: float, points: int) -> list[float]:
    """Return round budgets from 0 to what can be spent."""
    if most <= 0:
        return [0.0]
    rough = most / (points - 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = size * next(each for each in (1.0, 2.0, 2.5, 5.0, 10.0) if each * size >= rough * (1 - 1e-9))
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def _width(asked: Sequence[float]) -> float:
    return asked[1] - asked[0] if len(asked) > 1 else 1.0


def _planned(formed: Formulation, budgets: Sequence[float], gap: float) -> tuple[Step, ...]:
    """Return a step per budget that can be kept."""
    least = least_spend(formed)
    rising: list[Step] = []
    for amount in budgets:
        with_it = formed.with_budget(amount)
        solved = solve(with_it.sack, gap=gap) if amount >= least else None
        if solved is None or solved.choice is None:
            continue
        step = _step(with_it, amount, solved)
        # What a lower budget can do, a higher one can; the gap alone could let it fall.
        better = rising[-1] if rising and rising[-1].gain > step.gain else step
        rising.append(replace(better, budget=amount, bound=max(step.bound, better.gain), price=step.price))
    # Where a budget buys nothing yet, many prices are best; the next money brings no less than the next step shows.
    slopes = [(two.gain - one.gain) / (two.budget - one.budget) for one, two in pairwise(rising)]
    return tuple(replace(step, price=max(step.price, slope)) for step, slope in zip(rising, [*slopes, 0.0], strict=True))


def _step(formed: Formulation, amount: float, solved: Solved) -> Step:
    sack, choice = formed.sack, solved.choice
    spent = 0.0 if choice is None else float(usage(sack, choice)[sack.money]) * formed.money_unit
    price = float(solved.prices[sack.money]) * formed.gain_unit / formed.money_unit
    treated = 0 if choice is None else int((choice >= 0).sum())
    return Step(amount, spent, solved.value * formed.gain_unit, solved.bound * formed.gain_unit, price, treated)


def _words(steps: Sequence[Step], stop: float, hurdle: float, own: float | None) -> tuple[str, ...]:
    found = []
    for one, two in pairwise(steps):
        if own is None or one.budget == own:
            found.append(f"At {_rounded(one.budget)}, the next {_rounded(two.budget - one.budget)} brings {_rounded(two.gain - one.gain)}.")
    less = f"less than {figure(hurdle)} for each 1 spent" if hurdle else "nothing"
    found.append(f"Stop at {_rounded(stop)}: more money brings {less}.")
    return tuple(found)


def _rounded(amount: float) -> str:
    """Return an amount of money for people, to three significant digits."""
    return figure(float(f"{amount:.3g}"))
