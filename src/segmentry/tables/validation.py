"""A raw table against its contract: typed rows on one side, quarantined rows with their reasons on the other, none lost.

Order: exact duplicates are taken out first, then ids that several different rows claim, then every cell is cast and checked.
``rows_in = accepted + quarantined + duplicates`` holds exactly or an error is raised. What happens does not depend on the order of the rows.
Not for cleaning: implausible but possible values (a birth year of 1893) are the treatments' business.
"""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine, literal, quoted
from segmentry.errors import DataRefused, Problem, SegmentryError
from segmentry.results import Note, Treatment
from segmentry.sources.raw import RawTable
from segmentry.tables import casting, remarks
from segmentry.tables.casting import Check
from segmentry.tables.dataset import Accepted, Counts
from segmentry.tables.fingerprint import fingerprint
from segmentry.tables.identifiers import shared_placeholders
from segmentry.tables.options import ValidationOptions
from segmentry.tables.quarantine import collect, findings
from segmentry.tables.schema import Schema

MUCH = 0.01
UNCOUNTED = ("MISSING_ID", "PLACEHOLDER_ID")  # rows of nobody: reported with their revenue, no sign of a broken file


@dataclass(frozen=True, slots=True)
class _Work:
    """One validation under way: names in the engine, and the SQL that everything is built from."""

    engine: Engine
    raw: RawTable
    schema: Schema
    options: ValidationOptions
    checks: tuple[Check, ...]

    @property
    def accepted(self) -> str:
        """Name of the table of accepted rows."""
        return f"accepted_{self.raw.name}"

    @property
    def quarantine(self) -> str:
        """Name of the table of refused rows."""
        return f"quarantine_{self.raw.name}"

    @property
    def duplicates(self) -> str:
        """Name of the table of rows that stand twice."""
        return f"duplicates_{self.raw.name}"

    def cast(self, where: str, *, also: str = "") -> str:
        """Return a query over raw rows ``r`` that gives text cells ``r<i>``, typed cells ``t<i>`` and the columns of `also`."""
        must = casting.needed(self.schema)
        texts = [
            f"{casting.text(field, required=field in must, options=self.options)} AS r{place}"
            for place, field in enumerate(self.schema.fields)
        ]
        values = [f"{casting.typed(f'r{place}', field, self.options)} AS t{place}" for place, field in enumerate(self.schema.fields)]
        inner = f"SELECT r._file, r._row{also}, {', '.join(texts)} FROM {quoted(self.raw.table)} AS r {where}"
        return f"SELECT *, {', '.join(values)} FROM ({inner})"

    def among(self, table: str, *, inside: bool) -> str:
        """Return the clause that keeps raw rows inside, or outside, a table of places."""
        return f"{'SEMI' if inside else 'ANTI'} JOIN {quoted(table)} AS d ON r._file = d._file AND r._row = d._row"


def validate(engine: Engine, raw: RawTable, schema: Schema, options: ValidationOptions) -> Accepted:
    """Cast a table and set aside what does not keep its contract.

    Parameters
    ----------
    engine : Engine
        Holds the raw table; gets ``accepted_<name>`` and ``quarantine_<name>``.
    raw : RawTable
    schema : Schema
        Settled by `notation.settle`.
    options : ValidationOptions

    Returns
    -------
    Accepted
        Notes and treatments are those of casting; what the source said stays with the raw table.

    Raises
    ------
    DataRefused
        ``MISSING_COLUMN``, ``EXTRA_COLUMN``, ``TOO_MANY_BAD_ROWS`` (more than the limit), ``NO_ROWS_LEFT``.
    SegmentryError
        When rows were lost: an error of the program, not of the data.
    """
    schema, notes = _fitted(raw, schema, options)
    key = schema.field(casting.KEYS.get(schema.kind, "ignore"))
    nobody = shared_placeholders(engine, raw, key) if key and key.role == "id" else ()
    work = _Work(engine, raw, schema, options, casting.checks(schema, options, nobody))
    said = [*notes, *remarks.notes(engine, raw, schema)]
    done = [*remarks.treatments(engine, raw, schema, options)]
    duplicates, remark = _take_duplicates(work)
    said += [remark] if isinstance(remark, Note) else []
    done += [remark] if isinstance(remark, Treatment) else []
    _cast_all(work, duplicates)
    _mark_conflicts(work)
    _set_aside(work)
    counts = _counts(work, duplicates)
    done += (nobodys := _nobodys_rows(work))
    said += [_much_of_nobody(treatment) for treatment in nobodys if treatment.count >= MUCH * counts.rows_in]
    _refuse_if_broken(work, counts)
    return Accepted(schema, work.accepted, work.quarantine, counts, fingerprint(engine, work.accepted, schema), tuple(said), tuple(done))


def _fitted(raw: RawTable, schema: Schema, options: ValidationOptions) -> tuple[Schema, list[Note]]:
    """Refuse a table whose columns are not those of its contract; say which columns are ignored."""
    named = {field.name for field in schema.fields}
    place = raw.files[0] if len(raw.files) == 1 else ""
    missing = [name for name in named if name not in raw.columns]
    if missing:
        raise DataRefused(
            *(
                Problem("MISSING_COLUMN", "a declared column is not in the table", suggestion(name, raw.columns), place, column=name)
                for name in sorted(missing)
            )
        )
    extra = [name for name in raw.columns if name not in named]
    if extra and options.extra == "forbid":
        remedy = f'declare its role under [tables.{raw.name}.roles], or set extra_columns = "allow" under [cleaning]'
        raise DataRefused(
            *(Problem("EXTRA_COLUMN", "the contract does not name this column", remedy, place, column=name) for name in extra)
        )
    if not extra:
        return schema, []
    return schema, [
        Note(
            "extra_columns", f"{len(extra):,} columns that the contract does not name are ignored: {', '.join(extra)}.", "warning", raw.name
        )
    ]


# --- duplicates ----------------------------------------------------------------------------------------------


def _take_duplicates(work: _Work) -> tuple[int, Note | Treatment | None]:
    """Put the places of all copies but the first into a table; return how many are taken out, and what to say about it."""
    engine, raw = work.engine, work.raw
    columns = ", ".join(quoted(name) for name in raw.columns)
    # Only rows whose hash occurs twice are compared in full: that keeps the memory small.
    hashed = f"SELECT hash({columns}) FROM {quoted(raw.table)} GROUP BY ALL HAVING count(*) > 1"
    order = f"row_number() OVER (PARTITION BY {columns} ORDER BY _file, _row)"
    copies = f"SELECT _file, _row, {order} AS n FROM {quoted(raw.table)} WHERE hash({columns}) IN ({hashed})"
    engine.run(f"CREATE OR REPLACE TABLE {quoted(work.duplicates)} AS SELECT _file, _row FROM ({copies}) WHERE n > 1")
    count = int(engine.rows(f"SELECT count(*) FROM {quoted(work.duplicates)}")[0][0])
    if not count:
        return 0, None
    kept = _why_kept(work)
    if kept:
        return 0, Note("equal_rows_kept", f"{count:,} rows equal another one in every column; they are kept, {kept}.", "warning", raw.name)
    money = _money(work, work.among(work.duplicates, inside=True))
    worth = "" if money is None else f" They amount to {money:,.2f}."
    words = f"{count:,} rows equal an earlier one in every column; one of each was kept.{worth}"
    return count, Treatment("exact_duplicates", count, words, raw.name, money=money, setting="cleaning.exact_duplicates")


def _why_kept(work: _Work) -> str:
    """Return why equal rows stay in, or nothing when they are taken out."""
    keyed = work.schema.kind in casting.UNIQUE_KINDS and work.schema.field(casting.KEYS[work.schema.kind]) is not None
    if work.schema.kind in ("snapshot", "customers", "unknown") and not work.schema.field("id"):
        return "because without an id two customers may well be alike"
    return "as the settings ask" if work.options.exact_duplicates == "keep" and not keyed else ""


def _money(work: _Work, where: str) -> float | None:
    """Return what some rows of a transaction log amount to, summed exactly; None when the log knows no money."""
    if work.schema.kind != "transactions":
        return None
    at = {field.role: f"TRY_CAST(t{place} AS DECIMAL(18,4))" for place, field in reversed(list(enumerate(work.schema.fields)))}
    if "amount" in at:
        each = at["amount"]
    elif "quantity" in at and "unit_price" in at:
        each = f"{at['quantity']} * {at['unit_price']}"
    else:
        return None
    return float(work.engine.rows(f"SELECT coalesce(sum({each}), 0) FROM ({work.cast(where)})")[0][0])


# --- casting and checking --------------------------------------------------------------------------------------


def _cast_all(work: _Work, duplicates: int) -> None:
    """Make the typed table of all rows that are not taken out, with a mark on the bad ones."""
    fields = work.schema.fields
    castable = [place for place, field in enumerate(fields) if field.kind in ("money", "number", "date", "flag") and field.role != "ignore"]
    uncast = [f"(r{place} IS NOT NULL AND t{place} IS NULL)" for place in castable]
    tests = [f"coalesce({check.test}, false)" for check in work.checks if not check.uncast]
    bad = " OR ".join(uncast + tests) or "false"
    values = "".join(f", t{place} AS {quoted(field.name)}" for place, field in enumerate(fields))
    rows = work.cast(work.among(work.duplicates, inside=False) if duplicates else "")
    work.engine.run(
        f"CREATE OR REPLACE TABLE {quoted(work.accepted)} AS SELECT _file, _row{values}, ({bad}) AS _bad, false AS _conflict FROM ({rows})"
    )


def _mark_conflicts(work: _Work) -> None:
    """Mark all rows that claim one id with different content; which of them is right is not for us to say."""
    role = {"transactions": "line_id"}.get(work.schema.kind) or (
        casting.KEYS[work.schema.kind] if work.schema.kind in casting.UNIQUE_KINDS else ""
    )
    field = work.schema.field(role) if role else None
    if field is None:
        return
    name, accepted = quoted(field.name), quoted(work.accepted)
    firsts = f"SELECT r.{name} AS k FROM {accepted} AS r {work.among(work.duplicates, inside=False)} WHERE r.{name} IS NOT NULL"
    twice = f"SELECT k FROM ({firsts}) GROUP BY k HAVING count(*) > 1"
    work.engine.run(f"UPDATE {accepted} SET _bad = true, _conflict = true WHERE {name} IN ({twice})")


def _conflict_check(work: _Work) -> Check:
    kind = work.schema.kind
    field = work.schema.field("line_id" if kind == "transactions" else casting.KEYS.get(kind, "id"))
    remedy = "keep the right one at the source, or give the column another role if it does not name rows"
    return Check(field.name if field else "", "ID_CONFLICT", "several rows share this id and differ in other columns", remedy, "_conflict")


def _set_aside(work: _Work) -> None:
    """Move the marked rows to the quarantine table, each with all that is wrong with it, beside what the source set aside."""
    accepted = quoted(work.accepted)
    any_bad = bool(work.engine.rows(f"SELECT 1 FROM {accepted} WHERE _bad LIMIT 1"))
    cells = ", ".join(f"{quoted(name)} := r.{quoted(name)}" for name in work.raw.columns)
    bad = f"JOIN (SELECT _file, _row, _conflict FROM {accepted} WHERE _bad) AS b ON r._file = b._file AND r._row = b._row"
    rows = work.cast(bad, also=f", b._conflict, CAST(to_json(struct_pack({cells})) AS VARCHAR) AS raw")
    collect(work.engine, work.raw, work.quarantine, findings(rows, (*work.checks, _conflict_check(work))) if any_bad else "")
    work.engine.run(f"DELETE FROM {accepted} WHERE _bad")
    work.engine.run(f"ALTER TABLE {accepted} DROP COLUMN _bad")
    work.engine.run(f"ALTER TABLE {accepted} DROP COLUMN _conflict")
    work.engine.run(f"DROP TABLE {quoted(work.duplicates)}")


# --- the account -----------------------------------------------------------------------------------------------


def _counts(work: _Work, duplicates: int) -> Counts:
    accepted, quarantined = work.engine.rows(
        f"SELECT (SELECT count(*) FROM {quoted(work.accepted)}), (SELECT count(*) FROM {quoted(work.quarantine)})"
    )[0]
    counts = Counts(work.raw.rows_in, int(accepted), int(quarantined), duplicates)
    if counts.rows_in != counts.accepted + counts.quarantined + counts.duplicates:
        raise SegmentryError(
            f"table {work.raw.name} does not add up: {counts.rows_in:,} rows came in, {counts.accepted:,} were accepted, {counts.quarantined:,} "
            f"quarantined and {counts.duplicates:,} were duplicates. Nothing was kept; please report this with the version."
        )
    return counts


def _nobodys_rows(work: _Work) -> list[Treatment]:
    """Count the rows of a log that belong to no customer, with what they amount to."""
    codes = ", ".join(literal(code) for code in UNCOUNTED)
    quarantined = quoted(work.quarantine)
    count = int(work.engine.rows(f"SELECT count(*) FROM {quarantined} WHERE code IN ({codes})")[0][0])
    key = work.schema.field("id")
    if not count or key is None or work.schema.kind not in casting.LOG_KINDS:
        return []
    names = "[" + ", ".join(literal(file) for file in work.raw.files) + "]"
    places = f"SELECT list_position({names}, file) - 1 AS _file, row AS _row FROM {quarantined} WHERE code IN ({codes})"
    money = _money(work, f"JOIN ({places}) AS d ON r._file = d._file AND r._row = d._row")
    worth = "" if money is None else f" They amount to {money:,.2f}."
    words = f"{count:,} rows belong to no known customer; they are in quarantine and in no segment.{worth}"
    return [Treatment("rows_without_customer", count, words, work.raw.name, key.name, money)]


def _much_of_nobody(treatment: Treatment) -> Note:
    return Note("rows_without_customer", treatment.words, "warning", treatment.table, treatment.column)


def _refuse_if_broken(work: _Work, counts: Counts) -> None:
    """Refuse the whole table when too much of it is bad, or when nothing is left."""
    codes = ", ".join(literal(code) for code in UNCOUNTED)
    bad = int(work.engine.rows(f"SELECT count(*) FROM {quoted(work.quarantine)} WHERE code NOT IN ({codes})")[0][0])
    limit = work.options.quarantine_limit
    if bad > limit * counts.rows_in:
        reason = f"{bad:,} of {counts.rows_in:,} rows ({bad / counts.rows_in:.1%}) would go to quarantine; the limit is {limit:.0%}"
        remedy = "correct the file or the settings as named below, or raise quarantine_limit under [cleaning]; nothing was kept"
        raise DataRefused(Problem("TOO_MANY_BAD_ROWS", reason, remedy, work.raw.name), *_worst(work))
    if not counts.accepted:
        reason = f"none of {counts.rows_in:,} rows is left: {counts.quarantined:,} went to quarantine, {counts.duplicates:,} are duplicates"
        raise DataRefused(Problem("NO_ROWS_LEFT", reason, "correct the file as named below", work.raw.name), *_worst(work))


def _worst(work: _Work) -> list[Problem]:
    """Return the most frequent reasons for quarantine, each with its first example."""
    order = 'ORDER BY n DESC, code, "column" LIMIT 5'
    first = "arg_min({}, (file, row))"
    found = work.engine.rows(
        f'SELECT code, "column", count(*) AS n, {", ".join(first.format(name) for name in ("file", "row", "reason", "remedy"))} '
        f'FROM {quoted(work.quarantine)} GROUP BY code, "column" {order}'
    )
    return [
        Problem(code, f"{count:,} rows; first here: {reason}", remedy, file, int(row), column or "")
        for code, column, count, file, row, reason, remedy in found
    ]
