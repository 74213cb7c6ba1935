"""What customers bought, as arrays: one entry per customer and product. The input of lifts, suggestions and their hold-out.

When NOT to use: for baskets. What was bought together on one day is another question; here it is who owns what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """Products of customers.

    Parameters
    ----------
    customers : int
        All, with or without a product.
    products : tuple of str
        Each once.
    customer, product : int array, shape (m,)
        0 … customers − 1 and positions in `products`; no pair twice.
    last : int array, shape (m,)
        Last day of purchase.
    days : int array, shape (m,)
        Days on which it was bought, 1 or more.
    until : int
        Last day looked at.

    Raises
    ------
    UsageError
        When lengths differ, codes are out of range, or a pair stands there twice.

    Examples
    --------
    >>> found = Bought(2, ("tea", "cup"), np.array([1, 0]), np.array([0, 1]), np.array([5, 7]), np.array([1, 1]), 9)
    >>> found.customer.tolist(), found.buyers.tolist()
    ([0, 1], [1, 1])
    """

    customers: int
    products: tuple[str, ...]
    customer: Codes
    product: Codes
    last: Codes
    days: Codes
    until: int

    def __post_init__(self) -> None:
        """Check that the parts fit, and put them in the order of customers and products."""
        parts = (self.customer, self.product, self.last, self.days)
        if any(part.shape != self.customer.shape for part in parts):
            raise UsageError(
                f"arrays of purchases have shapes {[part.shape for part in parts]}; allowed is one length for all. Align them."
            )
        for name, part, most in (("customers", self.customer, self.customers), ("products", self.product, len(self.products))):
            if part.size and not (part.min() >= 0 and part.max() < most):
                raise UsageError(f"{name} run from {part.min()} to {part.max()}; allowed is 0 to {most - 1}. Recode them.")
        order = np.lexsort((self.product, self.customer))
        for name, part in zip(("customer", "product", "last", "days"), parts, strict=True):
            object.__setattr__(self, name, np.asarray(part, dtype=np.int64)[order])
        keys = self.customer * max(1, len(self.products)) + self.product
        if (keys[1:] == keys[:-1]).any():
            raise UsageError(
                f"{int((keys[1:] == keys[:-1]).sum()):,} pairs of customer and product stand there twice; allowed is each once. Sum up their days."
            )

    @property
    def buyers(self) -> Codes:
        """Customers per product, shape (p,)."""
        return np.bincount(self.product, minlength=len(self.products)).astype(np.int64)

    @property
    def active(self) -> int:
        """Customers with at least one product."""
        return len(np.unique(self.customer))

    def incidence(self, products: Codes, *, latest: int | None = None) -> Any:
        """Return a sparse matrix (customers × products asked for) of 1 where a customer bought a product, on day `latest` or later.

        Parameters
        ----------
        products : int array, shape (k,)
            Rising positions in `products`.
        latest : int, optional
        """
        return self._matrix(products, np.ones(len(self.customer)), self.last >= (self.last.min(initial=0) if latest is None else latest))

    def frequency(self, products: Codes) -> Any:
        """Return the days on which each product was bought, as a sparse matrix (customers × products asked for)."""
        return self._matrix(products, self.days.astype(np.float64), np.ones(len(self.days), dtype=bool))

    def _matrix(self, products: Codes, values: NDArray[np.float64], rows: NDArray[np.bool_]) -> Any:
        from scipy.sparse import csr_array

        place = np.full(len(self.products), -1, dtype=np.int64)
        place[products] = np.arange(len(products))
        kept = rows & (place[self.product] >= 0)
        entries = self.customer[kept], place[self.product[kept]]
        return csr_array((values[kept], entries), shape=(self.customers, len(products)))
