"""BG/NBD and MBG/NBD as estimators: published figures, what learning may not depend on, and data they cannot be fitted to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from tests.value.cdnow import look_back

from segmentry.errors import DataRefused, Degenerate, NotEnoughData, UsageError
from segmentry.segments.threads import one_thread
from segmentry.value import BGNBD, MBGNBD
from segmentry.value.simulation import simulate

TRUTH = {
    "BGNBD": ("BG/NBD", {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}),
    "MBGNBD": ("MBG/NBD", {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}),
}
EACH = pytest.mark.parametrize("model", [BGNBD(), MBGNBD()], ids=repr)


def shop(model, customers: int = 1500, seed: int = 0) -> np.ndarray:
    """Return histories of a shop like CDNOW, watched for 40 to 80 weeks, in whole days."""
    tenure = np.random.default_rng(seed).integers(280, 560, customers) / 7
    drawn = simulate(*TRUTH[type(model).__name__], tenure, seed=seed)
    return np.column_stack([drawn.frequency, np.minimum(np.ceil(drawn.recency * 7) / 7, tenure), tenure])


@pytest.mark.realdata
def test_cdnow_gives_the_published_figures(realdata):
    """Fader, Hardie and Lee 2005; the hold-out error and the single customer are from their notes too."""
    past = look_back(realdata("cdnow/CDNOW_sample.txt"))
    assert len(past.X) == 2357
    model = BGNBD().fit(past.X)
    assert model.params_ == pytest.approx(TRUTH["BGNBD"][1], rel=0.005)
    assert model.log_likelihood_ == pytest.approx(-9582.43, abs=0.01)
    assert model.expected_purchases(39.0, [[2, 30.43, 38.86]])[0] == pytest.approx(1.226, abs=0.001)
    assert np.abs(model.expected_purchases(39.0, past.X) - past.later).mean() == pytest.approx(0.785, abs=0.001)


@pytest.mark.realdata
def test_cdnow_gives_the_published_figures_of_the_modified_model(realdata):
    """CLVTools and Hoppe and Wagner 2007."""
    model = MBGNBD().fit(look_back(realdata("cdnow/CDNOW_sample.txt")).X)
    assert model.params_ == pytest.approx(TRUTH["MBGNBD"][1], rel=0.005)


@EACH
def test_the_standard_errors_are_those_of_the_covariance_of_the_logs(model):
    fit = clone(model).fit(shop(model))
    assert list(fit.params_) == list(fit.standard_errors_) == ["r", "alpha", "a", "b"]
    expected = np.array(list(fit.params_.values())) * np.sqrt(np.diag(fit.covariance_))
    assert list(fit.standard_errors_.values()) == pytest.approx(expected)


@EACH
def test_order_of_customers_weights_for_repeats_and_threads_change_no_bit(model):
    rows = shop(model)
    fit, order = clone(model).fit(rows), np.random.default_rng(1).permutation(len(rows))
    assert clone(model).fit(rows[order]).params_ == fit.params_
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    assert clone(model).fit(distinct, sample_weight=counts).params_ == fit.params_
    assert np.array_equal(fit.expected_purchases(26.0, rows)[order], fit.expected_purchases(26.0, rows[order]))
    with one_thread():
        alone = clone(model).fit(rows)
        assert alone.covariance_.tobytes() == fit.covariance_.tobytes()
        assert alone.expected_purchases(26.0, rows).tobytes() == fit.expected_purchases(26.0, rows).tobytes()


@EACH
def test_customers_of_weight_zero_are_not_there(model):
    rows = shop(model)
    weights = (np.arange(len(rows)) % 3 > 0).astype(float)
    whole = clone(model).fit(rows[weights > 0])
    assert clone(model).fit(rows, sample_weight=weights).params_ == pytest.approx(whole.params_, rel=1e-6)


@EACH
def test_a_start_on_a_sample_ends_where_all_customers_do(model, monkeypatch):
    rows = shop(model, 20_000)
    quick = clone(model).fit(rows)
    monkeypatch.setattr("segmentry.value.estimator.maximise", lambda *given: _maximise(*given, sample=10**9))
    from segmentry.value.fitting import maximise as _maximise

    assert clone(model).fit(rows).params_ == pytest.approx(quick.params_, rel=1e-6)


@EACH
def test_the_shell_is_one_of_scikit_learn(model):
    assert clone(model).get_params() == {}
    with pytest.raises(NotFittedError):
        clone(model).probability_alive([[0, 0.0, 1.0]])
    with pytest.raises(NotFittedError):
        clone(model).expected_purchases(1.0, [[0, 0.0, 1.0]])
    with pytest.raises(NotFittedError):
        clone(model).expected_new(1.0)
    rows = shop(model)
    fit = clone(model)
    assert fit.fit(rows) is fit
    assert fit.n_features_in_ == 3
    first = dict(fit.params_)
    fit.fit(shop(model, seed=5))
    assert fit.params_ != first
    assert fit.fit(rows).params_ == first


@EACH
def test_lists_single_precision_and_tables_give_the_same_fit(model):
    rows = np.round(shop(model) * [1, 7, 7])
    first = clone(model).fit(rows).params_
    assert clone(model).fit(rows.tolist()).params_ == first
    assert clone(model).fit(rows.astype(np.float32)).params_ == first
    assert clone(model).fit(rows.astype(np.int64)).params_ == first
    assert clone(model).fit(pd.DataFrame(rows, columns=["frequency", "recency", "tenure"])).params_ == first


@EACH
def test_expectations_keep_the_shape_of_what_is_asked(model):
    fit = clone(model).fit(shop(model))
    assert fit.expected_new(np.array([[0.0], [39.0]])).shape == (2, 1)
    assert fit.expected_new(0.0) == 0
    assert fit.expected_purchases(0.0, [[2, 5.0, 9.0]]).tolist() == [0.0]


@EACH
@pytest.mark.parametrize("horizon", [-1.0, np.nan, np.inf])
def test_a_horizon_that_is_no_time_is_refused(model, horizon):
    fit = clone(model).fit(shop(model))
    with pytest.raises(UsageError, match=r"horizon is .*; allowed are numbers from 0 to"):
        fit.expected_purchases(horizon, [[0, 0.0, 1.0]])
    with pytest.raises(UsageError, match=r"times is .*; allowed are numbers from 0 to"):
        fit.expected_new([horizon])


def degenerate(name: str) -> np.ndarray:
    frequency, recency, tenure = shop(BGNBD(), 400).T.copy()
    made = {
        "nobody bought twice": (0 * frequency, 0 * recency, tenure),
        "one customer": ([3.0], [10.0], [30.0]),
        "bought today": (0 * frequency, 0 * recency, 0 * tenure),
        "all the same": (0 * frequency + 3, 0 * recency + 10, 0 * tenure + 30),
        "everybody bought today": (frequency + 1, tenure, tenure),
        "by the calendar": (np.floor(tenure / 4), np.floor(tenure / 4) * 4, tenure),
        "once more at once, then never": (0 * frequency + 1, 0 * recency + 0.01, tenure),
        "everybody buys a million times": (1e6 * frequency, recency, tenure),
        "a missing tenure": (frequency, recency, np.where(np.arange(400) == 7, np.nan, tenure)),
    }
    return np.column_stack(made[name])


@EACH
@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("nobody bought twice", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 0"),
        ("one customer", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 1"),
        ("bought today", NotEnoughData, "needs at least 20 customers with a repeat purchase; found 0"),
        ("all the same", Degenerate, "AT_THE_EDGE"),
        ("everybody bought today", Degenerate, "AT_THE_EDGE: .*nobody ever left"),
        ("by the calendar", Degenerate, "AT_THE_EDGE"),
        ("once more at once, then never", Degenerate, "AT_THE_EDGE"),
        ("a missing tenure", Degenerate, "NOT_FINITE: 1 of 400 customers"),
    ],
)
def test_data_without_an_answer_are_refused_in_words(model, name, error, words):
    with pytest.raises(error, match=words) as refused:
        clone(model).fit(degenerate(name))
    assert "Next: " in str(refused.value)


@EACH
def test_a_shop_out_of_this_world_gets_a_refusal_or_finite_numbers(model):
    rows = degenerate("everybody buys a million times")
    fit = clone(model)
    try:
        fit.fit(rows)
    except DataRefused:
        assert not hasattr(fit, "params_")
    else:
        assert np.isfinite(list(fit.standard_errors_.values())).all()
        assert np.isfinite(fit.expected_purchases(39.0, rows)).all()


@EACH
@pytest.mark.parametrize("stretch", [1e-9, 1e12])
def test_huge_and_tiny_units_of_time_give_the_same_answer(model, stretch):
    rows = shop(model)
    weeks, others = clone(model).fit(rows), clone(model).fit(rows * [1, stretch, stretch])
    assert others.params_ == pytest.approx(weeks.params_ | {"alpha": weeks.params_["alpha"] * stretch}, rel=1e-6)


def test_who_bought_once_is_certain_to_be_alive_under_bg_nbd_and_not_under_mbg_nbd():
    rows = [[0, 0.0, 70.0]]
    assert BGNBD().fit(shop(BGNBD())).probability_alive(rows)[0] == 1.0
    assert MBGNBD().fit(shop(MBGNBD())).probability_alive(rows)[0] < 0.5


@EACH
def test_a_refusal_leaves_no_numbers(model):
    fit = clone(model)
    with pytest.raises(Degenerate):
        fit.fit(degenerate("all the same"))
    assert not hasattr(fit, "params_")
