"""Associations against scipy, and findings that say the figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segmentry.explore.columns import summarise
from segmentry.explore.findings import concentration, findings
from segmentry.explore.pairs import EFFECT, NEEDED, associate, interval
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


def complete(n: int = 400) -> Matrix:
    """Return the same without gaps."""
    matrix = data(n)
    return matrix.take(~np.isnan(matrix.values).any(axis=1))


def pair(first: np.ndarray, second: np.ndarray, kinds: tuple[str, str]):
    """Associate two columns; return value, p-value and the association."""
    levels = tuple(str(place) for place in range(1000))
    columns = tuple(
        Column(name, name.upper(), kind, levels=levels if kind == "category" else ()) for name, kind in zip("ab", kinds, strict=True)
    )
    found = associate(Matrix(np.arange(len(first)).astype(object), columns, np.column_stack([first, second]).astype(float)))
    return found.values[0, 1], found.chances[0, 1], found


def test_numbers_get_spearman_and_pearson_as_scipy_computes_them():
    matrix = complete()
    x, y = matrix.column("x"), matrix.column("y")
    found = associate(matrix)
    assert found.kinds[0][1] == "Spearman"
    assert found.values[0, 1] == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.chances[0, 1] == pytest.approx(stats.spearmanr(x, y).pvalue, rel=1e-6)
    assert found.pearson[0, 1] == pytest.approx(stats.pearsonr(x, y).statistic)
    assert interval(found.pearson[0, 1], len(x), "Pearson") == pytest.approx(tuple(stats.pearsonr(x, y).confidence_interval()))
    assert np.array_equal(found.values, found.values.T, equal_nan=True)
    assert np.diag(found.values)[:4].tolist() == [1.0] * 4


def test_a_missing_value_takes_a_customer_out_of_its_pairs_only():
    matrix = data()
    x, y = matrix.column("x"), matrix.column("y")
    both = ~(np.isnan(x) | np.isnan(y))
    found = associate(matrix)
    assert found.counts[0, 1] == both.sum() < found.customers == 400
    assert found.values[0, 1] == pytest.approx(stats.spearmanr(x[both], y[both]).statistic, abs=0.01)
    assert found.pearson[0, 1] == pytest.approx(stats.pearsonr(x[both], y[both]).statistic)


def test_a_constant_column_has_no_association():
    found = associate(data())
    assert np.isnan(found.values[4]).all()
    assert np.isnan(found.chances[4]).all()


def test_two_categories_get_cramers_v_corrected_for_bias():
    g = np.random.default_rng(1)
    first, second = g.integers(0, 5, 300), g.integers(0, 4, 300)
    table = np.zeros((5, 4))
    np.add.at(table, (first, second), 1)
    chi = stats.chi2_contingency(table, correction=False)
    rows, columns = 5 - 16 / 299, 4 - 9 / 299
    expected = np.sqrt(max(0, chi.statistic / 300 - 12 / 299) / min(rows - 1, columns - 1))
    value, chance, _ = pair(first, second, ("category", "category"))
    assert value == pytest.approx(expected)
    assert value < 0.1
    assert chance == pytest.approx(chi.pvalue)


def test_a_category_and_a_number_get_the_correlation_ratio_of_ranks():
    g = np.random.default_rng(0)
    groups, values = g.integers(0, 3, 200), g.integers(0, 30, 200)
    kruskal = stats.kruskal(*(values[groups == each] for each in range(3)))
    value, chance, found = pair(groups, values, ("category", "number"))
    assert found.kinds[0][1] == "correlation ratio"
    assert value == pytest.approx(np.sqrt(kruskal.statistic / 199))
    assert chance == pytest.approx(kruskal.pvalue)


def test_crossings_with_too_few_expected_are_not_tested():
    first = np.repeat([0, 1], [95, 5])
    assert np.isnan(pair(first, first[::-1], ("category", "category"))[1])


def test_a_category_of_many_levels_is_grouped():
    value, chance, _ = pair(np.arange(1000), np.arange(1000) % 2, ("category", "category"))
    assert np.isnan([value, chance]).all()


def test_one_absurd_customer_moves_no_rank_correlation():
    g = np.random.default_rng(0)
    x, y = g.normal(size=(2, 500))
    calm = pair(x, y, ("number", "number"))[0]
    x[0] = y[0] = 1e18
    assert pair(x, y, ("number", "number"))[0] == pytest.approx(calm, abs=0.02)


def test_the_columns_of_a_selection_keep_their_figures():
    found = associate(data())
    part = found.select(["town", "x"])
    assert part.words == ("Town", "X")
    assert part.values[0, 1] == found.values[2, 0]
    assert part.kinds[0][1] == "correlation ratio"


def test_the_number_needed_is_that_of_the_power_formula():
    reach = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert int(np.ceil((reach / np.arctanh(EFFECT)) ** 2 + 3)) == NEEDED


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
    assert "Spend and Paid rise together (rank correlation 1.00, 95% interval 1.00 to 1.00, n = 500)." in words
    assert "Spend is lopsided: a few customers have far more than most (median" in words
    assert "Same is the same for every customer" in words
    assert "Void is empty for every customer." in words
    assert "10% of the customers have no value in Gap." in words or "% of the customers have no value in Gap." in words
    assert "The top 20% of the customers bring" in words
    assert all(each.treatment for each in found)


def test_twelve_customers_give_no_verdict_about_pairs():
    x = np.arange(12.0)
    found = findings([], pair(x, x**2, ("number", "number"))[2])
    assert [each.kind for each in found] == ["too few"]
    assert "with 12 customers a link of 0.3 could be chance; about 73 more are needed." in found[0].words


def test_a_link_that_is_certain_but_small_is_not_said():
    g = np.random.default_rng(0)
    x = g.normal(size=5000)
    value, chance, found = pair(x, 0.2 * x + g.normal(size=5000), ("number", "number"))
    assert chance < 1e-10
    assert value < EFFECT
    assert findings([], found) == ()
