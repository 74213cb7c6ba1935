"""Sentences: effect, interval, evidence; nothing overstated."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.experiments.effects import difference_of_shares
from segmentry.experiments.phrases import overstated
from segmentry.experiments.question import Question
from segmentry.experiments.results import SegmentEffect
from segmentry.experiments.trial import Metric
from segmentry.experiments.verdicts import on_effect, on_segments, small
from segmentry.results import Estimate

BOUGHT = Metric("bought", "Bought", "yes/no")


def _said(hits, adjusted=None, **more):
    found = difference_of_shares(hits, [1000, 1000])
    asked = {"role": "primary", "question": Question(), **more}
    return on_effect(BOUGHT, ("control", "offer"), found, adjusted=found.p if adjusted is None else adjusted, **asked)


@pytest.mark.parametrize(
    ("hits", "words"),
    [
        ([40, 90], "More than among the customers who were left alone"),
        ([90, 40], "Less than among the customers who were left alone"),
        ([50, 52], "No evidence of an effect"),
        ([50, 73], "It points to more, and is not enough for a verdict"),
        ([73, 50], "It points to less, and is not enough for a verdict"),
    ],
)
def test_the_evidence_decides_what_is_said(hits, words):
    said = _said(hits)
    assert words in said
    assert "95% interval" in said
    assert not overstated(said)


def test_a_corrected_p_is_said_beside_the_raw_one():
    assert "after correction for the number of questions" in _said([50, 80], adjusted=0.03)
    assert "after correction" not in _said([50, 80])


def test_what_was_not_declared_is_called_exploratory():
    assert "Exploratory: not declared before the start" in _said([40, 90], role="exploratory")


def test_luck_and_how_many_more_are_said():
    assert "+4 points is likeliest" in _said([40, 90], shrunken=Estimate(0.04, 0.01, 0.06))
    assert "A change of 10% needs about 90,000 more customers" in _said([50, 52], needed=90_000)


@pytest.mark.parametrize("differ", [True, False])
def test_segments_are_never_oversold(differ):
    rows = (SegmentEffect(0, "Loyal", (100, 100), None, None, believed=True),)
    said = on_segments(BOUGHT, "offer", rows, 0.004, differ=differ)
    assert "Loyal" in said
    assert not overstated(said)
    assert ("No evidence" in said) != differ


def test_a_p_is_never_nought():
    assert "0.000" not in "".join(small(p) for p in np.geomspace(1e-12, 0.99, 50)).replace("0.001", "")
