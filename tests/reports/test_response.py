"""The chapter on who will answer: plain verdicts, plans with intervals, refusals in words, no single customer in any figure."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any, Literal

import numpy as np
import pytest

from segmentry.evaluation.results import CalibrationCurve, GainsCurve, ProfitCurve
from segmentry.propensity.results import Dependence, Importance, Leak, ModelScore, Response, SegmentResponse
from segmentry.reports.associations import associations
from segmentry.reports.contacting import advice, contacting
from segmentry.reports.judgement import joined
from segmentry.reports.page import environment
from segmentry.reports.response import Chapter, card_line, chapter, summary_sentence
from segmentry.results import Estimate

NASTY = "<script>alert(1)</script> {{7*7}}"
N, YES = 2000, 300
NAMES = ("Loyal big spenders", "Recent regulars", "Bargain hunters", "Lapsed one-timers")


def near(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half)


def scores(used: str = "boosting", *, model: float = 0.91, plain: float = 0.81) -> tuple[ModelScore, ...]:
    """Make two models and two plain rules."""
    rows: tuple[tuple[str, str, Literal["model", "baseline"], Estimate, float], ...] = (
        ("logistic", "logistic regression", "model", near(model - 0.01, 0.02), 0.66),
        ("boosting", "gradient-boosted trees", "model", near(model, 0.02), 0.69),
        ("two columns", "a plain score of two columns", "baseline", near(plain, 0.03), 0.49),
        ("base rate", "everybody as likely as the average", "baseline", Estimate(0.5, 0.5, 0.5), 0.15),
    )
    return tuple(
        ModelScore(name, words, kind, area, near(pure, 0.04), near(0.0751, 0.008), chosen=name == used)
        for name, words, kind, area, pure in rows
    )


def calibration(*, off: float = 0.0) -> CalibrationCurve:
    """Make ten groups; the lowest hold few answers each."""
    said = (0.001, 0.004, 0.006, 0.013, 0.03, 0.05, 0.1, 0.2, 0.35, 0.75)
    seen = tuple(answers / 200 for answers in (0, 1, 1, 3, 5, 10, 20, 40, 70, 150))
    low, high = (tuple(min(1.0, max(0.0, each + sign * 0.02)) for each in seen) for sign in (-1, 1))
    ece = Estimate(0.098, 0.084, 0.113) if off else Estimate(0.0, 0.0, 0.015)
    return CalibrationCurve(tuple(min(1.0, each + off) for each in said), seen, low, high, (200,) * 10, ece, 1.0, 0.0)


def gains(*, worse_below: bool = False) -> GainsCurve:
    at = tuple(place / 100 for place in range(101))
    reached = tuple(each if worse_below and each > 0.05 else 1 - (1 - each) ** 4 for each in at)
    if worse_below:
        reached = tuple(0.7 * each if 0.2 < each < 0.9 else each for each in reached)
    low, high = (tuple(min(1.0, max(0.0, each + sign * 0.03)) for each in reached) for sign in (-1, 1))
    return GainsCurve(at, reached, low, high, tuple(each / depth if depth else 4.0 for each, depth in zip(reached, at, strict=True)))


def profit(plan: Literal["some", "everyone", "nobody"] = "some", **more: Any) -> ProfitCurve:
    """Make the curve of 2,000 customers of whom 300 answer."""
    cost, revenue = {"some": (3.0, 11.0), "everyone": (0.3, 11.0), "nobody": (3.0, 4.0)}[plan]
    at = tuple(place / 100 for place in range(101))
    power = 4 if plan != "nobody" else 1.2
    curve = tuple(revenue * YES * (1 - (1 - each) ** power) - cost * N * each for each in at)
    best = {
        "some": (0.2, Estimate(740.4, 601.2, 879.7)),
        "everyone": (0.9, Estimate(2650.0, 2400.0, 2900.0)),
        "nobody": (0.01, Estimate(-12.3, -40.0, 15.0)),
    }
    depth, earned = best[plan]
    low, high = (tuple(each + sign * 100 * place for each, place in zip(curve, at, strict=True)) for sign in (-1, 1))
    found = ProfitCurve(at, curve, low, high, cost, revenue, "columns Z_CostContact and Z_Revenue", curve[-1], 0.0, near(depth, 0.01), earned, 781.0, cost / revenue, N, plan, 0.24)  # fmt: skip
    return dataclasses.replace(found, **more)


def segment(place: int, yes: int | None = None, size: int | None = None, **more: Any) -> SegmentResponse:
    size = (300, 500, 400, 800)[place] if size is None else size
    yes = (150, 90, 40, 20)[place] if yes is None else yes
    rate = Estimate(yes / size, 0.8 * yes / size, min(1.0, 1.2 * yes / size + 0.01))
    found = SegmentResponse(place + 1, NAMES[place], size, rate, yes / size + 0.001, (0.71, 0.2, 0.1, 0.01)[place], near(0.8, 0.05))
    return dataclasses.replace(found, **more)


AGREEMENT = (
    "41% of the differences between customers' scores lie between segments, 59% within them: segments tell part of it, scores more.",
    "“Loyal big spenders” answers most (50%), “Lapsed one-timers” least (2.5%).",
)
IMPORTANCES = (
    Importance("recency", "Days since last purchase", near(0.0663, 0.017), "less"),
    Importance("campaigns", "Campaigns accepted", near(0.0431, 0.012), "more"),
    Importance("schooling", "Education", near(0.009, 0.005), "levels"),
    Importance("income", "Income", near(-0.0012, 0.003), "mixed"),
)
DEPENDENCES = (
    Dependence("recency", "Days since last purchase", "days", "days", (2.0, 13.0, 48.734, 97.0), (), (0.3, 0.26, 0.12, 0.06), (0.25, 0.2, 0.1, 0.05), (0.35, 0.3, 0.14, 0.08)),
    Dependence("campaigns", "Campaigns accepted", "campaigns", "count", (0.0, 1.0, 2.0), (), (0.1, 0.2, 0.4), (0.09, 0.18, 0.3), (0.11, 0.22, 0.5)),
    Dependence("schooling", "Education", "", "category", (0.0, 2.0), ("Basic", "Never drawn", "PhD"), (0.1, 0.2), (0.08, 0.15), (0.12, 0.25)),
    Dependence("income", "Income", "", "money", (27.97, 97.3, 514.4), (), (0.14, 0.15, 0.15), (0.1, 0.1, 0.1), (0.2, 0.2, 0.2)),
)  # fmt: skip
LEAKS = (
    Leak("duration", "Duration", "after", 0.97, "“Duration” is known only after the contact, as its name says (the length of a call)."),
    Leak("score", "Score", "too good", 0.96, "Alone, “Score” tells those who answer from those who do not.", kept=True),
)


def response(**more: Any) -> Response:
    """Make all there can be."""
    found = Response(
        "", "Response", "Accepted the last campaign", N, YES, "Everybody is scored by a model that learned from others.", True,
        "The model beats the plain score by 0.108.", scores(), calibration(), gains(), profit(), LEAKS, IMPORTANCES, DEPENDENCES,
        tuple(segment(place) for place in range(4)), AGREEMENT, 394, np.full(N, 0.15), None, np.arange(N) < 405, ("A remark with -0.5.",),
    )  # fmt: skip
    return dataclasses.replace(found, **more)


def base_rate() -> Response:
    """Make the answer that nothing tells who will answer."""
    flat = CalibrationCurve((0.15,), (0.15,), (0.13,), (0.17,), (N,), Estimate(0.0, 0.0, 0.01), math.nan, math.nan)
    return response(better=False, scores=scores("base rate", model=0.505, plain=0.51), calibration=flat, importances=(), dependences=(), agreement=(), leaks=())  # fmt: skip


def refused() -> Response:
    why = "A model needs at least 30 customers who answered and 30 who did not; found 12 who answered, so 18 more are needed."
    return Response(why, "Response", "Accepted the last campaign", 400, 12, leaks=LEAKS[:1], notes=("One remark.",))


def rendered(told: Chapter | None) -> str:
    return environment().get_template("_response.html").render(response=told)


def text(found: Response, currency: str = "") -> str:
    page = re.sub(r"<script.*?</script>", " ", rendered(chapter(found, currency)), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_head_says_what_was_asked_whether_it_can_be_told_and_what_was_left_out() -> None:
    asked, can, left = chapter(response()).lead
    assert asked == "Foretold is “Accepted the last campaign”: of the 2,000 customers whose answer is known, 300 said yes (15%)."
    assert can == (
        "Who is likelier to answer can be told. Of one customer who answers and one who does not, the model puts the right one first "
        "91 times in 100 (95% interval 89 to 93); a coin would 50 times, a plain score of two columns 81 (78 to 84). The model's lead is more than chance."
    )
    assert left.startswith("One column was left out because it knows the answer or seems to be known only after it: “Duration”.")


def test_a_lead_only_at_the_top_of_the_list_is_not_told_as_a_better_order() -> None:
    can = chapter(response(scores=scores(plain=0.912))).lead[1]
    assert "orders all customers as well (91 (88 to 94))" in can
    assert "purer (average precision 0.690 (0.650 to 0.730) against 0.490 (0.450 to 0.530))" in can
    assert "The model's lead" not in can


def test_no_better_than_the_plain_rule_is_said_in_a_box_and_in_the_summary() -> None:
    found = response(better=False, scores=scores("two columns", model=0.82))
    told = chapter(found)
    assert told.cautions[0][0] == "No better than a plain rule"
    assert told.cautions[0][1].startswith("The models are no better than a plain score of two columns, beyond what chance gives: ")
    assert "can be told" not in " ".join(told.lead)
    assert summary_sentence(found).endswith("The model is no better than a plain rule, so the plain rule is used.")
    assert told.judgement is not None
    assert [row.name for row in told.judgement.rows if row.chosen] == ["A plain score of two columns"]


def test_where_nothing_tells_who_will_answer_there_is_no_order_to_draw() -> None:
    found = base_rate()
    told = chapter(found)
    assert told.cautions[0][0] == "Cannot be told"
    assert "everybody gets the same probability, 15%" in told.cautions[0][1]
    assert told.contacting is not None
    assert (told.contacting.profit, told.contacting.gains, told.contacting.reach) == (None, None, ())
    assert told.contacting.plans
    assert rendered(told).count("<figure") == 1
    assert "cannot be told from this data" in summary_sentence(found)


def test_a_refusal_gives_no_figure_and_says_what_is_missing() -> None:
    told = chapter(refused())
    page = rendered(told)
    assert "No prediction" in page
    assert "18 more are needed" in page
    assert page.count("<figure") == 0
    assert told.lead[0] == "Foretold is “Accepted the last campaign”; the answer of 400 customers is known."
    assert "%" not in text(refused())
    assert "could not be foretold" in summary_sentence(refused())
    assert card_line(refused(), 1) == ""


def test_with_money_the_plan_is_told_beside_all_and_none_without_optimism() -> None:
    told = chapter(response()).contacting
    assert told is not None
    assert told.words[0] == (
        "Contact the likeliest 20%: that is expected to earn 740 (95% interval 600 to 880). "
        "Contacting all 2,000 would have lost 2,700; contacting nobody earns nothing."
    )
    assert told.words[1].startswith(
        "A contact costs 3 and an answer brings 11 (from columns Z_CostContact and Z_Revenue, in the currency of the data), "
        "so a contact pays where the probability of an answer is above 27%. The files mark 405 of the 2,000 customers to contact"
    )
    assert [(row.name, row.contacted, row.profit) for row in told.plans] == [
        ("Nobody", "0", "0"),
        ("The likeliest", "400", "740"),
        ("Everyone", "2,000", "−2,700"),
    ]
    assert [row.chosen for row in told.plans] == [False, True, False]
    assert told.profit is not None
    assert "781, flatters" in told.profit.caption
    assert "£740 (95% interval £600 to £880)" in text(response(), "£")


def test_without_money_no_profit_is_told_and_it_says_how_to_get_one() -> None:
    found = response(
        profit=None, contact=None, segments=tuple(dataclasses.replace(segment(place), worth_contacting=None) for place in range(4))
    )
    told = chapter(found)
    page = text(found)
    assert "response.cost and response.revenue" in page
    assert "--cost" in page
    assert "earn" not in page.replace("Whom to contact, and what it earns", "").replace("learned", "")
    assert "Worth contacting" not in page
    assert told.contacting is not None
    assert told.contacting.plans == ()
    assert "contacting pays" not in card_line(found, 1)
    assert summary_sentence(found) == chapter(found).lead[1]


def test_contact_nobody_contact_everyone_and_an_interval_that_reaches_the_alternative() -> None:
    nobody = advice(profit("nobody"), "£")
    assert nobody.startswith(
        "Contact nobody: contacting all 2,000 would have lost £4,800, and choosing the likeliest is expected to earn −£12"
    )
    everyone = advice(profit("everyone"), "£")
    assert everyone.startswith(
        "Contact everyone: contacting all 2,000 would have earned £2,700, and choosing the likeliest is expected to earn no more"
    )
    unsure = advice(profit(best=Estimate(740.0, -60.0, 1500.0)), "")
    assert "but not clearly more than contacting nobody, as the interval reaches 0. Contacting all 2,000 would have lost 2,700." in unsure
    gained = advice(profit("everyone", advice="some", best=Estimate(3103.0, 2900.0, 3300.0)), "£")
    assert "£400 more than contacting everyone: contacting all 2,000 would have earned £2,700." in gained
    for plan in ("nobody", "everyone"):
        told = contacting(response(profit=profit(plan)))
        assert [row.name for row in told.plans if row.chosen] == [plan.capitalize()]
        assert told.profit is not None
        assert "diamond" not in told.profit.caption
    empty = profit(best_share=Estimate(0.0, 0.0, 0.0), best=Estimate(2.0, -5.0, 9.0))
    assert advice(empty, "") == "Contact nobody: contacting all 2,000 would have lost 2,700, and no smaller selection earns anything."


def test_few_marked_customers_are_not_counted() -> None:
    assert "The files mark fewer than 5 of the 2,000" in contacting(response(contact=np.arange(N) < 3)).words[1]
    assert "The files mark nobody of the 2,000" in contacting(response(contact=np.zeros(N, dtype=bool))).words[1]
    assert "The files mark all of the 2,000" in contacting(response(contact=np.ones(N, dtype=bool))).words[1]


def test_reach_is_told_with_interval_and_beside_chance() -> None:
    told = contacting(response())
    assert told.reach_words == (
        "The likeliest tenth of the customers holds 34% of those who answer (95% interval 31% to 37%), 3.4 times as many as a tenth taken by chance. "
        "To reach half of those who answer, the likeliest 16% are to be contacted."
    )
    assert [row.contacted for row in told.reach] == ["5%", "10%", "20%", "30%", "50%"]
    assert told.gains is not None
    assert "n = 2,000 customers, 300 of them answered" in told.gains.caption


def test_figures_of_a_part_judged_in_time_give_its_n() -> None:
    found = response(customers=3500, answered=600, probability=np.full(4000, 0.1))
    told = chapter(found)
    assert "of the 3,500 customers" in told.lead[0]
    assert told.contacting is not None
    assert told.contacting.gains is not None
    assert "n = 2,000 customers" in told.contacting.gains.caption


def test_more_answers_than_customers_are_contacts() -> None:
    found = response(probability=np.full(900, 0.1))
    told = chapter(found)
    assert "of the 2,000 contacts whose answer is known, 300 said yes" in told.lead[0]
    assert told.judgement is not None
    assert told.judgement.calibration is not None
    assert "n = 2,000 contacts" in told.judgement.calibration.caption


def test_probabilities_that_are_off_are_called_so_and_slight_ones_are_not_alarming() -> None:
    told = chapter(response(calibration=calibration(off=0.1)))
    assert ("Read with care", "The probabilities are off, by 9.8 percentage points on average, more than chance explains (95% interval 8.4 to 11). Go by the order of the customers, not by the probabilities: see “Are the probabilities right?”.") in told.cautions  # fmt: skip
    assert told.judgement is not None
    assert told.judgement.calibration_words.startswith("No. ")
    assert "25% of all were foretold to answer and 15% did" in told.judgement.calibration_words
    right = chapter(response()).judgement
    assert right is not None
    assert right.calibration_words.startswith("Yes, as far as can be told: ")
    slight = dataclasses.replace(calibration(), ece=Estimate(0.002, 0.001, 0.004))
    told = chapter(response(calibration=slight))
    assert "off" not in " ".join(words for _, words in told.cautions)
    assert told.judgement is not None
    assert told.judgement.calibration_words.startswith("Nearly. ")


def test_an_order_worse_than_chance_further_down_is_said() -> None:
    told = chapter(response(gains=gains(worse_below=True)))
    assert any(
        "the likeliest 30% reach 21% of those who answer (95% interval 18% to 24%), fewer than by chance" in words
        for _, words in told.cautions
    )
    assert not any("further down" in words for _, words in chapter(response()).cautions)


def test_kept_columns_that_may_know_the_answer_are_a_warning() -> None:
    told = chapter(response())
    assert told.cautions[-1][1].startswith("“Score” may know the answer, and was kept")
    assert [row[2] for row in told.leaks] == ["left out", "kept: confirmed in the settings"]


def test_groups_of_few_answers_are_joined_with_their_neighbours() -> None:
    found = joined(calibration())
    assert sum(found.customers) == N
    answers = [round(n * seen) for n, seen in zip(found.customers, found.observed, strict=True)]
    assert answers == [5, 5, 10, 20, 40, 70, 150]
    assert found.customers[0] == 800
    tiny = CalibrationCurve((0.9, 0.1, 0.5), (1.0, 0.0, 0.5), (0.9, 0.0, 0.2), (1.0, 0.1, 0.8), (3, 100, 4), Estimate(0, 0, 0), 1.0, 0.0)
    assert joined(tiny).customers == (107,)
    alone = CalibrationCurve((0.15,), (0.01,), (0.0,), (0.1,), (100,), Estimate(0, 0, 0), 1.0, 0.0)
    assert joined(alone).customers == (100,)


def test_no_curve_shows_steps_of_fewer_than_five_customers() -> None:
    curve = CalibrationCurve((0.1, 0.7), (0.1, 0.7), (0.0, 0.5), (0.3, 0.9), (60, 60), Estimate(0.0, 0.0, 0.1), 1.0, 0.0)
    told = contacting(response(customers=120, answered=48, calibration=curve, profit=profit(customers=120)))
    for picture in (told.profit, told.gains):
        assert picture is not None
        at = picture.figure["data"][2]["x"]
        assert (at[0], at[-1]) == (0, 1)
        assert min(np.diff(at)) * 120 >= 5


def test_few_answers_at_a_depth_are_hidden() -> None:
    flat = gains()
    low = dataclasses.replace(flat, reached=tuple(0.1 * each if each < 0.5 else each for each in flat.reached))
    told = contacting(response(gains=dataclasses.replace(low, reached=(0.0, *[0.01] * 15, *low.reached[16:]))))
    assert told.reach_words.startswith("Fewer than 5 of those who answer")
    assert [row.reached for row in told.reach][:2] == ["hidden", "hidden"]


def test_segments_of_few_customers_or_answers_are_hidden_and_so_is_what_would_give_them_away() -> None:
    rows = (segment(0), segment(1), segment(2), segment(3, yes=3))
    found = response(segments=rows)
    told = chapter(found).answers
    assert told is not None
    assert [row.rate for row in told.rows] == ["50%", "18%", "hidden", "hidden"]
    assert told.picture is not None
    assert "Lapsed" not in told.picture.alt
    assert "are left out" in told.picture.caption
    assert [words for words in told.words if "Lapsed" in words] == []
    assert len(told.words) == 1
    assert card_line(found, 4) == card_line(found, 3) == ""
    tiny = chapter(response(segments=(segment(0), segment(1), segment(2), segment(3, yes=1, size=3)))).answers
    assert tiny is not None
    assert tiny.rows[3].customers == "under 5"
    nearly = chapter(response(segments=(segment(0, yes=298), *[segment(place) for place in (1, 2, 3)]))).answers
    assert nearly is not None
    assert nearly.rows[0].rate == "hidden"


def test_segments_show_answered_foretold_and_whom_it_pays_to_contact() -> None:
    told = chapter(response(segments=(*[segment(place) for place in range(3)], segment(3, auc=None, worth_contacting=0.004)))).answers
    assert told is not None
    first, *_, last = told.rows
    assert (first.rate, first.interval, first.predicted, first.contact, first.order) == (
        "50%",
        "40% to 61%",
        "50%",
        "71%",
        "0.80 (0.75 to 0.85)",
    )
    assert (last.contact, last.order) == ("a few", "too few answers")
    assert card_line(response(), 1) == "50% answered (40% to 61%, n = 300); contacting pays for 71% of them."
    assert card_line(response(), 9) == card_line(None, 1) == ""


def test_what_goes_with_answering_is_told_with_its_direction_and_not_as_a_cause() -> None:
    told = associations(response())
    assert told is not None
    assert told.words == (
        "The order of the customers rests most on “Days since last purchase” (likelier with less of it); "
        "“Campaigns accepted” (likelier with more of it); “Education” (different from kind to kind)."
    )
    assert "not what causes it" in told.caution
    assert [curve.title for curve in told.curves] == ["Days since last purchase", "Campaigns accepted", "Education"]
    nothing = associations(response(importances=IMPORTANCES[3:]))
    assert nothing is not None
    assert nothing.words.startswith("No column alone matters more than chance")
    assert nothing.curves == ()
    assert associations(response(importances=())) is None


def test_curves_are_drawn_at_rounded_values_not_at_those_of_customers() -> None:
    told = associations(response(importances=tuple(dataclasses.replace(each, drop=near(0.05, 0.01)) for each in IMPORTANCES)))
    assert told is not None
    recency, _, schooling, income = told.curves
    assert recency.figure["data"][2]["x"] == [2, 13, 49, 97]
    assert income.figure["data"][2]["x"] == [30, 100, 510]
    assert schooling.figure["layout"]["yaxis"]["ticktext"] == ["Basic", "PhD"]


def test_models_are_told_with_intervals_and_the_used_one_is_marked() -> None:
    told = chapter(response()).judgement
    assert told is not None
    assert told.rows[1].cells == ("0.910 (0.890 to 0.930)", "0.690 (0.650 to 0.730)", "0.075 (0.067 to 0.083)")
    assert [(row.words, row.chosen) for row in told.rows] == [("", False), ("used", True), ("plain rule", False), ("plain rule", False)]
    assert any("394 customers equal another" in words for words in told.how)


def numbers(words: str) -> set[str]:
    return set(re.findall(r"\d[\d,.]*\d|\d", words))


def test_every_number_in_the_words_changes_with_the_result() -> None:
    """What is left of two chapters' numbers in common are words such as 95% and the depths, not results."""
    other = response(
        customers=4321, answered=777, duplicates=17, scores=scores(model=0.747, plain=0.628), calibration=dataclasses.replace(calibration(), customers=(431,) * 10, ece=Estimate(0.0, 0.0, 0.033)),
        gains=dataclasses.replace(gains(), reached=tuple(each**0.9 for each in gains().share), low=tuple(0.96 * each**0.9 for each in gains().share), high=tuple(min(1, 1.07 * each**0.9) for each in gains().share), lift=tuple(each**-0.1 if each else 2.0 for each in gains().share)),
        profit=profit(cost=1.7, revenue=23.0, threshold=0.0739, customers=4310, everyone=-987.0, best=Estimate(654.0, 422.0, 866.0), best_share=Estimate(0.322, 0.288, 0.347), naive=695.0), contact=np.arange(4321) < 1376,
    )  # fmt: skip
    words = [" ".join([*chapter(each).lead, *contacting(each).words, contacting(each).reach_words]) for each in (response(), other)]
    assert numbers(words[0]) & numbers(words[1]) <= {"95", "100", "50"}


@pytest.mark.parametrize(
    "found",
    [response(), response(profit=None), response(probability=np.full(900, 0.1)), response(profit=profit("nobody")), response(profit=profit("everyone")), base_rate(), refused(), response(calibration=None, gains=None, segments=())],
)  # fmt: skip
def test_every_picture_has_words_n_and_figures_that_are_json(found: Response) -> None:
    page = rendered(chapter(found))
    figures = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
    for figure in figures:
        json.loads(figure)
    assert len(re.findall(r'role="img" aria-label="[^"]{20,}"', page)) == len(figures) == page.count("<figcaption")
    captions = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", page)
    assert all(re.search(r"n\s=\s(up to )?[\d,]+ (customers|contacts)", caption) for caption in captions)
    bare = re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"(?<![\w–-])-\d", bare)
    assert not {"nan", "None", "inf", "$"} & set(re.findall(r"\w+|\$", bare))


def test_names_are_escaped_and_nothing_is_said_without_a_response() -> None:
    found = response(
        words=NASTY,
        segments=tuple(dataclasses.replace(each, name=NASTY) for each in response().segments),
        importances=tuple(dataclasses.replace(each, words=NASTY) for each in IMPORTANCES),
        dependences=tuple(dataclasses.replace(each, words=NASTY, levels=each.levels and (NASTY,) * 3) for each in DEPENDENCES),
        leaks=tuple(dataclasses.replace(each, words=NASTY, told=NASTY) for each in LEAKS),
        notes=(NASTY,),
    )
    page = rendered(chapter(found, NASTY))
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    assert not rendered(None).strip()
    assert summary_sentence(None) == ""
