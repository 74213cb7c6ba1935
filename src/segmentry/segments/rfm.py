"""RFM: scores 1 to 5 for days since last purchase, frequency and monetary value, and the eleven segments they name.

A value's fifth is ``1 + floor(5 × share of customers with a smaller value)``: equal values get equal scores, always, and a larger value never a
lower fifth. Where many customers share a value fewer scores appear, and that is said: with 80 % buying once they score 1 and the rest 5, nothing in
between is made up. The customers with the smallest value are in the first fifth, so a single purchase is never scored well for being common. For days
since last purchase the first fifth is the best and scores 5. What is learned is cut points, frozen: new customers are scored by the same ones.

Recency here is days since last purchase (Hughes, Strategic Database Marketing, 1994), not the time from first to last purchase that
purchase models call so. Not for data in which everyone bought once, nor a forecast of what customers will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import check_choice, suggestion
from segmentry.conditions import Steps, roundest
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.matrix import Matrix
from segmentry.results import Note
from segmentry.segments.rulebook import apply
from segmentry.segments.rules import RFM

FIFTHS = 5
Best = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of customers, 1 to 5, 5 is best; 0 where a value is not known.

    Parameters
    ----------
    days_since_last_purchase, frequency, monetary : int array, shape (n,)
    """

    days_since_last_purchase: NDArray[np.int64]
    frequency: NDArray[np.int64]
    monetary: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where all three are known, shape (n,)."""
        return (self.days_since_last_purchase > 0) & (self.frequency > 0) & (self.monetary > 0)

    @property
    def codes(self) -> NDArray[np.int64]:
        """The three digits, such as 545, shape (n,); 0 where one is not known."""
        return np.where(self.known, 100 * self.days_since_last_purchase + 10 * self.frequency + self.monetary, 0)

    @property
    def segments(self) -> NDArray[np.int64]:
        """Segment of each customer, shape (n,): 1 + its place in ``rules.RFM.names``; 0 where a score is not known."""
        labels = np.zeros(len(self.codes), dtype=np.int64)
        known = self.known
        if known.any():
            pairs = np.column_stack([self.days_since_last_purchase[known], (self.frequency[known] + self.monetary[known]) / 2.0])
            labels[known] = apply(RFM, Matrix(np.full(len(pairs), "", dtype=object), RFM.columns, pairs))
        return labels


@dataclass(frozen=True, slots=True)
class Scales:
    """The learned cut points: frozen, the same bits for any customer in any batch.

    Parameters
    ----------
    days_since_last_purchase, frequency, monetary : Steps
        Each names its column.
    customers : int
        On whom they were learned.
    """

    days_since_last_purchase: Steps
    frequency: Steps
    monetary: Steps
    customers: int

    def score(self, matrix: Matrix) -> Scores:
        """Return the scores of the customers of a matrix; raise `UsageError` when it lacks a column."""
        steps = (self.days_since_last_purchase, self.frequency, self.monetary)
        return Scores(*(each.of(matrix.column(each.name)) for each in steps))

    def notes(self, matrix: Matrix) -> tuple[Note, ...]:
        """Return what to know about scores that do not appear because customers share values."""
        words = {column.name: column.words for column in matrix.columns}
        return tuple(
            Note("rfm_ties", _few(words.get(each.name, each.name), each), column=each.name)
            for each in (self.days_since_last_purchase, self.frequency, self.monetary)
            if len(each.scores) < FIFTHS
        )


def learn_scales(
    matrix: Matrix,
    *,
    days_since_last_purchase: str = "recency",
    frequency: str = "frequency",
    monetary: str = "monetary",
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> Scales:
    """Learn the cut points from the customers whose three values are known.

    Parameters
    ----------
    matrix : Matrix
        One row per customer.
    days_since_last_purchase, frequency, monetary : str
        Names of the columns.
    cuts : mapping of column name to four increasing numbers, optional
        Own cut points instead of fifths; a value equal to a cut belongs above it.

    Raises
    ------
    UsageError
        When a column is not there, cuts are not four increasing numbers, or the matrix has weights.
    NotEnoughData
        With fewer than five customers to learn from.
    """
    names = (days_since_last_purchase, frequency, monetary)
    if matrix.weights is not None:
        raise UsageError(
            f"the matrix has {len(matrix.weights):,} weights; allowed is one row per customer here. Pass a matrix without weights."
        )
    own = dict(cuts or {})
    for name in own:
        if name not in names:
            raise UsageError(f"cuts are given for {name!r}, which is not scored; {suggestion(name, names)}")
    values = matrix.select(names).values
    known = values[np.isfinite(values).all(axis=1)]
    days, often, spent = (
        learn_steps(name, known[:, place], best="low" if place == 0 else "high", cuts=own.get(name)) for place, name in enumerate(names)
    )
    return Scales(days, often, spent, len(known))


def learn_steps(name: str, values: NDArray[np.float64], *, best: Best = "high", cuts: Sequence[float] | None = None) -> Steps:
    """Learn the cut points of one column.

    Parameters
    ----------
    name : str
    values : float array, shape (n,)
        NaN where not known.
    best : {"high", "low"}
        Which values score 5; "low" for days since last purchase.
    cuts : sequence of four increasing numbers, optional
        Taken instead of fifths.

    Raises
    ------
    UsageError
        When cuts are not four increasing numbers.
    NotEnoughData
        With fewer than five known values.

    Examples
    --------
    >>> learn_steps("visits", np.array([1.0] * 8 + [4.0, 9.0]))
    Steps(name='visits', cuts=(4.0,), scores=(1, 5))
    """
    check_choice("best", best, ("high", "low"))
    if cuts is not None:
        return _custom(name, cuts, best)
    known = values[np.isfinite(values)]
    if len(known) < FIFTHS:
        reason = f"need at least {FIFTHS} customers with a known value for fifths; found {len(known)}"
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", reason, "add customers or give four cut points", column=name))
    found, counts = np.unique(known, return_counts=True)
    # Whole numbers all the way: a share such as 0.6 has no exact float, and a customer would change the score with it.
    fifths = 1 + FIFTHS * (counts.cumsum() - counts) // len(known)
    starts = np.flatnonzero(np.diff(fifths)) + 1
    limits = tuple(roundest(float(found[place - 1]), float(found[place])) for place in starts)
    return Steps(name, limits, _directed([int(fifths[0]), *(int(fifths[place]) for place in starts)], best))


def _custom(name: str, cuts: Sequence[float], best: Best) -> Steps:
    given = tuple(float(cut) for cut in cuts)
    if len(given) != FIFTHS - 1:
        raise UsageError(
            f"the cuts of {name!r} are {len(given)} numbers; allowed are {FIFTHS - 1} that increase, for scores 1 to {FIFTHS}."
        )
    return Steps(name, given, _directed(list(range(1, FIFTHS + 1)), best))


def _directed(fifths: list[int], best: Best) -> tuple[int, ...]:
    return tuple(fifth if best == "high" else FIFTHS + 1 - fifth for fifth in fifths)


def _few(words: str, steps: Steps) -> str:
    scores = sorted(steps.scores)
    shown = f"only the score {scores[0]} appears" if len(scores) == 1 else f"only the scores {', '.join(map(str, scores))} appear"
    return f"“{words}”: {shown}, because many customers share a value and equal values get equal scores."
