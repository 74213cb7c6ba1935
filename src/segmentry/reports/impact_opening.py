"""The first screen of the page of marketing impact: what to do, what it may earn and on what ground, what was removed as optimism, and where to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.disclosure import FLOOR
from segmentry.errors import Problem
from segmentry.experiments.results import Analysis
from segmentry.plans.results import Allocation
from segmentry.plots.numbers import count, money, share
from segmentry.preparation.words import listed
from segmentry.reports.contacting import bounded
from segmentry.reports.estimates import rounded_by
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_frontier import FEWEST, where
from segmentry.reports.impact_grades import GROSS, RANDOMISED, Badge, lines
from segmentry.reports.impact_plan import order, people, planned, whom
from segmentry.reports.impact_trials import verdict
from segmentry.reports.impact_uplift import advised, known_by_name
from segmentry.reports.impact_words import opening, sentence, uncapped

SENTENCES = 5
# What the place to stop rests on, where that is less than a lot.
ON = {
    "observational": ", as far as what was observed is the offers' doing",
    "gross": ", if all answers were the offers' doing, which they are not",
    "assumption": ", if the stated assumption holds",
    "mixed": ", by the planner's own figures, which rest on several kinds of evidence",
}
PARTS = {
    "plan": "No plan",
    "replay": "No replay",
    "segmenting": "Whether segmenting pays cannot be told",
    "fairness": "Fairness cannot be told",
    "uplift": "Whom it changes cannot be told",
    "experiments": "No experiment can be told",
    "returns": "No ROI",
    "next": "No next best action",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure, with the badge of its evidence where it is money earned."""

    words: str
    figure: str
    remark: str = ""
    badge: Badge | None = None


def sentences(story: ImpactStory) -> tuple[str, ...]:
    """Return five sentences: what to do, what it may earn, on what ground, what was removed, where to stop; others where one of them has nothing to say."""
    first = [words for words in (_do(story), _earn(story), _rests(story), _optimism(story), _stop(story)) if words]
    spare = [
        words
        for words in (_segmenting(story), _uplift(story), _trials(story), _brought(story), _lacking(story), _fair(story))
        if words and words not in first
    ]
    told = [*first, *spare[: SENTENCES - len(first)]]
    return tuple(told) or ("Nothing could be told from this data yet; each chapter below says what is missing.",)


def _do(story: ImpactStory) -> str:
    if unproven(story):
        return (
            "Do not roll the plan out on this evidence, try it by lot: on customers it was not made from, it earns nothing beyond chance over treating "
            "nobody."
        )
    if story.plan is not None:
        return order(story.plan, story.currency)
    if story.conflict is not None:
        return f"There is no plan within these limits: {uncapped(story.conflict.words)}"
    found = story.uplift
    if found is not None and found.advice_words:
        return advised(found)[0]
    problem = story.refusals.get("plan")
    return _on_trials(story) or _on_returns(story) if problem is None else f"There is no plan yet: {_why(problem)}"


def _on_trials(story: ImpactStory) -> str:
    """Say what to do after the first trial, and no more than it says; nothing where an offer's missing figure says what to try next."""
    if not story.analyses or story.without_figure:
        return ""
    first = story.analyses[0]
    found = [effect for effect in first.effects if effect.role == "primary"]
    more = [effect.arm for effect in found if effect.believed and effect.found.difference.value > 0]
    if first.hidden:
        return f"Do not go by the result of “{first.name}”: it is not shown, and its card says why."
    if more:
        return f"{listed([f'“{arm}”' for arm in more])} did more than leaving customers alone, beyond chance: go on with it where it pays."
    if any(effect.believed for effect in found):
        return f"Stop “{first.name}”: it did less than leaving customers alone, beyond chance."
    return f"Change nothing on the strength of “{first.name}”: it has shown no effect beyond chance so far." if found else ""


def _on_returns(story: ImpactStory) -> str:
    """Say what would tell what campaigns earn, where nothing does."""
    found = story.returns
    if found is None or found.refusal or any(each.incremental is not None for each in found.campaigns):
        return ""
    return "Leave one in ten customers alone by lot in the next campaign: nobody was, so what these campaigns earned cannot be told from what came anyway."


def unproven(story: ImpactStory) -> bool:
    """Say whether a plan was made again without the customers it is judged by, and earned nothing beyond chance."""
    return story.plan is not None and story.plan.treated > 0 and story.replay is not None and not story.replay.certain


def _earn(story: ImpactStory) -> str:
    if story.plan is not None and not story.plan.treated:
        return ""
    told = lines(story.expected, story.currency)
    if story.plan is not None and unproven(story):
        rest = f" What is expected of its other offers is not proven by lot: {'; '.join(part.words for part in told)}." if told else ""
        return f"{whom(story.plan, story.currency)}{rest}"
    if story.plan is None and story.conflict is None and not told and story.uplift is not None:
        return advised(story.uplift)[1].partition(" Expected effects per customer")[0]
    if not told:
        return story.without_figure[0].words if story.without_figure else ""
    if len(told) == 1:
        return f"It may be expected to earn {told[0].words}, after costs."
    each = "; ".join(part.words for part in told)
    return f"What it may be expected to earn after costs stands apart by what it rests on, and is not added up: {each}."


def _rests(story: ImpactStory) -> str:
    told = lines(story.expected, story.currency)
    found = story.uplift
    if story.plan is None and story.conflict is None and not told and found is not None and found.averages and found.trial:
        return f"It rests on the trial “{found.trial}” of {count(found.customers)} customers ({RANDOMISED.words})."
    return "" if not told else "It rests on " + "; ".join(f"{_source(part.source)} ({part.badge.words})" for part in told) + "."


def _source(words: str) -> str:
    return words.rstrip(".") or "a source that was not named"


def _optimism(story: ImpactStory) -> str:
    found = story.replay
    if found is None:
        missing = story.refusals.get("replay")
        known = story.plan is None or missing is None
        return "" if known or missing is None else f"The optimism in the planner's own figures is not known: {_why(missing)}"
    value, interval = bounded(found.optimism, story.currency)
    planned = money(rounded_by(found.planned, (found.revalued.high - found.revalued.low) / 2), story.currency)
    judged = f"customers it was not made from ({count(found.customers)})"
    if not found.certain:
        told, between = bounded(found.revalued, story.currency)
        return f"The planner itself says {planned} per customer; by what {judged} did, it is {told} ({between})."
    if found.optimism.value <= 0:
        return f"On {judged}, the plan did as well as the planner says ({planned} per customer): no optimism had to be removed."
    return f"The planner itself says {planned} per customer; {value} of it ({interval}) was the optimism of choosing among noisy figures, and is removed."


def _stop(story: ImpactStory) -> str:
    found = story.frontier
    if found is None or len(found.steps) < FEWEST or unproven(story):
        return ""
    ground = _ground(story)
    rests = "" if ground is None else ON.get(ground.key, "")
    return f"{where(found, story.currency).rstrip('.')}{rests}."


def _segmenting(story: ImpactStory) -> str:
    return "" if story.segmenting is None else opening(story.segmenting.words)


def _uplift(story: ImpactStory) -> str:
    return "" if story.uplift is None else opening(story.uplift.words)


def _trials(story: ImpactStory) -> str:
    if not story.analyses:
        return ""
    words = opening(verdict(story.analyses[0]))
    return f"Trial “{story.analyses[0].name}”: {uncapped(words) if words.startswith('With ') else words}"


def _brought(story: ImpactStory) -> str:
    return "" if story.returns is None or not story.returns.words else story.returns.words[0]


def _lacking(story: ImpactStory) -> str:
    """Say first what would have to be known to tell what campaigns earned."""
    return "" if story.returns is None or not story.returns.missing else opening(story.returns.missing[0])


def _fair(story: ImpactStory) -> str:
    return "" if story.fairness is None else opening(story.fairness.words)


def tiles(story: ImpactStory) -> tuple[Tile, ...]:
    """Return the key figures; money that is earned carries its grade, and grades have a tile each."""
    found: list[Tile] = []
    if story.customers:
        found.append(Tile("Customers", count(story.customers)))
    if story.plan is not None:
        found += _of_plan(story.plan, story.currency)
    found += [
        Tile("Expected to earn", each.amount, each.interval and f"{each.interval}, after costs", each.badge)
        for each in lines(story.expected, story.currency)
    ]
    if unproven(story):
        found.append(Tile("Shown to earn", "nothing", "beyond chance, on customers it was not made from"))
    if story.frontier is not None and len(story.frontier.steps) >= FEWEST and not unproven(story):
        found.append(Tile("Stop at", money(float(f"{story.frontier.stop:.3g}"), story.currency), "of money spent", _ground(story)))
    if story.plan is None and story.uplift is not None:
        found += [Tile(what, figure, remark, on) for what, figure, remark, on in known_by_name(story.uplift, story.currency)]
    if story.analyses:
        clear = sum(_clear(each) for each in story.analyses)
        found.append(Tile("Experiments", count(len(story.analyses)), f"{clear or 'none'} with evidence of an effect"))
    if story.returns is not None and story.returns.total is not None and story.returns.total.gross is not None:
        total = story.returns.total
        found.append(Tile("Contacted customers spent", money(total.gross, story.returns.currency or story.currency), "", GROSS))
    return tuple(found)


def _of_plan(plan: Allocation, currency: str) -> list[Tile]:
    few = 0 < plan.treated < FLOOR
    part = "" if few or not len(plan) else f"{share(plan.treated / len(plan))} of those planned for"
    given = Tile("Get an offer", people(plan.treated).removesuffix(" customers").removesuffix(" customer"), part)
    return [given] if few else [given, Tile("To be spent", money(plan.spent, currency))]


def _ground(story: ImpactStory) -> Badge | None:
    return None if story.plan is None else planned(story, story.plan)


def _clear(found: Analysis) -> bool:
    return any(effect.role == "primary" and effect.believed for effect in found.effects)


def _why(problem: Problem) -> str:
    """Return the reason as a sentence that goes on after a colon."""
    return uncapped(sentence(problem.reason))


def refusals(story: ImpactStory) -> tuple[tuple[str, Problem], ...]:
    """Return what was asked for and could not be made, in the order of the chapters."""
    return tuple((words, story.refusals[part]) for part, words in PARTS.items() if part in story.refusals)  # type: ignore[index]


def warnings(story: ImpactStory) -> tuple[str, ...]:
    """Return what to know before reading on."""
    told = [note.words for note in story.notes if note.level == "warning"]
    told += [f"The result of “{each.name}” is not shown: {_why(each.refusal)}" for each in story.analyses if each.refusal is not None]
    if story.uplift is not None and story.uplift.verdict == "propensity, not uplift":
        told.append(
            "Nobody knows how treatments were given, so what is said of single customers is how likely they are to buy, not what an offer changes."
        )
    told += [sentence(f"{words}: {_why(problem)} {sentence(problem.remedy)}") for words, problem in refusals(story)]
    return tuple(dict.fromkeys(told))


def contents(present: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return ids and words of the chapters that stand on the page."""
    names = {
        "summary": "In short",
        "plan": "The plan",
        "proof": "How sure",
        "uplift": "Whom it changes",
        "experiments": "Experiments",
        "returns": "What campaigns brought",
        "next": "Next best",
        "evidence": "Evidence and assumption",
        "method": "How it was made",
    }
    return tuple((key, words) for key, words in names.items() if key in present)
