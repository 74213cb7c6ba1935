"""The chapter on the audit: what each piece of dirt would have changed, had it been left untreated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.plots.numbers import NOTHING, count, share
from segmentry.reports.story import Story

if TYPE_CHECKING:
    from segmentry.explore.audit import AuditItem, Comparison


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of dirt in the table."""

    title: str
    count: str
    sentence: str
    moved: str
    shifted: str
    agreement: str
    segments: str
    customers: str
    shares: tuple[tuple[str, str, str], ...]


def told(story: Story) -> tuple[AuditItem, ...]:
    """Return the items of a story's audit, most harmful first; empty when none was asked for."""
    items: tuple[AuditItem, ...] = getattr(story, "audit", ())
    return items


def rows(story: Story) -> tuple[Row, ...]:
    """Return the table of the audit, in the order of the items."""
    return tuple(_row(item) for item in told(story))


def _row(item: AuditItem) -> Row:
    found = item.comparison
    if found is None:
        return Row(item.title, count(item.count), item.sentence, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, ())
    return Row(
        item.title,
        count(item.count),
        item.sentence,
        share(found.moved),
        share(found.shifted),
        f"{found.ari:.2f}".replace("-", "−"),
        str(found.k_after) if found.k_after == found.k_before else f"{found.k_before} → {found.k_after}",
        _customers(found),
        tuple((shift.name, share(shift.before), share(shift.after)) for shift in found.shifts),
    )


def _customers(found: Comparison) -> str:
    parts = [f"{count(found.left)} out" if found.left else "", f"{count(found.entered)} in" if found.entered else ""]
    return ", ".join(part for part in parts if part) or "the same"


def opening(story: Story) -> str:
    """Return the sentence under the heading: how many treatments were left out, and how much plain refits change."""
    items = told(story)
    if not items:
        return ""
    each = "The treatment was left out" if len(items) == 1 else f"Each of {len(items)} treatments was left out in turn"
    words = f"{each} and the segments were found again: the same method, number of segments and date."
    if story.stability is not None:
        words += (
            f" For comparison: with the same data, drawing the customers anew leaves an agreement of {story.stability.ari:.2f} "
            "(1 is the same segments, 0 is chance). What stays above that changes nothing that counts."
        )
    return words


def context(story: Story) -> dict[str, object]:
    """Return what the template of the chapter needs."""
    money = any(profile.revenue_share is not None for profile in story.profiles)
    return {"audit_rows": rows(story), "audit_opening": opening(story), "audit_share": "Revenue" if money else "Customers"}
