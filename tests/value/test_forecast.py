"""The forecast: points, intervals, sums, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.value import BGNBD, MBGNBD, NBD, GammaGamma, ParetoNBD
from segmentry.value.discounting import Terms
from segmentry.value.forecast import ALL, forecast

DROPOUT = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.8}
LIVES = {"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
MODELS = [(BGNBD, DROPOUT), (MBGNBD, DROPOUT), (ParetoNBD, LIVES), (NBD, {"r": 0.7, "alpha": 9.4})]
YEAR = Terms(52.0)


def fitted(model: Any, params: dict[str, float], doubt: float = 0.0) -> Any:
    model.params_, model.covariance_, model.n_features_in_ = (
        params,
        np.eye(len(params)) * doubt**2,
        2 if isinstance(model, GammaGamma) else 3,
    )
    return model


def customers(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    tenure = rng.uniform(10, 70, count)
    frequency = rng.poisson(2.0, count).astype(float)
    rows = np.column_stack([frequency, np.where(frequency > 0, tenure * rng.uniform(0.3, 1, count), 0), tenure])
    return rows, np.where(frequency > 0, rng.gamma(6, 6, count), np.nan), rng.integers(0, 3, count)


def both(model: Any, params: dict[str, float], terms: Terms = YEAR, **changes: Any) -> Any:
    rows, value, groups = customers()
    given = {"value": value, "spend": fitted(GammaGamma(), SPEND, 0.1), "groups": groups, "draws": 399, "seed": 1} | changes
    return forecast(fitted(model(), params, 0.1), given.pop("X", rows), terms=terms, **given)


@pytest.mark.parametrize(("model", "params"), MODELS)
def test_means_of_many_futures_agree_with_the_closed_forms(model: Any, params: dict[str, float]) -> None:
    # Two ways to one number: what is drawn, and what the estimators work out, discounted.
    rows, value, _ = customers()
    told, sums = forecast(
        fitted(model(), params),
        rows,
        terms=Terms(52.0, margin=0.4, discount=0.3),
        value=value,
        spend=fitted(GammaGamma(), SPEND),
        draws=20_000,
    )
    for points, estimate in ((told.purchases, sums[ALL].purchases), (told.value, sums[ALL].value)):
        assert estimate.value == pytest.approx(points.sum())
        assert (estimate.low + estimate.high) / 2 == pytest.approx(estimate.value, rel=0.03)
    assert np.array_equal(told.alive, fitted(model(), params).probability_alive(rows))


def test_the_interval_of_a_sum_is_narrower_than_the_sum_of_intervals() -> None:
    told, sums = both(BGNBD, DROPOUT)
    assert sums[ALL].value.high - sums[ALL].value.low < 0.5 * (told.high - told.low).sum()


def test_doubt_about_the_parameters_widens_sums_but_hardly_customers() -> None:
    rows = customers(2000)[0]
    known, doubted = (forecast(fitted(BGNBD(), DROPOUT, doubt), rows, terms=YEAR, seed=2) for doubt in (0.0, 0.2))
    widths = [sums[ALL].purchases.high - sums[ALL].purchases.low for _, sums in (known, doubted)]
    assert widths[1] > 2 * widths[0]
    each = [(told.purchases_high - told.purchases_low).mean() for told, _ in (known, doubted)]
    assert each[1] < 1.2 * each[0]


def test_groups_add_to_everybody() -> None:
    _, sums = both(ParetoNBD, LIVES)
    assert sum(sums[group].value.value for group in range(3)) == pytest.approx(sums[ALL].value.value)
    assert sum(sums[group].purchases.value for group in range(3)) == pytest.approx(sums[ALL].purchases.value)


def test_without_spend_value_is_purchases() -> None:
    told, sums = both(BGNBD, DROPOUT, Terms(52.0, margin=0.3, discount=0.1), spend=None, value=None)
    assert np.array_equal(told.value, told.purchases)
    assert np.array_equal(told.high, told.purchases_high)
    assert sums[ALL].value == sums[ALL].purchases


def test_unknown_customers_get_nan_and_do_not_count() -> None:
    rows, value, groups = customers()
    told, sums = both(BGNBD, DROPOUT)
    more = np.vstack([rows, [[np.nan, 3.0, 9.0]], [[1.0, 3.0, np.nan]]])
    other, others = both(BGNBD, DROPOUT, X=more, value=np.append(value, [5.0, 5.0]), groups=np.append(groups, [7, 0]))
    for field in fields(other):
        assert np.isnan(getattr(other, field.name)[-2:]).all()
        assert np.array_equal(getattr(other, field.name)[:-2], getattr(told, field.name))
    assert sums == others


@pytest.mark.parametrize(("model", "params"), MODELS[:3])
def test_nobody_alive_is_worth_next_to_nothing(model: Any, params: dict[str, float]) -> None:
    rows = np.tile([30.0, 5.0, 300.0], (20, 1))
    told, sums = both(model, params, X=rows, value=np.full(20, 30.0), groups=np.zeros(20))
    assert (told.alive < 1e-6).all()
    assert (told.high == 0).all()
    assert np.isinf(told.next_purchase).all()
    assert (sums[ALL].value.low, sums[ALL].value.high) == (0.0, 0.0)


@pytest.mark.parametrize(("model", "params"), MODELS)
@pytest.mark.parametrize("row", [[0.0, 0.0, 0.0], [500.0, 38.0, 38.5], [0.0, 0.0, 5000.0], [1.0, 1e-9, 1e-9]])
def test_one_customer_of_any_history_gets_finite_figures(model: Any, params: dict[str, float], row: list[float]) -> None:
    told, sums = both(model, params, X=np.array([row]), value=np.array([1e9]), groups=np.zeros(1))
    for field in fields(told):
        figure = getattr(told, field.name)[0]
        assert np.isfinite(figure) or field.name == "next_purchase"
    assert sums[0] == sums[ALL]


@pytest.mark.parametrize(("model", "params"), MODELS)
@pytest.mark.parametrize("doubt", [2.0, 5.0, 50.0])
def test_wild_doubt_stays_finite(model: Any, params: dict[str, float], doubt: float) -> None:
    rows, value, _ = customers()
    spend = fitted(GammaGamma(), SPEND, doubt)
    told, sums = forecast(fitted(model(), params, doubt), rows, terms=Terms(52.0, discount=0.1), value=value, spend=spend, draws=999)
    assert np.isfinite(told.high).all()
    assert np.isfinite(sums[ALL].value.high)


def test_what_is_asked_for_wrongly_is_refused() -> None:
    rows, value, _ = customers()
    model, spend = fitted(BGNBD(), DROPOUT), fitted(GammaGamma(), SPEND)
    with pytest.raises(UsageError, match=r"X has shape \(60, 2\); allowed is \(n, 3\)"):
        forecast(model, rows[:, :2], terms=YEAR)
    with pytest.raises(UsageError, match="value is None although spend is given"):
        forecast(model, rows, terms=YEAR, spend=spend)
    with pytest.raises(UsageError, match=r"value has shape \(59,\); allowed is \(60,\)"):
        forecast(model, rows, terms=YEAR, spend=spend, value=value[1:])
    with pytest.raises(UsageError, match=r"groups has shape \(2,\)"):
        forecast(model, rows, terms=YEAR, groups=[0, 1])
    with pytest.raises(UsageError, match="draws is 10; allowed is 99"):
        forecast(model, rows, terms=YEAR, draws=10)
    with pytest.raises(UsageError, match="model is 'GammaGamma'"):
        forecast(spend, rows, terms=YEAR)


def test_without_anybody_known_there_is_no_forecast() -> None:
    with pytest.raises(NotEnoughData, match="none of 2 customers has a frequency"):
        forecast(fitted(BGNBD(), DROPOUT), np.full((2, 3), np.nan), terms=YEAR)


def test_an_unknown_covariance_gives_no_interval() -> None:
    with pytest.raises(Degenerate, match="are not finite"):
        forecast(fitted(BGNBD(), DROPOUT, np.nan), customers()[0], terms=YEAR)


def cdnow(path: Path, cut: date) -> tuple[np.ndarray, np.ndarray]:
    """Return frequency, recency, tenure in weeks up to the cut, and the days with a purchase after it."""
    days: dict[str, set[date]] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        if line.strip():
            customer, _, day, *_ = line.split()
            days.setdefault(customer, set()).add(date(int(day[:4]), int(day[4:6]), int(day[6:])))
    rows, later = [], []
    for bought in days.values():
        seen = sorted(day for day in bought if day <= cut)
        rows.append((len(seen) - 1, (seen[-1] - seen[0]).days / 7, (cut - seen[0]).days / 7))
        later.append(len(bought) - len(seen))
    return np.array(rows, dtype=float), np.array(later, dtype=float)


@pytest.mark.realdata
@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_on_cdnow_nearly_nine_of_ten_customers_are_inside(model: Any, realdata: Callable[[str], Path]) -> None:
    # The sum is another matter: 1,882 purchases came in the 39 weeks with Christmas, more than any of the models' intervals but Pareto/NBD's holds.
    rows, later = cdnow(realdata("cdnow/CDNOW_sample.txt"), date(1997, 9, 30))
    told, sums = forecast(model().fit(rows), rows, terms=Terms(39.0))
    assert 0.86 <= np.mean((told.purchases_low <= later) & (later <= told.purchases_high)) <= 0.93
    assert later.sum() == 1882
    assert sums[ALL].purchases.high < 1882 or model is ParetoNBD
