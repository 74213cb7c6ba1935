"""The chapter "Whom it changes": the verdict first, then what treating the likeliest first gains, effects by group, and the checks on all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segmentry.disclosure import FLOOR
from segmentry.experiments.trial import Metric
from segmentry.plots import uplift as drawn
from segmentry.plots.forest import Row, Scale, forest
from segmentry.plots.numbers import count, money, share
from segmentry.plots.theme import inert
from segmentry.preparation.words import listed
from segmentry.reports.contacting import spaced
from segmentry.reports.estimates import rounded_by
from segmentry.reports.impact import ImpactStory
from segmentry.reports.impact_effects import difference, mean, scale, small
from segmentry.reports.impact_grades import OBSERVATIONAL, RANDOMISED, Badge, Claim, Sum, estimate
from segmentry.reports.impact_words import opening
from segmentry.reports.pictures import Picture
from segmentry.results import Estimate
from segmentry.uplift.placebo import LARGEST
from segmentry.uplift.results import ArmEffect, Balance, Driver, EffectGroup, GainCurve, LearnerScore, PolicyValue, Uplift

BALANCE_SHOWN = 12
DRIVERS_SHOWN = 4
# Advice that begins so says what to do by itself.
DO = "Treat "
STAMPS = {
    "differences": ("Customers differ", "good"),
    "no evidence of differences": ("No evidence that customers differ", "look"),
    "no evidence of an effect": ("No evidence of an effect", "look"),
    "propensity, not uplift": ("Propensity, not uplift", "blocked"),
    "refused": ("Cannot be told", "blocked"),
}
ADVICE = {"some": "Treat some", "all": "Treat all", "none": "Treat nobody", "undecided": "Undecided"}


@dataclass(frozen=True, slots=True)
class ArmRow:
    """What one treatment did on average, as text."""

    name: str
    customers: str
    treated: str
    control: str
    counted: str
    effect: str
    p: str
    net: str
    net_all: str


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One way of choosing, as text."""

    name: str
    value: str
    interval: str
    treated: str
    difference: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Everything the template `_impact_uplift.html` shows.

    Parameters
    ----------
    stamp : (words, class)
    badge : Badge
    lead : tuple of str
    refusal : str
    advice : (words, sentence)
    named : tuple of (name, figure, what it is, badge or None)
        Incremental response rate and net incremental revenue, where known.
    arms : tuple of ArmRow
    net : bool
        Whether arms carry money.
    curves : tuple of Picture
    curve_words : str
    policies : tuple of PolicyRow
    best : str
        The best simple way, which the others are compared with.
    policy_picture : Picture or None
    drivers : tuple of Picture
    driver_words : str
    checks : tuple of (holds, words)
        Placebo and balance.
    check_pictures : tuple of Picture
    learners : tuple of tuple of str
    scale : str
    top : str
    notes : tuple of str
    claims : tuple of Claim
    """

    stamp: tuple[str, str]
    badge: Badge
    lead: tuple[str, ...]
    refusal: str = ""
    advice: tuple[str, str] = ("", "")
    named: tuple[tuple[str, str, str, Badge | None], ...] = ()
    arms: tuple[ArmRow, ...] = ()
    net: bool = False
    curves: tuple[Picture, ...] = ()
    curve_words: str = ""
    policies: tuple[PolicyRow, ...] = ()
    best: str = ""
    policy_picture: Picture | None = None
    drivers: tuple[Picture, ...] = ()
    driver_words: str = ""
    checks: tuple[tuple[bool, str], ...] = ()
    check_pictures: tuple[Picture, ...] = ()
    learners: tuple[tuple[str, ...], ...] = ()
    scale: str = ""
    top: str = ""
    notes: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


def chapter(story: ImpactStory) -> Chapter | None:
    """Return the chapter; a refusal is a chapter too."""
    found = story.uplift
    if found is None:
        return None
    causal = found.verdict not in ("propensity, not uplift", "refused")
    badge = RANDOMISED if causal else OBSERVATIONAL
    head = Chapter(
        STAMPS[found.verdict],
        badge,
        (found.words, *_about(found)),
        found.refusal,
        advised(found),
        notes=found.notes,
    )
    if not causal or found.metric is None:
        return head
    curves = _curves(found, found.metric, story.currency)
    return Chapter(
        **{name: getattr(head, name) for name in ("stamp", "badge", "lead", "refusal", "advice", "notes")},
        named=known_by_name(found, story.currency),
        arms=tuple(_arm(each, found.metric, story.currency) for each in found.averages),
        net=any(each.net is not None for each in found.averages),
        curves=curves,
        curve_words=_curve_words(found),
        policies=tuple(_policy(each, found, story.currency) for each in found.policies),
        best=next((_name(each) for each in found.policies for rival in found.policies if rival.against == each.name), ""),
        policy_picture=_policies(found, story.currency),
        drivers=_drivers(found, found.metric, story.currency),
        driver_words=_driver_words(found),
        checks=_checks(found),
        check_pictures=_check_pictures(found),
        learners=tuple(_learner(each, found, story.currency) for each in found.scores),
        scale=found.scale,
        top=share(found.top),
        claims=_claims(found, story.currency),
    )


def advised(found: Uplift) -> tuple[str, str]:
    """Return the advice as what to do, and the reason; both end with a full stop."""
    words = found.advice_words
    if not words.startswith(DO):
        return f"{ADVICE[found.advice]}." if words else "", words
    head = opening(words)
    return head, words.removeprefix(head).strip()


def known_by_name(found: Uplift, currency: str) -> tuple[tuple[str, str, str, Badge | None], ...]:
    """Return the two figures that campaigns of one treatment are compared by: name, figure, what it is, and its badge where it is money."""
    told: list[tuple[str, str, str, Badge | None]] = []
    for each in found.averages:
        of = f": {each.name}" if len(found.averages) > 1 else ""
        if found.metric is not None and found.metric.kind == "yes/no":
            value, _, interval = difference(each.counted, "yes/no", currency).partition(" (")
            remark = f"95% interval {interval.removesuffix(')')}" if interval else ""
            told.append((f"Incremental response rate{of}", value, remark, None))
        if each.net_incremental_revenue is not None:
            remark = "after costs, as counted among those treated in the trial"
            told.append((f"Net incremental revenue{of}", money(each.net_incremental_revenue, currency), remark, RANDOMISED))
    return tuple(told)


def _about(found: Uplift) -> tuple[str, ...]:
    told = []
    if found.trial:
        told.append(
            f"It is told from “{found.trial}”"
            + (f" ({found.source})" if found.source else "")
            + (f", {count(found.customers)} customers." if found.customers else ".")
        )
    if found.design:
        told.append(found.design)
    return (" ".join(told),) if told else ()


def _arm(each: ArmEffect, metric: Metric, currency: str) -> ArmRow:
    net, every = ("" if part is None else difference(part, "money", currency) for part in (each.net, each.net_all))
    return ArmRow(
        each.name,
        f"{count(each.treated)} and {count(each.control)}",
        mean(each.treated_mean, metric.kind, currency),
        mean(each.control_mean, metric.kind, currency),
        difference(each.counted, metric.kind, currency),
        difference(each.effect, metric.kind, currency),
        small(each.p),
        net,
        every,
    )


def _driver_words(found: Uplift) -> str:
    parts = [f"{share(each.share)} by “{each.words}”" for each in found.drivers[:DRIVERS_SHOWN]]
    if not parts:
        return ""
    overlap = " Each is taken by itself; what they explain overlaps." if len(parts) > 1 else ""
    return f"How far expected effects differ is explained {listed(parts)}.{overlap}"


def _curves(found: Uplift, metric: Metric, currency: str) -> tuple[Picture, ...]:
    return tuple(_curve(found, metric, arm, currency) for arm in sorted({curve.arm for curve in found.curves}))


def _curve(found: Uplift, metric: Metric, arm: int, currency: str) -> Picture:
    curves = [_thinned(curve, found.customers) for curve in found.curves if curve.arm == arm]
    name = found.arms[arm] if arm < len(found.arms) else ""
    caption = f"How much more of “{metric.words}” there is per customer of all when customers are treated in the order of their score."
    if any(curve.name == "random" for curve in curves):
        caption += " The straight line is a random order."
    caption += f" Band: 95% interval, pointwise. n = {count(found.customers)} customers, each scored by models that had not seen them."
    told = "; ".join(f"{curve.words} {_fifth(curve, metric, currency)}" for curve in curves)
    alt = f"Gain curves{f' for {name}' if name else ''}, with a fifth of the customers treated: {told}."
    return Picture(f"uplift-gain-{arm}", drawn.gains(curves, metric.kind, currency), caption, alt, name if len(found.arms) > 2 else "")


def _thinned(curve: GainCurve, customers: int) -> GainCurve:
    """Leave points out until at least five customers lie between two of them."""
    places = spaced(curve.share, customers)
    at, gain, low, high = (tuple(values[place] for place in places) for values in (curve.share, curve.gain, curve.low, curve.high))
    return replace(curve, share=at, gain=gain, low=low, high=high)


def _fifth(curve: GainCurve, metric: Metric, currency: str) -> str:
    place = min(range(len(curve.share)), key=lambda number: abs(curve.share[number] - 0.2))
    return difference(Estimate(curve.gain[place], curve.low[place], curve.high[place]), metric.kind, currency)


def _curve_words(found: Uplift) -> str:
    if found.verdict == "differences":
        return "A curve above the straight line says that the order matters: the first customers gain more than the rest."
    return "The curve does not leave the straight line of a random order by more than chance, so there is nobody to be treated first."


def _policy(each: PolicyValue, found: Uplift, currency: str) -> PolicyRow:
    kind = _unit(found)
    names = {other.name: _name(other) for other in found.policies}
    alike = len({other.against for other in found.policies if other.difference is not None}) < 2
    against = "" if alike else f"; against “{names.get(each.against, each.against)}”"
    against = "" if each.difference is None else f"{difference(each.difference, kind, currency)}{against}"
    value = estimate(each.value, currency, on=RANDOMISED) if kind == "money" else None
    if value is not None:
        return PolicyRow(_name(each), value.amount, value.interval, share(each.treated), against)
    return PolicyRow(_name(each), difference(each.value, kind, currency), "", share(each.treated), against)


def _policies(found: Uplift, currency: str) -> Picture | None:
    if len(found.policies) < 2:
        return None
    kind = _unit(found)
    rows = [
        Row(_name(each), each.value, "exploratory" if each.simple else "primary", _told(_name(each), each.value, kind, currency))
        for each in found.policies
    ]
    caption = "What each way of choosing is worth, against treating nobody, on customers it was not made from; bars are 95% intervals."
    caption += f" n = {count(found.customers)} customers."
    alt = "Forest plot: " + "; ".join(f"{row.name} {difference(row.found, kind, currency)}" for row in rows) + "."
    legend = (("primary", "by expected effect"), ("exploratory", "simple rules"))
    return Picture("uplift-policies", forest(rows, scale("value", kind, currency), legend=legend), caption, alt)


def _name(each: PolicyValue | LearnerScore) -> str:
    return each.words or each.name


def _unit(found: Uplift) -> str:
    return "money" if found.unit == "money" else found.metric.kind if found.metric else "number"


def _told(name: str, found: Estimate, kind: str, currency: str) -> str:
    return f"<b>{inert(name)}</b><br>{inert(difference(found, kind, currency))}"


def _drivers(found: Uplift, metric: Metric, currency: str) -> tuple[Picture, ...]:
    """One picture per column, all on one scale."""
    shown = [
        (place, each, [group for group in each.groups if group.customers >= FLOOR])
        for place, each in enumerate(found.drivers[:DRIVERS_SHOWN])
    ]
    known = [(place, each, groups) for place, each, groups in shown if len(groups) > 1]
    ends = tuple(end for _, _, groups in known for group in groups for end in (group.effect.low, group.effect.high))
    across = replace(scale("effect", metric.kind, currency), reach=ends)
    return tuple(_driver(found, (place, each, groups), across, currency) for place, each, groups in known)


def _driver(found: Uplift, one: tuple[int, Driver, list[EffectGroup]], across: Scale, currency: str) -> Picture:
    place, each, groups = one
    kind = found.metric.kind if found.metric else "number"
    rows = [
        Row(
            group.label,
            group.effect,
            "plain",
            f"{_told(group.label, group.effect, kind, currency)}<br>n = {count(group.customers)} customers",
        )
        for group in groups
    ]
    name = found.arms[each.arm] if each.arm < len(found.arms) else ""
    caption = f"Average effect{f' of {name}' if name else ''} by “{each.words}”; bars are 95% intervals."
    caption += f" n = {count(sum(group.customers for group in groups))} customers."
    alt = (
        f"Forest plot of the effect by {each.words}: "
        + "; ".join(f"{row.name} {difference(row.found, kind, currency)}" for row in rows)
        + "."
    )
    return Picture(f"uplift-driver-{place}", forest(rows, across), caption, alt, each.words)


def _checks(found: Uplift) -> tuple[tuple[bool, str], ...]:
    told = []
    if found.evidence is not None:
        told.append((True, found.evidence.method))
    if found.placebo is not None:
        told.append((found.placebo.passed, found.placebo.words))
    if found.balance is not None:
        told.append((found.balance.alike, found.balance.words))
    return tuple((holds, words) for holds, words in told if words)


def _check_pictures(found: Uplift) -> tuple[Picture, ...]:
    made = []
    if found.placebo is not None and found.placebo.autoc:
        placebo = found.placebo
        caption = f"The same learning with treatments dealt anew, {placebo.rounds} times (hollow), beside the real ones (filled)."
        caption += f" n = {count(min(found.customers, LARGEST))} customers in each round."
        alt = f"Strip of points: placebo rounds from {min(placebo.autoc):.3g} to {max(placebo.autoc):.3g}, the real one {placebo.real:.3g}."
        made.append(Picture("uplift-placebo", drawn.placebo(placebo), caption, alt, "Placebo treatment"))
    if found.balance is not None and found.balance.columns:
        made.append(_balance(found.balance, found.customers))
    return tuple(made)


def _balance(found: Balance, customers: int) -> Picture:
    shown = found.columns[:BALANCE_SHOWN]
    more = f" The {len(shown)} largest of {len(found.columns)}." if len(found.columns) > len(shown) else ""
    caption = f"How far the arms differ before the treatment, in standard deviations; dashed: what the largest is on average where a lot decides.{more}"
    caption += f" n = {count(customers)} customers."
    alt = f"Points near 0; the largest difference is {found.largest:.2g} standard deviations, {found.expected:.2g} is the average of a lot."
    return Picture("uplift-balance", drawn.balance(shown, found.expected), caption, alt, "Were the arms alike before?")


def _learner(each: LearnerScore, found: Uplift, currency: str) -> tuple[str, ...]:
    arm = found.arms[each.arm] if each.arm < len(found.arms) else ""
    top = difference(each.at_top, found.metric.kind if found.metric else "number", currency)
    used = "used" if each.chosen else ""
    return (
        _name(each),
        arm,
        used,
        f"{each.qini:.3f}".replace("-", "−"),
        f"{each.auuc:.3f}".replace("-", "−"),
        top,
        _rounded(each.autoc),
        small(each.p),
    )


def _rounded(found: Estimate) -> str:
    half = (found.high - found.low) / 2
    value, low, high = (f"{rounded_by(part, half):.10g}".replace("-", "−") for part in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _claims(found: Uplift, currency: str) -> tuple[Claim, ...]:
    source = f"trial “{found.trial}”" if found.trial else "trial"
    made = [
        Claim("uplift", f"“{each.name}”: {words}", estimate(part, currency, on=RANDOMISED, source=source))
        for each in found.averages
        for words, part in (
            ("earned per customer treated after costs", each.net),
            ("earned after costs if every customer got it", each.net_all),
        )
        if part is not None
    ]
    made += [Claim("uplift", what, Sum(figure, "", on, source)) for what, figure, _, on in known_by_name(found, currency) if on is not None]
    if found.metric is not None and found.metric.kind == "money":
        made += [
            Claim(
                "uplift",
                f"“{each.name}”: effect on “{found.metric.words}”, per customer",
                estimate(each.effect, currency, on=RANDOMISED, source=source),
            )
            for each in found.averages
        ]
    if found.unit == "money":
        made += [
            Claim(
                "uplift",
                f"{_name(each)}: value per customer of all",
                estimate(each.value, currency, on=RANDOMISED, source=source),
            )
            for each in found.policies
            if each.name != "nobody"
        ]
    return tuple(made)
