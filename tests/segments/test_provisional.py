"""Provisional membership: calibrated probabilities, everything known is certain, nothing known gives the shares of the segments."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.errors import NotEnoughData, UsageError
from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import learn
from segmentry.segments import provisional
from segmentry.segments.clustering import Nearest, means
from segmentry.segments.provisional import blanked, membership

NAMES = ("spend", "visits", "age", "income")


def customers(seed: int, size: int) -> tuple[Matrix, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.choice(3, size=size, p=[0.5, 0.3, 0.2])
    centres = np.array([[0.0, 0, 0, 0], [2.0, 1.5, 1, 0], [0.5, 3, 0, 2]])
    values = centres[group] + rng.normal(size=(size, 4))
    ids = np.array([f"c{place:05}" for place in range(size)], dtype=object)
    return Matrix(ids, tuple(Column(name, name.capitalize()) for name in NAMES), values), group


def blind(matrix: Matrix, seed: int, rate: float = 0.4) -> Matrix:
    values = np.where(np.random.default_rng(seed).random(matrix.values.shape) < rate, np.nan, matrix.values)
    return Matrix(matrix.ids, matrix.columns, values)


@pytest.fixture(scope="module")
def learned() -> tuple:
    reference, group = customers(0, 3000)
    prepared = learn(reference)
    return reference, prepared, Nearest(means(prepared.apply(reference), group, 3))


@pytest.mark.parametrize("band", [(0.5, 0.7), (0.7, 0.9), (0.9, 1.01)])
def test_of_customers_given_a_probability_that_share_ends_up_there(learned: tuple, band: tuple[float, float]) -> None:
    reference, prepared, rule = learned
    newcomers, _ = customers(1, 2000)
    truth = rule.assign(prepared.apply(newcomers))
    seen = blind(newcomers, 2)
    found = membership(seen, prepared, rule, reference=reference, seed=0)
    partly = np.isnan(seen.values).any(axis=1)
    chosen = found.argmax(axis=1)
    sure = found.max(axis=1)
    inside = partly & (sure >= band[0]) & (sure < band[1])
    stated, right, n = sure[inside].mean(), (chosen == truth)[inside].mean(), inside.sum()
    assert n > 100
    # The binomial band, and what 50 donors leave open.
    assert abs(right - stated) < 3 * np.sqrt(stated * (1 - stated) / n) + 0.02


def test_rows_add_up_and_everything_known_is_the_word_of_the_rule(learned: tuple) -> None:
    reference, prepared, rule = learned
    newcomers, _ = customers(3, 50)
    whole = membership(newcomers, prepared, rule, reference=reference, seed=0)
    assert whole.argmax(axis=1).tolist() == rule.assign(prepared.apply(newcomers)).tolist()
    assert whole.max(axis=1).tolist() == [1.0] * 50
    assert membership(blind(newcomers, 1), prepared, rule, reference=reference, seed=0).sum(axis=1) == pytest.approx(np.ones(50))


def test_nothing_known_gives_the_shares_of_the_segments(learned: tuple) -> None:
    reference, prepared, rule = learned
    nobody = Matrix(np.array(["new"], dtype=object), reference.columns, np.full((1, 4), np.nan))
    shares = np.bincount(rule.assign(prepared.apply(reference)), minlength=3) / 3000
    assert membership(nobody, prepared, rule, reference=reference, seed=0)[0] == pytest.approx(shares, abs=0.03)


def test_batches_and_other_newcomers_change_nothing(learned: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, prepared, rule = learned
    seen = blind(customers(4, 60)[0], 5)
    whole = membership(seen, prepared, rule, reference=reference, seed=0)
    monkeypatch.setattr(provisional, "_CELLS", 5_000)
    assert membership(seen, prepared, rule, reference=reference, seed=0).tolist() == whole.tolist()
    assert membership(seen.take(np.arange(10, 30)), prepared, rule, reference=reference, seed=0).tolist() == whole[10:30].tolist()


def test_a_feature_that_hardly_anyone_has_stops_nobody(learned: tuple) -> None:
    reference, prepared, rule = learned
    thin = Matrix(
        reference.ids,
        reference.columns,
        np.column_stack([np.where(np.arange(3000) < 20, reference.values[:, 0], np.nan), reference.values[:, 1:]]),
    )
    found = membership(blind(customers(4, 20)[0], 5), prepared, rule, reference=thin, seed=0)
    assert np.isfinite(found).all()


def test_a_history_too_short_hides_only_what_needs_one() -> None:
    matrix, _ = customers(0, 4)
    young = np.array([True, False, False, True])
    hidden = blanked(matrix, young, ["spend", "visits"])
    assert np.isnan(hidden.values).tolist() == [[True, True, False, False], [False] * 4, [False] * 4, [True, True, False, False]]
    assert not np.isnan(matrix.values).any()
    with pytest.raises(UsageError, match="4 customers"):
        blanked(matrix, young[:2], ["spend"])


def test_a_small_reference_is_refused(learned: tuple) -> None:
    reference, prepared, rule = learned
    with pytest.raises(NotEnoughData, match="at least 50 customers with history"):
        membership(reference.take(np.arange(3)), prepared, rule, reference=reference.take(np.arange(49)), seed=0)
