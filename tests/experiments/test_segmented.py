"""Segments: raw beside shrunken, small cells hidden, corrected with everything else."""

from __future__ import annotations

import numpy as np

from segmentry.experiments.question import Question
from segmentry.experiments.segmented import by_segment, corrected
from segmentry.experiments.trial import Metric, Trial

VISITS = Metric("visits", "Visits", "number")
BOUGHT = Metric("bought", "Bought", "yes/no")
QUICK = Question(resamples=199)


def _found(segments, effects=None, metric=VISITS, seed=1):
    rng = np.random.default_rng(seed)
    customers = len(segments)
    arm = np.arange(customers) % 2
    gain = np.zeros(customers) if effects is None else np.asarray(effects)[np.maximum(segments, 0)] * arm
    outcome = rng.normal(size=customers) + gain if metric is VISITS else (rng.random(customers) < 0.2 + gain).astype(float)
    trial = Trial(
        "Offer", np.arange(customers).astype(str).astype(object), ("control", "offer"), arm, (metric,), outcome[:, None], "lot", "here"
    )
    return by_segment(trial, metric, segments, names={0: "Loyal"}, question=QUICK)


def test_raw_stands_beside_shrunken_and_is_farther_out():
    found = _found(np.repeat([0, 1, 2, 3], 500))
    assert found.rows[0].name == "Loyal"
    assert found.rows[1].name == "Segment 1"
    raw, drawn = ([getattr(row, kind).value for row in found.rows] for kind in ("raw", "shrunken"))
    assert np.ptp(drawn) < np.ptp(raw)
    assert found.mean is not None
    assert not found.differ


def test_segments_that_differ_are_said_to():
    found = _found(np.repeat([0, 1, 2, 3], 1000), effects=[0.5, 0.0, 0.0, 0.0])
    assert found.differ
    assert "differs between segments, beyond chance" in found.verdict


def test_a_small_cell_is_hidden_and_no_other_gives_it_away():
    found = _found(np.r_[np.zeros(6), np.ones(100), np.full(800, 2), np.full(900, 3)].astype(int))
    assert found.rows[0].hidden
    assert (found.rows[0].customers, found.rows[0].raw, found.rows[0].p) == (None, None, None)
    assert found.rows[1].customers is None
    assert found.rows[1].raw is not None
    assert found.rows[2].customers == (400, 400)


def test_too_few_to_judge_is_said_and_not_shrunken():
    found = _found(np.repeat([0, 1, 2], [40, 600, 600]), metric=BOUGHT)
    assert found.rows[0].raw is None
    assert "not enough data" in found.rows[0].why
    assert found.rows[1].shrunken is not None


def test_customers_in_no_segment_are_left_out():
    found = _found(np.repeat([-1, 0, 1], 300))
    assert [row.segment for row in found.rows] == [0, 1]


def test_one_segment_has_nothing_to_be_drawn_to():
    found = _found(np.zeros(400, dtype=int))
    assert found.rows[0].shrunken is None
    assert found.p is None
    assert "cannot be said" in found.verdict


def test_no_segment_at_all_is_answered():
    assert _found(np.full(100, -1)).rows == ()


def test_correction_decides_what_is_believed():
    found = _found(np.repeat([0, 1], 1000), effects=[0.6, 0.0])
    p = np.array([row.p for row in found.rows])
    assert [row.believed for row in corrected(found, VISITS, p, 0.01).rows] == [True, False]
    assert not corrected(found, VISITS, np.array([0.2, 0.9]), 0.01).rows[0].believed
    assert corrected(found, VISITS, np.array([0.2, np.nan]), 0.01).rows[1].adjusted is None
