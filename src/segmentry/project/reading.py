"""From files or frames to one clean dataset: read, infer roles, settle notations, validate, assemble."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from segmentry.engines.duckdb import DuckEngine
from segmentry.engines.engine import quoted
from segmentry.engines.writers import restored
from segmentry.errors import DataRefused, ModelRefused, Problem, UsageError
from segmentry.project.progress import Journal
from segmentry.project.sections import TableSettings
from segmentry.project.settings import Settings
from segmentry.results import Note, Treatment
from segmentry.sources.raw import RawTable, ReadOptions
from segmentry.tables.dataset import Accepted, Dataset
from segmentry.tables.options import MISSING_WORDS, ValidationOptions
from segmentry.tables.schema import Notation, Schema
from segmentry.tables.treatments import CleaningOptions

# The columns of an assignment that segmentry wrote.
WRITTEN = ("customer_id", "experiment", "arm", "stratum", "assigned_on")
# What no feature is made from.
_UNNEEDED = frozenset({"constant", "consent", "identifier", "ignore", "target", "text"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """Tables as found, with the contract each will be held to.

    Parameters
    ----------
    raws : tuple of RawTable
    schemas : tuple of Schema
        One per raw table, settled; of kind "unknown" for tables that are left out.
    """

    raws: tuple[RawTable, ...]
    schemas: tuple[Schema, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came in, what became of it, and the clean dataset (its rows are in the engine).

    Parameters
    ----------
    inspection : Inspection
    accepted : tuple of Accepted
        Tables that are used.
    dataset : Dataset
    quarantined : tuple of tuple
        Per accepted table: code, column and number of rows in quarantine.
    """

    inspection: Inspection
    accepted: tuple[Accepted, ...]
    dataset: Dataset
    quarantined: tuple[tuple[tuple[str, str, int], ...], ...]

    @property
    def quarantine(self) -> tuple[tuple[str, str, int], ...]:
        """Code, column and number of quarantined rows, over all tables."""
        sums: dict[tuple[str, str], int] = {}
        for table in self.quarantined:
            for code, column, count in table:
                sums[code, column] = sums.get((code, column), 0) + count
        return tuple((code, column, count) for (code, column), count in sorted(sums.items()))

    @property
    def numbered(self) -> bool:
        """Whether rows are customers and their ids row numbers, for want of an id column."""
        people = [table.schema for table in self.accepted if table.schema.kind in {"snapshot", "customers", "transactions"}]
        return bool(people) and all(schema.field("id") is None for schema in people)

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes, in the order of the stages."""
        parts = [raw.notes for raw in self.inspection.raws] + [table.notes for table in self.accepted] + [self.dataset.notes]
        return tuple(dict.fromkeys(note for part in parts for note in part))

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """All treatments, in the order of the stages."""
        parts = [raw.treatments for raw in self.inspection.raws] + [table.treatments for table in self.accepted] + [self.dataset.treatments]
        return tuple(treatment for part in parts for treatment in part)


def inspect(
    engine: DuckEngine, inputs: Sequence[Any], settings: Settings, journal: Journal, *, frozen: Sequence[Schema] = ()
) -> Inspection:
    """Read the inputs as text and settle what each column means and how it is written.

    Parameters
    ----------
    inputs : sequence
        Paths, globs, or data frames (pandas, Polars, Arrow, DuckDB relations); a pair (name, frame) names a frame.
    frozen : sequence of Schema
        Contracts of a finished run; a table with the columns of one is held to it, nothing is inferred anew.

    Raises
    ------
    DataRefused
        When a file cannot be read or a notation cannot be settled.
    SettingsError
        When the settings name a column that is not there.
    """
    from segmentry.tables.notation import harmonise
    from segmentry.tables.roles import relate

    with journal.stage("read", "Reading"):
        raws = _read(engine, inputs, settings)
        for raw in raws:
            _restore(engine, raw)
        for raw in raws:
            journal.found(f"{raw.name}: {raw.rows_in:,} rows, {len(raw.columns)} columns ({raw.form})")
    _check_tables(raws, settings)
    with journal.stage("roles", "Finding out what the columns mean"):
        kept = [_known(raw, frozen) for raw in raws]
        inferred = [known or _inferred(engine, raw, settings.table(raw.name)) for raw, known in zip(raws, kept, strict=True)]
        schemas = tuple(inferred) if all(kept) else relate(inferred)
        for schema in schemas:
            journal.found(f"{schema.table}: {schema.kind} ({schema.reason})")
    with journal.stage("notation", "Settling dates, numbers and ids"):
        settled = harmonise(
            [
                schema if schema.kind == "unknown" else _settled(engine, raw, schema, _validation(settings, raw.name), known=known)
                for raw, schema, known in zip(raws, schemas, kept, strict=True)
            ]
        )
    return Inspection(tuple(raws), tuple(settled))


def read_dataset(
    engine: DuckEngine, inputs: Sequence[Any], settings: Settings, journal: Journal, *, frozen: Sequence[Schema] = ()
) -> Reading:
    """Read the inputs, set bad rows aside, clean, and assemble the dataset in the engine.

    Raises
    ------
    DataRefused
        When nothing usable is left, or more rows are bad than the settings allow.
    """
    from segmentry.tables.mapping import assemble
    from segmentry.tables.quarantine import summary
    from segmentry.tables.validation import validate

    inspection = inspect(engine, inputs, settings, journal, frozen=frozen)
    usable = [(raw, schema) for raw, schema in zip(inspection.raws, inspection.schemas, strict=True) if schema.kind != "unknown"]
    if not usable:
        reasons = "; ".join(f"{schema.table}: {schema.reason}" for schema in inspection.schemas)
        raise DataRefused(
            Problem(
                "NO_USABLE_TABLE",
                f"no table has customers in it ({reasons})",
                "declare roles in segmentry.toml; 'segmentry init FILE' writes a start",
            )
        )
    with journal.stage("validate", "Checking every row"):
        accepted = []
        for raw, schema in usable:
            table = validate(engine, raw, schema, _validation(settings, raw.name))
            accepted.append(table)
            journal.found(f"{raw.name}: {table.counts.words}")
            engine.run(f"DROP TABLE IF EXISTS {quoted(raw.table)}")
    with journal.stage("clean", "Cleaning and joining"):
        dataset = assemble(engine, accepted, _cleaning(settings))
        journal.found(f"{dataset.customers:,} customers, as of {dataset.as_of or 'no date'} ({dataset.as_of_reason})")
    return Reading(inspection, tuple(accepted), dataset, tuple(summary(engine, table) for table in accepted))


def _read(engine: DuckEngine, inputs: Sequence[Any], settings: Settings) -> tuple[RawTable, ...]:
    from segmentry.sources.files import read_files

    if not inputs:
        raise UsageError("no input was given; name at least one file, or pass a data frame.")
    paths = [item for item in inputs if isinstance(item, str | Path)]
    frames = [
        item if isinstance(item, tuple) else (f"table_{number}", item)
        for number, item in enumerate(inputs, 1)
        if not isinstance(item, str | Path)
    ]
    options = {name.casefold(): _reading(settings.table(name)) for name in settings.tables}
    tables = read_files(engine, paths, options=options, default=_reading(settings.table(""))) if paths else ()
    if not frames:
        return tables
    from segmentry.sources.frames import read_frame

    return (*tables, *(read_frame(engine, frame, name) for name, frame in frames))


def _restore(engine: DuckEngine, raw: RawTable) -> None:
    """Take the marks against formulas off an assignment that segmentry wrote: its ids and arms are those of other tables."""
    if set(WRITTEN) <= set(raw.columns):
        changes = ", ".join(f"{quoted(name)} = {restored(quoted(name))}" for name in WRITTEN)
        engine.run(f"UPDATE {quoted(raw.table)} SET {changes}")


def _known(raw: RawTable, frozen: Sequence[Schema]) -> Schema | None:
    """Return the frozen contract this table has all columns of, under the table's own name; further columns are ignored.

    Raises
    ------
    ModelRefused
        When it has most columns of one and lacks some: a total over fewer columns would be another total.
    """
    columns = set(raw.columns)
    nearest = max(frozen, key=lambda schema: sum(1 if field.name in columns else -1 for field in schema.fields), default=None)
    if nearest is None:
        return None
    lacking = [field for field in nearest.fields if field.name not in columns]
    needed = [field.name for field in lacking if field.role not in _UNNEEDED]
    if 2 * len(lacking) >= len(nearest.fields):
        return None
    if needed:
        reason = f"it lacks {len(needed)} of the columns the model was made from: {', '.join(needed)}"
        raise ModelRefused(Problem("MISSING_COLUMN", reason, "add them; cells may be empty where nothing is known", file=raw.name))
    fields = tuple(field for field in nearest.fields if field.name in columns)
    return replace(nearest, table=raw.name, reason="the columns of the model's own table", fields=fields)


def _check_tables(raws: Sequence[RawTable], settings: Settings) -> None:
    """Refuse settings for columns that a table does not have; settings for files that are not in this run are fine."""
    from segmentry.checks import suggestion
    from segmentry.errors import SettingsError

    for raw in raws:
        own = settings.table(raw.name)
        for section, names in (("roles", own.roles), ("date_format", own.date_format)):
            for column in names:
                if column not in raw.columns:
                    raise SettingsError(
                        f"tables.{raw.name}.{section} names the column {column!r}, which is not there; {suggestion(column, raw.columns)}"
                    )


def _inferred(engine: DuckEngine, raw: RawTable, own: TableSettings) -> Schema:
    from segmentry.tables.profile import profile
    from segmentry.tables.roles import infer

    return infer(raw.name, profile(engine, raw), own.roles, kind=own.kind)


def _settled(engine: DuckEngine, raw: RawTable, schema: Schema, options: ValidationOptions, *, known: Schema | None) -> Schema:
    """Settle how a table is written; what its values leave open is read as in the finished run whose contract is `known`."""
    from segmentry.tables.notation import settle

    bare = replace(schema, fields=tuple(replace(field, notation=Notation()) for field in schema.fields))
    try:
        return settle(engine, raw, bare, options)
    except DataRefused as refused:
        if known is None or any(not problem.code.startswith("AMBIGUOUS") for problem in refused.problems):
            raise
        return schema


def _reading(table: TableSettings) -> ReadOptions:
    return ReadOptions(table.encoding, table.delimiter, table.header, table.columns)


def _validation(settings: Settings, name: str) -> ValidationOptions:
    table, cleaning = settings.table(name), settings.cleaning
    return ValidationOptions(
        date_format=table.date_format,
        decimal=table.decimal,
        thousands=table.thousands,
        currency=table.currency,
        yes=table.yes,
        no=table.no,
        missing_words=MISSING_WORDS if table.missing_words is None else table.missing_words,
        quarantine_limit=cleaning.quarantine_limit,
        exact_duplicates=cleaning.exact_duplicates,
        refunds=cleaning.refunds,
        sentinel_dates=cleaning.sentinel_dates,
        extra=cleaning.extra_columns,
        today=datetime.datetime.now(tz=datetime.UTC).date(),
    )


def _cleaning(settings: Settings) -> CleaningOptions:
    names = {field.name for field in fields(CleaningOptions)}
    return CleaningOptions(as_of=settings.run.as_of, **settings.cleaning.model_dump(include=names))


def table_hash(reading: Reading) -> str:
    """Return one hash of all typed rows: independent of row order, file names, dialect and notation."""
    prints = sorted(table.fingerprint for table in reading.accepted)
    return prints[0] if len(prints) == 1 else hashlib.sha256("\n".join(prints).encode()).hexdigest()
