"""The ledger remembers every segment there ever was, and says so when it was tampered with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from segmentry.errors import ModelRefused, UsageError
from segmentry.segments.identity import match
from segmentry.segments.ledger import Ledger, begin, from_plain, to_plain, update


def refit(ledger: Ledger, parts: list[tuple[int, int, int]], date: str, names: dict[int, str] | None = None) -> Ledger:
    """Write a refit of (old, new, customers) into the ledger."""
    counts = [n for *_, n in parts]
    old, new = (np.repeat([part[side] for part in parts], counts) for side in (0, 1))
    found = match(old, new, old_ids=[entry.id for entry in ledger.alive])
    sizes = {segment: int((new == segment).sum()) for segment in found.new}
    return update(ledger, found, names=names or {segment: f"Group {segment}" for segment in found.new}, sizes=sizes, date=date)


@pytest.fixture
def ledger() -> Ledger:
    first = begin({0: "Set aside", 1: "Regulars", 2: "Newcomers"}, {0: 7, 1: 60, 2: 40}, date="2026-01-31")
    return refit(first, [(1, 2, 60), (2, 1, 40), (2, 3, 30)], "2026-02-28", {1: "Other words", 2: "Newcomers", 3: "Newcomers"})


def test_ids_and_names_are_kept_and_a_new_segment_gets_a_name_of_its_own(ledger: Ledger) -> None:
    assert [(entry.id, entry.name, entry.born) for entry in ledger.alive] == [
        (1, "Regulars", "2026-01-31"),
        (2, "Newcomers", "2026-01-31"),
        (3, "Newcomers (new)", "2026-02-28"),
    ]
    assert ledger.entries[0].sizes == (("2026-01-31", 60), ("2026-02-28", 60))
    assert [(event.kind, event.date, event.old, event.new, event.customers) for event in ledger.events] == [
        ("split", "2026-02-28", (2,), (2, 3), 70)
    ]


def test_an_id_is_never_used_again(ledger: Ledger) -> None:
    without = refit(ledger, [(1, 1, 60), (2, 2, 40)], "2026-03-31")
    assert [entry.id for entry in without.alive] == [1, 2]
    assert without.entries[2].died == "2026-03-31"
    again = refit(without, [(1, 1, 60), (2, 2, 30), (2, 3, 30)], "2026-04-30")
    assert [entry.id for entry in again.alive] == [1, 2, 4]
    assert again.name(3) == "Newcomers (new)"


def test_what_was_written_is_never_changed(ledger: Ledger) -> None:
    before = to_plain(ledger)
    later = refit(ledger, [(1, 1, 60), (2, 1, 40), (3, 2, 30)], "2026-03-31")
    assert to_plain(ledger) == before
    assert later.events[: len(ledger.events)] == ledger.events
    assert all(new.sizes[: len(old.sizes)] == old.sizes for old, new in zip(ledger.entries, later.entries, strict=False))


def test_a_refit_matched_to_other_segments_is_refused(ledger: Ledger) -> None:
    found = match(np.ones(30, dtype=int), np.ones(30, dtype=int))
    with pytest.raises(UsageError, match=r"alive in the ledger are \[1, 2, 3\]"):
        update(ledger, found, names={1: "A"}, sizes={1: 30})
    with pytest.raises(UsageError, match="no segment 9"):
        ledger.name(9)


def test_json_brings_the_same_ledger_back(ledger: Ledger) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(ledger)))) == ledger
    undated = begin({1: "Regulars"}, {1: 5})
    assert from_plain(to_plain(undated)) == undated


DAMAGE: dict[str, Callable[[Any], Any]] = {
    "no object": lambda plain: [],
    "no segments": lambda plain: plain.pop("segments"),
    "id twice": lambda plain: plain["segments"].append(plain["segments"][0]),
    "id of text": lambda plain: plain["segments"][0].update(id="1"),
    "id zero": lambda plain: plain["segments"][0].update(id=0),
    "flag for a count": lambda plain: plain["segments"][0]["sizes"].append(["2026-03-31", True]),
    "no name": lambda plain: plain["segments"][0].update(name=""),
    "one name twice": lambda plain: plain["segments"][0].update(name="Newcomers"),
    "no day": lambda plain: plain["segments"][0].update(born="31.1.2026"),
    "dead before born": lambda plain: plain["segments"][0].update(died="2020-01-01"),
    "days out of order": lambda plain: plain["segments"][0]["sizes"].reverse(),
    "negative": lambda plain: plain["events"][0].update(customers=-1),
    "unknown kind": lambda plain: plain["events"][0].update(kind="eaten"),
    "unknown segment": lambda plain: plain["events"][0].update(old=[99]),
    "event of nobody": lambda plain: plain["events"][0].update(old=[], new=[]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_ledger_is_refused(ledger: Ledger, damage: str) -> None:
    plain = copy.deepcopy(to_plain(ledger))
    result = DAMAGE[damage](plain)
    with pytest.raises(ModelRefused, match="LEDGER_DAMAGED"):
        from_plain(result if damage == "no object" else plain)
