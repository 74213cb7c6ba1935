"""What a trial by lot says of the offers of a plan: the money each brings, how finely customers are to be told apart, and what is to be expected of whom.

The trial gives doubly robust scores per customer and offer (`uplift.policy`). How finely to choose is a question of its own (`segmenting`): nobody, one
offer for all, one per segment, or one per customer, whichever simpler way no other beats. Expected effects are then averages of that fineness, drawn
towards what is common, so that a plan is not made of noise.

When NOT to use: without a lot or logged probabilities. Then the scores are no effects, whatever is done with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.plans.heldout import averages, by_segment, individual
from segmentry.plans.segmenting import Segmenting, WayName, does_segmenting_pay

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Take-up of a segment is drawn towards that of all by as much as so many customers weigh.
STEADY = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """The customers of a trial, and what each offer brings with them.

    Parameters
    ----------
    control : str
        What those left alone are called.
    offers : tuple of str, length k
    costs : tuple of float, length k
        Of one contact.
    contrast : float array, shape (n, k)
        Doubly robust: money kept with the offer less money kept without, before the cost of the contact.
    takeup : float array, shape (n, k + 1)
        Doubly robust: share who buy when left alone, and under each offer.
    fold : int array, shape (n,)
    segment : int array, shape (n,)
        As of the day before the trial, position in `segments`; −1 for none.
    segments : tuple of str
    expected : float array, shape (n, k), or None
        Effect on each customer by models that never saw them.

    Raises
    ------
    UsageError
        When shapes do not fit.
    """

    control: str
    offers: tuple[str, ...]
    costs: tuple[float, ...]
    contrast: Floats
    takeup: Floats
    fold: Codes
    segment: Codes
    segments: tuple[str, ...] = ()
    expected: Floats | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit."""
        count, kinds = len(self.fold), len(self.offers)
        shapes = (self.contrast.shape, self.takeup.shape, self.segment.shape)
        if shapes != ((count, kinds), (count, kinds + 1), (count,)) or len(self.costs) != kinds:
            raise UsageError(
                f"contrasts, take-up and segments have shapes {shapes} for {count} customers and {kinds} offers; allowed is a row per customer and a "
                "column per offer, with one more of take-up for those left alone. Align them."
            )

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.fold)

    def take(self, rows: Mask) -> Proof:
        """Return the proof of some customers."""
        return replace(
            self,
            contrast=self.contrast[rows],
            takeup=self.takeup[rows],
            fold=self.fold[rows],
            segment=self.segment[rows],
            expected=None if self.expected is None else self.expected[rows],
        )

    @property
    def scores(self) -> Floats:
        """Money each arm brings beyond being left alone, shape (n, k + 1), as `replay` and `segmenting` take it."""
        return np.column_stack([np.zeros(len(self)), self.contrast])


def fineness(proof: Proof, *, unit: str = "") -> Segmenting:
    """Return whether nobody, one offer for all, one per segment or one per customer pays, on held-out customers of the trial.

    Raises
    ------
    NotEnoughData
        With fewer than 100 customers.
    """
    placed = np.where(proof.segment < 0, len(proof.segments), proof.segment)
    return does_segmenting_pay(
        proof.scores,
        placed,
        proof.fold,
        arms=(proof.control, *proof.offers),
        costs=proof.costs,
        expected=proof.expected,
        names=(*proof.segments, "in no segment"),
        unit=unit,
    )


def effects(proof: Proof, way: WayName, *, segment: Codes, expected: Floats | None) -> Floats:
    """Return the effect to be expected of each offer on some customers, before the cost of the contact, shape (m, k).

    Parameters
    ----------
    way : {"nobody", "one", "segment", "individual"}
        As `fineness` found.
    segment : int array, shape (m,)
        Of the customers asked about; −1 for none.
    expected : float array, shape (m, k), or None
        Effects by models that never saw them.

    Examples
    --------
    >>> contrast, fold = np.tile([[1.0], [3.0]], (50, 1)), np.arange(100) % 5
    >>> proof = Proof("alone", ("letter",), (0.5,), contrast, np.zeros((100, 2)), fold, np.zeros(100, dtype=np.int64), ("all",))
    >>> effects(proof, "one", segment=np.array([0]), expected=None).round(2), effects(proof, "nobody", segment=np.array([0]), expected=None)
    (array([[2.]]), array([[0.]]))
    """
    count = len(segment)
    if way == "nobody":
        return np.zeros((count, len(proof.offers)))
    if way == "one":
        return np.tile(averages(proof.contrast), (count, 1))
    if way == "segment" or proof.expected is None or expected is None:
        last = len(proof.segments)
        found = by_segment(proof.contrast, np.where(proof.segment < 0, last, proof.segment), last + 1)
        return np.asarray(found[np.where(segment < 0, last, segment)])
    return individual(proof.contrast, proof.expected, expected)


def takeup(proof: Proof, segment: Codes) -> Floats:
    """Return the share who buy when left alone and under each offer, by segment, drawn towards that of all, shape (m, k + 1).

    Examples
    --------
    >>> proof = Proof("alone", ("letter",), (0.5,), np.zeros((4, 1)), np.array([[0.1, 0.2]] * 4), np.arange(4) % 2, np.zeros(4, dtype=np.int64), ("all",))
    >>> takeup(proof, np.array([0, -1])).round(3).tolist()
    [[0.1, 0.2], [0.1, 0.2]]
    """
    last = len(proof.segments)
    placed = np.where(proof.segment < 0, last, proof.segment)
    overall = proof.takeup.mean(axis=0)
    sums = np.zeros((last + 1, proof.takeup.shape[1]))
    np.add.at(sums, placed, proof.takeup)
    sizes = np.bincount(placed, minlength=last + 1)[:, None]
    found = np.clip((sums + STEADY * overall) / (sizes + STEADY), 0.0, 1.0)
    return np.asarray(found[np.where(segment < 0, last, segment)])


def learner(proof: Proof, way: WayName) -> Callable[[Mask, Mask], Floats]:
    """Return how a replay learns: effects of the plan's fineness, anew from the customers it may learn from.

    The fineness itself is not asked anew: it was settled on held-out customers at a level of 1 in 100, which leaves next to no luck in it.
    """

    def learn(known: Mask, asked: Mask) -> Floats:
        expected = None if proof.expected is None else proof.expected[asked]
        return effects(proof.take(known), way, segment=proof.segment[asked], expected=expected)

    return learn
