"""Associations against scipy, and findings that say the figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.explore import pairs
from segmentry.explore.columns import summarise
from segmentry.explore.findings import concentration, findings
from segmentry.explore.pairs import associate, correlation_ratio, cramer
from segmentry.matrix import Column, Matrix


def data(n: int = 400) -> Matrix:
    """Return two related numbers with ties and gaps, two related categories and a constant."""
    g = np.random.default_rng(0)
    x = np.round(g.normal(size=n), 1)
    y = x + g.normal(size=n)
    town = (x > 0).astype(float)
    colour = np.where(g.random(n) < 0.3, g.integers(0, 3, n), town)
    values = np.column_stack([x, y, town, colour, np.ones(n)])
    values[g.random(values.shape) < 0.05] = np.nan
    columns = (
        Column("x", "X"),
        Column("y", "Y"),
        Column("town", "Town", "category", levels=("A", "B")),
        Column("colour", "Colour", "category", levels=("r", "g", "b")),
        Column("one", "One"),
    )
    return Matrix(np.arange(n).astype(object), columns, values)


def test_numbers_get_spearman_on_the_customers_that_have_both():
    matrix = data()
    x, y = matrix.column("x"), matrix.column("y")
    both = ~(np.isnan(x) | np.isnan(y))
    found = associate(matrix)
    assert found.kinds[0][1] == "Spearman"
    assert found.values[0, 1] == pytest.approx(stats.spearmanr(x[both], y[both]).statistic)
    assert np.array_equal(found.values, found.values.T, equal_nan=True)
    assert np.diag(found.values)[:4].tolist() == [1.0] * 4


def test_a_constant_column_has_no_association():
    assert np.isnan(associate(data()).values[4]).all()


def test_two_categories_get_cramers_v_corrected_for_bias():
    g = np.random.default_rng(1)
    first, second = g.integers(0, 5, 300), g.integers(0, 4, 300)
    table = np.zeros((5, 4))
    np.add.at(table, (first, second), 1)
    phi = stats.chi2_contingency(table, correction=False).statistic / 300
    rows, columns = 5 - 16 / 299, 4 - 9 / 299
    expected = np.sqrt(max(0, phi - 12 / 299) / min(rows - 1, columns - 1))
    assert cramer(first, second) == pytest.approx(expected)
    assert cramer(first, second) < 0.1


def test_a_category_and_a_number_get_the_correlation_ratio_of_ranks():
    g = np.random.default_rng(0)
    groups, values = g.integers(0, 3, 200), g.normal(size=200)
    statistic = stats.kruskal(*(values[groups == each] for each in range(3))).statistic
    assert correlation_ratio(groups, values) == pytest.approx(np.sqrt(statistic / 199))


def test_it_is_computed_on_a_sample_that_is_told(monkeypatch):
    monkeypatch.setattr(pairs, "MOST_ROWS", 100)
    found = associate(data())
    assert (found.n, found.sampled_from) == (100, 400)
    assert np.array_equal(found.values, associate(data()).values, equal_nan=True)


def test_a_category_of_many_levels_is_grouped():
    levels = tuple(str(place) for place in range(1000))
    codes = np.column_stack([np.arange(1000), np.arange(1000) % 2])
    matrix = Matrix(
        np.arange(1000).astype(object),
        (Column("id", "Id", "category", levels=levels), Column("two", "Two", "category", levels=levels)),
        codes.astype(float),
    )
    assert associate(matrix).values[0, 1] < 0.1


def test_money_is_concentrated_as_pareto_said():
    assert concentration(np.array([800.0, 0.0, 50.0, 50.0, 100.0])) == 0.8
    assert concentration(np.zeros(5)) is None
    assert concentration(np.full(10, 1e308)) == pytest.approx(0.2)


def test_findings_say_figures_and_treatments_most_important_first():
    g = np.random.default_rng(0)
    spend = np.exp(g.normal(4, 1, 500))
    values = np.column_stack(
        [spend, spend * 1.1 + g.random(500), np.ones(500), np.where(g.random(500) < 0.1, np.nan, g.normal(size=500)), np.full(500, np.nan)]
    )
    matrix = Matrix(
        np.arange(500).astype(object), tuple(Column(name, name.capitalize()) for name in ("spend", "paid", "same", "gap", "void")), values
    )
    found = findings(summarise(matrix), associate(matrix), spend)
    words = " ".join(each.words for each in found)
    assert [each.effect for each in found] == sorted((each.effect for each in found), reverse=True)
    assert "Spend and Paid rise together (Spearman 1.00, n = 500)." in words
    assert "Spend is lopsided: a few customers have far more than most (median" in words
    assert "Same is the same for every customer" in words
    assert "Void is empty for every customer." in words
    assert "10% of the customers have no value in Gap." in words or "% of the customers have no value in Gap." in words
    assert "The top 20% of the customers bring" in words
    assert all(each.treatment for each in found)
