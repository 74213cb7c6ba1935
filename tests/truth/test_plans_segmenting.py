"""Does segmenting pay? What was planted is the answer, and where nothing was planted the simpler way is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom
from tests.plans.lots import Codes, Floats, lot

from segmentry.plans.segmenting import Segmenting, does_segmenting_pay

ARMS = ("left alone", "letter", "mail")


def alike(letter: float, mail: float) -> Callable[[Codes, Floats], Floats]:
    return lambda segment, _: np.tile([[letter, mail]], (len(segment), 1))


def by_segment(segment: Codes, _: Floats) -> Floats:
    return np.array([[0.8, 0.0], [0.0, 0.8], [0.0, 0.0], [-0.4, -0.4]])[segment]


def within_segments(_: Codes, features: Floats) -> Floats:
    return np.column_stack([0.8 * features[:, 0], np.zeros(len(features))])


def asked(effect: Callable[[Codes, Floats], Floats], seed: int, *, customers: int = 1500, cost: float = 0.1) -> Segmenting:
    found = lot(effect, seed, customers=customers)
    return does_segmenting_pay(found.scores, found.segment, found.fold, arms=ARMS, costs=[cost, cost], expected=found.expected)


@pytest.mark.parametrize(
    ("effect", "right"), [(alike(0.0, 0.0), "nobody"), (alike(0.1, 0.1), "nobody"), (alike(0.7, 0.2), "one"), (alike(0.7, 0.7), "one")]
)
def test_where_customers_do_not_differ_a_finer_way_is_claimed_in_at_most_1_of_100_runs(
    effect: Callable[[Codes, Floats], Floats], right: str
) -> None:
    runs = 200
    verdicts = [asked(effect, seed, customers=1000).verdict for seed in range(runs)]
    assert sum(verdict in ("segment", "individual") for verdict in verdicts) <= binom.ppf(0.999, runs, 0.01)
    assert verdicts.count(right) >= 0.9 * runs  # type: ignore[arg-type]


def test_effects_planted_by_segment_make_segmenting_pay() -> None:
    found = [asked(by_segment, 500 + seed) for seed in range(60)]
    assert sum(each.verdict == "segment" for each in found) >= 54
    chosen = [[choice.arm for choice in each.choices] for each in found]
    assert sum(arms[:2] == ["letter", "mail"] and arms[3] == "left alone" for arms in chosen) >= 57


def test_differences_within_segments_make_individual_scores_pay() -> None:
    assert sum(asked(within_segments, 700 + seed).verdict == "individual" for seed in range(60)) >= 54


def test_values_of_the_ways_are_those_that_customers_would_really_bring() -> None:
    found = [asked(by_segment, 900 + seed) for seed in range(60)]
    values = {way.name: np.mean([each.ways[place].value.value for each in found]) for place, way in enumerate(found[0].ways)}
    # Two of four segments gain .8 − .1 each by their own offer, nobody by either for all.
    assert values["segment"] == pytest.approx(0.35, abs=0.03)
    assert values["one"] == pytest.approx(0.0, abs=0.03)
    assert values["nobody"] == 0
