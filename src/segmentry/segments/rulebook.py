"""Tables of rules, and the proof that every customer falls in exactly one of their segments.

The proof cuts every column at all the limits the rules mention, a cell for "not known" included, and asks for each combination of cells
which rules hold there: within a combination no rule can tell two customers apart, so one witness speaks for all. Nothing is sampled. Counts
and flags are taken as whole numbers from 0, so that "2 or fewer" and "3 or more" leave no hole. First-match-wins is never used silently:
an overlap is a defect of the table. Not for thousands of thresholds: combinations multiply, and large grids are refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.conditions import Condition, Rule
from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix

MOST_CELLS = 200_000
MOST_RULES = 200
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Segments defined by rules.

    Parameters
    ----------
    columns : tuple of Column
        What the rules may ask for.
    rules : tuple of Rule
        Rules of one name add up to one segment.
    otherwise : str
        Name of the segment of everyone else; empty when there is none, and the rules must leave no hole.
    grid : tuple of (str, tuple of float)
        Columns that are always known and take only these values, such as scores.

    Raises
    ------
    UsageError
        When a rule asks for a column or level that is not there, or for limits of a category.
    """

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    otherwise: str = ""
    grid: tuple[tuple[str, tuple[float, ...]], ...] = ()

    def __post_init__(self) -> None:
        """Check that rules and columns fit."""
        if not 1 <= len(self.rules) <= MOST_RULES:
            raise UsageError(f"the table has {len(self.rules):,} rules; allowed are 1 to {MOST_RULES}. Give rules with conditions.")
        columns = {column.name: column for column in self.columns}
        for rule in self.rules:
            for condition in rule.conditions:
                if condition.name not in columns:
                    raise UsageError(
                        f"the rule {rule.name!r} asks for {condition.name!r}, which is no column; {suggestion(condition.name, columns)}"
                    )
                _check_fit(rule.name, condition, columns[condition.name])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the segments in the order of the table, `otherwise` last."""
        return tuple(dict.fromkeys([*(rule.name for rule in self.rules), *filter(None, [self.otherwise])]))


@dataclass(frozen=True, slots=True)
class Witness:
    """A combination of cells that falls in no segment, or in two.

    Parameters
    ----------
    segments : tuple of str
        None for a hole, the two names for an overlap.
    rule : Rule
        The combination; its name is empty.
    words : str
        The combination for people.
    """

    segments: tuple[str, ...]
    rule: Rule
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the proof found.

    Parameters
    ----------
    exhaustive, disjoint : bool
        Whether everyone falls in a segment, and nobody in two.
    holes, overlaps : tuple of Witness
        The first ten holes, and one witness for each pair of segments that overlap.
    open_cells, cells : int
        Combinations without a segment, and all that were checked.
    words : str
        The verdict in a sentence or two.
    """

    exhaustive: bool
    disjoint: bool
    holes: tuple[Witness, ...]
    overlaps: tuple[Witness, ...]
    open_cells: int
    cells: int
    words: str


@dataclass(frozen=True, slots=True)
class _Cell:
    """A piece of a column no rule can tell apart, and a value in it."""

    condition: Condition
    value: float


def check(table: RuleTable) -> Verdict:
    """Prove that a table is exhaustive and disjoint, or show where it is not.

    Raises
    ------
    UsageError
        When the rules cut the columns into more than 200,000 combinations.

    Examples
    --------
    >>> spend = Column("spend", "Spend", "money")
    >>> check(RuleTable((spend,), (Rule("Low", (Condition("spend", high=100),)), Rule("High", (Condition("spend", low=90),))))).words
    'Customers with spend not known fall in no segment. Customers with spend 90 to under 100 fall in both “Low” and “High”.'
    """
    cells = _all_cells(table)
    shape = tuple(map(len, cells.values()))
    masks = {name: np.zeros(shape, dtype=bool) for name in dict.fromkeys(rule.name for rule in table.rules)}
    columns = {column.name: column for column in table.columns}
    for rule in table.rules:
        masks[rule.name] |= _where(rule, cells, columns)
    covered = np.zeros(shape, dtype=np.int64)
    for mask in masks.values():
        covered += mask
    empty = np.argwhere(covered == 0)
    holes = () if table.otherwise else tuple(_witness((), place, cells, table.columns) for place in empty[:_SHOWN].tolist())
    overlaps = _overlaps(masks, cells, table) if (covered > 1).any() else ()
    missed = 0 if table.otherwise else len(empty)
    words = _words(table, holes, overlaps, missed=missed, cells=covered.size)
    return Verdict(not holes, not overlaps, holes, overlaps, missed, int(covered.size), words)


def prove(table: RuleTable) -> RuleTable:
    """Return the table when it is exhaustive and disjoint.

    Raises
    ------
    UsageError
        With a witness in words of each hole and overlap.
    """
    verdict = check(table)
    if verdict.exhaustive and verdict.disjoint:
        return table
    advice = [
        *(["give a rule to everyone, or add one without conditions for everyone else"] if verdict.holes else []),
        *(["draw limits so that no customer fits two segments"] if verdict.overlaps else []),
    ]
    raise UsageError(f"the rules do not put every customer in exactly one segment. {verdict.words} Next: {' and '.join(advice)}.")


def apply(table: RuleTable, matrix: Matrix) -> NDArray[np.int64]:
    """Return the segment of each customer, shape (n,): 1 + its place in ``table.names``; 0 where no rule holds.

    Raises
    ------
    UsageError
        When a customer falls in two segments, or a column is not there.
    """
    labels = np.zeros(len(matrix), dtype=np.int64)
    for place, name in enumerate(table.names, start=1):
        inside = np.zeros(len(matrix), dtype=bool)
        for rule in table.rules:
            if rule.name == name:
                inside |= rule.holds(matrix)
        if (labels[inside] > 0).any():
            raise UsageError(f"the rules put customers both in {name!r} and in a segment before it; prove the table before it is applied.")
        labels[inside] = place
    if table.otherwise:
        labels[labels == 0] = table.names.index(table.otherwise) + 1
    return labels


def _check_fit(name: str, condition: Condition, column: Column) -> None:
    if column.kind == "category" and (condition.low is not None or condition.high is not None):
        raise UsageError(f'the rule {name!r} gives limits for {column.name!r}, a category; write {column.name} in ["…"] with its levels.')
    if condition.levels is None:
        return
    if column.kind != "category":
        raise UsageError(f"the rule {name!r} gives levels for {column.name!r}, a number; write {column.name} >= or < and a number.")
    for level in condition.levels:
        if level not in column.levels:
            raise UsageError(
                f"the rule {name!r} asks for {level!r} of {column.name!r}, which is none of its levels; {suggestion(level, column.levels)}"
            )


def _all_cells(table: RuleTable) -> dict[str, list[_Cell]]:
    asked: dict[str, list[Condition]] = {}
    for rule in table.rules:
        for condition in rule.conditions:
            asked.setdefault(condition.name, []).append(condition)
    columns, grid = {column.name: column for column in table.columns}, dict(table.grid)
    cells = {name: _cells(columns[name], conditions, grid.get(name)) for name, conditions in asked.items()}
    count = math.prod(map(len, cells.values()))
    if count > MOST_CELLS:
        raise UsageError(
            f"the rules cut {len(cells)} columns into {count:,} combinations; provable are up to {MOST_CELLS:,}. Use fewer columns or limits."
        )
    return cells


def _cells(column: Column, conditions: Sequence[Condition], values: Sequence[float] | None) -> list[_Cell]:
    name = column.name
    if values is not None:
        return [_Cell(Condition(name, value, math.nextafter(value, math.inf)), value) for value in values]
    unknown = _Cell(Condition(name, missing=True), math.nan)
    if column.kind == "category":
        return [*(_Cell(Condition(name, levels=(level,)), float(code)) for code, level in enumerate(column.levels)), unknown]
    cuts = sorted({limit for condition in conditions for limit in (condition.low, condition.high) if limit is not None})
    pieces = [Condition(name, low, high) for low, high in zip([None, *cuts], [*cuts, None], strict=True)]
    found = [_Cell(piece, _inside(piece, column)) for piece in pieces]
    return [*(cell for cell in found if not math.isnan(cell.value)), unknown]


def _inside(piece: Condition, column: Column) -> float:
    """Return a value of an interval; NaN when no value the column can take lies in it."""
    if column.kind not in ("count", "flag"):
        return piece.low if piece.low is not None else 0.0 if piece.high is None else math.nextafter(piece.high, -math.inf)
    value = 0.0 if piece.low is None else max(float(math.ceil(piece.low)), 0.0)
    past = (piece.high is not None and value >= piece.high) or (column.kind == "flag" and value > 1)
    return math.nan if past else value


def _where(rule: Rule, cells: dict[str, list[_Cell]], columns: dict[str, Column]) -> NDArray[np.bool_]:
    result = np.ones((1,) * len(cells), dtype=bool)
    for axis, (name, pieces) in enumerate(cells.items()):
        asked = [condition for condition in rule.conditions if condition.name == name]
        if asked:
            held = asked[0].fits(columns[name], np.array([piece.value for piece in pieces]))
            result = result & held.reshape([-1 if place == axis else 1 for place in range(len(cells))])
    return result


def _overlaps(masks: dict[str, NDArray[np.bool_]], cells: dict[str, list[_Cell]], table: RuleTable) -> tuple[Witness, ...]:
    names = list(masks)
    found = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            both = masks[first] & masks[second]
            if both.any():
                found.append(_witness((first, second), np.argwhere(both)[0].tolist(), cells, table.columns))
    return tuple(found)


def _witness(segments: tuple[str, ...], place: list[int], cells: dict[str, list[_Cell]], columns: tuple[Column, ...]) -> Witness:
    rule = Rule("", tuple(pieces[at].condition for at, pieces in zip(place, cells.values(), strict=True)))
    return Witness(segments, rule, rule.words(columns))


def _words(table: RuleTable, holes: Sequence[Witness], overlaps: Sequence[Witness], *, missed: int, cells: int) -> str:
    if not holes and not overlaps:
        rest = f", “{table.otherwise}” takes everyone else" if table.otherwise else ""
        return (
            f"Every customer falls in exactly one of {len(table.names)} segments{rest} (all {cells:,} combinations of limits were checked)."
        )
    parts = [f"Customers with {hole.words} fall in no segment." for hole in holes]
    if missed > len(holes):
        parts.append(f"So do {missed - len(holes):,} more combinations.")
    shown = [f"Customers with {each.words} fall in both “{each.segments[0]}” and “{each.segments[1]}”." for each in overlaps[:_SHOWN]]
    more = [f"{len(overlaps) - _SHOWN:,} more pairs of segments overlap."] if len(overlaps) > _SHOWN else []
    return " ".join([*parts, *shown, *more])
