"""What a figure of profit rests on: a lot, an observation, or somebody's word; and what to do when it rests on nothing.

Every expected profit carries its grade:

* **randomised**: the difference between customers who were given the offer by lot (or with logged probabilities) and those who were not;
* **observational**: what customers did who were chosen some other way. Differences may be due to the choice. Where it counts all that contacted
  customers brought, whether or not the contact was the reason, it is *gross*, and called so;
* **assumption**: a number that somebody stated.

Figures of different grades, and gross and incremental ones, are not one number. Adding them gives a table by grade (`Mixture`); a total comes only when it is
asked for, and says what it is made of. Within a grade the intervals are added end to end: that is never too narrow, however the parts hang
together; parts that are independent may say so, and then their halves are added as squares.

Without evidence there is no figure but a `NoFigure`: what is missing, and the experiment that would give it.

When NOT to use: for figures that are no expectation of money, such as counts of contacts, which everybody may add.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from segmentry.checks import check_choice
from segmentry.errors import UsageError
from segmentry.preparation.words import figure, listed, percent
from segmentry.results import Estimate

Grade = Literal["randomised", "observational", "assumption"]
GRADES: tuple[Grade, ...] = ("randomised", "observational", "assumption")
MEANING: dict[Grade, str] = {
    "randomised": "measured against customers who were left alone by lot",
    "observational": "from customers who were not chosen by lot",
    "assumption": "as somebody stated it",
}


@dataclass(frozen=True, slots=True)
class Graded:
    """An expected amount, and what it rests on.

    Parameters
    ----------
    value : float
        In the data's currency (or in answers, when `source` says so).
    grade : {"randomised", "observational", "assumption"}
    source : str
        In words: which experiment, which campaigns, whose word.
    interval : (float, float) or None
        Of 95 %; None for an assumption without one.
    gross : bool
        All that contacted customers brought, whether or not the contact was the reason. Never true of what was randomised.

    Examples
    --------
    >>> Graded(1200.0, "randomised", "experiment 'spring'", (300.0, 2100.0)).words
    '1,200 (300 to 2,100), randomised'
    """

    value: float
    grade: Grade
    source: str
    interval: tuple[float, float] | None = None
    gross: bool = False

    def __post_init__(self) -> None:
        """Check that the figure is one, and that it is of one kind."""
        check_choice("grade", self.grade, GRADES)
        ends = self.interval or (self.value, self.value)
        if not (math.isfinite(self.value) and all(map(math.isfinite, ends)) and ends[0] <= self.value <= ends[1]):
            raise UsageError(
                f"a graded figure is {self.value:g} with the interval {self.interval}; allowed are finite numbers, the interval around the figure. "
                "Where it cannot be computed, say so with a NoFigure."
            )
        if self.gross and self.grade == "randomised":
            raise UsageError(
                "a gross figure was graded 'randomised'; allowed are 'observational' and 'assumption', because a lot gives the difference the contact "
                "made. Take off what customers left alone brought, or grade it observational."
            )

    def __add__(self, other: Graded | Mixture) -> Mixture:
        """Return both in a table by grade."""
        return add([self, *(other.parts if isinstance(other, Mixture) else (other,))])

    def __mul__(self, times: float) -> Graded:
        """Return the figure for so many times as much; raise `UsageError` below 0."""
        if times < 0:
            raise UsageError(f"a graded figure was multiplied by {times:g}; allowed is 0 or more. Costs are a figure of their own.")
        ends = self.interval and (self.interval[0] * times, self.interval[1] * times)
        return Graded(self.value * times, self.grade, self.source, ends, self.gross)

    @property
    def kind(self) -> str:
        """The grade, and whether it is gross: "observational, gross"."""
        return f"{self.grade}, gross" if self.gross else self.grade

    @property
    def words(self) -> str:
        """The figure with its interval and grade."""
        if self.interval is None:
            return f"{signed(figure(self.value))}, {self.kind}"
        return f"{told(Estimate(self.value, *self.interval))}, {self.kind}"


@dataclass(frozen=True, slots=True)
class Mixture:
    """Amounts by grade; one line each, never added up unasked.

    Parameters
    ----------
    parts : tuple of Graded
        At most one per grade and kind (gross or not), the best evidence first.
    """

    parts: tuple[Graded, ...]

    def __add__(self, other: Graded | Mixture) -> Mixture:
        """Return all in one table by grade."""
        return add([*self.parts, *(other.parts if isinstance(other, Mixture) else (other,))])

    @property
    def pure(self) -> Graded | None:
        """The one line, where there is only one; None where grades are mixed."""
        return self.parts[0] if len(self.parts) == 1 else None

    @property
    def words(self) -> str:
        """All lines in a sentence.

        Examples
        --------
        >>> (Graded(900.0, "randomised", "a") + Graded(100.0, "assumption", "b")).words
        '900, randomised; 100, assumption'
        """
        return "; ".join(part.words for part in self.parts)

    def total(self) -> Total:
        """Return the sum over grades, which says what it is made of.

        Raises
        ------
        UsageError
            When gross figures would be added to incremental ones: that sum means nothing.

        Examples
        --------
        >>> (Graded(900.0, "randomised", "a") + Graded(100.0, "assumption", "b")).total().words
        '1,000 in all, of which 90% randomised and 10% assumption'
        """
        if len({part.gross for part in self.parts}) > 1:
            raise UsageError(
                f"a total was asked of {listed([part.kind for part in self.parts])}; gross and incremental figures have none. Show them side by side."
            )
        value = sum(part.value for part in self.parts)
        sizes = sum(abs(part.value) for part in self.parts)
        shares = tuple((part.kind, abs(part.value) / sizes if sizes else 1.0 / len(self.parts)) for part in self.parts)
        mix = f"all {shares[0][0]}" if len(shares) == 1 else "of which " + listed([f"{percent(share)} {kind}" for kind, share in shares])
        return Total(
            value, _ends(self.parts, independent=False), shares, f"{signed(figure(value))} in all, {mix}" if shares else "nothing to add up"
        )


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over grades, asked for.

    Parameters
    ----------
    value : float
    interval : (float, float) or None
        Ends added up; None when a part has none.
    shares : tuple of (str, float)
        Kind of evidence and its share of the sum of sizes.
    words : str
        Never to be shown without these.
    """

    value: float
    interval: tuple[float, float] | None
    shares: tuple[tuple[str, float], ...]
    words: str


@dataclass(frozen=True, slots=True)
class ExperimentAdvice:
    """An experiment that would give the missing figure.

    Parameters
    ----------
    arms : tuple of str
        The first is left alone.
    per_arm : int
        Customers in each.
    effect : float
        Smallest effect worth knowing: below it the offer does not earn its cost.
    enough : bool
        Whether there are so many customers.
    words : str
    """

    arms: tuple[str, ...]
    per_arm: int
    effect: float
    enough: bool
    words: str


@dataclass(frozen=True, slots=True)
class NoFigure:
    """No figure of profit, and what to do instead.

    Parameters
    ----------
    offer : str
    reason : str
        What is missing, in a sentence.
    advice : ExperimentAdvice or None
        None when nothing says what an answer is worth, or how many answer anyway.
    """

    offer: str
    reason: str
    advice: ExperimentAdvice | None = None

    @property
    def words(self) -> str:
        """All of it in sentences."""
        return f"No profit figure for {self.offer}: {self.reason}" + (f" {self.advice.words}" if self.advice else "")


def told(found: Estimate, unit: str = "") -> str:
    """Return a figure with its interval, rounded to the second digit of what is not known of it.

    Parameters
    ----------
    found : Estimate
    unit : str
        A currency, "per" something, or both: "£ per customer".

    Examples
    --------
    >>> told(Estimate(1234.5678, 1100.0, 1369.1))
    '1,230 (1,100 to 1,370)'
    >>> told(Estimate(0.79, 0.514, 1.066), "£ per customer")
    '£0.79 (£0.51 to £1.07) per customer'
    >>> told(Estimate(-0.2, -0.9, 0.5), "EUR")
    '\u22120.20 EUR (\u22120.90 EUR to 0.50 EUR)'
    """
    currency, per, what = unit.partition("per ")
    half = (found.high - found.low) / 2
    digits = 1 - math.floor(math.log10(half)) if half > 0 and math.isfinite(half) else None
    if digits is None:
        return f"{_priced(signed(figure(found.value)), currency.strip())} {per}{what}".rstrip()
    value, low, high = (_priced(_rounded(each, digits), currency.strip()) for each in (found.value, found.low, found.high))
    return f"{value} ({low} to {high}) {per}{what}".rstrip()


def _priced(text: str, currency: str) -> str:
    """Return a figure with its currency: a symbol before it and behind its sign, a code after it."""
    if not currency:
        return text
    sign = "\u2212" if text.startswith("\u2212") else ""
    return f"{text} {currency}" if currency.isalpha() else f"{sign}{currency}{text.removeprefix(sign)}"


def signed(text: str) -> str:
    """Return a number as text with the sign that books have.

    Examples
    --------
    >>> signed("-3")
    '\u22123'
    """
    return text.replace("-", "\u2212")


def _rounded(value: float, digits: int) -> str:
    rounded = round(value, digits) + 0.0
    return signed(f"{rounded:,.{max(0, digits)}f}")


def add(parts: Iterable[Graded], *, independent: bool = False) -> Mixture:
    """Return figures as a table by grade.

    Parameters
    ----------
    parts : iterable of Graded
    independent : bool
        Whether the parts of a grade come from different customers and different experiments. Otherwise intervals are added end to end.

    Examples
    --------
    >>> mixed = add([Graded(10.0, "randomised", "a", (5.0, 15.0)), Graded(20.0, "randomised", "b", (8.0, 32.0))])
    >>> mixed.pure
    Graded(value=30.0, grade='randomised', source='a; b', interval=(13.0, 47.0), gross=False)
    >>> add([Graded(10.0, "randomised", "a", (7.0, 13.0)), Graded(20.0, "randomised", "a", (16.0, 24.0))], independent=True).pure.interval
    (25.0, 35.0)
    """
    kinds: dict[tuple[int, bool], list[Graded]] = {}
    for part in parts:
        kinds.setdefault((GRADES.index(part.grade), part.gross), []).append(part)
    return Mixture(tuple(_one(kinds[kind], independent) for kind in sorted(kinds)))


def advise(
    offer: str,
    *,
    reason: str,
    cost: float,
    worth: float,
    rate: float | None,
    customers: int,
    sizes: Callable[[float, float], int],
    control: str = "left alone",
) -> NoFigure:
    """Return "no profit figure" with the experiment that would give one.

    Parameters
    ----------
    offer, reason : str
        What is missing, as a sentence.
    cost : float
        Of one contact, in the data's currency.
    worth : float
        Of one more answer, after what the answer itself costs.
    rate : float or None
        Share of customers who answer without the offer; None when not known.
    customers : int
        Who could take part.
    sizes : callable
        From the rate and the effect to be found to the customers in each arm.
    control : str
        What those left alone are called.

    Examples
    --------
    >>> found = advise("Free delivery", reason="It was never tried.", cost=1.0, worth=20.0, rate=0.1, customers=9_000, sizes=lambda rate, effect: 700)
    >>> found.advice.effect, found.advice.enough
    (0.05, True)
    >>> print(found.advice.words)
    Draw 700 customers by lot for Free delivery and 700 for left alone: that finds a difference of 5 in 100 customers, the least that pays the contact.
    """
    if rate is None or not worth > cost or not cost > 0:
        return NoFigure(offer, reason)
    effect = cost / worth
    if rate + effect >= 1.0:
        return NoFigure(offer, reason)
    per_arm = sizes(rate, effect)
    enough = 2 * per_arm <= customers
    words = (
        f"Draw {per_arm:,} customers by lot for {offer} and {per_arm:,} for {control}: that finds a difference of "
        f"{figure(100 * effect)} in 100 customers, the least that pays the contact."
    )
    short = "" if enough else f" There are {customers:,}, too few for both: run it longer, on a dearer product, or with a cheaper contact."
    return NoFigure(offer, reason, ExperimentAdvice((control, offer), per_arm, effect, enough, words + short))


def _one(parts: Sequence[Graded], independent: bool) -> Graded:  # noqa: FBT001
    sources = "; ".join(dict.fromkeys(part.source for part in parts))
    return Graded(sum(part.value for part in parts), parts[0].grade, sources, _ends(parts, independent=independent), parts[0].gross)


def _ends(parts: Sequence[Graded], *, independent: bool) -> tuple[float, float] | None:
    """Return the ends of the interval of a sum; None where a part has none."""
    ends = [part.interval for part in parts]
    known = [each for each in ends if each is not None]
    if not known or len(known) < len(ends):
        return None
    combine: Callable[[Iterable[float]], float] = (lambda halves: math.sqrt(sum(half * half for half in halves))) if independent else sum
    value = sum(part.value for part in parts)
    below = combine(part.value - each[0] for part, each in zip(parts, known, strict=True))
    above = combine(each[1] - part.value for part, each in zip(parts, known, strict=True))
    return value - below, value + above
