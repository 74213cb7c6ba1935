from __future__ import annotations

import numpy as np

from segmentry.matrix import Column
from segmentry.uplift.grouping import grouping

AGE = Column("age", "Age", "number")


def test_every_customer_is_in_one_group_and_missing_ones_in_their_own():
    values = np.random.default_rng(0).normal(size=(400, 1))
    values[:30] = np.nan
    cut = grouping(values, 0, category=False)
    codes = cut.codes(values)
    assert set(codes[:30]) == {cut.count - 1}
    assert np.bincount(codes[30:], minlength=cut.count)[:4].tolist() == [93, 92, 92, 93]
    assert cut.label(cut.count - 1, AGE) == "not known"


def test_new_levels_are_others():
    cut = grouping(np.array([[1.0], [2.0], [1.0]]), 0, category=False)
    assert cut.codes(np.array([[2.0], [7.0], [np.nan]])).tolist() == [1, 2, 3]
    assert [cut.label(code, AGE) for code in range(4)] == ["1", "2", "others", "not known"]


def test_categories_keep_their_names_and_the_rarest_are_others():
    column = Column("place", "Place", "category", levels=("north", "south", "east", "west", "sea"))
    values = np.repeat(np.arange(5.0), [50, 40, 30, 20, 1])[:, None]
    cut = grouping(values, 0, category=True)
    assert [cut.label(code, column) for code in range(cut.count)] == ["north", "south", "east", "west", "others", "not known"]


def test_flags_are_yes_and_no_and_ranges_have_a_sign():
    assert [grouping(np.array([[0.0], [1.0]]), 0, category=False).label(code, Column("f", "F", "flag")) for code in (0, 1)] == ["no", "yes"]
    cut = grouping(np.arange(-8.0, 8.0)[:, None], 0, category=False)
    assert cut.label(0, AGE) == "up to −4.25"
    assert cut.label(3, AGE) == "over 3.25"


def test_what_cuts_nothing_is_no_grouping():
    assert grouping(np.ones((9, 1)), 0, category=False) is None
    assert grouping(np.full((9, 1), np.nan), 0, category=False) is None


def test_known_or_not_is_a_grouping():
    cut = grouping(np.r_[np.ones(5), np.full(4, np.nan)][:, None], 0, category=False)
    assert cut.codes(np.array([[1.0], [np.nan]])).tolist() == [0, 2]
