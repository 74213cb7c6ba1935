"""The test of the test: sound ones pass, and a test that lies or a lot that leans is caught."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from scipy.stats import ttest_ind

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.experiments.comparing import compare
from segmentry.experiments.selfcheck import Splits, selfcheck
from segmentry.experiments.trial import Metric, Trial

SPEND = Metric("spend", "Spend", "money")
SCORE = Metric("score", "Score", "number")


def ids(count: int) -> np.ndarray:
    return np.array([f"C{number:05d}" for number in range(count)], dtype=object)


def welch(trial: Trial) -> tuple[float, float]:
    one, other = (trial.outcomes[trial.arm == arm, 0] for arm in (0, 1))
    return float(ttest_ind(other, one, equal_var=False).pvalue), float(other.mean() - one.mean())


def default(trial: Trial) -> tuple[float, float]:
    one, other = (trial.outcomes[trial.arm == arm, 0] for arm in (0, 1))
    found = compare(one, other, trial.metrics[0].kind, resamples=199)
    return found.p, found.difference.value


def spend(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(count) < 0.1, rng.lognormal(0, 2, count), 0.0)


def test_a_sound_test_passes() -> None:
    found = selfcheck(SCORE, ids(600), np.random.default_rng(1).normal(size=600), test=welch)
    assert found.sound
    assert found.rate.low < 0.05 < found.rate.high
    assert found.down + found.up == round(200 * found.rate.value)
    assert "do what they promise" in found.words


def test_a_test_that_the_tail_deceives_is_caught_and_the_default_is_not() -> None:
    values = spend(3000, seed=8)
    lying = selfcheck(SPEND, ids(3000), values, test=welch, plan=Splits(share=0.9))
    assert not lying.sound
    assert lying.rate.value > 0.08
    assert "cannot be relied on" in lying.words
    assert selfcheck(SPEND, ids(3000), values, test=default, plan=Splits(60, share=0.9)).sound


def test_a_lot_that_leans_on_the_id_is_caught() -> None:
    # Ids in the order of arrival, early customers worth more; a "hash" that puts even ids of the first half into the control.
    values = np.linspace(2, 1, 2000) + np.random.default_rng(2).normal(size=2000)

    def leaning(names: np.ndarray, salt: str) -> np.ndarray:
        number = np.array([int(name[1:]) for name in names.tolist()])
        lot = np.random.default_rng(zlib.crc32(salt.encode())).random(len(names))
        return np.where(lot < 0.4 + 0.2 * (number > 1000), 1, 0).astype(np.int64)

    found = selfcheck(SCORE, ids(2000), values, test=welch, draw=leaning)
    assert not found.sound
    assert found.rate.low > 0.05
    assert found.down > 10 * max(found.up, 1)
    assert "lean to one side" in found.words


def test_a_lot_that_does_not_change_with_the_salt_is_caught() -> None:
    # A constant split that happens to differ gives the same false alarm every time.
    values = np.random.default_rng(3).normal(size=400)
    fixed = (np.argsort(np.argsort(values + np.random.default_rng(4).normal(size=400))) < 200).astype(np.int64)
    found = selfcheck(SCORE, ids(400), values, test=welch, draw=lambda names, _: fixed)
    assert found.rate.value == 1.0
    assert not found.sound


def test_a_lot_that_loses_customers_is_caught() -> None:
    def losing(names: np.ndarray, salt: str) -> np.ndarray:
        return (np.random.default_rng(len(salt)).random(len(names)) < 0.6).astype(np.int64)

    found = selfcheck(SCORE, ids(2000), np.random.default_rng(5).normal(size=2000), test=welch, draw=losing)
    assert found.unequal == 200
    assert not found.sound
    assert "not as large as planned" in found.words


def test_the_past_is_handed_to_the_test() -> None:
    seen = []

    def asking(trial: Trial) -> tuple[float, float]:
        seen.append(trial.before)
        return welch(trial)

    values = np.random.default_rng(6).normal(size=200)
    gone = values.copy()
    gone[:10] = np.nan
    selfcheck(SCORE, ids(200), gone, test=asking, before=values, plan=Splits(20))
    assert len(seen) == 20
    assert all(each is not None and each.shape == (190, 1) for each in seen)


def test_same_seed_same_answer() -> None:
    values = np.random.default_rng(7).normal(size=300)
    one, other = (selfcheck(SCORE, ids(300), values, test=welch, plan=Splits(40, seed=3)) for _ in range(2))
    assert one == other


def test_data_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="39 customers, and 40"):
        selfcheck(SCORE, ids(39), np.arange(39.0), test=welch)
    with pytest.raises(Degenerate, match="the same for all 50"):
        selfcheck(SCORE, ids(50), np.ones(50), test=welch)
    with pytest.raises(UsageError, match="splits is 5"):
        Splits(5)
