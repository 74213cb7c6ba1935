"""SQL text of rules, tested by running it: the same customers, bit for bit, whatever the names hold."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator

import numpy as np
import pytest

from segmentry.conditions import Condition, Rule, Steps
from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.sql import case_sql, members_sql, rule_sql, script_sql, segments_sql, steps_sql
from segmentry.errors import MissingExtra, UsageError
from segmentry.matrix import Column, Matrix

HOSTILE = ('a "b" c', "x'; DROP TABLE features; --", "select", "Größe (%) \\n `t`")
LEVELS = ("it's", 'say "no"', "back\\slash", "a OR b", "é\n;--")


def customers(rows: int = 500) -> Matrix:
    rng = np.random.default_rng(0)
    values = np.column_stack([*(rng.normal(size=(3, rows)).round(2) / 3), rng.integers(0, len(LEVELS), rows)])
    values[rng.random(values.shape) < 0.1] = np.nan
    columns = (*(Column(name, name) for name in HOSTILE[:3]), Column(HOSTILE[3], HOSTILE[3], "category", levels=LEVELS))
    return Matrix(np.array([f"{row:04d}" for row in range(rows)], dtype=object), columns, values)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    found = customers()
    texts = np.array([*LEVELS, None], dtype=object)[np.nan_to_num(found.values[:, 3], nan=len(LEVELS)).astype(int)]
    with DuckEngine() as duck:
        duck.put("features", {"id": found.ids, **dict(zip(HOSTILE[:3], found.values.T, strict=False)), HOSTILE[3]: texts})
        yield duck


def rules() -> list[Rule]:
    column = customers().values[:, 1]
    exact = float(np.sort(column[~np.isnan(column)])[200])
    one, two, three, land = HOSTILE
    return [
        Rule("it's", (Condition(one, low=0.1), Condition(land, levels=LEVELS[:3]))),
        Rule("open", (Condition(two, high=math.nextafter(exact, math.inf)), Condition(three, low=-0.1, missing=True))),
        Rule("strict", (Condition(two, low=math.nextafter(exact, math.inf)), Condition(one, -1e-7, 0.3333333333333333))),
        Rule("missing", (Condition(one, missing=True), Condition(land, levels=LEVELS, missing=True))),
        Rule("known", (Condition(three), Condition(land, missing=True))),
        Rule("exact", (Condition(two, exact, math.nextafter(exact, math.inf)),)),
        Rule("everyone", ()),
    ]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_names_the_same_customers_in_sql(engine: DuckEngine, rule: Rule) -> None:
    found = customers()
    expected = rule.holds(found)
    assert expected.any()
    assert [row[0] for row in engine.rows(members_sql(rule) + " ORDER BY id")] == found.ids[expected].tolist()
    flags = engine.rows(f"SELECT coalesce({rule_sql(rule)}, false) FROM features ORDER BY id")
    assert [flag for (flag,) in flags] == expected.tolist()


def test_a_table_of_rules_gives_the_same_segments_in_sql(engine: DuckEngine) -> None:
    found, labels = customers(), np.full(500, None, dtype=object)
    for rule in rules()[-2::-1]:
        labels[rule.holds(found)] = rule.name
    assert [label for _, label in engine.rows(segments_sql(rules()[:-1]) + " ORDER BY id")] == labels.tolist()
    case = case_sql(rules()[:-1], otherwise="it's no one")
    other = engine.rows(f"SELECT {case} FROM features ORDER BY id")
    assert [label for (label,) in other] == ["it's no one" if label is None else label for label in labels]


@pytest.mark.parametrize("steps", [Steps(HOSTILE[0], (-0.1, 0.1, 0.2), (4, 3, 2, 1)), Steps(HOSTILE[1], (), (3,))])
def test_scores_are_the_same_in_sql(engine: DuckEngine, steps: Steps) -> None:
    found = engine.rows(f"SELECT coalesce({steps_sql(steps)}, 0) FROM features ORDER BY id")
    assert [score for (score,) in found] == steps.of(customers().column(steps.name)).tolist()


def test_rules_on_scores_are_the_same_in_sql(engine: DuckEngine) -> None:
    found = customers()
    one, two = Steps(HOSTILE[0], (0.0,), (1, 2)), Steps(HOSTILE[1], (0.0,), (1, 2))
    rule = Rule("half", (Condition('mean "score"', 1.5, 2),))
    mean = np.where(
        (one.of(found.values[:, 0]) > 0) & (two.of(found.values[:, 1]) > 0),
        (one.of(found.values[:, 0]) + two.of(found.values[:, 1])) / 2,
        0,
    )
    rows = engine.rows(segments_sql([rule], scores={'mean "score"': (one, two)}) + " ORDER BY id")
    assert [label == "half" for _, label in rows] == (mean == 1.5).tolist()


@pytest.mark.parametrize(
    "value",
    [0.1, 1 / 3, 1e-300, 1.5e308, 123456789.123456789, -2.5e22, 0.30000000000000004, 5e-324, -0.0, 12345678901234567.0],
)
def test_numbers_come_back_to_the_same_bit(engine: DuckEngine, value: float) -> None:
    engine.put("numbers", {"id": np.arange(3), "x": np.array([np.nextafter(value, -np.inf), value, np.nextafter(value, np.inf)])})
    rule = Rule("exact", (Condition("x", low=value),))
    assert [row[0] for row in engine.rows(members_sql(rule, table="numbers") + " ORDER BY id")] == [1, 2]


def test_a_remark_cannot_leave_its_comment(engine: DuckEngine) -> None:
    text = script_sql([("a\r\n\u2028DROP TABLE features;", members_sql(rules()[-1])), ("b", "SELECT 1")])
    assert text.splitlines()[0] == "-- a DROP TABLE features;"
    assert engine.rows(text) == [(1,)]
    assert engine.rows("SELECT count(*) FROM features") == [(500,)]


def test_an_unknown_dialect_and_no_rules_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'postgres'"):
        rule_sql(rules()[0], dialect="postgre")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="0 rules"):
        case_sql([])


def test_a_dialect_without_its_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object, **named: object) -> object:
        if name == "sqlglot":
            raise ImportError(name)
        return real(name, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r'SQL for snowflake needs an extra .* pip install "segmentry\[sql\]"'):
        rule_sql(rules()[0], dialect="snowflake")


@pytest.mark.parametrize("dialect", ["postgres", "bigquery", "snowflake"])
def test_other_dialects_say_the_same(engine: DuckEngine, dialect: str) -> None:
    """Translated there and back, the text still runs and gives the same segments."""
    sqlglot = pytest.importorskip("sqlglot")
    known = [rule for rule in rules() if dialect != "bigquery" or all("`" not in each.name for each in rule.conditions)]
    text = segments_sql(known, otherwise="it's", dialect=dialect)  # type: ignore[arg-type]
    assert len(sqlglot.parse(text, read=dialect)) == 1
    again = sqlglot.transpile(text, read=dialect, write="duckdb", identify=True)[0]
    assert engine.rows(again + " ORDER BY id") == engine.rows(segments_sql(known, otherwise="it's") + " ORDER BY id")


def test_postgres_text_is_what_it_should_be() -> None:
    pytest.importorskip("sqlglot")
    assert members_sql(Rule("VIP", (Condition('a"b', 1, 2.5), Condition("land", levels=("it's",), missing=True))), dialect="postgres") == (
        """SELECT "id" FROM "features" WHERE "a""b" >= 1 AND "a""b" < 2.5 AND ("land" IN ('it''s') OR "land" IS NULL)"""
    )


def test_bigquery_text_escapes_as_bigquery_does() -> None:
    pytest.importorskip("sqlglot")
    assert (
        rule_sql(Rule("VIP", (Condition("a b", levels=("it's", "back\\slash")),)), dialect="bigquery")
        == r"`a b` IN ('it\'s', 'back\\slash')"
    )


@pytest.mark.parametrize("name", ["a`b", "a\\"])
def test_names_bigquery_cannot_hold_are_refused(name: str) -> None:
    pytest.importorskip("sqlglot")
    with pytest.raises(UsageError, match="BigQuery does not allow"):
        rule_sql(Rule("VIP", (Condition(name, low=1),)), dialect="bigquery")
