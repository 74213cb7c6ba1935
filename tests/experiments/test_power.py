"""Sizes, power and visible effects, held against published figures, scipy and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nct, t, ttest_ind

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.experiments.power import Baseline, Plan, baseline, chance, needed, visible
from segmentry.experiments.trial import Metric

BOUGHT = Metric("bought", "Bought within 30 days", "yes/no")
SPEND = Metric("spend", "Spend within 30 days", "money")
SCORE = Metric("score", "Score", "number")


def shares(mean: float, *, explained: float = 0.0) -> Baseline:
    return Baseline(BOUGHT, 10_000, mean, mean * (1 - mean), mean, explained=explained)


def means(deviation: float, *, explained: float = 0.0) -> Baseline:
    return Baseline(SCORE, 10_000, 0.0, deviation**2, 1.0, explained=explained)


def test_shares_need_what_the_r_manual_says() -> None:
    # R, help page of power.prop.test: n = 50, .50 against .75 gives power .740; power .90 asks for n = 76.7; with n = 50 and .90 the other share is .8026.
    assert chance(shares(0.5), 0.25, 100, Plan()) == pytest.approx(0.7401659, abs=1e-6)
    assert needed(shares(0.5), 0.25, Plan(power=0.9)) == (77, 77)
    assert visible(shares(0.5), 100, Plan(power=0.9)) == pytest.approx(0.3026141, abs=3e-5)


def test_means_need_what_the_r_manual_says() -> None:
    # R, help page of power.t.test: n = 20, delta = 1 gives power .8689528; power .90 asks for n = 22.02110.
    assert chance(means(1.0), 1.0, 40, Plan()) == pytest.approx(0.8689528, abs=1e-6)
    assert needed(means(1.0), 1.0, Plan(power=0.9)) == (23, 23)


def test_medium_and_large_effects_need_64_and_26_per_arm() -> None:
    # Cohen (1992), "A power primer", table 2: d = .5 and .8 at .05 and power .80.
    assert needed(means(1.0), 0.5, Plan()) == (64, 64)
    assert needed(means(1.0), 0.8, Plan()) == (26, 26)


def test_unequal_arms_follow_the_noncentral_t() -> None:
    error = 2.0 * np.sqrt(1 / 30 + 1 / 270)
    expected = nct.sf(t.isf(0.025, 298), 298, 1.0 / error)
    assert chance(means(2.0), 1.0, 300, Plan(shares=(0.1, 0.9))) == pytest.approx(expected, abs=1e-9)
    assert sum(needed(means(2.0), 1.0, Plan(shares=(0.1, 0.9)))) > sum(needed(means(2.0), 1.0, Plan()))


@pytest.mark.parametrize("found", [shares(0.05), means(3.0)])
@pytest.mark.parametrize("split", [(0.5, 0.5), (0.9, 0.1), (0.2, 0.5, 0.3)])
def test_size_power_and_visible_effect_are_one_relation(found: Baseline, split: tuple[float, ...]) -> None:
    plan = Plan(tuple("abc"[: len(split)]), split)
    sizes = needed(found, 0.02, plan)
    assert chance(found, 0.02, sum(sizes), plan) == pytest.approx(0.8, abs=0.002)
    assert visible(found, sum(sizes), plan) == pytest.approx(0.02, rel=0.002)


def test_several_treatments_share_the_false_alarms() -> None:
    three = Plan(("control", "a", "b"), (1 / 3, 1 / 3, 1 / 3))
    assert three.level == pytest.approx(0.025)
    assert needed(means(1.0), 0.5, three)[0] > needed(means(1.0), 0.5, Plan())[0]


def test_what_the_past_explains_is_saved() -> None:
    # CUPED: a correlation of .7 saves 49 % of the customers.
    assert sum(needed(means(1.0, explained=0.49), 0.05, Plan())) == pytest.approx(0.51 * sum(needed(means(1.0), 0.05, Plan())), rel=0.001)
    assert sum(needed(shares(0.1, explained=0.5), 0.01, Plan())) == pytest.approx(0.5 * sum(needed(shares(0.1), 0.01, Plan())), rel=0.001)


def test_the_promised_power_is_kept_on_money_with_a_tail() -> None:
    # Zero-inflated lognormal, a shift on all customers: 2,000 experiments of the size that was promised to suffice; 99.9 % band of a binomial at .8.
    rng = np.random.default_rng(6)
    pilot = np.where(rng.random(200_000) < 0.2, rng.lognormal(2, 0.8, 200_000), 0.0)
    found = baseline(SPEND, pilot)
    effect = 0.25 * found.mean
    size = needed(found, effect, Plan())[0]
    control, treated = (np.where(rng.random((2000, size)) < 0.2, rng.lognormal(2, 0.8, (2000, size)), 0.0) for _ in range(2))
    seen = (ttest_ind(treated + effect, control, axis=1).pvalue < 0.05).mean()
    assert 0.77 < seen < 0.83


def test_a_pilot_counts_everybody_who_bought_nothing() -> None:
    values = np.concatenate([np.zeros(970), np.full(30, 100.0)])
    found = baseline(SPEND, values, values + np.random.default_rng(0).normal(0, 1e-3, 1000))
    assert found.mean == pytest.approx(3.0)
    assert found.variance == pytest.approx(np.var(values, ddof=1))
    assert found.active == pytest.approx(0.03)
    assert found.explained == pytest.approx(1.0, abs=1e-3)
    assert found.ordinary == int(np.ceil(355 * found.skewness**2))


def test_the_doubt_about_the_variance_grows_with_the_tail() -> None:
    rng = np.random.default_rng(2)
    assert baseline(SCORE, rng.normal(size=5000)).doubt == pytest.approx(np.sqrt(2 / 5000), rel=0.1)
    assert baseline(SPEND, rng.lognormal(0, 2, 5000)).doubt > 0.2


def test_customers_without_a_past_keep_their_variance() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(size=4000)
    values = before + rng.normal(size=4000)
    assert baseline(SCORE, values, before).explained == pytest.approx(0.5, abs=0.04)
    assert baseline(SCORE, values, np.where(np.arange(4000) < 2000, before, np.nan)).explained == pytest.approx(0.25, abs=0.03)
    assert baseline(SCORE, values, np.full(4000, np.nan)).explained == 0.0


def test_a_decrease_can_be_looked_for() -> None:
    found = visible(shares(0.3), 2000, Plan(), down=True)
    assert found is not None
    assert -0.3 < found < 0
    assert visible(shares(0.02), 100, Plan(), down=True) is None


def test_nothing_can_be_seen_with_hardly_anybody() -> None:
    assert visible(shares(0.5), 3, Plan()) is None


@pytest.mark.parametrize(
    ("effect", "said"), [(0.0, "the effect is 0"), (0.96, "-0.05 to 0.95"), (-0.06, "shares from 0 to 1"), (float("nan"), "nan")]
)
def test_an_effect_that_cannot_be_is_refused(effect: float, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        needed(shares(0.05), effect, Plan())


def test_an_effect_that_asks_for_too_many_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="EFFECT_TOO_SMALL"):
        needed(means(1.0), 1e-7, Plan())


def test_data_without_enough_in_it_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="19 customers, and 20"):
        baseline(SCORE, np.arange(19.0))
    with pytest.raises(Degenerate, match="the same for all 50"):
        baseline(SCORE, np.ones(50))
    with pytest.raises(UsageError, match=r"add up to 0\.9"):
        Plan(shares=(0.5, 0.4))
    with pytest.raises(UsageError, match="power is 1"):
        Plan(power=1.0)
