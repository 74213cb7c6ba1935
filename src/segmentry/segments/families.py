"""Which columns of the clustered space belong to one feature, as a marketer counts features.

One feature may make several columns: a category has one per level, a number with gaps has a second one that marks them, and shares that add up
(such as of spend by category) are one feature in several parts. Whoever permutes, tests or hides a feature does so to all its columns at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.matrix import Column
from segmentry.preparation.learning import Preparation
from segmentry.preparation.steps import Step


@dataclass(frozen=True, slots=True)
class Family:
    """Columns of the clustered space that are one feature.

    Parameters
    ----------
    name : str
        Of the feature; of shares that add up what they have in common, such as "category=".
    words : str
        For people.
    members : tuple of str
        Features of the matrix it is made of.
    places : tuple of int
        Columns of the points.
    """

    name: str
    words: str
    members: tuple[str, ...]
    places: tuple[int, ...]


def families(preparation: Preparation, columns: Sequence[Column]) -> tuple[Family, ...]:
    """Return the features of a clustered space, in the order of their first column.

    Examples
    --------
    >>> import numpy as np
    >>> from segmentry.matrix import Matrix
    >>> from segmentry.preparation.learning import learn
    >>> columns = tuple(Column(f"category={name}", f"Share of spend by category: {name}", "share", group="range") for name in ("A", "B"))
    >>> values = np.array([[0.2, 0.8], [0.5, 0.4], [0.9, 0.1]])
    >>> matrix = Matrix(np.array(["a", "b", "c"], dtype=object), columns, values)
    >>> [(each.words, each.places) for each in families(learn(matrix), columns)]
    [('Share of spend by category', (0, 1))]
    """
    known = {column.name: column for column in columns}
    places: dict[str, list[int]] = {}
    for place, step in enumerate(preparation.steps):
        places.setdefault(_key(step, known[step.name]), []).append(place)
    return tuple(_family(key, preparation.steps, own, known) for key, own in places.items())


def _key(step: Step, column: Column) -> str:
    """A weight below one says that the preparation took the column as one of several shares that add up."""
    if column.kind != "share" or step.weight == 1:
        return column.name
    return column.name.split("=")[0] + "=" if "=" in column.name else f"shares of {column.group}"


def _family(key: str, steps: Sequence[Step], places: list[int], known: dict[str, Column]) -> Family:
    members = tuple(dict.fromkeys(steps[place].name for place in places))
    fronts = {known[member].words.split(":")[0] for member in members}
    words = fronts.pop() if len(fronts) == 1 else f"Shares: {known[members[0]].words} and {len(members) - 1} more"
    return Family(key, (known[members[0]].words if len(members) == 1 else words) or key, members, tuple(places))
