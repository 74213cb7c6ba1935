"""The page for sign-off says in five sentences what happened, names nobody, and asks nothing of the network."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from segmentry.matrix import Column
from segmentry.reports.comparison import Comparison, Fall, Portrait, Side, day
from segmentry.reports.migration import matrix, render, segments, tiles
from segmentry.reports.verdicts import caveats, counted, sentences, signed
from segmentry.segments.identity import match
from segmentry.segments.ledger import begin, update
from segmentry.segments.migration import ASIDE, GONE, NEW, Reason, Scored, Shift, decompose, migration, sizes, stages
from segmentry.segments.signoff import decide

OLD, NEW_NAMES = {1: "Regulars", 2: "Lapsed <b>", 3: "Window & shop"}, {1: "Lapsed", 2: "Regulars", 3: "Night owls"}
PARTS = (
    (1, 1, 1, 100),
    (1, 2, 2, 40),
    (2, 2, 2, 80),
    (2, 2, 1, 12),
    (1, 2, 1, 3),
    (3, 3, 4, 9),
    (3, 3, 1, 30),
    (NEW, 1, 1, 20),
    (0, 2, 2, 25),
    (2, GONE, GONE, 6),
)


def story(**changes: object) -> Comparison:
    """Return two segmentations in which everything happened: moves by either, a death, a birth, customers come and gone."""
    before, between, after = (np.repeat([part[place] for part in PARTS], [part[3] for part in PARTS]) for place in range(3))
    scored = Scored(before, between, after, np.where(before > 0, before, before))
    numbers = {1: 2, 2: 1, 4: 3}
    own = np.array([numbers.get(int(label), 0) for label in after])
    found = match(np.maximum(between, 0), own, old_ids=(1, 2, 3), new_ids=(1, 2, 3))
    first = begin(OLD, {1: 143, 2: 98, 3: 39}, date="2026-01-31")
    book = update(first, found, names=NEW_NAMES, sizes={key: int((own == key).sum()) for key in (1, 2, 3)}, date="2026-06-30")
    names = {entry.id: entry.name for entry in book.entries}
    parts = decompose(scored)
    base = Comparison(
        old=Side("run-a", "2026-01-31", 305, 3, "segments"),
        new=Side("run-b", "2026-06-30", 319, 3, "slices", 4),
        names=names | {ASIDE: "No net purchases", NEW: "New customers", GONE: "No longer in the data"},
        own_names={lasting: NEW_NAMES[segment] for segment, lasting in found.numbering(3).items()},
        found=found,
        numbering=found.numbering(3),
        book=book,
        events=book.events,
        parts=parts,
        decision=decide(parts, book.events, names, verdicts=("segments", "slices")),
        flows=migration(scored, np.arange(len(before), dtype=float)),
        steps=stages(scored),
        sizes=sizes(scored),
        columns=(Column("tenure", "Days since first purchase", "days", "days"), Column("spend", "Spend", "money")),
        reasons=(Reason(1, 2, 43, (Shift(1, 90.0, 100.0, 80.0, 300.0), Shift(0, 10.0, 160.0))), Reason(2, 1, 20, ())),
        portraits=(Portrait(1, (10.0, 5.0), (10.0, 9.0)), Portrait(3, (4.0, None), (None, None))),
        falls=(Fall(1, 2, 43, 4300.0), Fall(1, 0, 3, 70.0)),
        revenue=50_000.0,
        currency="£",
    )
    return dataclasses.replace(base, **changes)


def test_five_sentences_hold_the_figures() -> None:
    what, customers, model, stake, do = sentences(story())
    assert "Of the 3 segments of 31 January 2026, 2 were found again on 30 June 2026" in what
    assert "“Night owls” is new" in what
    assert "“Window & shop” was not found again" in what
    assert "45 customers joined since" in what
    assert customers.startswith("43 of the 274 customers in a segment on both days (16%) moved because they changed")
    assert "from “Regulars” to “Lapsed <b>” (43)" in customers
    assert model.startswith("The model moved 54 (20%)")
    assert "51 of them would otherwise be where they were" in model
    assert "46 customers fell from “Regulars” to a segment worth less: £4,370 of revenue is at stake" in stake
    assert do.startswith(
        "Look before you sign, for 4 reasons (see Sign-off), above all that the new model puts 20% of the customers elsewhere"
    )
    assert do.endswith("win back the 46 customers in movers.csv, the largest revenue first.")


def test_a_quiet_refit_may_be_signed_and_a_blocked_one_not() -> None:
    signed_off = decide(dataclasses.replace(story().parts, by_model=0, by_both=0, back=0), (), {})
    assert sentences(story(decision=signed_off))[4].startswith("You can sign")
    stopped = decide(story().parts, (), {}, block="The data is the same.")
    assert sentences(story(decision=stopped))[4] == "Do not sign: the data is the same."
    assert "Adopt the segments" not in render(story(decision=stopped))


def test_without_amounts_no_revenue_is_told() -> None:
    bare = story(revenue=None, falls=(Fall(1, 2, 43, None),))
    assert "no amounts" in sentences(bare)[3]
    assert [tile.words for tile in tiles(bare)] == ["Segments found again", "Customers moved", "Model moved", "Joined"]
    assert "Per customer" not in render(bare)


def test_the_revenue_of_single_customers_is_not_told() -> None:
    few = story(falls=(Fall(1, 2, 3, 4321.0),))
    assert sentences(few)[3] == "Next to no revenue is at stake: under 5 customers fell from “Regulars” to a segment worth less."
    page = render(few).split("<script>", maxsplit=1)[0]
    assert "4,321" not in page
    assert "1,440" not in page


def test_nobody_on_both_days_gives_sentences_without_shares() -> None:
    nobody = story(parts=dataclasses.replace(story().parts, compared=0, stayed=0, by_customers=0, by_model=0, by_both=0, back=0))
    assert "nobody can have moved" in sentences(nobody)[1]
    assert "nan" not in render(nobody).split("<script>")[0].casefold()


def test_the_matrix_hides_single_customers_and_says_what_moved_the_others() -> None:
    shown = matrix(story())
    assert shown["heads"] == ["1 Regulars", "2 Lapsed <b>", "4 Night owls", "No longer in the data"]
    rows = {name: cells for name, _, cells in shown["rows"]}
    assert (rows["1 Regulars"][1]["count"], rows["1 Regulars"][1]["by"]) == ("40", "by themselves")
    assert rows["2 Lapsed <b>"][0]["by"] == "by the model"
    assert rows["New customers"][0]["by"] == ""
    few = matrix(story(flows=tuple(dataclasses.replace(flow, customers=3) for flow in story().flows)))
    assert {cell["count"] for _, _, cells in few["rows"] for cell in cells} == {"under 5", "–"}
    assert all(cell["share"] == cell["by"] == "" for _, _, cells in few["rows"] for cell in cells)


def test_each_segment_has_its_fate() -> None:
    fates = {row["name"]: (row["what"], row["own"]) for row in segments(story())}
    assert fates == {
        "1 Regulars": ("kept", ""),
        "2 Lapsed <b>": ("kept", "Lapsed"),
        "3 Window & shop": ("gone", ""),
        "4 Night owls": ("new", ""),
    }


def test_slices_and_labels_that_differ_from_the_rule_are_told() -> None:
    words = caveats(story())
    assert "slices of a continuum" in words[0]
    assert words[1].startswith("4 customers of 30 June 2026 stand in another segment")
    assert "followed with the old model only" in caveats(story(parts=dataclasses.replace(story().parts, by_new_model=None)))[0]


def test_the_count_is_shown_to_add_up() -> None:
    parts = story().parts
    assert (
        f"{parts.changed} changed = {parts.customers_moved} customers moved + {parts.model_moved} model moved − {parts.interaction} counted twice"
        in counted(story())[2]
    )
    assert [signed(value) for value in (5, 0, -1200)] == ["+5", "0", "−1,200"]


def test_a_day_is_written_out_and_a_run_without_one_by_its_name() -> None:
    assert day(Side("a", "2026-01-05", 1, 1)) == "5 January 2026"
    assert day(Side("a", "", 1, 1)) == "run a"


@pytest.fixture(scope="module")
def page() -> str:
    return render(story())


def test_the_same_story_gives_the_same_page(page: str) -> None:
    assert render(story()) == page
    assert len(page) < 6_000_000


def test_the_page_is_complete_inert_and_asks_nothing_of_the_network(page: str) -> None:
    outside = page.split("<script>", maxsplit=1)[0]
    assert "default-src 'none'" in outside
    assert all(link.startswith("#") for link in re.findall(r'(?:href|src|action)="([^"]*)"', outside))
    assert "Lapsed <b>" not in page
    assert "Lapsed &lt;b&gt;" in outside
    ids = re.findall(r' id="([^"]+)"', outside)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', outside)) <= set(ids)


def test_chapters_without_content_are_left_out() -> None:
    bare = render(story(reasons=(), falls=(), portraits=()))
    for chapter in ("why", "movers", "meaning"):
        assert f'id="{chapter}"' not in bare
        assert f'href="#{chapter}"' not in bare
