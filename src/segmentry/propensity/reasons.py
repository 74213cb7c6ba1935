"""Why a customer's probability is what it is, in words: the two columns that raise it most and the two that lower it most.

Logistic models: what a column adds to the log-odds against the average customer; exact, the parts add up. Other models: how far the log-odds move when
the column (with those that restate it) is set to what is typical, the median or the most common level, and all else stays (single-column replacement; one of
the quickest local attributions). It takes each column alone: where two only work together, both are named and their parts do not add up.

Every customer is explained by a model that never saw them. Not a cause: see `explanation.ASSOCIATION`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.evaluation.threads import one_thread
from segmentry.matrix import Column, Matrix
from segmentry.preparation.words import figure, percent
from segmentry.propensity.candidates import Linear, Model, logit
from segmentry.propensity.explanation import Kin

Floats = NDArray[np.float64]

FAINT = 0.1
EACH_WAY = 2
ORDINARY = "Nothing stands out: close to the typical customer in all that matters"
AT_ONCE = 20_000


def contributions(model: Model, matrix: Matrix, kin: Sequence[Kin], typical: Floats) -> Floats:
    """Return what each group of columns adds to every customer's log-odds, shape (n, groups).

    Parameters
    ----------
    model : Model
    matrix : Matrix
    kin : sequence of Kin
    typical : float array, shape (p,)
        As of `typical_values`.
    """
    with one_thread():
        if isinstance(model, Linear):
            parts = model.contributions(matrix)
            return np.column_stack([parts[:, list(group.places)].sum(axis=1) for group in kin])
        own = logit(model.probability(matrix))
        return np.column_stack([own - logit(model.probability(_set(matrix, group, typical))) for group in kin])


def typical_values(matrix: Matrix) -> Floats:
    """Return the median of every number and the most common level of every category, shape (p,); NaN where nothing is known.

    Examples
    --------
    >>> typical_values(Matrix(np.array(list("abc"), dtype=object), (Column("x", "X"),), np.array([[1.0], [5.0], [np.nan]]))).tolist()
    [5.0]
    """
    found = np.full(len(matrix.columns), np.nan)
    for place, column in enumerate(matrix.columns):
        known = matrix.values[:, place][~np.isnan(matrix.values[:, place])]
        if len(known) == 0:
            continue
        different, counts = np.unique(known, return_counts=True)
        found[place] = different[np.argmax(counts)] if column.kind == "category" else np.quantile(known, 0.5, method="higher")
    return found


def _set(matrix: Matrix, group: Kin, typical: Floats) -> Matrix:
    values = matrix.values.copy()
    values[:, list(group.places)] = typical[list(group.places)]
    return Matrix(matrix.ids, matrix.columns, values)


def told(matrix: Matrix, kin: Sequence[Kin], added: Floats) -> NDArray[np.object_]:
    """Return the reasons of every customer in words, shape (n,).

    Parameters
    ----------
    matrix : Matrix
    kin : sequence of Kin
    added : float array, shape (n, groups)
        As of `contributions`.

    Examples
    --------
    >>> column = Column("recency", "Days since last purchase", "days", "days")
    >>> matrix = Matrix(np.array(["a"], dtype=object), (column,), np.array([[12.0]]))
    >>> told(matrix, [Kin((0,), column, "Days since last purchase")], np.array([[0.7]]))[0]
    'Raised by Days since last purchase (12 days)'
    """
    order = np.argsort(added, axis=1, kind="stable")
    shown = [_Shown(group.column, matrix.values[:, group.places[0]]) for group in kin]
    found = np.empty(len(matrix), dtype=object)
    for row, (places, parts) in enumerate(zip(order.tolist(), added.tolist(), strict=True)):
        up = [shown[place](row) for place in places[: -EACH_WAY - 1 : -1] if parts[place] > FAINT]
        down = [shown[place](row) for place in places[:EACH_WAY] if parts[place] < -FAINT]
        found[row] = _sentence(up, down)
    return found


def _sentence(up: list[str], down: list[str]) -> str:
    if not up and not down:
        return ORDINARY
    parts = [f"raised by {' and '.join(up)}"] * bool(up) + [f"lowered by {' and '.join(down)}"] * bool(down)
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


class _Shown:
    """A column's value in words, each different one written once."""

    def __init__(self, column: Column, values: Floats) -> None:
        self.column, self.values, self.written = column, values, dict[float, str]()

    def __call__(self, row: int) -> str:
        value = float(self.values[row])
        if value not in self.written:
            self.written[value] = f"{self.column.words} ({value_words(self.column, value)})"
        return self.written[value]


def value_words(column: Column, value: float) -> str:
    """Return one value of a column in words.

    Examples
    --------
    >>> value_words(Column("f", "Member", "flag"), 1.0), value_words(Column("s", "Share", "share"), 0.25), value_words(Column("x", "X"), np.nan)
    ('yes', '25%', 'not known')
    """
    if np.isnan(value):
        return "not known"
    if column.kind == "category":
        return column.levels[int(value)] if 0 <= int(value) < len(column.levels) else "not known"
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind == "share":
        return percent(value)
    said = column.kind != "days" and column.unit in column.words.casefold()
    unit = "" if said else _ONE.get(column.unit, column.unit) if value == 1 else column.unit
    return f"{_rounded(value)} {unit}".strip()


def _rounded(value: float) -> str:
    """Return a number as people say it: two decimals at most, none from 100 on; below a hundredth, what there is of it.

    Examples
    --------
    >>> _rounded(2 / 3), _rounded(2.375), _rounded(45.678), _rounded(0.0012345), _rounded(1234.56)
    ('0.67', '2.38', '45.7', '0.0012', '1,235')
    """
    if 0 < abs(value) < 1:
        return figure(round(value, 2)) if abs(value) >= 0.01 else figure(float(f"{value:.2g}"))
    return figure(value)


_ONE = {
    "days": "day",
    "years": "year",
    "purchases": "purchase",
    "visits": "visit",
    "items": "item",
    "children": "child",
    "people": "person",
}


def explained(models: Sequence[Model], matrix: Matrix, kin: Sequence[Kin], typical: Floats) -> NDArray[np.object_]:
    """Return the reasons of every customer by the mean of several models, shape (n,), in batches."""
    found = np.empty(len(matrix), dtype=object)
    for start in range(0, len(matrix), AT_ONCE):
        part = matrix.take(np.arange(start, min(start + AT_ONCE, len(matrix))))
        added = np.mean([contributions(model, part, kin, typical) for model in models], axis=0)
        found[start : start + len(part)] = told(part, kin, added)
    return found
