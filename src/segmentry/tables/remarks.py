"""What settling and casting meant for the data, counted: every coercion is a treatment, every doubt a note."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.results import Note, Treatment
from segmentry.sources.raw import RawTable
from segmentry.tables import dates, numerals
from segmentry.tables.casting import missing_word, money, needed, words_allowed
from segmentry.tables.contact_keys import contact_note
from segmentry.tables.identifiers import damaged_ids, lookalikes, placeholder_note
from segmentry.tables.options import ValidationOptions
from segmentry.tables.schema import Field, Schema


@dataclass(frozen=True, slots=True)
class _Rule:
    """A coercion to be counted: `words` holds ``{n}`` for the count."""

    rule: str
    column: str
    test: str
    words: str
    setting: str


def notes(engine: Engine, raw: RawTable, schema: Schema) -> tuple[Note, ...]:
    """Return what a person should know about ids and currencies of a table."""
    found: list[Note | None] = []
    for field in _read(raw, schema):
        if field.kind == "id" and field.role != "line_id":
            found.append(damaged_ids(engine, raw, field))
        if field.kind == "id" and field.role == "id":
            found += [lookalikes(engine, raw, field), placeholder_note(engine, raw, field), contact_note(engine, raw, field)]
        if field.notation.currency:
            found.append(Note("currency", f"Amounts of {field.name} are in {field.notation.currency}.", table=raw.name, column=field.name))
    return tuple(note for note in found if note)


def treatments(engine: Engine, raw: RawTable, schema: Schema, options: ValidationOptions) -> tuple[Treatment, ...]:
    """Count every coercion that settling and casting made, in one pass over the table."""
    must = needed(schema)
    rules = [rule for field in _read(raw, schema) for rule in _rules(field, raw, options, required=field in must)]
    if not rules:
        return ()
    counts = engine.rows(f"SELECT {', '.join(f'count_if({rule.test})' for rule in rules)} FROM {quoted(raw.table)}")[0]
    return tuple(
        Treatment(rule.rule, int(count), rule.words.format(n=f"{count:,}"), raw.name, rule.column, setting=rule.setting)
        for rule, count in zip(rules, counts, strict=True)
        if count
    )


def _read(raw: RawTable, schema: Schema) -> list[Field]:
    return [field for field in schema.fields if field.name in raw.columns and field.role != "ignore"]


def _rules(field: Field, raw: RawTable, options: ValidationOptions, *, required: bool) -> list[_Rule]:
    cell, name = quoted(field.name), _escaped(field.name)
    home = f"tables.{raw.name}"
    made: list[_Rule] = []
    if words_allowed(field, required=required, options=options):
        words = f"{{n}} cells of {name} hold a word such as “n/a”; they are taken as not known."
        made.append(_Rule("missing_words", field.name, missing_word(cell, options), words, ""))
    if field.kind == "id" and field.notation.whole:
        words = f"{{n}} values of {name} are whole numbers written with .0; the .0 was taken off, in every table alike."
        made.append(_Rule("whole_ids", field.name, f"regexp_full_match({cell}, '[0-9]+[.]0+')", words, ""))
    if field.kind in ("money", "number"):
        made += _number_rules(field, options, home)
    if field.kind == "date" and field.notation.date_format:
        made += _date_rules(field, options, home)
    return made


def _number_rules(field: Field, options: ValidationOptions, home: str) -> list[_Rule]:
    cell, name, notation = quoted(field.name), _escaped(field.name), field.notation
    made: list[_Rule] = []
    if notation.currency:
        words = f"{{n}} values of {name} carry {_escaped(notation.currency)}; it was taken off."
        made.append(_Rule("currency_taken_off", field.name, f"contains({cell}, {literal(notation.currency)})", words, f"{home}.currency"))
    if notation.decimal != ".":
        words = f"{{n}} values of {name} have a decimal comma; it was read as such because the column proves it or you said so."
        made.append(_Rule("decimal_comma", field.name, f"contains({cell}, ',')", words, f"{home}.decimal"))
    if notation.thousands:
        held = f"regexp_matches({cell}, {literal(numerals.between(notation.thousands))})"
        made.append(
            _Rule(
                "thousands_taken_off",
                field.name,
                held,
                f"{{n}} values of {name} have marks between thousands; they were taken off.",
                f"{home}.thousands",
            )
        )
    numeral = numerals.numeral(cell, notation, brackets=options.locale)
    if options.locale:
        made.append(
            _Rule(
                "brackets_are_minus",
                field.name,
                f"{numeral} IS NOT NULL AND contains({cell}, '(')",
                f"{{n}} values of {name} in brackets were read as negative.",
                "",
            )
        )
    if field.kind == "money":
        finer = f"regexp_matches({cell}, '[0-9]{{5}}|[eE]') AND try_cast({numeral} AS DECIMAL(38,16)) <> {money(numeral)}"
        made.append(
            _Rule(
                "rounded_to_4_decimals",
                field.name,
                finer,
                f"{{n}} amounts of {name} have more than four decimals; they were rounded to four.",
                "",
            )
        )
    return made


def _date_rules(field: Field, options: ValidationOptions, home: str) -> list[_Rule]:
    cell, name, written = quoted(field.name), _escaped(field.name), field.notation.date_format
    setting = f"{home}.date_format"
    made: list[_Rule] = []
    declared = field.name in options.date_format
    if written in dates.RIVALS and not declared:
        one, other = dates.moment(cell, written), dates.moment(cell, dates.RIVALS[written])
        words = f"{{n}} dates of {name} could be read in two ways; other values with a part above 12 settle the whole column as {dates.described(written)}."
        made.append(_Rule("date_order_settled", field.name, f"({one}) <> ({other})", words, setting))
    if written == dates.EXCEL:
        made.append(
            _Rule(
                "excel_serial_dates",
                field.name,
                f"({dates.moment(cell, written)}) IS NOT NULL",
                f"{{n}} values of {name} are Excel serial numbers; they were read as dates.",
                setting,
            )
        )
    if written in dates.EPOCHS:
        words = f"{{n}} values of {name} are {dates.described(written)}; they were read as dates."
        made.append(_Rule("epoch_dates", field.name, f"({dates.moment(cell, written)}) IS NOT NULL", words, setting))
    made.append(
        _Rule("zones_to_utc", field.name, dates.zoned(cell), f"{{n}} times of {name} carry a time zone; they were turned into UTC.", "")
    )
    return made


def _escaped(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")
