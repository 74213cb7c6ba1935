"""Small trials whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from segmentry.experiments.trial import Metric, Trial
from segmentry.matrix import Column, Matrix
from segmentry.uplift.question import Question

BOUGHT = Metric("bought", "Bought", "yes/no")
SPEND = Metric("spend", "Spend", "money")


@dataclass(frozen=True)
class World:
    matrix: Matrix
    trial: Trial
    truth: np.ndarray

    @property
    def values(self):
        return self.matrix.values

    @property
    def outcome(self):
        return self.trial.outcomes[:, 0]


def make(seed=0, *, count=2000, width=4, effect=lambda values: 0.0 * values[:, 0], base=0.1, arms=2, metric=BOUGHT, assigned="lot"):
    """Return a trial by lot: a base that hangs on the first column, and effects as given, of shape (n,) or (n, a − 1)."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, width))
    arm = rng.permutation(np.arange(count) % arms)
    truth = np.asarray(effect(values), dtype=float).reshape(count, -1)
    level = 2 * base / (1 + np.exp(-values[:, 0])) + np.where(arm > 0, truth[np.arange(count), np.maximum(arm, 1) - 1], 0.0)
    outcome = (rng.random(count) < level).astype(float) if metric.kind == "yes/no" else level + rng.normal(0, 0.1, count)
    ids = np.array([f"c{place:06d}" for place in range(count)], dtype=object)
    columns = tuple(Column(f"x{place}", f"X{place}") for place in range(width))
    names = ("control", "offer", "letter")[:arms]
    trial = Trial("Spring", ids, names, arm.astype(np.int64), (metric,), outcome[:, None], assigned, "column offer")
    return World(Matrix(ids, columns, values), trial, truth)


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    return make


@pytest.fixture(scope="session")
def quick() -> Callable[..., Question]:
    """Return a question that is answered in a fraction of a second."""

    def ask(**more):
        return Question(**{"learners": ("linear",), "outcome": LinearRegression, "placebos": 0, "resamples": 20, **more})

    return ask
