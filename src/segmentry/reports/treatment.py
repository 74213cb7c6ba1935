"""The chapter on the data: what came in, what was done to it, what it means; counted so that nothing is lost silently."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.plots import tables as drawn
from segmentry.plots.numbers import NOTHING, count, money, share
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story
from segmentry.results import Note
from segmentry.tables.dataset import Accepted
from segmentry.tables.schema import Field

_KINDS = {
    "snapshot": "one row per customer",
    "customers": "customers",
    "transactions": "purchases",
    "products": "products",
    "campaigns": "campaigns",
    "contacts": "campaign contacts",
    "events": "visits, opens and clicks",
    "unknown": "not used",
}
_ROLES = {
    "id": "customer id",
    "joined": "customer since",
    "unit_price": "price per unit",
    "order_id": "order number",
    "line_id": "line number",
    "product_name": "product name",
    "birth_year": "year of birth",
    "birth_date": "date of birth",
    "spend": "spend by category",
    "purchases": "purchases by channel",
    "event_type": "kind of event",
    "text": "free text",
    "identifier": "identifier (never used, never shown)",
    "constant": "constant (never used)",
    "ignore": "not used",
}


@dataclass(frozen=True, slots=True)
class Came:
    """Where the rows of one table went."""

    name: str
    kind: str
    rows: str
    accepted: str
    duplicates: str
    quarantined: str
    form: str
    files: str


@dataclass(frozen=True, slots=True)
class Done:
    """One treatment as the page shows it."""

    words: str
    place: str
    count: str
    money: str
    setting: str


@dataclass(frozen=True, slots=True)
class Meant:
    """What one column was taken to mean, and why."""

    name: str
    role: str
    kind: str
    reason: str


def came_in(story: Story) -> tuple[Came, ...]:
    """Return one row per table, and a total when there are several."""
    raws = {raw.name: raw for raw in story.raws}
    rows = []
    for table in story.tables:
        raw = raws.get(table.schema.table)
        files = "" if raw is None else ", ".join(raw.files[:3]) + (f" and {len(raw.files) - 3} more" if len(raw.files) > 3 else "")
        kind = _KINDS.get(table.schema.kind, table.schema.kind)
        rows.append(_came(table.schema.table, kind, [table], form=raw.form if raw else "", files=files))
    if len(rows) > 1:
        rows.append(_came("Total", "", list(story.tables)))
    return tuple(rows)


def _came(name: str, kind: str, tables: list[Accepted], *, form: str = "", files: str = "") -> Came:
    total = [sum(getattr(table.counts, part) for table in tables) for part in ("rows_in", "accepted", "duplicates", "quarantined")]
    rows, accepted, duplicates, quarantined = (count(part) for part in total)
    return Came(name, kind, rows, accepted, duplicates, quarantined, form, files)


def flow_picture(story: Story) -> Picture | None:
    """Return the bars of where the rows went."""
    if not story.tables:
        return None
    rows = sum(table.counts.rows_in for table in story.tables)
    parts = [
        f"{table.schema.table}: {count(table.counts.rows_in)} rows, {count(table.counts.accepted)} accepted, {count(table.counts.duplicates)} duplicates, "
        f"{count(table.counts.quarantined)} in quarantine"
        for table in story.tables
    ]
    once = "Every row is counted once: in = accepted + duplicates + quarantined."
    caption = f"Where the rows of each table went. n = {count(rows)} rows in {_tables(len(story.tables))}. {once}"
    return Picture("flow", drawn.flow(story.tables), caption, "; ".join(parts) + ".")


def done(story: Story) -> tuple[Done, ...]:
    """Return the treatments, the largest counts first; those with money before those without."""
    once = list(dict.fromkeys(story.treatments))
    once.sort(key=lambda treatment: (-abs(treatment.money or 0.0), -treatment.count, treatment.rule, treatment.column))
    return tuple(
        Done(
            words=treatment.words or treatment.rule.replace("_", " "),
            place=_place(treatment.table, treatment.column),
            count=count(treatment.count),
            money=NOTHING if treatment.money is None else money(treatment.money, story.currency),
            setting=treatment.setting,
        )
        for treatment in once
    )


def shows_money(story: Story) -> bool:
    """Say whether any treatment amounts to money."""
    return any(treatment.money is not None for treatment in story.treatments)


def meanings(story: Story) -> tuple[tuple[str, str, tuple[Meant, ...]], ...]:
    """Return per table its name, why it is what it is, and its columns with their roles."""
    return tuple((table.schema.table, table.schema.reason, tuple(_meant(field) for field in table.schema.fields)) for table in story.tables)


def _meant(field: Field) -> Meant:
    role = _ROLES.get(field.role, field.role.replace("_", " "))
    return Meant(
        field.name,
        role,
        field.kind,
        field.reason + (" (declared in the settings)" if field.declared and "settings" not in field.reason else ""),
    )


def as_of(story: Story) -> str:
    """Say from which day everything looks back, or that the data holds no dates."""
    dataset = story.dataset
    dated = (
        dataset.first_day is not None
        or any(attribute.kind == "date" for attribute in dataset.attributes)
        or bool(dataset.has & {"lines", "events", "contacts"})
    )
    reason = dataset.as_of_reason.strip().rstrip(".")
    if not dated or dataset.as_of is None:
        return f"Nothing in this report depends on a day: {reason or 'the data holds no dates'}."
    span = f" Purchases were recorded from {_day(dataset.first_day)} on." if dataset.first_day else ""
    return f"Everything looks back from {_day(dataset.as_of)}" + (f": {reason}." if reason else ".") + span


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"


def alike(notes: Sequence[Note]) -> tuple[tuple[Note, tuple[Note, ...]], ...]:
    """Return the first note of each code and level with all others of the same, in order: ten of a kind are one thing to know."""
    kinds: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        kinds.setdefault((note.code, note.level), []).append(note)
    return tuple((same[0], tuple(same[1:])) for same in kinds.values())


def quarantined_share(story: Story) -> str:
    """Return the share of all rows that is in quarantine."""
    rows = sum(table.counts.rows_in for table in story.tables)
    return share(sum(table.counts.quarantined for table in story.tables) / rows) if rows else NOTHING


def _place(table: str, column: str) -> str:
    return " · ".join(part for part in (table, column) if part)


def _tables(number: int) -> str:
    return "1 table" if number == 1 else f"{number} tables"
