"""A coreset stands for all: its sums are unbiased, rare customers are in it, and parts add up to the whole."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.segments.coreset import draw, reservoir

POINTS = np.random.default_rng(0).normal(size=(5_000, 3))


def test_it_has_as_many_customers_as_asked_for_in_order():
    found = draw(POINTS, 300, seed=0)
    assert len(found.rows) == len(found.weights) == 300
    assert (np.diff(found.rows) > 0).all()
    assert found.weights.min() >= 1
    assert found.drawn_from == 5_000


def test_few_customers_are_all_taken_once_each():
    found = draw(POINTS[:40], 40, seed=0)
    assert found.rows.tolist() == list(range(40))
    assert (found.weights == 1).all()


def test_weighted_sums_are_those_of_all_customers_on_average():
    draws = [draw(POINTS, 200, seed=seed) for seed in range(300)]
    far = (POINTS**2).sum(axis=1)
    for value, tolerance in ((np.ones(5_000), 0.01), (far, 0.01), (POINTS[:, 0] > 2, 0.05)):
        sums = [found.weights @ value[found.rows] for found in draws]
        assert np.mean(sums) == pytest.approx(value.sum(), rel=tolerance)


def test_inertia_is_told_more_exactly_than_by_a_uniform_sample():
    points = POINTS.copy()
    points[:10] *= 40
    centres = np.array([[0.0, 0, 0], [1, 1, 1]])
    squared = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
    found = [draw(points, 200, seed=seed) for seed in range(60)]
    ours = np.std([each.weights @ squared[each.rows] for each in found])
    uniform = np.std([squared[np.random.default_rng(seed).choice(5_000, 200, replace=False)].sum() * 25 for seed in range(60)])
    assert ours < uniform / 5


def test_a_customer_far_away_is_always_in_it_and_stands_for_itself():
    points = POINTS.copy()
    points[17] = 1e18
    for seed in range(20):
        found = draw(points, 50, seed=seed)
        assert found.weights[found.rows == 17].tolist() == [1.0]


def test_the_same_seed_draws_the_same_and_another_one_others():
    one, again, other = (draw(POINTS, 100, seed=seed) for seed in (1, 1, 2))
    assert one.rows.tobytes() == again.rows.tobytes()
    assert one.weights.tobytes() == again.weights.tobytes()
    assert one.rows.tobytes() != other.rows.tobytes()


@pytest.mark.parametrize("batch", [1, 333, 4_999])
def test_one_pass_over_batches_of_any_size_draws_the_same(batch):
    def drawn(size: int):
        generator = np.random.default_rng(4)
        parts = [
            reservoir(POINTS[first : first + size], 60, mean=np.zeros(3), spread=3.0, generator=generator, first=first)
            for first in range(0, 5_000, size)
        ]
        whole = parts[0]
        for part in parts[1:]:
            whole += part
        return whole

    whole, parts = drawn(5_000), drawn(batch)
    assert whole.coreset().rows.tobytes() == parts.coreset().rows.tobytes()
    np.testing.assert_allclose(whole.coreset().weights, parts.coreset().weights, rtol=1e-12)
    assert np.array_equal(parts.points, POINTS[parts.rows])
    assert parts.seen == 5_000


def test_customers_that_count_more_are_drawn_more_and_sums_still_hold():
    often = np.where(np.arange(5_000) < 500, 9.0, 1.0)
    draws = [draw(POINTS, 200, seed=seed, weights=often) for seed in range(200)]
    assert np.mean([(found.rows < 500).mean() for found in draws]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([found.weights.sum() for found in draws]) == pytest.approx(often.sum(), rel=0.01)


def test_equal_customers_are_drawn_alike():
    found = draw(np.ones((1_000, 2)), 100, seed=0)
    assert len(found.rows) == 100
    assert np.ptp(found.weights) == 0


def test_customers_that_do_not_count_weigh_nothing():
    often = np.where(np.arange(5_000) < 30, 1.0, 0.0)
    found = draw(POINTS, 100, seed=0, weights=often)
    assert found.weights[found.rows < 30].tolist() == [1.0] * 30
    assert found.weights.sum() == 30
