"""Segments beside scores."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.stats import binom

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
    assert re.fullmatch(
        r"Segments account for \d+% of how far customers' scores differ; .+% lies within them: segments and scores mostly agree\.",
        sentences[0],
    )
    assert "“B” answers most" in sentences[1]


def test_segments_whose_scores_are_off_are_named():
    for factor, words in ((0.4, "here the scores are too low."), (1.6, "here the scores are too high.")):
        parts = by_segment(LABELS, {1: "A", 2: "B"}, OUTCOME, SCORES * factor, groups=np.arange(400), contact=None)
        told = agreement(parts, LABELS, SCORES * factor)[3:]
        assert any(sentence.startswith("In “B”") and sentence.endswith(words) for sentence in told)


def test_true_scores_of_many_segments_are_seldom_called_off():
    rng, labels = np.random.default_rng(4), np.repeat(np.arange(20), 100)
    called = 0
    for _ in range(200):
        outcome = (rng.random(2000) < 0.3).astype(np.float64)
        parts = by_segment(labels, {}, outcome, np.full(2000, 0.3), groups=np.arange(2000), contact=None)
        called += len(agreement(parts, labels, np.linspace(0.299, 0.301, 2000))) > 3
    # One in twenty, whatever the number of segments; fewer than 20 are seen in 99 of 100 tries.
    assert called <= binom.ppf(0.99, 200, 0.05)


@pytest.mark.parametrize(("hidden", "words"), [(0, "none is in"), (3, "fewer than 5 are in"), (12, "12 are in")])
def test_few_customers_are_not_counted_aloud(hidden, words):
    scores = np.r_[np.full(200, 0.1), np.linspace(0.4, 0.6, 200)]
    scores[:hidden] = 0.9
    parts = by_segment(LABELS, {1: "A", 2: "B"}, OUTCOME, scores, groups=np.arange(400), contact=None)
    told = agreement(parts, LABELS, scores)[2]
    assert f"and {words} “A”: contacting only “B” would miss them." in told


def test_one_segment_agrees_with_nothing():
    assert agreement((), LABELS, SCORES) == ()
    assert eta_squared(LABELS, np.ones(400)) == 0.0
