"""What can be wrong with ids as such: digits lost to scientific notation, ids that look alike, words that stand for nobody.

Ids are text always and are never merged or changed here; this only counts and says.
"""

from __future__ import annotations

from segmentry.engines.engine import Engine, literal, quoted
from segmentry.results import Note
from segmentry.sources.raw import RawTable
from segmentry.tables.schema import Field

WHOLE = "[0-9]+([.]0+)?"
PLACEHOLDERS = ("na", "n/a", "#n/a", "nan", "null", "none", "nil", "undefined", "unknown", "anonymous", "guest", "-", "?", "(null)", "<na>")
PLACEHOLDER_SHARE = 0.001

# Cyrillic and Greek letters, full-width digits aside, that are drawn like Latin ones (from Unicode's list of confusables), then what is not drawn at all.
_ALIKE = "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"
_LATIN = "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo"
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u00a0 "


def placeholders(engine: Engine, raw: RawTable, field: Field) -> tuple[tuple[str, int], ...]:
    """Return the words for "nobody" that are used as an id by two rows or more, as found, with their rows."""
    name = quoted(field.name)
    words = ", ".join(literal(word) for word in PLACEHOLDERS)
    sql = f"SELECT {name}, count(*) FROM {quoted(raw.table)} WHERE lower({name}) IN ({words}) GROUP BY 1 ORDER BY 1"
    return tuple((str(word), int(count)) for word, count in engine.rows(sql))


def shared_placeholders(engine: Engine, raw: RawTable, field: Field) -> tuple[str, ...]:
    """Return the words for "nobody" that more than 0.1 % of the rows, and at least two, share: they are no customer."""
    return tuple(word for word, count in placeholders(engine, raw, field) if count > max(1, PLACEHOLDER_SHARE * raw.rows_in))


def placeholder_note(engine: Engine, raw: RawTable, field: Field) -> Note | None:
    """Warn of ids that read like "none" but are too rare to be a placeholder; they are kept as ids."""
    gone = shared_placeholders(engine, raw, field)
    kept = sum(count for word, count in placeholders(engine, raw, field) if word not in gone)
    if not kept:
        return None
    words = f"{kept:,} rows have an id in {field.name} that reads like “none” or “unknown”; they are kept as ids because so few rows share them."
    return Note("placeholder_ids", words, "warning", raw.name, field.name)


def damaged_ids(engine: Engine, raw: RawTable, field: Field) -> Note | None:
    """Warn of ids in scientific notation in a column of whole numbers: a spreadsheet has thrown their digits away."""
    name = quoted(field.name)
    sql = (
        f"SELECT count({name}), count_if(regexp_full_match({name}, '[0-9]([.][0-9]+)?[eE][+]?[0-9]{{1,2}}')), "
        f"count_if(regexp_full_match({name}, '{WHOLE}')) FROM {quoted(raw.table)}"
    )
    known, damaged, whole = engine.rows(sql)[0]
    if not damaged or whole < 0.9 * (known - damaged) or not whole:
        return None
    plural = "value of {} is" if damaged == 1 else "values of {} are"
    words = (
        f"{damaged:,} {plural.format(field.name)} written in scientific notation, as spreadsheets do; the digits are lost. Kept as written."
    )
    return Note("damaged_ids", words, "warning", raw.name, field.name)


def lookalikes(engine: Engine, raw: RawTable, field: Field) -> Note | None:
    """Warn of ids that differ only in case, blanks, invisible characters or letters drawn alike; they are never merged."""
    name = quoted(field.name)
    folded = f"lower(translate(nfc_normalize({name}), {literal(_ALIKE + _UNSEEN)}, {literal(_LATIN)}))"
    groups = f"SELECT count(*) AS n FROM (SELECT DISTINCT nfc_normalize({name}) AS {name} FROM {quoted(raw.table)} WHERE {name} IS NOT NULL) GROUP BY {folded}"
    pairs = int(engine.rows(f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM ({groups}) WHERE n > 1")[0][0])
    if not pairs:
        return None
    pair = "pair of ids looks" if pairs == 1 else "pairs of ids look"
    words = f"{pairs:,} {pair} alike in {field.name}: only case, blanks, invisible characters or letters drawn alike differ. Kept as different customers."
    return Note("lookalike_ids", words, "warning", raw.name, field.name)
