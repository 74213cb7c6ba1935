"""Customers in the order of their score."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.evaluation.ranked import checked_answers, numbered, ranked


def test_equal_scores_share_a_step() -> None:
    found = ranked([0, 1, 0, 1], [0.5, 0.5, 0.1, 0.9])
    assert found.ends.tolist() == [0, 2, 3]
    assert found.upto(np.ones(4)).tolist() == [0.0, 1.0, 3.0, 4.0]


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    answers, scores, groups = rng.integers(0, 2, 60), rng.integers(0, 9, 60) / 9, rng.integers(0, 20, 60)
    order = rng.permutation(60)
    one, two = ranked(answers, scores, groups), ranked(answers[order], scores[order], groups[order])
    for name in ("outcome", "score", "units", "ends"):
        assert (getattr(one, name) == getattr(two, name)).all()
    assert (answers[one.order] == one.outcome).all()


@pytest.mark.parametrize(("answers", "found"), [([0, 0], "found 0 and 2"), ([1], "found 1 and 0"), ([], "found 0 and 0")])
def test_one_kind_of_answer_is_refused(answers: list[int], found: str) -> None:
    with pytest.raises(NotEnoughData, match=found):
        ranked(answers, np.zeros(len(answers)))


def test_what_cannot_be_ranked_is_refused_without_a_value() -> None:
    with pytest.raises(UsageError, match="1 scores are missing or infinite"):
        ranked([0, 1], [0.1, np.nan])
    with pytest.raises(UsageError, match="hold other than 0 and 1"):
        checked_answers([0, 1, 2])
    with pytest.raises(UsageError, match="one per customer"):
        ranked([0, 1], [0.1, 0.2, 0.3])


def test_groups_are_numbered_by_their_first_customer() -> None:
    assert numbered(np.array(["b", "a", "b"])).tolist() == [0, 1, 0]
