"""Conditions on columns, rules made of them, and numbers cut into steps: plain parts that the maths makes and SQL text is written from.

A condition is a half-open interval ``low <= x < high`` of a number, a set of levels of a category, or that a value is not known; a rule is
true where all its conditions are. Open and closed ends need no flag: ``x > 2`` is ``low`` = the next float after 2. Not for conditions
between columns, or for pieces of text inside a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix


@dataclass(frozen=True, slots=True)
class Condition:
    """What one column must be.

    Parameters
    ----------
    name : str
        Column.
    low, high : float or None
        The number is `low` or more and below `high`; None leaves that side open.
    levels : tuple of str or None
        The category is one of these.
    missing : bool
        Customers whose value is not known belong too; without limits and levels, only they do. A condition with nothing but a name asks
        for a known value.

    Raises
    ------
    UsageError
        When it could hold for nobody, or mixes limits and levels.

    Examples
    --------
    >>> ages = Matrix(np.array(["a", "b", "c"], dtype=object), (Column("age", "Age", unit="years"),), np.array([[20.0], [60.0], [np.nan]]))
    >>> Condition("age", low=60).holds(ages).tolist()
    [False, True, False]
    >>> Condition("age", low=60, missing=True).words(ages.columns)
    'age 60 years or more or not known'
    """

    name: str
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] | None = None
    missing: bool = False

    def __post_init__(self) -> None:
        """Check that it can hold for somebody."""
        limits = [limit for limit in (self.low, self.high) if limit is not None]
        if not all(map(math.isfinite, limits)) or (len(limits) == 2 and limits[0] >= limits[1]):
            raise UsageError(
                f"the condition on {self.name!r} asks for {self.low} to under {self.high}; give finite limits, low below high."
            )
        if self.levels is not None and (limits or not self.levels):
            raise UsageError(f"the condition on {self.name!r} has levels {self.levels} and limits {limits}; give levels or limits.")

    @property
    def bare(self) -> bool:
        """Whether it asks only if the value is known."""
        return self.low is None and self.high is None and self.levels is None

    def holds(self, matrix: Matrix) -> NDArray[np.bool_]:
        """Return where it is true, shape (n,); raise `UsageError` when the column is not there."""
        place = matrix.position(self.name)
        return self.fits(matrix.columns[place], matrix.values[:, place])

    def fits(self, column: Column, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where it is true of the values of its column, shape (n,)."""
        unknown = np.isnan(values)
        if self.bare:
            return unknown if self.missing else ~unknown
        inside = ~unknown
        if self.levels is not None:
            inside &= np.isin(values, [code for code, level in enumerate(column.levels) if level in self.levels])
        if self.low is not None:
            inside &= values >= self.low
        if self.high is not None:
            inside &= values < self.high
        return inside | unknown if self.missing else inside

    def words(self, columns: Iterable[Column]) -> str:
        """Return it for people, such as "days since last purchase 90 or more"; numbers are written exactly."""
        column = next((each for each in columns if each.name == self.name), Column(self.name, self.name))
        label = _label(column)
        if self.bare:
            return f"{label} {'not known' if self.missing else 'known'}"
        return f"{label}{self._asked(column)}{' or not known' if self.missing else ''}"

    def _asked(self, column: Column) -> str:
        if self.levels is not None:
            return " " + " or ".join(self.levels)
        if column.kind == "flag" and (self.low is None or self.high is None):
            return ": yes" if self.low is not None else ": no"
        if column.kind == "count" and self.low is None and self.high == 1:
            return ": none"
        if self.low is not None and self.high == math.nextafter(self.low, math.inf):
            return f" exactly {_number(self.low, column)}"
        return _between(self.low, self.high, column)


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment's name and what a customer must be to belong: all the conditions.

    Parameters
    ----------
    name : str
        Of the segment. Rules of one name add up.
    conditions : tuple of Condition
        One per column at most; none means everyone.

    Examples
    --------
    >>> rule = Rule("VIP", (Condition("spend", low=1000), Condition("visits", low=2, high=9)))
    >>> rule.words([Column("spend", "Spend", "money"), Column("visits", "Visits", "count")])
    'spend 1,000 or more and visits 2 to under 9'
    """

    name: str
    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Check that no column is asked twice."""
        names = [condition.name for condition in self.conditions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"the rule {self.name!r} has several conditions on {twice}; allowed is one per column. Join them into one.")

    def holds(self, matrix: Matrix) -> NDArray[np.bool_]:
        """Return where all conditions are true, shape (n,)."""
        result = np.ones(len(matrix), dtype=bool)
        for condition in self.conditions:
            result &= condition.holds(matrix)
        return result

    def words(self, columns: Iterable[Column]) -> str:
        """Return the conditions for people; "everyone" without any."""
        known = tuple(columns)
        parts = [condition.words(known) for condition in self.conditions]
        return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]])) or "everyone"


@dataclass(frozen=True, slots=True)
class Steps:
    """A number turned into one of a few scores by cut points.

    Parameters
    ----------
    name : str
        Column.
    cuts : tuple of float
        Increasing; a value equal to a cut belongs above it.
    scores : tuple of int
        One more than cuts, from the lowest values to the highest.

    Examples
    --------
    >>> Steps("recency", (30.0, 90.0), (3, 2, 1)).of(np.array([0.0, 30.0, 400.0, np.nan])).tolist()
    [3, 2, 1, 0]
    """

    name: str
    cuts: tuple[float, ...]
    scores: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check that cuts increase and scores fit."""
        rising = all(low < high for low, high in zip(self.cuts, self.cuts[1:], strict=False))
        if not rising or not all(map(math.isfinite, self.cuts)) or len(self.scores) != len(self.cuts) + 1:
            raise UsageError(
                f"{self.name!r} has cuts {self.cuts} and {len(self.scores)} scores; allowed are finite cuts that increase, and one score more."
            )

    def of(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the score of each value, shape (n,); 0 where it is not known."""
        scored = np.array(self.scores, dtype=np.int64)[np.searchsorted(np.array(self.cuts), values, side="right").clip(max=len(self.cuts))]
        return np.where(np.isnan(values), 0, scored)


def lower(low: float) -> tuple[Literal[">=", ">"], float]:
    """Return how to write ``x >= low``: with the float before it and ``>`` when that one is shorter.

    Examples
    --------
    >>> lower(2.0), lower(math.nextafter(2.0, math.inf))
    (('>=', 2.0), ('>', 2.0))
    """
    before = math.nextafter(low, -math.inf)
    return (">", before) if len(repr(before)) < len(repr(float(low))) else (">=", float(low))


def upper(high: float) -> tuple[Literal["<", "<="], float]:
    """Return how to write ``x < high``: with the float before it and ``<=`` when that one is shorter."""
    before = math.nextafter(high, -math.inf)
    return ("<=", before) if len(repr(before)) < len(repr(float(high))) else ("<", float(high))


def roundest(above: float, upto: float) -> float:
    """Return a number t with the fewest digits, ``above < t <= upto``, so that ``x >= t`` parts the two without looking exact.

    Examples
    --------
    >>> roundest(28.7, 31.2), roundest(2, 3), roundest(-4.0, 7.0), roundest(0.1233, 0.1251)
    (30.0, 3.0, 0.0, 0.125)
    """
    if not (math.isfinite(above) and math.isfinite(upto) and above < upto):
        raise UsageError(f"a round number is wanted above {above} and up to {upto}; give finite numbers, the first below the second.")
    if above < 0 <= upto:
        return 0.0
    exact, start = Decimal(upto), math.floor(math.log10(max(abs(above), abs(upto)))) + 1
    for power in range(start, start - 18, -1):
        found = float(exact.quantize(Decimal(1).scaleb(power), ROUND_FLOOR))
        if above < found <= upto:
            return found
    return upto


def _label(column: Column) -> str:
    text = re.sub(r" *[(\[][^)\]]*[)\]]", "", column.words or column.name).replace("_", " ").strip() or column.name
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _between(low: float | None, high: float | None, column: Column) -> str:
    known = f" {column.words} {column.name} ".casefold()
    unit = f" {column.unit}" if column.unit[:1].isalpha() and column.unit.casefold() not in known and column.kind != "share" else ""
    sign, least = lower(low) if low is not None else ("", 0.0)
    other, most = upper(high) if high is not None else ("", 0.0)
    from_, to = _number(least, column), _number(most, column)
    if not other:
        return f" {from_}{unit} or more" if sign == ">=" else f" more than {from_}{unit}"
    end = f"under {to}{unit}" if other == "<" else f"{to}{unit}"
    if not sign:
        return f" {end}" if other == "<" else f" up to {end}"
    return f" {from_} to {end}" if sign == ">=" else f" more than {from_} and {end if other == '<' else f'up to {end}'}"


def _number(value: float, column: Column) -> str:
    if column.kind == "share":
        return f"{(Decimal(repr(value)) * 100).normalize():f}%"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,}"
