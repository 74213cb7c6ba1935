"""Where to stop: what the next money brings, as a picture, in words and in steps."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.plans.replay import Replay
from segmentry.plans.results import Frontier, Step
from segmentry.plots import plans as drawn
from segmentry.plots.numbers import count, money
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_grades import RANDOMISED, Badge, Claim, Sum
from segmentry.reports.pictures import Picture

FEWEST = 2


@dataclass(frozen=True, slots=True)
class StepRow:
    """One point of the frontier, as text; `following` is what the next 1,000 brings there."""

    spent: str
    treated: str
    gain: str
    promised: str
    following: str
    last: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """The part "Where to stop".

    Parameters
    ----------
    words : tuple of str
    picture : Picture
    rows : tuple of StepRow
    remark : str
        How the optimism was removed along the line; empty where it was not.
    """

    words: tuple[str, ...]
    picture: Picture
    rows: tuple[StepRow, ...]
    remark: str = ""


def stopping(story: ImpactStory, badge: Badge | None) -> Stopping | None:
    """Return the part; None without a frontier of at least two points.

    Parameters
    ----------
    story : ImpactStory
    badge : Badge or None
        What the planner's own sums rest on. Only of what was all tried by lot can the optimism be taken out along the line.
    """
    found = story.frontier
    if found is None or len(found.steps) < FEWEST:
        return None
    factor = removed(story.replay) if badge is RANDOMISED else None
    spent = None if story.plan is None else story.plan.spent
    remark = (
        "The planner's own line is too high, because it chose where chance was kind. The other one is drawn down by what the replay found "
        "(see How sure), by the same factor at every budget: that is a guide for other budgets than this plan's, not a measurement."
        if factor is not None and factor.value < 1
        else "On customers the plan was not made from, it did as well as planned (see How sure), so nothing is taken off. The band is what the replay found, "
        "by the same factor at every budget: a guide for other budgets than this plan's, not a measurement."
        if factor is not None
        else "These are the planner's own figures: the optimism in them is not known as a whole, and not removed. Read them as an upper end."
    )
    if story.replay is not None and not story.replay.certain:
        remark += " None of it may be promised: on customers the plan was not made from, it earned nothing beyond chance."
    picture = Picture(
        "plan-frontier", drawn.frontier(found, story.currency, spent=spent, removed=factor), _caption(story, found), _alt(story, found)
    )
    return Stopping(
        _words(found, spent, story.currency), picture, tuple(_row(step, found, story.currency, factor) for step in found.steps), remark
    )


def where(found: Frontier, currency: str) -> str:
    """Say where to stop.

    Examples
    --------
    >>> where(Frontier((), 41_234.0, 0.0, ()), "£")
    'Stop at £41,200: more money brings nothing more after costs.'
    """
    less = f"less than {money(found.hurdle, currency)} for each {money(1, currency)} spent" if found.hurdle else "nothing more after costs"
    return f"Stop at {money(_rounded(found.stop), currency)}: more money brings {less}."


def _words(found: Frontier, spent: float | None, currency: str) -> tuple[str, ...]:
    """Return what the next money brings where the plan stands, and where to stop."""
    if spent is None:
        return (where(found, currency),)
    step = min(found.steps, key=lambda each: abs(each.spent - spent))
    following = money(_rounded(1000 * step.price), currency)
    here = (
        f"At {money(_rounded(step.spent), currency)}, near what the plan spends, the next {money(1000, currency)} brings at most about {following} "
        "after costs, as planned."
    )
    return (here, where(found, currency)) if step.price > 0 else (where(found, currency),)


def stopping_claims(story: ImpactStory, badge: Badge | None) -> tuple[Claim, ...]:
    """Return the gain as planned near the place to stop; none where it rests on nothing."""
    found = story.frontier
    if found is None or len(found.steps) < FEWEST or badge is None:
        return ()
    step = min(found.steps, key=lambda each: abs(each.budget - found.stop))
    gain = Sum(money(_rounded(step.gain), story.currency), "", badge, "the frontier, optimism still in it")
    return (Claim("plan", f"Gain as planned with {money(_rounded(step.spent), story.currency)} spent, near the place to stop", gain),)


def removed(replay: Replay | None) -> drawn.Removed | None:
    """Return by what factor planned gains are to be drawn down; None where no replay says so.

    Examples
    --------
    >>> removed(None) is None
    True
    """
    if replay is None or replay.planned <= 0:
        return None
    low, high = (min(max(part, 0.0), replay.planned) / replay.planned for part in (replay.revalued.low, replay.revalued.high))
    return drawn.Removed(replay.promised / replay.planned, min(low, replay.promised / replay.planned), high)


def _row(step: Step, found: Frontier, currency: str, factor: drawn.Removed | None) -> StepRow:
    treated = f"under {FLOOR}" if 0 < step.treated < FLOOR else count(step.treated)
    promised = "" if factor is None else money(_rounded(step.gain * factor.value), currency)
    following = money(_rounded(1000 * step.price), currency)
    return StepRow(
        money(step.spent, currency), treated, money(_rounded(step.gain), currency), promised, following, step.price < found.hurdle
    )


def _rounded(value: float) -> float:
    """Three significant digits: an expectation is not known better."""
    return float(f"{value:.3g}")


def _caption(story: ImpactStory, found: Frontier) -> str:
    n = f" n = {count(len(story.plan))} customers." if story.plan is not None else ""
    return f"Expected gain after costs by money spent. {where(found, story.currency)}{n}"


def _alt(story: ImpactStory, found: Frontier) -> str:
    first, last = found.steps[0], found.steps[-1]
    ends = [f"{money(_rounded(step.gain), story.currency)} for {money(_rounded(step.spent), story.currency)}" for step in (first, last)]
    return f"Rising line that flattens: planned gain from {ends[0]} to {ends[1]}; stop at {money(_rounded(found.stop), story.currency)}."
