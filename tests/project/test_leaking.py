"""Leaks of a control in words that say what they do to the result."""

from __future__ import annotations

import numpy as np

from segmentry.experiments.trial import Metric, Trial
from segmentry.matrix import Matrix
from segmentry.project.leaking import leak_of
from segmentry.project.tried import Tried

CONTROL = np.arange(400) < 200


def reached(control: int, treated: int) -> np.ndarray:
    return (np.arange(400) < control) | ((np.arange(400) >= 200) & (np.arange(400) < 200 + treated))


def test_a_leak_is_told_with_its_interval_and_what_is_left_of_the_effect() -> None:
    found = leak_of(reached(20, 200), CONTROL, own=True, campaign="Spring")
    assert (found.contacted, found.controls, found.share.value, found.treated.value) == (20, 200, 0.1, 1.0)
    assert "20 of 200 customers of the control (10.0%" in found.words
    assert "by the campaign 'Spring' itself" in found.words
    assert "about 90% of the effect" in found.words


def test_treated_who_were_not_reached_are_part_of_the_attenuation() -> None:
    assert "about 80% of the effect" in leak_of(reached(20, 100), CONTROL, own=True).words


def test_a_control_reached_as_often_as_the_treated_says_that_the_result_says_nothing() -> None:
    assert "the result says nothing" in leak_of(reached(50, 50), CONTROL, own=True).words


def test_contacts_of_other_campaigns_are_no_attenuation_but_another_comparison() -> None:
    found = leak_of(reached(40, 60), CONTROL, own=False)
    assert "by some campaign" in found.words
    assert "compares its offer with what the control got, not with nothing" in found.words


def test_a_control_left_alone_is_called_so() -> None:
    assert leak_of(reached(0, 200), CONTROL, own=True).words.startswith("The control was left alone: 0 of 200")


def test_a_page_is_warned_of_a_leak_and_told_who_was_left_out() -> None:
    ids = np.array(["a", "b"], dtype=object)
    trial = Trial(
        "Spring", ids, ("control", "offer"), np.array([0, 1]), (Metric("bought", "Bought", "yes/no"),), np.array([[0.0], [1.0]]), "lot", "x"
    )
    matrix = Matrix(ids, (), np.empty((2, 0)))
    leak = leak_of(reached(20, 200), CONTROL, own=True)
    tried = Tried(trial, matrix, np.arange(2), np.arange(2), matrix, notes=("3 are left out.",), leak=leak)
    assert [(note.code, note.level) for note in tried.remarks] == [("trial", "info"), ("leak", "warning")]
    assert tried.remarks[1].words == leak.words
