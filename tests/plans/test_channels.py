"""Channels: standardised by hand, shrunken, hidden when small; the best one of a customer from own answers and the segment's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from segmentry.errors import NotEnoughData, UsageError
from segmentry.plans.channels import NONE, Channels, channels, drawn, strength

NAMES = ("mail", "phone", "pigeon")


def contacts(seed: int, *, rates: object, customers: int = 2000, each: int = 4) -> Channels:
    """Contact customers of two segments; in segment 1 mostly by phone. `rates` is (channel, segment)."""
    rng = np.random.default_rng(seed)
    segment = np.arange(customers) % 2
    customer = np.repeat(np.arange(customers), each)
    channel = (rng.random(len(customer)) < np.where(segment[customer] == 1, 0.9, 0.1)).astype(np.int64)
    answered = (rng.random(len(customer)) < np.asarray(rates)[channel, segment[customer]]).astype(float)
    return channels(customer, channel, answered, names=NAMES, segment=segment)


def test_a_channel_used_on_better_customers_is_not_called_better() -> None:
    runs = 200
    found = [contacts(seed, rates=[[0.1, 0.3], [0.1, 0.3]], customers=600) for seed in range(runs)]
    assert sum(each.differ for each in found) <= binom.ppf(0.999, runs, 0.01)
    raw = np.mean([{score.channel: score.raw.value for score in each.scores}["phone"] for each in found])  # type: ignore[union-attr]
    adjusted = np.mean([{score.channel: score.adjusted.value for score in each.scores}["phone"] for each in found])  # type: ignore[union-attr]
    assert raw == pytest.approx(0.28, abs=0.01)
    assert adjusted == pytest.approx(0.2, abs=0.01)
    covered = [score.adjusted.low <= 0.2 <= score.adjusted.high for each in found for score in each.scores]  # type: ignore[union-attr]
    assert sum(covered) >= binom.ppf(0.0005, len(covered), 0.95)


def test_a_better_channel_is_found_though_it_was_used_on_worse_customers() -> None:
    found = contacts(1, rates=[[0.6, 0.2], [0.9, 0.35]])
    assert found.differ
    assert found.scores[0].channel == "phone"
    assert found.scores[0].raw.value < found.scores[1].raw.value  # type: ignore[union-attr]


def test_the_adjusted_rate_is_that_by_hand() -> None:
    customer = np.arange(400)
    segment = customer % 2
    channel = (customer // 2) % 2
    answered = ((customer // 4) % 5 < 1 + channel + segment).astype(float)
    found = channels(customer, channel, answered, names=NAMES, segment=segment)
    by_name = {score.channel: score for score in found.scores}
    cells = [[answered[(channel == one) & (segment == two)].mean() for two in (0, 1)] for one in (0, 1)]
    assert by_name["mail"].adjusted.value == pytest.approx(np.mean(cells[0]), abs=0.01)  # type: ignore[union-attr]
    assert by_name["phone"].adjusted.value == pytest.approx(np.mean(cells[1]), abs=0.01)  # type: ignore[union-attr]
    assert by_name["mail"].score > by_name["mail"].adjusted.value  # type: ignore[union-attr]
    assert by_name["mail"].covered == 1.0


def test_own_answers_outweigh_the_segment_where_customers_differ_and_not_where_they_are_alike() -> None:
    rng = np.random.default_rng(4)
    customers = 1500
    customer = np.repeat(np.arange(customers), 12)
    channel = np.tile(np.repeat([0, 1], 6), customers)
    likes = rng.integers(0, 2, customers)
    chance = np.where(likes[customer] == channel, 0.7, 0.1)
    found = channels(customer, channel, (rng.random(len(customer)) < chance).astype(float), names=NAMES, segment=np.zeros(customers, int))
    assert (found.best == likes).mean() > 0.95
    assert (found.evidence == 6).all()
    alike = channels(
        customer,
        channel,
        (rng.random(len(customer)) < np.where(channel == 1, 0.6, 0.3)).astype(float),
        names=NAMES,
        segment=np.zeros(customers, int),
    )
    assert (alike.best == 1).mean() > 0.9


def test_a_customer_never_contacted_has_the_best_channel_of_the_segment_and_no_evidence() -> None:
    found = channels(np.arange(90), np.arange(90) % 2, (np.arange(90) % 2).astype(float), names=NAMES, segment=np.full(100, -1))
    assert found.names[found.best[99]] == "phone"
    assert found.evidence[99] == 0
    assert found.evidence[1] == 1
    assert np.isfinite(found.chance).all()


def test_few_customers_are_hidden_and_unknown_answers_and_channels_do_not_count() -> None:
    customer = np.concatenate([np.arange(60), [0, 1, 2], [5, 6]])
    channel = np.concatenate([np.arange(60) % 2, [2, 2, 2], [NONE, 0]])
    answered = np.concatenate([(np.arange(60) % 4 < 2).astype(float), [1.0, 0.0, 1.0], [1.0, np.nan]])
    found = {score.channel: score for score in channels(customer, channel, answered, names=NAMES, segment=np.zeros(60, int)).scores}
    assert (found["pigeon"].contacts, found["pigeon"].raw, found["pigeon"].answers) == (None, None, None)
    assert found["mail"].contacts == 30
    few = channels(np.arange(40), np.zeros(40, int), np.r_[np.ones(2), np.zeros(38)], names=["mail"], segment=np.zeros(40, int)).scores[0]
    assert few.answers is None


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_where_nobody_or_everybody_answers_figures_are_finite(answer: float) -> None:
    found = channels(np.arange(50), np.arange(50) % 2, np.full(50, answer), names=NAMES, segment=np.zeros(50, int))
    assert not found.differ
    for score in found.scores:
        assert score.adjusted is not None
        assert 0 <= score.adjusted.low <= score.adjusted.value <= score.adjusted.high <= 1
        assert score.adjusted.high > score.adjusted.low
    assert "not found to differ" in found.words


def test_one_channel_and_one_customer_are_answered_plainly() -> None:
    found = channels([0], [0], [1.0], names=["mail"], segment=[0])
    assert found.words.startswith("Only mail was used")
    assert "lot" in found.words
    assert "lot" not in channels([0], [0], [1.0], names=["mail"], segment=[0], grade="randomised").words


def test_the_order_of_contacts_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    customer, channel, answered = rng.integers(0, 50, 400), rng.integers(0, 3, 400), rng.integers(0, 2, 400).astype(float)
    order = rng.permutation(400)
    one = channels(customer, channel, answered, names=NAMES, segment=np.arange(50) % 3)
    two = channels(customer[order], channel[order], answered[order], names=NAMES, segment=np.arange(50) % 3)
    assert [score.score for score in one.scores] == pytest.approx([score.score for score in two.scores])
    assert np.array_equal(one.best, two.best)


def test_contacts_without_answers_or_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(NotEnoughData, match="of 2 contacts none has both a channel and a known answer"):
        channels([0, 1], [0, NONE], [np.nan, 1.0], names=NAMES, segment=[0, 0])
    with pytest.raises(UsageError, match="something is outside"):
        channels([0, 5], [0, 1], [0.0, 1.0], names=NAMES, segment=[0, 0])
    with pytest.raises(UsageError, match="Align them"):
        channels([0, 1], [0], [0.0, 1.0], names=NAMES, segment=[0, 0])


def test_how_much_a_common_rate_is_worth_is_recovered() -> None:
    rng = np.random.default_rng(3)
    for worth in (4.0, 40.0):
        chance = rng.beta(0.3 * worth, 0.7 * worth, 20_000)
        hits = rng.binomial(8, chance).astype(float)
        assert strength(hits, np.full(20_000, 8.0), np.full(20_000, 0.3)) == pytest.approx(worth, rel=0.15)
    assert drawn(np.array([3.0]), np.array([3.0]), np.array([0.0]), 3.0).tolist() == [0.5]
