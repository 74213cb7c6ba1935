"""Segments beside scores."""

from __future__ import annotations

import numpy as np

from segmentry.propensity.segments import agreement, by_segment, eta_squared

LABELS = np.repeat([1, 2], 200)
GENERATOR = np.random.default_rng(0)
SCORES = np.where(LABELS == 1, 0.1, 0.5) + GENERATOR.normal(scale=0.01, size=400)
OUTCOME = (GENERATOR.random(400) < SCORES).astype(np.float64)


def test_rates_lie_in_their_intervals_and_too_few_answers_have_no_auc():
    first, second = by_segment(LABELS, {1: "A"}, OUTCOME, SCORES, groups=np.arange(400), contact=SCORES > 0.3)
    assert first.rate.low < first.rate.value < first.rate.high
    assert (first.name, second.name) == ("A", "Segment 2")
    assert (first.worth_contacting, second.worth_contacting) == (0.0, 1.0)
    assert by_segment(LABELS, {}, (np.arange(400) % 25 == 0) * 1.0, SCORES, groups=np.arange(400), contact=None)[0].auc is None


def test_agreement_says_how_much_lies_between_segments():
    parts = by_segment(LABELS, {1: "A", 2: "B"}, OUTCOME, SCORES, groups=np.arange(400), contact=None)
    sentences = agreement(parts, LABELS, SCORES)
    assert "segments and scores mostly agree" in sentences[0]
    assert "“B” answers most" in sentences[1]


def test_segments_whose_scores_are_off_are_named():
    parts = by_segment(LABELS, {1: "A", 2: "B"}, OUTCOME, np.clip(SCORES * 0.4, 0, 1), groups=np.arange(400), contact=None)
    assert any("“B”" in sentence and "off" in sentence for sentence in agreement(parts, LABELS, SCORES * 0.4))


def test_one_segment_agrees_with_nothing():
    assert agreement((), LABELS, SCORES) == ()
    assert eta_squared(LABELS, np.ones(400)) == 0.0
