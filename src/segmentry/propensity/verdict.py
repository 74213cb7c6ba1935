"""Is the model better than a plain baseline beyond chance? If not, the baseline is the answer.

A model is *better* when its ROC AUC is above chance (the whole 95 % interval above .5) and it beats the two plain columns in the ROC AUC or in the average
precision (the whole interval of the paired difference above 0, widened for models that would differ when made anew: Nadeau and Bengio 2003). Otherwise the
two columns are used, and where they do not rank above chance either, the base rate, the same for everybody. All figures are of the probabilities that
customers get, or would get of that model: one figure, whatever the number of repeats, so repeats do not pretend to be more customers.

Where nothing is to be found, about 1 in 100 tables still looks better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.intervals import for_refits
from segmentry.evaluation.ranking import Metric, auc, average_precision, brier, difference
from segmentry.propensity.baseline import BASE_RATE, PLAIN, TWO_COLUMNS
from segmentry.propensity.candidates import Candidate
from segmentry.propensity.results import ModelScore
from segmentry.results import Estimate

Floats = NDArray[np.float64]

RESAMPLES = 1000
RESAMPLED_ROWS = 10_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is used, and why.

    Parameters
    ----------
    used : str
        Name of the candidate or baseline whose probabilities are given.
    better : bool
    words : str
        In a sentence or two.
    scores : tuple of ModelScore
        Candidates, then baselines.
    by_area, by_precision : Estimate
        By how much the model's ROC AUC and average precision exceed those of the two columns.
    """

    used: str
    better: bool
    words: str
    scores: tuple[ModelScore, ...]
    by_area: Estimate
    by_precision: Estimate


def resamples_for(customers: int) -> int:
    """Return how many resamples a bootstrap gets: 1,000, fewer for very many customers.

    Examples
    --------
    >>> resamples_for(2_240), resamples_for(100_000)
    (1000, 100)
    """
    return max(100, min(RESAMPLES, RESAMPLED_ROWS // max(1, customers)))


def decide(
    outcome: Floats,
    probabilities: Mapping[str, Floats],
    chosen: str,
    *,
    candidates: Sequence[Candidate],
    groups: NDArray[np.intp],
    parts: int,
    answer: str,
) -> Verdict:
    """Compare the chosen candidate with the baselines.

    Parameters
    ----------
    outcome : float array of 0 and 1, shape (n,)
    probabilities : mapping of name to float array, shape (n,)
        Of every candidate and of the two columns, by models that never saw the customer; of the chosen one those of having chosen.
    chosen : str
    candidates : sequence of Candidate
    groups : int array, shape (n,)
    parts : int
        Folds, or parts in time, that are judged; 2 or more.
    answer : str
        What is foretold, in words.
    """
    figures = {each.name: _figures(outcome, probabilities[each.name], groups) for each in (*candidates, PLAIN)}
    figures[BASE_RATE] = _figures(outcome, np.full(len(outcome), outcome.mean()), groups)
    by_area, by_precision = (
        for_refits(_ahead(outcome, probabilities[chosen], probabilities[TWO_COLUMNS], metric, groups), folds=parts)
        for metric in ("auc", "average_precision")
    )
    able = {name: figures[name][0].low > 0.5 for name in (chosen, TWO_COLUMNS)}
    better = able[chosen] and (by_area.low > 0 or by_precision.low > 0)
    used = chosen if better else TWO_COLUMNS if able[TWO_COLUMNS] else BASE_RATE
    named = {each.name: each.words for each in (*candidates, PLAIN)} | {BASE_RATE: "everybody as likely as the average"}
    models = {each.name for each in candidates}
    table = tuple(
        _score(name, words, "model" if name in models else "baseline", figures[name], name == used) for name, words in named.items()
    )
    words = _words(used, named[chosen], figures, chosen, by_area=by_area, by_precision=by_precision, answer=answer)
    return Verdict(used, better, words, table, by_area, by_precision)


def _score(
    name: str,
    words: str,
    kind: Literal["model", "baseline"],
    figures: tuple[Estimate, Estimate, Estimate],
    chosen: bool,  # noqa: FBT001
) -> ModelScore:
    return ModelScore(name, words, kind, *figures, chosen=chosen)


def _figures(outcome: Floats, probability: Floats, groups: NDArray[np.intp]) -> tuple[Estimate, Estimate, Estimate]:
    precision = average_precision(outcome, probability, groups, resamples=resamples_for(len(outcome)))
    return auc(outcome, probability, groups), precision, brier(outcome, probability, groups)


def _ahead(outcome: Floats, probability: Floats, rival: Floats, metric: Metric, groups: NDArray[np.intp]) -> Estimate:
    return difference(outcome, probability, rival=rival, metric=metric, groups=groups, resamples=resamples_for(len(outcome)))


def _words(
    used: str,
    model: str,
    figures: Mapping[str, tuple[Estimate, Estimate, Estimate]],
    chosen: str,
    *,
    by_area: Estimate,
    by_precision: Estimate,
    answer: str,
) -> str:
    area = figures[chosen][0]
    if used == chosen:
        ahead = _interval(by_area) if by_area.low > 0 else f"{_interval(by_precision)} in average precision"
        return (
            f"The model ({model}) is better than a plain score of two columns: ROC AUC {_signed(area.value)} "
            f"({_range(area)}; 0.5 is a coin), ahead by {ahead}."
        )
    measured = f"{model}; ROC AUC {_signed(area.value)}, {_range(area)}; 0.5 is a coin"
    if used == TWO_COLUMNS:
        plain = figures[TWO_COLUMNS][0]
        return (
            f"The model ({measured}) is no better than a plain score of two columns (ROC AUC {_signed(plain.value)}) beyond chance, "
            "so the probabilities are those of the two columns."
        )
    return (
        f"Nothing here tells who will answer ({answer}): the model ({measured}) is no better than taking everybody for equally likely, "
        "so everybody gets the base rate."
    )


def _interval(found: Estimate) -> str:
    return f"{_signed(found.value)} ({_range(found)})"


def _range(found: Estimate) -> str:
    return f"{_signed(found.low)} to {_signed(found.high)}"


def _signed(value: float) -> str:
    """Return three decimals, with the sign that books have."""
    return f"{value:.3f}".replace("-", "\u2212")
