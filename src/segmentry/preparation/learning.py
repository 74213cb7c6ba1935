"""Learn how a matrix becomes points in one comparable space, keep it, apply it to new customers.

Steps are learned column by column (see `steps`); constant, empty and duplicate columns are left out and named. A family of k shares
that add up (``category=…``, ``channel=…``, or three and more shares of one group) is weighted by ``1 / sqrt(k)`` per column, so that it counts as one feature.
Nothing here changes the canonical tables: filled values exist in the fitted space only.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import Degenerate, ModelRefused, NotEnoughData, Problem
from segmentry.matrix import Column, Matrix
from segmentry.preparation.steps import Dropped, Step, learn_levels, learn_missing, learn_number
from segmentry.preparation.words import listed, percent
from segmentry.results import Note

_TEXTS = ("name", "transform", "level", "heavy_tailed", "reason", "words")
_NUMBERS = ("centre", "scale", "weight", "fill", "low", "high", "missing", "beyond")


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was learned; apply it to any matrix that has the columns.

    Parameters
    ----------
    steps : tuple of Step
        One per column of the points it makes.
    dropped : tuple of Dropped
        Columns left out, with the reason.
    customers : int
        Rows it was learned from.
    """

    steps: tuple[Step, ...]
    dropped: tuple[Dropped, ...] = ()
    customers: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the matrix it needs, each once."""
        return tuple(dict.fromkeys(step.name for step in self.steps))

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of the columns of the points, such as "income" or "education: PhD"."""
        return tuple(step.label for step in self.steps)

    @property
    def space(self) -> str:
        """The space in words, such as "standardised, 12 features"."""
        count = len(self.names)
        logs = len({step.name for step in self.steps if step.transform in {"log1p", "signed log"}})
        words = f"standardised, {count} {'feature' if count == 1 else 'features'}"
        return f"{words}, {logs} of them on a log scale" if logs else words

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know: columns left out, extreme values drawn in, values filled."""
        notes = [Note(f"degenerate: {drop.code}({drop.name})", _left_out(drop), "warning", column=drop.name) for drop in self.dropped]
        drawn = [step for step in self.steps if step.beyond]
        if drawn:
            told = "; ".join(f"“{step.words or step.name}”: {step.beyond:,}" for step in drawn)
            words = f"Customers far outside the rest count as if they stood at the edge (median ± 5 robust deviations), of {self.customers:,}: {told}."
            notes.append(Note("extreme_values", words))
        for step in self.steps:
            words = step.words or step.name
            if step.missing and step.transform not in {"missing", "level"}:
                told = (
                    f"{percent(step.missing)} of the customers have no value in “{words}”; for the clustering alone the median stands in."
                )
                notes.append(Note("filled_values", told, column=step.name))
        return tuple(notes)

    def apply(self, matrix: Matrix) -> NDArray[np.float64]:
        """Return the points, shape (n, number of steps), finite; a row has the same bits in any batch.

        Raises
        ------
        UsageError
            When a column is missing.
        Degenerate
            When a value is infinite.
        """
        points = np.empty((len(matrix), len(self.steps)))
        for place, step in enumerate(self.steps):
            where = matrix.position(step.name)
            points[:, place] = step.apply(matrix.columns[where], matrix.values[:, where])
        return points

    def to_arrays(self) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
        """Return names and words as plain data, and the numbers as one array, for the store."""
        text = [{name: getattr(step, name) for name in _TEXTS} for step in self.steps]
        numbers = np.array([[float(getattr(step, name)) for name in _NUMBERS] for step in self.steps], dtype=np.float64).reshape(
            -1, len(_NUMBERS)
        )
        return {"steps": text, "dropped": [dataclasses.asdict(drop) for drop in self.dropped], "customers": self.customers}, {
            "steps": numbers
        }

    @classmethod
    def from_arrays(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[np.float64]]) -> Preparation:
        """Rebuild what `to_arrays` returned.

        Raises
        ------
        ModelRefused
            When the parts do not fit each other.
        """
        try:
            rows = np.asarray(arrays["steps"], dtype=np.float64)
            if rows.shape != (len(plain["steps"]), len(_NUMBERS)) or not np.isfinite(rows).all() or (rows[:, 1] <= 0).any():
                raise ValueError("shape")  # noqa: TRY301
            steps = tuple(
                Step(**text, **dict(zip(_NUMBERS, row, strict=True))) for text, row in zip(plain["steps"], rows.tolist(), strict=True)
            )
            steps = tuple(dataclasses.replace(step, beyond=int(step.beyond)) for step in steps)
            return cls(steps, tuple(Dropped(**drop) for drop in plain["dropped"]), int(plain["customers"]))
        except (KeyError, TypeError, ValueError):
            reason = "names and numbers of its preparation do not fit each other"
            raise ModelRefused(Problem("MODEL_DAMAGED", reason, "use an unchanged copy of the model")) from None


def _left_out(drop: Dropped) -> str:
    return f"“{drop.words or drop.name}” was left out of the clustering: {drop.reason}."


def learn(matrix: Matrix, names: Sequence[str] | None = None) -> Preparation:
    """Learn the preparation of a matrix.

    Parameters
    ----------
    matrix : Matrix
        Customers by features, at least two rows.
    names : sequence of str, optional
        Features to use; by default all but categories, which take part only by name.

    Returns
    -------
    Preparation

    Raises
    ------
    NotEnoughData
        With fewer than two customers.
    Degenerate
        When no feature varies, or a value is infinite.
    UsageError
        When a name is unknown.

    Examples
    --------
    >>> ids = np.array(["a", "b", "c"], dtype=object)
    >>> prepared = learn(Matrix(ids, (Column("age", "Age"),), np.array([[20.0], [30.0], [40.0]])))
    >>> prepared.space, prepared.steps[0].centre
    ('standardised, 1 feature', 30.0)
    """
    if len(matrix) < 2:
        raise NotEnoughData(Problem("TOO_FEW_CUSTOMERS", f"need at least 2 customers to compare; found {len(matrix)}", "add customers"))
    wanted = [column.name for column in matrix.columns if column.kind != "category"] if names is None else list(dict.fromkeys(names))
    chosen = matrix.select(wanted)
    steps, dropped = _learn_columns(chosen)
    if not steps:
        raise Degenerate(_no_variation(matrix, dropped))
    return Preparation(tuple(steps), tuple(dropped), len(matrix))


def _learn_columns(matrix: Matrix) -> tuple[list[Step], list[Dropped]]:
    families = Counter(_family(column) for column in matrix.columns if column.kind == "share")
    steps: list[Step] = []
    dropped: list[Dropped] = []
    seen: dict[bytes, str] = {}
    for column, values in zip(matrix.columns, matrix.values.T, strict=True):
        learned = _learn_column(column, values, _weight(column, families))
        if isinstance(learned, Dropped):
            dropped.append(learned)
            continue
        content = repr(column.levels).encode() + np.where(np.isnan(values), np.nan, values + 0.0).tobytes()
        twin = seen.setdefault(content, column.name)
        if twin != column.name:
            dropped.append(Dropped(column.name, "duplicate_column", f"it holds the same values as {twin}", column.words))
            continue
        for step in learned:
            # Columns that are empty for the same customers share one indicator.
            pattern = np.isnan(values).tobytes()
            if step.transform == "missing" and seen.setdefault(pattern, step.label) != step.label:
                continue
            steps.append(step)
    return steps, dropped


def _family(column: Column) -> str:
    return column.name.split("=")[0] + "=" if "=" in column.name else column.group


def _weight(column: Column, families: Counter[str]) -> float:
    family = _family(column)
    size = families[family]
    # Two lone shares of a group, such as of returns and of discounts, do not add up to anything.
    return 1 / math.sqrt(size) if column.kind == "share" and (family.endswith("=") or size > 2) else 1.0


def _learn_column(column: Column, values: NDArray[np.float64], weight: float) -> list[Step] | Dropped:
    if column.kind == "category":
        return learn_levels(column, values)
    step = learn_number(column, values, weight)
    if isinstance(step, Dropped):
        return step
    indicator = learn_missing(column, values, weight)
    return [step] if indicator is None else [step, indicator]


def _no_variation(matrix: Matrix, dropped: Sequence[Dropped]) -> Problem:
    if dropped:
        reason = f"need at least 1 feature that varies between customers; found 0 among {listed([drop.name for drop in dropped])} ({dropped[0].reason})"
    else:
        reason = f"need at least 1 numeric feature; found 0 in {len(matrix.columns)} columns"
    idle = {column.name for column in matrix.columns if column.kind == "category"} - {drop.name for drop in dropped}
    categories = ", let the categories take part with --method kprototypes, or name some of them with --features" if idle else ""
    return Problem("NO_VARIATION", reason, f"add columns that differ between customers{categories}")
