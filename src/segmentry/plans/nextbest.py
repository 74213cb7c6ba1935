"""Next best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class NextBest:
    """What to do next with every customer.

    Parameters
    ----------
    ids : array of str, shape (n,)
    offer : array of str, shape (n,)
        Of the plan; "" for none.
    products : tuple of arrays of str, shape (n,)
        The best new product, the second, …; "" where there are no more.
    again : array of str, shape (n,)
        The product to buy once more; "" where there is none.
    channel : array of str, shape (n,)
        "" where none is known.
    channel_evidence, product_evidence : int array, shape (n,)
        Own contacts, and own products, that the advice rests on.
    """

    ids: Texts
    offer: Texts
    products: tuple[Texts, ...]
    again: Texts
    channel: Texts
    channel_evidence: Codes
    product_evidence: Codes
