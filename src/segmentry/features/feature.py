"""A feature: one declared number (or category) per customer, and sets of them that join with ``|``.

A feature says what it needs and at which stage it is computed; `features.compute` runs one query per stage for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import narwhals.stable.v2 as nw

from segmentry.checks import suggestion
from segmentry.errors import UsageError
from segmentry.matrix import Column, Kind

Stage = Literal["customers", "lines", "days", "gaps", "products", "main", "events", "contacts"]
STAGES: tuple[Stage, ...] = ("customers", "lines", "days", "gaps", "products", "main", "events", "contacts")


@dataclass(frozen=True, slots=True)
class Moment:
    """The day features look back from, as whole days since 1970-01-01.

    Parameters
    ----------
    day : int
        The as-of day; it still counts.
    first : int
        First day seen in the transactions.
    """

    day: int
    first: int


@dataclass(frozen=True, slots=True)
class Feature:
    """One number or category per customer.

    Parameters
    ----------
    name : str
        Unique; used in settings and files.
    words : str
        Label for people.
    stage : Stage
        Table it is computed over (see `features.windows`): ``customers`` row by row, the others as an aggregate per customer.
    expr : callable
        Takes the `Moment` and returns the narwhals expression.
    kind : Kind
        See `Column`.
    unit, group : str
        See `Column`.
    needs : frozenset of str
        Items of ``Dataset.has`` it cannot do without.
    empty : float
        Value of customers without a row at its stage.
    level : str
        Of a share within a family (``category=FRUIT``): the level it is about.
    """

    name: str
    words: str
    stage: Stage
    expr: Callable[[Moment], nw.Expr] = field(repr=False, compare=False)
    kind: Kind = "number"
    unit: str = ""
    group: str = "other"
    needs: frozenset[str] = frozenset()
    empty: float = float("nan")
    level: str = ""

    def column(self) -> Column:
        """Return what a matrix says about it."""
        return Column(name=self.name, words=self.words, kind=self.kind, unit=self.unit, group=self.group)

    def __or__(self, other: Feature | FeatureSet) -> FeatureSet:
        """Return the set of both."""
        return FeatureSet((self,)) | other


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Features with unique names, in the order they were joined.

    Raises
    ------
    UsageError
        When two different features have one name.

    Examples
    --------
    >>> from segmentry.features.purchases import FREQUENCY, RECENCY
    >>> (RECENCY | FREQUENCY | RECENCY).names
    ('recency', 'frequency')
    """

    features: tuple[Feature, ...] = ()

    def __post_init__(self) -> None:
        """Check that names are unique."""
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"features share the names {twice}; allowed is one feature per name. Rename one of each.")

    def __or__(self, other: Feature | FeatureSet) -> FeatureSet:
        """Return the features of both; the same feature counts once."""
        more = (other,) if isinstance(other, Feature) else other.features
        mine = set(self.features)
        return FeatureSet(self.features + tuple(feature for feature in more if feature not in mine))

    def __iter__(self) -> Iterator[Feature]:
        """Iterate in order."""
        return iter(self.features)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(feature.name for feature in self.features)

    def at(self, stage: Stage) -> tuple[Feature, ...]:
        """Return the features of one stage."""
        return tuple(feature for feature in self.features if feature.stage == stage)

    def fed_by(self, has: frozenset[str]) -> FeatureSet:
        """Return those that a dataset with these items can feed."""
        return FeatureSet(tuple(feature for feature in self.features if feature.needs <= has))

    def select(self, names: Iterable[str]) -> FeatureSet:
        """Return the named features in the order named; raise `UsageError` naming the nearest otherwise."""
        by_name = {feature.name: feature for feature in self.features}
        chosen = []
        for name in names:
            if name not in by_name:
                raise UsageError(f"there is no feature {name!r}; {suggestion(name, by_name)}")
            chosen.append(by_name[name])
        return FeatureSet(tuple(chosen))


def total(of: str, where: nw.Expr | None = None) -> nw.Expr:
    """Return the exact sum of a column over the rows of a group (those for which `where` holds), as a float.

    The sum itself is taken over DECIMAL or whole numbers, so that it does not depend on the order of the rows.
    """
    column = nw.col(of) if where is None else nw.when(where).then(nw.col(of)).otherwise(0)
    return column.sum().cast(nw.Float64)


def tally(where: nw.Expr) -> nw.Expr:
    """Return how many rows of a group fulfil a condition, as a float."""
    return nw.when(where).then(1).otherwise(0).sum().cast(nw.Float64)


def ratio(top: nw.Expr, bottom: nw.Expr) -> nw.Expr:
    """Return ``top / bottom`` where the bottom is positive, else missing."""
    return nw.when(bottom > 0).then(top / bottom)


def family_name(family: str, level: str) -> str:
    """Return the name of one share of a family, such as ``category=FRUIT``."""
    return f"{family}={level}"
