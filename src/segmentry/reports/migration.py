"""The page of ``segmentry compare``: what changed between two segmentations and by what, for whoever signs the new one.

Holds no ids; cells of fewer than five customers are not told.
"""

from __future__ import annotations

from typing import Any

from segmentry.disclosure import FLOOR
from segmentry.matrix import Column
from segmentry.plots import migration as drawn
from segmentry.plots.numbers import NOTHING, amount, count, money, share
from segmentry.plots.segments import numbered
from segmentry.plots.theme import colour
from segmentry.reports import verdicts
from segmentry.reports.comparison import Comparison, day
from segmentry.reports.opening import Tile
from segmentry.reports.pictures import Picture
from segmentry.reports.verdicts import shown
from segmentry.segments.migration import ASIDE, GONE, NEW, Flow

FEATURES_SHOWN = 6


def render(story: Comparison) -> str:
    """Return the page as one HTML text, complete in itself; the same story gives the same bytes."""
    from markupsafe import Markup

    from segmentry.plots.theme import javascript
    from segmentry.reports.page import asset, environment

    context = {
        "story": story,
        "kind": "Comparison of two segmentations",
        "title": f"{capped(day(story.old))} against {day(story.new)}",
        "css": asset("page.css") + asset("comparison.css"),
        "js": asset("page.js"),
        "plotly": Markup(javascript()),  # noqa: S704 - from the installed package
        "chapters": contents(story),
        "summary": verdicts.sentences(story),
        "tiles": tiles(story),
        "stamp": verdicts.STAMPS[story.decision.verdict],
        "old_day": day(story.old),
        "new_day": day(story.new),
        "picture_of_flows": picture(story),
        "matrix": matrix(story),
        "reasons": why(story),
        "segments": segments(story),
        "sizes": balance(story),
        "aside": next((story.names[ASIDE] for flow in story.flows if ASIDE in {flow.source, flow.target}), ""),
        "meaning": meaning(story),
        "falls": falls(story),
        "counted": verdicts.counted(story),
        "caveats": verdicts.caveats(story),
        "mark_colours": {size.segment: colour(size.segment) for size in story.sizes},
    }
    return environment().get_template("comparison.html").render(context)


def contents(story: Comparison) -> tuple[tuple[str, str], ...]:
    """Return the chapters: id and words."""
    return (
        ("summary", "Summary"),
        ("flows", "Who went where"),
        *([("why", "Why customers moved")] if story.reasons else []),
        *([("movers", "Worth acting on")] if story.falls else []),
        ("segments", "What became of each segment"),
        *([("meaning", "Do they mean the same?")] if story.portraits and story.columns else []),
        ("signing", "Sign-off"),
        ("method", "How it was counted"),
    )


def capped(text: str) -> str:
    """Return text with a capital first letter."""
    return text[:1].upper() + text[1:]


def tiles(story: Comparison) -> tuple[Tile, ...]:
    """Return the key figures."""
    parts = story.parts

    def part(customers: int) -> str:
        return share(customers / parts.compared) if parts.compared else NOTHING

    found = [
        Tile("Segments found again", f"{len(story.found.pairs)} of {story.old.segments}", f"{story.new.segments} segments now"),
        Tile("Customers moved", part(parts.customers_moved), f"{shown(parts.customers_moved)}: they changed"),
        Tile("Model moved", part(parts.model_moved), f"{shown(parts.model_moved)}: same day, other model"),
        Tile("Joined", shown(parts.joined), "in no segment before"),
    ]
    if story.at_stake is not None and story.fell >= FLOOR:
        found.append(Tile("Revenue at stake", money(story.at_stake, story.currency), f"brought by {shown(story.fell)} who fell"))
    return tuple(found)


def picture(story: Comparison) -> Picture:
    """Return the Sankey diagram."""
    old, new = day(story.old), day(story.new)
    figure = drawn.flows(story.steps, story.names, titles=(old, f"{new}, old model", f"{new}, new model"))
    total = sum(n for *_, n in story.steps[0])
    caption = (
        "Strong bands change their segment: left of the middle because customers changed, right of it only because the model did. "
        f"n = {count(total)} customers"
    )
    flows = (f"{story.names[flow.source]} to {story.names[flow.target]}: {drawn.people(flow.customers)}" for flow in story.flows)
    return Picture("flows", figure, caption, "; ".join(flows) + ".", minimum=640)


def matrix(story: Comparison) -> dict[str, Any]:
    """Return the migration matrix: heads, and rows of cells with count, share of the row and what moved them."""
    order = {segment: place for place, segment in enumerate([*sorted(size.segment for size in story.sizes), ASIDE, NEW, GONE])}
    sources = sorted({flow.source for flow in story.flows}, key=order.__getitem__)
    targets = sorted({flow.target for flow in story.flows}, key=order.__getitem__)
    cells = {(flow.source, flow.target): flow for flow in story.flows}
    rows = []
    for source in sources:
        total = sum(flow.customers for flow in story.flows if flow.source == source)
        rows.append((_name(story, source), shown(total), [_cell(cells.get((source, target)), total) for target in targets]))
    sums = [shown(sum(flow.customers for flow in story.flows if flow.target == target)) for target in targets]
    return {
        "heads": [_name(story, target) for target in targets],
        "rows": rows,
        "sums": sums,
        "total": shown(sum(flow.customers for flow in story.flows)),
    }


def _cell(flow: Flow | None, total: int) -> dict[str, Any]:
    if flow is None:
        return {"count": NOTHING, "share": "", "by": "", "same": False}
    hidden = flow.customers < FLOOR
    return {
        "count": shown(flow.customers),
        "share": "" if hidden else share(flow.customers / total),
        "by": "" if hidden else _by(flow),
        "same": flow.source == flow.target,
    }


def _by(flow: Flow) -> str:
    """Return what moved the customers of a flow; single customers are not told."""
    parts = [(n, words) for n, words in ((flow.by_customers, "themselves"), (flow.by_model, "the model")) if n]
    if len(parts) < 2:
        return "".join(f"by {words}" for _, words in parts)
    if min(parts)[0] < FLOOR:
        return f"mostly by {max(parts)[1]}" if max(parts)[0] >= FLOOR else ""
    return ", ".join(f"{count(n)} by {words}" for n, words in parts)


def _name(story: Comparison, segment: int) -> str:
    return numbered(segment, story.names[segment])


def why(story: Comparison) -> list[dict[str, Any]]:
    """Return for each large flow of customers what they did unlike those who stayed."""
    found = []
    for reason in story.reasons:
        shifts = []
        for shift in reason.shifts:
            column = story.columns[shift.feature]
            moved = _span(story, column, shift.before, shift.after)
            told_stayed = "" if shift.stayed_before is None else _span(story, column, shift.stayed_before, shift.stayed_after)
            shifts.append({"words": column.words, "moved": moved, "stayed": told_stayed})
        found.append(
            {
                "source": _name(story, reason.source),
                "target": _name(story, reason.target),
                "customers": shown(reason.customers),
                "shifts": shifts,
            }
        )
    return found


def _span(story: Comparison, column: Column, one: float | None, other: float | None) -> str:
    bare = amount(one, kind=column.kind, unit=column.unit, currency=story.currency, bare=other is not None)
    return f"{bare} → {_value(story, column, other)}"


def _value(story: Comparison, column: Column, value: float | None) -> str:
    return amount(value, kind=column.kind, unit=column.unit, currency=story.currency)


def falls(story: Comparison) -> list[tuple[str, str, str, str, str]]:
    """Return the customers worth acting on by flow: from, to, customers, revenue, revenue per customer."""
    return [
        (
            _name(story, fall.source),
            _name(story, fall.target),
            shown(fall.customers),
            NOTHING if fall.revenue is None or fall.customers < FLOOR else money(fall.revenue, story.currency),
            NOTHING if fall.revenue is None or fall.customers < FLOOR else money(fall.revenue / fall.customers, story.currency),
        )
        for fall in story.falls
    ]


def segments(story: Comparison) -> list[dict[str, Any]]:
    """Return what became of each segment of the ledger: its name, what happened, how alike it is, its sizes."""
    pairs = {pair.old: pair for pair in story.found.pairs}
    found = []
    for entry in (entry for entry in story.book.entries if entry.id in story.found.old or entry.died is None):
        own = story.own_names.get(entry.id, "")
        pair = pairs.get(entry.id)
        found.append(
            {
                "id": entry.id,
                "colour": colour(entry.id),
                "name": _name(story, entry.id),
                "what": verdicts.fate(story, entry),
                "overlap": "" if pair is None else share(pair.overlap),
                "own": own if own != entry.name else "",
                "before": next((shown(size.before) for size in story.sizes if size.segment == entry.id and size.before), NOTHING),
                "after": next((shown(size.after) for size in story.sizes if size.segment == entry.id and size.after), NOTHING),
            }
        )
    return found


def balance(story: Comparison) -> list[tuple[str, str, str, str, str, str, str]]:
    """Return how each segment came to its size: signed counts."""
    return [
        (
            _name(story, size.segment),
            count(size.before),
            verdicts.signed(size.by_customers),
            verdicts.signed(size.by_model),
            verdicts.signed(size.joined),
            verdicts.signed(-size.left),
            count(size.after),
        )
        for size in story.sizes
    ]


def meaning(story: Comparison) -> dict[str, Any]:
    """Return the typical customer of each segment by the old and the new model, and which figures differ by more than a tenth."""
    columns = story.columns[:FEATURES_SHOWN]
    rows = []
    for portrait in story.portraits:
        cells = []
        for column, old, new in zip(columns, portrait.old, portrait.new, strict=False):
            apart = old is not None and new is not None and abs(new - old) > 0.1 * max(abs(old), abs(new))
            cells.append({"words": column.words, "span": _span(story, column, old, new), "apart": apart})
        rows.append({"id": portrait.segment, "name": _name(story, portrait.segment), "cells": cells})
    return {"heads": [column.words for column in columns], "rows": rows}
