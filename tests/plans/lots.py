"""Trials by lot whose effects are known, and their doubly robust scores made the shortest way: by means of the other folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Lot:
    """Scores (n, 3), folds, segments 0 … 3, features (n, 5), out-of-fold expected effects (n, 2) and true effects (n, 2)."""

    scores: Floats
    fold: Codes
    segment: Codes
    features: Floats
    expected: Floats
    effects: Floats


def lot(effect: Callable[[Codes, Floats], Floats], seed: int, *, customers: int = 1000) -> Lot:
    """Deal customers by lot to a control and two offers; `effect` says from segment and features what each offer does."""
    rng = np.random.default_rng(seed)
    segment, features = rng.integers(0, 4, customers), rng.normal(size=(customers, 5))
    arm, fold = rng.integers(0, 3, customers), rng.permutation(customers) % FOLDS
    effects = effect(segment, features)
    outcome = rng.normal(size=customers) + np.column_stack([np.zeros(customers), effects])[np.arange(customers), arm]
    scores = np.empty((customers, 3))
    for place in range(FOLDS):
        for each in range(3):
            scores[fold == place, each] = outcome[(fold != place) & (arm == each)].mean()
    rows = np.arange(customers)
    scores[rows, arm] += 3.0 * (outcome - scores[rows, arm])
    return Lot(scores, fold, segment, features, regressed(scores, features, fold), effects)


def regressed(scores: Floats, features: Floats, fold: Codes) -> Floats:
    """Return effects expected by a regression of the other folds."""
    design, contrast = np.column_stack([np.ones(len(features)), features]), scores[:, 1:] - scores[:, :1]
    found = np.empty(contrast.shape)
    for place in np.unique(fold):
        known = fold != place
        found[~known] = design[~known] @ np.linalg.lstsq(design[known], contrast[known], rcond=None)[0]
    return found
