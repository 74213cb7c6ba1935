"""Where to stop: what the next money brings, as a picture, in words and in steps."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.plans.replay import Replay
from segmentry.plans.results import Frontier, Step
from segmentry.plots import plans as drawn
from segmentry.plots.numbers import count, money
from segmentry.reports.impact import ImpactStory
from segmentry.reports.pictures import Picture


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
        As the frontier says it.
    picture : Picture
    rows : tuple of StepRow
    remark : str
        How the optimism was removed along the line; empty where it was not.
    """

    words: tuple[str, ...]
    picture: Picture
    rows: tuple[StepRow, ...]
    remark: str = ""


def stopping(story: ImpactStory) -> Stopping | None:
    """Return the part; None without a frontier of at least two points."""
    found = story.frontier
    if found is None or len(found.steps) < 2:
        return None
    factor = removed(story.replay)
    spent = None if story.plan is None else story.plan.spent
    remark = (
        "The planner's own line is too high, because it chose where chance was kind. The other one is drawn down by what the replay found "
        "(see How sure), by the same factor at every budget: that is a guide for other budgets than this plan's, not a measurement."
        if factor is not None
        else "These are the planner's own figures. No replay could be made, so the optimism in them is not known and not removed: read them as an upper end."
    )
    picture = Picture(
        "plan-frontier", drawn.frontier(found, story.currency, spent=spent, removed=factor), _caption(story, found), _alt(story, found)
    )
    return Stopping(_words(found, spent), picture, tuple(_row(step, found, story.currency, factor) for step in found.steps), remark)


def _words(found: Frontier, spent: float | None) -> tuple[str, ...]:
    """Return what the next money brings where the plan stands, and where to stop; the other steps stand in the table."""
    stop = [words for words in found.words if words.startswith("Stop")]
    others = [words for words in found.words if not words.startswith("Stop")]
    if len(others) > 1:
        places = [abs(step.spent - (spent if spent is not None else found.stop)) for step in found.steps[: len(others)]]
        others = [others[min(range(len(places)), key=lambda place: places[place])]]
    return (*others, *stop)


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
    less = f"less than {money(found.hurdle, story.currency)} for each 1 spent" if found.hurdle else "nothing more"
    return (
        f"Expected gain after costs by money spent. “Stop here” ({money(_rounded(found.stop), story.currency)}) is from where on more money brings {less}.{n}"
        f"{money(found.hurdle, story.currency)}.{n}"
    )


def _alt(story: ImpactStory, found: Frontier) -> str:
    first, last = found.steps[0], found.steps[-1]
    ends = [f"{money(_rounded(step.gain), story.currency)} for {money(_rounded(step.spent), story.currency)}" for step in (first, last)]
    return f"Rising line that flattens: planned gain from {ends[0]} to {ends[1]}; stop at {money(_rounded(found.stop), story.currency)}."
