"""Splits: alike customers together, answers spread evenly, the past before the future."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.splits import dealt, duplicates, folds, joined, recurring, rolling, starts


def test_missing_equals_missing_and_zero_equals_minus_zero() -> None:
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    assert duplicates([[np.nan, 0.0], [other_nan, -0.0], [np.nan, 1.0], [0.0, np.nan]]).tolist() == [0, 0, 1, 2]


def test_only_the_columns_asked_for_are_compared() -> None:
    assert duplicates([[1.0, 5.0], [1.0, 6.0]], [0]).tolist() == [0, 0]
    with pytest.raises(UsageError, match=r"values have shape \(3,\)"):
        duplicates([1.0, 2.0, 3.0])


def test_chains_of_duplicates_and_households_are_one_group() -> None:
    assert joined([0, 0, 1, 1, 2, 3], [9, 8, 8, 7, 7, 1]).tolist() == [0, 0, 0, 0, 0, 1]
    with pytest.raises(UsageError, match="one group per customer"):
        joined([0, 1], [0])


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_whole_and_answers_are_spread_evenly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers, groups = (rng.random(1000) < 0.12).astype(int), rng.integers(0, 700, 1000)
    fold = folds(answers, groups, count=5, seed=seed)
    assert all(len(set(fold[groups == group])) == 1 for group in np.unique(groups))
    assert np.ptp(np.bincount(fold)) <= 1
    assert np.ptp(np.bincount(fold, answers)) <= 2


def test_folds_follow_the_seed_and_not_the_names_of_groups() -> None:
    answers, groups = np.arange(40) % 2, np.arange(40) // 2
    one = folds(answers, groups, count=4, seed=1)
    assert (one == folds(answers, groups, count=4, seed=1)).all()
    assert (one == folds(answers, 99 - groups, count=4, seed=1)).all()
    assert (one != folds(answers, groups, count=4, seed=2)).any()


def test_a_huge_group_does_not_crowd_out_the_others() -> None:
    answers = np.r_[np.ones(30), np.zeros(170)].astype(int)
    groups = np.arange(200)
    groups[20:100] = 20
    fold = folds(answers, groups, count=3, seed=0)
    assert set(np.unique(fold)) == {0, 1, 2}
    assert np.bincount(fold).max() == 80
    assert np.bincount(fold, answers).min() >= 9


def test_too_few_answers_are_refused_with_what_is_needed_and_found() -> None:
    with pytest.raises(
        NotEnoughData, match=r"5 folds need at least 5 customers who answered and 5 who did not, .* found fewer than 5 and 97"
    ):
        folds(np.r_[np.ones(3), np.zeros(97)], np.arange(100), count=5, seed=0)
    twins = np.r_[np.zeros(50, dtype=int), np.arange(1, 51)]
    with pytest.raises(NotEnoughData, match="alike ones counted once; found fewer than 5 and 50"):
        folds(np.r_[np.ones(50), np.zeros(50)], twins, count=2, seed=0)


def test_one_fold_is_refused() -> None:
    with pytest.raises(UsageError, match="folds is 1"):
        folds([0, 1], [0, 1], count=1, seed=0)


def test_the_past_never_knows_the_future_nor_the_same_customer() -> None:
    rng = np.random.default_rng(1)
    days, groups = rng.integers(0, 100, 500), rng.integers(0, 200, 500)
    splits = rolling(days, parts=4, groups=groups, gap=7)
    assert len(splits) == 4
    for train, test in splits:
        assert days[train].max() + 7 < days[test].min()
        assert not set(groups[train]) & set(groups[test])
    tested = np.sum([test for _, test in splits], axis=0)
    assert tested.max() == 1
    assert 380 <= tested.sum() <= 420


def test_a_crowded_day_is_never_cut_in_two() -> None:
    days = np.r_[np.zeros(3), np.full(90, 5), np.arange(6, 13)].astype(int)
    splits = rolling(days, parts=3)
    assert [len(set(days[train]) & set(days[test])) for train, test in splits] == [0, 0, 0]
    assert all(test.any() and train.any() for train, test in splits)


def test_too_few_days_or_no_past_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="3 parts in time need at least 4 different days; found 2"):
        rolling([1, 1, 2, 2], parts=3)
    with pytest.raises(NotEnoughData, match="nobody is left to learn from"):
        rolling([1, 2], parts=1, groups=[0, 0])


def test_customers_who_come_again_and_again_are_judged_by_what_others_did_before() -> None:
    days, groups = np.repeat(np.arange(6), 50), np.tile(np.arange(50), 6)
    with pytest.raises(NotEnoughData, match="nobody is left to learn from"):
        rolling(days, parts=3, groups=groups)
    splits = rolling(days, parts=3, groups=groups, shares=4, seed=1)
    begins = starts(days, 3)
    for train, test in splits:
        assert days[train].max() < begins[np.searchsorted(begins, days[test].min(), side="right") - 1]
        assert not set(groups[train]) & set(groups[test])
        # Whoever is not judged here, and came before, is learned from.
        assert train.sum() == (~np.isin(groups, groups[test]) & (days < days[test].min())).sum()
    tested = np.sum([test for _, test in splits], axis=0)
    assert tested.tolist() == [int(day >= begins[0]) for day in days]


def test_the_deal_follows_the_seed_and_not_the_names_of_groups() -> None:
    groups = np.repeat(np.arange(40), 3)
    deal = dealt(groups, shares=3, seed=2)
    assert all(len(set(deal[groups == group])) == 1 for group in range(40))
    assert set(np.bincount(deal[::3])) == {13, 14}
    assert (deal == dealt(1000 - 7 * groups, shares=3, seed=2)).all()
    assert (deal != dealt(groups, shares=3, seed=3)).any()


def test_twice_on_one_day_is_not_coming_again() -> None:
    assert recurring([1, 1, 2], [7, 7, 8]) == 0.0
    assert recurring([1, 2, 3, 3], [7, 7, 8, 9]) == 0.5


def test_parts_begin_where_rolling_cuts() -> None:
    days = np.random.default_rng(0).integers(0, 30, 300)
    assert starts(days, 4) == [int(days[test].min()) for _, test in rolling(days, parts=4)]
