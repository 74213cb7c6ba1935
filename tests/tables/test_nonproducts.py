"""Postage, fees and the like are told from products by name and by form of code."""

from __future__ import annotations

import pytest

from segmentry.tables.nonproducts import named_a_charge, non_products


@pytest.mark.parametrize(
    "name",
    ["POSTAGE", "DOTCOM POSTAGE", "AMAZON FEE", "Bank Charges", "CRUK Commission", "Discount", "Manual", "CARRIAGE", "Next Day Carriage", "SAMPLES",
     "Adjust bad debt", "Dotcomgiftshop Gift Voucher £10.00", "PACKING CHARGE", "Shipping", "Versandkosten", "Delivery", "Gift card 25"],
)  # fmt: skip
def test_names_of_charges(name):
    assert named_a_charge(name)


@pytest.mark.parametrize(
    "name",
    ["FRENCH CARRIAGE LANTERN", "BLACK BAROQUE CARRIAGE CLOCK", "COFFEE", "SAMPLER SET", "POST BOX RED", "ADHESIVE TAPE", "MANUAL COFFEE GRINDER",
     "GIFT CARD HOLDER", "DISCOUNT SHELF SIGN 3", "12 PENCILS", "", "3"],
)  # fmt: skip
def test_names_of_products(name):
    assert not named_a_charge(name)


def test_short_letter_codes_are_none_where_nearly_all_codes_are_numbered():
    codes = [f"{number}" for number in range(20_000, 20_099)] + ["M", "C2", "85123A", "DCGSSBOY"]
    found = non_products(codes, [None] * len(codes))
    assert [code for code, extra in zip(codes, found, strict=True) if extra] == ["M", "C2"]


def test_codes_of_letters_are_products_where_codes_are_letters():
    codes = ["tea", "rye", "jam"] * 30
    assert not non_products(codes, [None] * 90).any()


def test_few_codes_are_not_judged_by_form():
    assert not non_products(["1001", "1002", "TEA"], ["a", "b", "tea"]).any()


def test_no_products_at_all():
    assert non_products([], []).tolist() == []
