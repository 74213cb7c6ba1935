from __future__ import annotations

import numpy as np
import pytest

from segmentry.experiments.phrases import overstated
from segmentry.experiments.trial import Metric
from segmentry.results import Estimate
from segmentry.uplift.comparing import Contest, Way
from segmentry.uplift.heterogeneity import evidence
from segmentry.uplift.question import Prices
from segmentry.uplift.results import ArmEffect
from segmentry.uplift.verdict import Findings, advise, decide

BOUGHT = Metric("bought", "Bought", "yes/no")


def contest(gain, half, rule=None, noise=0.1):
    """Customers of whom one half gains `gain` and the other `half`; the learner knows which, the rule as given."""
    rng = np.random.default_rng(0)
    kind = np.arange(4000) % 2
    scores = np.column_stack([np.zeros(4000), np.where(kind == 1, gain, half) + noise * rng.normal(size=4000)])
    learned = np.where(np.where(kind == 1, gain, half) > 0, 1, 0)
    ways = (
        Way("uplift", "by expected effect", learned, learned=True, simple=False),
        Way("nobody", "nobody", 0 * kind, learned=False, simple=True),
        Way("everybody", "everybody", 0 * kind + 1, learned=False, simple=True),
        Way("rule", "by the rule of A and B", learned if rule is None else np.full(4000, rule), learned=True, simple=True),
    )
    return Contest(scores, ways, np.arange(4000), 5)


def findings(p=0.001, average=0.05, average_p=0.001, net=None, prices=None, ways=None):
    effect = Estimate(average, average - 0.01, average + 0.01)
    return Findings(
        metric=BOUGHT,
        averages=(ArmEffect(1, "offer", 2000, 2000, 0.1 + average, 0.1, effect, effect, average_p, net=net),),
        evidence=evidence({1: [p]}, learners=1, folds=5),
        contest=ways or contest(0.1, 0.0),
        prices=prices,
        top=0.2,
        first=(Estimate(0.09, 0.07, 0.11),),
        currency="",
    )


def test_differences_are_told_with_the_effect_among_the_first():
    verdict, words = decide(findings())
    assert verdict == "differences"
    assert "+5 points (+4 to +6)" in words
    assert "among the 20% with the highest expected effect by +9 points" in words


def test_differences_around_no_average_say_so():
    assert "some gain and others do not" in decide(findings(average=0.0, average_p=0.6))[1]


def test_no_differences_and_an_average_effect():
    verdict, words = decide(findings(p=0.3))
    assert verdict == "no evidence of differences"
    assert "no evidence that customers differ in effect (p = 0.3" in words


def test_no_effect_is_no_proof():
    verdict, words = decide(findings(p=0.3, average=0.0, average_p=0.3))
    assert verdict == "no evidence of an effect"
    assert "p = 0.3" in words
    assert "no proof that there is none" in words
    assert advise(findings(p=0.3, average=0.0, average_p=0.3)).advice == "none"


@pytest.mark.parametrize(
    ("net", "advice", "words"),
    [
        (None, "all", "Without cost and revenue"),
        (Estimate(0.3, 0.2, 0.4), "all", "after costs"),
        (Estimate(-0.3, -0.4, -0.2), "none", "costs more than it brings"),
        (Estimate(0.1, -0.1, 0.3), "none", "not shown to pay"),
    ],
)
def test_without_differences_all_or_none_are_treated(net, advice, words):
    advised = advise(findings(p=0.3, net=net, prices=None if net is None else Prices(10.0, (0.1,), (0.0,))))
    assert advised.advice == advice
    assert words in advised.words
    assert advised.way == ("everybody" if advice == "all" else "nobody")


def test_some_are_treated_when_choosing_beats_all_and_none():
    advised = advise(findings(ways=contest(1.0, -1.0, rule=0)))
    assert (advised.advice, advised.way) == ("some", "uplift")
    assert "Treat the 50% of the customers with the highest expected effect" in advised.words
    assert "more than the simple rule" in advised.words


def test_a_rule_that_does_as_well_is_preferred():
    advised = advise(findings(ways=contest(1.0, -1.0)))
    assert (advised.advice, advised.way) == ("some", "rule")
    assert "not shown to do better than this rule" in advised.words


def test_differences_that_are_all_gains_lead_to_all():
    advised = advise(findings(ways=contest(1.0, 0.5)))
    assert advised.advice == "all"
    assert "those with the highest expected effect come first" in advised.words


def test_differences_that_do_not_pay_lead_to_none():
    prices = Prices(10.0, (1.0,), (0.0,))
    advised = advise(findings(net=Estimate(-0.5, -0.6, -0.4), prices=prices, ways=contest(-0.2, -0.8)))
    assert advised.advice == "none"
    assert "costs more than it brings" in advised.words
    nothing = advise(findings(average=0.0, average_p=0.8, ways=contest(0.001, -0.001, noise=5.0)))
    assert nothing.advice == "none"


def test_nothing_is_overstated():
    for p in (0.001, 0.3):
        for average_p in (0.001, 0.3):
            for ways in (contest(1.0, -1.0), contest(1.0, 0.5), contest(-0.2, -0.8)):
                found = findings(p=p, average_p=average_p, ways=ways)
                assert overstated(decide(found)[1] + advise(found).words) == ()
