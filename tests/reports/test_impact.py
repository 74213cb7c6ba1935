"""The page of marketing impact: evidence beside every figure of money, refusals in words, hidden results that look hidden, no customer anywhere."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from segmentry.experiments.imbalance import check_split
from segmentry.experiments.results import (
    Analysis,
    Comparison,
    Effect,
    Exposure,
    Overlap,
    SegmentEffect,
    SegmentEffects,
    Weekly,
    WeekEffect,
)
from segmentry.experiments.selfcheck import SelfCheck
from segmentry.experiments.trial import Metric
from segmentry.errors import Problem
from segmentry.plans.channels import Channels, ChannelScore
from segmentry.plans.evidence import ExperimentAdvice, Graded, NoFigure
from segmentry.plans.fairness import AttributeFairness, Fairness, GroupRate
from segmentry.plans.hitrates import HitRate, HitRates
from segmentry.plans.nextbest import NextBest
from segmentry.plans.offers import Offer
from segmentry.plans.replay import Alternative, Replay
from segmentry.plans.results import Allocation, Eligibility, Exclusion, Frontier, Limit, Step
from segmentry.plans.returns import ArmGain, BeforeAfter, CampaignReturn, ChannelReturn, Credits, Earned, Incremental, Returns, SegmentReturn
from segmentry.plans.segmenting import Paired, SegmentChoice, Segmenting, Way
from segmentry.reports.impact import ImpactStory, OfferFigure
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
    )  # fmt: skip
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
)  # fmt: skip


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
)  # fmt: skip


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
    )  # fmt: skip
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
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def earned(customers: int, gross: float, spend: float, **changes: Any) -> Earned:
    profit = gross * 0.3 - spend
    made = Earned(customers, int(customers * 1.1), int(customers * 0.08), near(0.073, 0.006), 0.072, customers * 0.09, gross, spend, spend * 1.05, profit, profit / spend, gross / spend)
    return dataclasses.replace(made, **changes)


HIDDEN = Earned(None, None, hidden=True)


def added(value: float, half: float) -> Incremental:
    return Incremental(1480, 1490, near(20 * value, 20 * half), near(1000 * value, 1000 * half), near(300 * value - 100, 300 * half), near(0.3 * value - 0.1, 0.3 * half), False, "trial of 18,400 customers by lot, drawn towards all segments")


def campaigns() -> tuple[CampaignReturn, ...]:
    change = BeforeAfter(9.1, 12.6, 1.22, 30, "Spend rose by a third. Not attributable: there is no control, and the customers were picked because they had been silent.")
    return (
        CampaignReturn("k1", "Free delivery in spring", "e-mail", "2026-03-02", "2026-03-04", earned(9190, 118_000, 4100), Incremental(9190, 9210, near(111, 57), near(5600, 8700), near(-2400, 2600), near(-0.58, 0.63), True, "trial of 18,400 customers by lot"), None, ("Summer sale",), "randomised", "Its own doing is 111 more buyers (54 to 168), and no profit beyond chance.", ("It overlaps with “Summer sale”.",)),
        CampaignReturn("k2", "Summer sale", "mail", "2026-04-10", "2026-05-02", earned(15_400, 301_000, 18_500), None, change, ("Free delivery in spring",), "observational", "Gross only: nobody was left alone, so what it added cannot be told.", ("It fell into the season in which everybody buys.",)),
        CampaignReturn("k3", "Win back by telephone", "telephone", "2026-05-05", "2026-05-20", earned(820, 9100, 4920, answered=None, rate=None), None, dataclasses.replace(change, others=None), (), "observational", "Gross only.", ()),
        CampaignReturn("k4", "Trial balloon", "e-mail", "2026-06-01", "2026-06-01", HIDDEN, None, None, (), "observational", "", ()),
    )  # fmt: skip


def returns(**changes: Any) -> Returns:
    made = Returns(
        "", campaigns(),
        tuple(ChannelReturn(name, 1, each, "observational", "") for name, each in (("e-mail", earned(9193, 118_077, 4101)), ("mail", earned(15_400, 301_000, 18_500)), ("telephone", earned(820, 9100, 4920)))),
        (*[SegmentReturn(place + 1, name, earned(3000 + 100 * place, 60_000.0 + 5000 * place, 4000.0), "observational", "", (ArmGain("Free delivery", added(1.0 - 0.4 * place, 0.6)),)) for place, name in enumerate(SEGMENTS[:4])], SegmentReturn(5, SEGMENTS[4], HIDDEN, "observational", "")),
        earned(19_100, 428_177, 27_521), Credits(24_100, 15_020, 9_080, 2_210), 30, 0.3, "£", "observational",
        ("Contacted customers spent £428,177 within 30 days of a contact, at a cost of £27,521; most of that they might have spent anyway.", "Only “Free delivery in spring” had a control: it brought 111 more buyers, and no profit beyond chance."),
        ("The cost of one contact of “Trial balloon”: give it as returns.cost in the settings.",),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


CHANNELS = Channels(
    (
        ChannelScore("telephone", 902, 820, 110, near(0.122, 0.022), near(0.098, 0.026), 0.095, "observational", 0.8, "Used on loyal customers above all."),
        ChannelScore("mail", 16_900, 15_400, 1200, near(0.071, 0.004), near(0.074, 0.005), 0.074, "observational", 1.0, ""),
        ChannelScore("e-mail", 10_100, 9190, 640, near(0.063, 0.005), near(0.065, 0.005), 0.065, "randomised", 1.0, ""),
        ChannelScore("app", 31, 30, None, near(0.1, 0.1), near(0.1, 0.1), 0.07, "observational", 0.2, ""),
    ),
    np.zeros(3, dtype=np.int64), np.zeros(3), np.zeros(3, dtype=np.int64), ("telephone", "mail", "e-mail", "app"), True, "Channels differ beyond chance, and less so once they are set on the same mix of segments.",
)  # fmt: skip
HITS = (
    HitRates("new", 3, 4100, (HitRate("lift", "suggestions", "suggestions", near(0.112, 0.01)), HitRate("popular", "most popular products", "baseline", near(0.081, 0.008)), HitRate("again", "bought before", "baseline", near(0.0, 0.0))), "popular", near(0.031, 0.009), True, near(0.004, 0.006), False, "Of 100 customers 11 buy one of three suggestions, 8 one of the three most popular products."),
    HitRates("any", 1, 6100, (HitRate("lift", "suggestions", "suggestions", near(0.31, 0.012)), HitRate("again", "what was bought last", "baseline", near(0.312, 0.012))), "again", near(-0.002, 0.006), False, None, False, "No better than what was bought last."),
)  # fmt: skip


def nextbest() -> NextBest:
    texts = [np.array(values, dtype=object) for values in (["c1"] * 40, ["Free delivery"] * 40, ["Teapot"] * 25 + ["Cups"] * 12 + ["Ring"] * 3, [""] * 40, ["e-mail"] * 38 + [""] * 2)]
    return NextBest(texts[0], texts[1], (texts[2],), texts[3], texts[4], np.ones(40, dtype=np.int64), np.ones(40, dtype=np.int64))


def story(**changes: Any) -> ImpactStory:
    made = ImpactStory(
        "Shop by the sea", N, "2026-06-30", "£", allocation(), FIGURES, None, frontier(), None, REPLAY, segmenting(), FAIRNESS, uplift(),
        (analysis(), hidden()), (SELFCHECK,), returns(), CHANNELS, HITS, nextbest(), {},
        (Note("assumed", "The margin of 30% is what the settings say."), Note("season", "Half of the trial fell into the sale.", "warning")),
        {"plan": {"budget": 12_000, "holdout": 0.1}}, {"segmentry": "0.5.0", "numpy": "2.3.0"}, 7, "segmentry plan customers.csv --budget 12000", "2026-06-30-plan",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)
