"""Gamma-Gamma: published figures, another library, derivatives, and spend it cannot be fitted to."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.value import GammaGamma
from segmentry.value.gammagamma import GammaGammaLikelihood, Spending, independence, mean_spend

CDNOW = {"p": 6.25, "q": 3.74, "v": 15.44}


def spend(customers: int = 1500, seed: int = 0, params: dict[str, float] = CDNOW) -> np.ndarray:
    """Return repeat purchases and their mean value; customers without have none."""
    rng = np.random.default_rng(seed)
    frequency = rng.geometric(0.4, customers) - 1.0
    times = np.maximum(frequency, 1)
    value = rng.gamma(params["p"] * times) / times / rng.gamma(params["q"], 1 / params["v"], customers)
    return np.column_stack([frequency, np.where(frequency > 0, value, np.nan)])


def cdnow(path: Path) -> np.ndarray:
    """Return repeat purchase days until 1997-09-30 and their mean dollars; lines of a day are one purchase, zero dollars and duplicates kept.

    Eight customers spent nothing on their first day, which is no repeat purchase: whether zeros are kept in the mean or not, the figures are the same.
    """
    table = np.loadtxt(path)
    table = table[table[:, 2] <= 19970930]
    rows = []
    for customer in np.unique(table[:, 1]):
        own = table[table[:, 1] == customer]
        days, place = np.unique(own[:, 2], return_inverse=True)
        dollars = np.bincount(place, weights=own[:, 4])[1:]
        rows.append((len(days) - 1, dollars.mean() if len(dollars) else 0.0))
    return np.array(rows)


@pytest.mark.realdata
def test_cdnow_gives_the_published_figures(realdata):
    """Fader and Hardie 2013, "The Gamma-Gamma model of monetary value", and CLVTools."""
    rows = cdnow(realdata("cdnow/CDNOW_sample.txt"))
    model = GammaGamma().fit(rows)
    assert list(model.params_) == list(CDNOW)
    assert model.params_ == pytest.approx(CDNOW, rel=0.005)
    assert (model.customers_, model.ignored_) == (946, 1411)
    assert model.expected_value([[0, 0.0]])[0] == pytest.approx(35.17, rel=0.005)
    check = independence(*rows.T)
    assert check.holds
    assert "946 customers" in check.words


def test_figures_are_those_of_lifetimes():
    rows = spend()
    rows = rows[rows[:, 0] > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from lifetimes import GammaGammaFitter

        peer = GammaGammaFitter().fit(pd.Series(rows[:, 0]), pd.Series(rows[:, 1]))
        theirs = np.asarray(peer.conditional_expected_average_profit(pd.Series(rows[:, 0]), pd.Series(rows[:, 1])))
    model = GammaGamma().fit(rows)
    assert model.params_ == pytest.approx(dict(peer.params_), rel=0.005)
    assert mean_spend(dict(peer.params_), *rows.T) == pytest.approx(theirs)
    # lifetimes stops by its own tolerance: ours is at least as likely.
    likelihood, data = GammaGammaLikelihood(), Spending.of(*rows.T, np.ones(len(rows)))
    assert model.log_likelihood_ >= likelihood.gradient(np.log(list(dict(peer.params_).values())), data)[0] - 1e-9


def test_density_adds_up_to_one():
    from scipy.integrate import quad

    logs, likelihood = np.log(list(CDNOW.values())), GammaGammaLikelihood()

    def density(value: float) -> float:
        return np.exp(likelihood.gradient(logs, Spending.of(np.array([3.0]), np.array([value]), np.ones(1)))[0])

    assert quad(density, 0, np.inf)[0] == pytest.approx(1, abs=1e-6)


def test_second_derivatives_are_those_of_differences():
    rows = spend(300)
    seen = rows[:, 0] > 0
    data, likelihood = Spending.of(*rows[seen].T, np.arange(seen.sum()) + 1.0), GammaGammaLikelihood()
    logs, step = np.log([3.0, 5.0, 20.0]), 1e-5
    _, slope, bend = likelihood.hessian(logs, data)
    ahead, behind = ([likelihood.gradient(logs + move, data) for move in sign * step * np.eye(3)] for sign in (1, -1))
    assert slope == pytest.approx([(one[0] - other[0]) / (2 * step) for one, other in zip(ahead, behind, strict=True)], rel=1e-5)
    assert bend == pytest.approx(np.array([(one[1] - other[1]) / (2 * step) for one, other in zip(ahead, behind, strict=True)]), rel=1e-5)


def test_expected_value_goes_from_that_of_all_to_the_own_as_purchases_are_seen():
    expected = mean_spend(CDNOW, np.array([0.0, 1, 2, 10, 1e6]), np.full(5, 10.0))
    assert expected[0] == pytest.approx(6.25 * 15.44 / 2.74)
    assert (np.diff(expected) < 0).all()
    assert expected[-1] == pytest.approx(10, rel=1e-4)


def test_customers_without_a_known_positive_value_get_that_of_all_and_are_counted():
    rows = np.vstack([spend(), [[0, 99.0], [3, 0.0], [2, -5.0], [4, np.nan]]])
    model = GammaGamma().fit(rows)
    assert model.params_ == GammaGamma().fit(spend()).params_
    assert model.ignored_ == len(rows) - model.customers_ == 4 + int((spend()[:, 0] == 0).sum())
    of_all = model.params_["p"] * model.params_["v"] / (model.params_["q"] - 1)
    assert model.expected_value(rows[-4:]) == pytest.approx(of_all)


@pytest.mark.parametrize("scale", [1e-300, 1e-2, 1e15, 1e290])
def test_currency_changes_v_only(scale):
    plain, scaled = GammaGamma().fit(spend()), GammaGamma().fit(spend() * [1, scale])
    wanted = {**plain.params_, "v": plain.params_["v"] * scale}
    assert scaled.params_ == pytest.approx(wanted, rel=1e-5, abs=0)
    assert scaled.expected_value(spend() * [1, scale]) == pytest.approx(plain.expected_value(spend()) * scale, rel=1e-5, abs=0)


def test_order_of_customers_and_weights_for_repeats_change_no_bit():
    rows = np.round(spend()[spend()[:, 0] > 0]) + np.array([0, 1])
    order = np.random.default_rng(1).permutation(len(rows))
    model = GammaGamma().fit(rows)
    assert GammaGamma().fit(rows[order]).params_ == model.params_
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(distinct) < len(rows)
    assert GammaGamma().fit(distinct, sample_weight=counts).params_ == model.params_


def test_the_shell_is_one_of_scikit_learn():
    model = clone(GammaGamma())
    with pytest.raises(NotFittedError):
        model.expected_value([[1, 2.0]])
    assert model.fit(spend()) is model
    assert model.covariance_.shape == (3, 3)
    assert model.standard_errors_["q"] == pytest.approx(model.params_["q"] * np.sqrt(model.covariance_[1, 1]))


MANY = np.arange(200) % 5 + 1.0
REFUSED = {
    "nobody bought twice": (
        np.column_stack([np.zeros(50), np.full(50, 9.0)]),
        NotEnoughData,
        "at least 20 customers with a repeat purchase; found 0",
    ),
    "one customer": ([[3, 10.0]], NotEnoughData, "found 1"),
    "all values are equal": (np.column_stack([MANY, np.full(200, 9.99)]), Degenerate, "all 200 customers .* spend the same per purchase"),
    "values nearly equal": (
        np.column_stack([MANY, 10 + np.random.default_rng(0).normal(size=200) / 1000]),
        Degenerate,
        "as if every customer always spent the same",
    ),
    "spend beyond all measure": (
        np.column_stack([MANY, np.exp(4 * np.random.default_rng(0).normal(size=200))]),
        Degenerate,
        "the fitted spend has no mean",
    ),
    "one customer of 1e300": (np.column_stack([MANY, np.r_[1e300, np.full(199, 9.0) + MANY[1:]]]), Degenerate, "AT_THE_EDGE|NO_MEAN_SPEND"),
    "an infinite value": (np.column_stack([MANY, np.r_[np.inf, MANY[1:]]]), Degenerate, "1 of 200 customers have .* an infinite value"),
    "half a purchase": (np.column_stack([MANY + 0.5, MANY]), Degenerate, "200 of 200 customers have a frequency that is no whole number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_spend_without_an_answer_is_refused_in_words(name):
    rows, error, words = REFUSED[name]
    model = GammaGamma()
    with pytest.raises(error, match=words):
        model.fit(rows)
    assert not hasattr(model, "params_")


def test_other_shapes_are_refused():
    with pytest.raises(UsageError, match=r"X has shape \(2, 3\); allowed is \(customers, 2\)"):
        GammaGamma().fit(np.ones((2, 3)))
    with pytest.raises(UsageError, match=r"sample_weight has shape \(3,\); allowed is one finite number from 0 up for each of the 1,500"):
        GammaGamma().fit(spend(), sample_weight=np.ones(3))


@pytest.mark.parametrize(
    ("power", "holds", "words"), [(0.0, True, "about as much"), (1.0, False, "spends more"), (-1.0, False, "spends less")]
)
def test_spend_that_depends_on_frequency_is_told(power, holds, words):
    rows = spend()
    check = independence(rows[:, 0], rows[:, 1] * np.maximum(rows[:, 0], 1) ** power)
    assert (check.code, check.holds) == ("spend_independent", holds)
    assert words in check.words


def test_independence_of_too_few_or_equal_is_not_told():
    assert "cannot be told" in independence([1, 2], [3.0, 4.0]).words
    assert "cannot be told" in independence([2] * 50, np.arange(50) + 1.0).words
