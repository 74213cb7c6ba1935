from itertools import product

import numpy as np

from segmentry.plans.exchange import exchanged
from segmentry.plans.knapsack import NONE, Knapsack, total, usage


def made(customers, seed):
    rng = np.random.default_rng(seed)
    takes = np.array([[1.0, 3.0, 0.0], [1.0, 0.0, 0.0]])
    gain = rng.uniform(0.0, 4.0, (2, customers))
    return Knapsack(gain, takes, (rng.random(customers), None), 0, None, np.array([0.6, 0.3]) * customers)


def test_exchanges_make_a_plan_better_and_keep_the_limits():
    for seed in range(5):
        sack = made(200, seed)
        nobody = np.full(200, NONE)
        found = exchanged(sack, nobody, np.array([1.0, 0.5]), 1e3, gap=0.0)
        assert total(sack, found) > 50.0
        assert (usage(sack, found) <= sack.limits + 1e-9).all()


def test_where_they_end_no_exchange_of_one_or_two_is_left():
    sack = made(7, 3)
    found = exchanged(sack, np.full(7, NONE), np.array([1.0, 0.5]), 1e3, gap=0.0)
    value = total(sack, found)
    for one, two, first, second in product(range(7), range(7), (NONE, 0, 1), (NONE, 0, 1)):
        other = found.copy()
        other[one], other[two] = first, second
        assert total(sack, other) <= value + 1e-9 or not (usage(sack, other) <= sack.limits).all()


def test_what_is_good_enough_is_left_alone():
    sack = made(20, 0)
    start = np.full(20, NONE)
    start[0] = 0
    assert np.array_equal(exchanged(sack, start, np.zeros(2), total(sack, start) * 1.05, gap=0.1), start)
