"""How well each channel works, and the best one of every customer, from contacts and answers.

Answers per contact by channel are no comparison of channels: one may have been used on the better customers. So they are taken per segment and put together on
one mix of segments for all channels (direct standardisation; Rothman 2012), the mix being that of all contacts. In a segment in which a channel was hardly
used, its rate is drawn towards that of the segment times how much better the channel is elsewhere (beta-binomial). The score of a channel is the
adjusted rate, drawn towards that of all channels by as much as chance explains of the distance.

    rate of a customer by a channel = (own answers + m × rate of the segment by that channel) / (own contacts + m)

with m, how many contacts the segment is worth, from how unlike customers of one segment are (method of moments). The best channel is the one with the highest.

Intervals are over customers, whose contacts are not independent. Who was chosen for which channel within a segment is not known here: so all of it is
*observational*, unless channels were dealt by lot.

When NOT to use: to say what a channel adds. A contact that is answered may not have been needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.disclosure import FLOOR
from segmentry.errors import NotEnoughData, Problem, UsageError
from segmentry.evaluation.intervals import wilson
from segmentry.preparation.words import percent
from segmentry.results import Estimate

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
ChannelGrade = Literal["randomised", "observational"]
NONE = -1
LEVEL = 0.01
ROUNDS = 30
WEAKEST, STRONGEST = 1.0, 1_000.0


@dataclass(frozen=True, slots=True)
class ChannelScore:
    """How well one channel works.

    Parameters
    ----------
    channel : str
    contacts, customers : int or None
        With a known answer; None where fewer than 5 customers were contacted.
    answers : int or None
        None where fewer than 5 answered, or all but fewer than 5.
    raw : Estimate or None
        Answers per contact; None where hidden.
    adjusted : Estimate or None
        The same had every channel been used on the same mix of segments; None where hidden.
    score : float
        The adjusted rate drawn towards that of all channels.
    grade : {"randomised", "observational"}
    covered : float
        Share of the mix in segments where this channel was used; for the rest stands what it does elsewhere.
    words : str
    """

    channel: str
    contacts: int | None
    customers: int | None
    answers: int | None
    raw: Estimate | None
    adjusted: Estimate | None
    score: float
    grade: ChannelGrade
    covered: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Channels, and the best one of every customer.

    Parameters
    ----------
    scores : tuple of ChannelScore
        The highest score first.
    best : int array, shape (n,)
        Position in `names`.
    chance : float array, shape (n,)
        Expected answers per contact by that channel.
    evidence : int array, shape (n,)
        The customer's own contacts by that channel with a known answer; 0 means that the segment speaks for them.
    names : tuple of str
    differ : bool
        Whether the adjusted rates differ beyond chance (1 %).
    p_value : float
        Of equal adjusted rates; 1 with one channel.
    words : str
    """

    scores: tuple[ChannelScore, ...]
    best: Codes
    chance: Floats
    evidence: Codes
    names: tuple[str, ...]
    differ: bool
    p_value: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Contacts:
    """Contacts with a known answer: customer, channel, segment of the customer, answer."""

    customer: Codes
    channel: Codes
    segment: Codes
    answer: Floats


def channels(
    customer: ArrayLike,
    channel: ArrayLike,
    answered: ArrayLike,
    *,
    names: Sequence[str],
    segment: ArrayLike,
    grade: ChannelGrade = "observational",
) -> Channels:
    """Return how well channels work, and the best one of every customer.

    Parameters
    ----------
    customer : array-like of int, shape (m,)
        Of each contact, 0 … n − 1.
    channel : array-like of int, shape (m,)
        Position in `names`; −1 where not known, and such contacts do not count.
    answered : array-like of float, shape (m,)
        1, 0, or NaN where not known.
    names : sequence of str
    segment : array-like of int, shape (n,)
        Of all customers, as known before the contacts; all 0 without segments. −1 for customers in none: they are a segment of their own.
    grade : {"randomised", "observational"}
        "randomised" only when a lot decided on the channel of each customer.

    Raises
    ------
    UsageError
        When shapes do not fit or codes are out of range.
    NotEnoughData
        Without a contact whose channel and answer are known.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> customer, channel = np.arange(4000) % 1000, np.arange(4000) // 2000
    >>> answered = (rng.random(4000) < np.array([0.1, 0.3])[channel]).astype(float)
    >>> found = channels(customer, channel, answered, names=["mail", "phone"], segment=np.zeros(1000, dtype=int))
    >>> found.scores[0].channel, found.differ, found.names[found.best[0]]
    ('phone', True, 'phone')
    """
    own = np.asarray(segment, dtype=np.int64)
    known = _known(customer, channel, answered, own, len(names))
    # Whoever is in no segment makes up the last one.
    groups = int(own.max(initial=NONE)) + 2
    own = np.where(own < 0, groups - 1, own)
    shape = len(names), groups
    cell = known.channel * groups + known.segment
    contacts, hits = (each.reshape(shape) for each in _tries_and_hits(cell, known.answer, shape[0] * shape[1]))
    usual = _usual(hits, contacts)
    rate = drawn(hits, contacts, usual, strength(hits, contacts, usual))
    mix = contacts.sum(axis=0) / contacts.sum()
    adjusted = (rate * mix).sum(axis=1)
    errors = _errors(known, rate, contacts, mix, len(names))
    used = np.flatnonzero(contacts.sum(axis=1) > 0)
    p_value = _equal(adjusted[used], errors[used])
    shrunk = _shrunken(adjusted, errors, used)
    covered = [float(mix[contacts[place] > 0].sum()) for place in range(len(names))]
    figures = np.column_stack([adjusted, errors, shrunk, covered])
    parts = [_score(known, place, names[place], figures[place], grade) for place in used.tolist()]
    scores = tuple(sorted(parts, key=lambda each: (-each.score, each.channel)))
    best, chance, evidence = _best(known, rate, used, own)
    return Channels(scores, best, chance, evidence, tuple(names), p_value <= LEVEL, p_value, _words(scores, p_value, grade, groups - 1))


def _known(customer: ArrayLike, channel: ArrayLike, answered: ArrayLike, segment: Codes, names: int) -> _Contacts:
    who, how = np.asarray(customer, dtype=np.int64), np.asarray(channel, dtype=np.int64)
    answer = np.asarray(answered, dtype=np.float64)
    if segment.ndim != 1 or not (who.shape == how.shape == answer.shape) or who.ndim != 1:
        raise UsageError(
            f"contacts have customers of shape {who.shape}, channels of {how.shape} and answers of {answer.shape}; allowed is one of each per contact, and one "
            "segment per customer. Align them."
        )
    ends = [(who.min(initial=0), who.max(initial=NONE), len(segment)), (how.min(initial=0) + 1, how.max(initial=NONE), names)]
    if any(low < 0 or high >= most for low, high, most in ends) or not (np.isnan(answer) | (answer == 0) | (answer == 1)).all():
        raise UsageError(
            f"customers run to {who.max(initial=NONE)} of {len(segment)}, channels to {how.max(initial=NONE)} of {names}, and answers may be 0, 1 or NaN; "
            "something is outside. Recode them."
        )
    kept = (how >= 0) & ~np.isnan(answer)
    if not kept.any():
        reason = f"of {len(who):,} contacts none has both a channel and a known answer"
        raise NotEnoughData(Problem("NO_ANSWERS", reason, "add columns with the channel of each contact and whether it was answered"))
    group = np.where(segment < 0, int(segment.max(initial=NONE)) + 1, segment)
    return _Contacts(who[kept], how[kept], group[who[kept]], answer[kept])


def _tries_and_hits(place: Codes, answer: Floats, count: int) -> tuple[Floats, Floats]:
    """Return contacts and answers at each of `count` places."""
    tries = np.bincount(place, minlength=count).astype(np.float64)
    return tries, np.asarray(np.bincount(place, answer, minlength=count), dtype=np.float64)


def _usual(hits: Floats, contacts: Floats) -> Floats:
    """Return the rate of each channel in each segment if channels differed by the same factor everywhere, shape (channels, segments).

    Fitted to the answers of every channel and of every segment in turn (Deming and Stephan 1940), so that a channel is not
    credited with the segments it was used on.
    """
    by_channel, by_segment = np.ones((len(hits), 1)), np.full((1, hits.shape[1]), hits.sum() / contacts.sum())
    for _ in range(ROUNDS):
        for axis, own, other in ((1, by_channel, by_segment), (0, by_segment, by_channel)):
            expected = (contacts * other).sum(axis=axis, keepdims=True)
            own[...] = np.divide(hits.sum(axis=axis, keepdims=True), expected, out=own.copy(), where=expected > 0)
    return np.asarray(np.clip(by_channel * by_segment, 0.0, 1.0))


def strength(hits: Floats, trials: Floats, rate: Floats) -> float:
    """Return how many trials a common rate is worth when single rates are drawn towards it (beta-binomial, method of moments).

    Parameters
    ----------
    hits, trials, rate : float array of one shape
        Of each unit, and the common rate of its kind; units without trials do not count.

    Returns
    -------
    strength : float
        1 to 1,000; the more, the less the units differ.

    Examples
    --------
    >>> strength(np.array([0.0, 5.0, 10.0]), np.array([10.0, 10.0, 10.0]), np.array([0.5])), strength(np.array([5.0]), np.array([10.0]), np.array([0.5]))
    (1.0, 1000.0)
    """
    rates = np.broadcast_to(rate, hits.shape)
    one = rates * (1.0 - rates)
    several = (trials > 1) & (one > 0)
    # Var(hits) = n r (1 − r) (1 + (n − 1) ρ) with ρ = 1 / (1 + strength).
    n, squares = trials[several], (hits - trials * rates)[several] ** 2
    unit = one[several]
    weight = float((unit * n * (n - 1)).sum())
    if weight <= 0:
        return STRONGEST
    alike = float((squares - unit * n).sum()) / weight
    return float(np.clip(1.0 / alike - 1.0, WEAKEST, STRONGEST)) if alike > 0 else STRONGEST


def drawn(hits: Floats, trials: Floats, rate: Floats, worth: float) -> Floats:
    """Return rates drawn towards a common one that is worth so many trials.

    Examples
    --------
    >>> drawn(np.array([0.0, 9.0]), np.array([0.0, 10.0]), np.array([0.5]), 10.0)
    array([0.5, 0.7])
    """
    return np.asarray((hits + worth * rate) / (trials + worth))


def _errors(known: _Contacts, rate: Floats, contacts: Floats, mix: Floats, names: int) -> Floats:
    """Return the standard error of each adjusted rate, over customers; never below that of as many independent contacts of the smoothed rates."""
    weight = np.where(contacts > 0, mix / np.maximum(contacts, 1.0), 0.0)
    part = weight[known.channel, known.segment] * (known.answer - rate[known.channel, known.segment])
    keys, place = np.unique(known.customer * names + known.channel, return_inverse=True)
    sums = np.bincount(place.reshape(-1), part)
    spread = np.bincount(keys % names, sums**2, minlength=names)
    # Where nobody or everybody answered the sums are all but 0, which is no certainty.
    least = 1.0 / np.maximum(contacts.sum(axis=1, keepdims=True), 1.0) ** 2
    alone = (weight**2 * contacts * np.maximum(rate * (1 - rate), least)).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(spread, alone)))


def _equal(rates: Floats, errors: Floats) -> float:
    """Return the p-value of equal rates (Cochran's Q)."""
    from scipy.stats import chi2

    if len(rates) < 2:
        return 1.0
    weight = 1.0 / errors**2
    middle = (weight * rates).sum() / weight.sum()
    return float(chi2.sf(float((weight * (rates - middle) ** 2).sum()), len(rates) - 1))


def _shrunken(rates: Floats, errors: Floats, used: NDArray[np.intp]) -> Floats:
    """Return rates drawn towards the middle of all channels used, by the method of moments (DerSimonian and Laird 1986)."""
    found = rates.copy()
    if len(used) < 2:
        return found
    weight = 1.0 / errors[used] ** 2
    middle = (weight * rates[used]).sum() / weight.sum()
    excess = (weight * (rates[used] - middle) ** 2).sum() - (len(used) - 1)
    spread = max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum()))
    found[used] = middle + (rates[used] - middle) * spread / (spread + errors[used] ** 2)
    return found


def _score(known: _Contacts, place: int, name: str, figures: Floats, grade: ChannelGrade) -> ChannelScore:
    adjusted, error, score, covered = map(float, figures)
    rows = known.channel == place
    answers, people = int(known.answer[rows].sum()), len(np.unique(known.customer[rows]))
    count = int(rows.sum())
    if people < FLOOR:
        return ChannelScore(name, None, None, None, None, None, score, grade, covered, f"{name}: too few customers were contacted to show.")
    hidden = 0 < answers < FLOOR or 0 < count - answers < FLOOR
    raw = _with_interval(answers / count, math.sqrt(max(0.0, _clustered(known, rows, answers / count))), people)
    standard = _with_interval(adjusted, error, people)
    words = f"{name}: answered {percent(adjusted)} of the time ({percent(standard.low)} to {percent(standard.high)}) had it been used on the same segments"
    words += "; few answers, so the figure is rough." if hidden else f" as the others; {answers:,} answers to {count:,} contacts."
    return ChannelScore(name, count, people, None if hidden else answers, raw, standard, score, grade, covered, words)


def _clustered(known: _Contacts, rows: NDArray[np.bool_], rate: float) -> float:
    """Return the variance of a rate over contacts, by customers."""
    _, place = np.unique(known.customer[rows], return_inverse=True)
    sums = np.bincount(place.reshape(-1), known.answer[rows] - rate)
    return float((sums**2).sum()) / int(rows.sum()) ** 2


def _with_interval(rate: float, error: float, people: int) -> Estimate:
    """Return a rate with Wilson's interval of as many independent contacts as its error amounts to."""
    inside = min(1.0, max(0.0, rate))
    worth = inside * (1 - inside) / error**2 if error > 0 and 0 < inside < 1 else float(people)
    low, high = wilson([inside * worth], [worth])
    return Estimate(inside, min(inside, float(low[0])), max(inside, float(high[0])))


def _best(known: _Contacts, rate: Floats, used: NDArray[np.intp], segment: Codes) -> tuple[Codes, Floats, Codes]:
    """Return each customer's best channel, the chance of an answer by it, and the own contacts that speak for it."""
    customers = len(segment)
    best, chance, evidence = np.full(customers, NONE, dtype=np.int64), np.full(customers, -np.inf), np.zeros(customers, dtype=np.int64)
    for place in used:
        rows = known.channel == place
        trials, hits = _tries_and_hits(known.customer[rows], known.answer[rows], customers)
        usual = rate[place][segment]
        own = drawn(hits, trials, usual, strength(hits, trials, usual))
        better = own > chance
        best[better], chance[better], evidence[better] = place, own[better], trials[better].astype(np.int64)
    return best, chance, evidence


def _words(scores: Sequence[ChannelScore], p_value: float, grade: ChannelGrade, segments: int) -> str:
    mixed = "on the same mix of segments" if segments > 1 else "on all customers alike"
    caution = "" if grade == "randomised" else " Channels were not dealt by lot, so what remains may be due to who was contacted how."
    if len(scores) == 1:
        return f"Only {scores[0].channel} was used, so there is nothing to compare it with.{caution}"
    if p_value > LEVEL:
        return f"Channels were not found to differ in how often they are answered, {mixed}.{caution}"
    return f"{scores[0].channel} is answered most often, {mixed}, and {scores[-1].channel} least.{caution}"
