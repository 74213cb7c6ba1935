"""Does segmenting pay? Four ways of choosing who gets which offer, compared on customers who had no part in choosing.

* **nobody** is treated;
* **one** treatment for all: the offer with the highest average gain, nobody's where none gains;
* by **segment**: for each segment the offer with the highest gain there;
* by **individual** score: for each customer the offer with the highest expected gain.

Each way is learned on all folds but one and valued on that one by doubly robust scores, so none is flattered by its own choice. Effects are drawn towards
simpler ones by as much as chance explains (see `heldout`): with nothing to be seen, the ways make the same choices. All six pairs are compared on the
same customers, with intervals of 99 % over all pairs at once (Bonferroni), and count only when carried by 30 customers or more. The answer is the
simplest way that no other beats: ties go to the simpler one.

When NOT to use: without a lot or logged probabilities. Limits such as a budget are not looked at here (see `replay`), and what it costs to
run segments is not known here: it has to be taken off by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import hide_small
from segmentry.errors import UsageError
from segmentry.evaluation.ranked import numbered
from segmentry.plans.evidence import told
from segmentry.plans.heldout import LEVEL, above_nothing, averages, by_segment, contrasts, individual, mean_gain, z_for
from segmentry.preparation.words import listed, percent
from segmentry.results import Estimate

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
WayName = Literal["nobody", "one", "segment", "individual"]
WAYS: tuple[WayName, ...] = ("nobody", "one", "segment", "individual")
WORDS: dict[WayName, str] = {
    "nobody": "treating nobody",
    "one": "one treatment for all",
    "segment": "a treatment per segment",
    "individual": "a treatment per customer, by individual score",
}
PAIRS = len(WAYS) * (len(WAYS) - 1) // 2


@dataclass(frozen=True, slots=True)
class Way:
    """One way of choosing, valued on held-out customers.

    Parameters
    ----------
    name : {"nobody", "one", "segment", "individual"}
        From the simplest on.
    words : str
    value : Estimate
        Gain per customer over treating nobody, costs of contacts taken off; exactly 0 for "nobody".
    treated : float
        Share of customers who get an offer.
    offers : tuple of (str, float)
        Share of customers by arm, the arm that is left alone included.
    """

    name: WayName
    words: str
    value: Estimate
    treated: float
    offers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Paired:
    """Two ways on the same held-out customers.

    Parameters
    ----------
    way, than : str
        `way` is the less simple one.
    difference : Estimate
        Per customer, with a 95 % interval of this difference alone.
    simultaneous : Estimate
        The same with the interval the verdict goes by (99 % over all pairs at once).
    verdict : {"better", "worse", "no difference found"}
    """

    way: WayName
    than: WayName
    difference: Estimate
    simultaneous: Estimate
    verdict: Literal["better", "worse", "no difference found"]


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """What each segment would get, by all data.

    Parameters
    ----------
    segment : str
    customers : int or None
        In the trial; None where hidden because they are few.
    arm : str
        The arm that is left alone where nothing pays.
    gain : Estimate or None
        Of that arm over being left alone, per customer, costs taken off, as measured; None where hidden.
    steady : float
        Share of the folds that chose the same.
    """

    segment: str
    customers: int | None
    arm: str
    gain: Estimate | None
    steady: float


@dataclass(frozen=True, slots=True)
class Segmenting:
    """Does segmenting pay? The answer, and the figures behind it.

    Parameters
    ----------
    verdict : {"nobody", "one", "segment", "individual"}
        The simplest way that no other beats.
    words : str
        In a few sentences.
    ways : tuple of Way
        Four, from the simplest on; without expected effects per customer three.
    pairs : tuple of Paired
        All pairs of them.
    choices : tuple of SegmentChoice
    unit : str
        What the gains are counted in.
    customers, folds : int
    """

    verdict: WayName
    words: str
    ways: tuple[Way, ...]
    pairs: tuple[Paired, ...]
    choices: tuple[SegmentChoice, ...]
    unit: str
    customers: int
    folds: int


@dataclass(frozen=True, slots=True, eq=False)
class _Choices:
    """What every way chooses for every customer (arms, 0 is nobody's), and what each segment got in each fold."""

    arms: dict[WayName, Codes]
    by_fold: Codes


def does_segmenting_pay(
    scores: Floats,
    segments: ArrayLike,
    fold: ArrayLike,
    *,
    arms: Sequence[str],
    costs: Sequence[float],
    expected: Floats | None = None,
    names: Sequence[str] | None = None,
    unit: str = "",
) -> Segmenting:
    """Return which way of choosing pays, on the customers of a trial by lot (or with logged probabilities).

    Parameters
    ----------
    scores : float array, shape (n, a)
        Doubly robust, of the money each arm would bring before the cost of contacts (`uplift.policy.doubly_robust`), cross-fitted by `fold`.
    segments : array-like of int, shape (n,)
        Segment of each customer, known before the trial. 0 … s − 1 when `names` are given.
    fold : array-like of int, shape (n,)
    arms : sequence of str, length a
        The first is the control.
    costs : sequence of float, length a − 1
        Of a contact with each offer.
    expected : float array, shape (n, a − 1), optional
        Expected effect of each offer on each customer, by models that never saw the customer's fold.
    names : sequence of str, optional
        Of the segments.
    unit : str
        Such as "£ per customer".

    Raises
    ------
    UsageError
        When shapes do not fit or figures are not finite.
    NotEnoughData
        With fewer than 100 customers.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> segment, fold = rng.integers(0, 2, 4000), np.arange(4000) % 5
    >>> scores = rng.normal(size=(4000, 2)) + np.outer(np.where(segment == 1, 1.0, -1.0), [0.0, 1.0])
    >>> found = does_segmenting_pay(scores, segment, fold, arms=["left alone", "letter"], costs=[0.1], names=["quiet", "lively"])
    >>> found.verdict, [(choice.segment, choice.arm) for choice in found.choices]
    ('segment', [('quiet', 'left alone'), ('lively', 'letter')])
    """
    folds = numbered(fold).astype(np.int64)
    contrast = contrasts(scores, folds)
    segment, labels = _segments(segments, names, len(scores))
    _check(contrast, arms, costs, expected)
    cost = np.asarray(costs, dtype=np.float64)
    chosen = _choices(contrast, segment, folds, len(labels), cost=cost, expected=expected)
    count = int(folds.max()) + 1
    gains = np.column_stack([np.zeros(len(scores)), contrast - cost])
    values = {way: gains[np.arange(len(scores)), arm] for way, arm in chosen.arms.items()}
    ways = tuple(_way(way, values[way], chosen.arms[way], arms, count) for way in chosen.arms)
    pairs = tuple(_paired(way, than, values[way] - values[than], count) for than, way in combinations(chosen.arms, 2))
    beaten = {pair.than for pair in pairs if pair.verdict == "better"} | {pair.way for pair in pairs if pair.verdict == "worse"}
    # Beating goes round in no circle as a rule; should it ever, nothing is claimed.
    verdict = next((way for way in chosen.arms if way not in beaten), WAYS[0])
    final = _best(by_segment(contrast, segment, len(labels)) - cost)
    choices = _told(gains, segment, final, chosen.by_fold, names=labels, arms=arms)
    words = _words(verdict, ways, pairs, unit=unit, customers=len(scores), choices=choices, arms=arms)
    return Segmenting(verdict, words, ways, pairs, choices, unit, len(scores), count)


def _segments(segments: ArrayLike, names: Sequence[str] | None, customers: int) -> tuple[Codes, tuple[str, ...]]:
    codes = np.asarray(segments)
    if codes.shape != (customers,):
        raise UsageError(f"segments have shape {codes.shape}; the scores ask for ({customers},). Pass one segment per customer.")
    if names is None:
        labels, place = np.unique(codes, return_inverse=True)
        return place.reshape(-1).astype(np.int64), tuple(str(each) for each in labels)
    if codes.size and not (codes.min() >= 0 and codes.max() < len(names)):
        raise UsageError(
            f"segments run from {codes.min()} to {codes.max()} with {len(names)} names; allowed is 0 to {len(names) - 1}. Recode them."
        )
    return codes.astype(np.int64), tuple(names)


def _check(contrast: Floats, arms: Sequence[str], costs: Sequence[float], expected: Floats | None) -> None:
    offers = contrast.shape[1]
    if len(arms) != offers + 1 or len(costs) != offers or not np.isfinite(np.asarray(costs, dtype=np.float64)).all():
        raise UsageError(
            f"{len(arms)} arms and {len(costs)} costs were given for scores of {offers + 1} arms; allowed is a name for each and a finite cost for each "
            "but the control. Give them in the order of the scores."
        )
    if expected is not None and (expected.shape != contrast.shape or not np.isfinite(expected).all()):
        raise UsageError(
            f"expected effects have shape {expected.shape}; allowed is {contrast.shape}, all finite. Pass those that are out-of-fold for every customer."
        )


def _choices(contrast: Floats, segment: Codes, fold: Codes, segments: int, *, cost: Floats, expected: Floats | None) -> _Choices:
    """Return what each way chooses for each customer, by what the other folds say."""
    ways = WAYS if expected is not None else WAYS[:3]
    arms = {way: np.zeros(len(fold), dtype=np.int64) for way in ways}
    by_fold = np.zeros((int(fold.max()) + 1, segments), dtype=np.int64)
    for place in range(len(by_fold)):
        test = fold == place
        seen = contrast[~test]
        arms["one"][test] = _best(averages(seen)[None] - cost)
        by_fold[place] = _best(by_segment(seen, segment[~test], segments) - cost)
        arms["segment"][test] = by_fold[place][segment[test]]
        if expected is not None:
            arms["individual"][test] = _best(individual(seen, expected[~test], expected[test]) - cost)
    return _Choices(arms, by_fold)


def _best(gains: Floats) -> Codes:
    """Return the arm with the highest gain per row, 0 where none gains."""
    return np.where(gains.max(axis=1) > 0, gains.argmax(axis=1) + 1, 0).astype(np.int64)


def _way(name: WayName, values: Floats, chosen: Codes, arms: Sequence[str], folds: int) -> Way:
    shares = np.bincount(chosen, minlength=len(arms)) / len(chosen)
    offers = tuple((arm, float(each)) for arm, each in zip(arms, shares, strict=True))
    return Way(name, WORDS[name], mean_gain(values, folds), float(1 - shares[0]), offers)


def _paired(way: WayName, than: WayName, differences: Floats, folds: int) -> Paired:
    found = mean_gain(differences, folds)
    wide = mean_gain(differences, folds, z=z_for(LEVEL, PAIRS))
    better, worse = (above_nothing(sign * differences, folds, pairs=PAIRS) for sign in (1.0, -1.0))
    verdict: Literal["better", "worse", "no difference found"] = "better" if better else "worse" if worse else "no difference found"
    return Paired(way, than, found, wide, verdict)


def _told(
    gains: Floats, segment: Codes, final: Codes, by_fold: Codes, *, names: Sequence[str], arms: Sequence[str]
) -> tuple[SegmentChoice, ...]:
    sizes = np.bincount(segment, minlength=len(names))
    hidden = hide_small(sizes)
    found = []
    for place, name in enumerate(names):
        gain = mean_gain(gains[segment == place, final[place]], len(by_fold)) if sizes[place] and not hidden[place] else None
        steady = float((by_fold[:, place] == final[place]).mean())
        found.append(SegmentChoice(name, None if hidden[place] else int(sizes[place]), arms[final[place]], gain, steady))
    return tuple(found)


def _words(
    verdict: WayName,
    ways: Sequence[Way],
    pairs: Sequence[Paired],
    *,
    unit: str,
    customers: int,
    choices: Sequence[SegmentChoice],
    arms: Sequence[str],
) -> str:
    """Return the answer in a few sentences: the verdict, by how much, and what was not found."""
    best = next(way for way in ways if way.name == verdict)
    judged = f" Judged on {customers:,} customers by choices made without them; a difference counts beyond a chance of 1 in 100 over all comparisons."
    rest = _not_found(verdict, pairs, unit)
    if verdict == "nobody":
        return f"Treat nobody: no way of choosing was shown to bring more than it costs.{rest}{judged}"
    worth = f"it brings {told(best.value, unit)} more than treating nobody"
    if verdict == "one":
        offer = max(best.offers, key=lambda each: each[1])[0]
        what = f"{offer} for everyone" if best.treated > 0 and offer != arms[0] else "the same for everyone"
        return f"Segmenting does not pay here: {what} was not shown to be beaten by anything finer; {worth}.{rest}{judged}"
    beats = [pair for pair in pairs if pair.way == verdict and pair.verdict == "better"]
    than: dict[str, list[str]] = {}
    for pair in beats:
        than.setdefault(told(pair.difference, unit), []).append(WORDS[pair.than])
    ahead = " and ".join(f"{figure} ahead of {listed(names)}" for figure, names in than.items())
    if verdict == "segment":
        treated = [choice.segment for choice in choices if choice.arm != arms[0]]
        to_whom = f" {_to_whom(treated, [choice.segment for choice in choices])}" if treated else ""
        return f"Segmenting pays: a treatment per segment is {ahead}.{to_whom}{rest}{judged}"
    reach = f" {percent(best.treated)} of customers get an offer."
    return f"Choosing customer by customer pays: it is {ahead}.{reach}{rest}{judged}"


def _to_whom(treated: Sequence[str], every: Sequence[str]) -> str:
    """Say which segments get an offer, by the shorter list: those that do, or those that do not."""
    left = [name for name in every if name not in treated]
    if not left:
        return "Without limits every segment gets an offer."
    some = f"offers go to {listed(list(treated))}" if len(treated) <= len(left) else f"every segment gets an offer but {listed(left)}"
    return f"Without limits {some}."


def _not_found(verdict: WayName, pairs: Sequence[Paired], unit: str) -> str:
    """Say what finer ways might still bring: the upper ends of their intervals."""
    finer = [pair for pair in pairs if pair.than == verdict and pair.verdict != "worse"]
    if not finer:
        return ""
    if all(pair.simultaneous.low == pair.simultaneous.high == 0.0 for pair in finer):
        return " Finer ways make the same choices."
    widest = max(finer, key=lambda pair: pair.simultaneous.high).simultaneous
    between = told(widest, unit).partition("(")[2].replace(" to ", " and ").replace(")", "")
    return f" Finer ways add nothing beyond chance: between {between} (99% interval over all comparisons)."
