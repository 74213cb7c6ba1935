"""Spread, bounds and skewness that a few absurd customers cannot move.

``spread = max(IQR / 1.349, (q95 - q05) / 3.290)``: both estimate the standard deviation of a normal distribution; the larger one keeps
columns with many equal values (zeros, above all) from getting a spread that is far too small. Where both are zero the deviation of
the values with 1 % of each end drawn in takes over. Quantiles are order statistics that never reach the outermost value, so that a
single customer of 1e18 changes nothing. Source of the constants: quantiles of the normal distribution (Huber and Ronchetti,
*Robust Statistics*, 2nd ed., section 5).

Below ten values nothing is robust, and the plain deviation is used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEW = 10
BOUND = 5.0
LIMIT = 1e100
_IQR, _WIDE = 1.3489795003921634, 3.2897072539029457


def deviation(values: NDArray[np.float64]) -> float:
    """Return the standard deviation (ddof 0) of finite `values`, shape (n,); neither overflows nor underflows.

    Examples
    --------
    >>> deviation(np.array([1.0, 3.0])), deviation(np.array([0.1, 0.1, 0.1]))
    (1.0, 0.0)
    """
    if values.size == 0:
        return 0.0
    offset = values - values[0]
    largest = float(np.abs(offset).max())
    return 0.0 if largest == 0 else largest * float((offset / largest).std())


def drawn_in(values: NDArray[np.float64], share: float = 0.01) -> NDArray[np.float64]:
    """Return `values`, shape (n,), with `share` of each end (at least one value) set to the next value inside."""
    if values.size < FEW:
        return values
    cut = max(1, int(share * values.size))
    parts = np.partition(values, (cut, values.size - 1 - cut))
    return np.clip(values, parts[cut], parts[values.size - 1 - cut])


def spread(values: NDArray[np.float64]) -> float:
    """Return a robust standard deviation of finite `values`, shape (n,).

    Examples
    --------
    >>> values = np.arange(101.0)
    >>> spread(values) == spread(np.append(values[:-1], 1e18))
    True
    """
    if values.size < FEW:
        return deviation(values)
    low, q1 = np.quantile(values, (0.05, 0.25), method="higher")
    q3, high = np.quantile(values, (0.75, 0.95), method="lower")
    wide = max(float(q3 - q1) / _IQR, float(high - low) / _WIDE)
    return wide if wide > 0 else deviation(drawn_in(values))


def bounds(values: NDArray[np.float64], times: float = BOUND) -> tuple[float, float]:
    """Return median ± `times` robust deviations of finite `values`, shape (n,)."""
    centre, reach = float(np.median(values)), times * spread(values)
    return centre - reach, centre + reach


def skewness(values: NDArray[np.float64]) -> float:
    """Return the moment skewness of finite `values`, shape (n,), with 1 % of each end drawn in; 0 when they are all equal.

    Examples
    --------
    >>> round(skewness(np.exp(np.linspace(-2, 2, 101))), 1)
    1.3
    """
    inner = drawn_in(values)
    scale = deviation(inner)
    if scale == 0:
        return 0.0
    standard = (inner - inner.mean()) / scale
    # A product: powers of arrays are many times slower.
    return float((standard * standard * standard).mean())
