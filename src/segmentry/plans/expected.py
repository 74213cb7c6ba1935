"""What each offer is expected to add with each customer, as far as there is evidence: what plans are made from.

* From a **trial** (`from_uplift`): each customer's own effect only where there is evidence that customers differ, drawn towards the average by as much as the
  differences did not come true on customers the model had not seen; else the offer's average effect for everyone, drawn towards 0; else, without
  evidence of an effect, none.
* From **probabilities** of answering after a contact (`from_probabilities`): gross, because many would have bought anyway, and called so.
* From a **stated number** (`from_assumption`): an assumption, and called so.

Where nothing is known of an offer its effect is 0, so that no plan gives it to anybody, and a `NoFigure` says what is missing.

When NOT to use: to add up offers of different grades. `graded_gains` gives a table by grade instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from segmentry.checks import suggestion
from segmentry.errors import UsageError
from segmentry.plans.evidence import Grade, Graded, Mixture, NoFigure, add
from segmentry.plans.heldout import averages, slopes
from segmentry.preparation.words import figure
from segmentry.results import Estimate
from segmentry.uplift.results import ArmEffect, Uplift

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the effect of one offer rests on.

    Parameters
    ----------
    offer : str
    grade : {"randomised", "observational", "assumption"}
    source : str
        In words.
    average : Estimate or None
        Effect per customer, as measured; None for an assumption without an interval.
    individual : bool
        Whether customers are expected to differ.
    gross : bool
    kept : float
        Share of the measured differences between customers (of the average, where there are none) that is left after shrinkage.
    words : str
    """

    offer: str
    grade: Grade
    source: str
    average: Estimate | None
    individual: bool
    gross: bool
    kept: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Expected effects of offers on customers.

    Parameters
    ----------
    offers : tuple of str, length k
    values : float array, shape (n, k)
        Per contact, in what `unit` says; 0 where there is no evidence.
    evidence : tuple of Evidence or NoFigure, length k
    unit : str
        "buyers" or "money".
    """

    offers: tuple[str, ...]
    values: Floats
    evidence: tuple[Evidence | NoFigure, ...]
    unit: str

    @property
    def missing(self) -> tuple[NoFigure, ...]:
        """Offers without a figure."""
        return tuple(each for each in self.evidence if isinstance(each, NoFigure))

    def beside(self, other: Effects) -> Effects:
        """Return these offers and others, of the same customers.

        Raises
        ------
        UsageError
            When customers or units differ, or an offer is in both.
        """
        twice = set(self.offers) & set(other.offers)
        if len(self.values) != len(other.values) or self.unit != other.unit or twice:
            raise UsageError(
                f"effects of {len(self.values):,} customers in {self.unit} and of {len(other.values):,} in {other.unit} were put side by side, {len(twice)} "
                "offers in both; allowed are the same customers, one unit, and each offer once. Take them from the same list of customers."
            )
        return Effects(self.offers + other.offers, np.hstack([self.values, other.values]), self.evidence + other.evidence, self.unit)


def from_uplift(found: Uplift, offers: Sequence[tuple[str, str]], *, customers: int) -> Effects:
    """Return expected effects as a trial tells them.

    Parameters
    ----------
    found : Uplift
        Its arrays are of the customers to plan for.
    offers : sequence of (str, str)
        Name of each offer, and of the arm of the trial that was this offer.
    customers : int
        To plan for.

    Raises
    ------
    UsageError
        When an arm is not in the trial, or is its control.
    """
    names = tuple(offer for offer, _ in offers)
    columns = [_column(found, arm) for _, arm in offers] if found.arms else []
    unit = "money" if found.metric is not None and found.metric.kind == "money" else "buyers"
    values = np.zeros((customers, len(offers)))
    known = _known(found)
    if known is None:
        reason = found.refusal or f"The trial {found.trial!r} tells no effect."
        return Effects(names, values, tuple(NoFigure(offer, reason) for offer in names), unit)
    if len(known.effect) != customers:
        raise UsageError(
            f"the uplift is of {len(known.effect):,} customers; the plan asks for {customers:,}. Score the customers of the plan first."
        )
    evidence = []
    for place, (offer, column) in enumerate(zip(names, columns, strict=True)):
        values[:, place], told = _from_arm(found, known, column, offer)
        evidence.append(told)
    return Effects(names, values, tuple(evidence), unit)


def from_probabilities(probability: ArrayLike, offer: str, *, source: str, rate: Estimate | None = None) -> Effects:
    """Return who is expected to buy after a contact, whether or not the contact is the reason: gross.

    Parameters
    ----------
    probability : array-like of float, shape (n,)
        Of an answer when contacted; NaN where it cannot be said, which is taken for 0.
    offer, source : str
    rate : Estimate, optional
        Share of those contacted so far who answered, with its interval.

    Raises
    ------
    UsageError
        When a probability is outside 0 … 1.

    Examples
    --------
    >>> from_probabilities([0.1, 0.3], "Letter", source="campaign 7").evidence[0].words
    'Letter: gross, from customers who were not chosen by lot (campaign 7); many of them would have bought anyway.'
    """
    values = np.nan_to_num(np.asarray(probability, dtype=np.float64), nan=0.0)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise UsageError(
            f"probabilities have shape {values.shape} or lie outside 0 to 1; allowed is one of 0 to 1 per customer. Check them."
        )
    words = f"{offer}: gross, from customers who were not chosen by lot ({source}); many of them would have bought anyway."
    told = Evidence(
        offer,
        "observational",
        source,
        rate,
        individual=bool(np.ptp(values) > 0) if len(values) else False,
        gross=True,
        kept=1.0,
        words=words,
    )
    return Effects((offer,), values[:, None], (told,), "buyers")


def from_assumption(
    effect: float, offer: str, *, source: str, customers: int, interval: tuple[float, float] | None = None, unit: str = "buyers"
) -> Effects:
    """Return the same stated effect for everybody.

    Parameters
    ----------
    effect : float
        Added per contact.
    offer, source : str
        Whose word it is.
    customers : int
    interval : (float, float), optional
        As stated.
    unit : {"buyers", "money"}

    Raises
    ------
    UsageError
        When the effect is not finite or lies outside its interval.

    Examples
    --------
    >>> found = from_assumption(0.02, "Call", source="offers.toml", customers=3)
    >>> found.values.ravel().tolist(), found.evidence[0].grade
    ([0.02, 0.02, 0.02], 'assumption')
    """
    ends = interval or (effect, effect)
    if not (np.isfinite([effect, *ends]).all() and ends[0] <= effect <= ends[1]):
        raise UsageError(
            f"the assumed effect of {offer!r} is {effect:g} with the interval {interval}; allowed is a finite number inside its interval. State it anew."
        )
    average = None if interval is None else Estimate(effect, *interval)
    words = f"{offer}: {figure(effect)} per contact, as stated in {source}; nobody has measured it."
    told = Evidence(offer, "assumption", source, average, individual=False, gross=False, kept=1.0, words=words)
    return Effects((offer,), np.full((customers, 1), float(effect)), (told,), unit)


def graded_gains(offer: Codes, gain: Floats, effects: Effects, *, worth: Sequence[float]) -> Mixture:
    """Return what a plan is expected to earn, by grade.

    Parameters
    ----------
    offer : int array, shape (n,)
        Position of the offer each customer gets; −1 for none.
    gain : float array, shape (n,)
        Expected of it, costs taken off.
    effects : Effects
        What the plan was made from.
    worth : sequence of float, length k
        Money that one unit of an effect is worth, by offer: the doubt of the average effect is doubt of as much money.

    Raises
    ------
    UsageError
        When an offer without a figure is planned, or shapes do not fit.

    Examples
    --------
    >>> stated = from_assumption(0.02, "Call", source="offers.toml", customers=3, interval=(0.0, 0.04))
    >>> graded_gains(np.array([0, -1, 0]), np.array([0.5, 0.0, 0.5]), stated, worth=[100.0]).words
    '1 (−3 to 5), assumption'
    """
    if offer.shape != gain.shape or len(worth) != len(effects.offers):
        raise UsageError(
            f"there are {len(offer):,} offers, {len(gain):,} gains and {len(worth)} worths for {len(effects.offers)} offers; allowed is one offer and gain per "
            "customer and one worth per offer. Align them."
        )
    parts = []
    for place, evidence in enumerate(effects.evidence):
        rows = offer == place
        if not rows.any():
            continue
        if isinstance(evidence, NoFigure):
            raise UsageError(
                f"offer {evidence.offer!r} is planned for {int(rows.sum()):,} customers without a figure; allowed are offers with one. Test it first."
            )
        value = float(gain[rows].sum())
        interval = None
        if evidence.average is not None:
            each = float(rows.sum()) * worth[place]
            below, above = evidence.average.value - evidence.average.low, evidence.average.high - evidence.average.value
            interval = (value - each * below, value + each * above)
        parts.append(Graded(value, evidence.grade, evidence.source, interval, evidence.gross))
    return add(parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Arrays of an uplift that are there when it tells effects; `rows` are the customers of the trial, and contrasts are theirs alone."""

    effect: Floats
    expected: Floats
    rows: NDArray[np.bool_]
    contrast: Floats


def _known(found: Uplift) -> _Known | None:
    if found.effect is None or found.expected is None or found.robust is None or found.fold is None:
        return None
    rows = found.fold >= 0
    return _Known(found.effect, found.expected, rows, found.robust[rows, 1:] - found.robust[rows, :1])


def _column(found: Uplift, arm: str) -> int:
    """Return the column of an arm among the effects."""
    if arm not in found.arms[1:]:
        kind = "its control" if arm == found.arms[0] else "no arm of it"
        raise UsageError(f"offer is said to be {arm!r} of the trial {found.trial!r}, which is {kind}; {suggestion(arm, found.arms[1:])}")
    return found.arms.index(arm) - 1


def _from_arm(found: Uplift, known: _Known, column: int, offer: str) -> tuple[Floats, Evidence | NoFigure]:
    """Return the effect on every customer, and what it rests on."""
    told = known.effect[:, column]
    measured = next(each for each in found.averages if each.arm == column + 1)
    if not told.any():
        return np.zeros(len(told)), NoFigure(offer, _nothing(found, measured))
    source = f"trial {found.trial!r}: {found.source}"
    kept = _kept(known.contrast[:, column])
    average = measured.effect.value * kept
    if np.ptp(told) == 0:
        words = f"{offer}: {figure(average)} for everyone; no evidence that customers differ. Measured by lot ({source})."
        evidence = Evidence(offer, "randomised", source, measured.effect, individual=False, gross=False, kept=kept, words=words)
        return np.full(len(told), average), evidence
    of_trial = known.expected[known.rows]
    slope = float(slopes(known.contrast[:, [column]], of_trial[:, [column]])[0])
    values = average + slope * (known.expected[:, column] - of_trial[:, column].mean())
    words = f"{offer}: each customer's own, {figure(average)} on average; {slope:.0%} of the differences foretold came true. Measured by lot ({source})."
    return values, Evidence(offer, "randomised", source, measured.effect, individual=slope > 0, gross=False, kept=slope, words=words)


def _kept(contrast: Floats) -> float:
    """Return the share of an average that is left after shrinkage towards 0."""
    plain = float(contrast.mean())
    return float(averages(contrast[:, None])[0]) / plain if plain else 0.0


def _nothing(found: Uplift, measured: ArmEffect) -> str:
    effect = measured.effect
    return (
        f"The trial {found.trial!r} gives no evidence that it does anything ({figure(effect.value)} per customer, {figure(effect.low)} to "
        f"{figure(effect.high)})."
    )
