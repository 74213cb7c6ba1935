"""Strata put together: against a weighted mean by hand, and lots within strata."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.experiments.stratified import contrast, differing


def _parts(rng, effects, sizes=(200, 300)):
    return [(rng.normal(place, 1, sizes[0]), rng.normal(place + effect, 2, sizes[1])) for place, effect in enumerate(effects)]


def test_one_stratum_is_the_test_of_welch():
    rng = np.random.default_rng(1)
    ((control, treated),) = _parts(rng, [0.4], (20, 50))
    theirs = stats.ttest_ind(treated, control, equal_var=False)
    found = contrast([(control, treated)], [1.0], "number")
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.value.low == pytest.approx(theirs.confidence_interval().low, rel=1e-9)


def test_strata_are_put_together_by_their_weights():
    parts = _parts(np.random.default_rng(2), [0.0, 1.0])
    gaps = [some.mean() - none.mean() for none, some in parts]
    errors = [some.var(ddof=1) / 300 + none.var(ddof=1) / 200 for none, some in parts]
    found = contrast(parts, [0.3, 0.7], "number")
    assert found.value.value == pytest.approx(0.3 * gaps[0] + 0.7 * gaps[1])
    assert found.error == pytest.approx(np.sqrt(0.09 * errors[0] + 0.49 * errors[1]))
    assert contrast(parts, [-1.0, 1.0], "number").value.value == pytest.approx(gaps[1] - gaps[0])


def test_lots_within_strata_find_nothing_where_nothing_is():
    """Strata differ a hundredfold in what they spend, arms in size by stratum; only who is treated is by lot."""
    runs, alarms, differ = 300, 0, 0
    for run in range(runs):
        rng = np.random.default_rng(run)
        parts = [
            tuple((rng.random(size) < 0.2) * rng.lognormal(middle, 1.0, size) for size in sizes)
            for middle, sizes in ((5.0, (40, 200)), (1.0, (300, 60)))
        ]
        alarms += contrast(parts, [0.5, 0.5], "money", resamples=199, seed=run).p <= 0.05
        differ += differing(parts, "money", resamples=199, seed=run) <= 0.05
    low, high = stats.binom.ppf([0.0005, 0.9995], runs, 0.05)
    assert low <= alarms <= high
    assert low <= differ <= high


def test_strata_that_differ_are_seen_and_others_are_not():
    rng = np.random.default_rng(3)
    assert differing(_parts(rng, [0.0, 1.0, 0.0]), "number") < 0.01
    alarms = sum(differing(_parts(np.random.default_rng(run), [0.5, 0.5, 0.5]), "number") <= 0.05 for run in range(400))
    assert stats.binom.ppf(0.0005, 400, 0.05) <= alarms <= stats.binom.ppf(0.9995, 400, 0.05)


def test_what_cannot_be_put_together_is_refused():
    parts = _parts(np.random.default_rng(4), [0.0])
    with pytest.raises(UsageError, match="one weight per stratum"):
        contrast(parts, [0.5, 0.5], "number")
    with pytest.raises(UsageError, match="two or more"):
        differing(parts, "number")
    with pytest.raises(NotEnoughData):
        contrast([(np.array([1.0]), np.array([1.0, 2.0]))], [1.0], "number")
    with pytest.raises(Degenerate):
        contrast([(np.ones(5), np.ones(5))], [1.0], "number")
