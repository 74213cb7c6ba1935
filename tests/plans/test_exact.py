import ctypes

import numpy as np
import pytest

from segmentry.plans.exact import relaxed, whole
from segmentry.plans.knapsack import Knapsack, everything

INF = np.full(1, np.inf)


def sack(gains, costs, budget):
    gain, takes = np.array(gains, dtype=float), np.array([[*costs, 0.0]], dtype=float)
    return Knapsack(gain, takes, (None,) * len(costs), 0, None, np.array([budget], dtype=float))


def test_a_divisible_plan_fills_the_budget_by_gain_per_money_and_says_the_price():
    # Dantzig's bound: 10 for 1 first, then half of the 12 for 2 with the 1 that is left; the price is 12 / 2.
    costs = (np.array([1.0, 2.0, 4.0]),)
    found = everything(Knapsack(np.array([[10.0, 12.0, 8.0]]), np.zeros((1, 2)), costs, 0, None, np.array([2.0])))
    answer = relaxed(found, np.array([2.0]), np.zeros(1), INF)
    assert answer.prices == pytest.approx([6.0])
    by_customer = dict(zip(found.members[found.starts[found.kind]].tolist(), answer.numbers.round(6).tolist(), strict=True))
    assert by_customer == {0: 1.0, 1: 0.5, 2: 0.0}
    assert answer.settled


def test_a_price_at_the_end_of_its_box_is_not_settled():
    found = everything(sack([[10.0, 8.0, 6.0]], [1.0], 1.5))
    assert relaxed(found, np.array([1.5]), np.zeros(1), INF).prices == pytest.approx([8.0])
    too_low = relaxed(found, np.array([1.5]), np.zeros(1), np.array([7.0]))
    assert not too_low.settled
    assert too_low.prices == pytest.approx([7.0])
    too_high = relaxed(found, np.array([1.5]), np.array([9.0]), INF)
    assert not too_high.settled
    assert too_high.prices == pytest.approx([9.0])


def test_whole_customers_get_the_best_plan_of_a_small_multiple_choice_knapsack():
    # By hand: (cost, gain) of customer 1: (1, 3) (2, 5); 2: (1, 4) (3, 9); 3: (2, 5) (1, 2), budget 5. Of the 27 plans the best is 3 + 9 + 2 = 14.
    gain, further = np.array([[3.0, 4.0, 2.0], [5.0, 9.0, 5.0]]), (np.array([1.0, 1.0, 1.0]), np.array([2.0, 3.0, 2.0]))
    found = everything(Knapsack(gain, np.zeros((1, 3)), further, 0, None, np.array([5.0])))
    answer = whole(found, np.array([5.0]), 0.0, gap=0.0)
    assert float((found.gain * answer.numbers).sum()) == pytest.approx(14.0)
    assert answer.bound == pytest.approx(14.0)


def test_what_cannot_be_is_none():
    reach = Knapsack(np.array([[1.0, 1.0]]), np.zeros((1, 2)), (None,), -1, np.array([0, 0]), np.array([-3.0]))
    assert whole(everything(reach), np.array([-3.0]), 0.0, gap=0.0) is None
    assert whole(everything(sack([[-np.inf]], [1.0], 1.0)), np.array([-1.0]), 0.0, gap=0.0) is None


def test_nothing_is_written_to_standard_output(capfd):
    # On this one HiGHS (of scipy 1.17) writes a line though it is told to be silent; it waits in the C library's buffer.
    rng, customers = np.random.default_rng(11), 60
    gain = rng.gamma(2, 0.01, (10, customers)) * np.linspace(0.8, 1.3, 10)[:, None] * rng.uniform(20, 60, (10, 1))
    cost, offer = rng.uniform(0.3, 1.5, 10), np.arange(11)
    takes = np.vstack([np.append(cost, 0.0), offer < 3, (offer >= 6) & (offer < 10)])
    limits = np.array([0.3, 0.1, 0.15]) * customers
    answer = whole(everything(Knapsack(gain - cost[:, None], takes, (None,) * 10, 0, None, limits)), limits, 0.0, gap=1e-4)
    ctypes.CDLL(None).fflush(None)
    assert answer is not None
    assert capfd.readouterr().out == ""
