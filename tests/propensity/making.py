"""Customers with planted answers."""

from __future__ import annotations

import numpy as np

from segmentry.matrix import Column, Matrix


def as_matrix(values: np.ndarray, *columns: Column) -> Matrix:
    """Return a matrix with columns x0, x1, … unless they are given."""
    values = np.asarray(values, dtype=np.float64)
    named = columns or tuple(Column(f"x{place}", f"X{place}") for place in range(values.shape[1]))
    return Matrix(np.array([f"c{place:07d}" for place in range(len(values))], dtype=object), named, values)


def planted(n: int = 600, p: int = 5, *, seed: int = 0, strength: float = 1.5, rate: float = -1.0) -> tuple[Matrix, np.ndarray]:
    """Return customers whose answer follows from the first three of p columns; from none with strength 0."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(n, p))
    logits = rate + strength * (values[:, 0] - 0.8 * values[:, 1] + 0.6 * values[:, 2])
    return as_matrix(values), (generator.random(n) < 1 / (1 + np.exp(-logits))).astype(np.float64)
