import numpy as np
import pytest

from segmentry.plans.knapsack import BLOCK, NONE, Knapsack, choose, contest, everything, total, usage


def made(customers=200, seed=0):
    """Make a knapsack with a budget, a capacity and a least reach, money differing between customers."""
    rng = np.random.default_rng(seed)
    takes = np.array([[1.0, 2.0, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    gain = rng.normal(1.0, 1.0, (3, customers))
    gain[rng.random(gain.shape) < 0.1] = -np.inf
    further = (None, rng.random(customers), None)
    return Knapsack(gain, takes, further, 0, np.where(rng.random(customers) < 0.3, 2, 3), np.array([0.3, 0.1, -0.05]) * customers)


def plainly(sack, prices):
    """Return worth of each offer and none at the prices, shape (k + 1, n)."""
    money = np.array(
        [np.full(sack.customers, sack.takes[0, place]) + (0.0 if each is None else each) for place, each in enumerate(sack.further)]
    )
    worth = sack.gain - prices[0] * money - prices[1] * sack.takes[1, :-1, None] + np.where(sack.reach == 2, prices[2], 0.0)
    return np.vstack([worth, np.zeros(sack.customers)])


@pytest.mark.parametrize("customers", [1, 200, BLOCK + 17])
def test_each_customer_takes_what_is_worth_most_at_the_prices(customers):
    sack, prices = made(customers), np.array([0.7, 0.2, 0.4])
    choice, bound = choose(sack, prices)
    worth = plainly(sack, prices)
    assert np.array_equal(np.where(choice == NONE, 3, choice), worth.argmax(axis=0)) or customers == 0
    assert bound == pytest.approx(worth.max(axis=0).sum() + prices @ sack.limits)


def test_the_bound_is_above_every_plan_at_any_prices():
    sack, rng = made(), np.random.default_rng(1)
    nobody = np.full(sack.customers, NONE)
    some = nobody.copy()
    inside = np.flatnonzero((sack.reach == 2) & np.isfinite(sack.gain[2]))[:10]
    some[inside] = 2
    assert (usage(sack, some) <= sack.limits).all()
    for _ in range(20):
        assert choose(sack, rng.exponential(1.0, 3))[1] >= total(sack, some)


def test_usage_counts_money_contacts_and_reach():
    sack = made(5)
    choice = np.array([0, 1, NONE, 2, 1])
    money = 1.0 + 2.0 + 0.5 + 2.0 + sack.further[1][[1, 4]].sum()
    assert usage(sack, choice) == pytest.approx([money, 1.0, -float((sack.reach[[0, 1, 3, 4]] == 2).sum())])


def test_who_is_not_contested_chooses_the_same_everywhere_in_the_box():
    sack, rng = made(), np.random.default_rng(2)
    centre, radius = np.array([0.7, 0.2, 0.4]), np.array([0.2, 0.1, 0.3])
    choice, _ = choose(sack, centre)
    found = contest(sack, choice, centre - radius, centre + radius)
    calm = np.ones(sack.customers, dtype=bool)
    calm[found.members] = False
    assert 0 < calm.sum() < sack.customers
    corners = centre + radius * np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T
    for prices in [*corners, *(centre + radius * rng.uniform(-1, 1, (50, 3)))]:
        assert np.array_equal(choose(sack, prices)[0][calm], choice[calm])


def test_alternatives_say_what_changing_brings_and_takes():
    sack = made(50)
    choice, _ = choose(sack, np.array([0.7, 0.2, 0.4]))
    found = contest(sack, choice, np.zeros(3), np.full(3, 2.0))
    for kind, offer, gain, takes in zip(found.kind, found.offer, found.gain, found.takes.T, strict=True):
        changed = choice.copy()
        changed[found.members[found.starts[kind]]] = offer
        assert total(sack, changed) - total(sack, choice) == pytest.approx(gain, abs=1e-12)
        assert usage(sack, changed) - usage(sack, choice) == pytest.approx(takes, abs=1e-12)


def test_alike_customers_are_one_kind_and_change_by_their_lots():
    sack = Knapsack(np.tile([[2.0, 1.0]], (1, 50)), np.array([[1.0, 0.0]]), (None,), -1, None, np.array([10.0]))
    found = everything(sack)
    assert found.counts.tolist() == [50, 50]
    rich = int(np.flatnonzero(found.gain == 2.0)[0])
    numbers = np.zeros(2, dtype=np.int64)
    numbers[rich] = 3
    assert np.flatnonzero(found.applied(np.full(100, NONE), numbers) == 0).tolist() == [0, 2, 4]


def test_a_first_part_has_limits_in_proportion_and_reach_by_its_own_customers():
    sack = made(1_000)
    part = sack.first(100)
    share = (sack.reach[:100] == 2).sum() / (sack.reach == 2).sum()
    assert part.limits == pytest.approx([30.0, 10.0, -50.0 * share])
    assert part.customers == 100
