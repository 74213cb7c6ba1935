"""The lot: the same for ever, even, independent between experiments, exact within strata, and unmoved by new customers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare, kstest

from segmentry.errors import UsageError
from segmentry.experiments.assignment import HELD_OUT, Assignment, assign, holdout, lots, stratified

HALVES = {"arms": ["control", "offer"], "shares": [0.5, 0.5]}


def customers(count: int, *, start: int = 0) -> list[str]:
    return [f"C{number:07d}" for number in range(start, start + count)]


def test_the_lot_of_a_customer_never_changes() -> None:
    # Worked out with hashlib alone: the first eight bytes of the keyed hash, their upper 53 bits over 2 ** 53.
    import hashlib

    key = hashlib.blake2b(b"spring").digest()
    whole = int.from_bytes(hashlib.blake2b(b"C1", digest_size=8, key=key).digest(), "big")
    assert lots(["C1"], salt="spring")[0] == (whole >> 11) / 2**53
    assert lots(["C1"], salt="spring")[0] == pytest.approx(0.2026, abs=5e-5)


def test_lots_are_even_between_0_and_1() -> None:
    found = lots(customers(50_000), salt="even")
    assert found.min() >= 0
    assert found.max() < 1
    assert kstest(found, "uniform").pvalue > 0.001
    # Ids that follow each other do not get lots that do.
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 3.3 / np.sqrt(len(found))


def test_new_customers_move_nobody() -> None:
    old = customers(1000)
    before = assign(old, salt="spring", **HALVES)
    after = assign([*customers(500, start=5000), *old[::-1]], salt="spring", **HALVES)
    assert np.array_equal(before[::-1], after[500:])


def test_shares_are_kept_within_chance() -> None:
    shares = [0.1, 0.3, 0.6]
    arm = assign(customers(60_000), salt="three", arms=["control", "mail", "call"], shares=shares)
    assert chisquare(np.bincount(arm), 60_000 * np.array(shares)).pvalue > 0.001


def test_two_experiments_know_nothing_of_each_other() -> None:
    # 1,000 pairs of salts: the p-values of independence are those of chance.
    ids = customers(1000)
    p = []
    for pair in range(1000):
        one, other = (assign(ids, salt=f"experiment {pair} {side}", arms=["a", "b", "c"], shares=[0.2, 0.3, 0.5]) for side in "xy")
        table = np.bincount(3 * one + other, minlength=9).reshape(3, 3)
        p.append(chi2_contingency(table, correction=False).pvalue)
    assert kstest(p, "uniform").pvalue > 0.001
    assert 10 / 1000 < np.mean(np.array(p) < 0.05) < 90 / 1000


def test_salts_that_lean_on_each_other_would_be_seen() -> None:
    # The way it must not be made: the salt added to a number that the id gives alone.
    ids = customers(1000)
    alone = lots(ids, salt="only one")
    p = []
    for pair in range(50):
        one, other = ((np.floor(2 * (alone + shift)) % 2).astype(int) for shift in (0.01 * pair, 0.013 * pair + 0.1))
        p.append(chi2_contingency(np.bincount(2 * one + other, minlength=4).reshape(2, 2), correction=False).pvalue)
    assert kstest(p, "uniform").pvalue < 1e-6


def test_every_stratum_is_split_exactly() -> None:
    sizes = (1, 2, 3, 7, 50, 1003)
    strata = np.repeat(np.arange(len(sizes)), sizes)
    arm = stratified(customers(len(strata)), strata, salt="exact", arms=["control", "a", "b"], shares=[0.2, 0.3, 0.5])
    for stratum, size in enumerate(sizes):
        counts = np.bincount(arm[strata == stratum], minlength=3)
        assert counts.sum() == size
        assert (abs(counts - size * np.array([0.2, 0.3, 0.5])) < 1).all()


def test_what_does_not_come_out_even_is_rounded_without_bias() -> None:
    # Strata of three at one in ten: 300 of 1,000 strata have one control, and none has two.
    ids = customers(3 * 2000)
    strata = np.repeat(np.arange(2000), 3)
    arm = stratified(ids, strata, salt="unbiased", arms=["control", "offer"], shares=[0.1, 0.9])
    per = np.bincount(strata[arm == 0], minlength=2000)
    assert set(per.tolist()) == {0, 1}
    # 99.9 % band of a binomial of 2,000 at .3.
    assert 533 <= per.sum() <= 668


def test_every_place_in_a_stratum_has_the_same_chance() -> None:
    counts = np.zeros(4)
    for number in range(800):
        counts += stratified(["a", "b", "c", "d"], ["x"] * 4, salt=f"run {number}", **HALVES) == 0
    assert chisquare(counts).pvalue > 0.001


def test_the_order_of_the_rows_does_not_matter() -> None:
    ids, strata = customers(500), np.arange(500) % 7
    arm = stratified(ids, strata, salt="order", **HALVES)
    shuffled = np.random.default_rng(1).permutation(500)
    assert np.array_equal(stratified([ids[place] for place in shuffled], strata[shuffled], salt="order", **HALVES), arm[shuffled])


def test_the_hold_out_is_the_same_in_every_experiment_and_leans_on_none() -> None:
    ids = customers(20_000)
    held = holdout(ids, share=0.05)
    # 99.9 % band of a binomial of 20,000 at .05.
    assert 899 <= held.sum() <= 1103
    assert np.array_equal(holdout(ids, share=0.05), held)
    # A larger hold-out keeps all that were in the smaller one.
    assert (holdout(ids, share=0.1) >= held).all()
    arm = assign(ids, salt="spring", **HALVES)
    assert chi2_contingency(np.bincount(2 * held + arm, minlength=4).reshape(2, 2), correction=False).pvalue > 0.001


def test_the_assignment_counts_arms_and_hold_out() -> None:
    found = Assignment("x", "x", ("control", "offer"), (0.5, 0.5), np.array([0, 1, 1, HELD_OUT]), np.zeros(4, dtype=np.int64))
    assert found.counts.tolist() == [1, 2]
    assert found.held == 1


@pytest.mark.parametrize(
    ("arms", "shares", "said"),
    [
        (["control"], [1.0], "two arms or more"),
        (["control", "offer"], [0.5], "2 arms and 1 share were"),
        (["offer", "offer"], [0.5, 0.5], "different names"),
        (["control", " "], [0.5, 0.5], "not empty"),
        (["control", "offer"], [1.0, 0.0], "allowed is above 0"),
        (["control", "offer"], [0.5, float("nan")], "allowed is above 0"),
        (["control", "offer"], [0.7, 0.4], "add up to 1.1"),
    ],
)
def test_arms_that_do_not_fit_are_refused(arms: list[str], shares: list[float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assign(["a"], salt="x", arms=arms, shares=shares)


def test_wrong_use_is_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError, match="the salt is empty"):
        lots(["a"], salt="")
    with pytest.raises(UsageError, match="hold-out is 1"):
        holdout(["a"], share=1.0)
    with pytest.raises(UsageError, match="strata have shape"):
        stratified(["a", "b"], ["x"], salt="x", **HALVES)
    with pytest.raises(UsageError, match="1 of 3 ids stand there twice"):
        stratified(["a", "b", "a"], ["x"] * 3, salt="x", **HALVES)


def test_nobody_is_no_error() -> None:
    assert assign([], salt="x", **HALVES).shape == (0,)
    assert stratified([], np.array([], dtype=np.int64), salt="x", **HALVES).shape == (0,)
