"""Customers in the order of their score, likeliest first: what every figure of a ranking starts from.

Sorted once; figures of resamples are then cumulative sums of weights. Customers with the same score share a step: whoever is contacted among
them is a matter of chance, so a figure between two steps is on the straight line between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import NotEnoughData, Problem, UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Customers with a known answer, the likeliest first.

    Parameters
    ----------
    outcome : float array, shape (n,)
        1 where the customer answered, 0 where not.
    score : float array, shape (n,)
        Falling.
    units : int array, shape (n,)
        Who is drawn together; 0 to u − 1.
    ends : int array, shape (s,)
        Last position of each step of equal scores.
    order : int array, shape (n,)
        Row that stands at each position.
    """

    outcome: Floats
    score: Floats
    units: Codes
    ends: Codes
    order: Codes

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.outcome)

    def upto(self, weights: Floats) -> Floats:
        """Return the sum of weights (n,) down to each step, led by 0; shape (s + 1,)."""
        return np.concatenate(([0.0], np.cumsum(weights)[self.ends]))


def ranked(outcome: ArrayLike, score: ArrayLike, groups: ArrayLike | None = None) -> Ranked:
    """Sort customers by falling score.

    The order of the rows does not matter: what is equal in score, answer and group is interchangeable.

    Parameters
    ----------
    outcome : array-like of 0 and 1 (or bool), shape (n,)
    score : array-like of float, shape (n,)
        Finite; higher is likelier.
    groups : array-like of int, shape (n,), optional
        Customers with the same number are drawn together; None means each alone.

    Raises
    ------
    UsageError
        When lengths differ, an answer is neither 0 nor 1, or a score is not finite.
    NotEnoughData
        When nobody answered or everybody did.

    Examples
    --------
    >>> found = ranked([0, 1, 1], [0.2, 0.9, 0.2])
    >>> found.outcome.tolist(), found.ends.tolist()
    ([1.0, 0.0, 1.0], [0, 2])
    """
    answers, scores = checked_answers(outcome), np.asarray(score, dtype=np.float64)
    own = np.arange(len(answers)) if groups is None else np.asarray(groups)
    if not (scores.shape == own.shape == answers.shape):
        raise UsageError(
            f"scores and groups have shapes {scores.shape} and {own.shape}; the answers ask for {answers.shape}. Pass one per customer."
        )
    if not np.isfinite(scores).all():
        raise UsageError(
            f"{int((~np.isfinite(scores)).sum()):,} scores are missing or infinite; only finite ones can be ranked. Leave them out."
        )
    order = np.lexsort((answers, -scores)) if groups is None else np.lexsort((own, answers, -scores))
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    units = np.arange(len(order)) if groups is None else numbered(own[order])
    return Ranked(answers[order], falling, units, ends, order)


def checked_answers(outcome: ArrayLike) -> Floats:
    """Return answers as floats, shape (n,); raise unless they are 0 and 1 and both occur.

    Raises
    ------
    UsageError
        When an answer is neither 0 nor 1.
    NotEnoughData
        When nobody answered or everybody did.
    """
    answers = np.asarray(outcome, dtype=np.float64)
    if answers.ndim != 1 or not ((answers == 0) | (answers == 1)).all():
        raise UsageError(
            f"answers have shape {answers.shape} and hold other than 0 and 1; allowed is one 0 or 1 per customer. Recode them."
        )
    yes = int(answers.sum())
    if yes in (0, len(answers)):
        reason = f"needs customers who answered and customers who did not; found {yes:,} and {len(answers) - yes:,}"
        raise NotEnoughData(Problem("ONE_ANSWER", reason, "add customers with the other answer, or choose another target"))
    return answers


def numbered(groups: ArrayLike) -> Codes:
    """Return groups numbered 0, 1, … in the order of their first customer.

    Examples
    --------
    >>> numbered([7, 3, 7, 5]).tolist()
    [0, 1, 0, 2]
    """
    _, first, inverse = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.intp)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[inverse.reshape(-1)]
