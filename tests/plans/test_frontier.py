import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.plans.candidates import Candidates
from segmentry.plans.constraints import Budget, Capacity, MinReach
from segmentry.plans.frontier import frontier
from segmentry.plans.objectives import ContactCost, Profit
from segmentry.plans.offers import Offer
from segmentry.plans.targeting import Targeting

OBJECTIVE = Profit() - ContactCost()


def one_offer(effects, **more):
    effects = np.asarray(effects, dtype=float)[:, None]
    ids = np.array([f"C{number}" for number in range(len(effects))], dtype=object)
    return Candidates(ids, (Offer("Letter", "mail", cost=2.0, value=100.0),), effects, **more)


def many(count=3_000, seed=0):
    return one_offer(np.random.default_rng(seed).gamma(1.0, 0.03, count))


def test_with_one_offer_the_frontier_is_the_running_sum_of_the_best_customers():
    chosen = many()
    best = np.sort(100.0 * chosen.conversions[:, 0] - 2.0)[::-1]
    budgets = [0.0, 200.0, 1_000.0, 2_000.0]
    found = frontier(Targeting(OBJECTIVE), chosen, budgets)
    assert [step.treated for step in found.steps] == [0, 100, 500, 1_000]
    assert [step.gain for step in found.steps] == pytest.approx([best[: step.treated].sum() for step in found.steps])
    assert [step.price for step in found.steps[1:]] == pytest.approx([best[step.treated] / 2.0 for step in found.steps[1:]], rel=0.01)
    assert found.stop == pytest.approx(2.0 * (best > 0).sum())


def test_the_stop_is_where_the_next_unit_of_money_brings_less_than_the_hurdle():
    chosen = many()
    best = 100.0 * chosen.conversions[:, 0] - 2.0
    found = frontier(Targeting(OBJECTIVE), chosen, [100.0], hurdle=0.5)
    assert found.stop == pytest.approx(2.0 * (best > 0.5 * 2.0).sum())
    assert "less than 0.5 for each 1 spent" in found.words[-1]


def test_the_frontier_rises_and_flattens_and_ends_where_more_brings_nothing():
    found = frontier(Targeting(OBJECTIVE, [Capacity("mail", 1_200)]), many(), points=8)
    gains = np.array([step.gain for step in found.steps])
    budgets = np.array([step.budget for step in found.steps])
    assert budgets[0] == 0.0
    assert budgets[-1] >= found.stop > budgets[-2]
    assert (np.diff(gains) >= 0).all()
    slopes = np.diff(gains) / np.diff(budgets)
    assert (np.diff(slopes) <= 1e-3 * slopes[0]).all()
    assert found.steps[-1].price == 0.0
    assert found.stop == pytest.approx(2.0 * 1_200)


def test_the_plan_of_a_budget_is_on_the_frontier():
    chosen, limits = many(), [Budget(900.0), Capacity("mail", 1_200)]
    found = frontier(Targeting(OBJECTIVE, limits), chosen)
    at = next(step for step in found.steps if step.budget == 900.0)
    assert at.gain == pytest.approx(Targeting(OBJECTIVE, limits).plan(chosen).value, rel=1e-4)


def test_words_say_what_the_next_money_brings_and_where_to_stop():
    # A hundred customers each bring 8, 3 and nothing, for 2.
    chosen = one_offer(np.repeat([0.1, 0.05, 0.02], 100))
    found = frontier(Targeting(OBJECTIVE, [Budget(100.0)]), chosen, [100.0, 200.0, 300.0, 400.0, 500.0])
    assert found.words == ("At 100, the next 100 brings 400.", "Stop at 400: more money brings nothing.")
    assert [step.gain for step in found.steps] == pytest.approx([400.0, 800.0, 950.0, 1_100.0, 1_100.0])


def test_budgets_that_cannot_keep_the_other_limits_are_left_out():
    chosen = one_offer(np.full(100, 0.1), segment=np.zeros(100, dtype=np.int64), segments=("gold",))
    found = frontier(Targeting(OBJECTIVE, [MinReach("gold", 0.5)]), chosen, [0.0, 50.0, 100.0, 150.0])
    assert [step.budget for step in found.steps] == [100.0, 150.0]


def test_where_nothing_can_be_spent_it_stops_at_nothing():
    found = frontier(Targeting(OBJECTIVE), one_offer(np.zeros(10)))
    assert [(step.budget, step.gain) for step in found.steps] == [(0.0, 0.0)]
    assert found.words == ("Stop at 0: more money brings nothing.",)


def test_a_budget_below_nothing_is_refused():
    with pytest.raises(UsageError, match="a budget of the frontier is -1"):
        frontier(Targeting(OBJECTIVE), many(10), [-1.0])
    with pytest.raises(UsageError, match="points is 1"):
        frontier(Targeting(OBJECTIVE), many(10), points=1)
