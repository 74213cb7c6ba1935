"""The question of uplift: which metric, what treating costs and brings, which learners; and whether the data can answer it at all.

A refusal says what is missing and about how much; it is no error, as the rest of a report does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import check_range
from segmentry.disclosure import FLOOR
from segmentry.errors import UsageError
from segmentry.experiments.trial import Metric, Trial
from segmentry.matrix import Matrix
from segmentry.preparation.words import listed
from segmentry.uplift.heterogeneity import LEVEL
from segmentry.uplift.learners import chosen_learners
from segmentry.uplift.models import Maker

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Of each arm; and of customers with a yes and with a no (or with and without money), in all arms together: below, nothing about differences can be learned.
FEWEST_IN_ARM = 200
FEWEST_OF_EACH = 50
ALL = ("linear", "s", "t", "x", "r", "dr")


@dataclass(frozen=True, slots=True)
class Prices:
    """What treating costs and brings.

    Parameters
    ----------
    revenue : float
        Earned per unit of the metric: the margin of a purchase, or the share of turnover that is margin.
    contact, conversion : tuple of float, length a − 1
        Cost of each treatment per customer treated, and per unit of the metric among them.
    """

    revenue: float
    contact: tuple[float, ...]
    conversion: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked of a trial.

    Parameters
    ----------
    metric : str
        Name of the trial's metric; empty for the primary one.
    revenue : float, optional
        Earned per unit of the metric; with `contact` it turns effects into money.
    contact, conversion : float or sequence of float, length a − 1
        Cost of treating a customer, and cost per unit of the metric among the treated (a discount that is used); one for all treatments or one each.
    learners : tuple of str
        Of "linear", "s", "t", "x", "r", "dr".
    outcome, effect : callable, optional
        Return a new scikit-learn model of outcomes and of effects; boosted trees otherwise.
    rule : tuple of str
        Columns of the simple rule, one or two; chosen among recency, frequency and monetary value, or all columns, where none are named.
    households : array-like of int, shape of the matrix, optional
        Customers of one never stand on both sides of a split; below 0: not known.
    folds, seed : int
        Folds from 3 to 20.
    resamples, placebos : int
        Of the bands of curves; rounds of placebo treatment, 0 for none.
    level : float
        p-value at or below which something counts as evidence, at most .05.
    top : float
        Share of customers "first" in the scorecard.
    currency : str
        For words.

    Examples
    --------
    >>> Question(revenue=10.0, contact=0.15).prices(3)
    Prices(revenue=10.0, contact=(0.15, 0.15), conversion=(0.0, 0.0))
    """

    metric: str = ""
    revenue: float | None = None
    contact: float | Sequence[float] | None = None
    conversion: float | Sequence[float] = 0.0
    learners: tuple[str, ...] = ALL
    outcome: Maker | None = None
    effect: Maker | None = None
    rule: tuple[str, ...] = ()
    households: ArrayLike | None = None
    folds: int = 5
    seed: int = 7
    resamples: int = 200
    placebos: int = 2
    level: float = LEVEL
    top: float = 0.2
    currency: str = ""

    def prices(self, arms: int) -> Prices | None:
        """Return the prices for so many arms; None where revenue or contact cost is not known.

        Raises
        ------
        UsageError
            When there are other than one or a − 1 costs, or one is negative or not finite.
        """
        if self.revenue is None or self.contact is None:
            return None
        contact, conversion = _each("contact", self.contact, arms - 1), _each("conversion", self.conversion, arms - 1)
        if not math.isfinite(self.revenue) or self.revenue <= 0:
            raise UsageError(f"revenue is {self.revenue:g}; allowed is a finite number above 0. Give what one more of the metric earns.")
        return Prices(self.revenue, contact, conversion)

    def asked(self, trial: Trial) -> Metric:
        """Return the metric that is asked about."""
        return trial.metric(self.metric) if self.metric else trial.metrics[0]

    def ordered(self, order: NDArray[np.intp]) -> Question:
        """Return the question with its customers in another order."""
        return self if self.households is None else replace(self, households=np.asarray(self.households)[order])


def check(matrix: Matrix, trial: Trial, question: Question) -> None:
    """Raise `UsageError` when the parts do not fit each other, or a setting is out of range."""
    if len(set(matrix.ids.tolist())) < len(matrix) or matrix.weights is not None:
        raise UsageError(
            f"the matrix of {len(matrix):,} rows has customers twice, or weights; uplift needs one row per customer, because customers were drawn by lot. "
            "Pass those."
        )
    if question.households is not None and np.asarray(question.households).shape != (len(matrix),):
        raise UsageError(
            f"households have shape {np.asarray(question.households).shape}; the matrix asks for ({len(matrix)},). Pass one per customer."
        )
    check_range("folds", question.folds, 3, 20)
    check_range("resamples", question.resamples, 20, 10_000)
    check_range("placebos", question.placebos, 0, 50)
    check_range("level", question.level, 1e-12, 0.05)
    check_range("top", question.top, 0.01, 1.0)
    if len(question.rule) > 2:
        raise UsageError(f"the rule names {len(question.rule)} columns; allowed are one or two. Name the two that matter most.")
    for name in question.rule:
        matrix.position(name)
    chosen_learners(question.learners)
    question.asked(trial)
    question.prices(len(trial.arms))


def gates(arm: Codes, outcome: Floats, arms: tuple[str, ...], metric: Metric) -> str:
    """Return why customers do not allow an answer, in words; empty when they do.

    Parameters
    ----------
    arm : int array, shape (n,)
    outcome : float array, shape (n,)
        Known.
    arms : tuple of str
    metric : Metric

    Examples
    --------
    >>> gates(np.repeat([0, 1], 500), np.zeros(1000), ("control", "offer"), Metric("bought", "Bought", "yes/no"))
    'Nobody said yes to “Bought” among 1,000 customers: nothing can have changed it.'
    """
    counts = np.bincount(arm, minlength=len(arms))
    if not counts[0]:
        return (
            f"All {len(arm):,} customers were treated: without customers who were left alone nobody knows what would have happened anyway."
        )
    if not counts[1:].any():
        return f"All {len(arm):,} customers were left alone: nothing is known of the treatment."
    short = [(name, int(count)) for name, count in zip(arms, counts, strict=True) if count < FEWEST_IN_ARM]
    if short:
        told = listed([f"“{name}” has {_some(count)}" for name, count in short])
        more = listed([f"about {FEWEST_IN_ARM - count:,} more of “{name}”" for name, count in short if count >= FLOOR or not count])
        missing = f", so {more} are needed" if more else ""
        return f"To see whether customers differ in effect, every arm needs at least {FEWEST_IN_ARM} customers; {told}{missing}."
    some = outcome != 0
    yes, no = ("said yes to", "said no to") if metric.kind == "yes/no" else ("have other than 0 of", "have 0 of")
    if not some.any():
        return f"Nobody {yes} “{metric.words}” among {len(arm):,} customers: nothing can have changed it."
    if (outcome == outcome[0]).all():
        return f"“{metric.words}” is the same for all {len(arm):,} customers: nothing can have changed it."
    few, kind = (int(some.sum()), yes) if metric.kind != "yes/no" else min((int(some.sum()), yes), (int((~some).sum()), no))
    if few < FEWEST_OF_EACH:
        return (
            f"To see whether customers differ in effect, at least {FEWEST_OF_EACH} customers who {kind} “{metric.words}” are needed; found {_some(few)} "
            f"among {len(arm):,}{f', so about {FEWEST_OF_EACH - few} more' if few >= FLOOR else ''}."
        )
    return ""


def _some(count: int) -> str:
    return f"{count:,}" if count >= FLOOR or not count else f"fewer than {FLOOR}"


def _each(name: str, given: Any, count: int) -> tuple[float, ...]:
    found = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if found.shape not in ((1,), (count,)) or not (np.isfinite(found) & (found >= 0)).all():
        raise UsageError(
            f"{name} costs have shape {found.shape}; allowed is one, or one for each of {count} treatments, 0 or more. Give those."
        )
    return tuple(float(each) for each in np.broadcast_to(found, (count,)))
