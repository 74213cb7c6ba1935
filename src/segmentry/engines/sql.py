"""Rules and scores as SQL text, for DuckDB and, through sqlglot (the extra ``sql``), for Postgres, BigQuery and Snowflake.

Pure functions: text comes out, nothing runs. A value that is not known is NULL in SQL, as in the features file; a table that holds NaN instead
must be cleaned first, because databases sort NaN above every number. Text for a WHERE or a CASE: a condition on a NULL is unknown there,
which counts as false. Numbers are written so that they are read back to the same bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from segmentry.checks import check_choice
from segmentry.conditions import Condition, Rule, Steps, lower, upper
from segmentry.engines.engine import literal, quoted
from segmentry.errors import MissingExtra, UsageError

Dialect = Literal["duckdb", "postgres", "bigquery", "snowflake"]
DIALECTS: tuple[str, ...] = get_args(Dialect)


def rule_sql(rule: Rule, *, dialect: Dialect = "duckdb") -> str:
    """Return the conditions of a rule, for a WHERE clause.

    Raises
    ------
    UsageError
        When the dialect is not known.
    MissingExtra
        When a dialect other than DuckDB's is asked for and sqlglot is not installed.

    Examples
    --------
    >>> print(rule_sql(Rule("VIP", (Condition("recency", high=90), Condition("land", levels=("UK",), missing=True)))))
    "recency" < 90 AND ("land" IN ('UK') OR "land" IS NULL)
    """
    return translated(_rule(rule), dialect)


def case_sql(rules: Sequence[Rule], *, otherwise: str = "", dialect: Dialect = "duckdb") -> str:
    """Return a CASE expression that gives each row the name of its segment, NULL where no rule holds and `otherwise` is empty.

    The order of the rules does not matter when they are proved disjoint; for others the first that holds wins.

    Raises
    ------
    UsageError
        Without rules, or when the dialect is not known.
    MissingExtra
        When sqlglot is needed and not installed.

    Examples
    --------
    >>> print(case_sql([Rule("VIP", (Condition("spend", low=1000),))], otherwise="Others"))
    CASE WHEN "spend" >= 1000 THEN 'VIP' ELSE 'Others' END
    """
    return translated(_case(rules, otherwise), dialect)


def steps_sql(steps: Steps, *, dialect: Dialect = "duckdb") -> str:
    """Return a CASE expression for the score of a number, NULL where it is not known.

    Examples
    --------
    >>> print(steps_sql(Steps("recency", (30.0, 90.0), (3, 2, 1))))
    CASE WHEN "recency" < 30 THEN 3 WHEN "recency" < 90 THEN 2 WHEN "recency" >= 90 THEN 1 END
    """
    return translated(_steps(steps), dialect)


def segments_sql(
    rules: Sequence[Rule],
    *,
    table: str = "features",
    key: str = "id",
    otherwise: str = "",
    scores: Mapping[str, Sequence[Steps]] | None = None,
    dialect: Dialect = "duckdb",
) -> str:
    """Return a query of every row's key and the name of its segment.

    Parameters
    ----------
    rules : sequence of Rule
    table, key : str
        The table of features and its column of ids.
    otherwise : str
        Name of the segment of everyone else; empty for none.
    scores : mapping of column name to Steps, optional
        Columns the rules ask for that are made first: the mean of some scores.

    Raises
    ------
    UsageError
        Without rules, or when the dialect is not known.
    MissingExtra
        When sqlglot is needed and not installed.

    Examples
    --------
    >>> print(segments_sql([Rule("VIP", (Condition("spend", low=1000),))]))
    SELECT "id", CASE WHEN "spend" >= 1000 THEN 'VIP' END AS "segment" FROM "features"
    """
    source = quoted(table)
    if scores:
        source = f"(SELECT *, {', '.join(f'{_mean(steps)} AS {quoted(name)}' for name, steps in scores.items())} FROM {source}) AS scored"
    return translated(f'SELECT {quoted(key)}, {_case(rules, otherwise)} AS "segment" FROM {source}', dialect)


def members_sql(rule: Rule, *, table: str = "features", key: str = "id", dialect: Dialect = "duckdb") -> str:
    """Return a query of the keys of the rows for which one rule holds.

    Examples
    --------
    >>> print(members_sql(Rule("VIP", (Condition("spend", low=1000),)), table="customers"))
    SELECT "id" FROM "customers" WHERE "spend" >= 1000
    """
    return translated(f"SELECT {quoted(key)} FROM {quoted(table)} WHERE {_rule(rule)}", dialect)


def script_sql(queries: Sequence[tuple[str, str]]) -> str:
    """Return queries as one file, each under its remark.

    Parameters
    ----------
    queries : sequence of (remark, query)
        A remark becomes a comment of one line, whatever it holds.

    Examples
    --------
    >>> print(script_sql([("Who is a VIP", members_sql(Rule("VIP", (Condition("spend", low=1000),))))]))
    -- Who is a VIP
    SELECT "id" FROM "features" WHERE "spend" >= 1000;
    <BLANKLINE>
    """
    return "\n".join(f"-- {' '.join(remark.split())}\n{query};\n" for remark, query in queries)


def translated(text: str, dialect: Dialect) -> str:
    """Return one statement or expression of DuckDB's SQL in another dialect.

    Raises
    ------
    UsageError
        When the dialect is not known, or a name cannot be written in it.
    MissingExtra
        When sqlglot is needed and not installed.
    """
    check_choice("dialect", dialect, DIALECTS)
    if dialect == "duckdb":
        return text
    try:
        import sqlglot
    except ImportError as error:
        raise MissingExtra(f'SQL for {dialect} needs an extra that is not installed: pip install "segmentry[sql]".') from error
    tree = sqlglot.parse_one(text, read="duckdb")
    refused = sorted({each.name for each in tree.find_all(sqlglot.exp.Identifier) if set("`\\") & set(each.name)})
    if dialect == "bigquery" and refused:
        raise UsageError(
            f"the column name {refused[0]!r} holds ` or \\, which BigQuery does not allow in names; rename the column before its rule is written."
        )
    return str(tree.sql(dialect=dialect, identify=True, unsupported_level=sqlglot.ErrorLevel.RAISE))


def _case(rules: Sequence[Rule], otherwise: str) -> str:
    if not rules:
        raise UsageError("there are 0 rules to write as SQL; give at least one.")
    cases = " ".join(f"WHEN {_rule(rule)} THEN {literal(rule.name)}" for rule in rules)
    return f"CASE {cases}{f' ELSE {literal(otherwise)}' if otherwise else ''} END"


def _rule(rule: Rule) -> str:
    parts = [(_condition(condition), condition.missing and not condition.bare) for condition in rule.conditions]
    return " AND ".join(f"({text})" if either and len(parts) > 1 else text for text, either in parts) or "TRUE"


def _condition(condition: Condition) -> str:
    column = quoted(condition.name)
    if condition.bare:
        return f"{column} IS {'NULL' if condition.missing else 'NOT NULL'}"
    parts = [] if condition.levels is None else [f"{column} IN ({', '.join(map(literal, condition.levels))})"]
    limits = [
        *([lower(condition.low)] if condition.low is not None else []),
        *([upper(condition.high)] if condition.high is not None else []),
    ]
    exact = len(limits) == 2 and limits[0] == (">=", limits[1][1]) and limits[1][0] == "<="
    parts += [f"{column} {'=' if exact else sign} {_number(limit)}" for sign, limit in limits[exact:]]
    inside = " AND ".join(parts)
    return f"{inside} OR {column} IS NULL" if condition.missing else inside


def _steps(steps: Steps) -> str:
    column = quoted(steps.name)
    below = [f"WHEN {column} < {_number(cut)} THEN {score}" for cut, score in zip(steps.cuts, steps.scores, strict=False)]
    last = f">= {_number(steps.cuts[-1])}" if steps.cuts else "IS NOT NULL"
    return f"CASE {' '.join([*below, f'WHEN {column} {last} THEN {steps.scores[-1]}'])} END"


def _mean(steps: Sequence[Steps]) -> str:
    parts = [_steps(each) for each in steps]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)}) / {len(parts)}.0"


def _number(value: float) -> str:
    """Return a number as SQL reads it back to the same bit: beyond 15 digits as a float in exponent form, not as a decimal."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    return text if "e" in text or len(text.strip("-").replace(".", "").lstrip("0")) <= 15 else f"{value:.17e}"
