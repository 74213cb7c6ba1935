"""The parametric bootstrap agrees with standard errors where those are right, and refuses where fits fail."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import Degenerate, UsageError
from segmentry.value import BGNBD
from segmentry.value.refits import bootstrap
from segmentry.value.simulation import simulate

TRUTH = {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}


def shop(customers: int, seed: int = 0) -> np.ndarray:
    return simulate("BG/NBD", TRUTH, np.full(customers, 52.0), seed=seed).histories


def test_intervals_are_as_wide_as_standard_errors_say():
    model = BGNBD()
    found = bootstrap(model, shop(4000), refits=60, seed=1)
    assert not hasattr(model, "params_")
    fit = BGNBD().fit(shop(4000))
    assert found.failed == 0
    for place, name in enumerate(fit.params_):
        assert found.intervals[name].value == fit.params_[name]
        spread = np.log(found.params[name]).std()
        # 60 refits know a spread to 9 %, and the skew of a and b adds to it.
        assert spread == pytest.approx(np.sqrt(fit.covariance_[place, place]), rel=0.35)
        assert found.intervals[name].low < fit.params_[name] < found.intervals[name].high


def test_the_same_seed_gives_the_same_refits():
    one, two, other = (bootstrap(BGNBD(), shop(1000), refits=20, seed=seed).params["r"] for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_shop_whose_refits_fail_is_refused(monkeypatch):
    fit = BGNBD.fit

    def failing(self, X, *rest):
        if len(X) == 1000 and X[0, 1] == rows[0, 1]:
            return fit(self, X, *rest)
        return fit(self, np.tile([3.0, 10.0, 30.0], (50, 1)))

    rows = shop(1000)
    monkeypatch.setattr(BGNBD, "fit", failing)
    with pytest.raises(Degenerate, match="20 of 20 refits on simulated customers were refused"):
        bootstrap(BGNBD(), rows, refits=20, seed=1)


def test_too_few_refits_are_refused():
    with pytest.raises(UsageError, match="refits is 19; allowed is 20 to"):
        bootstrap(BGNBD(), shop(100), refits=19, seed=1)
