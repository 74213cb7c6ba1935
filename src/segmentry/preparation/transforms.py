"""Which transform a column needs before it is standardised: none, ``log1p`` or a signed logarithm; by its skewness, not by its name.

A column is skewed when its moment skewness (1 % of each end drawn in, see `robust.skewness`) exceeds 1 in size. Skewed columns without
negative values get ``log(1 + x)``, skewed columns with negative values ``sign(x) log(1 + |x|)``; a transform that does not lessen
the skewness is not used. Shares and flags stay as they are. Not for columns that mean directions or codes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.matrix import Kind
from segmentry.preparation.robust import skewness

Transform = Literal["none", "log1p", "signed log"]
SKEWED = 1.0


def transformed(values: NDArray[np.float64], transform: str) -> NDArray[np.float64]:
    """Return `values`, shape (n,), on the scale of `transform`; NaN stays NaN.

    Values below the domain of ``log1p`` (a new customer with a negative amount) are taken as 0.

    Examples
    --------
    >>> transformed(np.array([0.0, np.e - 1]), "log1p").tolist()
    [0.0, 1.0]
    """
    # Contiguous input: numpy has separate code for strided arrays, whose last bits may differ.
    plain = np.ascontiguousarray(values, dtype=np.float64)
    if transform == "log1p":
        return np.log1p(np.maximum(plain, 0.0))
    if transform == "signed log":
        return np.sign(plain) * np.log1p(np.abs(plain))
    return plain


def restored(value: float, transform: str) -> float:
    """Return a value of the transformed scale in the column's own unit.

    Examples
    --------
    >>> round(restored(1.0, "log1p"), 4), restored(3.0, "none")
    (1.7183, 3.0)
    """
    if transform == "log1p":
        return float(np.expm1(min(max(value, 0.0), 700.0)))
    if transform == "signed log":
        return float(np.sign(value) * np.expm1(min(abs(value), 700.0)))
    return value


def choose_transform(values: NDArray[np.float64], kind: Kind = "number") -> tuple[Transform, str]:
    """Return the transform for finite `values`, shape (n,), and the reason in words.

    Examples
    --------
    >>> choose_transform(np.exp(np.linspace(0, 8, 200)))[0]
    'log1p'
    """
    if kind in {"share", "flag", "category"}:
        return "none", f"a {kind} is used as it is"
    before = skewness(values)
    if abs(before) <= SKEWED:
        return "none", f"skewness {before:.1f}: no transform needed"
    transform: Transform = "log1p" if values.min() >= 0 else "signed log"
    after = skewness(transformed(values, transform))
    if abs(after) >= abs(before):
        return "none", f"skewness {before:.1f}, which a logarithm does not lessen: no transform"
    name = "log(1 + x)" if transform == "log1p" else "signed log"
    return transform, f"skewness {before:.1f}: {name} brings it to {after:.1f}"
