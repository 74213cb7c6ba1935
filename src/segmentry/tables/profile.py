"""What the columns of a raw table look like: exact facts of the whole column, and looks of a sample of its values.

The sample is taken by the hash of the row's content, so it does not depend on the order of the rows. Looks are not exclusive:
``1,234`` looks like a thousand and like a decimal with a comma; the rules weigh them, `notation` settles them on the whole column.
Sample values are private to inference: they are in no message, no ``repr`` and no result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from segmentry.engines.engine import Engine, quoted
from segmentry.sources.raw import RawTable
from segmentry.tables.looks import Look, looks, parsed

SAMPLE = 20_000
EXACT_ROWS = 1_000_000
AT_ONCE = 20  # columns whose different values are counted in one query
_EXAMINED = 2_000
_TOO_FEW = 1_000
_NO_VALUE = frozenset({"na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "-", "--", "?"})


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column: facts of all its rows, looks of a sample.

    Parameters
    ----------
    name : str
        Header as found.
    rows, missing, distinct : int
        Of the whole column; `distinct` without the missing ones, within some percent above a million rows unless nearly all differ.
    values : mapping of str to int
        Sample values with their counts; private to inference.
    shares : mapping of str to float
        Share of the sample's values, placeholders such as ``NA`` apart, that have a look; a look nobody has is left out.
    shortest, longest : int
        Characters, of the whole column.
    mean_length, blanks : float
        Characters per sample value; share of sample values with a blank inside.
    low, high : float or None
        Smallest and largest of the sample values that are numbers.
    """

    name: str
    rows: int
    missing: int
    distinct: int
    values: Mapping[str, int] = field(repr=False)
    shares: Mapping[Look, float] = field(default_factory=dict)
    shortest: int = 0
    longest: int = 0
    mean_length: float = 0.0
    blanks: float = 0.0
    low: float | None = field(default=None, repr=False)
    high: float | None = field(default=None, repr=False)

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def is_unique(self) -> bool:
        """Whether no value occurs twice."""
        return 0 < self.distinct == self.present

    @property
    def repeats(self) -> bool:
        """Whether values occur again to an extent that slips and doubled rows do not explain (5 % of rows)."""
        return self.distinct < 0.95 * self.present

    @property
    def few_levels(self) -> bool:
        """Whether it has at most 50 values that occur twice or more on average."""
        return self.distinct <= 50 and self.present >= 2 * self.distinct

    def share(self, *any_of: Look) -> float:
        """Return the share of values with a look; of several looks that exclude each other, their sum."""
        return sum(self.shares.get(look, 0.0) for look in any_of)


def profile(engine: Engine, raw: RawTable) -> tuple[ColumnProfile, ...]:
    """Look at every column of a raw table.

    Parameters
    ----------
    engine : Engine
    raw : RawTable
        Its table is read, not changed.

    Returns
    -------
    tuple of ColumnProfile
        In file order; independent of the order of the rows.
    """
    if not raw.columns:
        return ()
    rows = int(engine.rows(f"SELECT count(*) FROM {quoted(raw.table)}")[0][0])
    facts = _facts(engine, raw, rows)
    sample = _sample(engine, raw, rows)
    return tuple(
        profile_values(name, tally, rows=rows, missing=rows - present, distinct=distinct, lengths=(shortest, longest))
        for name, tally, (present, distinct, shortest, longest) in zip(raw.columns, sample, facts, strict=True)
    )


def profile_values(
    name: str,
    tally: Mapping[str, int],
    *,
    rows: int | None = None,
    missing: int | None = None,
    distinct: int | None = None,
    lengths: tuple[int, int] | None = None,
) -> ColumnProfile:
    """Describe a column from the counts of its (sampled) values.

    Parameters
    ----------
    name : str
    tally : mapping of str to int
        Values, trimmed and not empty, with their counts.
    rows, missing, distinct : int or None
        Of the whole column; None means the tally is the whole column.
    lengths : tuple of int or None
        Shortest and longest value of the whole column.

    Examples
    --------
    >>> seen = profile_values("born", {"1961": 2, "1975": 1}, rows=4)
    >>> seen.missing, seen.share("year"), seen.is_unique
    (1, 1.0, False)
    """
    total = sum(tally.values())
    rows = total if rows is None else rows
    spans = lengths or ((min(map(len, tally)), max(map(len, tally))) if tally else (0, 0))
    meant = {value: count for value, count in tally.items() if value.casefold() not in _NO_VALUE}
    numbers = [number for number in map(parsed, meant) if number is not None]
    return ColumnProfile(
        name=name,
        rows=rows,
        missing=rows - total if missing is None else missing,
        distinct=len(tally) if distinct is None else distinct,
        values=dict(tally),
        shares=_shares(meant),
        shortest=spans[0],
        longest=spans[1],
        mean_length=sum(len(value) * count for value, count in tally.items()) / total if total else 0.0,
        blanks=sum(count for value, count in tally.items() if " " in value) / total if total else 0.0,
        low=min(numbers, default=None),
        high=max(numbers, default=None),
    )


def _shares(tally: Mapping[str, int]) -> dict[Look, float]:
    """Return the share of each look among values evenly spaced in text order, weighted by their counts."""
    ordered = sorted(tally)
    examined = ordered[:: -(-len(ordered) // _EXAMINED) or 1]
    counts: dict[Look, int] = {}
    for value in examined:
        for look in looks(value):
            counts[look] = counts.get(look, 0) + tally[value]
    total = sum(tally[value] for value in examined)
    return {look: count / total for look, count in sorted(counts.items())}


def _facts(engine: Engine, raw: RawTable, rows: int) -> list[tuple[int, int, int, int]]:
    """Return present, distinct, shortest and longest of every column, by one pass (two when approximate and nearly all differ)."""
    exact = rows <= EXACT_ROWS
    # Counting different values of hundreds of columns at once takes more memory than the data.
    parts = [raw.columns[at : at + AT_ONCE] for at in range(0, len(raw.columns), AT_ONCE)]
    found = [value for part in parts for value in engine.rows(facts_sql(raw.table, part, exact=exact))[0]]
    facts = [tuple(int(value or 0) for value in found[at : at + 4]) for at in range(0, len(found), 4)]
    settled = [(present, distinct, shortest, longest) for present, distinct, shortest, longest in facts]
    if exact:
        return settled
    near = [at for at, fact in enumerate(settled) if fact[1] > 0.85 * fact[0] > 0]
    counted = distinct_counts(engine, raw.table, [raw.columns[at] for at in near])
    for at, distinct in zip(near, counted, strict=True):
        settled[at] = (settled[at][0], int(distinct), *settled[at][2:])
    return [(present, min(present, distinct), *lengths) for present, distinct, *lengths in settled]  # type: ignore[misc]


def facts_sql(table: str, columns: tuple[str, ...], *, exact: bool) -> str:
    """Return SQL for one row: present, distinct, shortest and longest of each column in turn."""
    count = "count(DISTINCT {0})" if exact else "approx_count_distinct({0})"
    parts = [f"count({{0}}), {count}, min(length({{0}})), max(length({{0}}))".format(quoted(name)) for name in columns]
    return f"SELECT {', '.join(parts)} FROM {quoted(table)}"


def distinct_counts(engine: Engine, table: str, columns: Sequence[str]) -> list[int]:
    """Return the exact number of different values of each column, a few columns at a time."""
    counts: list[int] = []
    for start in range(0, len(columns), AT_ONCE):
        parts = ", ".join(f"count(DISTINCT {quoted(name)})" for name in columns[start : start + AT_ONCE])
        counts += [int(count) for count in engine.rows(f"SELECT {parts} FROM {quoted(table)}")[0]]
    return counts


def sample_sql(table: str, columns: tuple[str, ...], step: int) -> str:
    """Return SQL for different rows and how often each occurs: those whose content's hash is a multiple of `step`, at most `SAMPLE`."""
    names = ", ".join(quoted(name) for name in columns)
    where = f" WHERE hash({names}) % {step} = 0" if step > 1 else ""
    return f"SELECT {names}, count(*) FROM {quoted(table)}{where} GROUP BY {names} ORDER BY hash({names}), {names} LIMIT {SAMPLE}"


def _sample(engine: Engine, raw: RawTable, rows: int) -> list[dict[str, int]]:
    """Return the values of each column in the sampled rows, with their counts."""
    step = -(-rows // SAMPLE)
    found = engine.rows(sample_sql(raw.table, raw.columns, step))
    if step > 1 and len(found) < _TOO_FEW:
        # Rows repeat so much that hashes of their content are no sample: then there are few different ones, and all are taken.
        found = engine.rows(sample_sql(raw.table, raw.columns, 1))
    tallies: list[dict[str, int]] = [{} for _ in raw.columns]
    for *cells, count in found:
        for tally, cell in zip(tallies, cells, strict=True):
            if cell is not None:
                tally[cell] = tally.get(cell, 0) + count
    return tallies
