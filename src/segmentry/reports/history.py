"""The part of a report on how the business went over time: what the lines show, in words that do not take a season for an effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from segmentry.plots import history as drawn
from segmentry.plots.numbers import count, money, number, share
from segmentry.reports.pictures import Picture
from segmentry.reports.story import Story

if TYPE_CHECKING:
    from segmentry.features.history import Cohorts, History, Period

YEAR = 12
FEWEST = 3


def told(story: Story) -> History | None:
    """Return the history of a story, if it has one."""
    found: History | None = getattr(story, "history", None)
    return found


def sentences(story: Story) -> tuple[str, ...]:
    """Say what the periods and cohorts show: highest and lowest, year on year, what is incomplete, who comes back."""
    history = told(story)
    if history is None:
        return ()
    whole = [each for each in history.periods if each.complete]
    parts = [*_range(history, whole, story), *_years(history, whole), *_incomplete(history), *_coming_back(history.cohorts)]
    return tuple(parts)


def _value(history: History, period: Period) -> float | None:
    first = period.new if history.source == "joined" else period.revenue
    return period.occasions if first is None and history.source == "purchases" else first


def _money(history: History) -> bool:
    return any(each.revenue is not None for each in history.periods)


def _range(history: History, whole: Sequence[Period], story: Story) -> list[str]:
    known = [(value, each) for each in whole if (value := _value(history, each)) is not None]
    if len(known) < FEWEST:
        return []
    what = "new customers" if history.source == "joined" else "net revenue" if _money(history) else "purchases"
    values = [value for value, _ in known]
    low, high = min(known, key=lambda pair: pair[0]), max(known, key=lambda pair: pair[0])
    mean = float(np.mean(values))

    def words(value: float) -> str:
        return money(value, story.currency) if what == "net revenue" else count(value)

    names = [drawn.name_of(each.first, history.unit) for each in (known[0][1], known[-1][1], low[1], high[1])]
    told = (
        f"From {names[0]} to {names[1]}, {len(known)} full {history.unit}s: {what} of {words(mean)} a {history.unit} on average, "
        f"lowest {words(low[0])} ({names[2]}), highest {words(high[0])} ({names[3]})."
    )
    caution = (
        " High and low months may be the season: compare with the same month of another year before crediting a campaign."
        if history.unit == "month"
        else " So short a time shows neither seasons nor trends."
    )
    return [told + caution]


def _years(history: History, whole: Sequence[Period]) -> list[str]:
    values = [_value(history, each) for each in whole[-2 * YEAR :]]
    known = [value for value in values if value is not None]
    if history.unit != "month" or len(known) < 2 * YEAR or sum(known[:YEAR]) <= 0:
        return []
    change = sum(known[YEAR:]) / sum(known[:YEAR]) - 1
    direction = "more" if change >= 0 else "less"
    words = f"The last twelve full months came to {share(abs(change))} {direction} than the twelve before. "
    return [words + "The same months are compared, so the season is not the reason; what is, these figures cannot say."]


def _incomplete(history: History) -> list[str]:
    cut = [drawn.name_of(each.first, history.unit) for each in history.periods if not each.complete]
    if not cut:
        return []
    verb = "is" if len(cut) == 1 else "are"
    last = "" if history.periods[-1].complete else f" (the data ends on {history.last_day.day} {history.last_day:%B %Y})"
    return [f"{' and '.join(cut)} {verb} not covered in full{last}, and in none of these figures."]


def _coming_back(cohorts: Cohorts | None) -> list[str]:
    if cohorts is None:
        return []
    first = 1 if cohorts.opening else 0
    found = [(since, value) for since in (1, 3, 6, 12) if (value := _pooled(cohorts, since, first)) is not None]
    parts = []
    if found:
        later = ", ".join(f"{share(value)} {number(since)} {'month' if since == 1 else 'months'} later" for since, value in found)
        parts.append(f"Of the customers who first bought in one of these months, buying again: {later}.")
    if cohorts.opening:
        parts.append(
            f"{drawn.name_of(cohorts.months[0], 'month')} is where the data begins: its “new” customers include everybody who had bought before, "
            "and it is left out of the shares above."
        )
    return parts


def _pooled(cohorts: Cohorts, since: int, first: int) -> float | None:
    """Return the share of all customers who could be seen so many months later that bought then; None for fewer than three cohorts."""
    if since >= cohorts.active.shape[1]:
        return None
    seen = [
        (size, float(value))
        for size, value in zip(cohorts.sizes[first:], cohorts.active[first:, since], strict=True)
        if size is not None and math.isfinite(value)
    ]
    return sum(size * value for size, value in seen) / sum(size for size, _ in seen) if len(seen) >= FEWEST else None


def pictures(story: Story) -> tuple[Picture, ...]:
    """Return revenue, customers and purchases over time."""
    history = told(story)
    if history is None:
        return ()
    made = []
    n = f"n = {count(history.customers)}" + (f" of {count(history.total)}" if history.customers != history.total else "") + " customers"
    cut = " A hollow point is a period the data does not cover in full." if not all(each.complete for each in history.periods) else ""
    # One small period takes a second one with it: see `disclosure`.
    cut += (
        " A gap hides periods of very few customers."
        if any(each.customers is None and each.new is None for each in history.periods)
        else ""
    )
    every = history.unit
    if _money(history):
        caption = f"Net revenue per {every}; returns are taken off the {every} of the purchase, so the latest may still shrink.{cut} {n}"
        made.append(_picture("over-time-revenue", drawn.revenue(history, story.currency), caption, f"Revenue per {every}", story))
    what = "New customers" if history.source == "joined" else "Customers with a purchase, and those buying for the first time,"
    made.append(_picture("over-time-customers", drawn.customers(history), f"{what} per {every}.{cut} {n}", f"Customers per {every}", story))
    if history.source == "purchases":
        caption = f"Purchases per {every}: a customer’s days with a purchase.{cut} {n}"
        made.append(_picture("over-time-purchases", drawn.occasions(history), caption, f"Purchases per {every}", story))
    return tuple(made)


def _picture(name: str, figure: dict[str, object], caption: str, title: str, story: Story) -> Picture:
    return Picture(name, figure, caption, f"{title} as a line. {' '.join(sentences(story)[:1])}".strip(), title=title)


def cohorts(story: Story) -> tuple[Picture, ...]:
    """Return the heat maps of cohorts: who comes back, and what they spend."""
    history = told(story)
    found = history.cohorts if history else None
    if history is None or found is None:
        return ()
    seen = sum(size for size in found.sizes if size is not None)
    hidden = " Empty cells are still to come, or hold fewer than five customers."
    early = f" The latest {len(found.months)} of {len(found.months) + found.left_out} months." if found.left_out else ""
    n = f"n = {count(seen)} of {count(history.total)} customers: those first seen in a full month"
    made = [
        Picture(
            "cohorts-active",
            drawn.active(found),
            f"Share of customers who buy, by month of first purchase (with the number of customers) and months since.{hidden}{early} {n}",
            f"Heat map of {len(found.months)} cohorts. {' '.join(_coming_back(found))}".strip(),
            title="Who comes back",
            minimum=_width(found),
        )
    ]
    if np.isfinite(found.revenue).any():
        unit = f", in {story.currency}" if story.currency else ""
        caption = (
            f"Net revenue of the month{unit}, per customer who first bought then, whether or not they bought again.{hidden}{early} {n}"
        )
        alt = f"Heat map of {len(found.months)} cohorts: net revenue per customer by month since the first purchase."
        made.append(Picture("cohorts-spent", drawn.spent(found), caption, alt, title="What they spend", minimum=_width(found)))
    return tuple(made)


def _width(found: Cohorts) -> int:
    return 130 + 40 * int(found.active.shape[1])


def context(story: Story) -> dict[str, object]:
    """Return what the template of the chapter needs."""
    return {"history_words": sentences(story), "history_pictures": pictures(story), "cohort_pictures": cohorts(story)}
