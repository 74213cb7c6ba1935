"""Customers of a trial as learners see them: with features, a known outcome, a known probability of every arm, alike ones together.

Who is left out is counted and said. When NOT to use: to repair a trial; customers whose outcome is missing more often in one arm than in the other make it
something else than a lot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import UsageError
from segmentry.evaluation.ranked import numbered
from segmentry.evaluation.splits import duplicates, folds, joined
from segmentry.experiments.trial import Metric, Trial
from segmentry.matrix import Matrix
from segmentry.uplift.overlap import Dealt
from segmentry.uplift.question import Question

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Places = NDArray[np.intp]

LARGEST = 200_000
# With a smaller probability of an arm a single customer would speak for hundreds.
LEAST_PROBABILITY = 0.01
# Where so many customers share a row on average, the columns are coarse: equal ones are no duplicates then.
COARSE = 5
HUGE = 1e100
LOST = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Customers of the trial who are in the matrix and whose outcome is known.

    Parameters
    ----------
    rows : int array, shape (n,)
        Places in the matrix, rising.
    outcome : float array, shape (n,)
    dealt : Dealt
    metric : Metric
    notes : tuple of str
    """

    rows: Places
    outcome: Floats
    dealt: Dealt
    metric: Metric
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The same, ready to be learned from.

    Parameters
    ----------
    everyone : Matrix
        All customers, in the order of their ids, with the columns that vary within the trial.
    matrix : Matrix
        Those of the trial.
    gathered : Gathered
    units, fold : int array, shape (n,)
    notes : tuple of str
    """

    everyone: Matrix
    matrix: Matrix
    gathered: Gathered
    units: Places
    fold: Codes
    notes: tuple[str, ...]

    @property
    def categories(self) -> tuple[bool, ...]:
        """Return which columns hold codes."""
        return tuple(column.kind == "category" for column in self.matrix.columns)


def gather(matrix: Matrix, trial: Trial, question: Question) -> Gathered:
    """Return the customers that can be learned from.

    Parameters
    ----------
    matrix : Matrix
        In the order of the ids.
    trial : Trial
        In any order.
    question : Question

    Raises
    ------
    UsageError
        When a metric that is yes or no holds something else, or probabilities are missing although they were logged.
    """
    metric = question.asked(trial)
    outcome = trial.outcome(metric.name)
    known = np.isfinite(outcome) & (np.abs(np.nan_to_num(outcome)) <= HUGE)
    if metric.kind == "yes/no" and not ((outcome[known] == 0) | (outcome[known] == 1)).all():
        raise UsageError(
            f"metric {metric.name!r} is declared as yes/no and holds other than 0 and 1; recode it, or declare it as a number."
        )
    places = {customer: place for place, customer in enumerate(matrix.ids.tolist())}
    row = np.array([places.get(customer, -1) for customer in trial.ids.tolist()], dtype=np.intp).reshape(-1)
    notes = [
        *_left_out(known & (row < 0), "of the trial have no features"),
        *_left_out(~known, f"of the trial have no known “{metric.words}”"),
    ]
    notes += _lost(trial, known)
    probability = _probability(trial)
    sure = np.isfinite(probability).all(axis=1) & (probability.min(axis=1) >= LEAST_PROBABILITY) & (abs(probability.sum(axis=1) - 1) < 0.01)
    notes += _left_out(
        known & (row >= 0) & ~sure, f"had a probability below {LEAST_PROBABILITY:.0%} of one of the arms, or none that is known"
    )
    kept = np.flatnonzero(known & (row >= 0) & sure)
    kept = kept[np.argsort(row[kept], kind="stable")]
    dealt = Dealt(trial.arm[kept].astype(np.int64), trial.arms, probability[kept], trial.assigned)
    return Gathered(row[kept], outcome[kept], dealt, metric, tuple(notes))


def prepare(matrix: Matrix, gathered: Gathered, question: Question) -> Ground:
    """Divide the customers into folds, alike ones together; drop columns that are the same for all of them.

    Raises
    ------
    NotEnoughData
        When a fold would be without customers of either kind.
    """
    own = matrix.take(gathered.rows)
    everyone = matrix.select([column.name for column, values in zip(own.columns, own.values.T, strict=True) if _varies(values)])
    notes: list[str] = []
    rows, outcome, dealt = gathered.rows, gathered.outcome, gathered.dealt
    if len(rows) > LARGEST:
        part = np.sort(np.random.default_rng(question.seed).permutation(len(rows))[:LARGEST])
        notes.append(f"Learned and judged on {LARGEST:,} of {len(rows):,} customers of the trial, drawn by lot.")
        rows, outcome = rows[part], outcome[part]
        dealt = Dealt(dealt.arm[part], dealt.arms, dealt.probability[part], dealt.assigned)
    values = everyone.values[rows]
    households = None if question.households is None else np.asarray(question.households)[rows]
    units = _units(values, households)
    if units is None:
        notes.append("The columns are so coarse that equal customers are no duplicates; equal ones were not kept together.")
        units = np.arange(len(rows)) if households is None else _joined(np.arange(len(rows)), households)
    fold = folds(high(outcome), units, count=question.folds, seed=question.seed).astype(np.int64)
    kept = Gathered(rows, outcome, dealt, gathered.metric, gathered.notes)
    return Ground(everyone, everyone.take(rows), kept, units, fold, (*gathered.notes, *notes))


def high(outcome: Floats) -> Floats:
    """Return who is above the middle, for outcomes to be spread evenly over folds, shape (n,) of 0 and 1: of rare answers these.

    Examples
    --------
    >>> high(np.array([0.0, 0.0, 3.0])).tolist(), high(np.array([0.0, 1.0, 1.0])).tolist(), high(np.array([1.0, 2.0, 3.0])).tolist()
    ([0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0])
    """
    upper = outcome > np.median(outcome)
    # Where most said yes the middle is a yes.
    return np.asarray(upper if upper.any() else outcome > outcome.min(), dtype=np.float64)


def _probability(trial: Trial) -> Floats:
    """Return the probability of every arm: logged, planned, or as the customers fell."""
    if trial.assigned == "logged":
        if trial.propensity is None:
            raise UsageError(
                "the trial says that probabilities were logged and has none; pass them as `propensity`, or say that nobody knows them."
            )
        return trial.propensity
    shares = np.asarray(trial.shares or trial.counts, dtype=np.float64)
    return np.tile(shares / max(shares.sum(), 1e-300), (len(trial), 1)) if trial.shares else _observed(trial, shares)


def _observed(trial: Trial, counts: Floats) -> Floats:
    # An arm without customers is for the gates to name; here nobody is left out for it.
    share = np.maximum(counts, 1.0) / max(float(np.maximum(counts, 1.0).sum()), 1.0)
    return np.tile(np.maximum(share, LEAST_PROBABILITY) / np.maximum(share, LEAST_PROBABILITY).sum(), (len(trial), 1))


def _left_out(rows: NDArray[np.bool_], reason: str) -> list[str]:
    count = int(rows.sum())
    if not count:
        return []
    return [f"{f'{count:,}' if count >= FLOOR else f'Fewer than {FLOOR}'} customers {reason}; they were left out."]


def _lost(trial: Trial, known: NDArray[np.bool_]) -> list[str]:
    """Return a warning where outcomes are missing more often in one arm than in another (χ² test of independence)."""
    from scipy.special import chdtrc

    table = np.array([np.bincount(trial.arm[kind], minlength=len(trial.arms)) for kind in (known, ~known)], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / max(1.0, float(table.sum()))
    if (
        expected.shape[1] < 2
        or expected.min() < FLOOR
        or chdtrc(expected.shape[1] - 1, float(((table - expected) ** 2 / expected).sum())) > LOST
    ):
        return []
    return [
        "Outcomes are missing more often in one arm than in another, by more than chance: what is left is no longer as it was drawn by lot."
    ]


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and bool(len(known) < len(values) or (known != known[0]).any())


def _units(values: Floats, households: NDArray[np.int64] | None) -> Places | None:
    """Return who is kept together; None where equal rows are no duplicates."""
    if not values.shape[1]:
        return None
    groups = duplicates(values)
    if len(groups) > COARSE * (int(groups.max()) + 1):
        return None
    return groups if households is None else _joined(groups, households)


def _joined(groups: Places, households: NDArray[np.int64]) -> Places:
    alone = np.arange(len(groups)) + int(households.max()) + 1
    return joined(groups, numbered(np.where(households < 0, alone, households)))
