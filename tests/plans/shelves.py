"""Purchases made up so that it is known which products go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentry.plans.bought import Bought


def purchases(owned: NDArray[np.bool_], *, until: int = 100, seed: int = 0) -> Bought:
    """Return purchases on random days of what customers (rows) own (columns)."""
    rng = np.random.default_rng(seed)
    customer, product = np.nonzero(owned)
    last = rng.integers(1, until + 1, len(customer))
    names = tuple(f"p{place:03d}" for place in range(owned.shape[1]))
    return Bought(len(owned), names, customer, product, last, rng.integers(1, 6, len(customer)), until)


def tastes(customers: int, products: int, seed: int, *, groups: int = 1, strength: float = 4.0) -> tuple[Bought, Bought]:
    """Return purchases before and after a day: products of a customer's own group are likelier by `strength`; with one group all are alike."""
    rng = np.random.default_rng(seed)
    popularity = 0.3 / np.arange(1, products + 1) ** 0.5
    own = rng.integers(0, groups, customers)[:, None] == np.arange(products) % groups
    chance = np.minimum(0.9, popularity * np.where(own & (groups > 1), strength, 1.0))
    before, later = (rng.random((customers, products)) < chance for _ in range(2))
    return purchases(before, seed=seed), purchases(later, until=130, seed=seed + 1)
