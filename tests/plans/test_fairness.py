"""Fairness: rates and ratios by hand, small cells put together, tests corrected; nothing found where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency, fisher_exact

from segmentry.errors import UsageError
from segmentry.plans.fairness import equal_rates, fairness


def made(**groups: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return offers and groups from (offers, customers) of each group."""
    offered = np.concatenate([np.arange(size) < offers for offers, size in groups.values()])
    return offered, np.repeat(np.array(list(groups), dtype=object), [size for _, size in groups.values()])


def test_rates_and_ratios_are_those_by_hand() -> None:
    offered, gender = made(f=(60, 200), m=(30, 300))
    (found,) = fairness(offered, {"gender": gender}).attributes
    rates = {group.group: group for group in found.groups}
    assert rates["f"].rate.value == pytest.approx(0.3)  # type: ignore[union-attr]
    assert rates["f"].ratio.value == 1  # type: ignore[union-attr]
    assert rates["m"].ratio.value == pytest.approx(1 / 3)  # type: ignore[union-attr]
    assert rates["m"].ratio.low == pytest.approx(0.225, abs=0.01)  # type: ignore[union-attr]
    assert found.four_fifths
    assert found.differs
    assert "rule of thumb" in found.words
    expected = chi2_contingency([[60, 140], [30, 270]], correction=False).pvalue
    assert found.p_value == pytest.approx(expected)


def test_the_test_of_small_groups_deals_the_offers_anew() -> None:
    expected = fisher_exact([[7, 3], [2, 12]]).pvalue
    assert equal_rates(np.array([10.0, 14.0]), np.array([7.0, 2.0]), seed=1) == pytest.approx(expected, abs=0.01)


def test_where_offers_fall_by_lot_no_attribute_is_said_to_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    # Guessing from all attributes together takes most of the time, and has a test of its own.
    monkeypatch.setattr("segmentry.plans.fairness.guessed_together", lambda *_, **__: None)
    runs, wrong, ratios = 200, 0, []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        groups = {
            name: rng.integers(0, levels, 400).astype(str).astype(object) for name, levels in (("age", 4), ("gender", 2), ("place", 6))
        }
        found = fairness(rng.random(400) < 0.3, groups, segments=rng.integers(0, 4, 400), seed=seed)
        wrong += any(each.differs for each in found.attributes)
        ratios.append(max(each.guessed_segment.low for each in found.attributes))  # type: ignore[union-attr]
    assert wrong <= binom.ppf(0.999, runs, 0.01)
    # Three attributes at 1 % each.
    assert sum(low > 0 for low in ratios) <= binom.ppf(0.999, runs, 0.03)


def test_an_offer_and_a_segment_that_follow_an_attribute_can_be_guessed() -> None:
    rng = np.random.default_rng(0)
    gender = np.array(["f", "m"], dtype=object)[rng.integers(0, 2, 800)]
    offered = rng.random(800) < np.where(gender == "f", 0.7, 0.1)
    segments = np.where(rng.random(800) < 0.9, (gender == "f").astype(int), rng.integers(0, 2, 800))
    found = fairness(offered, {"gender": gender, "coin": rng.integers(0, 2, 800).astype(str)}, segments=segments)
    by_name = {each.attribute: each for each in found.attributes}
    assert by_name["gender"].guessed_offer.low > 0.7  # type: ignore[union-attr]
    assert by_name["gender"].guessed_segment.low > 0.8  # type: ignore[union-attr]
    assert "closely" in by_name["gender"].words
    assert by_name["coin"].guessed_offer.low <= 0.5  # type: ignore[union-attr]
    assert found.together.low > 0.7  # type: ignore[union-attr]


def test_small_cells_are_put_together_until_nothing_can_be_worked_out() -> None:
    offered, place = made(north=(40, 100), south=(20, 60), west=(2, 50), isle=(1, 3))
    (found,) = fairness(offered, {"place": place}).attributes
    assert [group.group for group in found.groups] == ["north", "isle, south and west, together"]
    assert [group.customers for group in found.groups] == [100, 113]
    assert sum(group.customers for group in found.groups if group.customers) == len(place)
    two, gender = made(f=(40, 100), m=(1, 3))
    (hidden,) = fairness(two, {"gender": gender}).attributes
    assert [group.group for group in hidden.groups] == ["f and m, together"]
    assert hidden.lowest is None
    everybody, gender = made(f=(2, 3))
    assert fairness(everybody, {"gender": gender}).attributes[0].groups[0].rate is None


def test_what_is_not_known_is_a_group_of_its_own() -> None:
    offered, age = made(old=(20, 50), young=(10, 50), unknown=(6, 50))
    values = [None if each == "unknown" else each for each in age]
    (found,) = fairness(offered, {"age": values}).attributes
    assert [group.group for group in found.groups] == ["old", "young", "not known"]
    (numbers,) = fairness(offered, {"age": [float("nan") if each is None else 1.0 for each in values]}).attributes
    assert [group.group for group in numbers.groups] == ["1.0", "not known"]


@pytest.mark.parametrize("given", [True, False])
def test_where_everybody_or_nobody_gets_an_offer_there_is_nothing_to_compare(given: bool) -> None:
    found = fairness(np.full(100, given), {"gender": ["f", "m"] * 50})
    assert found.together is None
    assert "do not differ" in found.words
    (each,) = found.attributes
    assert (each.p_value, each.differs, each.guessed_offer) == (1.0, False, None)


def test_one_group_and_one_customer_are_answered() -> None:
    found = fairness([True] * 30 + [False] * 30, {"gender": ["f"] * 60})
    assert (found.attributes[0].p_value, found.attributes[0].lowest) == (1.0, None)
    assert fairness([True], {"gender": ["f"]}, segments=[0]).attributes[0].groups[0].rate is None


def test_the_order_of_customers_does_not_matter_and_the_seed_settles_the_rest() -> None:
    offered, gender = made(f=(60, 200), m=(30, 300))
    order = np.random.default_rng(1).permutation(500)
    one, two = fairness(offered, {"gender": gender}, seed=3), fairness(offered[order], {"gender": gender[order]}, seed=3)
    assert one == fairness(offered, {"gender": gender}, seed=3)
    assert (one.attributes[0].groups, one.attributes[0].p_value) == (two.attributes[0].groups, two.attributes[0].p_value)


def test_arrays_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match="Pass arrays of one length"):
        fairness([True, False], {"gender": ["f"]})
    with pytest.raises(UsageError, match="0 attributes"):
        fairness([True, False], {})
