"""The chapter "The plan": who gets what, what it costs and may be expected to bring, who is left out and why, what limits it, and where to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.plans.evidence import Graded
from segmentry.plans.results import Allocation, Conflict, Limit, Portion
from segmentry.plots import plans as drawn
from segmentry.plots.numbers import NOTHING, count, money, share
from segmentry.plots.theme import colour
from segmentry.preparation.words import listed
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_cells import Cells, cells
from segmentry.reports.impact_frontier import Stopping, stopping, stopping_claims
from segmentry.reports.impact_grades import BADGES, MIXED, Badge, Claim, Sum, badge, graded, lines
from segmentry.reports.pictures import Picture

ROWS_SHOWN = 6
_HEAT_WIDTH = 60
_CERTAIN = 1e-4
LIMITS = {"budget": "Budget", "capacity": "Capacity of a channel", "reach": "Least reach of a segment"}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer, as text.

    Parameters
    ----------
    name, channel, customers, of, cost, planned : str
        `of` is how many could have been given it.
    figure : Sum or None
        What may be promised of it; None where nobody can say.
    badge : Badge or None
        What its gain rests on; None where it rests on nothing, and then no gain is told.
    source : str
    """

    name: str
    channel: str
    customers: str
    of: str
    cost: str
    planned: str
    figure: Sum | None
    badge: Badge | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """One segment and offer, as text."""

    segment: str
    offer: str
    channel: str
    customers: str
    share: str
    cost: str
    planned: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit, as text; `name` as its maker wrote it."""

    kind: str
    name: str
    used: str
    allowed: str
    words: str
    binding: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_plan.html` shows.

    Parameters
    ----------
    lead : tuple of str
    objective : str
        What the plan weighs, as it was written.
    mixed : str
        Of which kinds of evidence the planner's own gains are added up; empty where of one.
    conflict : Conflict or None
    promised : tuple of Sum
        One line per grade, never added up.
    nothing : tuple of str
        Offers without a figure, and what to do instead.
    offers : tuple of OfferRow
    rows, more : tuple of PlacedRow
        The largest first; what is beyond the first few stands in a fold.
    pictures : tuple of Picture
    left_out : tuple of (words, what they would have brought at most, badge or None)
    limits : tuple of Bound
    stopping : Stopping or None
    notes : tuple of str
    claims : tuple of Claim
    """

    lead: tuple[str, ...] = ()
    objective: str = ""
    mixed: str = ""
    conflict: Conflict | None = None
    promised: tuple[Sum, ...] = ()
    nothing: tuple[str, ...] = ()
    offers: tuple[OfferRow, ...] = ()
    rows: tuple[PlacedRow, ...] = ()
    more: tuple[PlacedRow, ...] = ()
    pictures: tuple[Picture, ...] = ()
    left_out: tuple[tuple[str, str, Badge | None], ...] = ()
    limits: tuple[Bound, ...] = ()
    stopping: Stopping | None = None
    notes: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; None when there is no plan and nobody asked for one."""
    nothing = tuple(figure.words for figure in story.without_figure)
    plan = story.plan
    if plan is None:
        if story.conflict is None and not nothing and "plan" not in story.refusals:
            return None
        return Chapter(conflict=story.conflict, nothing=nothing)
    found = cells(plan, story.segment_ids)
    placed = _placed(story, plan, found)
    promised = lines(story.expected, story.currency)
    return Chapter(
        lead=tuple(words for words in (whom(plan, story.currency), _best(plan)) if words),
        objective=plan.objective,
        mixed=mixed(story, plan),
        promised=promised,
        nothing=nothing,
        offers=_offers(story, plan),
        rows=placed[:ROWS_SHOWN],
        more=placed[ROWS_SHOWN:],
        pictures=_pictures(plan, found),
        left_out=_left_out(story, plan),
        limits=tuple(_limit(limit, story.currency) for limit in plan.limits),
        stopping=stopping(story, planned(story, plan)),
        notes=tuple(note.words for note in plan.notes),
        claims=_claims(story, plan, promised),
    )


def people(customers: int) -> str:
    """Return a number of customers; a few are not told.

    Examples
    --------
    >>> people(1), people(0), people(5200)
    ('fewer than 5 customers', 'no customer', '5,200 customers')
    """
    if 0 < customers < FLOOR:
        return f"fewer than {FLOOR} customers"
    return f"{count(customers)} customers" if customers else "no customer"


def whom(plan: Allocation, currency: str) -> str:
    """Say how many get an offer, which one most of them get, and what it costs."""
    return _given(plan) or f"The plan gives {_offered(plan)}, and spends {money(plan.spent, currency)}."


def order(plan: Allocation, currency: str) -> str:
    """Say the same as what to do."""
    return _given(plan) or f"Give {_offered(plan)}, and spend {money(plan.spent, currency)}."


def _given(plan: Allocation) -> str:
    """Say it of a plan that gives nobody an offer, or only a few; empty for any other."""
    if not plan.treated:
        return f"The plan gives nobody an offer: for none of the {count(len(plan))} customers does one earn more than it costs within the limits."
    if plan.treated < FLOOR:
        return f"The plan gives {people(plan.treated)} of {count(len(plan))} an offer."
    return ""


def _offered(plan: Allocation) -> str:
    shown = [portion for portion in plan.by_offer if portion.customers]
    most = max(shown, key=lambda portion: portion.customers or 0, default=None)
    part = "" if most is None else "all of them" if most.customers == plan.treated else f"{count(most.customers)} of them"
    mostly = f", {part} “{most.name}”" if most is not None and len(plan.offers) > 1 else ""
    return f"{count(plan.treated)} of {count(len(plan))} customers ({share(plan.treated / len(plan))}) an offer{mostly}"


def _best(plan: Allocation) -> str:
    if not plan.treated:
        return ""
    if plan.gap <= 0:
        near = "No other plan within the limits has a higher expected gain."
    elif plan.gap < _CERTAIN:
        near = "No other plan within the limits can be expected to gain more than a ten-thousandth more; that is proven."
    else:
        near = f"No other plan within the limits can be expected to gain more than {share(plan.gap)} more; that is proven."
    return near


def _offers(story: ImpactStory, plan: Allocation) -> tuple[OfferRow, ...]:
    figures = {each.offer: each.figure for each in story.figures}
    rows = []
    for offer, portion in zip(plan.offers, plan.by_offer, strict=True):
        figure = figures.get(offer.name)
        customers, of, cost, planned = _portion(portion, story.currency)
        head = (offer.name, offer.channel or "no channel", customers, of, cost)
        if not isinstance(figure, Graded):
            rows.append(OfferRow(*head, NOTHING, None, None))
            continue
        if portion.customers == 0:
            rows.append(OfferRow(*head, NOTHING, None, badge(figure.grade, gross=figure.gross)))
            continue
        told = graded(figure, story.currency)
        rows.append(OfferRow(*head, planned, told if portion.customers is not None else None, told.badge, figure.source))
    return tuple(rows)


def _badges(story: ImpactStory) -> dict[str, Badge]:
    """Return what the gain of each offer rests on; offers without a figure are not among them."""
    return {each.offer: badge(each.figure.grade, gross=each.figure.gross) for each in story.figures if isinstance(each.figure, Graded)}


def mixed(story: ImpactStory, plan: Allocation) -> str:
    """Say of which kinds of evidence the planner's own sum of gains is made; empty where it is of one kind."""
    badges, sums = _badges(story), {each.words: 0.0 for each in BADGES}
    nothing = 0.0
    for portion in plan.by_offer:
        gain = abs(portion.gain or 0.0)
        if portion.name in badges:
            sums[badges[portion.name].words] += gain
        else:
            nothing += gain
    sums["without a figure"] = nothing
    total = sum(sums.values())
    parts = [f"{share(each / total)} {words}" for words, each in sums.items() if each > 0] if total > 0 else []
    if len(parts) < 2:
        return ""
    return (
        f"The planner weighs all offers by one measure, so its own gains add up kinds of evidence: {listed(parts)}. "
        "Take them for an order of offers and budgets, not for a promise."
    )


def _portion(portion: Portion, currency: str) -> tuple[str, str, str, str]:
    """Return customers, out of how many, cost and planned gain."""
    of = "hidden" if portion.of is None else count(portion.of)
    if portion.customers is None:
        return "hidden", of, "hidden", "hidden"
    return count(portion.customers), of, money(portion.spend, currency), money(_known(portion.gain), currency)


def _known(gain: float | None) -> float | None:
    """Return an expected gain to three digits: no expectation is known better."""
    return None if gain is None else float(f"{gain:.3g}")


def _placed(story: ImpactStory, plan: Allocation, found: Cells) -> tuple[PlacedRow, ...]:
    """Segment by offer, the most customers first, hidden ones last; who gets no offer stands in the picture."""
    rows: list[tuple[int, PlacedRow]] = []
    badges = _badges(story)
    for row, name in enumerate(found.segments):
        size = int(found.customers[row].sum())
        for column, offer in enumerate(plan.offers):
            customers = int(found.customers[row, column])
            if not customers:
                continue
            head = (name, offer.name, offer.channel or "no channel")
            if found.hidden[row, column]:
                rows.append((0, PlacedRow(*head, "hidden", NOTHING, NOTHING, NOTHING, None)))
                continue
            spend = money(float(found.spend[row, column]), story.currency)
            gain = money(_known(float(found.gain[row, column])), story.currency)
            grade = badges.get(offer.name)
            told = gain if grade is not None else NOTHING
            rows.append((customers, PlacedRow(*head, count(customers), share(customers / size), spend, told, grade)))
    return tuple(row for _, row in sorted(rows, key=lambda pair: -pair[0]))


def _pictures(plan: Allocation, found: Cells) -> tuple[Picture, ...]:
    if plan.treated < FLOOR:
        return ()
    made = [_heat(plan, found)]
    if len({offer.channel for offer in plan.offers}) > 1 or len(found.segments) > 1:
        made.append(_stack(plan, found))
    return tuple(made)


def _heat(plan: Allocation, found: Cells) -> Picture:
    sizes = found.customers.sum(axis=1)
    grid = [
        [
            drawn.Cell(None, None)
            if found.hidden[row, column]
            else drawn.Cell(int(found.customers[row, column]), float(found.customers[row, column] / max(sizes[row], 1)))
            for column in range(len(found.columns))
        ]
        for row in range(len(found.segments))
    ]
    names = list(found.segments)
    hidden = " Cells of few customers are hidden, and so is what would give them away." if found.hidden.any() else ""
    caption = f"Share of each segment's customers by what they get; each row adds up to 100%. n = {count(len(plan))} customers.{hidden}"
    alt = "Table of shares in colour: segments by offer. " + "; ".join(_most(found, row, name) for row, name in enumerate(names)) + "."
    return Picture("plan-heat", drawn.heat(names, found.columns, grid), caption, alt, minimum=116 + _HEAT_WIDTH * len(found.columns))


def _most(found: Cells, row: int, name: str) -> str:
    shown = [column for column in range(len(found.columns)) if not found.hidden[row, column]]
    best = max(shown, key=lambda column: found.customers[row, column], default=None)
    if best is None:
        return f"{name}: hidden"
    return f"{name}: mostly {found.columns[best]} ({share(found.customers[row, best] / max(int(found.customers[row].sum()), 1))})"


def _stack(plan: Allocation, found: Cells) -> Picture:
    used = [place for place in range(len(plan.offers)) if found.customers[:, place].any()]
    channels = list(dict.fromkeys(plan.offers[place].channel or "no channel" for place in used))
    stacks = []
    for row, name in enumerate(found.segments):
        lengths = []
        for channel in channels:
            columns = [place for place, offer in enumerate(plan.offers) if (offer.channel or "no channel") == channel]
            hidden = bool(found.hidden[row, columns].any())
            lengths.append(None if hidden else int(found.customers[row, columns].sum()))
        tint = colour(found.ids[row])
        stacks.append(drawn.Stack(name, tint, tuple(lengths)))
    told = "; ".join(f"{channel}: {count(sum(stack.lengths[place] or 0 for stack in stacks))}" for place, channel in enumerate(channels))
    left_out = " Few customers of a segment on a channel are left out." if found.hidden.any() else ""
    caption = f"Customers who get an offer, by channel and segment. n = {count(plan.treated)} customers.{left_out}"
    return Picture(
        "plan-channels",
        drawn.stacked(channels, stacks, title="customers who get an offer"),
        caption,
        f"Stacked bars of customers by channel. {told}.",
    )


def planned(story: ImpactStory, plan: Allocation) -> Badge | None:
    """Return what the planner's own sums over all offers rest on; None where some of it rests on nothing."""
    badges = _badges(story)
    used = [portion.name for portion in plan.by_offer if portion.customers != 0]
    if not used or not all(name in badges for name in used):
        return None
    kinds = {badges[name] for name in used}
    return kinds.pop() if len(kinds) == 1 else MIXED


def _left_out(story: ImpactStory, plan: Allocation) -> tuple[tuple[str, str, Badge | None], ...]:
    rows: list[tuple[str, str, Badge | None]] = []
    grade = planned(story, plan)
    for each in plan.eligibility.exclusions:
        if not each.customers:
            continue
        few = each.customers < FLOOR
        words = f"Fewer than {FLOOR} not asked: {each.words.partition(': ')[2] or each.kind}" if few else each.words
        nothing = few or grade is None or not each.worth or each.worth <= 0
        worth = "" if nothing else money(float(f"{each.worth:.3g}"), story.currency)
        rows.append((words, worth, grade))
    idle = len(plan) - plan.treated - sum(each.customers for each in plan.eligibility.exclusions)
    if idle >= FLOOR:
        rows.append(
            (f"{count(idle)} could have been asked and are not: no offer is worth its cost to them, or a limit is reached", "", None)
        )
    return tuple(rows)


def _limit(limit: Limit, currency: str) -> Bound:
    form = (lambda value: money(value, currency)) if limit.kind == "budget" else count
    allowed = f"at least {form(limit.allowed)}" if limit.kind == "reach" else form(limit.allowed)
    return Bound(
        LIMITS[limit.kind],
        limit.name,
        form(limit.used),
        allowed if math.isfinite(limit.allowed) else "no limit",
        limit.words,
        limit.price > 0,
    )


def _claims(story: ImpactStory, plan: Allocation, promised: tuple[Sum, ...]) -> tuple[Claim, ...]:
    whole = [Claim("plan", "The whole plan may be expected to bring after costs", each) for each in promised]
    rows = _offers(story, plan)
    parts = [Claim("plan", f"“{row.name}” may be expected to bring after costs", row.figure) for row in rows if row.figure is not None]
    own = [
        Claim("plan", f"“{row.name}”: gain as planned, optimism still in it", Sum(row.planned, "", row.badge, row.source))
        for row in rows
        if row.badge is not None and row.planned not in ("hidden", NOTHING)
    ]
    left = [
        Claim("plan", f"At most forgone: {words}", Sum(worth, "", grade, "the plan's prices"))
        for words, worth, grade in _left_out(story, plan)
        if worth and grade is not None
    ]
    return (*whole, *(parts if len(rows) > 1 else ()), *own, *left, *stopping_claims(story, planned(story, plan)))
