"""From a model's scores to the probabilities that are given, and judged: one way for every candidate and baseline.

Scores are the mean over repeats of models that never saw the customer. A sigmoid (Platt 1999) makes probabilities of them:

* In a design of folds each part's is learned from the other parts, so that no customer's answer has a say in their own probability. Parts are alike, so their
  sigmoids are too, and the order of the customers stays; where it would not (rank correlation under .999, usual below a thousand customers), one sigmoid is
  learned from all.
* In a design in time parts are not alike, and a sigmoid per part would set customers of one part above those of another for no merit of theirs. One rising
  sigmoid is used for all: learned from the earlier parts that hold half of the customers judged; the later parts show whether it lasts.

Not for scores of customers the models learned from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.calibration import Calibrator, calibrated, fit_calibrator
from segmentry.propensity.judging import Design
from segmentry.propensity.ranks import mid_ranks

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAME_ORDER = 0.999
# Of each kind, for two numbers.
FEWEST = 30


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Probabilities of customers with a known answer, and what makes those of the others.

    Parameters
    ----------
    probability : float array, shape (n,)
    calibrator : Calibrator
        For those to come.
    """

    probability: Floats
    calibrator: Calibrator


def give(outcome: Floats, score: Floats, *, design: Design) -> Given:
    """Return the probabilities that scores become.

    Parameters
    ----------
    outcome : float array of 0 and 1, shape (n,)
    score : float array, shape (n,)
        Mean over repeats, each by a model that never saw the customer.
    design : Design

    Raises
    ------
    NotEnoughData
        When nobody who is judged answered, or everybody did.
    """
    learned = _earlier(outcome, design) if design.latest else design.judged
    calibrator = fit_calibrator(outcome[learned], score[learned])
    one = calibrator.apply(score)
    if design.latest:
        return Given(one, calibrator)
    apart = calibrated(outcome, score, design.fold)
    return Given(apart if _same_order(apart, score) else one, calibrator)


def _earlier(outcome: Floats, design: Design) -> Mask:
    """Return the customers of the earliest judged parts that together hold half of them, and enough answers of each kind."""
    seen = np.zeros(len(outcome), dtype=bool)
    splits = [split for split in design.rounds[0] if split.judged]
    for part in sorted({split.part for split in splits}):
        seen |= np.any([split.test for split in splits if split.part == part], axis=0)
        yes = float(outcome[seen].sum())
        if 2 * seen.sum() >= design.judged.sum() and min(yes, seen.sum() - yes) >= FEWEST:
            break
    return seen


def _same_order(probability: Floats, score: Floats) -> bool:
    if np.ptp(probability) == 0 or np.ptp(score) == 0:
        return False
    return bool(np.corrcoef(mid_ranks(probability), mid_ranks(score))[0, 1] >= SAME_ORDER)
