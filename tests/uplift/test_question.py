from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric
from segmentry.uplift.question import Question, check, gates

BOUGHT, SPEND = Metric("bought", "Bought", "yes/no"), Metric("spend", "Spend", "money")
ARMS = ("control", "offer")


def test_prices_need_revenue_and_contact_cost():
    assert Question(revenue=10.0).prices(2) is None
    assert Question(contact=1.0).prices(2) is None
    assert Question(revenue=10.0, contact=(1.0, 2.0), conversion=0.5).prices(3).contact == (1.0, 2.0)


@pytest.mark.parametrize("broken", [{"contact": (1.0, 2.0, 3.0)}, {"contact": -1.0}, {"contact": np.nan}, {"contact": 1.0, "revenue": 0.0}])
def test_prices_that_cannot_be_are_refused(broken):
    with pytest.raises(UsageError):
        Question(**{"revenue": 10.0, **broken}).prices(3)


@pytest.mark.parametrize(
    ("arm", "outcome", "metric", "words"),
    [
        (np.ones(900, int), np.arange(900) % 2, BOUGHT, "All 900 customers were treated"),
        (np.zeros(900, int), np.arange(900) % 2, BOUGHT, "All 900 customers were left alone"),
        (np.arange(900) % 2, np.zeros(900), BOUGHT, "Nobody said yes"),
        (np.arange(900) % 2, np.ones(900), BOUGHT, "the same for all"),
        (np.arange(900) % 2, np.arange(900) < 20, BOUGHT, "found 20 among 900, so about 30 more"),
        (np.arange(900) % 2, np.arange(900) >= 20, BOUGHT, "said no"),
        (np.arange(900) % 2, (np.arange(900) < 20) * 7.5, SPEND, "other than 0"),
        (np.arange(24) % 2, np.arange(24) % 3 > 0, BOUGHT, "“control” has 12 and “offer” has 12, so about 188 more of “control”"),
        (np.r_[0, 0, 0, np.ones(500, int)], np.arange(503) % 2, BOUGHT, "fewer than 5"),
    ],
)
def test_refusals_say_what_is_missing(arm, outcome, metric, words):
    assert words in gates(arm, outcome.astype(float), ARMS, metric)


def test_enough_customers_pass():
    assert gates(np.arange(900) % 2, (np.arange(900) % 3 == 0).astype(float), ARMS, BOUGHT) == ""
    assert gates(np.arange(900) % 2, np.arange(900.0), ARMS, SPEND) == ""


@pytest.mark.parametrize(
    "broken",
    [
        {"folds": 2},
        {"level": 0.2},
        {"top": 0.0},
        {"resamples": 1},
        {"placebos": -1},
        {"rule": ("x0", "x1", "x2")},
        {"rule": ("nobody",)},
        {"learners": ("magic",)},
        {"metric": "nothing"},
        {"households": np.zeros(3)},
    ],
)
def test_settings_out_of_range_are_refused(world, broken):
    small = world(count=100)
    with pytest.raises(UsageError):
        check(small.matrix, small.trial, Question(**broken))


def test_customers_who_stand_there_twice_are_refused(world):
    small = world(count=100)
    with pytest.raises(UsageError, match="twice"):
        check(small.matrix.take(np.r_[0, np.arange(100)]), small.trial, Question())
    with pytest.raises(UsageError, match="weights"):
        check(replace(small.matrix, weights=np.ones(100)), small.trial, Question())
