"""Week by week: what is said of an effect that fades, grows or lasts, and of weeks that are not over."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.experiments.comparing import compare
from segmentry.experiments.novelty import Asked, weekly
from segmentry.experiments.trial import Metric

VISITS = Asked(Metric("visits", "Visits", "number"), "offer")
BOUGHT = Asked(Metric("bought", "Bought", "yes/no"), "offer")


def _weeks(effects, customers=3000, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(customers, len(effects))), rng.normal(size=(customers, len(effects))) + np.asarray(effects)


def test_every_week_has_the_interval_of_an_ordinary_comparison():
    control, treated = _weeks([0.3, 0.3, 0.3])
    found = weekly(control, treated, VISITS)
    assert found.rows[1].difference == compare(control[:, 1], treated[:, 1], "number").difference
    assert [row.week for row in found.rows] == [1, 2, 3]


@pytest.mark.parametrize(
    ("effects", "fading", "growing"),
    [
        ([0.4, 0.2, 0.1, 0.05], True, False),
        ([-0.4, -0.2, -0.1, 0.0], True, False),
        ([0.0, 0.1, 0.2, 0.4], False, True),
        ([0.2] * 4, False, False),
    ],
)
def test_an_effect_fades_towards_nought_and_grows_away_from_it(effects, fading, growing):
    found = weekly(*_weeks(effects), VISITS)
    assert (found.fading, found.growing) == (fading, growing)
    assert (found.headline is not None) == fading
    assert "4 weeks were seen; nothing is known of later ones" in found.verdict


def test_weeks_of_one_customer_are_not_independent():
    """The change is that of each customer's own slope: adding what a customer always does changes nothing."""
    control, treated = _weeks([0.4, 0.2, 0.1])
    own = np.random.default_rng(2).normal(0, 50, (3000, 1))
    one, two = weekly(control, treated, VISITS), weekly(control + own, treated + own, VISITS)
    assert one.change is not None
    assert two.change is not None
    assert two.change.low == pytest.approx(one.change.low, abs=1e-9)


def test_weeks_that_are_not_over_count_where_they_are():
    control, treated = _weeks([0.4, 0.2, 0.1, 0.0])
    treated[:1000, 3] = np.nan
    found = weekly(control, treated, VISITS)
    assert found.rows[3].customers == (3000, 2000)
    assert found.rows[2].customers == (3000, 3000)
    assert found.change is not None


def test_answers_may_be_followed_too():
    rng = np.random.default_rng(3)
    control, treated = ((rng.random((4000, 4)) < share).astype(float) for share in (0.1, 0.1 + 0.1 * 0.4 ** np.arange(4)))
    assert weekly(control, treated, BOUGHT).fading


def test_one_week_is_called_one_week():
    found = weekly(*_weeks([0.4]), VISITS)
    assert found.change is None
    assert found.headline is not None
    assert found.headline.code == "one_week_only"
    assert "1 week was seen" in found.verdict


def test_a_week_without_anything_has_no_figure():
    control, treated = np.zeros((50, 3)), np.zeros((50, 3))
    found = weekly(control, treated, BOUGHT)
    assert [row.difference for row in found.rows] == [None] * 3
    assert found.change is None
    assert not found.fading


def test_arms_with_different_weeks_are_refused():
    with pytest.raises(UsageError, match="the same weeks"):
        weekly(np.zeros((3, 2)), np.zeros((3, 4)), VISITS)
