"""Lots drawn anew: sums add up, the short cut for many customers is as good as moving each."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.experiments.lots import redraw


def _rows(rng, customers, share=1.0):
    return np.c_[(rng.random(customers) < share) * rng.lognormal(size=customers), rng.normal(size=customers)]


def test_the_real_lot_and_the_whole_are_sums():
    rng = np.random.default_rng(1)
    control, treated = _rows(rng, 40), _rows(rng, 60)
    found = redraw(control, treated, resamples=5, seed=1)
    (y0, z0), (y1, z1) = control.T, treated.T
    nought = np.r_[0.0, y1.sum(), z1.sum(), 0.0, (y1**2).sum(), 0.0, (y1 * z1).sum(), (z1**2).sum()]
    assert found.real[0] == pytest.approx(nought)
    assert found.whole[[0, 2, 5]] == pytest.approx([y0.sum(), z0.sum() + z1.sum(), (y0 * z0).sum()])


def test_on_average_an_arm_gets_its_share():
    rng = np.random.default_rng(2)
    found = redraw(_rows(rng, 300, 0.2), _rows(rng, 100, 0.2), resamples=20_000, seed=1)
    error = found.drawn.std(axis=0) / np.sqrt(20_000)
    assert (np.abs(found.drawn.mean(axis=0) - found.whole / 4) <= 4 * error).all()


def test_all_sums_of_a_whole_are_reached_by_hand():
    """One buyer among three customers, one of whom is treated: she is treated in a third of the lots."""
    found = redraw(np.array([[5.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0]]), resamples=30_000, seed=1)
    assert set(np.unique(found.drawn[:, 0])) == {0.0, 5.0}
    assert (found.drawn[:, 0] == 5.0).mean() == pytest.approx(1 / 3, abs=0.01)


def test_the_short_cut_for_many_customers_spreads_like_moving_each():
    rng = np.random.default_rng(3)
    rows = _rows(rng, 1500, 0.6), _rows(rng, 500, 0.6)
    slow, quick = (redraw(*rows, resamples=4000, seed=seed, head=head).drawn for seed, head in ((1, 4000), (2, 300)))
    assert quick.mean(axis=0) == pytest.approx(slow.mean(axis=0), abs=4 * slow.std(axis=0).max() / np.sqrt(2000))
    assert quick.std(axis=0) / slow.std(axis=0) == pytest.approx(np.ones(8), abs=0.06)
    assert np.corrcoef(quick.T)[1, 4] == pytest.approx(np.corrcoef(slow.T)[1, 4], abs=0.05)


@pytest.mark.parametrize("head", [4000, 20])
def test_the_order_of_customers_changes_no_bit(head):
    rng = np.random.default_rng(4)
    control, treated = _rows(rng, 50, 0.5), _rows(rng, 70, 0.5)
    one = redraw(control, treated, resamples=50, seed=1, head=head)
    other = redraw(rng.permutation(control), rng.permutation(treated), resamples=50, seed=1, head=head)
    assert np.array_equal(one.drawn, other.drawn)
    assert np.array_equal(one.real, other.real)


def test_nobody_buying_leaves_nothing_to_draw():
    found = redraw(np.zeros((5, 2)), np.zeros((5, 2)), resamples=4, seed=1)
    assert not found.drawn.any()
