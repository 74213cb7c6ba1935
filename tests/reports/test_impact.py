"""The page of marketing impact: evidence beside every figure of money, refusals in words, hidden results that look hidden, no customer anywhere."""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import math
import re
from typing import Any, get_args

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.errors import Problem
from segmentry.experiments.imbalance import check_split
from segmentry.experiments.results import (
    Analysis,
    Comparison,
    Effect,
    Exposure,
    Overlap,
    SegmentEffect,
    SegmentEffects,
    Unanswered,
    WeekEffect,
    Weekly,
)
from segmentry.experiments.selfcheck import SelfCheck
from segmentry.experiments.sequential import Look
from segmentry.experiments.trial import Metric
from segmentry.plans.channels import Channels, ChannelScore
from segmentry.plans.evidence import ExperimentAdvice, Graded, NoFigure
from segmentry.plans.fairness import AttributeFairness, Fairness, GroupRate
from segmentry.plans.hitrates import HitRate, HitRates
from segmentry.plans.nextbest import NextBest
from segmentry.plans.offers import Offer
from segmentry.plans.replay import Alternative, Replay
from segmentry.plans.results import Allocation, Conflict, Eligibility, Exclusion, Frontier, Limit, Step
from segmentry.plans.returns import (
    ArmGain,
    BeforeAfter,
    CampaignReturn,
    ChannelReturn,
    Credits,
    Earned,
    Incremental,
    Returns,
    SegmentReturn,
)
from segmentry.plans.segmenting import Paired, SegmentChoice, Segmenting, Way
from segmentry.plots.theme import colour
from segmentry.reports import impact_plan, impact_proof, impact_returns, impact_trials, impact_uplift
from segmentry.reports.impact import ImpactStory, OfferFigure, Part
from segmentry.reports.impact_cells import cells, hide_crossed
from segmentry.reports.impact_frontier import removed, where
from segmentry.reports.impact_grades import BADGES, GROSS, OBSERVATIONAL, RANDOMISED
from segmentry.reports.impact_opening import sentences, tiles, warnings
from segmentry.reports.impact_page import CHAPTERS, render_impact
from segmentry.reports.impact_plan import whom
from segmentry.results import Estimate, Note
from segmentry.uplift.results import (
    ArmEffect,
    Balance,
    ColumnBalance,
    Driver,
    EffectGroup,
    Evidence,
    GainCurve,
    LearnerScore,
    Placebo,
    PolicyValue,
    Uplift,
)

NASTY = "<script>alert(1)</script> </script> ${x} %{y} {{7*7}} & \"quoted\" 'too'"
SEGMENTS = ("Loyal big spenders", "Recent regulars", "Bargain hunters on the web", "Drifting away", "Lapsed one-timers")
OFFERS = (
    Offer("Free delivery", "e-mail", cost=0.05, conversion_cost=4.9, margin=0.3),
    Offer("Catalogue of the season", "mail", cost=1.2, margin=0.3),
    Offer("Call by the shop", "telephone", cost=6.0, margin=0.3),
)
N = 20_000
# fmt: off


def near(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half)


def allocation(**changes: Any) -> Allocation:
    """20,000 customers in five segments; a tenth held out, an eighth without consent."""
    rng = np.random.default_rng(5)
    segment = rng.choice(5, N, p=[0.08, 0.24, 0.3, 0.26, 0.12])
    likes = np.array([[0.2, 0.35, 0.3], [0.5, 0.2, 0.02], [0.55, 0.02, 0.0], [0.15, 0.3, 0.01], [0.03, 0.05, 0.0]])
    draw = rng.random(N)
    intended = (draw[:, None] > np.cumsum(likes[segment], axis=1)).sum(axis=1)
    intended = np.where(intended == 3, -1, intended)
    consent, held = rng.random(N) > 0.125, rng.random(N) < 0.1
    offer = np.where(consent & ~held, intended, -1)
    gain = np.where(offer >= 0, rng.gamma(2.0, np.array([0.7, 1.4, 5.0, 0.0])[offer]), 0.0)
    spend = np.array([0.5, 1.2, 6.0, 0.0])[offer]
    exclusions = (
        Exclusion("consent", int((~consent).sum()), f"{int((~consent).sum()):,} not asked: no consent", 1480.0),
        Exclusion("contacts", 612, "612 not asked: two contacts within 30 days already", 420.0),
        Exclusion("holdout", int((consent & held).sum()), f"{int((consent & held).sum()):,} left alone by lot, so that it can be told what the plan earned", 1210.0),
    )
    allowed = np.repeat((consent & ~held)[:, None], 3, axis=1)
    limits = (
        Limit("Budget(12000)", "budget", float(spend.sum()), 12_000.0, 0.42, "One more unit of money would bring 0.42 beyond itself."),
        Limit("Capacity('telephone', 800)", "capacity", 800, 800, 2.9, "One more telephone contact would bring 2.90."),
        Limit("Capacity('mail', 5000)", "capacity", 3120, 5000, 0.0, "There is room for 1,880 more mail contacts; more would bring nothing."),
        Limit("MinReach('Lapsed one-timers', 100)", "reach", 180, 100, 0.0, "Met without cost."),
    )
    made = Allocation(
        np.array([f"c{place}" for place in range(N)], dtype=object), OFFERS, offer, intended, gain, spend, consent & held & (intended >= 0), segment,
        SEGMENTS, float(gain.sum()), float(gain.sum()) * 1.00003, 3e-5, "decomposition", limits, Eligibility(allowed, consent & held, exclusions, int((consent & ~held).sum())),
        "Profit() - ContactCost() - 0.1 * Fatigue()", (Note("held_out", "A tenth of the customers is left alone by lot, drawn anew for this plan."),),
    )
    return dataclasses.replace(made, **changes)


FIGURES = (
    OfferFigure("Free delivery", Graded(5_910.0, "randomised", "trial “Free delivery in spring”, 18,400 customers by lot", (3_120.0, 8_700.0))),
    OfferFigure("Catalogue of the season", Graded(3_460.0, "observational", "campaigns of 2025, customers chosen by the shop", (1_200.0, 5_720.0))),
    OfferFigure("Call by the shop", Graded(1_900.0, "assumption", "setting offers.effect = 0.04")),
)


def frontier() -> Frontier:
    budgets = [0.0, 1000, 2500, 5000, 7500, 10_000, 12_000, 15_000, 18_000, 22_000, 26_000]
    gains = [30_000 * (1 - math.exp(-each / 8000)) for each in budgets]
    prices = [30_000 / 8000 * math.exp(-each / 8000) for each in budgets]
    steps = tuple(Step(at, at * 0.999, gain, gain * 1.0001, price, int(at * 0.9)) for at, gain, price in zip(budgets, gains, prices, strict=True))
    return Frontier(steps, 16_200.0, 0.5, ("At 12,000, the next 1,000 brings 840.", "Stop at 16,200: from there on the next 1,000 brings less than 500."))


REPLAY = Replay(
    1.08, near(0.79, 0.28), near(0.29, 0.28), 0.79, True, near(0.31, 0.22), 0.31, Estimate(0.0, 0.0, 0.07),
    (
        Alternative("nobody", "treat nobody", Estimate(0.0, 0.0, 0.0), near(0.79, 0.28)),
        Alternative("Free delivery", "Free delivery for everyone, or for as many as the limits allow", near(0.48, 0.25), near(0.31, 0.22)),
        Alternative("Catalogue of the season", "Catalogue of the season for everyone, or for as many as the limits allow", near(0.12, 0.31), near(0.67, 0.35)),
    ),
    0.41, 18_400, 5,
    "The planner itself says 1.08 per customer; by what 18,400 customers it was not made from really did, it is 0.79 (0.51 to 1.07) per customer. The difference is optimism of choosing and is removed.",
)


def segmenting() -> Segmenting:
    values = {"nobody": Estimate(0.0, 0.0, 0.0), "one": near(0.41, 0.24), "segment": near(0.83, 0.25), "individual": near(0.86, 0.27)}
    shares = {"nobody": 0.0, "one": 1.0, "segment": 0.62, "individual": 0.55}
    ways = tuple(Way(name, words, values[name], shares[name], (("left alone", 1 - shares[name]), ("Free delivery", shares[name]))) for name, words in zip(values, ("treat nobody", "one treatment for all", "a treatment per segment", "a treatment per customer, by individual score"), strict=True))  # type: ignore[arg-type]
    differences = {("one", "nobody"): (0.41, 0.36), ("segment", "nobody"): (0.83, 0.38), ("individual", "nobody"): (0.86, 0.4), ("segment", "one"): (0.42, 0.3), ("individual", "one"): (0.45, 0.33), ("individual", "segment"): (0.03, 0.2)}
    pairs = tuple(Paired(way, than, near(value, half * 0.65), near(value, half), "better" if value > half else "no difference found") for (way, than), (value, half) in differences.items())  # type: ignore[arg-type]
    choices = tuple(SegmentChoice(name, size, arm, gain, 0.8) for name, size, arm, gain in zip(SEGMENTS, (1480, 4400, 5500, 4800, None), ("Free delivery", "Free delivery", "left alone", "Free delivery", "left alone"), (near(1.9, 0.8), near(1.1, 0.5), near(-0.2, 0.3), near(0.7, 0.6), None), strict=True))
    return Segmenting("segment", "Segmenting pays: a treatment per segment is 0.42 (0.22 to 0.62) per customer ahead of one treatment for all. Judged on 18,400 customers by plans made without them.", ways, pairs, choices, "£ per customer", 18_400, 5)


FAIRNESS = Fairness(
    (
        AttributeFairness("Age", (GroupRate("under 30", 4200, near(0.42, 0.015), Estimate(1.0, 1.0, 1.0)), GroupRate("30 to 59", 11_000, near(0.39, 0.01), near(0.93, 0.04)), GroupRate("60 and older", 4797, near(0.29, 0.013), near(0.69, 0.05)), GroupRate("not said", None, None, None)), 0.00001, True, near(0.69, 0.05), True, near(0.55, 0.01), near(0.11, 0.02), "Offers go to 29% of those of 60 and older and to 42% of those under 30: a ratio of 0.69, below four fifths."),
        AttributeFairness("Gender", (GroupRate("female", 10_400, near(0.38, 0.01), Estimate(1.0, 1.0, 1.0)), GroupRate("male", 9600, near(0.375, 0.01), near(0.99, 0.04))), 0.41, False, near(0.99, 0.04), False, near(0.502, 0.008), near(0.0, 0.01), "No difference by gender beyond chance."),
    ),
    near(0.553, 0.01), 7600, N, "Offers differ by age, and not beyond chance by gender.",
)


def imbalance(red: bool = False) -> Any:
    return check_split([9_200, 8_100] if red else [9_210, 9_190], [0.5, 0.5], arms=("control", "Free delivery"))


def comparison(kind: str = "yes/no", value: float = 0.0121, half: float = 0.0062, **changes: Any) -> Comparison:
    control = {"yes/no": 0.061, "money": 12.4, "number": 1.31}[kind]
    made = Comparison(control, control + value, near(value, half), half / 1.96, near(value / control, half / control), 0.0002, "score", "a share", (9_210, 9_190), (0.24, 0.24))
    return dataclasses.replace(made, **changes)


def effect(metric: str, words: str, kind: Any, role: Any, found: Comparison, *, believed: bool, verdict: str, arm: str = "Free delivery", **changes: Any) -> Effect:
    shrunken = near(found.difference.value * 0.86, (found.difference.high - found.difference.low) / 2) if believed else None
    made = Effect(metric, words, kind, arm, "control", role, "randomised", found, 0.0004 if believed else 0.31, believed, shrunken, 0.83 if believed else 0.41, None if believed else 23_456, 18_402, verdict)
    return dataclasses.replace(made, **changes)


def analysis(**changes: Any) -> Analysis:
    rows = tuple(
        SegmentEffect(place + 1, name, size, raw, shrunken, p, p and p * 3, bool(p and p < 0.003), size is None, "" if size else "too few customers to show")
        for place, (name, size, raw, shrunken, p) in enumerate(zip(SEGMENTS, ((740, 742), (2210, 2205), (2760, 2750), (2392, 2390), None), (near(0.041, 0.026), near(0.018, 0.013), near(-0.002, 0.011), near(0.012, 0.013), None), (near(0.026, 0.016), near(0.016, 0.01), near(0.002, 0.009), near(0.012, 0.01), None), (0.0015, 0.006, 0.72, 0.07, None), strict=True))
    )
    made = Analysis(
        "Free delivery in spring",
        "More customers bought with Free delivery: 7.3% instead of 6.1%, a difference of 1.2 points (0.59 to 1.83), beyond chance.",
        None, "lot", "column arm of trial.csv, by lot as the settings say", ("control", "Free delivery"), (9_210, 9_190), imbalance(),
        effects=(
            effect("bought", "Bought within 30 days", "yes/no", "primary", comparison(), believed=True, verdict="More than among the customers who were left alone, beyond chance."),
            effect("visited", "Visited within 30 days", "yes/no", "exploratory", comparison(value=0.009, half=0.013), believed=False, verdict="No evidence of an effect: what was seen is within what chance does.", notes=(Note("few", "The tail of visits was not cut."),)),
            effect("spend", "Spend within 30 days", "money", "exploratory", comparison("money", 0.61, 0.95, method="permutation", lift=None, skew=21.0, effective=840.0), believed=False, verdict="No evidence of an effect: what was seen is within what chance does."),
        ),
        segments=(SegmentEffects("bought", "Bought within 30 days", "Free delivery", rows, near(0.0125, 0.0065), 0.011, 0.004, True, "Segments differ in effect beyond chance."),),
        exposure=(Exposure("bought", "Free delivery", comparison(), (0.0, 0.62), near(0.0195, 0.01), 8123.0, None, "This takes for granted that the mail changes nothing unless it is opened.", "Those who opened it bought 2 points more often."),),
        weekly=(Weekly("bought", "Free delivery", tuple(WeekEffect(week, (9210, 9190), near(value, 0.004)) for week, value in ((1, 0.0079), (2, 0.0031), (3, 0.0012), (4, -0.0003))), 4, near(-0.0025, 0.0015), 0.001, True, False, Note("novelty", "The first week alone would promise four times as much as the last: the effect fades.", "warning"), "The effect shrinks from week to week."),),
        overlaps=(Overlap("bought", ("Free delivery in spring", "Summer sale"), (4600, 4590, 4610, 4600), (near(0.012, 0.006), near(0.001, 0.006)), (0.0001, 0.74), (True, False), near(0.001, 0.012), 0.86, False, "observational", "“Free delivery in spring” is credited, “Summer sale” is not."),),
        notes=(Note("lag", "The last 3 days are not complete and were left out."),),
    )
    return dataclasses.replace(made, **changes)


def hidden() -> Analysis:
    return Analysis("Voucher by mail", "No effect is shown: the arms are not as large as planned.", Problem("SAMPLE_RATIO", "The arms are not as large as planned: 9,200 and 8,100 customers instead of 8,650 each.", "Find out where customers were lost, and split anew."), "lot", "column arm", ("control", "Voucher"), (9_200, 8_100), imbalance(red=True))


SELFCHECK = SelfCheck(Metric("spend", "Spend within 30 days", "money"), N, 200, 0.05, 0.5, Estimate(0.045, 0.024, 0.083), 4, 5, 0, True, "In 9 of 200 splits (4.5%, 2.4% to 8.3%) the test saw an effect where there is none; 5% are accepted.")


def curves(names: tuple[str, ...] = ("uplift", "rule", "random")) -> tuple[GainCurve, ...]:
    at = tuple(place / 20 for place in range(21))
    shapes = {"uplift": lambda x: 0.012 * x + 0.03 * x * (1 - x), "rule": lambda x: 0.012 * x + 0.012 * x * (1 - x), "random": lambda x: 0.012 * x}
    words = {"uplift": "by expected effect", "rule": "rule of recency and spend", "random": "random order"}
    return tuple(GainCurve(name, words[name], 1, at, tuple(shapes[name](x) for x in at), tuple(shapes[name](x) - 0.006 * math.sqrt(x) for x in at), tuple(shapes[name](x) + 0.006 * math.sqrt(x) for x in at)) for name in names)


def uplift(**changes: Any) -> Uplift:
    made = Uplift(
        "differences", "Customers differ in what free delivery does to them: the fifth with the highest expected effect gained 3.4 points (1.9 to 4.9), all of them 1.2.",
        "some", "Treat the 46% whose expected effect pays the contact.", "", "Free delivery in spring", "column arm, by lot as the settings say", Metric("bought", "Bought within 30 days", "yes/no"),
        ("control", "Free delivery"), 18_400, "Five parts; each customer is scored by models that had not seen them or anyone alike.",
        (ArmEffect(1, "Free delivery", 9_190, 9_210, 0.073, 0.061, near(0.0121, 0.0062), near(0.0124, 0.0058), 0.00003, near(0.31, 0.26), 1820.0, near(5700.0, 4700.0)),),
        Evidence(0.0007, (0.0007,), 0.01, True, "calibration test", "Differences were found at p = 0.0007, below the level of 0.01."),
        "Qini as an area per customer; 0 is a random order.", 0.2,
        (LearnerScore("dr", "doubly robust learner", 1, 0.0041, 0.0082, near(0.034, 0.015), near(0.016, 0.009), 0.0004, 0.0007, 0.013, True), LearnerScore("linear", "linear interactions", 1, 0.0031, 0.0075, near(0.028, 0.015), near(0.012, 0.009), 0.004, 0.003, 0.011), LearnerScore("rule", "rule of recency and spend", 1, 0.0015, 0.0066, near(0.019, 0.015), near(0.005, 0.009), 0.12, 0.2, 0.004)),
        "dr", curves(),
        (PolicyValue("uplift", "treat who is expected to gain", False, near(0.47, 0.24), 0.46, "everybody", near(0.16, 0.13)), PolicyValue("everybody", "treat everybody", True, near(0.31, 0.26), 1.0), PolicyValue("rule", "rule of recency and spend", True, near(0.34, 0.25), 0.4), PolicyValue("nobody", "treat nobody", True, Estimate(0.0, 0.0, 0.0), 0.0)),
        "money", Placebo(10, (-0.004, 0.001, 0.003, -0.002, 0.0005, 0.002, -0.001, -0.003, 0.004, 0.0), 0.016, (0.5,) * 10, True, "Ten placebo treatments found nothing, as they must."),
        Balance((ColumnBalance("recency", "Days since last purchase", 0.021, 0.8), ColumnBalance("spend", "Spend per year", -0.012, 0.9), ColumnBalance("age", "Age", 0.004, 0.95)), 0.021, 0.031, near(0.501, 0.008), 0.4, 0.5, 0.5, 1.0, True, "The arms were alike before the treatment, as a lot makes them."),
        (Driver("recency", "Days since last purchase", 1, 0.41, 0.0002, (EffectGroup("up to 30", 6100, near(0.024, 0.011)), EffectGroup("31 to 120", 6200, near(0.011, 0.011)), EffectGroup("over 120", 6100, near(0.001, 0.009)))), Driver("spend", "Spend per year", 1, 0.22, 0.004, (EffectGroup("low", 9000, near(0.004, 0.008)), EffectGroup("high", 9400, near(0.02, 0.009))))),
        notes=("Half of the customers have no purchase before the trial.",),
    )
    return dataclasses.replace(made, **changes)


def earned(customers: int, gross: float, spend: float, **changes: Any) -> Earned:
    profit = gross * 0.3 - spend
    made = Earned(customers, int(customers * 1.1), int(customers * 0.08), near(0.073, 0.006), 0.072, customers * 0.09, gross, spend, spend * 1.05, profit, profit / spend, gross / spend)
    return dataclasses.replace(made, **changes)


HIDDEN = Earned(None, None, hidden=True)


def added(value: float, half: float) -> Incremental:
    return Incremental(1480, 1490, near(20 * value, 20 * half), near(1000 * value, 1000 * half), near(300 * value - 100, 300 * half), near(0.3 * value - 0.1, 0.3 * half), False, "trial of 18,400 customers by lot, drawn towards all segments")


def campaigns() -> tuple[CampaignReturn, ...]:
    change = BeforeAfter(9.1, 12.6, near(3.5, 0.8), 3.1, 1.22, 30, "Spend rose by a third. Not attributable: there is no control, and the customers were picked because they had been silent.")
    return (
        CampaignReturn("k1", "Free delivery in spring", "e-mail", "2026-03-02", "2026-03-04", earned(9190, 118_000, 4100), Incremental(9190, 9210, near(111, 57), near(5600, 8700), near(-2400, 2600), near(-0.58, 0.63), True, "trial of 18,400 customers by lot"), None, ("Summer sale",), "randomised", "Its own doing is 111 more buyers (54 to 168), and no profit beyond chance.", ("It overlaps with “Summer sale”.",)),
        CampaignReturn("k2", "Summer sale", "mail", "2026-04-10", "2026-05-02", earned(15_400, 301_000, 18_500), None, change, ("Free delivery in spring",), "observational", "Gross only: nobody was left alone, so what it added cannot be told.", ("It fell into the season in which everybody buys.",)),
        CampaignReturn("k3", "Win back by telephone", "telephone", "2026-05-05", "2026-05-20", earned(820, 9100, 4920, answered=None, rate=None), None, dataclasses.replace(change, others=None, expected=None), (), "observational", "Gross only.", ()),
        CampaignReturn("k4", "Trial balloon", "e-mail", "2026-06-01", "2026-06-01", HIDDEN, None, None, (), "observational", "", ()),
    )


def returns(**changes: Any) -> Returns:
    made = Returns(
        "", campaigns(),
        tuple(ChannelReturn(name, 1, each, "observational", "") for name, each in (("e-mail", earned(9193, 118_077, 4101)), ("mail", earned(15_400, 301_000, 18_500)), ("telephone", earned(820, 9100, 4920)))),
        (*[SegmentReturn(place + 1, name, earned(3000 + 100 * place, 60_000.0 + 5000 * place, 4000.0), "observational", "", (ArmGain("Free delivery", added(1.0 - 0.4 * place, 0.6)),)) for place, name in enumerate(SEGMENTS[:4])], SegmentReturn(5, SEGMENTS[4], HIDDEN, "observational", "")),
        earned(19_100, 428_177, 27_521), Credits(24_100, 15_020, 9_080, 2_210), 30, 0.3, "£", "observational",
        ("Contacted customers spent £428,177 within 30 days of a contact, at a cost of £27,521; most of that they might have spent anyway.", "Only “Free delivery in spring” had a control: it brought 111 more buyers, and no profit beyond chance."),
        ("The cost of one contact of “Trial balloon”: give it as returns.cost in the settings.",),
    )
    return dataclasses.replace(made, **changes)


CHANNELS = Channels(
    (
        ChannelScore("telephone", 902, 820, 110, near(0.122, 0.022), near(0.098, 0.026), 0.095, "observational", 0.8, "Used on loyal customers above all."),
        ChannelScore("mail", 16_900, 15_400, 1200, near(0.071, 0.004), near(0.074, 0.005), 0.074, "observational", 1.0, ""),
        ChannelScore("e-mail", 10_100, 9190, 640, near(0.063, 0.005), near(0.065, 0.005), 0.065, "randomised", 1.0, ""),
        ChannelScore("app", 31, 30, None, None, None, 0.07, "observational", 0.2, ""),
    ),
    np.zeros(3, dtype=np.int64), np.zeros(3), np.zeros(3, dtype=np.int64), ("telephone", "mail", "e-mail", "app"), True, 0.0001, "Channels differ beyond chance, and less so once they are set on the same mix of segments.",
)
HITS = (
    HitRates("new", 3, 4100, (HitRate("lift", "suggestions", "suggestions", near(0.112, 0.01)), HitRate("popular", "most popular products", "baseline", near(0.081, 0.008)), HitRate("again", "bought before", "baseline", near(0.0, 0.0))), "popular", near(0.031, 0.009), True, near(0.004, 0.006), False, "Of 100 customers 11 buy one of three suggestions, 8 one of the three most popular products."),
    HitRates("any", 1, 6100, (HitRate("lift", "suggestions", "suggestions", near(0.31, 0.012)), HitRate("again", "what was bought last", "baseline", near(0.312, 0.012))), "again", near(-0.002, 0.006), False, None, False, "No better than what was bought last."),
)


def nextbest() -> NextBest:
    ids, offer, channel, product, nothing = (np.array(values, dtype=object) for values in (["c1"] * 40, ["Free delivery"] * 40, ["e-mail"] * 38 + [""] * 2, ["Teapot"] * 25 + ["Cups"] * 12 + ["Ring"] * 3, [""] * 40))
    return NextBest(ids=ids, offer=offer, channel=channel, products=(product,), because=nothing, again=nothing, channel_evidence=np.ones(40, dtype=np.int64), product_evidence=np.ones(40, dtype=np.int64))


def story(**changes: Any) -> ImpactStory:
    made = ImpactStory(
        title="Shop by the sea", customers=N, day="2026-06-30", currency="£", plan=allocation(), figures=FIGURES, frontier=frontier(), replay=REPLAY,
        segmenting=segmenting(), fairness=FAIRNESS, uplift=uplift(), analyses=(analysis(), hidden()), selfchecks=(SELFCHECK,), returns=returns(),
        channels=CHANNELS, hits=HITS, nextbest=nextbest(),
        notes=(Note("assumed", "The margin of 30% is what the settings say."), Note("season", "Half of the trial fell into the sale.", "warning")),
        settings={"plan": {"budget": 12_000, "holdout": 0.1}}, versions={"segmentry": "0.5.0", "numpy": "2.3.0"}, seed=7,
        command="segmentry plan customers.csv --budget 12000", run="2026-06-30-plan",
    )
    return dataclasses.replace(made, **changes)

# fmt: on

MIXED_PLAN = ("Free delivery", "Catalogue of the season", "Call by the shop")


@pytest.fixture(scope="module")
def page() -> str:
    return render_impact(story())


def outside(page: str) -> str:
    """The page without its scripts and styles."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)


def text(page: str) -> str:
    """What a reader reads, blanks made single."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", outside(page))).split())


def figures(page: str) -> list[dict[str, Any]]:
    return [
        json.loads(each) for each in re.findall(r'<script type="application/json" id="figure-[^"]*">(.*?)</script>', page, flags=re.DOTALL)
    ]


def section(page: str, key: str) -> str:
    return re.search(rf'<section id="{key}">.*?</section>', outside(page), flags=re.DOTALL).group(0)  # type: ignore[union-attr]


def test_five_sentences_say_what_to_do_what_it_earns_on_what_ground_what_was_removed_and_where_to_stop() -> None:
    do, earn, rests, removed, stop = sentences(story())
    assert re.match(r"Give [\d,]+ of 20,000 customers \(\d+%\) an offer, [\d,]+ of them “Free delivery”, and spend £[\d,]+\.", do)
    assert "£5,900 (95% interval £3,100 to £8,700), randomised" in earn
    assert "£1,900, stated assumption" in earn
    assert "not added up" in earn
    assert "trial “Free delivery in spring”, 18,400 customers by lot (randomised)" in rests
    assert (
        removed
        == "The planner itself says £1.08 per customer; £0.29 of it (£0.01 to £0.57) was the optimism of choosing among noisy figures, and is removed."
    )
    assert (
        stop
        == "Stop at £16,200: more money brings less than £0.50 for each £1 spent, by the planner's own figures, which rest on several kinds of evidence."
    )
    pure = tuple(OfferFigure(name, Graded(100.0, "randomised", "trial", (50.0, 150.0))) for name in MIXED_PLAN)
    assert sentences(story(figures=pure))[4] == "Stop at £16,200: more money brings less than £0.50 for each £1 spent."


def test_money_of_different_grades_is_never_added_up() -> None:
    parts = [each.figure.value for each in FIGURES if isinstance(each.figure, Graded)]
    sums = {sum(some) for n in (2, 3) for some in itertools.combinations(parts, n)}
    told = {amount.replace(",", "") for amount in re.findall(r"£([\d,]+)", text(render_impact(story())))}
    assert not {f"{float(f'{each:.2g}'):.0f}" for each in sums} & told
    assert not {f"{each:.0f}" for each in sums} & told
    assert len(impact_plan.chapter(story()).promised) == 3  # type: ignore[union-attr]


def test_figures_of_one_grade_are_added_with_their_intervals_and_gross_ones_stand_apart() -> None:
    same = (
        OfferFigure("Free delivery", Graded(100.0, "randomised", "a", (50.0, 150.0))),
        OfferFigure("Call by the shop", Graded(40.0, "randomised", "b", (10.0, 70.0))),
        OfferFigure("Catalogue of the season", Graded(900.0, "observational", "c", gross=True)),
    )
    assert [(each.amount, each.interval, each.badge) for each in impact_plan.chapter(story(figures=same)).promised] == [
        ("£140", "£60 to £220", RANDOMISED),
        ("£900", "", GROSS),
    ]  # type: ignore[union-attr]


def test_every_kind_of_money_has_a_badge_by_shape_and_word(page: str) -> None:
    for badge in BADGES:
        assert f'class="grade {badge.key}"' in page
        assert badge.words in text(page)
        assert badge.meaning in text(page)
    shapes = {key: set(re.findall(rf'class="grade {key}"[^>]*><svg[^>]*>(.*?)</svg>', page)) for key in (each.key for each in BADGES)}
    assert all(len(found) == 1 for found in shapes.values())
    assert len(set.union(*shapes.values())) == len(BADGES)


def test_the_evidence_chapter_lists_the_promised_and_the_incremental_and_the_gross_figures(page: str) -> None:
    listed = section(page, "evidence")
    for words in (
        "The whole plan may be expected to bring after costs",
        "“Free delivery in spring”: additional profit after spend",
        "All contacts: gross revenue",
        "“Call by the shop” may be expected to bring after costs",
        "The plan, per customer, on customers it was not made from",
    ):
        assert words in text(listed)
    kinds = re.findall(r'<div class="kind">(.*?)</div>\s*(?=<div class="kind">|</section>)', listed, flags=re.DOTALL)
    assert [re.search(r'class="grade (\w+)"', kind).group(1) for kind in kinds] == [each.key for each in BADGES]  # type: ignore[union-attr]
    assert "Total" not in listed


def test_what_stands_in_the_evidence_chapter_stands_in_its_own_chapter_too(page: str) -> None:
    for key, make in CHAPTERS:
        chapter = make(story())
        told = text(section(page, key))
        for claim in getattr(chapter, "claims", ()):
            assert claim.chapter == key
            assert all(part in told for part in claim.sum.amount.split(" → ")), claim


def test_a_kind_without_a_figure_is_named_as_missing() -> None:
    bare = text(render_impact(ImpactStory("Bare", returns=returns(), currency="£")))
    assert (
        "stated assumption A number that somebody stated. It is as good as that person's knowledge; nothing here measured it. None on this page."
        in bare
    )


def test_without_evidence_there_is_no_figure_but_the_experiment_that_would_give_one() -> None:
    nothing = NoFigure(
        "Call by the shop",
        "It was never tried by lot.",
        ExperimentAdvice(("left alone", "Call by the shop"), 4100, 0.05, True, "Draw 4,100 customers by lot for each."),
    )
    found = story(figures=(*FIGURES[:2], OfferFigure("Call by the shop", nothing)))
    chapter = impact_plan.chapter(found)
    assert chapter is not None
    assert chapter.nothing == ("No profit figure for Call by the shop: It was never tried by lot. Draw 4,100 customers by lot for each.",)
    row = next(each for each in chapter.offers if each.name == "Call by the shop")
    assert (row.planned, row.figure, row.badge) == ("–", None, None)
    assert all(each.planned == "–" for each in (*chapter.rows, *chapter.more) if each.offer == "Call by the shop")
    assert "without a figure" in chapter.mixed
    assert not any(claim.sum.badge.key == "mixed" for claim in chapter.claims)
    alone = story(plan=None, frontier=None, replay=None, figures=(OfferFigure("Call by the shop", nothing),), uplift=None, segmenting=None)
    assert sentences(alone)[0] == nothing.words


def test_the_optimism_is_taken_out_of_the_frontier_only_where_all_of_it_was_tried_by_lot() -> None:
    pure = tuple(OfferFigure(name, Graded(100.0, "randomised", "trial", (50.0, 150.0))) for name in MIXED_PLAN)
    tried, mixed = (impact_plan.chapter(story(figures=each)).stopping for each in (pure, FIGURES))  # type: ignore[union-attr]
    assert tried is not None
    assert mixed is not None
    assert "with the optimism removed" in json.dumps(tried.picture.figure)
    assert "with the optimism removed" not in json.dumps(mixed.picture.figure)
    assert "not removed" in mixed.remark
    assert tried.rows[-1].promised == "£21,100"
    assert mixed.rows[-1].promised == ""
    assert removed(dataclasses.replace(REPLAY, promised=0.0, certain=False)).value == 0.0  # type: ignore[union-attr]


def test_what_the_next_thousand_brings_is_said_where_the_plan_stands() -> None:
    words = impact_plan.chapter(story()).stopping.words  # type: ignore[union-attr]
    assert words[0] == "At £9,990, near what the plan spends, the next £1,000 brings at most about £1,070 after costs, as planned."
    free = dataclasses.replace(frontier(), hurdle=0.0)
    assert where(free, "£") == "Stop at £16,200: more money brings nothing more after costs."


def test_who_is_left_out_is_told_with_the_reason_and_few_are_not_counted() -> None:
    plan = allocation()
    exclusions = (*plan.eligibility.exclusions, Exclusion("segments", 3, "3 not asked: no offer is for their segment", 9.0))
    chapter = impact_plan.chapter(
        story(plan=dataclasses.replace(plan, eligibility=dataclasses.replace(plan.eligibility, exclusions=exclusions)))
    )
    assert chapter is not None
    assert [words for words, *_ in chapter.left_out][:3] == [each.words for each in exclusions[:3]]
    assert ("Fewer than 5 not asked: no offer is for their segment", "") in [(words, worth) for words, worth, _ in chapter.left_out]
    left = len(plan) - plan.treated - sum(each.customers for each in exclusions)
    assert chapter.left_out[-1][0].startswith(f"{left:,} could have been asked and are not")


def test_a_plan_that_earns_nothing_beyond_chance_is_not_to_be_rolled_out() -> None:
    poor = dataclasses.replace(REPLAY, revalued=near(0.2, 0.4), optimism=near(0.88, 0.4), promised=0.0, certain=False)
    found = story(
        replay=poor, figures=(OfferFigure("Free delivery", NoFigure("Free delivery", "It cannot be told from nothing.")), *FIGURES[1:])
    )
    told = sentences(found)
    assert told[0].startswith(
        "Do not roll the plan out on this evidence, try it by lot: on customers it was not made from, it earns nothing beyond chance"
    )
    assert re.match(r"The plan gives [\d,]+ of 20,000 customers", told[1])
    assert "not proven by lot: £3,500 (95% interval £1,200 to £5,700), observational; £1,900, stated assumption." in told[1]
    assert (
        told[3]
        == "The planner itself says £1.08 per customer; by what customers it was not made from (18,400) did, it is £0.20 (−£0.20 to £0.60)."
    )
    assert not any("Stop at" in words for words in told)
    assert ("Shown to earn", "nothing") in [(tile.words, tile.figure) for tile in tiles(found)]
    assert "Stop at" not in [tile.words for tile in tiles(found)]
    assert "None of it may be promised" in impact_plan.chapter(found).stopping.remark  # type: ignore[union-attr]


def test_an_offer_that_nobody_gets_promises_nothing() -> None:
    plan = allocation()
    without = dataclasses.replace(plan, offer=np.where(plan.offer == 2, -1, plan.offer), gain=np.where(plan.offer == 2, 0.0, plan.gain))
    figures_ = (*FIGURES[:2], OfferFigure("Call by the shop", Graded(0.0, "assumption", "setting")))
    chapter = impact_plan.chapter(story(plan=without, figures=figures_))
    assert chapter is not None
    assert [each.badge.key for each in chapter.promised] == ["randomised", "observational"]
    assert (chapter.offers[2].customers, chapter.offers[2].planned, chapter.offers[2].figure) == ("0", "–", None)
    assert not [claim for claim in chapter.claims if claim.sum.badge.key == "assumption"]
    assert "telephone" not in chapter.pictures[1].figure["layout"]["yaxis"]["ticktext"]


def test_one_offer_for_everybody_who_is_treated_is_said_so() -> None:
    plan = allocation()
    only = dataclasses.replace(plan, offer=np.where(plan.offer == 0, 0, -1))
    assert ", all of them “Free delivery”, and spends" in whom(only, "£")


def test_a_conflict_is_told_with_its_members_and_what_would_help() -> None:
    clash = Conflict(
        ("MinReach('Loyal', 900)", "Budget(100)"),
        "At least 900 of Loyal cost 450, and the budget is 100.",
        ("raise the budget to 450", "reach 200"),
    )
    told = text(render_impact(story(plan=None, frontier=None, conflict=clash, figures=())))
    assert "No plan within these limits At least 900 of Loyal cost 450, and the budget is 100. MinReach('Loyal', 900) Budget(100)" in told
    assert "Any one of these would make it possible: Raise the budget to 450 Reach 200" in told
    assert told.count("There is no plan within these limits: at least 900") == 1


def test_a_plan_that_treats_nobody_promises_nothing() -> None:
    plan = allocation()
    nobody = dataclasses.replace(plan, offer=np.full(N, -1), gain=np.zeros(N), spend=np.zeros(N), value=0.0)
    found = story(plan=nobody, figures=())
    assert sentences(found)[0].startswith("The plan gives nobody an offer")
    assert impact_plan.chapter(found).pictures == ()  # type: ignore[union-attr]
    assert tiles(found)[1].figure == "no"


def test_segments_keep_the_numbers_and_colours_of_other_pages() -> None:
    chapter = impact_plan.chapter(story(segment_ids=(2, 3, 5, 7, 8)))
    assert chapter is not None
    assert chapter.rows[0].segment == "5 Bargain hunters on the web"
    assert [trace["marker"]["color"] for trace in chapter.pictures[1].figure["data"]] == [colour(each) for each in (2, 3, 5, 7, 8)]
    plan = allocation()
    some = dataclasses.replace(plan, segment=np.where(plan.segment == 4, -1, plan.segment))
    assert cells(some).segments[-1] == "in no segment"
    assert cells(some).ids == (1, 2, 3, 4, 5, 0)
    assert cells(dataclasses.replace(plan, segment=None)).segments == ("all customers",)


def test_figures_that_could_not_be_computed_stop_no_page() -> None:
    unknown = Estimate(0.01, float("-inf"), float("inf"))
    broken = dataclasses.replace(
        analysis().effects[0], found=comparison(difference=unknown, lift=Estimate(0.1, float("nan"), float("inf")))
    )
    told = text(section(render_impact(story(analyses=(analysis(effects=(broken,)),))), "experiments"))
    assert "cannot be told" in told
    assert not {"inf", "nan"} & set(re.findall(r"\w+", told))


def test_small_cells_of_the_plan_are_hidden_and_cannot_be_worked_out() -> None:
    offer, segment = np.repeat([0, 1, -1, 0, 1, -1], [40, 3, 60, 50, 20, 70]), np.repeat([0, 0, 0, 1, 1, 1], [40, 3, 60, 50, 20, 70])
    n = len(offer)
    plan = allocation(
        ids=np.arange(n).astype(str).astype(object),
        offers=OFFERS[:2],
        offer=offer,
        intended=offer,
        gain=np.where(offer >= 0, 1.0, 0.0),
        spend=np.where(offer >= 0, 0.5, 0.0),
        held_out=np.zeros(n, dtype=bool),
        segment=segment,
        segments=SEGMENTS[:2],
        eligibility=Eligibility(np.ones((n, 2), dtype=bool), np.zeros(n, dtype=bool), (), n),
    )
    found = cells(plan)
    for line in (*found.hidden, *found.hidden.T):
        assert not line.any() or line.sum() >= 2
    chapter = impact_plan.chapter(story(plan=plan))
    assert chapter is not None
    assert {(row.segment, row.offer, row.customers) for row in chapter.rows if row.customers != "hidden"} == set()
    assert chapter.rows[0].planned == "–"
    assert "hidden" in json.dumps(chapter.pictures[0].figure)
    assert "is what would give them away" in chapter.pictures[0].caption
    few = dataclasses.replace(plan, offer=np.where(np.arange(n) < 3, 0, -1), spend=np.zeros(n), gain=np.zeros(n))
    assert whom(few, "£") == "The plan gives fewer than 5 customers of 243 an offer."
    assert [(tile.words, tile.figure, tile.remark) for tile in tiles(story(plan=few))][1:2] == [("Get an offer", "fewer than 5", "")]


@given(npst.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 30)))
def test_no_line_of_a_crossed_table_hides_a_single_cell_that_its_sum_would_give_away(counts: np.ndarray) -> None:
    hidden = hide_crossed(counts)
    assert hidden[(counts > 0) & (counts < 5)].all()
    for line, here in zip((*counts, *counts.T), (*hidden, *hidden.T), strict=True):
        if here.any():
            alone = not (~here & (line > 0)).any()
            assert alone or (here.sum() >= 2 and line[here].sum() >= 5)


def test_the_replay_stands_beside_simple_rules(page: str) -> None:
    told = text(section(page, "proof"))
    assert REPLAY.words in told
    assert "Free delivery for everyone, or for as many as the limits allow £0.48 £0.23 to £0.73 £0.31 £0.09 to £0.53" in told
    assert "Yes: choosing by segment pays" in told
    assert "By individual score against by segment" in page


@pytest.mark.parametrize(
    ("verdict", "stamp"),
    [("nobody", "No: nothing was shown to pay"), ("one", "No: one offer for all is enough"), ("individual", "More than that")],
)
def test_any_way_of_choosing_may_win(verdict: Any, stamp: str) -> None:
    found = impact_proof.compared(dataclasses.replace(segmenting(), verdict=verdict), "£")
    assert found.stamp.startswith(stamp)
    assert [row.name for row in found.rows if row.chosen] == [impact_proof.WAYS[verdict]]


def test_without_scores_per_customer_three_ways_are_compared() -> None:
    whole = segmenting()
    three = dataclasses.replace(whole, ways=whole.ways[:3], pairs=tuple(pair for pair in whole.pairs if pair.way != "individual"))
    found = impact_proof.compared(three, "£")
    assert len(found.rows) == 3
    assert found.choices[-1] == ("Lapsed one-timers", "hidden", "hidden", "hidden", "–")


def test_groups_of_few_customers_are_hidden_in_the_part_on_fairness(page: str) -> None:
    told = text(section(page, "proof"))
    assert "Differs: Age Offers go to 29%" in told
    assert "not said hidden hidden –" in told
    assert "Groups of few customers are hidden" in told


def test_hidden_results_of_a_trial_look_hidden_and_show_no_effect() -> None:
    card = impact_trials.chapter(story(analyses=(hidden(),))).cards[0]  # type: ignore[union-attr]
    assert card.stamp == ("Hidden", "blocked")
    assert card.rows == card.pictures == card.segments == card.further == ()
    told = render_impact(story(analyses=(hidden(),)))
    assert '<article class="trial hidden" id="trial-0">' in told
    assert "Find out where customers were lost, and split anew." in text(told)
    assert any(words.startswith("The result of “Voucher by mail” is not shown") for words in warnings(story()))


def test_a_comparison_without_control_is_not_attributable() -> None:
    found = dataclasses.replace(hidden(), assigned="unknown", imbalance=None, verdict="Not attributable.")
    card = impact_trials.chapter(story(analyses=(found,))).cards[0]  # type: ignore[union-attr]
    assert card.stamp == ("Not attributable", "blocked")
    assert card.badge is OBSERVATIONAL


def test_the_primary_metric_comes_first_and_exploratory_ones_are_marked() -> None:
    mixed_up = dataclasses.replace(analysis(), effects=analysis().effects[1::-1])
    card = impact_trials.chapter(story(analyses=(mixed_up,))).cards[0]  # type: ignore[union-attr]
    figure = card.pictures[0].figure
    assert figure["layout"]["yaxis"]["ticktext"][0] == "Bought within 30 days"
    marks = {trace["name"]: trace["marker"]["symbol"] for trace in figure["data"] if trace.get("name")}
    assert marks == {"primary: the verdict goes by it": "circle", "exploratory": "circle-open"}
    assert [row.role for row in card.rows] == ["exploratory", "primary"]


def test_a_verdict_is_not_said_twice() -> None:
    effect_ = analysis().effects[0]
    same = dataclasses.replace(effect_, verdict=analysis().verdict)
    other = dataclasses.replace(analysis().effects[1], verdict="Visited within 30 days: no evidence.")
    card = impact_trials.chapter(story(analyses=(analysis(effects=(same, other), notes=(Note("split", imbalance().words),)),))).cards[0]  # type: ignore[union-attr]
    assert [row.verdict for row in card.rows] == ["", "no evidence."]
    assert card.notes == ()


def test_metrics_of_different_kinds_have_pictures_of_their_own() -> None:
    card = impact_trials.chapter(story()).cards[0]  # type: ignore[union-attr]
    assert [picture.figure["layout"]["xaxis"]["title"]["text"] for picture in card.pictures] == [
        "difference, percentage points",
        "difference per customer, £",
    ]


def test_segments_stand_raw_beside_shrunken_and_those_of_few_customers_are_hidden() -> None:
    table = impact_trials.chapter(story()).cards[0].segments[0]  # type: ignore[union-attr]
    assert table.rows[0] == ("1 Loyal big spenders", "1,482", "+4.1 points (+1.5 to +6.7)", "+2.6 points (+1 to +4.2)", "0.0045")
    assert table.rows[-1] == ("5 Lapsed one-timers", "hidden", "too few customers to show", "–", "–")
    assert "5 Lapsed" not in json.dumps(table.picture.figure)  # type: ignore[union-attr]


def test_weeks_exposure_and_other_campaigns_follow() -> None:
    weeks, seen, others = impact_trials.chapter(story()).cards[0].further  # type: ignore[union-attr]
    assert weeks.caution.startswith("The first week alone would promise")
    assert "62% of those who were given it saw it, and 0% of the control" in seen.words[0]
    assert "“Summer sale” +0.1 points (−0.5 to +0.7), not credited" in others.words[0]
    refused = dataclasses.replace(
        analysis().exposure[0],
        complier=None,
        refusal=Problem("NO_INSTRUMENT", "Nobody of the control is known not to have seen it.", "Log who saw it."),
    )
    assert (
        impact_trials.chapter(story(analyses=(analysis(exposure=(refused,)),))).cards[0].further[1].caution
        == "Nobody of the control is known not to have seen it. Log who saw it."
    )  # type: ignore[union-attr]


def test_a_running_trial_shows_only_what_holds_on_any_day_and_what_cannot_be_answered_is_said() -> None:
    look = Look(
        9,
        28,
        "bought",
        "Free delivery",
        near(0.01, 0.02),
        0.95,
        0.3,
        False,
        False,
        "mixture",
        "Too early to say: go on to the planned day.",
    )
    asked = Unanswered(
        "spend", "Spend", "Free delivery", "exploratory", Problem("FEW", "Only 9 customers spent anything.", "Wait."), 4321, "No verdict."
    )
    card = impact_trials.chapter(
        story(analyses=(analysis(effects=(), segments=(), exposure=(), weekly=(), overlaps=(), looks=(look,), unanswered=(asked,)),))
    ).cards[0]  # type: ignore[union-attr]
    assert card.stamp == ("Running", "look")
    assert card.looks == (("Day 9 of 28", "Too early to say: go on to the planned day."),)
    assert card.unanswered == (("Spend", "No verdict. Only 9 customers spent anything. Wait. About 4,300 more customers are needed."),)


def test_the_selfcheck_is_told_as_passed_or_failed() -> None:
    failed = dataclasses.replace(SELFCHECK, sound=False, words="In 40 of 200 splits the test saw an effect.")
    told = outside(render_impact(story(selfchecks=(SELFCHECK, failed))))
    assert '<li class="fails"><b>Spend within 30 days.</b> In 40 of 200' in told


def test_the_verdict_on_uplift_comes_first_and_the_learners_last(page: str) -> None:
    told = text(section(page, "uplift"))
    assert told.startswith("Whom it changes Customers differ randomised Customers differ in what free delivery does to them")
    assert told.index("Beside simple rules") < told.index("Can it be believed?") < told.index("All learners")
    assert "from the best simple way: treat everybody" in told
    assert "£0.16 (£0.03 to £0.29)" in told


def test_no_evidence_that_customers_differ_is_an_answer() -> None:
    found = uplift(
        verdict="no evidence of differences",
        words="There is no evidence that customers differ in effect.",
        advice="all",
        advice_words="Treat all.",
        drivers=(),
    )
    chapter = impact_uplift.chapter(story(uplift=found))
    assert chapter is not None
    assert chapter.stamp[0] == "No evidence that customers differ"
    assert chapter.curve_words.startswith("The curve does not leave the straight line")
    assert 'id="uplift-groups"' not in render_impact(story(uplift=found))


@pytest.mark.parametrize("verdict", ["propensity, not uplift", "refused"])
def test_what_is_no_uplift_shows_no_effect(verdict: Any) -> None:
    found = uplift(
        verdict=verdict,
        words="Nothing is claimed.",
        refusal="Nobody knows how treatments were given. Log the probability.",
        advice="undecided",
    )
    chapter = impact_uplift.chapter(story(uplift=found))
    assert chapter is not None
    assert chapter.badge is OBSERVATIONAL
    assert chapter.arms == chapter.curves == chapter.policies == chapter.drivers == chapter.claims == ()
    assert chapter.refusal.endswith("Log the probability.")


def test_groups_of_an_effect_share_one_scale() -> None:
    pictures = impact_uplift.chapter(story()).drivers  # type: ignore[union-attr]
    assert len({tuple(picture.figure["layout"]["xaxis"]["range"]) for picture in pictures}) == 1


def test_failed_checks_are_marked() -> None:
    failed = dataclasses.replace(uplift().placebo, passed=False, words="A placebo found differences.")  # type: ignore[type-var]
    assert '<li class="fails">A placebo found differences.</li>' in render_impact(story(uplift=uplift(placebo=failed)))


def test_gross_money_is_called_so_and_before_and_after_is_not_attributable(page: str) -> None:
    told = section(page, "returns")
    assert text(told).count("gross – not the campaign's doing") >= 3
    assert "Not attributable Nobody was left alone here" in text(told)
    assert "as of customers with the same past who were not contacted" in text(told)
    assert " +£3.10 " in text(told)
    assert "Trial balloon e-mail, 2026-06-01 hidden – – – – – – –" in text(told)
    drawn = [trace["name"] for figure in figures(page) for trace in figure["data"] if "gross" in trace.get("name", "")]
    assert drawn == ["gross revenue – not the campaign's doing"]


def test_a_campaign_with_a_control_has_its_increment_with_an_interval(page: str) -> None:
    told = text(section(page, "returns"))
    assert (
        "Free delivery in spring trial of 18,400 customers by lot 9,190 and 9,210 111 54 to 168 £5,600 −£3,100 to £14,300 −£2,400 −£5,000 to £200 −58% −121% to 5.0%"
        in told
    )
    assert "1 Loyal big spenders Free delivery 1,480 and 1,490" in told


def test_returns_without_money_say_what_is_missing() -> None:
    bare = returns(refusal="There are no contacts in this data. Add a table of contacts.", missing=("Add a table of contacts.",))
    told = text(render_impact(story(returns=bare)))
    assert "No ROI There are no contacts in this data. Add a table of contacts." in told
    unknown = dataclasses.replace(campaigns()[1], earned=Earned(900, 1000, 80))
    chapter = impact_returns.chapter(story(returns=returns(campaigns=(unknown,), segments=(), channels=(), total=None, credits=None)))
    assert chapter is not None
    assert (chapter.campaigns[0].spend, chapter.campaigns[0].revenue, chapter.campaigns[0].profit, chapter.campaigns[0].roi) == (
        "–",
        "–",
        "–",
        "–",
    )
    assert chapter.gross is chapter.incremental is None
    assert chapter.shown == frozenset()
    assert "Profit" not in section(
        render_impact(story(returns=returns(campaigns=(unknown,), segments=(), channels=(), total=None, credits=None))), "returns"
    )


def test_channels_and_suggestions_stand_beside_what_needs_no_model(page: str) -> None:
    told = text(section(page, "next"))
    assert "app 31 hidden hidden hidden hidden observational" in told
    assert "Not shown to be better than a plain baseline" in told
    assert "Teapot 25 Cups 12" in told
    assert "Ring" not in told
    assert "Advised most: e-mail for 38 customers." in told


PROBLEM = Problem("NOT_ENOUGH", "There are 12 customers in the trial.", "Run it until there are 2,000.")


@pytest.mark.parametrize("part", get_args(Part))
def test_each_refusal_is_told_with_what_is_missing_and_what_to_do(part: Any) -> None:
    told = text(render_impact(ImpactStory("Refused", refusals={part: PROBLEM})))
    assert told.count("There are 12 customers in the trial. Next: Run it until there are 2,000.") == 1
    assert any("there are 12 customers" in words for words in warnings(ImpactStory("Refused", refusals={part: PROBLEM})))


def test_chapters_without_content_are_left_out() -> None:
    bare = render_impact(ImpactStory("Bare"))
    for key in ("plan", "proof", "uplift", "experiments", "returns", "next", "evidence"):
        assert f'id="{key}"' not in bare
    assert "Nothing could be told from this data yet" in bare
    assert "In short" in bare


def test_the_same_story_gives_the_same_page(page: str) -> None:
    assert render_impact(story()) == page
    assert len(page) < 6_000_000


def test_the_page_is_complete_inert_and_asks_nothing_of_the_network(page: str) -> None:
    bare = outside(page)
    assert "default-src 'none'" in bare
    assert all(link.startswith("#") for link in re.findall(r'(?:href|src|action)="([^"]*)"', bare))
    ids = re.findall(r'\bid="([^"]+)"', bare)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', bare)) <= set(ids)
    assert bare.count("<section") == bare.count("</section")
    assert not re.search(r"\bc\d{1,5}\b", text(page)), "an id of a customer"


def test_every_picture_has_words_n_titles_of_axes_and_figures_that_are_numbers(page: str) -> None:
    found = figures(page)
    assert len(found) == len(re.findall(r'role="img" aria-label="[^"]{20,}"', page)) == page.count("<figcaption") == 23
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", page)
    assert all(re.search(r"n\s=\s[\d,]+ (customers|contacts)", caption) for caption in captions)
    for figure in found:
        layout = figure["layout"]
        assert layout["xaxis"]["title"]["text"]
        assert layout["yaxis"]["title"]["text"] or "ticktext" in layout["yaxis"] or layout["yaxis"].get("showticklabels") is False
    bare = re.sub(r"<[^>]+>", " ", outside(page))
    assert not {"nan", "NaN", "None", "inf", "Infinity"} & set(re.findall(r"\w+", bare))
    assert not re.search(r"(?<![\w–(-])-\d", html.unescape(bare).replace("2026-", ""))


def nasty(value: Any) -> Any:
    """The same, with every name and sentence replaced by one that would like to be code."""
    keep = {
        "verdict",
        "grade",
        "kind",
        "role",
        "assigned",
        "advice",
        "name",
        "level",
        "method",
        "than",
        "way",
        "target",
        "unit",
        "look",
        "key",
        "against",
    }
    if isinstance(value, str):
        return NASTY
    if isinstance(value, tuple):
        return tuple(nasty(each) for each in value)
    if isinstance(value, Problem):
        return Problem("X", NASTY, NASTY)
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Allocation | Metric):
        kept = keep if not isinstance(value, CampaignReturn | Analysis | SegmentEffect | ArmEffect) else keep - {"name", "verdict"}
        return dataclasses.replace(
            value, **{each.name: nasty(getattr(value, each.name)) for each in dataclasses.fields(value) if each.name not in kept}
        )
    return value


def test_hostile_names_are_inert_everywhere() -> None:
    plan = allocation(
        offers=tuple(dataclasses.replace(offer, name=NASTY + offer.name, channel=NASTY) for offer in OFFERS),
        segments=(NASTY,) * 5,
        objective=NASTY,
    )
    whole = story()
    parts = {
        name: nasty(getattr(whole, name))
        for name in (
            "replay",
            "segmenting",
            "fairness",
            "uplift",
            "analyses",
            "selfchecks",
            "returns",
            "channels",
            "hits",
            "notes",
            "frontier",
        )
    }
    names = tuple(OfferFigure(NASTY + each.offer, dataclasses.replace(each.figure, source=NASTY)) for each in FIGURES)  # type: ignore[type-var]
    hostile = render_impact(
        dataclasses.replace(
            whole,
            title=NASTY,
            plan=plan,
            figures=names,
            command=NASTY,
            run=NASTY,
            currency="£",
            refusals={"next": Problem("X", NASTY, NASTY)},
            **parts,
        )
    )
    assert "<script>alert" not in hostile
    assert "{{7*7}}" in hostile
    assert "&lt;script&gt;alert(1)" in hostile
    assert "</script> ${x}" not in hostile
    for figure in figures(hostile):
        assert "<script>alert" not in json.dumps({key: figure[key] for key in ("layout", "narrow") if key in figure})
        for trace in figure["data"]:
            assert "<script" not in json.dumps([trace.get(key) for key in ("name", "text", "hovertext")])


@pytest.mark.parametrize("currency", ["", "EUR"])
def test_money_carries_the_currency_of_the_data_and_none_that_nobody_gave(currency: str) -> None:
    told = text(render_impact(story(currency=currency, returns=returns(currency=currency, words=()), replay=None)))
    assert "£" not in told.replace("£ per customer", "")
    assert "currency of the data" in json.dumps(figures(render_impact(story(currency="", returns=None)))) or currency
    assert ("EUR" in told) == bool(currency)
