"""Which features drive the segmentation as a whole: how many customers would change their segment if one feature were not known.

Permutation importance (Breiman 2001, "Random Forests", section 10) of the frozen rule itself, no surrogate in between: the feature of each
customer is exchanged for that of another one, columns that belong together (levels of a category, shares that add up) at once, and the share
of customers whom the rule then puts elsewhere is counted. The rule is compared with itself, so nothing is learned here that could fit
too well; still, the customers may be others than those the rule was learned from. Each repeat draws the customers anew with replacement, so
that the interval (mean ± 1.96 standard deviations) covers both which customers were there and how they were exchanged.

Not for asking what causes anything, and with features that go together not what could be left out: then the exchange makes customers
that do not exist (old, with the income of a student), and the others would have stood in for the one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import NotEnoughData, Problem
from segmentry.matrix import Matrix
from segmentry.preparation.learning import Preparation
from segmentry.preparation.words import percent
from segmentry.segments.clustering import Rule
from segmentry.segments.families import Family, families
from segmentry.segments.threads import one_thread

REPEATS = 20
MOST_TRIED = 5_000
_REACH = 1.96


@dataclass(frozen=True, slots=True)
class Importance:
    """How many customers would change their segment if one feature were not known.

    Parameters
    ----------
    name, words : str
        Of the feature, or of the shares that add up.
    members : tuple of str
        Features of the matrix it is made of.
    changed, low, high : float
        Share of customers who change, 0 to 1, and its 95 % interval.
    customers, repeats : int
        On which it rests.
    """

    name: str
    words: str
    members: tuple[str, ...]
    changed: float
    low: float
    high: float
    customers: int
    repeats: int


def importance(matrix: Matrix, preparation: Preparation, rule: Rule, *, seed: int, repeats: int = REPEATS) -> tuple[Importance, ...]:
    """Return the importance of each feature that was clustered on, the largest first.

    Parameters
    ----------
    matrix : Matrix
        Customers, at least two; 5,000 of them at most are drawn.
    preparation : Preparation
    rule : Rule
        What puts prepared points into groups.
    seed : int
    repeats : int

    Raises
    ------
    NotEnoughData
        With fewer than two customers.

    Examples
    --------
    >>> from segmentry.matrix import Column
    >>> from segmentry.preparation.learning import learn
    >>> from segmentry.segments.clustering import Nearest
    >>> values = np.column_stack([np.repeat([0.0, 9.0], 50), np.arange(100.0) % 7])
    >>> matrix = Matrix(np.array([f"c{place:02}" for place in range(100)], dtype=object), (Column("spend", "Spend"), Column("age", "Age")), values)
    >>> found = importance(matrix, learn(matrix), Nearest(np.array([[-1.0, 0.0], [1.0, 0.0]])), seed=0)
    >>> [(each.name, round(each.changed, 1)) for each in found]
    [('spend', 0.5), ('age', 0.0)]
    """
    if len(matrix) < 2:
        raise NotEnoughData(
            Problem("TOO_FEW_CUSTOMERS", f"need at least 2 customers to exchange a feature; found {len(matrix)}", "add customers")
        )
    drawing, *seeds = np.random.SeedSequence(seed).spawn(repeats + 1)
    rows = np.arange(len(matrix))
    if len(matrix) > MOST_TRIED:
        rows = np.sort(np.random.default_rng(drawing).choice(len(matrix), size=MOST_TRIED, replace=False))
    points = preparation.apply(matrix.take(rows))
    features = families(preparation, matrix.columns)
    with one_thread():
        own = rule.assign(points)
        changed = np.array([_changed(points, own, rule, features, np.random.default_rng(spawned)) for spawned in seeds])
    told = [_told(feature, changed[:, place], len(rows)) for place, feature in enumerate(features)]
    return tuple(sorted(told, key=lambda each: (-each.changed, each.name)))


def sentence(found: Importance) -> str:
    """Say what an importance means.

    Examples
    --------
    >>> sentence(Importance("income", "Household income", ("income",), 0.412, 0.39, 0.43, 5000, 20))
    'If we did not know “Household income” of a customer, 41% would land in another segment (39% to 43%).'
    """
    interval = f"{percent(found.low)} to {percent(found.high)}"
    return f"If we did not know “{found.words}” of a customer, {percent(found.changed)} would land in another segment ({interval})."


def _changed(
    points: NDArray[np.float64], own: NDArray[np.int64], rule: Rule, features: tuple[Family, ...], generator: np.random.Generator
) -> list[float]:
    drawn = generator.integers(len(points), size=len(points))
    other = drawn[generator.permutation(len(points))]
    shares = []
    for feature in features:
        places = list(feature.places)
        exchanged = points[drawn]
        exchanged[:, places] = points[other][:, places]
        shares.append(float((rule.assign(exchanged) != own[drawn]).mean()))
    return shares


def _told(feature: Family, changed: NDArray[np.float64], customers: int) -> Importance:
    mean, reach = float(changed.mean()), _REACH * float(changed.std(ddof=1)) if len(changed) > 1 else 0.0
    low, high = max(mean - reach, 0.0), min(mean + reach, 1.0)
    return Importance(feature.name, feature.words, feature.members, mean, low, high, customers, len(changed))
