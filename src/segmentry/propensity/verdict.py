"""Is the model better than a plain baseline beyond chance? If not, the baseline is the answer.

A model is *better* when its ROC AUC is above chance (the whole 95 % interval above .5) and it beats the two plain columns in the ROC AUC or in the average
precision (the whole interval of the paired difference above 0). Otherwise the two columns are used, and where they do not rank above chance either, the base
rate, the same for everybody. Figures are means over repeats; an interval is as wide as that of one repeat, so repeats do not pretend to be more customers.

Where nothing is to be found, about 1 in 100 tables still looks better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.ranking import Metric, auc, average_precision, brier, difference
from segmentry.propensity.baseline import BASE_RATE, PLAIN, TWO_COLUMNS
from segmentry.propensity.candidates import Candidate
from segmentry.propensity.explanation import mean_estimate
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


def resamples_for(customers: int, repeats: int = 1) -> int:
    """Return how many resamples a bootstrap gets: 1,000, shared by the repeats, fewer for very many customers.

    Examples
    --------
    >>> resamples_for(2_240), resamples_for(2_240, 5), resamples_for(100_000)
    (1000, 200, 100)
    """
    return max(100, min(RESAMPLES, RESAMPLED_ROWS // max(1, customers)) // repeats)


def decide(
    outcome: Floats,
    scores: Mapping[str, Floats],
    chosen: str,
    *,
    candidates: Sequence[Candidate],
    groups: NDArray[np.intp],
    answer: str,
) -> Verdict:
    """Compare the chosen candidate with the baselines.

    Parameters
    ----------
    outcome : float array of 0 and 1, shape (n,)
    scores : mapping of name to float array, shape (repeats, n)
        Of every candidate and of the two columns; of the chosen one those of having chosen.
    chosen : str
    candidates : sequence of Candidate
    groups : int array, shape (n,)
    answer : str
        What is foretold, in words.
    """
    figures = {each.name: _figures(outcome, scores[each.name], groups) for each in (*candidates, PLAIN)}
    figures[BASE_RATE] = _figures(outcome, np.full((1, len(outcome)), outcome.mean()), groups)
    by_area, by_precision = (
        _ahead(outcome, scores[chosen], scores[TWO_COLUMNS], metric, groups) for metric in ("auc", "average_precision")
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


def _figures(outcome: Floats, scores: Floats, groups: NDArray[np.intp]) -> tuple[Estimate, Estimate, Estimate]:
    often = resamples_for(len(outcome), len(scores))
    precision = [average_precision(outcome, each, groups, resamples=often, seed=turn) for turn, each in enumerate(scores)]
    return (
        mean_estimate([auc(outcome, each, groups) for each in scores]),
        mean_estimate(precision),
        mean_estimate([brier(outcome, each, groups) for each in scores]),
    )


def _ahead(outcome: Floats, scores: Floats, rivals: Floats, metric: Metric, groups: NDArray[np.intp]) -> Estimate:
    often = resamples_for(len(outcome), len(scores))
    pairs = enumerate(zip(scores, rivals, strict=True))
    return mean_estimate(
        [difference(outcome, one, rival=other, metric=metric, groups=groups, resamples=often, seed=turn) for turn, (one, other) in pairs]
    )


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
    measured = f"{model}; ROC AUC {area.value:.3f}, {area.low:.3f} to {area.high:.3f}; .5 is chance"
    if used == chosen:
        ahead = (
            f"by {by_area.value:.3f} in ROC AUC ({by_area.low:.3f} to {by_area.high:.3f})"
            if by_area.low > 0
            else f"by {by_precision.value:.3f} in average precision ({by_precision.low:.3f} to {by_precision.high:.3f})"
        )
        return f"Who is likelier to answer ({answer}) can be told: the model ({measured}) beats a plain score of two columns {ahead}."
    if used == TWO_COLUMNS:
        plain = figures[TWO_COLUMNS][0]
        return (
            f"The model ({measured}) is no better than a plain score of two columns (ROC AUC {plain.value:.3f}) beyond chance, "
            "so the probabilities are those of the two columns."
        )
    return (
        f"Nothing here tells who will answer ({answer}): the model ({measured}) is no better than taking everybody for equally likely, "
        "so everybody gets the base rate."
    )
