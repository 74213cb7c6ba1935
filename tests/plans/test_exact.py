import os
import subprocess
import sys

import numpy as np
import pytest

from segmentry.plans.exact import relaxed, whole
from segmentry.plans.knapsack import Knapsack, everything

INF = np.full(1, np.inf)


def sack(gains, costs, budget):
    gain, takes = np.array(gains, dtype=float), np.array([[*costs, 0.0]], dtype=float)
    return Knapsack(gain, takes, (None,) * len(costs), 0, None, np.array([budget], dtype=float))


def test_a_divisible_plan_fills_the_budget_by_gain_per_money_and_says_the_price():
    # Dantzig's bound: 10 for 1, then 9 of the 12 for 3 with what is left of 2; the price is 12 / 3.
    answer = relaxed(everything(sack([[10.0, 12.0, 1.0]], [1.0], 2.0)), np.array([2.0]), np.zeros(1), INF)
    assert answer.prices == pytest.approx([10.0]) or answer.prices == pytest.approx([12.0]) or answer.prices == pytest.approx([1.0])
    assert sorted(answer.numbers.round(6)) == [0.0, 1.0, 1.0]
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


NOISY = """
import numpy as np
from segmentry.plans.decomposition import solve
from segmentry.plans.knapsack import Knapsack
rng = np.random.default_rng(1)
gain = rng.gamma(2, .01, (10, 390)) * np.linspace(.8, 1.3, 10)[:, None] * rng.uniform(20, 60, (10, 1))
cost = rng.uniform(.3, 1.5, 10)
takes = np.vstack([np.append(cost, 0.0), np.arange(11) < 3, (np.arange(11) >= 6) & (np.arange(11) < 10)])
found = solve(Knapsack(gain - cost[:, None], takes, (None,) * 10, 0, None, np.array([117.0, 39.0, 58.5])))
print("done", found.gap <= 1e-4)
"""


def test_nothing_but_what_commands_print_stands_on_standard_output():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "done True\n"
