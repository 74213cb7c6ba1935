"""How much customers bought, whatever it was, and baskets of one and the same taste made up to match.

With shares of money it matters how uneven the amounts are: one dear item among cheap ones is nearly the whole basket. Purchases of amounts ``a``
are worth ``(Σ a)² / Σ a²`` equal ones (Kish 1965, *Survey Sampling*). A made-up customer makes as many purchases as the real one, each falls to a product by
one taste (multinomial), and the amounts are gamma with the shape that makes them worth as much on average: ``E Σa² / (Σa)² = (1 + h) / (1 + n h)``.

Not for amounts of a single purchase that goes to several products: it counts as one choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Baskets:
    """How much customers bought, whatever it was.

    Parameters
    ----------
    purchases : int array, shape (n,)
        From 1.
    worth : float array, shape (n,)
        How many equal purchases they are worth; brought between 1 and `purchases`.
    """

    purchases: NDArray[np.int64]
    worth: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Bring the worth into its bounds."""
        object.__setattr__(self, "worth", np.clip(self.worth, 1.0, self.purchases))

    def draw(self, taste: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
        """Return shares of customers of one taste, shape (n, p), with amounts so uneven that they are worth what they are on average.

        Examples
        --------
        >>> Baskets(np.array([4]), np.array([4.0])).draw(np.array([1.0, 0.0]), np.random.default_rng(0)).tolist()
        [[1.0, 0.0]]
        """
        counts = generator.multinomial(self.purchases, taste)
        less = self.purchases - self.worth
        # Gamma amounts of this shape have E Σa² / (Σa)² = 1 / worth; their sums are gamma again.
        shape = np.divide(self.worth - 1.0, less, out=np.zeros(len(less)), where=less > 0)
        spent = np.where((less > 0)[:, None], generator.standard_gamma(counts * shape[:, None]), counts)
        total = spent.sum(axis=1, keepdims=True)
        one = generator.multinomial(1, taste, size=len(less))
        return np.asarray(np.where(total > 0, spent / np.where(total > 0, total, 1.0), one))
