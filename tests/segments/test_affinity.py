"""Product types: planted ones are found, one taste gives none, and names say what is bought more of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency

from segmentry.errors import UsageError
from segmentry.segments.affinity import affinity, chi_square
from segmentry.segments.stability import adjusted_rand, crossing

PRODUCTS = ("wine", "meat", "fish", "toys", "books")
TASTES = np.array([[0.7, 0.1, 0.1, 0.05, 0.05], [0.1, 0.05, 0.05, 0.7, 0.1], [0.05, 0.45, 0.4, 0.05, 0.05]])


def draw(tastes: np.ndarray, purchases: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(purchases, tastes) / purchases[:, None]


def one_taste(seed: int) -> str:
    rng = np.random.default_rng(seed)
    purchases = rng.integers(3, 15, size=120)
    shares = draw(rng.dirichlet(np.ones(5)), purchases, seed)
    return affinity(shares, purchases.astype(float), PRODUCTS, seed=seed, high=4).verdict


def test_planted_product_types_are_recovered_and_named() -> None:
    planted = np.repeat([0, 1, 2], [150, 100, 80])
    purchases = np.full(330, 12)
    found = affinity(draw(TASTES[planted], purchases, 1), purchases.astype(float), PRODUCTS, seed=7)
    assert found.verdict == "product types"
    assert [each.name for each in found.types] == ["Mostly wine", "Mostly toys", "Mostly meat and fish"]
    assert adjusted_rand(crossing(planted, found.labels - 1, (3, 3))) > 0.95
    assert found.types[0].words.startswith("wine: 7")


def test_the_rule_gives_the_labels_again() -> None:
    planted = np.repeat([0, 1, 2], 60)
    purchases = np.full(180, 12)
    shares = draw(TASTES[planted], purchases, 1)
    found = affinity(shares, purchases.astype(float), PRODUCTS, seed=7)
    assert found.rule is not None
    assert np.array_equal(found.rule.assign(np.sqrt(shares)) + 1, found.labels)


def test_random_baskets_of_one_taste_have_no_product_types() -> None:
    assert [one_taste(seed) for seed in range(12)].count("chance") >= 11


def uneven(seed: int) -> str:
    """One taste, a line a day, amounts far apart."""
    rng = np.random.default_rng(seed)
    purchases = rng.integers(3, 25, size=150)
    taste = rng.dirichlet(np.ones(5))
    shares, worth = np.zeros((150, 5)), np.zeros(150)
    for place, count in enumerate(purchases):
        amounts = rng.lognormal(0, 1, count)
        shares[place] = np.bincount(rng.choice(5, size=count, p=taste), weights=amounts, minlength=5) / amounts.sum()
        worth[place] = amounts.sum() ** 2 / (amounts**2).sum()
    return affinity(shares, purchases.astype(float), PRODUCTS, seed=seed, high=4, worth=worth).verdict


def test_uneven_amounts_make_no_product_types() -> None:
    assert [uneven(seed) for seed in range(8)].count("chance") >= 7


@pytest.mark.slow
def test_uneven_amounts_make_no_product_types_in_95_of_100_simulations() -> None:
    assert [uneven(seed) for seed in range(100, 200)].count("chance") >= 95


@pytest.mark.slow
def test_random_baskets_of_one_taste_have_no_product_types_in_95_of_100_simulations() -> None:
    none = [one_taste(seed) for seed in range(100, 200)].count("chance")
    # As many as a test that errs in one of a hundred has in 99.9 % of such series: within what the issue asks for.
    assert none >= 95
    assert none >= 100 - binom.ppf(0.999, 100, 0.01)


def test_customers_with_too_few_purchases_belong_to_no_type() -> None:
    planted = np.repeat([0, 1], 100)
    purchases = np.where(np.arange(200) % 10 == 0, 2, 12)
    found = affinity(draw(TASTES[planted], purchases, 1), purchases.astype(float), PRODUCTS, seed=7)
    assert (found.labels[purchases == 2] == 0).all()
    assert (found.labels[purchases == 12] > 0).all()
    assert found.customers == 180


def test_few_customers_are_told_as_not_enough_data() -> None:
    found = affinity(np.full((99, 5), 0.2), np.full(99, 9.0), PRODUCTS, seed=1)
    assert found.verdict == "not enough data"
    assert "found 99" in found.words
    assert not found.labels.any()


def test_equal_customers_and_unknown_shares_are_no_error() -> None:
    shares = np.full((150, 5), 0.2)
    shares[:5] = np.nan
    found = affinity(shares, np.full(150, 9.0), PRODUCTS, seed=1)
    assert found.verdict == "chance"
    assert found.customers == 145


def test_same_seed_same_bits_and_the_order_of_customers_does_not_change_the_verdict() -> None:
    planted = np.repeat([0, 1], 100)
    purchases = np.full(200, 10)
    shares = draw(TASTES[planted], purchases, 3)
    one, two = (affinity(shares, purchases.astype(float), PRODUCTS, seed=5) for _ in range(2))
    assert one.silhouette == two.silhouette
    assert np.array_equal(one.labels, two.labels)
    order = np.random.default_rng(0).permutation(200)
    other = affinity(shares[order], purchases.astype(float), PRODUCTS, seed=5)
    assert other.verdict == one.verdict


def test_chi_square_is_that_of_scipy() -> None:
    table = np.array([[12.0, 5.0, 9.0], [3.0, 14.0, 8.0]])
    assert chi_square(table) == pytest.approx(chi2_contingency(table, correction=False).statistic)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one name per product"):
        affinity(np.ones((5, 3)), np.ones(5), PRODUCTS, seed=1)
