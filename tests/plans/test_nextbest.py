"""Next best: the parts side by side, nothing where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plans.shelves import tastes

from segmentry.errors import UsageError
from segmentry.plans.channels import channels
from segmentry.plans.lifts import learn_lifts
from segmentry.plans.nextbest import columns, next_best
from segmentry.plans.recommendation import suggest

IDS = np.array([f"c{place:03d}" for place in range(100)], dtype=object)


def test_offer_products_and_channel_stand_side_by_side() -> None:
    before, _ = tastes(100, 8, 1, groups=2)
    products = suggest(before, learn_lifts(before), count=2)
    how = channels(
        np.arange(100), np.arange(100) % 2, (np.arange(100) % 2).astype(float), names=["mail", "phone"], segment=np.zeros(100, int)
    )
    offer = np.where(np.arange(100) < 3, 0, -1)
    found = next_best(
        IDS,
        offer=offer,
        offers=[("voucher", "mail")],
        suggestions=products,
        labels=[f"Product {place}" for place in range(8)],
        channels=how,
    )
    assert found.offer[:4].tolist() == ["voucher", "voucher", "voucher", ""]
    assert found.channel[:4].tolist() == ["mail", "mail", "mail", "phone"]
    assert found.channel_evidence[:2].tolist() == [0, 0]
    assert found.channel_evidence[5] == 1
    assert found.products[0][7] == f"Product {products.new[7, 0]}"
    file = columns(found)
    assert list(file)[:6] == ["id", "next_offer", "next_channel", "channel_evidence", "next_product_1", "next_product_2"]
    assert {len(column) for column in file.values()} == {100}
    assert not any(text is None for text in file["because"])


def test_without_any_part_everything_is_empty() -> None:
    found = next_best(IDS)
    assert set(found.offer) == set(found.channel) == set(found.again) == {""}
    assert found.products == ()
    assert len(found) == 100
    assert len(next_best(IDS[:0])) == 0


def test_an_offer_without_a_channel_takes_the_customers_own() -> None:
    how = channels(np.arange(100), np.ones(100, int), np.ones(100), names=["mail", "phone"], segment=np.zeros(100, int))
    found = next_best(IDS, offer=np.zeros(100, int), offers=[("voucher", "")], channels=how)
    assert set(found.channel) == {"phone"}


def test_parts_of_other_customers_are_refused_in_words() -> None:
    with pytest.raises(UsageError, match="there are 100 ids, but"):
        next_best(IDS, offer=np.zeros(99, int), offers=[("voucher", "")])
    with pytest.raises(UsageError, match="allowed is −1 to 0"):
        next_best(IDS, offer=np.ones(100, int), offers=[("voucher", "")])
