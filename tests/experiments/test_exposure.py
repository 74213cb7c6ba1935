"""Who saw it: the effect on all first, the one on those who saw it by the lot, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import UsageError
from segmentry.experiments.comparing import compare
from segmentry.experiments.exposure import exposure
from segmentry.experiments.trial import Metric, Trial

VISITS = Metric("visits", "Visits", "number")


def _found(seen_share, effect=0.5, control_share=0.0, customers=2000, seed=1):
    rng = np.random.default_rng(seed)
    arm = np.repeat([0, 1], customers // 2)
    seen = rng.random(customers) < np.where(arm == 1, seen_share, control_share)
    visits = rng.normal(size=customers) + effect * seen
    trial = Trial(
        "Offer",
        np.arange(customers).astype(str).astype(object),
        ("control", "offer"),
        arm,
        (VISITS,),
        visits[:, None],
        "lot",
        "x",
        exposed=seen,
    )
    return exposure(trial, compare(visits[arm == 0], visits[arm == 1], "number"))


def test_when_all_see_it_both_effects_are_the_same():
    found = _found(1.0)
    assert found.complier is not None
    assert found.complier.value == pytest.approx(found.offered.difference.value)
    assert found.complier.low == pytest.approx(found.offered.difference.low)
    assert np.isfinite(found.strength)


def test_the_effect_on_those_who_see_it_is_larger_by_their_share():
    found = _found(0.4)
    assert found.complier is not None
    assert found.complier.value == pytest.approx(found.offered.difference.value / (found.seen[1] - found.seen[0]))
    assert found.verdict.index("seen or not") < found.verdict.index("On those who see it")


def test_both_leave_out_nought_together():
    for seed in range(30):
        found = _found(0.3, effect=0.4, seed=seed)
        assert found.complier is not None
        assert (found.complier.low > 0) == (found.offered.difference.low > 0)


def test_a_control_that_saw_it_too_is_taken_into_account():
    found = _found(0.8, control_share=0.3)
    assert found.complier is not None
    assert found.complier.low < 0.5 < found.complier.high
    assert "of the control" in found.verdict


@pytest.mark.parametrize(
    ("treated", "control", "code"), [(0.01, 0.01, "WEAK_INSTRUMENT"), (0.0, 0.0, "WEAK_INSTRUMENT"), (0.1, 0.6, "SEEN_BY_THE_CONTROL")]
)
def test_a_lot_that_hardly_changes_who_saw_it_gives_no_figure(treated, control, code):
    found = _found(treated, control_share=control)
    assert found.complier is None
    assert found.refusal is not None
    assert found.refusal.code == code
    assert found.refusal.reason in found.verdict


def test_what_has_to_hold_is_said():
    assert "The instrument is the lot" in _found(0.5).instrument


def test_without_knowing_who_saw_it_nothing_is_said():
    trial = Trial("x", np.array(["a", "b"], dtype=object), ("control", "offer"), np.array([0, 1]), (VISITS,), np.zeros((2, 1)), "lot", "x")
    rng = np.random.default_rng(1)
    with pytest.raises(UsageError, match="who saw"):
        exposure(trial, compare(rng.normal(size=9), rng.normal(size=9), "number"))
