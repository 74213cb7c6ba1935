"""The choice of a model by hold-out: learn from the first part of time, judge by the rest, say whether it beats what can be done by hand.

Every candidate (MBG/NBD, Pareto/NBD, BG/NBD, NBD) is fitted to purchases up to the cut-off and foretells those after it, customer by customer. The rule of the
choice stands in `choice`; the forecasts by hand stand in `baselines`; "beats" means a smaller squared error per customer than each of them by more than luck
(paired over customers, 95 %). Nothing is chosen on the days the models were fitted on, and customers who first came after the cut-off are not judged
(Fader, Hardie and Lee 2005). Not for data in which the way of doing business changed at the cut-off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.errors import DataRefused, Degenerate, Problem, UsageError
from segmentry.preparation.words import figure, listed, percent
from segmentry.value.baselines import OVERALL, WORDS, baselines, past_rate
from segmentry.value.choice import Choice, choose, gain
from segmentry.value.gates import check_enough, check_holdout
from segmentry.value.results import Holdout, Score
from segmentry.value.scorecard import score
from segmentry.value.tracking import Arrivals, track

Floats = NDArray[np.float64]


class Candidate(Protocol):
    """A model of purchases that can be judged: `BGNBD`, `MBGNBD`, `ParetoNBD`, `NBD`."""

    def fit(self, X: Floats) -> Any:  # noqa: N803 - scikit-learn's name
        """Learn from frequency, recency, tenure."""

    def expected_purchases(self, horizon: float, X: Floats) -> Floats:  # noqa: N803
        """Return purchases expected within the horizon, shape (n,)."""

    def expected_new(self, times: Floats) -> Floats:
        """Return repeat purchases a new customer is expected to make up to each time."""


class SpendCandidate(Protocol):
    """A model of spend that can be judged: `GammaGamma`."""

    def fit(self, X: Floats) -> Any:  # noqa: N803
        """Learn from repeat purchases and their mean value."""

    def expected_value(self, X: Floats) -> Floats:  # noqa: N803
        """Return the expected value of a purchase, shape (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """Spend before and after the cut-off.

    Parameters
    ----------
    mean_value : float array, shape (n,)
        Mean spend per repeat purchase up to the cut-off; NaN without any.
    later : float array, shape (n,)
        Spend in the hold-out.
    model : callable
        Makes the model of spend.
    """

    mean_value: Floats
    later: Floats
    model: Callable[[], SpendCandidate] | None = None


DESCRIBED: Mapping[str, str] = {
    "BG/NBD": "customers buy at their own rate and may leave after any purchase; who bought once counts as still there",
    "MBG/NBD": "customers buy at their own rate and may leave after any purchase, the first included",
    "Pareto/NBD": "customers buy at their own rate and may leave at any time",
    "NBD": "customers buy at their own rate and nobody ever leaves",
}
CAUTIONS: Mapping[str, str] = {
    "BG/NBD": "It takes everyone who bought only once for still a customer.",
    "NBD": (
        "Under it nobody leaves: everyone still counts as a customer. "
        "Should some leave, a forecast far ahead is too high; a season can make it too low all the same."
    ),
}
UNSEEN = "No model in which customers leave could be fitted."
BUSY = "NBD, under which nobody leaves, came nearer; as customers were seen to leave before that time, it looks like a busy season."
# In this model nobody leaves: it is taken only where those in which customers do cannot be fitted.
STEADY = "NBD"


def candidates() -> dict[str, Callable[[], Candidate]]:
    """Return what makes each model that is tried, in order of preference among equals: first those that do not take one-time buyers for still customers."""
    from segmentry.value import BGNBD, MBGNBD, NBD, ParetoNBD

    return {"MBG/NBD": MBGNBD, "Pareto/NBD": ParetoNBD, "BG/NBD": BGNBD, STEADY: NBD}


def judge(
    X: ArrayLike,  # noqa: N803
    later: ArrayLike,
    *,
    length: float,
    groups: NDArray[Any] | None = None,
    money: Money | None = None,
    arrivals: Arrivals | None = None,
    models: Mapping[str, Callable[[], Candidate]] | None = None,
) -> Holdout:
    """Fit all candidates on the time before the cut-off, judge them by the time after it, and choose one.

    Parameters
    ----------
    X : float array, shape (n, 3)
        Frequency, recency, tenure at the cut-off, of customers who had bought by then.
    later : float array, shape (n,)
        Their purchases in the hold-out.
    length : float
        Of the hold-out, in the unit of X.
    groups : array, shape (n,), optional
        Segments known at the cut-off, for the segment average; classes of frequency and recency without.
    money : Money, optional
        Judges spend too.
    arrivals : Arrivals, optional
        Daily counts, for the picture over time.
    models : mapping of str to callable, optional
        What makes each candidate, in order of preference; `candidates` without.

    Raises
    ------
    NotEnoughData
        When too few bought twice before the cut-off, or too little was bought after it.
    Degenerate
        When no model could be fitted; with the reason of each.
    UsageError
        When the arrays do not fit.
    """
    histories, actual = _checked(X, later, groups, length)
    check_enough(histories)
    check_holdout(actual)
    fits, forecasts, refused = _fit(histories, length, candidates() if models is None else models)
    if not fits:
        raise Degenerate(_unfitted(refused, len(actual)))
    by_hand = baselines(histories, length, groups)
    choice = choose(actual, forecasts, histories[:, 0] > 0, last=(STEADY,))
    cautions = [UNSEEN] if choice.name == STEADY and refused else []
    cautions += [CAUTIONS[choice.name]] if choice.name in CAUTIONS else []
    cautions += [BUSY] if STEADY in forecasts and gain(actual, forecasts[choice.name], forecasts[STEADY]).low > 0 else []
    unbeaten = [name for name, forecast in by_hand.items() if gain(actual, forecast, forecasts[choice.name]).low <= 0]
    scores = [score(name, DESCRIBED.get(name, name), "model", actual, forecast) for name, forecast in forecasts.items()]
    scores += [score(name, WORDS[name], "baseline", actual, forecast) for name, forecast in by_hand.items()]
    spent = None if money is None else _money(histories, forecasts[choice.name], choice.name, length, money, refused)
    return Holdout(
        calibration=float(histories[:, 2].max()),
        length=float(length),
        customers=len(actual),
        scores=tuple(scores),
        chosen=choice.name,
        reason=_reason(choice, scores, unbeaten, cautions),
        beats_baselines=not unbeaten,
        tracking=None if arrivals is None else track(arrivals, {name: fit.expected_new for name, fit in fits.items()}),
        refused=refused,
        money=None if spent is None else spent[0],
        money_rule=None if spent is None else spent[1],
        money_better=None if spent is None else spent[2],
    )


def _checked(X: ArrayLike, later: ArrayLike, groups: NDArray[Any] | None, length: float) -> tuple[Floats, Floats]:  # noqa: N803
    histories, actual = np.asarray(X, dtype=np.float64), np.asarray(later, dtype=np.float64)
    fitting = histories.ndim == 2 and histories.shape[1] == 3 and actual.shape == histories.shape[:1] and len(actual) > 0
    if not fitting or (groups is not None and np.shape(groups) != actual.shape):
        among = "" if groups is None else f" and groups {np.shape(groups)}"
        raise UsageError(
            f"X has shape {histories.shape}, later {actual.shape}{among}; allowed are (n, 3) and (n,). Give one row per customer known at the cut-off."
        )
    unknown = int((~np.isfinite(histories).all(axis=1) | ~np.isfinite(actual) | (histories < 0).any(axis=1) | (actual < 0)).sum())
    if unknown:
        raise UsageError(
            f"{unknown:,} of {len(actual):,} customers have a missing or negative figure; leave out who had not bought by the cut-off."
        )
    if not (np.isfinite(length) and length > 0):
        raise UsageError(f"length is {length}; allowed is more than 0. Give the length of the hold-out in the unit of X.")
    return histories, actual


def _fit(
    histories: Floats, length: float, models: Mapping[str, Callable[[], Candidate]]
) -> tuple[dict[str, Candidate], dict[str, Floats], dict[str, str]]:
    """Return fits and forecasts by name, and why others have none."""
    fits, forecasts, refused = {}, {}, {}
    for name, make in models.items():
        model = make()
        try:
            model.fit(histories)
            forecast = np.asarray(model.expected_purchases(length, histories), dtype=np.float64)
        except DataRefused as refusal:
            refused[name] = "; ".join(problem.reason for problem in refusal.problems)
            continue
        if not np.isfinite(forecast).all():
            refused[name] = f"no finite forecast for {int((~np.isfinite(forecast)).sum()):,} of {len(forecast):,} customers"
            continue
        fits[name], forecasts[name] = model, forecast
    return fits, forecasts, refused


def _money(
    histories: Floats, purchases: Floats, name: str, length: float, money: Money, refused: dict[str, str]
) -> tuple[Score, Score, bool] | None:
    """Judge purchases times their expected value beside the past rate times the own mean spend, and whether the first is better beyond luck.

    None, and the reason among the refused, where spend could not be modelled.
    """
    if money.model is None:
        from segmentry.value import GammaGamma

        model: SpendCandidate = GammaGamma()
    else:
        model = money.model()
    known = (histories[:, 0] > 0) & (money.mean_value > 0)
    spend = np.column_stack([np.where(known, histories[:, 0], 0.0), np.where(known, money.mean_value, 0.0)])
    try:
        model.fit(spend[known])
    except DataRefused as refusal:
        refused["Gamma-Gamma"] = "; ".join(problem.reason for problem in refusal.problems)
        return None
    forecast, rule = purchases * model.expected_value(spend), past_rate(histories, length) * spend[:, 1]
    own = score(f"{name} with Gamma-Gamma", "purchases times the value expected of each", "model", money.later, forecast)
    other = score("past rate and spend", "every customer goes on at their own past rate and mean spend", "baseline", money.later, rule)
    return own, other, gain(money.later, rule, forecast).low > 0


def _reason(choice: Choice, scores: list[Score], unbeaten: list[str], cautions: list[str]) -> str:
    """Return how good the chosen model is, why it was chosen and what to mind, for people; errors per customer stand in the table."""
    told = (_fared(choice.name, scores, unbeaten), _preferred(choice, scores), *cautions)
    return " ".join(words for words in told if words)


def _fared(name: str, scores: list[Score], unbeaten: list[str]) -> str:
    own = next(one for one in scores if one.name == name)
    off = f"{percent(abs(own.bias))} too {'many' if own.bias > 0 else 'few'}" if abs(own.bias) >= 0.0005 else "right to a thousandth"
    words = f"{name} is used: in the time held out it foretold {figure(round(own.predicted))} purchases where {figure(own.actual)} were made ({off})"
    if unbeaten:
        return f"{words}; for single customers {_rules(unbeaten)} would have been as good."
    rules = [one for one in scores if one.kind == "baseline"]
    ranking = [one.name for one in rules if one.gini >= own.gini]
    as_good = f"; to rank them, {_rules(ranking)} would have been as good" if ranking else ""
    return f"{words}, and single customers better than {_rules([one.name for one in rules])}{as_good}."


def _rules(names: list[str]) -> str:
    """Return names of baselines with their articles."""
    return listed([name if name == OVERALL else f"the {name}" for name in names])


def _preferred(choice: Choice, scores: list[Score]) -> str:
    rivals = [name for name in choice.near if name != choice.name]
    if rivals:
        words = f"{listed(rivals)} did as well within luck; "
        ahead = choice.near[: choice.near.index(choice.name)]
        if ahead:
            return f"{words}its sums for one-time and for repeat buyers came nearer than those of {listed(ahead)}."
        return f"{words}of equals it is preferred{', as it lets one-time buyers have left' if 'BG/NBD' in rivals else ''}."
    others = [one.name for one in scores if one.kind == "model" and one.name not in (choice.name, STEADY)]
    return "No other model in which customers leave did as well." if others else ""


def _unfitted(refused: Mapping[str, str], customers: int) -> Problem:
    """Return why there is no model; who asked for a single one can ask for another."""
    told = "; ".join(f"{name}: {why}" for name, why in refused.items())
    several = len(refused) > 1
    which = f"none of {len(refused)} models could" if several else "the one model that was asked for could not"
    remedy = (
        "say the average of all customers only, or read more of the past"
        if several
        else "ask for another one, or for the best on held-out days"
    )
    return Problem("NO_MODEL", f"{which} be fitted to {customers:,} customers ({told})", remedy)
