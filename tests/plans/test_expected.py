"""Expected effects: as far as there is evidence, less what chance added, and called what they are."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric
from segmentry.plans.evidence import NoFigure
from segmentry.plans.expected import Evidence, from_assumption, from_probabilities, from_uplift, graded_gains
from segmentry.results import Estimate
from segmentry.uplift.results import ArmEffect, Uplift


def uplift(effect: np.ndarray, expected: np.ndarray, *, noise: float = 1.0, outside: int = 10, true: np.ndarray | None = None) -> Uplift:
    """Return an uplift of n customers, the last `outside` of them not in the trial, with scores of the true effects."""
    rng = np.random.default_rng(0)
    n, k = effect.shape
    real = expected if true is None else true
    robust = np.column_stack([np.zeros(n), real]) + rng.normal(0.0, noise, (n, k + 1))
    fold = np.arange(n) % 5
    robust[n - outside :], fold[n - outside :] = np.nan, -1
    contrast = robust[fold >= 0, 1:] - robust[fold >= 0, :1]
    averages = tuple(
        ArmEffect(each + 1, f"arm {each}", 1, 1, 0.0, 0.0, _near(contrast[:, each]), _near(contrast[:, each]), 0.001) for each in range(k)
    )
    return Uplift(
        "differences", "", trial="spring", source="column arm", metric=Metric("bought", "Bought", "yes/no"),
        arms=("control", *(f"arm {each}" for each in range(k))), averages=averages, effect=effect, expected=expected, robust=robust, fold=fold,
    )  # fmt: skip


def _near(values: np.ndarray) -> Estimate:
    error = 1.96 * values.std() / np.sqrt(len(values))
    return Estimate(float(values.mean()), float(values.mean() - error), float(values.mean() + error))


def test_individual_effects_that_come_true_are_kept_and_those_that_do_not_are_drawn_to_the_average() -> None:
    expected = np.random.default_rng(1).normal(0.2, 0.5, (5000, 1))
    true = from_uplift(uplift(expected, expected), [("Letter", "arm 0")], customers=5000)
    (evidence,) = true.evidence
    assert isinstance(evidence, Evidence)
    assert evidence.individual
    assert evidence.kept > 0.9
    assert np.corrcoef(true.values[:, 0], expected[:, 0])[0, 1] > 0.999
    half = from_uplift(uplift(expected, expected, true=0.2 + 0.5 * (expected - 0.2)), [("Letter", "arm 0")], customers=5000)
    assert np.ptp(half.values) == pytest.approx(0.5 * np.ptp(expected), rel=0.1)
    assert half.values.mean() == pytest.approx(0.2, abs=0.05)


def test_without_differences_everyone_has_the_average_drawn_towards_nothing() -> None:
    expected = np.random.default_rng(1).normal(0.2, 0.5, (400, 1))
    found = from_uplift(uplift(np.full((400, 1), 0.2), expected, noise=3.0), [("Letter", "arm 0")], customers=400)
    (evidence,) = found.evidence
    assert isinstance(evidence, Evidence)
    assert np.ptp(found.values) == 0
    assert not evidence.individual
    assert 0 <= evidence.kept < 1
    assert abs(found.values[0, 0]) < abs(evidence.average.value)  # type: ignore[union-attr]


def test_an_arm_without_evidence_has_no_figure_and_no_effect() -> None:
    effect = np.column_stack([np.full(300, 0.2), np.zeros(300)])
    found = from_uplift(
        uplift(effect, np.random.default_rng(0).normal(0.1, 0.1, (300, 2))), [("A", "arm 1"), ("B", "arm 0")], customers=300
    )
    assert [each.offer for each in found.missing] == ["A"]
    assert "no evidence that it does anything" in found.missing[0].words
    assert not found.values[:, 0].any()
    assert found.values[:, 1].all()


def test_what_was_refused_has_no_figure_and_says_why() -> None:
    refused = Uplift("refused", "", refusal="There are too few customers.", trial="spring", arms=("control", "letter"))
    found = from_uplift(refused, [("Letter", "letter")], customers=7)
    assert found.missing[0].reason == "There are too few customers."
    assert found.values.shape == (7, 1)


def test_an_arm_that_is_not_there_is_refused_with_the_nearest() -> None:
    found = uplift(np.full((200, 1), 0.2), np.full((200, 1), 0.2))
    with pytest.raises(UsageError, match="did you mean 'arm 0'"):
        from_uplift(found, [("Letter", "arm O")], customers=200)
    with pytest.raises(UsageError, match="its control"):
        from_uplift(found, [("Letter", "control")], customers=200)
    with pytest.raises(UsageError, match="Score the customers of the plan first"):
        from_uplift(found, [("Letter", "arm 0")], customers=201)


def test_probabilities_are_gross_and_assumptions_are_called_so() -> None:
    seen = from_probabilities([0.1, np.nan, 0.4], "Letter", source="campaign 7", rate=Estimate(0.2, 0.1, 0.3))
    both = seen.beside(from_assumption(0.05, "Call", source="offers.toml", customers=3))
    kinds = [(each.grade, each.gross) for each in both.evidence if isinstance(each, Evidence)]
    assert kinds == [("observational", True), ("assumption", False)]
    mixed = graded_gains(np.array([0, 1, -1]), np.array([3.0, 2.0, 0.0]), both, worth=[10.0, 10.0])
    assert [(part.kind, part.value, part.interval) for part in mixed.parts] == [
        ("observational, gross", 3.0, (2.0, 4.0)),
        ("assumption", 2.0, None),
    ]
    with pytest.raises(UsageError, match="each offer once"):
        both.beside(seen)
    with pytest.raises(UsageError, match="one of 0 to 1 per customer"):
        from_probabilities([1.2], "Letter", source="x")
    with pytest.raises(UsageError, match="State it anew"):
        from_assumption(float("inf"), "Call", source="x", customers=1)


def test_an_offer_without_a_figure_may_not_be_planned() -> None:
    effect = np.zeros((200, 1))
    found = from_uplift(uplift(effect, effect + 0.1), [("Letter", "arm 0")], customers=200)
    assert isinstance(found.evidence[0], NoFigure)
    assert graded_gains(np.full(200, -1), np.zeros(200), found, worth=[1.0]).parts == ()
    with pytest.raises(UsageError, match="Test it first"):
        graded_gains(np.zeros(200, dtype=np.int64), np.ones(200), found, worth=[1.0])
