"""The chapter with other ways to look at the customers: RFM, product types, seasons, places, own rules, a second level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segmentry.plots import views as drawn
from segmentry.plots.numbers import NOTHING, count, money, number, share
from segmentry.plots.segments import numbered
from segmentry.reports.pictures import Picture
from segmentry.segments.results import SegmentProfile
from segmentry.segments.sideview import SideRow, SideView

_NEARLY, _SOME = 0.8, 0.2


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; the first cell of a row is its heading, with a remark under it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One view in the report.

    Parameters
    ----------
    id, title : str
    lead : str
        The sentence to read.
    remarks : tuple of str
        More of them, for who wants to know.
    pictures : tuple of Picture
    figures, crossing : Table or None
        Folded away.
    """

    id: str
    title: str
    lead: str
    remarks: tuple[str, ...]
    pictures: tuple[Picture, ...]
    figures: Table | None
    crossing: Table | None


def chapters(views: Sequence[SideView], profiles: Sequence[SegmentProfile], currency: str = "") -> tuple[Chapter, ...]:
    """Return one chapter per view.

    Parameters
    ----------
    views : sequence of SideView
    profiles : sequence of SegmentProfile
        Of the main segments, for their names.
    currency : str
    """
    names = {profile.id: numbered(profile.id, profile.name) for profile in profiles}
    return tuple(_chapter(view, names, currency) for view in views)


def _chapter(view: SideView, names: Mapping[int, str], currency: str) -> Chapter:
    lead, *more = view.words or ("",)
    agreed = _agreement(view)
    return Chapter(
        f"view-{view.name}",
        view.title,
        lead,
        (*more, *([agreed] if agreed else [])),
        _pictures(view, currency),
        _figures(view.rows, currency),
        _crossing(view, names),
    )


def _agreement(view: SideView) -> str:
    if view.agreement is None:
        return ""
    told = (
        "nearly the same groups"
        if view.agreement >= _NEARLY
        else "related to the segments, but not the same"
        if view.agreement >= _SOME
        else "another question than that of the segments"
    )
    figure = number(round(view.agreement, 2) + 0.0)
    about = "Agreement with the segments of this report, among the customers who are in a group of this view"
    return f"{about}: {figure} (adjusted Rand index: 1 is the same, 0 is chance), {told}."


def _pictures(view: SideView, currency: str) -> tuple[Picture, ...]:
    shown = [row for row in view.rows if row.customers is not None]
    if not shown:
        return ()
    n = sum(row.customers or 0 for row in shown)
    worth = any(row.revenue_share is not None for row in shown)
    alt = "; ".join(f"{row.name}: {share(row.share)} of customers" + _also(row) for row in shown)
    hidden = "; groups under 5 customers are left out" if len(shown) < len(view.rows) else ""
    reading = "; where the bar of revenue is the longer one, a customer brings more than the average" if worth else ""
    caption = f"{'Size and revenue' if worth else 'Size'} of each group{reading}{hidden}. n = {count(n)} customers"
    pictures = [Picture(f"{view.name}-sizes", drawn.sizes(view.rows, currency), caption, f"{alt}.")]
    if view.grid is not None:
        cells = [size for row in view.grid.customers for size in row if size]
        under = " Cells under 5 customers are hidden." if any(size is None for row in view.grid.customers for size in row) else ""
        told = (
            f"Each cell: customers{' and their revenue' if worth else ''}, the darker the more customers. Top right are those who bought lately and often, "
            f"bottom left those who bought little, long ago.{under} n = {count(sum(cells))} customers"
        )
        said = f"{len(cells)} cells with customers, the largest with {count(max(cells, default=0))}."
        pictures.append(
            Picture(f"{view.name}-grid", drawn.grid(view.grid, currency), told, said, title="Last purchase by number of purchases")
        )
    return tuple(pictures)


def _also(row: SideRow) -> str:
    return "" if row.revenue_share is None else f", {share(row.revenue_share)} of revenue"


def _figures(rows: Sequence[SideRow], currency: str) -> Table | None:
    if not rows:
        return None
    worth = any(row.revenue is not None for row in rows)
    head = ("Group", "Customers", "Share", *(("Revenue", "Share of revenue", "Per customer") if worth else ()))
    return Table(head, tuple((row.name, row.words, _row(row, currency, worth=worth)) for row in rows))


def _row(row: SideRow, currency: str, *, worth: bool) -> tuple[str, ...]:
    if row.customers is None:
        return ("hidden", *([NOTHING] * (4 if worth else 1)))
    sizes = (count(row.customers), share(row.share))
    if not worth:
        return sizes
    each = None if row.revenue is None or not row.customers else row.revenue / row.customers
    return (*sizes, money(row.revenue, currency), share(row.revenue_share), money(each, currency))


def _crossing(view: SideView, names: Mapping[int, str]) -> Table | None:
    meeting = view.meeting
    if meeting is None or view.name == "levels":
        return None
    groups = {row.id: row.name for row in view.rows}
    columns = [names.get(segment, str(segment)) for segment in meeting.segments]
    rows = tuple(
        (groups.get(group, str(group)), "", tuple("few" if row[place] is None else count(row[place]) for row in meeting.customers))
        for place, group in enumerate(meeting.groups)
    )
    return Table(("Group", *columns), rows)
