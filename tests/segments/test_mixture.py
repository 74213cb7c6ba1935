"""Gaussian mixtures against scikit-learn, which has the same likelihood and no weights."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from segmentry.errors import Degenerate, NotEnoughData, UsageError
from segmentry.segments import mixture
from segmentry.segments.mixture import Gaussians, climb, fit_mixture

generator = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [150, 100, 50])
POINTS = generator.normal(size=(300, 3)) @ [[1.0, 0.6, 0], [0, 0.8, 0], [0, 0, 1.2]] + np.array([[0, 0, 0], [4, 0, 1], [0, 5, -2]])[LABELS]
POINTS = (POINTS - POINTS.mean(axis=0)) / POINTS.std(axis=0)
TYPES = ("full", "tied", "diag", "spherical")


def theirs(start: Gaussians, covariance: str, **settings) -> GaussianMixture:
    """Return scikit-learn's mixture that starts from ours."""
    full = np.linalg.inv(start.covariances)
    precisions = {"full": full, "tied": full[0], "diag": np.diagonal(full, axis1=1, axis2=2), "spherical": full[:, 0, 0]}[covariance]
    return GaussianMixture(
        len(start.weights),
        covariance_type=covariance,
        weights_init=start.weights,
        means_init=start.centres,
        precisions_init=precisions,
        **settings,
    )


def displaced(covariance: str) -> Gaussians:
    """Return a start that is not where it ends."""
    fit = fit_mixture(POINTS, 3, seed=0, covariance=covariance).rule
    return replace(fit, centres=fit.centres + np.array([0.4, -0.3, 0.2]))


@pytest.mark.parametrize("covariance", TYPES)
def test_the_climb_ends_where_that_of_scikit_learn_ends(covariance):
    start = displaced(covariance)
    ours = climb(POINTS, start, covariance, tolerance=1e-11, rounds=3_000)
    other = theirs(start, covariance, tol=1e-11, max_iter=3_000, reg_covar=mixture.RIDGE).fit(POINTS)
    assert ours.converged
    assert ours.log_likelihood(POINTS) == pytest.approx(other.score(POINTS) * len(POINTS), rel=1e-6)
    np.testing.assert_allclose(ours.membership(POINTS), other.predict_proba(POINTS), atol=2e-3)


@pytest.mark.parametrize("covariance", TYPES)
def test_criteria_are_those_of_scikit_learn_for_the_same_parameters(covariance):
    found = fit_mixture(POINTS, 3, seed=0, covariance=covariance)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        other = theirs(found.rule, covariance, max_iter=1).fit(POINTS)
    # One step has moved it: its parameters are put back.
    upper = found.rule.whitening.transpose(0, 2, 1)
    other.weights_, other.means_ = found.rule.weights, found.rule.centres
    other.precisions_cholesky_ = {
        "full": upper,
        "tied": upper[0],
        "diag": np.diagonal(upper, axis1=1, axis2=2),
        "spherical": upper[:, 0, 0],
    }[covariance]
    assert found.bic == pytest.approx(other.bic(POINTS), rel=1e-9)
    assert found.aic == pytest.approx(other.aic(POINTS), rel=1e-9)


def test_planted_groups_of_unequal_size_and_shape_are_found():
    found = fit_mixture(POINTS, 3, seed=0)
    assert adjusted_rand_score(found.labels, LABELS) > 0.95
    np.testing.assert_allclose(np.sort(found.rule.weights), [1 / 6, 1 / 3, 1 / 2], atol=0.02)


@pytest.mark.parametrize("covariance", TYPES)
def test_a_weight_is_the_same_as_so_many_equal_customers(covariance):
    times = np.random.default_rng(1).integers(0, 4, size=len(POINTS))
    repeated = fit_mixture(np.repeat(POINTS, times, axis=0), 3, seed=0, covariance=covariance)
    weighted = fit_mixture(POINTS, 3, seed=0, covariance=covariance, weights=times.astype(float))
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-5)
    assert adjusted_rand_score(np.repeat(weighted.labels, times), repeated.labels) == 1.0
    assert weighted.inertia == pytest.approx(repeated.inertia, rel=1e-9)


def test_the_same_seed_gives_the_same_bits_on_one_thread_or_two():
    with threadpool_limits(limits=1):
        one = fit_mixture(POINTS, 3, seed=5)
    two = fit_mixture(POINTS, 3, seed=5)
    assert one.rule.whitening.tobytes() == two.rule.whitening.tobytes()
    assert one.log_likelihood == two.log_likelihood


def test_memberships_sum_to_one_and_have_the_same_bits_in_any_batch():
    rule = fit_mixture(POINTS, 3, seed=0).rule
    whole = rule.membership(POINTS)
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-12)
    one_by_one = np.concatenate([rule.membership(POINTS[[place]]) for place in range(len(POINTS))])
    assert one_by_one.tobytes() == whole.tobytes()
    assert np.array_equal(whole.argmax(axis=1), rule.assign(POINTS))


def test_confidence_is_the_lead_over_the_second_group():
    rule = fit_mixture(POINTS, 3, seed=0).rule
    lowest, middle, highest = np.sort(rule.membership(POINTS), axis=1).T
    assert (lowest <= middle).all()
    np.testing.assert_allclose(rule.confidence(POINTS), highest - middle, atol=1e-15)


def test_someone_far_from_every_group_has_finite_memberships():
    shares = fit_mixture(POINTS, 3, seed=0).rule.membership(np.array([[1e18, -1e18, 0.0]]))
    assert np.isfinite(shares).all()
    assert shares.sum() == 1.0


def test_the_stored_rule_gives_the_same_bits():
    rule = fit_mixture(POINTS, 3, seed=0).rule
    again = Gaussians.from_arrays(rule.arrays())
    assert again.membership(POINTS).tobytes() == rule.membership(POINTS).tobytes()
    assert again.converged is rule.converged is True


@pytest.mark.parametrize(
    "damage",
    [
        {"weights": np.ones(2)},
        {"weights": np.array([1.0, -0.5, 0.5])},
        {"whitening": np.ones((3, 3, 3))},
        {"whitening": np.zeros((3, 3, 3))},
        {"centres": np.full((3, 3), np.nan)},
    ],
)
def test_a_damaged_rule_is_refused(damage):
    arrays = {**fit_mixture(POINTS, 3, seed=0).rule.arrays(), **damage}
    with pytest.raises(ValueError, match=r"fit each other|finite|triangular"):
        Gaussians.from_arrays(arrays)


def test_ordered_groups_are_the_same_groups():
    found = fit_mixture(POINTS, 3, seed=0)
    turned = found.rule.ordered([2, 0, 1])
    assert np.array_equal(np.array([2, 0, 1])[turned.assign(POINTS)], found.labels)


def test_a_duplicated_and_a_constant_feature_do_no_harm():
    singular = np.column_stack([POINTS, POINTS[:, 0], np.full(len(POINTS), 7.0)])
    for covariance in TYPES:
        found = fit_mixture(singular, 3, seed=0, covariance=covariance)
        assert np.isfinite(found.bic)
        assert np.isfinite(found.rule.membership(singular)).all()
    assert adjusted_rand_score(fit_mixture(singular, 3, seed=0).labels, LABELS) > 0.9


def test_equal_customers_are_one_group_of_finite_likelihood():
    found = fit_mixture(np.ones((20, 2)), 1, seed=0)
    assert np.isfinite(found.log_likelihood)
    assert found.rule.confidence(np.ones((1, 2))).tolist() == [1.0]


def test_scaling_a_feature_changes_no_group():
    found = fit_mixture(POINTS, 3, seed=0, covariance="full").rule
    scale = np.array([1e-3, 1.0, 1e6])
    scaled = Gaussians.of(found.weights, found.centres * scale, found.covariances * scale * scale[:, None])
    assert np.array_equal(climb(POINTS * scale, scaled).assign(POINTS * scale), climb(POINTS, found).assign(POINTS))


def test_fewer_different_customers_than_groups_are_refused():
    with pytest.raises(Degenerate, match="need at least 3 different kinds of customers for 3 segments; found 2"):
        fit_mixture(np.repeat([[0.0], [1.0]], 50, axis=0), 3, seed=0)


def test_fewer_customers_than_groups_are_refused():
    with pytest.raises(NotEnoughData, match="need at least 5 customers for 5 segments; found 4"):
        fit_mixture(POINTS[:4], 5, seed=0)


def test_an_unknown_covariance_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'diag'"):
        fit_mixture(POINTS, 3, seed=0, covariance="diagonal")


def test_a_climb_that_was_cut_short_says_so():
    assert not climb(POINTS, displaced("full"), rounds=2).converged


def test_large_data_is_fitted_on_a_sample_and_scored_in_full(monkeypatch):
    full = fit_mixture(POINTS, 3, seed=0)
    monkeypatch.setattr(mixture, "FIT_ROWS", 200)
    monkeypatch.setattr(mixture, "START_ROWS", 100)
    sampled = fit_mixture(POINTS, 3, seed=0)
    assert sampled.fitted_on == 200
    assert adjusted_rand_score(sampled.labels, full.labels) > 0.95
    assert sampled.log_likelihood == sampled.rule.log_likelihood(POINTS)
    assert sampled.log_likelihood < full.log_likelihood


def test_a_quick_fit_is_nearly_the_full_one():
    quick, full = fit_mixture(POINTS, 3, seed=0, quick=True), fit_mixture(POINTS, 3, seed=0)
    assert quick.log_likelihood == pytest.approx(full.log_likelihood, rel=0.01)


@pytest.mark.realdata
def test_mall_customers_fall_into_the_five_groups_everyone_finds(realdata):
    values = np.genfromtxt(realdata("mall-customers/Mall_Customers.csv"), delimiter=",", skip_header=1, usecols=(3, 4))
    points = (values - values.mean(axis=0)) / values.std(axis=0)
    found = fit_mixture(points, 5, seed=0)
    assert silhouette_score(points, found.labels) == pytest.approx(0.5537, abs=0.001)
