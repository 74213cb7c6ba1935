"""What is said in the end: do customers differ in effect, is there an effect at all, and who should be treated.

* Differences are said only where the test of `heterogeneity` finds them; then some are treated, if choosing them beats treating all and treating none on
  customers that it was not made from. A simple rule that does as well is preferred.
* Without evidence of differences all are treated or none: all where the average effect is there and pays.
* Without evidence of an average effect either, none: an effect that is not known pays for nothing.

When NOT to use: as a statement that there are no differences. No evidence means that so many customers do not show any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.experiments.phrases import amount, signed
from segmentry.experiments.trial import Metric
from segmentry.preparation.words import listed, percent
from segmentry.results import Estimate
from segmentry.uplift.comparing import Contest, Way, everybody
from segmentry.uplift.question import Prices
from segmentry.uplift.results import Advice, ArmEffect, Evidence, Verdict

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What the verdict rests on.

    Parameters
    ----------
    metric : Metric
    averages : tuple of ArmEffect
    evidence : Evidence
    contest : Contest
    prices : Prices or None
    top : float
    first : tuple of Estimate, length a − 1
        Effect of each treatment among the `top` share with the highest expected effect, told by learners that were chosen on other customers.
    currency : str
    cells : str
        Whom the simple rule treats, in words; empty where that cannot be said shortly.
    """

    metric: Metric
    averages: tuple[ArmEffect, ...]
    evidence: Evidence
    contest: Contest
    prices: Prices | None
    top: float
    first: tuple[Estimate, ...]
    currency: str
    cells: str = ""

    @property
    def working(self) -> tuple[ArmEffect, ...]:
        """Return the treatments with evidence of an average effect."""
        return working(self.averages, self.evidence.level)

    @property
    def differing(self) -> tuple[int, ...]:
        """Return the arms over which customers differ in effect."""
        return differing(self.evidence)

    def effect(self, found: Estimate) -> str:
        """Return an effect with its interval, in words."""
        if self.metric.kind == "money":
            value, low, high = (_sum(end, found, self.currency, plus="+") for end in (found.value, found.low, found.high))
            return f"{value} ({low} to {high})"
        value, low, high = (signed(self.metric, end, self.currency) for end in _known(found))
        return f"{value} ({low.removesuffix(' points').removesuffix(' point')} to {high.removesuffix(' points').removesuffix(' point')})"

    def worth(self, found: Estimate) -> str:
        """Return the value of a way of choosing, in words."""
        if self.prices is None:
            return self.effect(found)
        value, low, high = (_sum(end, found, self.currency) for end in (found.value, found.low, found.high))
        return f"{value} ({low} to {high})"

    def ahead(self, found: Estimate, rival: str) -> str:
        """Return by how much a way of choosing is ahead of another."""
        value, _, between = self.worth(found).partition(" (")
        return f"{value.removeprefix('+')} more per customer, treated or not, than {rival} (95% interval {between}"


@dataclass(frozen=True, slots=True)
class Advised:
    """Whom to treat.

    Parameters
    ----------
    advice : Advice
    words : str
    way : str
        Name of the way of choosing that it comes to.
    """

    advice: Advice
    words: str
    way: str


def working(averages: tuple[ArmEffect, ...], level: float) -> tuple[ArmEffect, ...]:
    """Return the treatments with evidence of an average effect, all of them counted as asked (Bonferroni)."""
    return tuple(each for each in averages if each.p * len(averages) <= level)


def differing(evidence: Evidence) -> tuple[int, ...]:
    """Return the arms over which customers differ in effect, all of them counted as asked (Bonferroni)."""
    return tuple(arm for arm, p in enumerate(evidence.by_arm, start=1) if p * len(evidence.by_arm) <= evidence.level)


def believed(expected: Floats, averages: tuple[ArmEffect, ...], evidence: Evidence) -> Floats:
    """Return effects as far as there is evidence: each customer's own where customers differ, else the average where there is one, else 0.

    Parameters
    ----------
    expected : float array, shape (n, a − 1)
    averages : tuple of ArmEffect, length a − 1
    evidence : Evidence
    """
    effect = np.zeros_like(expected)
    for each in working(averages, evidence.level):
        effect[:, each.arm - 1] = each.effect.value
    for arm in differing(evidence):
        effect[:, arm - 1] = expected[:, arm - 1]
    return effect


def decide(found: Findings) -> tuple[Verdict, str]:
    """Return the verdict and its words."""
    average = listed([f"by {found.effect(each.counted)} with “{each.name}” (p {_p(each.p)})" for each in found.averages])
    per = f"“{found.metric.words}” changes per customer treated"
    if found.evidence.found:
        several = len(found.averages) > 1
        first = listed(
            [
                f"by {found.effect(found.first[arm - 1])}{f' with “{found.averages[arm - 1].name}”' if several else ''}"
                for arm in found.differing
            ]
        )
        alone = "" if found.working else ", which is within what chance does: some gain and others do not"
        words = (
            f"{found.evidence.words} On average {per} {average}{alone}; among the {percent(found.top)} with the highest expected effect {first}, measured "
            "on customers the model had not seen."
        )
        return "differences", words
    if found.working:
        return (
            "no evidence of differences",
            f"On average {per} {average}. {found.evidence.words} Nobody is known to gain more than another.",
        )
    words = (
        f"There is no evidence of an effect: {per} {average}, which is within what chance does. {found.evidence.words} "
        "That is no proof that there is none."
    )
    return "no evidence of an effect", words


def advise(found: Findings) -> Advised:
    """Return whom to treat."""
    if found.evidence.found:
        return _some(found)
    if not found.working:
        return Advised(
            "none", "Treat nobody for now: what is not known to change anything is not worth its cost. A larger trial would tell.", "nobody"
        )
    return _all_or_none(found, "")


def _some(found: Findings) -> Advised:
    contest = found.contest
    constant = contest.best(tuple(way.name for way in contest.ways if way.name == "nobody" or way.name.startswith("everybody")))
    able = [name for name in ("rule", "uplift") if contest.beats(name, constant)]
    if not able:
        limited = " If not everybody can be treated, those with the highest expected effect come first." if found.prices is None else ""
        return _all_or_none(found, f"Choosing by expected effect is not shown to bring more than {_giving(constant)}.{limited}")
    rule, uplift = contest.way("rule"), contest.way("uplift")
    ahead = able == ["uplift"] or contest.beats("uplift", rule)
    name = "uplift" if ahead else "rule"
    way = contest.way(name)
    gain = found.ahead(contest.value(way, constant), _giving(constant))
    words = f"Treat {_whom(found, way)}. That brings {gain}"
    if name == "rule":
        words += f". Expected effects per customer are not shown to do better than this rule: the difference is {found.worth(contest.value(uplift, rule))}"
    elif contest.beats("uplift", rule):
        words += f", and {found.worth(contest.value(uplift, rule)).removeprefix('+')} more than the simple rule"
    return Advised("some", words + ".", name)


def _whom(found: Findings, way: Way) -> str:
    """Return how many are treated, and which of them, as what follows "Treat"."""
    part = percent(float((way.arm > 0).mean()))
    if way.name == "rule":
        return f"{part} of the customers, {way.words}{f': {found.cells}' if found.cells else ''}"
    if len(found.averages) > 1:
        return f"{part} of the customers, each with what is expected to gain most"
    return f"the {part} of the customers with the highest expected effect"


def _giving(way: Way) -> str:
    """Return a way that needs no choosing, as what others are compared with."""
    name = way.name.partition(": ")[2]
    return f"giving everybody “{name}”" if name else f"treating {way.words}"


def _all_or_none(found: Findings, before: str) -> Advised:
    """Return all or none, by what the best treatment with an average effect is worth."""
    working = found.working
    if not working:
        return Advised("none", f"{before} Treat nobody: on average there is no evidence of an effect.".strip(), "nobody")
    best = max(working, key=lambda each: each.effect.value if each.net is None else each.net.value)
    worth = best.counted if best.net is None else best.net
    per = "per customer treated" if best.net is None else "per customer treated, after costs"
    told = f"“{best.name}” brings {found.effect(worth) if best.net is None else found.worth(worth)} {per}"
    if worth.low > 0:
        limit = " Without cost and revenue nothing is said of whether it pays." if best.net is None else ""
        return Advised("all", f"{before} Treat everybody: {told}.{limit}".strip(), everybody(best.name, len(found.averages) + 1))
    reason = "it costs more than it brings" if worth.high < 0 else "it is not shown to pay"
    return Advised("none", f"{before} Treat nobody: {told}; {reason}.".strip(), "nobody")


def _digits(found: Estimate) -> int | None:
    """Return the place of the second digit of what is not known; None where all is."""
    half = (found.high - found.low) / 2
    return 1 - math.floor(math.log10(half)) if half > 0 and math.isfinite(half) else None


def _known(found: Estimate) -> tuple[float, float, float]:
    digits = _digits(found)
    if digits is None:
        return found.value, found.low, found.high
    return round(found.value, digits), round(found.low, digits), round(found.high, digits)


def _sum(value: float, found: Estimate, currency: str, *, plus: str = "") -> str:
    """Return money as exactly as the interval allows; cents come in pairs."""
    digits = _digits(found)
    if digits is None:
        return f"{plus if value > 0 else ''}{amount(value, currency)}"
    value = round(value, digits)
    text = f"{abs(value):,.{2 if digits == 1 and currency else max(0, digits)}f}"
    text = text if not currency else f"{text} {currency}" if currency.isalpha() else f"{currency}{text}"
    return f"{'−' if value < 0 else plus if value > 0 else ''}{text}"


def _p(p: float) -> str:
    return "under 0.0001" if p < 0.0001 else f"= {p:.2g}"
