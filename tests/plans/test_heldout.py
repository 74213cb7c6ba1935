"""Effects drawn towards simpler ones, and values over customers who had no part in choosing."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plans.lots import lot

from segmentry.errors import NotEnoughData, UsageError
from segmentry.plans.heldout import averages, by_segment, contrasts, gain_error, individual, mean_gain, slopes


def test_averages_are_drawn_towards_nothing_the_more_the_less_is_known() -> None:
    rng = np.random.default_rng(0)
    sure, unsure = (rng.normal(0.5, spread, (400, 1)) for spread in (0.5, 8.0))
    assert averages(sure)[0] == pytest.approx(sure.mean(), rel=0.01)
    assert abs(averages(unsure)[0]) < 0.7 * abs(unsure.mean())
    assert averages(np.zeros((100, 2))).tolist() == [0.0, 0.0]


def test_segments_alike_get_the_effect_of_all_and_segments_apart_keep_theirs() -> None:
    rng = np.random.default_rng(1)
    segment = rng.integers(0, 4, 4000)
    alike = rng.normal(0.3, 1.0, (4000, 1))
    raw = np.array([alike[segment == each].mean() for each in range(4)])
    assert np.ptp(by_segment(alike, segment, 4)) < 0.5 * np.ptp(raw)
    apart = alike + np.array([-1.0, 0.0, 1.0, 2.0])[segment][:, None]
    assert by_segment(apart, segment, 4)[:, 0] == pytest.approx([-0.7, 0.3, 1.3, 2.3], abs=0.1)


def test_a_segment_without_customers_or_with_one_gets_the_effect_of_all() -> None:
    contrast = np.random.default_rng(2).normal(size=(300, 2))
    segment = np.where(np.arange(300) == 0, 3, np.arange(300) % 2)
    found = by_segment(contrast, segment, 5)
    for place in (2, 3, 4):
        assert found[place] == pytest.approx(contrast.mean(axis=0))
    assert by_segment(contrast, np.zeros(300, dtype=np.int64), 1)[0] == pytest.approx(contrast.mean(axis=0))


def test_a_segment_in_which_nothing_varies_is_no_certainty() -> None:
    contrast = np.random.default_rng(2).normal(0.5, 1.0, (300, 1))
    segment = np.where(np.arange(300) < 6, 0, 1)
    contrast[:6] = 0.0
    assert np.isfinite(by_segment(contrast, segment, 2)).all()


def test_effects_foretold_count_as_far_as_they_come_true() -> None:
    rng = np.random.default_rng(3)
    expected = rng.normal(0.0, 1.0, (4000, 2))
    contrast = expected * [0.5, 0.0] + rng.normal(0.0, 1.0, (4000, 2))
    assert slopes(contrast, expected) == pytest.approx([0.5, 0.0], abs=0.05)
    asked = individual(contrast, expected, np.array([[1.0, 1.0], [-1.0, -1.0]]))
    assert asked[0, 0] - asked[1, 0] == pytest.approx(1.0, abs=0.1)
    assert slopes(contrast, np.zeros((4000, 2))).tolist() == [0.0, 0.0]
    assert slopes(-expected, expected).tolist() == [0.0, 0.0]


def test_the_error_is_that_of_a_mean_of_the_customers_a_plan_was_made_from() -> None:
    values = np.random.default_rng(4).normal(size=1000)
    assert gain_error(values, 5) == pytest.approx(values.std() / np.sqrt(800))
    found = mean_gain(values, 5)
    assert (found.low + found.high) / 2 == pytest.approx(values.mean())


def test_scores_that_do_not_fit_are_refused_in_words() -> None:
    good = lot(lambda segment, _: np.zeros((len(segment), 2)), 0, customers=200)
    with pytest.raises(UsageError, match="two folds or more"):
        contrasts(good.scores, np.zeros(200, dtype=np.int64))
    with pytest.raises(UsageError, match="1 scores are not finite"):
        contrasts(np.where(np.arange(600).reshape(200, 3) == 7, np.nan, good.scores), good.fold)
    with pytest.raises(UsageError, match=r"Take both from uplift\.policy"):
        contrasts(good.scores[:, :1], good.fold)
    with pytest.raises(NotEnoughData, match="at least 100 customers of a trial; found 60"):
        contrasts(good.scores[:60], good.fold[:60])
