"""The question to a response model, and whether the data can answer it at all.

A refusal says how many answers are missing; it is no error, as the rest of a report does not depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import UsageError
from segmentry.matrix import Matrix
from segmentry.propensity.candidates import candidates

Floats = NDArray[np.float64]

# With 30 of each the standard error of an AUC of .75 is about .05 (Hanley and McNeil 1982): with fewer it cannot be told from chance.
FEWEST_OF_EACH = 30
FEWEST_CUSTOMERS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is to be foretold, and what is known about it.

    Parameters
    ----------
    target, words : str
        Column or event, and its label.
    groups : array-like of int, shape (n,), optional
        Household (or other) codes; customers of one never stand on both sides of a split. Below 0: not known.
    days : array-like of float, shape (n,), optional
        Day each customer was contacted: models are then judged on later days than they learned from. NaN: not known.
    gap : int
        Days an answer takes: what happened within them before a day was not known on it, and is not learned from.
    cost, revenue : float, optional
        Of a contact and of an answer; without both there is no profit curve.
    source : str
        Where these come from, in words.
    confirmed : tuple of str
        Columns known before the contact although the leak scan names them.
    model : "auto", "logistic", "boosting" or a classifier of scikit-learn
    repeats, folds, seed : int
    labels : array-like of int, shape (n,), optional
        Segment of each customer.
    names : mapping of id to segment name
    """

    target: str
    words: str = ""
    groups: ArrayLike | None = None
    days: ArrayLike | None = None
    gap: int = 0
    cost: float | None = None
    revenue: float | None = None
    source: str = ""
    confirmed: tuple[str, ...] = ()
    model: Any = "auto"
    repeats: int = 5
    folds: int = 5
    seed: int = 7
    labels: ArrayLike | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    def ordered(self, order: NDArray[np.intp]) -> Question:
        """Return the question with its customers in another order."""
        groups, days, labels = (None if given is None else np.asarray(given)[order] for given in (self.groups, self.days, self.labels))
        return replace(self, groups=groups, days=days, labels=labels)


def check(matrix: Matrix, answers: Floats, question: Question) -> None:
    """Raise `UsageError` when the parts do not fit each other, or a setting is out of range."""
    if answers.shape != (len(matrix),):
        raise UsageError(
            f"the outcome has shape {answers.shape}; the matrix asks for {(len(matrix),)}. Pass one answer per customer, NaN where unknown."
        )
    other = int((~(np.isnan(answers) | (answers == 0) | (answers == 1))).sum())
    if other:
        raise UsageError(f"{other:,} of {len(answers):,} outcomes are neither 0 nor 1 nor missing; a response is yes or no. Recode them.")
    for name in ("groups", "days", "labels"):
        given = getattr(question, name)
        if given is not None and np.asarray(given).shape != answers.shape:
            raise UsageError(f"{name} have shape {np.asarray(given).shape}; the matrix asks for {answers.shape}. Pass one per customer.")
    if matrix.weights is not None:
        raise UsageError(
            f"the matrix stands for more customers than its {len(matrix):,} rows; a response needs one row per customer. Pass those."
        )
    if not 2 <= question.folds <= 20 or not 1 <= question.repeats <= 20:
        raise UsageError(f"folds are {question.folds} and repeats {question.repeats}; allowed are 2 to 20 and 1 to 20.")
    candidates(question.model)


def gates(answers: Floats) -> str:
    """Return why the answers do not allow a model, in words; empty when they do.

    Examples
    --------
    >>> gates(np.array([1.0, 0.0, np.nan] * 40))
    'A model needs at least 100 customers with a known answer; found 80, so 20 more are needed.'
    """
    known = answers[~np.isnan(answers)]
    yes, no = int((known == 1).sum()), int((known == 0).sum())
    if len(known) < FEWEST_CUSTOMERS:
        return (
            f"A model needs at least {FEWEST_CUSTOMERS} customers with a known answer; found {len(known):,}, "
            f"so {FEWEST_CUSTOMERS - len(known):,} more are needed."
        )
    if not yes or not no:
        return f"All {len(known):,} customers with a known answer {'said yes' if yes else 'said no'}: there is nobody to tell them from."
    few, kind = min((yes, "who answered"), (no, "who did not"))
    if few < FEWEST_OF_EACH:
        asked = f"A model needs at least {FEWEST_OF_EACH} customers who answered and {FEWEST_OF_EACH} who did not"
        if few < FLOOR:
            return f"{asked}; found fewer than {FLOOR} {kind}."
        return f"{asked}; found {few} {kind}, so {FEWEST_OF_EACH - few} more are needed."
    return ""
