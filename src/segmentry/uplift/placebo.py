"""Placebo: the same learning after the treatments were dealt anew among the same customers. There is nothing to find then; whoever finds something is wrong.

Nuisance models and learner are fitted anew from the start, so that everything that could leak would leak here too. With logged probabilities treatments are
drawn from them.

When NOT to use: as the test of differences itself; it takes hundreds of rounds for that, and the test of `heterogeneity` takes none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.preparation.words import figure
from segmentry.uplift.heterogeneity import first_weights, order_statistic, standing, upper_p
from segmentry.uplift.judging import Crossed, cross
from segmentry.uplift.learners import Learner, Makers
from segmentry.uplift.nuisance import Nuisance, fit_nuisance
from segmentry.uplift.overlap import Dealt
from segmentry.uplift.results import Placebo

Floats = NDArray[np.float64]

LARGEST = 30_000


def placebo(crossed: Crossed, dealt: Dealt, *, learner: Learner, makers: Makers, rounds: int, level: float, seed: int) -> Placebo | None:
    """Return what is found when there is nothing to find.

    Parameters
    ----------
    crossed : Crossed
        What was learned with the treatments as they were, `learner` among it.
    dealt : Dealt
        How they were given.
    learner : Learner
    makers : Makers
    rounds : int
        None without any.
    level : float
        p-value that counts as evidence, divided among the rounds.
    seed : int
    """
    if not rounds:
        return None
    known = crossed.nuisance
    rng = np.random.default_rng(seed)
    rows = np.arange(len(known.arm))
    if len(rows) > LARGEST:
        rows = np.sort(rng.permutation(len(rows))[:LARGEST])
    found = [_round(known, dealt.again(rng), rows, crossed.units, learner=learner, makers=makers) for _ in range(rounds)]
    p, autoc = tuple(each[0] for each in found), tuple(each[1] for each in found)
    real = _largest(crossed, learner.name)[1]
    passed = min(p) > level / rounds
    part = f", {len(rows):,} customers drawn by lot" if len(rows) < len(known.arm) else ""
    told = ", ".join(figure(each) for each in autoc)
    words = (
        f"With treatments dealt anew at random (placebo, {rounds} round{'s' if rounds > 1 else ''}{part}) the same learning finds "
        f"{'nothing beyond chance' if passed else 'something, and must not'}: AUTOC {told}, beside {figure(real)} with the real ones."
    ).replace("-", "\u2212")
    return Placebo(rounds, autoc, real, p, passed, words)


def _round(
    known: Nuisance, arm: NDArray[np.int64], rows: NDArray[np.intp], units: NDArray[np.intp], *, learner: Learner, makers: Makers
) -> tuple[float, float]:
    again = fit_nuisance(
        known.values[rows],
        arm[rows],
        known.outcome[rows],
        probability=known.probability[rows],
        fold=known.fold[rows],
        make=makers.outcome,
    )
    return _largest(cross(again, (learner,), makers, units[rows]), learner.name)


def _largest(crossed: Crossed, name: str) -> tuple[float, float]:
    """Return the smallest p-value over treatments, times their number, and the AUTOC of that treatment."""
    fold, gained, found = crossed.nuisance.fold, crossed.gained, []
    for each, expected in enumerate(crossed.effects[name].T):
        p = upper_p(order_statistic(gained[:, each], 0.5 - standing(expected, fold), fold=fold, units=crossed.units))
        found.append((p, float((first_weights(expected, fold) * gained[:, each]).mean())))
    smallest, autoc = min(found)
    return min(1.0, smallest * len(found)), autoc
