"""The chapter on what customers are worth: true sentences, refusals in words, no single customer in any figure."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import numpy as np
import pytest

from segmentry.reports.page import environment
from segmentry.reports.worth import Chapter, card_line, chapter, summary_sentence
from segmentry.results import Estimate
from segmentry.segments.results import SegmentProfile
from segmentry.value.results import (
    STATES,
    Check,
    Forecast,
    Holdout,
    ModelFit,
    Score,
    SegmentWorth,
    Survival,
    Tracking,
    Worth,
)

NASTY = "<script>alert(1)</script> {{7*7}}"
NAMES = ("Loyal big spenders", "Recent regulars", "Bargain hunters on the web", "Occasional gift buyers", "Lapsed one-timers")
SIZES = (240, 480, 360, 600, 1320)
SHARES = ((0.48, 0.36), (0.27, 0.22), (0.12, 0.16), (0.09, 0.11), (0.04, 0.15))
STATE_SHARES = (
    (0.02, 0.86, 0.02, 0.07, 0.03),
    (0.1, 0.7, 0.04, 0.12, 0.04),
    (0.05, 0.45, 0.05, 0.3, 0.15),
    (0.1, 0.3, 0.02, 0.3, 0.28),
    (0.04, 0.03, 0.01, 0.12, 0.8),
)
TOTAL = 184_300.0


def segment(place: int, *, money: bool = True) -> SegmentWorth:
    """Make one segment; −1 is all customers."""
    n = sum(SIZES) if place < 0 else SIZES[place]
    future, past = (1.0, 1.0) if place < 0 else SHARES[place]
    parts = np.average(STATE_SHARES, axis=0, weights=SIZES) if place < 0 else STATE_SHARES[place]
    value = future * (TOTAL if money else 4210.0)
    wide = 0.06 if place < 0 else 0.09 + 0.03 * place
    return SegmentWorth(
        id=-1 if place < 0 else place + 1,
        name="All customers" if place < 0 else NAMES[place],
        customers=n,
        value=Estimate(value, value * (1 - wide), value * (1 + wide)),
        purchases=Estimate(value / 40, value / 50, value / 32),
        per_customer=value / n,
        past=past * 512_000 if money else None,
        share_future=future,
        share_past=past if money else None,
        alive=0.52 if place < 0 else (0.95, 0.9, 0.7, 0.5, 0.18)[place],
        churn_risk=0.44 if place < 0 else (0.06, 0.12, 0.34, 0.48, 0.81)[place],
        states={state: round(n * part) for state, part in zip(STATES, parts, strict=True)},
    )


def forecast(*, money: bool = True) -> Forecast:
    """Make the forecast of 3,000 customers, one of whom stands far out."""
    rng = np.random.default_rng(5)
    alive = np.concatenate([rng.beta(8, 2, 1600), rng.beta(1, 6, 1400)])
    purchases = alive * rng.gamma(0.9, 2.2, 3000)
    value = purchases * rng.gamma(4.0, 11.0, 3000) if money else purchases
    value[17] = 98_765.4
    return Forecast(alive, purchases, 0.4 * purchases, 2.1 * purchases, value, 0.3 * value, 2.4 * value, np.full(3000, 9.0))


def score(name: str, kind: Any, words: str, *, bias: float, rmse: float, gini: float) -> Score:
    return Score(name, words, kind, 2210.0, 2210 * (1 + bias), bias, 0.61, rmse, 0.55, gini, 0.44)


def holdout(*, beats: bool = True, in_money: bool = True) -> Holdout:
    """Make a hold-out of 13 weeks in which the model beats all simple rules, or not."""
    ends = tuple(float(week) for week in range(1, 53))
    wave = [40 + 2.1 * week - 0.02 * week**2 + 9 * np.sin(week * 1.7) for week in range(52)]
    actual = tuple(float(max(0, round(each))) for each in (2, *wave[1:]))
    expected = {
        "BG/NBD": tuple(42 + 2.2 * week - 0.018 * week**2 for week in range(52)),
        "MBG/NBD": tuple(41 + 2.05 * week - 0.02 * week**2 for week in range(52)),
    }
    scores = (
        score("BG/NBD", "model", "leaves after a purchase only", bias=0.11, rmse=1.31, gini=0.71),
        score("MBG/NBD", "model", "may leave at once", bias=0.03, rmse=1.28, gini=0.72),
        score("past rate", "baseline", "every customer goes on at their own past rate", bias=0.62, rmse=1.9 if beats else 1.2, gini=0.66),
        score("segment average", "baseline", "at the average of the segment", bias=0.41, rmse=1.6, gini=0.6),
    )
    money = Score("MBG/NBD with Gamma-Gamma", "", "model", 61_200.0, 64_900.0, 0.06, 14.2, 55.0, 0.5, 0.7, 0.47)
    reason = "MBG/NBD has the smallest bias of the total and ranks customers as well as any."
    return Holdout(39.0, 13.0, 2712, scores, "MBG/NBD", reason, beats, Tracking(ends, actual, expected, 39.0), {"Pareto/NBD": "it did not converge"}, money if in_money else None)  # fmt: skip


def survival(place: int) -> Survival:
    """Make the curve of one segment; −1 is all customers."""
    times = tuple(float(week) for week in range(0, 105, 2))
    rate = 0.011 if place < 0 else (0.002, 0.004, 0.01, 0.013, 0.03)[place]
    share = tuple(float(np.exp(-rate * each)) for each in times)
    n = sum(SIZES) if place < 0 else SIZES[place]
    wide = [min(0.45, 0.02 + 0.002 * each * (3 if place == 0 else 1) * (600 / n) ** 0.5) for each in times]
    low, high = (tuple(min(1.0, max(0.0, one + sign * half)) for one, half in zip(share, wide, strict=True)) for sign in (-1, 1))
    return Survival(-1 if place < 0 else place + 1, "" if place < 0 else NAMES[place], times, share, low, high, n, n // 2)


def worth(*, money: bool = True, beats: bool = True, held: bool = True) -> Worth:
    """Make all there can be."""
    checks = (
        Check("regular_intervals", True, "Purchases come at irregular intervals, as the models need: this is not a subscription."),
        Check(
            "stationary",
            False,
            "Purchases fell by a third in the last quarter, for old and new customers alike; the forecast does not know why.",
        ),
    )
    fit = ModelFit("MBG/NBD", {"r": 0.5249, "alpha": 6.1832, "a": 0.8911, "b": 1.6142}, {"r": 0.0381, "alpha": 0.5712, "a": 0.12, "b": 0.33}, -9591.118, 3000)  # fmt: skip
    spend = ModelFit("Gamma-Gamma", {"p": 6.25, "q": 3.74, "v": 15.44}, {"p": 1.19, "q": 0.29, "v": 4.16}, -4055.9, 1204)
    states = np.array([*[""] * 3, *["active"] * 1500, *["lapsed"] * 1497], dtype=object)
    return Worth(
        "", "week", 52.14, 365, 0.3 if money else None, 0.1, "£" if money else "", money, fit, spend if money else None, checks,
        holdout(beats=beats, in_money=money) if held else None, forecast(money=money), segment(-1, money=money), tuple(segment(place, money=money) for place in range(5)),
        tuple(survival(place) for place in range(-1, 5)), states, np.linspace(0.01, 0.9, 3000),
        ("The data covers 52 weeks, and the horizon is as long: what lies beyond what was seen is a guess.",),
    )  # fmt: skip


def refused(**more: Any) -> Worth:
    return Worth("Needs at least 100 customers with a repeat purchase; found 12.", "week", 52.14, 365, None, 0.1, **more)


def profiles(first: str = NAMES[0]) -> tuple[SegmentProfile, ...]:
    names = (first, *NAMES[1:])
    return tuple(
        SegmentProfile(place + 1, name, "cluster", size, size / 3000, None, None, (), (), ())
        for place, (name, size) in enumerate(zip(names, SIZES, strict=True))
    )


def rendered(told: Chapter) -> str:
    return environment().get_template("_worth.html").render(worth=told)


def text(found: Worth) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", rendered(chapter(found, profiles()))).split())


def test_the_head_says_how_much_for_how_long_under_which_assumptions() -> None:
    first, second, third = chapter(worth(), profiles()).lead
    assert first == (
        "In the next 12 months, the 3,000 customers are expected to bring £184,000 (90% interval: £173,000 to £195,000), £61.40 each on average. "
        "This is what is left of revenue at a margin of 30%; money that comes later counts for less (10% a year, an assumption that can be set)."
    )
    assert second.startswith("“1 Loyal big spenders” holds 48% of it with 8.0% of the customers. Of all customers, ")
    assert (
        "did better than the simple rules it was held against (“past rate” and “segment average”), and foretold 3% too many purchases and 6% too much money"
        in third
    )
    assert third.endswith("One thing the forecast takes for granted does not hold: see “Can it be believed?”.")


def test_without_a_margin_it_is_revenue_and_not_profit() -> None:
    assert "This is revenue, not profit" in chapter(dataclasses.replace(worth(), margin=None), profiles()).lead[0]


def test_a_forecast_no_better_than_a_simple_rule_says_so_in_a_box() -> None:
    told = chapter(worth(beats=False), profiles())
    assert "did no better than simple rules (“past rate” would have been as good), and foretold 3% too many" in told.caution
    assert told.caution.endswith("Take the figures as a rough guide: for who is worth more than whom, not for a budget.")
    assert "did better" not in " ".join(told.lead)
    assert "Read with care" in rendered(told)
    assert summary_sentence(worth(beats=False)).endswith("and did no better than a simple rule.")


def test_without_a_hold_out_the_figures_are_a_first_reading() -> None:
    told = chapter(worth(held=False), profiles())
    assert "could not be tried" in told.caution
    assert told.scorecard is not None
    assert (told.scorecard.rows, told.scorecard.pictures) == ((), ())
    assert "Scorecard of the forecasts" not in rendered(told)


def test_a_refusal_gives_no_figure_and_tells_what_is_still_known() -> None:
    bare = refused()
    page = rendered(chapter(bare, profiles()))
    assert "No forecast" in page
    assert "found 12" in page
    assert page.count("<table") == page.count("<figure") == page.count("<details") == 0
    assert "could not be foretold" in summary_sentence(bare)
    assert card_line(bare, 1) == ""
    states = np.array(["active"] * 40 + ["lapsed"] * 23 + [""] * 4, dtype=object)
    told = chapter(refused(states=states, churn_risk=np.full(67, 0.3), survival=(survival(-1),)), profiles())
    (still,) = told.lead
    assert still.startswith(
        "What the data does tell: who is new, active, slipping or lapsed; how long customers keep buying; the risk that they stay away"
    )
    assert told.leaving is not None
    assert told.leaving.rows == (("All customers", ("40", "25")),)
    assert "the probability is 30%" in told.leaving.words[1]


def test_without_money_purchases_are_told_and_no_currency() -> None:
    told = chapter(worth(money=False), profiles(), "£")
    page = rendered(told)
    assert "expected to make 4,210 purchases (90% interval: 3,960 to 4,460), 1.4 purchases each" in told.lead[0]
    assert "£" not in page
    assert "past revenue" not in page
    assert (told.segments[0].value, told.segments[0].per_customer) == ("2,020", "8.42")


def test_only_segments_whose_interval_leaves_one_direction_rise_or_fall() -> None:
    (words,) = chapter(worth(), profiles()).segment_words
    assert words.startswith("A larger share than so far: “1 Loyal big spenders”, 48% against 36%")
    assert "A smaller one: “3 Bargain" in words
    assert words.endswith("Newcomers gain also because their past is short.)")
    settled = dataclasses.replace(segment(-1), states={**segment(-1).states, "new": 0})
    assert "Newcomers" not in chapter(dataclasses.replace(worth(), total=settled), profiles()).segment_words[0]
    wide = tuple(
        dataclasses.replace(row, value=Estimate(row.value.value, 0.2 * row.value.value, 8 * row.value.value)) for row in worth().segments
    )
    (unsure,) = chapter(dataclasses.replace(worth(), segments=wide), profiles()).segment_words
    assert unsure.startswith("No segment's share of the future lies clearly apart")


def test_segments_of_few_customers_are_hidden_and_so_is_what_would_give_them_away() -> None:
    rows = list(worth().segments)
    rows[4] = dataclasses.replace(rows[4], customers=3, value=Estimate(77.31, 70.0, 80.0))
    found = dataclasses.replace(worth(), segments=tuple(rows))
    told = chapter(found, profiles())
    assert [row.value for row in told.segments].count("hidden") == 2
    assert told.segments[4].customers == "under 5"
    assert "77" not in [row.value.strip("£") for row in told.segments]
    assert told.segment_picture is not None
    assert "Lapsed" not in told.segment_picture.alt
    assert card_line(found, 5) == ""


def test_no_figure_is_that_of_a_single_customer() -> None:
    page = rendered(chapter(worth(), profiles()))
    assert "98,765" not in page
    assert "98765" not in page
    states = np.array(["active"] * 60 + ["slipping"] * 2 + ["lapsed"] * 30, dtype=object)
    told = chapter(refused(states=states), profiles()).leaving
    assert told is not None
    assert told.rows[0][1] == ("60", "few", "30")
    assert "a few are slipping away" in told.words[0]


def test_periods_with_few_purchases_are_gaps() -> None:
    card = chapter(worth(), profiles()).scorecard
    assert card is not None
    actual = card.pictures[0].figure["data"][0]
    assert actual["y"][0] is None
    assert all(value % 5 == 0 for value in card.pictures[1].figure["data"][0]["y"])


def test_scorecard_marks_the_model_that_is_used_and_warns_of_what_does_not_hold_first() -> None:
    card = chapter(worth(), profiles()).scorecard
    assert card is not None
    assert [row.name for row in card.rows if row.chosen] == ["MBG/NBD"]
    assert card.rows[1].cells == ("+3%", "0.61", "1.28", "0.55", "0.72", "44%")
    assert [check.holds for check in card.checks] == [False, True]
    assert "£64,900 were foretold and £61,200 came, 6% too much" in card.words[-1]


def test_numbers_are_rounded_to_what_is_known_of_them() -> None:
    told = chapter(worth(), profiles())
    assert told.fits is not None
    assert told.fits.rows[0][2:] == ("0.525 ± 0.038", "−9,591.12", "3,000")
    assert told.fits.rows[1][2:] == ("6.18 ± 0.57", "", "")
    assert card_line(worth(), 1) == "Expected to bring £88,500 (£80,500 to £96,400) in the next 12 months, 48% of all."


def test_lines_end_where_too_few_are_left_and_at_most_eight_are_drawn() -> None:
    many = tuple(dataclasses.replace(survival(place % 5), id=place + 1, customers=100 + place) for place in range(12))
    told = chapter(dataclasses.replace(worth(), survival=(survival(-1), *many)), profiles()).leaving
    assert told is not None
    assert told.survival is not None
    lines = [trace for trace in told.survival.figure["data"] if trace.get("showlegend", True)]
    assert len(lines) == 8
    assert "The largest segments are drawn." in told.survival.caption
    assert max(lines[1]["x"]) < max(lines[0]["x"])


@pytest.mark.parametrize("found", [worth(), worth(money=False), worth(beats=False), worth(held=False), refused()])
def test_every_picture_has_words_n_and_figures_that_are_json(found: Worth) -> None:
    page = rendered(chapter(found, profiles()))
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
    for figure in figures:
        json.loads(figure)
    assert len(re.findall(r'role="img" aria-label="[^"]{20,}"', page)) == len(figures) == page.count("<figcaption")
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", page)
    assert all(re.search(r"n\s=\s[\d,]+ customers", caption) for caption in captions)
    assert not re.search(r"(?<![\w–])-\d", re.sub(r"<script.*?</script>|<[^>]+>", "", page, flags=re.DOTALL))
    assert not {"nan", "None", "inf"} & set(re.findall(r"\w+", re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)))


def test_names_are_escaped_and_nothing_is_said_without_worth() -> None:
    page = rendered(chapter(worth(), profiles(NASTY)))
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    assert not environment().get_template("_worth.html").render(worth=None).strip()
    assert summary_sentence(None) == ""


def test_what_is_not_finite_is_told_as_unknown() -> None:
    nothing = forecast()
    dead = dataclasses.replace(nothing, alive=np.full(3000, np.nan), value=np.full(3000, np.nan))
    broken = dataclasses.replace(segment(0), churn_risk=float("nan"), alive=float("nan"), share_future=None)
    found = dataclasses.replace(worth(), forecast=dead, segments=(broken, *worth().segments[1:]), survival=(), states=None)
    told = chapter(found, profiles())
    assert told.spread is None
    assert (told.segments[0].alive, told.segments[0].share_future) == ("–", "–")
    assert "probably gone" not in " ".join(told.lead)


def test_a_model_that_keeps_every_one_time_buyer_says_so_and_tells_what_silence_says() -> None:
    found = worth()
    assert found.purchases is not None
    told = chapter(dataclasses.replace(found, purchases=dataclasses.replace(found.purchases, name="BG/NBD")), profiles())
    assert (
        "takes everyone who bought only once for still a customer. Judged by their silence alone, about 1,305 (44%) have lapsed"
        in told.lead[1]
    )
    assert "only once" not in chapter(found, profiles()).lead[1]


def test_a_model_that_nobody_leaves_does_not_sell_it_as_knowledge() -> None:
    found = worth()
    assert found.purchases is not None
    told = chapter(dataclasses.replace(found, purchases=dataclasses.replace(found.purchases, name="NBD")), profiles())
    assert (
        "takes everyone for still a customer, not because that is known but because nobody can be seen to leave. Judged by" in told.lead[1]
    )
    assert {row.alive for row in told.segments} == {"–"}
    assert "Still a customer" not in rendered(told)
    assert "Still a customer" in rendered(chapter(found, profiles()))


def test_leaving_at_once_is_no_half_life_of_nothing() -> None:
    curve = Survival(-1, "", (0.0, 0.14, 5.0), (1.0, 0.48, 0.4), (1.0, 0.46, 0.38), (1.0, 0.5, 0.42), 900, 500)
    told = chapter(refused(survival=(curve,)), ()).leaving
    assert told is not None
    assert told.words == (
        "Of the 900 customers who came long enough ago to be judged, 52% stopped buying within a week of their first purchase.",
    )


def test_amounts_that_could_not_be_foretold_are_not_called_missing() -> None:
    found = worth(money=False)
    total = dataclasses.replace(segment(-1), value=Estimate(4210.0, 4000.0, 4400.0))
    assert "Amounts could not be foretold" in chapter(dataclasses.replace(found, total=total), profiles()).lead[0]
    assert "The data has no amounts" in chapter(found, profiles()).lead[0]


def test_a_few_customers_outside_all_segments_cannot_be_worked_out_from_the_total() -> None:
    found = worth()
    fewer = (dataclasses.replace(found.segments[0], customers=237, value=Estimate(80_000.0, 70_000.0, 90_000.0)), *found.segments[1:])
    told = chapter(dataclasses.replace(found, segments=fewer), profiles())
    assert [row.value for row in told.segments].count("hidden") == 1


def surprised(**more: Any) -> Worth:
    """A forecast that beats the simple rules, though the days held out lie outside of its interval."""
    found = worth(**more)
    outside = Check("sum_covered", False, "For the days held out 3,181 to 3,419 purchases were foretold and 4,458 were made: outside.")
    assert found.holdout is not None
    scores = tuple(dataclasses.replace(each, bias=-0.26) if each.kind == "model" else each for each in found.holdout.scores)
    return dataclasses.replace(found, checks=(outside,), holdout=dataclasses.replace(found.holdout, scores=scores))


def test_an_interval_that_the_days_held_out_broke_is_not_quoted_bare() -> None:
    found = surprised()
    summary, card, told = summary_sentence(found), card_line(found, 1), chapter(found, profiles())
    assert "interval" not in summary
    assert "about £180,000" in summary
    assert "Take it as a rough guide: tried on the last 13 weeks, the forecast foretold 26% too few purchases" in summary
    assert "no better" not in summary
    assert card == "Expected to bring about £88,000 in the next 12 months, 48% of all; a rough guide."
    assert "interval" not in told.lead[0]
    assert "(£173,000 to £195,000) is too narrow" in told.caution
    assert "90% interval, too narrow" in rendered(told)
    assert "take it as a hint" in told.segment_words[0]
    assert "not hold" not in " ".join(told.lead)


def test_a_forecast_that_proved_itself_is_told_without_caution() -> None:
    told = chapter(worth(), profiles())
    assert told.caution == ""
    assert "(90% interval £173,000 to £195,000)" in summary_sentence(worth())
    assert "too narrow" not in rendered(told)


def test_customers_without_a_purchase_are_not_among_those_who_bring_the_total() -> None:
    found = worth()
    assert found.total is not None
    more = dataclasses.replace(found.total, customers=3040)
    told = chapter(dataclasses.replace(found, total=more), profiles())
    assert "the 3,000 customers who have bought are expected" in told.lead[0]
    assert told.total is not None
    assert (told.total.customers, told.total.per_customer) == ("3,000", "£61.40")


def test_a_refusal_shows_no_code_and_says_nothing_twice() -> None:
    why = "For 147 of 2,240 customers the last purchase lies before the first."
    words = f"NOT_ONE_PROCESS: the columns do not come from one history. {why} Next: give the purchases themselves."
    checks = (Check("order", False, why), Check("whole", True, "All counts are whole numbers."))
    spent = tuple(dataclasses.replace(row, revenue=1000.0) for row in profiles())
    told = chapter(dataclasses.replace(refused(checks=checks), refusal=words), spent)
    page = rendered(told)
    assert (told.refusal.why, told.refusal.following) == ("The columns do not come from one history.", "Give the purchases themselves.")
    assert "NOT_ONE_PROCESS" not in page
    assert page.count(why) == 1
    assert page.count("Next:") == 1
    assert "whole numbers" not in page
    assert "Does not hold" not in page
    assert told.lead == ("What each segment has brought so far stands under “Size and revenue”.",)


def test_two_reasons_for_a_refusal_keep_both_remedies() -> None:
    both = dataclasses.replace(refused(), refusal="TOO_FEW: found 3. Next: wait. TOO_SHORT: 9 days. Next: wait longer.")
    told = chapter(both, ()).refusal
    assert (told.why, told.following) == ("Found 3. 9 days.", "Wait. Wait longer.")


def test_how_far_beyond_what_was_tried_a_forecast_looks_is_told() -> None:
    card = chapter(worth(), profiles()).scorecard
    assert card is not None
    assert card.words[0].endswith("The forecast of 12 months looks 4 times as far as could be tried.")
