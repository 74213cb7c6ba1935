"""Judged by what came after the cut-off, chosen by a rule, told in words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.value.shops import at_will

from segmentry.errors import Degenerate, NotEnoughData, Problem, UsageError
from segmentry.results import plain
from segmentry.value.holdout import Money, judge
from segmentry.value.tracking import Arrivals

SHOP = at_will(np.random.default_rng(1), 900, leaving="time")
X, LATER, KNOWN = SHOP.looked_back(272)


class Fixed:
    """Foretells a share of what a gamma-Poisson model would, without learning."""

    def __init__(self, share: float = 1.0) -> None:
        self.share = share

    def fit(self, X):
        self.seen = X.copy()
        return self

    def expected_purchases(self, horizon, X):
        alive = np.exp(-(X[:, 2] - X[:, 1]) / 40)
        return self.share * alive * (0.6 + X[:, 0]) / (8 + X[:, 2]) * horizon

    def expected_new(self, times):
        return self.share * np.asarray(times) * 0.05

    def expected_value(self, X):
        return np.full(len(X), 20.0)


class Refusing(Fixed):
    def fit(self, X):
        raise Degenerate(Problem("AT_THE_EDGE", "the fit runs to the edge", "use another"))


class Infinite(Fixed):
    def expected_purchases(self, horizon, X):
        return np.full(len(X), np.inf)


MODELS = {"quick": Fixed, "half": lambda: Fixed(0.3), "shy": Refusing, "wild": Infinite}


def test_the_better_forecast_is_chosen_and_the_others_are_shown() -> None:
    found = judge(X, LATER, length=13.0, models=MODELS)
    assert found.chosen == "quick"
    assert [one.name for one in found.scores] == ["quick", "half", "past rate", "segment average", "everyone's average"]
    assert [one.kind for one in found.scores] == ["model"] * 2 + ["baseline"] * 3
    assert found.customers == len(X)
    assert found.calibration == X[:, 2].max()


def test_models_that_cannot_be_used_are_named_with_the_reason() -> None:
    found = judge(X, LATER, length=13.0, models=MODELS)
    assert found.refused == {"shy": "the fit runs to the edge", "wild": f"no finite forecast for {len(X):,} of {len(X):,} customers"}


def test_no_model_at_all_is_a_refusal_with_every_reason() -> None:
    with pytest.raises(
        Degenerate, match=r"none of 2 models could be fitted to .* customers \(shy: the fit runs to the edge; wild: no finite"
    ):
        judge(X, LATER, length=13.0, models={"shy": Refusing, "wild": Infinite})


def test_models_see_the_calibration_only() -> None:
    made = []

    def make() -> Fixed:
        made.append(Fixed())
        return made[-1]

    judge(X, LATER, length=13.0, models={"one": make})
    assert (made[0].seen == X).all()


def test_the_reason_is_in_words_with_figures() -> None:
    found = judge(X, LATER, length=13.0, models=MODELS)
    own = next(one for one in found.scores if one.name == "quick")
    assert found.beats_baselines
    told = f"quick is used: in the time held out it foretold {round(own.predicted):,} purchases where {round(own.actual):,} were made ("
    assert found.reason.startswith(told)
    assert "and single customers better than the past rate, the segment average and everyone's average" in found.reason
    assert found.reason.endswith("half did as well within luck; of equals it is preferred.")


def test_a_poor_model_does_not_beat_the_baselines_and_says_so() -> None:
    found = judge(X, LATER, length=13.0, models={"half": lambda: Fixed(0.0)})
    assert not found.beats_baselines
    assert "for single customers the past rate, the segment average and everyone's average would have been as good." in found.reason


def test_the_holdout_is_that_of_the_rows_in_any_order() -> None:
    order = np.random.default_rng(0).permutation(len(X))
    assert plain(judge(X, LATER, length=13.0)) == plain(judge(X[order], LATER[order], length=13.0))


def test_money_is_judged_beside() -> None:
    money = Money(np.where(X[:, 0] > 0, 20.0, np.nan), LATER * 20.0, Fixed)
    found = judge(X, LATER, length=13.0, models=MODELS, money=money)
    own = next(one for one in found.scores if one.name == "quick")
    assert found.money is not None
    assert found.money.name == "quick with Gamma-Gamma"
    assert found.money.bias == pytest.approx(own.bias)


def test_spend_that_cannot_be_modelled_is_told() -> None:
    money = Money(np.where(X[:, 0] > 0, 20.0, np.nan), LATER * 20.0, Refusing)
    found = judge(X, LATER, length=13.0, models=MODELS, money=money)
    assert found.money is None
    assert found.refused["Gamma-Gamma"] == "the fit runs to the edge"


def test_the_course_over_time_is_there_when_days_are_given() -> None:
    first = SHOP.first[KNOWN]
    repeat = np.ones(len(SHOP.day), dtype=bool)
    repeat[np.flatnonzero(np.diff(SHOP.customer, prepend=-1))] = False
    days = Arrivals.of(np.unique(first, return_counts=True), np.unique(SHOP.day[repeat], return_counts=True), cutoff=272, last=363)
    found = judge(X, LATER, length=13.0, models=MODELS, arrivals=days).tracking
    assert found is not None
    assert set(found.expected) == {"quick", "half"}
    assert sum(found.actual) <= repeat.sum()


def test_a_shop_that_nobody_leaves_gets_the_simpler_model() -> None:
    rng = np.random.default_rng(0)
    rate = rng.gamma(1.0, 0.1, 1000)
    bought = rng.poisson(rate * 40)
    last = np.where(bought > 0, 40.0 * rng.beta(np.maximum(bought, 1), 1), 0.0)
    found = judge(np.column_stack([bought, last, np.full(1000, 40.0)]), rng.poisson(rate * 13.0), length=13.0)
    assert found.chosen == "NBD"
    assert set(found.refused) == {"BG/NBD", "MBG/NBD", "Pareto/NBD"}
    assert "No model in which customers leave could be fitted. Under it nobody leaves: everyone still counts" in found.reason
    assert found.beats_baselines
    assert abs(next(one for one in found.scores if one.name == found.chosen).bias) < 0.1


def test_a_busy_season_is_not_taken_for_nobody_leaving() -> None:
    found = judge(X, LATER * 3, length=13.0)
    assert found.chosen != "NBD"
    errors = {one.name: one.rmse for one in found.scores}
    assert errors["NBD"] < errors[found.chosen]
    assert found.reason.endswith("it looks like a busy season.")


def test_too_little_to_judge_by_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="PRIOR_ONLY"):
        judge(np.tile([0.0, 0.0, 9.0], (200, 1)), np.ones(200), length=5.0)
    with pytest.raises(NotEnoughData, match="found 0"):
        judge(X, np.zeros(len(X)), length=13.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"later": LATER[:-1]}, r"later \(\d+,\)"),
        ({"groups": np.zeros(3)}, r"groups \(3,\)"),
        ({"later": np.where(np.arange(len(X)) < 2, np.nan, LATER)}, "2 of .* customers have a missing or negative figure"),
        ({"length": 0.0}, "length is 0.0; allowed is more than 0"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, words: str) -> None:
    given = {"X": X, "later": LATER, "length": 13.0} | change
    with pytest.raises(UsageError, match=words):
        judge(given.pop("X"), given.pop("later"), models=MODELS, **given)


@pytest.mark.realdata
def test_cdnow_is_foretold_as_well_as_in_the_literature(realdata) -> None:
    """Mean absolute error .785 of BG/NBD against 1.024 of the past rate (reproduced with lifetimes)."""
    from tests.value.cdnow import look_back

    past = look_back(Path(realdata("cdnow/CDNOW_sample.txt")))
    found = judge(past.X, past.later, length=39.0, arrivals=past.arrivals, money=Money(past.mean_value, past.later_value))
    scores = {one.name: one for one in found.scores}
    assert scores["BG/NBD"].mae == pytest.approx(0.785, abs=0.001)
    assert scores["past rate"].mae == pytest.approx(1.024, abs=0.001)
    assert found.beats_baselines
    assert found.chosen == "MBG/NBD"
    assert "Pareto/NBD and BG/NBD did as well within luck; of equals it is preferred, as it lets one-time buyers have left." in found.reason
    assert not found.refused
    assert found.money is not None
    assert found.money.actual == pytest.approx(past.later_value.sum())
    assert dataclasses.asdict(found.money)["gini"] > 0.6
