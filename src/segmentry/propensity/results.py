"""What is said about who will answer: scores of models, leaks, profit, explanations, and a probability per customer.

All figures are out-of-fold: nobody is scored by a model that saw them (or their duplicates). All are frozen and made elsewhere in
`propensity` and `evaluation`; a page or a file is made from them without computing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.results import CalibrationCurve, GainsCurve, ProfitCurve
from segmentry.results import Estimate


@dataclass(frozen=True, slots=True)
class ModelScore:
    """One model (or baseline), judged out-of-fold.

    Parameters
    ----------
    name, words : str
        Such as "boosting" and "gradient-boosted trees".
    kind : {"model", "baseline"}
    auc, average_precision, brier : Estimate
    chosen : bool
    """

    name: str
    words: str
    kind: Literal["model", "baseline"]
    auc: Estimate
    average_precision: Estimate
    brier: Estimate
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that knows the answer, or may know it.

    Parameters
    ----------
    column, words : str
    reason : {"too good", "function", "after"}
        Alone it tells the outcome almost surely; it is made from the target; it is only known after the contact.
    auc : float
        Of the column alone, .5 to 1.
    told : str
        What was found, in a sentence.
    kept : bool
        True when the user confirmed that it is known before the contact.
    """

    column: str
    words: str
    reason: Literal["too good", "function", "after"]
    auc: float
    told: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the ranking gets when a column is shuffled, out-of-fold.

    Parameters
    ----------
    column, words : str
    drop : Estimate
        Fall of the ROC AUC.
    direction : {"more", "less", "mixed", "levels"}
        With more of it, is the answer likelier?
    """

    column: str
    words: str
    drop: Estimate
    direction: Literal["more", "less", "mixed", "levels"]


@dataclass(frozen=True, slots=True)
class Dependence:
    """Mean predicted probability over one column (partial dependence, Friedman 2001), with the spread over models of the folds.

    Parameters
    ----------
    column, words, unit, kind : str
        As of the matrix' column.
    at : tuple of float
        Values of the column (codes for categories).
    levels : tuple of str
        Names of the codes; empty for numbers.
    probability, low, high : tuple of float
    """

    column: str
    words: str
    unit: str
    kind: str
    at: tuple[float, ...]
    levels: tuple[str, ...]
    probability: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SegmentResponse:
    """One segment: what was seen and what is foretold.

    Parameters
    ----------
    id, name : int, str
    customers : int
        With a known answer.
    rate : Estimate
        Share that answered, with interval.
    predicted : float
        Mean out-of-fold probability.
    worth_contacting : float or None
        Share of its customers that the profit curve says to contact; None without cost and revenue.
    auc : Estimate or None
        Of the scores within the segment; None where too few answered.
    """

    id: int
    name: str
    customers: int
    rate: Estimate
    predicted: float
    worth_contacting: float | None
    auc: Estimate | None


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """Who will answer: the whole chapter.

    Parameters
    ----------
    refusal : str
        Why no model was made, in words that say what is missing; empty when one was.
    target, words : str
        Column or event that is foretold, and its label.
    customers, answered : int
        With a known answer, and how many said yes.
    design : str
        How it was judged, in a sentence: folds, repeats, groups, time.
    better : bool
        Whether the chosen model beats the plain baseline beyond chance; if not, its probabilities are the baseline's.
    verdict : str
        In a sentence.
    scores : tuple of ModelScore
        Candidates, then baselines.
    calibration : CalibrationCurve or None
    gains : GainsCurve or None
    profit : ProfitCurve or None
        None without a unit cost and revenue.
    leaks : tuple of Leak
    importances : tuple of Importance
    dependences : tuple of Dependence
    segments : tuple of SegmentResponse
    agreement : tuple of str
        Where segments and scores agree and where not, in sentences.
    duplicates : int
        Customers whose every feature equals another's; kept together in one fold.
    probability : float array, shape (n,), or None
        Of every customer of the run; out-of-fold for those with a known answer; NaN where it cannot be said.
    reasons : array of str, shape (n,), or None
        Per customer: what raises and what lowers it, in words.
    contact : bool array, shape (n,), or None
        Whether the profit curve says to contact.
    notes : tuple of str
    """

    refusal: str
    target: str
    words: str
    customers: int = 0
    answered: int = 0
    design: str = ""
    better: bool = False
    verdict: str = ""
    scores: tuple[ModelScore, ...] = ()
    calibration: CalibrationCurve | None = None
    gains: GainsCurve | None = None
    profit: ProfitCurve | None = None
    leaks: tuple[Leak, ...] = ()
    importances: tuple[Importance, ...] = ()
    dependences: tuple[Dependence, ...] = ()
    segments: tuple[SegmentResponse, ...] = ()
    agreement: tuple[str, ...] = ()
    duplicates: int = 0
    probability: NDArray[np.float64] | None = None
    reasons: NDArray[np.object_] | None = None
    contact: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()
