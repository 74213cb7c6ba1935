"""The chapter "Experiments": per trial the verdict, effects, the split, segments, weeks, exposure and other campaigns; hidden results look hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segmentry.experiments.results import Analysis, Effect, Exposure, Overlap, SegmentEffect, SegmentEffects, Unanswered, Weekly
from segmentry.experiments.trial import MetricKind
from segmentry.plots import trials as drawn
from segmentry.plots.forest import Row, forest
from segmentry.plots.numbers import NOTHING, count, share
from segmentry.plots.segments import numbered
from segmentry.plots.theme import inert
from segmentry.preparation.words import listed
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_effects import difference, mean, scale, small
from segmentry.reports.impact_grades import Badge, Claim, badge, estimate
from segmentry.reports.impact_words import sentence
from segmentry.reports.pictures import Picture

KINDS: tuple[MetricKind, ...] = ("yes/no", "money", "number")
ASSIGNED = {"lot": "by lot", "logged": "with logged probabilities", "unknown": "nobody knows how"}


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect, as text."""

    name: str
    role: str
    customers: str
    control: str
    treated: str
    difference: str
    lift: str
    p: str
    shrunken: str
    verdict: str
    power: str
    needed: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """Effects by segment: verdict, picture and rows of (segment, customers, raw, shrunken, p)."""

    title: str
    verdict: str
    picture: Picture | None
    rows: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Further:
    """Weeks, exposure or other campaigns: a title, words, a picture, and cautions."""

    title: str
    words: tuple[str, ...]
    picture: Picture | None = None
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One trial.

    Parameters
    ----------
    id, name : str
    stamp : (words, class)
    verdict : str
    hidden : (reason, remedy)
        Empty when effects are shown.
    badge : Badge
    facts : tuple of (what, words)
    split : (words, red)
        Of the sample-ratio check; empty words when it was not checked.
    pictures : tuple of Picture
    rows : tuple of EffectRow
    segments : tuple of SegmentTable
    further : tuple of Further
    looks : tuple of (what, words)
        What may be said while it runs.
    unanswered : tuple of (metric, words)
        What the data cannot answer, and what is missing.
    notes : tuple of (level, words)
    """

    id: str
    name: str
    stamp: tuple[str, str]
    verdict: str
    hidden: tuple[str, str]
    badge: Badge
    facts: tuple[tuple[str, str], ...]
    split: tuple[str, bool]
    pictures: tuple[Picture, ...] = ()
    rows: tuple[EffectRow, ...] = ()
    segments: tuple[SegmentTable, ...] = ()
    further: tuple[Further, ...] = ()
    looks: tuple[tuple[str, str], ...] = ()
    unanswered: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_trials.html` shows."""

    cards: tuple[Card, ...] = ()
    checks: tuple[tuple[str, bool, str], ...] = ()
    claims: tuple[Claim, ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; None when there is no trial, no self-check, and nobody asked."""
    if not story.analyses and not story.selfchecks and "experiments" not in story.refusals:
        return None
    made = tuple(card(each, place, story.currency) for place, each in enumerate(story.analyses))
    checks = tuple((each.metric.words, each.sound, each.words) for each in story.selfchecks)
    return Chapter(made, checks, tuple(claim for each in story.analyses for claim in _claims(each, story.currency)))


def card(found: Analysis, place: int, currency: str) -> Card:
    """Return one trial; a hidden one has its reason and no figure of an effect."""
    key = f"trial-{place}"
    grade = badge("observational" if found.assigned == "unknown" else "randomised")
    split = ("", False) if found.imbalance is None else (found.imbalance.words, found.imbalance.red)
    head = {
        "id": key,
        "name": found.name,
        "stamp": _stamp(found),
        "verdict": verdict(found),
        "badge": grade,
        "facts": _facts(found),
        "split": split,
        "looks": tuple((f"Day {each.day} of {each.days}", each.words) for each in found.looks),
        "unanswered": tuple((each.words, _unanswered(each)) for each in found.unanswered),
        "notes": tuple((note.level, note.words) for note in found.notes if note.words != split[0]),
    }
    if found.refusal is not None:
        return Card(**head, hidden=(sentence(found.refusal.reason), sentence(found.refusal.remedy)))  # type: ignore[arg-type]
    return Card(
        **head,  # type: ignore[arg-type]
        hidden=("", ""),
        pictures=tuple(_forest(found, kind, key, currency) for kind in KINDS if any(effect.kind == kind for effect in found.effects)),
        rows=tuple(_row(effect, found, currency) for effect in found.effects),
        segments=tuple(_segments(each, found, f"{key}-segments-{number}", currency) for number, each in enumerate(found.segments)),
        further=_further(found, key, currency),
    )


def verdict(found: Analysis) -> str:
    """Return what is said of a trial first: of several treatments, which did something; each has a verdict of its own below."""
    effects = [effect for effect in found.effects if effect.role == "primary"]
    if len(effects) < 2:
        return found.verdict
    kinds = {
        f"there is more of “{effects[0].words}”, beyond chance": [
            each.arm for each in effects if each.believed and each.found.difference.value > 0
        ],
        f"there is less of “{effects[0].words}”, beyond chance": [
            each.arm for each in effects if each.believed and each.found.difference.value <= 0
        ],
        "there is no evidence of an effect": [each.arm for each in effects if not each.believed],
    }
    told = "; ".join(f"with {listed([f'“{arm}”' for arm in arms])} {words}" for words, arms in kinds.items() if arms)
    return sentence(told)


def _stamp(found: Analysis) -> tuple[str, str]:
    if found.hidden:
        return ("Not attributable" if found.assigned == "unknown" else "Hidden", "blocked")
    effect = found.primary()
    if effect is None:
        running = any(not each.unlocked for each in found.looks)
        return ("Running" if running else "Cannot be told", "look")
    believed = [each for each in found.effects if each.role == "primary" and each.believed]
    if not believed:
        return ("No evidence of an effect", "look")
    arms = sum(each.role == "primary" for each in found.effects)
    if arms > 1:
        better = sum(each.found.difference.value > 0 for each in believed)
        return (
            (f"{better} of {arms} treatments: more than without", "good")
            if better
            else (f"{len(believed)} of {arms} treatments: less", "blocked")
        )
    return ("More than without", "good") if effect.found.difference.value > 0 else ("Less than without", "blocked")


def _unanswered(each: Unanswered) -> str:
    needed = "" if each.needed is None else f" About {count(float(f'{each.needed:.2g}'))} more customers are needed."
    return f"{each.verdict} {sentence(each.problem.reason)} {sentence(each.problem.remedy)}{needed}".strip()


def _facts(found: Analysis) -> tuple[tuple[str, str], ...]:
    sizes = ", ".join(f"{arm} {count(n)}" for arm, n in zip(found.arms, found.customers, strict=True))
    return (
        ("Customers", sizes),
        ("How it was decided", ASSIGNED[found.assigned] + (f" ({found.source})" if found.source else "")),
        ("False alarms accepted", share(found.level)),
    )


def _name(effect: Effect, found: Analysis) -> str:
    return effect.words if len(found.arms) == 2 else f"{effect.words}: {effect.arm}"


def _forest(found: Analysis, kind: MetricKind, key: str, currency: str) -> Picture:
    effects = sorted((effect for effect in found.effects if effect.kind == kind), key=lambda effect: effect.role != "primary")
    rows = [
        Row(
            _name(effect, found),
            effect.found.difference,
            effect.role,
            f"<b>{inert(_name(effect, found))}</b><br>{inert(difference(effect.found.difference, kind, currency))}",
        )
        for effect in effects
    ]
    roles = (("primary", "primary: the verdict goes by it"), ("exploratory", "exploratory"))
    legend = tuple((role, words) for role, words in roles if any(effect.role == role for effect in effects))
    told = {"yes/no": "in the share of customers", "money": "in money per customer", "number": "per customer"}[kind]
    caption = f"Difference {told}, treated less control; bars are 95% intervals. n = {count(sum(found.customers))} customers."
    alt = "Forest plot of effects: " + "; ".join(f"{row.name} {difference(row.found, kind, currency)}" for row in rows) + "."
    return Picture(f"{key}-{KINDS.index(kind)}", forest(rows, scale("difference", kind, currency), legend=legend), caption, alt)


def _row(effect: Effect, found: Analysis, currency: str) -> EffectRow:
    result = effect.found
    lift = "cannot be told" if result.lift is None else difference_in_percent(result.lift.value, result.lift.low, result.lift.high)
    needed = "" if effect.needed is None else f"about {count(float(f'{effect.needed:.2g}'))} more customers needed"
    return EffectRow(
        _name(effect, found),
        effect.role,
        f"{count(sum(result.customers))} of {count(effect.total)}" if sum(result.customers) < effect.total else count(effect.total),
        mean(result.control, effect.kind, currency),
        mean(result.treated, effect.kind, currency),
        difference(result.difference, effect.kind, currency),
        lift,
        small(effect.adjusted),
        NOTHING if effect.shrunken is None else difference(effect.shrunken, effect.kind, currency),
        "" if effect.verdict == verdict(found) else effect.verdict.removeprefix(f"{effect.words}: "),
        share(effect.power),
        needed,
        tuple(note.words for note in effect.notes),
    )


def difference_in_percent(value: float, low: float, high: float) -> str:
    """Return a relative difference with its interval.

    Examples
    --------
    >>> difference_in_percent(0.123, -0.02, 0.31)
    '+12% (−2.0% to +31%)'
    """
    parts = [f"{'+' if part > 0 else ''}{share(part)}" for part in (value, low, high)]
    return f"{parts[0]} ({parts[1]} to {parts[2]})"


def _kind(metric: str, found: Analysis) -> MetricKind:
    return next((effect.kind for effect in found.effects if effect.metric == metric), "number")


def _segments(each: SegmentEffects, found: Analysis, key: str, currency: str) -> SegmentTable:
    kind = _kind(each.metric, found)
    known = [row for row in each.rows if row.raw is not None and row.shrunken is not None and not row.hidden]
    title = each.words if len(found.arms) == 2 else f"{each.words}: {each.arm}"
    picture = None
    if len(known) > 1:
        hidden = " Segments with too few customers or answers are left out." if len(known) < len(each.rows) else ""
        n = sum(sum(row.customers) for row in known if row.customers is not None)
        caption = (
            "Hollow: as measured, where chance is largest in small segments. Filled: drawn towards that of all by as much as chance explains; go by these. "
            f"Bars are 95% intervals. n = {count(n)} customers.{hidden}"
        )
        alt = (
            "Two marks per segment: "
            + "; ".join(f"{row.name} {difference(row.shrunken, kind, currency)}" for row in known if row.shrunken is not None)
            + "."
        )
        picture = Picture(key, drawn.segments(known, scale("difference", kind, currency), mean=each.mean), caption, alt)
    return SegmentTable(title, each.verdict, picture, tuple(_segment(row, kind, currency) for row in each.rows))


def _segment(row: SegmentEffect, kind: MetricKind, currency: str) -> tuple[str, str, str, str, str]:
    name = numbered(row.segment, row.name)
    if row.hidden or row.raw is None or row.customers is None:
        return name, "hidden" if row.customers is None else count(sum(row.customers)), row.why or "hidden", NOTHING, NOTHING
    shrunken = NOTHING if row.shrunken is None else difference(row.shrunken, kind, currency)
    return name, count(sum(row.customers)), difference(row.raw, kind, currency), shrunken, small(row.adjusted)


def _further(found: Analysis, key: str, currency: str) -> tuple[Further, ...]:
    weeks = [_weekly(each, found, f"{key}-weeks-{place}", currency) for place, each in enumerate(found.weekly)]
    return (
        *weeks,
        *(_exposure(each, found, currency) for each in found.exposure),
        *(_overlap(each, found, currency) for each in found.overlaps),
    )


def _weekly(each: Weekly, found: Analysis, key: str, currency: str) -> Further:
    kind = _kind(each.metric, found)
    known = [row for row in each.rows if row.difference is not None]
    picture = None
    if len(known) > 1:
        caption = "Effect in each week after the start; bars are 95% intervals. "
        caption += f"n = {count(max(sum(row.customers) for row in known))} customers in the fullest week."
        alt = (
            "Effect by week: "
            + "; ".join(f"week {row.week} {difference(row.difference, kind, currency)}" for row in known if row.difference is not None)
            + "."
        )
        picture = Picture(key, drawn.weekly(each, scale("difference", kind, currency)), caption, alt)
    return Further(
        f"Week by week{_arm(each.arm, found)}", (each.verdict,), picture, each.headline.words if each.headline is not None else ""
    )


def _exposure(each: Exposure, found: Analysis, currency: str) -> Further:
    kind = _kind(each.metric, found)
    seen = f"{share(each.seen[1])} of those who were given it saw it, and {share(each.seen[0])} of the control."
    first = f"All who were given it, seen or not: {difference(each.offered.difference, kind, currency)}. {seen}"
    if each.refusal is not None:
        return Further(
            f"Who really saw it{_arm(each.arm, found)}",
            (first, each.verdict),
            caution=f"{sentence(each.refusal.reason)} {sentence(each.refusal.remedy)}",
        )
    then = (
        ()
        if each.complier is None
        else (f"Those who saw it because they were given it: {difference(each.complier, kind, currency)}. {each.instrument}",)
    )
    return Further(f"Who really saw it{_arm(each.arm, found)}", (first, *then, each.verdict))


def _overlap(each: Overlap, found: Analysis, currency: str) -> Further:
    kind = _kind(each.metric, found)
    effects = "; ".join(
        f"“{name}” {difference(effect, kind, currency)}{'' if credited else ', not credited'}"
        for name, effect, credited in zip(each.campaigns, each.effects, each.credited, strict=True)
    )
    return Further(
        f"At the same time: “{each.campaigns[1]}”",
        (f"{each.verdict} Each with the other held equal: {effects}.",),
        caution="The two change each other's effect." if each.interacts else "",
    )


def _arm(arm: str, found: Analysis) -> str:
    return "" if len(found.arms) == 2 else f": {arm}"


def _claims(found: Analysis, currency: str) -> Iterable[Claim]:
    """Return the figures of money of a trial: effects, then segments, who saw it, and other campaigns."""
    source = f"trial “{found.name}”"
    if found.hidden:
        return
    money_ = {effect.metric: effect.words for effect in found.effects if effect.kind == "money"}
    for effect in found.effects:
        if effect.kind == "money":
            what = f"“{found.name}”: difference in {_name(effect, found)} per customer ({effect.role})"
            yield Claim("experiments", what, estimate(effect.found.difference, currency, on=badge(effect.grade), source=source))
    for table in found.segments:
        for row in table.rows:
            if table.metric in money_ and row.shrunken is not None and not row.hidden:
                what = f"“{found.name}”: {table.words} per customer in {numbered(row.segment, row.name)}, shrunken"
                yield Claim("experiments", what, estimate(row.shrunken, currency, on=badge("randomised"), source=source))
    for each in found.exposure:
        if each.metric in money_ and each.complier is not None:
            what = f"“{found.name}”: {money_[each.metric]} per customer of those who saw it"
            yield Claim("experiments", what, estimate(each.complier, currency, on=badge("randomised"), source=each.instrument or source))
