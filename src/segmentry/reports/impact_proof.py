"""The chapter "How sure": what is left of the plan on customers it was not made from, whether segmenting pays, whether offers differ by who people are."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.plans.replay import NOBODY, Alternative, Replay
from segmentry.plans.segmenting import Paired, SegmentChoice, Segmenting
from segmentry.plots.forest import Row, Scale, forest
from segmentry.plots.numbers import NOTHING, count, money, share
from segmentry.plots.theme import inert
from segmentry.reports.contacting import bounded
from segmentry.reports.estimates import rounded_by
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_fairness import Fair, fair
from segmentry.reports.impact_grades import RANDOMISED, Claim, estimate
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate

WAYS = {"nobody": "Nobody", "one": "One offer for all", "segment": "By segment", "individual": "By individual score"}
STAMPS = {
    "nobody": "No: nothing was shown to pay",
    "one": "No: one offer for all is enough",
    "segment": "Yes: choosing by segment pays",
    "individual": "More than that: choosing customer by customer pays",
}


@dataclass(frozen=True, slots=True)
class Replayed:
    """The part "What is left of it": words, picture and the rules it is set beside.

    Parameters
    ----------
    words : str
    picture : Picture
    rows : tuple of (name, value, interval, ahead, interval of ahead)
        The plan itself, then simple rules.
    remark : str
    """

    words: str
    picture: Picture
    rows: tuple[tuple[str, str, str, str, str], ...]
    remark: str


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way of choosing, as text."""

    name: str
    words: str
    value: str
    interval: str
    treated: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The part "Does segmenting pay?".

    Parameters
    ----------
    stamp, words : str
    pictures : tuple of Picture
        What each way gains, and pairs of ways.
    rows : tuple of WayRow
    choices : tuple of (segment, customers, offer, gain, steady)
    """

    stamp: str
    words: str
    pictures: tuple[Picture, ...]
    rows: tuple[WayRow, ...]
    choices: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_proof.html` shows."""

    replay: Replayed | None = None
    segmenting: Compared | None = None
    fairness: Fair | None = None
    claims: tuple[Claim, ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; None when nothing of it was made or asked for."""
    if not (story.replay or story.segmenting or story.fairness or {"replay", "segmenting", "fairness"} & set(story.refusals)):
        return None
    claims = () if story.replay is None else _replay_claims(story.replay, story.currency)
    paid = () if story.segmenting is None else _way_claims(story.segmenting, story.currency)
    return Chapter(
        None if story.replay is None else replayed(story.replay, story.currency),
        None if story.segmenting is None else compared(story.segmenting, story.currency),
        None if story.fairness is None else fair(story.fairness),
        (*claims, *paid),
    )


def replayed(found: Replay, currency: str) -> Replayed:
    """Return what the plan promises beside what it brings on held-out customers; all per customer."""
    rows = [
        Row("As the planner says", _point(found.planned), "other", _told("As planned", _point(found.planned), currency)),
        Row("On customers it was not made from", found.revalued, "randomised", _told("Revalued", found.revalued, currency)),
    ]
    rows += [Row(_rule(each), each.value, "exploratory", _told(each.words, each.value, currency)) for each in found.alternatives]
    scale = Scale(f"gain per customer over treating nobody{_unit(currency)}", f"gain per customer{_unit(currency)}")
    value, interval = bounded(found.revalued, currency)
    removed, _ = bounded(found.optimism, currency)
    caption = (
        f"Gain per customer after costs, on customers the plan was not made from; bars are 95% intervals. n = {count(found.customers)} customers in "
        f"{found.folds} parts, each valued by a plan that was made without it."
    )
    less = f"; {removed} of optimism" if found.optimism.value > 0 else ""
    alt = f"Forest plot: planned {money(_alike(found.planned, found), currency)} per customer, found {value} ({interval}){less}."
    legend = (("other", "planned"), ("randomised", "the plan, held out"), ("exploratory", "simple rules, held out"))
    picture = Picture("proof-replay", forest(rows, scale, legend=legend), caption, alt)
    own = (
        ("The plan, as the planner says", money(_alike(found.planned, found), currency), "", "", ""),
        ("The plan, on customers it was not made from", value, interval, "", ""),
        *((("Optimism removed", removed, bounded(found.optimism, currency)[1], "", ""),) if found.optimism.value > 0 else ()),
        ("May be promised, never more than planned", money(_alike(found.promised, found), currency), "", "", ""),
    )
    rules = tuple((each.words or each.name, *_sure(each.value, currency), *_sure(each.ahead, currency)) for each in found.alternatives)
    remark = (
        f"Per customer of all, treated or not. In the replay everybody of the trial can be asked, with as much money for each as the plan has for each it can "
        f"ask, and {share(found.treated)} got an offer; so these figures are not those of the plan divided by its customers."
    )
    return Replayed(found.words, picture, (*own, *rules), remark)


def _rule(each: Alternative) -> str:
    return "Nobody" if each.name == NOBODY else f"“{each.name}” for as many as allowed"


def compared(found: Segmenting, currency: str) -> Compared:
    """Return the ways of choosing beside each other, and the answer."""
    rows = tuple(
        WayRow(WAYS[way.name], way.words, *_sure(way.value, currency), share(way.treated), way.name == found.verdict) for way in found.ways
    )
    pictures = (_ways(found, currency), *((_pairs(found, currency),) if found.pairs else ()))
    alone = found.ways[0].offers[0][0] if found.ways and found.ways[0].offers else ""
    choices = tuple(_choice(each, alone, currency) for each in found.choices if each.customers != 0)
    return Compared(STAMPS[found.verdict], found.words, pictures, rows, choices)


def _sure(found: Estimate, currency: str) -> tuple[str, str]:
    """Return a figure and its interval; none where nothing is left open, as with nobody."""
    value, interval = bounded(found, currency)
    return value, interval if found.high > found.low else ""


def _ways(found: Segmenting, currency: str) -> Picture:
    rows = [
        Row(WAYS[way.name], way.value, "best" if way.name == found.verdict else "plain", _told(WAYS[way.name], way.value, currency))
        for way in found.ways
    ]
    scale = Scale(f"gain per customer over treating nobody{_unit(currency)}", f"gain per customer{_unit(currency)}")
    caption = f"What each way of choosing gains per customer, costs taken off; bars are 95% intervals. {_judged(found)}"
    alt = "Forest plot of ways: " + "; ".join(f"{WAYS[way.name]} {bounded(way.value, currency)[0]}" for way in found.ways) + "."
    figure = forest(rows, scale, legend=(("best", "the answer"), ("plain", "other ways")))
    return Picture("proof-ways", figure, caption, alt, "What each way gains")


def _pairs(found: Segmenting, currency: str) -> Picture:
    rows = [
        Row(
            _pair(pair),
            pair.simultaneous,
            "exploratory" if pair.verdict == "no difference found" else "plain",
            _told(pair.verdict, pair.simultaneous, currency),
        )
        for pair in found.pairs
    ]
    scale = Scale(f"difference per customer{_unit(currency)}", f"difference{_unit(currency)}")
    caption = (
        f"Pairs of ways on the same customers; bars are 99% intervals over all pairs at once, which the verdict goes by. {_judged(found)}"
    )
    alt = "Forest plot of differences: " + "; ".join(f"{_pair(pair)}: {pair.verdict}" for pair in found.pairs) + "."
    figure = forest(rows, scale, legend=(("plain", "told apart"), ("exploratory", "not told apart")))
    return Picture("proof-pairs", figure, caption, alt, "Is the difference beyond chance?")


def _pair(pair: Paired) -> str:
    return f"{WAYS[pair.way]} against {WAYS[pair.than][:1].lower()}{WAYS[pair.than][1:]}"


def _judged(found: Segmenting) -> str:
    return f"n = {count(found.customers)} customers in {found.folds} parts, each valued by choices made without it."


def _choice(each: SegmentChoice, alone: str, currency: str) -> tuple[str, str, str, str, str]:
    if not each.customers or each.gain is None:
        return each.segment, "hidden", "hidden", "hidden", NOTHING
    value, interval = _sure(each.gain, currency)
    arm = "no offer" if each.arm == alone else each.arm
    return each.segment, count(each.customers), arm, f"{value} ({interval})" if interval else value, share(each.steady)


def _unit(currency: str) -> str:
    return f", {currency}" if currency else " (currency of the data)"


def _point(value: float) -> Estimate:
    return Estimate(value, value, value)


def _alike(value: float, found: Replay) -> float:
    """Round a figure as the one beside it is."""
    return rounded_by(value, (found.revalued.high - found.revalued.low) / 2)


def _told(words: str, found: Estimate, currency: str) -> str:
    if found.low == found.high:
        return f"<b>{inert(words)}</b><br>{inert(money(found.value, currency))} per customer"
    value, interval = bounded(found, currency)
    return f"<b>{inert(words)}</b><br>{inert(value)} per customer ({inert(interval)})"


def _replay_claims(found: Replay, currency: str) -> tuple[Claim, ...]:
    source = f"replay on {count(found.customers)} customers of the trial"
    return (
        Claim(
            "proof",
            "The plan, per customer, on customers it was not made from",
            estimate(found.revalued, currency, on=RANDOMISED, source=source),
        ),
        Claim("proof", "Optimism removed, per customer", estimate(found.optimism, currency, on=RANDOMISED, source=source)),
    )


def _way_claims(found: Segmenting, currency: str) -> tuple[Claim, ...]:
    source = f"trial of {count(found.customers)} customers, held out"
    return tuple(
        Claim("proof", f"{WAYS[way.name]}: gain per customer", estimate(way.value, currency, on=RANDOMISED, source=source))
        for way in found.ways
        if way.name != "nobody"
    )
