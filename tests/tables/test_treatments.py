"""Cleaning rules on what is known about each customer: each counted, each reversible."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from segmentry.engines.duckdb import DuckEngine
from segmentry.errors import UsageError
from segmentry.tables.categories import settle_levels, tidy_categories
from segmentry.tables.dataset import Attribute
from segmentry.tables.impossible import remove_impossible
from segmentry.tables.redundancy import count_missing, set_aside_columns
from segmentry.tables.treatments import CleaningOptions

AS_OF = datetime.date(2014, 6, 29)
KEEP = CleaningOptions(
    impossible_values="keep",
    spellings="keep",
    rare_categories="keep",
    constant_columns="keep",
    redundant_columns="keep",
    most_levels=10_000,
)


@pytest.fixture
def engine():
    with DuckEngine() as engine:
        yield engine


def customers(engine, **columns):
    """Put a customers table: name=(role, kind, values)."""
    count = len(next(iter(columns.values()))[2])
    arrays = {"customer": np.arange(count, dtype=np.int32), "id": np.array([f"c{i}" for i in range(count)], dtype=object)}
    for name, (_, kind, values) in columns.items():
        arrays[name] = np.array(values, dtype=object if kind == "category" else np.float64)
    engine.put("customers", arrays)
    for name, (_, kind, _) in columns.items():
        if kind != "category":
            kind_of = "INTEGER" if kind == "date" else "DOUBLE"
            engine.run(f'UPDATE customers SET "{name}" = NULL WHERE isnan("{name}"); ALTER TABLE customers ALTER "{name}" TYPE {kind_of}')
    return tuple(Attribute(name, role, kind, name) for name, (role, kind, _) in columns.items())


def column(engine, name):
    return engine.fetch(f'SELECT "{name}" AS x FROM customers ORDER BY customer')["x"].tolist()


def test_births_of_the_dead_and_the_unborn_become_missing_and_the_customer_stays(engine):
    attributes = customers(engine, Year_Birth=("birth_year", "number", [1893, 1899, 1900, 1904, 1970, 2014, 2020]))
    remarks = remove_impossible(engine, attributes, AS_OF, CleaningOptions())
    assert np.isnan(column(engine, "Year_Birth")).tolist() == [True, True, True, False, False, False, True]
    assert [(done.rule, done.column, done.count, done.setting) for done in remarks.treatments] == [
        ("impossible_values", "Year_Birth", 3, "cleaning.impossible_values"),
        ("impossible_values", "Year_Birth", 1, "cleaning.impossible_values"),
    ]
    assert [note.code for note in remarks.notes] == ["very_young"]


def test_birth_dates_are_judged_in_days(engine):
    days = [(datetime.date(year, 1, 1) - datetime.date(1970, 1, 1)).days for year in (1890, 1950, 2015)]
    attributes = customers(engine, born=("birth_date", "date", days))
    remove_impossible(engine, attributes, AS_OF, CleaningOptions())
    assert np.isnan(column(engine, "born")).tolist() == [True, False, True]


def test_negative_incomes_and_counts_become_missing_but_negative_spend_may_be(engine):
    attributes = customers(
        engine, income=("income", "money", [-5, 10]), orders=("purchases", "number", [-2, 3]), wine=("spend", "money", [-7, 9])
    )
    remarks = remove_impossible(engine, attributes, None, CleaningOptions())
    assert {done.column: done.count for done in remarks.treatments} == {"income": 1, "orders": 1}
    assert column(engine, "wine") == [-7, 9]


def test_a_filler_becomes_missing_and_large_incomes_are_only_said(engine):
    incomes = [*np.linspace(20_000, 90_000, 1990).round(), *[157_000.0 + i for i in range(7)], 666_666.0]
    attributes = customers(engine, Income=("income", "money", incomes))
    remarks = remove_impossible(engine, attributes, AS_OF, CleaningOptions())
    assert [(done.rule, done.count) for done in remarks.treatments] == [("impossible_values", 1)]
    assert [(note.code, note.words.split()[0]) for note in remarks.notes] == [("extreme_values", "7")]
    assert "666" not in remarks.treatments[0].words
    assert np.isnan(column(engine, "Income")).sum() == 1


def test_kept_by_setting_impossible_values_are_counted_only(engine):
    attributes = customers(engine, Year_Birth=("birth_year", "number", [1893, 1970]))
    remarks = remove_impossible(engine, attributes, AS_OF, KEEP)
    assert column(engine, "Year_Birth") == [1893, 1970]
    assert remarks.treatments == ()
    assert remarks.notes[0].code == "impossible_values"


def test_one_absurd_value_is_warned_of(engine):
    attributes = customers(engine, balance=("number", "number", [*range(1, 400), 1e18]))
    notes = remove_impossible(engine, attributes, AS_OF, CleaningOptions()).notes
    assert [(note.code, note.level) for note in notes] == [("extreme_values", "warning")]


def test_nonsense_levels_become_other(engine):
    status = (
        ["Married"] * 864
        + ["Together"] * 580
        + ["Single"] * 480
        + ["Divorced"] * 232
        + ["Widow"] * 77
        + ["Alone"] * 3
        + ["Absurd"] * 2
        + ["YOLO"] * 2
    )
    attributes = customers(engine, Marital_Status=("attribute", "category", status))
    _, remarks = tidy_categories(engine, attributes, len(status), CleaningOptions())
    assert [(done.rule, done.count) for done in remarks.treatments] == [("rare_categories", 7)]
    assert sorted(set(column(engine, "Marital_Status"))) == ["Divorced", "Married", "Single", "Together", "Widow", "other"]
    assert "YOLO" not in remarks.treatments[0].words


def test_rare_levels_join_an_other_that_is_there_already():
    levels = settle_levels({"a": 500, "b": 500, "Other": 40, "x": 1}, 1041, CleaningOptions())
    assert levels.renamed == {"x": "Other"}


def test_levels_are_not_rare_when_all_are_or_customers_are_few():
    assert settle_levels({f"l{i}": 2 for i in range(200)}, 400, CleaningOptions(most_levels=500)).renamed == {}
    assert settle_levels({"a": 40, "b": 40, "c": 1}, 81, CleaningOptions()).renamed == {}


def test_spellings_that_differ_in_case_and_blanks_are_joined_to_the_most_frequent():
    levels = settle_levels({"Phd": 5, "PhD": 90, " phd": 1, "Master": 60}, 156, CleaningOptions())
    assert (levels.renamed, levels.joined) == ({"Phd": "PhD", " phd": "PhD"}, 6)


def test_a_category_keeps_its_fifty_most_frequent_levels():
    counts = {f"town {i:03}": 100 - i for i in range(80)}
    levels = settle_levels(counts, sum(counts.values()), CleaningOptions(rare_categories="keep"))
    assert set(levels.renamed) == {f"town {i:03}" for i in range(50, 80)}
    assert (levels.capped_levels, set(levels.renamed.values())) == (30, {"other"})


def test_a_category_that_is_different_for_everybody_is_set_aside(engine):
    attributes = customers(engine, note=("attribute", "category", [f"x{i}" for i in range(300)]))
    settled, remarks = tidy_categories(engine, attributes, 300, CleaningOptions())
    assert not settled[0].use
    assert remarks.notes[0].code == "almost_unique"


def aside(engine, attributes, options=None):
    count = engine.rows("SELECT count(*) FROM customers")[0][0]
    attributes, _ = count_missing(engine, attributes, count)
    return set_aside_columns(engine, attributes, count, options or CleaningOptions())


def test_constant_and_empty_columns_are_set_aside_and_figures_of_the_campaign_said(engine):
    nan = float("nan")
    attributes = customers(
        engine,
        Z_CostContact=("constant", "number", [3, 3, 3]),
        gone=("number", "number", [nan] * 3),
        same=("attribute", "category", ["x", "x", None]),
    )
    settled, remarks = aside(engine, attributes)
    assert [attribute.use for attribute in settled] == [False, False, False]
    assert {done.rule for done in remarks.treatments} == {"constant_columns"}
    assert [(note.code, note.column) for note in remarks.notes] == [("campaign_figures", "Z_CostContact")]


def test_kept_by_setting_constant_columns_are_used_but_empty_ones_never(engine):
    attributes = customers(engine, a=("number", "number", [3, 3]), b=("number", "number", [float("nan")] * 2))
    settled, _ = aside(engine, attributes, KEEP)
    assert [attribute.use for attribute in settled] == [True, False]


def test_columns_that_repeat_another_are_set_aside_the_first_stays(engine):
    x = np.random.default_rng(1).normal(size=60)
    attributes = customers(
        engine,
        x=("number", "number", x), equal=("number", "number", x), scaled=("number", "number", 1000 - 3 * x),
        other=("number", "number", x**2), code=("attribute", "category", ["a", "b"] * 30), label=("attribute", "category", ["Anna", "Ben"] * 30),
        target=("target", "number", x),
    )  # fmt: skip
    settled, remarks = aside(engine, attributes)
    assert {attribute.name for attribute in settled if not attribute.use} == {"equal", "scaled", "label"}
    assert {done.column for done in remarks.treatments} == {"equal", "scaled", "label"}
    assert "equals x" in next(attribute.why for attribute in settled if attribute.name == "equal")
    kept, _ = aside(engine, attributes, KEEP)
    assert all(attribute.use for attribute in kept)


def test_equal_columns_with_other_gaps_are_not_redundant(engine):
    nan = float("nan")
    attributes = customers(engine, a=("number", "number", [*range(12), 3, nan]), b=("number", "number", [*range(12), nan, 4]))
    assert all(attribute.use for attribute in aside(engine, attributes)[0])


def test_two_columns_of_a_handful_of_customers_are_not_called_redundant(engine):
    attributes = customers(engine, income=("income", "money", [1000, 2000]), age=("age", "number", [30, 40]))
    assert all(attribute.use for attribute in aside(engine, attributes)[0])


def test_missing_values_are_counted_with_their_share(engine):
    attributes = customers(engine, Income=("income", "money", [1, float("nan"), 3, float("nan")]))
    settled, remarks = count_missing(engine, attributes, 4)
    assert settled[0].missing == 2
    assert (remarks.treatments[0].rule, remarks.treatments[0].count) == ("missing_values", 2)
    assert "50.0%" in remarks.treatments[0].words


@pytest.mark.parametrize("wrong", [{"rare_share": 2}, {"oldest": 5}, {"most_levels": 1}, {"non_products": "hide"}])
def test_settings_out_of_range_say_what_is_allowed(wrong):
    with pytest.raises(UsageError, match=r"llowed"):
        CleaningOptions(**wrong)
