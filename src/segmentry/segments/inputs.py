"""What `Segmentation` accepts besides a Matrix: arrays and anything with columns, without knowing any dataframe library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.matrix import Column, Matrix


def as_matrix(data: Any) -> Matrix:
    """Return `data` as a Matrix.

    Parameters
    ----------
    data : Matrix, two-dimensional array, or an object with `columns` and ``data[name]``
        Columns of an array are called x0, x1, …; text columns of a frame become categories. Customers are numbered in their order.

    Raises
    ------
    UsageError
        When it is none of these.

    Examples
    --------
    >>> as_matrix(np.array([[1, 2], [3, 4]], dtype=np.int8)).names
    ('x0', 'x1')
    """
    if isinstance(data, Matrix):
        if data.weights is not None:
            raise UsageError(
                f"the matrix has {len(data.weights):,} weights; allowed is one row per customer here. Pass a matrix without weights."
            )
        return data
    if hasattr(data, "columns") and not callable(data.columns):
        names = [str(name) for name in data.columns]
        read = [_column(name, np.asarray(data[key])) for name, key in zip(names, data.columns, strict=True)]
        values = np.column_stack([part for _, part in read]) if read else np.empty((len(data), 0))
        return Matrix(_ids(len(values)), tuple(column for column, _ in read), values)
    values = _numbers("the array", np.asarray(data))
    if values.ndim != 2:
        raise UsageError(
            f"the array has {values.ndim} dimensions; allowed are 2. Pass customers by features, such as values.reshape(-1, 1)."
        )
    return Matrix(_ids(len(values)), tuple(Column(f"x{place}", f"x{place}") for place in range(values.shape[1])), values)


def _ids(count: int) -> NDArray[np.object_]:
    width = len(str(max(count - 1, 0)))
    return np.array([f"{place:0{width}d}" for place in range(count)], dtype=object)


def _column(name: str, cells: NDArray[Any]) -> tuple[Column, NDArray[np.float64]]:
    if cells.dtype.kind in "biuf":
        return Column(name, name, "flag" if cells.dtype.kind == "b" else "number"), cells.astype(np.float64)
    try:
        return Column(name, name), _numbers(name, cells)
    except UsageError:
        return _category(name, cells)


def _category(name: str, cells: NDArray[Any]) -> tuple[Column, NDArray[np.float64]]:
    # A missing cell is None, or something that does not equal itself.
    known = [not (cell is None or cell != cell) for cell in cells.tolist()]  # noqa: PLR0124
    texts = [str(cell) for cell, is_known in zip(cells.tolist(), known, strict=True) if is_known]
    levels = tuple(sorted(set(texts)))
    places = {level: place for place, level in enumerate(levels)}
    codes = np.full(len(cells), np.nan)
    codes[np.array(known, dtype=bool)] = [places[text] for text in texts]
    return Column(name, name, "category", levels=levels), codes


def _numbers(name: str, cells: NDArray[Any]) -> NDArray[np.float64]:
    # Text is not guessed to be a number, though numpy would.
    text = cells.dtype.kind == "O" and any(isinstance(cell, str | bytes) for cell in cells.ravel().tolist())
    try:
        if cells.dtype.kind in "biufO" and not text:
            return cells.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(
        f"{name} holds {'text' if text else cells.dtype} values; allowed are numbers. Pass numbers, or a frame with named columns for categories."
    )
