"""What a trial says of offers: as fine as the evidence allows, drawn together, and learned from those who may be learned from alone."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.plans.proof import Proof, effects, fineness, learner, takeup

SEGMENTS = ("quiet", "lively")


def proof(count: int = 4_000, *, seed: int = 3, gains: tuple[float, float] = (-1.0, 1.0)) -> Proof:
    """Return a trial in which a letter brings another amount in each of two segments, with noise of 2."""
    rng = np.random.default_rng(seed)
    segment = rng.integers(0, 2, count)
    contrast = rng.normal(size=(count, 1)) * 2.0 + np.array(gains)[segment][:, None]
    taking = np.column_stack([np.full(count, 0.1), np.where(segment == 1, 0.3, 0.1)])
    return Proof("left alone", ("letter",), (0.1,), contrast, taking, np.arange(count) % 5, segment.astype(np.int64), SEGMENTS)


def test_segments_with_opposite_effects_are_told_apart() -> None:
    made = proof()
    assert fineness(made).verdict == "segment"
    found = effects(made, "segment", segment=np.array([0, 1]), expected=None)
    assert found[0, 0] == pytest.approx(-1.0, abs=0.2)
    assert found[1, 0] == pytest.approx(1.0, abs=0.2)


def test_without_an_effect_nobody_is_to_be_treated_and_no_gain_is_expected() -> None:
    made = proof(gains=(0.0, 0.0))
    assert fineness(made).verdict == "nobody"
    assert effects(made, "nobody", segment=np.array([0, 1]), expected=None).tolist() == [[0.0], [0.0]]


def test_one_way_for_all_expects_the_same_of_everybody() -> None:
    found = effects(proof(gains=(1.0, 1.0)), "one", segment=np.array([0, 1, -1]), expected=None)
    assert len(set(found.ravel().tolist())) == 1
    assert found[0, 0] == pytest.approx(1.0, abs=0.15)


def test_who_is_in_no_segment_gets_the_average_of_all() -> None:
    made = proof()
    assert effects(made, "segment", segment=np.array([-1]), expected=None)[0, 0] == pytest.approx(made.contrast.mean(), abs=1e-9)


def test_individual_effects_are_drawn_to_the_average_as_far_as_they_do_not_come_true() -> None:
    made = proof()
    truth = np.where(made.segment == 1, 1.0, -1.0)[:, None]
    noise = np.random.default_rng(1).normal(size=truth.shape)
    asked = np.array([[-1.0], [1.0]])
    told = [
        effects(Proof(**{**_fields(made), "expected": guess}), "individual", segment=np.array([0, 1]), expected=asked)
        for guess in (truth, noise)
    ]
    assert np.ptp(told[0]) > 1.5
    assert np.ptp(told[1]) < 0.3


def test_take_up_is_told_by_segment_between_0_and_1() -> None:
    found = takeup(proof(), np.array([0, 1, -1]))
    assert found[0, 1] == pytest.approx(0.1, abs=0.02)
    assert found[1, 1] == pytest.approx(0.3, abs=0.02)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_replay_learns_nothing_from_those_it_is_asked_about() -> None:
    made = proof()
    known = made.fold != 0
    changed = Proof(**{**_fields(made), "contrast": np.where(known[:, None], made.contrast, 1e6)})
    one, other = (learner(each, "segment")(known, ~known) for each in (made, changed))
    assert np.array_equal(one, other)


def test_parts_that_do_not_fit_are_refused_with_their_shapes() -> None:
    with pytest.raises(UsageError, match=r"contrasts, take-up and segments have shapes .* Align them"):
        Proof("alone", ("letter",), (0.1,), np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64))


def _fields(made: Proof) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__dataclass_fields__}
