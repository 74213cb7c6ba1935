"""What to do next with every customer: the offer of the plan, the next best products, the channel they answer.

Puts side by side what was found elsewhere (`targeting`, `recommendation`, `channels`), computes nothing, and leaves empty what nobody knows. The channel of an
offer is the offer's own where it has one: a letter is not telephoned.

When NOT to use: as permission. Consent is asked where offers are made (`eligibility`) and again where they are sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.errors import UsageError
from segmentry.plans.channels import Channels
from segmentry.plans.recommendation import Suggestions

Codes = NDArray[np.int64]
Texts = NDArray[np.object_]
NOTHING = ""


@dataclass(frozen=True, slots=True, eq=False)
class NextBest:
    """What to do next with every customer.

    Parameters
    ----------
    ids : array of str, shape (n,)
    offer : array of str, shape (n,)
        Of the plan; "" for none.
    channel : array of str, shape (n,)
        Of the offer, or the one the customer answers most; "" where none is known.
    products : tuple of arrays of str, shape (n,)
        The best new product, the second, …; "" where there are no more.
    because : array of str, shape (n,)
        The own product that speaks most for the first of them; "" where only popularity does.
    again : array of str, shape (n,)
        The product to buy once more; "" where there is none.
    channel_evidence, product_evidence : int array, shape (n,)
        Own contacts by that channel, and own products, that the advice rests on; 0 means that others speak for the customer.
    """

    ids: Texts
    offer: Texts
    channel: Texts
    products: tuple[Texts, ...]
    because: Texts
    again: Texts
    channel_evidence: Codes
    product_evidence: Codes

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.ids)


def next_best(
    ids: Texts,
    *,
    offer: Codes | None = None,
    offers: Sequence[tuple[str, str]] = (),
    suggestions: Suggestions | None = None,
    labels: Sequence[str] | None = None,
    channels: Channels | None = None,
) -> NextBest:
    """Return what to do next with every customer.

    Parameters
    ----------
    ids : array of str, shape (n,)
    offer : int array, shape (n,), optional
        Position in `offers`; −1 for none.
    offers : sequence of (str, str)
        Name and channel ("" for none) of each offer.
    suggestions : Suggestions, optional
        Of the same customers in the same order.
    labels : sequence of str, optional
        Names of the products for people; as in the data otherwise.
    channels : Channels, optional
        Of the same customers in the same order.

    Raises
    ------
    UsageError
        When the parts are not of the same customers.

    Examples
    --------
    >>> found = next_best(np.array(["a", "b"], dtype=object), offer=np.array([0, -1]), offers=[("10% off", "mail")])
    >>> found.offer.tolist(), found.channel.tolist(), found.products
    (['10% off', ''], ['mail', ''], ())
    """
    count = len(ids)
    _check(count, offer, offers, suggestions, labels, channels)
    chosen = np.full(count, -1, dtype=np.int64) if offer is None else np.asarray(offer, dtype=np.int64)
    given = _named(chosen, [name for name, _ in offers])
    through = _named(chosen, [channel for _, channel in offers])
    own = np.full(count, NOTHING, dtype=object) if channels is None else _named(channels.best, channels.names)
    # The offer's channel is a decision, the customer's habit only advice.
    by_habit = through == NOTHING
    contacts = np.zeros(count, dtype=np.int64) if channels is None else _evidence(channels, through, own, by_habit)
    names = () if suggestions is None else tuple(labels or suggestions.products)
    new = () if suggestions is None else tuple(_named(column, names) for column in suggestions.new.T)
    nothing = np.full(count, NOTHING, dtype=object)
    return NextBest(
        ids=ids,
        offer=given,
        channel=np.where(by_habit, own, through),
        products=new,
        because=nothing if suggestions is None else _named(suggestions.because[:, 0], names),
        again=nothing if suggestions is None else _named(suggestions.again[:, 0], names),
        channel_evidence=contacts,
        product_evidence=np.zeros(count, dtype=np.int64) if suggestions is None else suggestions.evidence,
    )


def columns(found: NextBest) -> dict[str, Texts | Codes]:
    """Return the columns of a file, one entry per customer, in order; text of what is not known is empty.

    Examples
    --------
    >>> list(columns(next_best(np.array(["a"], dtype=object))))
    ['id', 'next_offer', 'next_channel', 'channel_evidence', 'because', 'buy_again', 'product_evidence']
    """
    head: dict[str, Texts | Codes] = {
        "id": found.ids,
        "next_offer": found.offer,
        "next_channel": found.channel,
        "channel_evidence": found.channel_evidence,
    }
    products = {f"next_product_{place}": column for place, column in enumerate(found.products, start=1)}
    return head | products | {"because": found.because, "buy_again": found.again, "product_evidence": found.product_evidence}


def _check(
    count: int,
    offer: Codes | None,
    offers: Sequence[tuple[str, str]],
    suggestions: Suggestions | None,
    labels: Sequence[str] | None,
    channels: Channels | None,
) -> None:
    lengths = {
        "offers": None if offer is None else len(offer),
        "suggestions": None if suggestions is None else len(suggestions.new),
        "channels": None if channels is None else len(channels.best),
    }
    wrong = {name: length for name, length in lengths.items() if length not in (None, count)}
    if wrong:
        raise UsageError(f"there are {count:,} ids, but {wrong}; allowed is one entry per customer, in the same order. Align them.")
    if offer is not None and len(offer) and not (offer.min() >= -1 and offer.max() < len(offers)):
        raise UsageError(
            f"offers run from {offer.min()} to {offer.max()} of {len(offers)}; allowed is −1 to {len(offers) - 1}. Recode them."
        )
    if labels is not None and suggestions is not None and len(labels) != len(suggestions.products):
        raise UsageError(
            f"{len(labels)} labels were given for {len(suggestions.products)} products; allowed is one each. Give them in order."
        )


def _named(codes: Codes, names: Sequence[str]) -> Texts:
    """Return the name of each code; empty for −1."""
    return np.array([*names, NOTHING], dtype=object)[codes]


def _evidence(channels: Channels, through: Texts, own: Texts, by_habit: NDArray[np.bool_]) -> Codes:
    """Return own contacts by the channel that is named: known of the customer's best one only."""
    return np.where(by_habit | (through == own), channels.evidence, 0).astype(np.int64)
