"""One hash for the same content, another for any other."""

from __future__ import annotations

import pytest

from segmentry.tables.notation import settle
from segmentry.tables.options import ValidationOptions
from segmentry.tables.profile import profile
from segmentry.tables.roles import infer, relate
from segmentry.tables.validation import validate

BASE = {
    "id:id:id": ["1", "2"],
    "paid:spend:money": ["1.5", "1234.0"],
    "day:joined:date": ["2024-01-31", "2024-02-01"],
    "city:place:category": ["Oslo", None],
}


def mark(workshop, **changes):
    columns = {name: changes.get(name.split(":")[0], values) for name, values in BASE.items()}
    return workshop.validate(columns).fingerprint


def test_notation_does_not_change_the_hash(workshop):
    base = mark(workshop)
    assert len(base) == 64
    assert mark(workshop, paid=["1,50", "1.234,00"]) == base
    assert mark(workshop, day=["1/31/2024", "2/1/2024"]) == base
    assert mark(workshop, id=["1.0", "2.0"]) == base


def test_the_order_of_rows_and_columns_does_not_change_the_hash(workshop):
    turned = {name: values[::-1] for name, values in reversed(BASE.items())}
    assert workshop.validate(turned).fingerprint == mark(workshop)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ["1", "3"]},
        {"paid": ["1.5", "1234.0001"]},
        {"day": ["2024-01-31", "2024-02-02"]},
        {"city": ["oslo", None]},
        {"city": ["Oslo", "~"]},
    ],
)
def test_any_other_content_changes_the_hash(workshop, changes):
    assert mark(workshop, **changes) != mark(workshop)


def test_cells_do_not_run_into_each_other(workshop):
    one = workshop.validate({"a:attribute:category": ["x1:y"], "b:attribute:category": ["z"]}).fingerprint
    other = workshop.validate({"a:attribute:category": ["x"], "b:attribute:category": ["1:yz"]}).fingerprint
    assert one != other


@pytest.mark.realdata
def test_four_dialects_of_one_table_have_one_hash(workshop, realdata):
    from segmentry.sources.files import read_files

    names = ("marketing_campaign", "comma_bom_mdy", "semicolon_bom_crlf_isodate", "semicolon_crlf_dmy_slash")
    marks = set()
    for raw in read_files(workshop.engine, [realdata(f"customer-personality/{name}.csv") for name in names]):
        (schema,) = relate([infer(raw.name, profile(workshop.engine, raw), {})])
        accepted = validate(workshop.engine, raw, settle(workshop.engine, raw, schema, ValidationOptions()), ValidationOptions())
        assert accepted.counts.accepted == 2240
        marks.add(accepted.fingerprint)
    assert len(marks) == 1
