"""From a trial with yes and no, most customers treated, to scores, a verdict and a replay: nothing is claimed where offers do nothing or the same for all."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom
from sklearn.linear_model import LinearRegression

from segmentry.plans.heldout import contrasts
from segmentry.plans.replay import Replay, learner, replay, unlimited
from segmentry.plans.segmenting import Segmenting, does_segmenting_pay
from segmentry.uplift.policy import doubly_robust

CUSTOMERS, WORTH, COST = 6_000, 40.0, 1.0


def tried(seed: int, added: tuple[float, ...]) -> tuple[Segmenting, Replay]:
    """Return what a trial says in which 80 of 100 get the offer and a share of `added` more buy, by segment."""
    rng = np.random.default_rng(seed)
    segment, arm = rng.integers(0, len(added), CUSTOMERS), (rng.random(CUSTOMERS) < 0.8).astype(np.int64)
    fold = rng.permutation(CUSTOMERS) % 5
    bought = (rng.random(CUSTOMERS) < 0.06 + arm * np.array(added)[segment]).astype(np.float64)
    values = np.column_stack([segment, rng.normal(size=CUSTOMERS)]).astype(np.float64)
    probability = np.tile([0.2, 0.8], (CUSTOMERS, 1))
    scores = WORTH * doubly_robust(values, arm, bought, probability=probability, fold=fold, make=LinearRegression)
    pays = does_segmenting_pay(scores, segment, fold, arms=("left alone", "letter"), costs=[COST])
    contrast = contrasts(scores, fold)

    def learn(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
        means = np.array([contrast[known & (segment == each)].mean(axis=0) for each in range(len(added))])
        return means[segment[asked]]

    return pays, replay(scores, fold, offers=["letter"], costs=[COST], learn=learn, decide=unlimited([COST]))


def test_offers_that_do_nothing_are_not_promised_and_nobody_is_to_be_treated() -> None:
    found = [tried(seed, (0.0,) * 4) for seed in range(60)]
    assert sum(pays.verdict != "nobody" for pays, _ in found) <= binom.ppf(0.999, 60, 0.01)
    assert sum(play.promised > 0 for _, play in found) <= binom.ppf(0.999, 60, 0.01)


def test_an_offer_that_does_the_same_for_all_is_for_everyone() -> None:
    found = [tried(500 + seed, (0.09,) * 4) for seed in range(40)]
    assert sum(pays.verdict in ("segment", "individual") for pays, _ in found) <= binom.ppf(0.999, 40, 0.01)
    assert sum(pays.verdict == "one" for pays, _ in found) >= 36
    # 40 × .09 less the cost.
    assert abs(np.mean([play.revalued.value for _, play in found]) - 2.6) < 0.15


def test_an_offer_that_works_in_one_segment_is_for_that_segment() -> None:
    found = [tried(900 + seed, (0.14, 0.0, 0.0, -0.03)) for seed in range(40)]
    assert sum(pays.verdict == "segment" for pays, _ in found) >= 30
    assert sum(pays.choices[0].arm == "letter" for pays, _ in found) == 40
    # A quarter gain 40 × .14 less the cost.
    assert abs(np.mean([play.revalued.value for _, play in found]) - 1.15) < 0.15
    assert np.mean([play.promised_ahead > 0 for _, play in found]) > 0.8


def test_the_default_learner_of_a_replay_draws_averages_towards_nothing() -> None:
    scores = np.random.default_rng(0).normal(size=(400, 2))
    play = replay(scores, np.arange(400) % 4, offers=["letter"], costs=[0.0], learn=learner(scores), decide=unlimited([0.0]))
    assert play.folds == 4
    assert abs(play.planned) < 0.1
