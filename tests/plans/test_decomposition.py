import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from segmentry.plans.decomposition import solve
from segmentry.plans.knapsack import Knapsack, choose, total, usage


def made(customers, seed=0, *, segments=0, distinct=0, further=True):
    """Make a knapsack with a budget, two capacities and, when asked, least reaches; of `distinct` different gains, when asked."""
    rng = np.random.default_rng(seed)
    wide = 6
    effects = rng.gamma(2.0, 0.01, (wide, customers))
    if distinct:
        effects = effects[:, rng.integers(0, distinct, customers)]
    cost = rng.uniform(0.3, 1.5, wide)
    gain = effects * rng.uniform(20.0, 60.0, (wide, 1)) - cost[:, None]
    takes = np.zeros((3 + segments, wide + 1))
    takes[0, :-1], takes[1, :2], takes[2, 3:6] = cost, 1.0, 1.0
    limits = np.array([0.25, 0.08, 0.12, *([-0.12] * segments)]) * customers
    reach = rng.integers(3, 3 + 2 * segments, customers) if segments else None
    if reach is not None:
        reach = np.minimum(reach, 3 + segments)
        limits[3:] = -np.floor(0.4 * np.bincount(reach, minlength=4 + segments)[3 : 3 + segments])
    more = tuple(rng.random(customers) * 0.4 if further and place % 2 else None for place in range(wide))
    return Knapsack(gain, takes, more, 0, reach, limits)


def divisible(sack):
    """Return the gain of the best divisible plan, by HiGHS on the whole problem: no plan is better."""
    offer, column = np.nonzero(np.isfinite(sack.gain))
    takes = sack.takes[:, offer]
    for place, more in enumerate(sack.further):
        if more is not None:
            takes[0, offer == place] += more[column[offer == place]]
    if sack.reach is not None:
        inside = sack.reach[column] < len(sack.limits)
        takes[sack.reach[column[inside]], np.flatnonzero(inside)] -= 1.0
    one = csr_array((np.ones(len(offer)), (column, np.arange(len(offer)))), shape=(sack.customers, len(offer)))
    answer = linprog(
        -sack.gain[offer, column], vstack([csr_array(takes), one]), np.concatenate([sack.limits, np.ones(sack.customers)]), bounds=(0, 1)
    )
    return -answer.fun


@pytest.mark.parametrize(
    "kwargs",
    [{}, {"segments": 3}, {"distinct": 7}, {"distinct": 20, "further": False, "segments": 2}],
    ids=["plain", "reach", "alike", "alike, reach"],
)
def test_the_bound_is_that_of_the_best_divisible_plan_and_the_plan_is_near_it(kwargs):
    sack = made(1_500, **kwargs)
    found = solve(sack)
    most = divisible(sack)
    assert choose(sack, found.prices)[1] == pytest.approx(most, rel=1e-7)
    # A whole-number programme may prove that the divisible plan cannot be reached.
    assert found.value <= found.bound <= most * (1 + 1e-9)
    assert found.exact or found.bound == pytest.approx(most, rel=1e-7)
    assert found.gap <= 1e-4
    assert (usage(sack, found.choice) <= sack.limits * (1 + np.sign(sack.limits) * 1e-9)).all()
    assert total(sack, found.choice) == pytest.approx(found.value)


def test_many_customers_are_planned_to_a_small_gap():
    sack = made(60_000, seed=1, segments=2)
    found = solve(sack, gap=1e-6)
    assert found.gap <= 1e-6
    assert (usage(sack, found.choice) <= sack.limits * (1 + np.sign(sack.limits) * 1e-9)).all()


def test_exact_is_never_below_what_is_good_enough():
    sack = made(40, seed=3)
    best = solve(sack, gap=0.0)
    assert best.exact
    assert best.gap < 1e-9
    for gap in (1e-4, 1e-2, 0.2):
        near = solve(sack, gap=gap)
        assert near.value <= best.value + 1e-9
        assert near.bound >= best.value - 1e-9
        assert near.gap <= gap


def test_a_least_reach_is_met_whatever_it_costs():
    # Each of the ten asked for takes the money of a hundred thousand others.
    gain = np.full((2, 3_000), -np.inf)
    gain[0, :2_900], gain[1, 2_900:] = 10.0, -1.0
    sack = Knapsack(
        gain, np.array([[1e-5, 1.0, 0.0], [0.0, 0.0, 0.0]]), (None, None), 0, np.where(gain[1] == -1.0, 1, 2), np.array([10.01, -10.0])
    )
    found = solve(sack)
    assert usage(sack, found.choice)[1] == -10.0
    assert (found.choice == 0).sum() == 1_000


def test_nobody_when_nothing_brings_anything():
    sack = made(50)
    sack = Knapsack(-np.abs(sack.gain), sack.takes, sack.further, 0, None, sack.limits)
    found = solve(sack)
    assert (found.choice == -1).all()
    assert (found.value, found.bound, found.gap) == (0.0, 0.0, 0.0)
