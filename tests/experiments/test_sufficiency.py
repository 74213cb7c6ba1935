"""Is there enough: counted over both arms together, and how many more it takes."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.experiments.effects import by_t, difference_of_shares
from segmentry.experiments.question import Question
from segmentry.experiments.sufficiency import further, lacking, least
from segmentry.experiments.trial import Metric

BOUGHT = Metric("bought", "Bought", "yes/no")
SPEND = Metric("spend", "Spend", "money")
VISITS = Metric("visits", "Visits", "number")


def _answers(customers, hits):
    return (np.arange(customers) < hits).astype(float)


@pytest.mark.parametrize(
    ("control", "treated", "metric", "code"),
    [
        (_answers(29, 9), _answers(5000, 900), BOUGHT, "TOO_FEW_CUSTOMERS"),
        (_answers(100, 1), _answers(900, 9), BOUGHT, "TOO_FEW_ANSWERS"),
        (_answers(100, 99), _answers(900, 891), BOUGHT, "TOO_FEW_ANSWERS"),
        (_answers(100, 1), _answers(900, 9), SPEND, "TOO_FEW_ANSWERS"),
        (_answers(100, 1), _answers(900, 9), VISITS, None),
        (_answers(100, 5), _answers(900, 45), BOUGHT, None),
        (_answers(100, 0), _answers(900, 50), BOUGHT, None),
        (_answers(100, 100), _answers(900, 900), SPEND, None),
    ],
)
def test_what_is_missing_is_named(control, treated, metric, code):
    found = lacking(control, treated, metric)
    assert (None if found is None else found.code) == code


def test_how_many_more_grows_as_the_effect_worth_knowing_shrinks():
    arms = _answers(12, 3), _answers(12, 4)
    small, large = (least(*arms, BOUGHT, Question(smallest=size)) for size in (0.05, 0.5))
    assert small is not None
    assert large is not None
    assert small > 50 * large > 0


@pytest.mark.parametrize("arms", [(np.zeros(12), np.zeros(12)), (np.array([]), np.ones(5)), (np.full(12, 3.0), np.full(12, 3.0))])
def test_where_nothing_is_known_no_number_is_made_up(arms):
    assert least(*arms, SPEND, Question()) is None


def test_a_trial_with_enough_power_needs_no_more():
    power, more = further(by_t((10.0, 10.0), (1.0, 1.0), (1000, 1000)), VISITS, Question())
    assert power > 0.99
    assert more is None


def test_a_weak_trial_says_how_much_more():
    """A share of 5 % and a change of a tenth at .01: 46,500 per arm by the formula of Fleiss, so about 91,000 more than 2,000."""
    power, more = further(difference_of_shares([50, 50], [1000, 1000]), BOUGHT, Question())
    assert power < 0.05
    assert more == pytest.approx(91_000, rel=0.03)


def test_a_control_at_nought_has_no_smallest_effect():
    assert further(by_t((0.0, 1.0), (1.0, 1.0), (100, 100)), VISITS, Question()) == (0.0, None)


def test_a_share_near_all_is_asked_for_a_decrease():
    power, more = further(difference_of_shares([970, 970], [1000, 1000]), BOUGHT, Question())
    assert power > 0.9
    assert more is None
