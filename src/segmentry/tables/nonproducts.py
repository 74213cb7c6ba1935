r"""Lines that are no product: postage, fees, commissions, adjustments, bank charges, discounts, samples, vouchers.

Two rules, on each product's code and its most frequent name (one odd note on one line of a real product changes nothing):

* **words**: the name ends in a word that names a charge ("DOTCOM POSTAGE", "AMAZON FEE", "Gift Voucher £10.00"), begins with "adjust", or
  consists of nothing but a word that could also be part of a product's name ("Carriage", "Next day carriage", but not "French carriage lantern");
* **form**: at least 95 % of at least 50 codes hold two digits or more, and this one has at most four letters and one digit ("POST", "M", "C2").

They stay in ``lines`` as spend with ``extra = TRUE`` and count neither as distinct products nor as a category.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.engine import Engine, literal
from segmentry.results import Treatment
from segmentry.tables.treatments import CleaningOptions, Remarks, counted

MOST = 0.95
FEWEST_CODES = 50
LONGEST_SHOWN = 20
_CHARGE = (
    r"postage|shipping|shipping costs?|freight|fees?|commission|surcharge|(bank|packing|service|delivery|handling|shipping|processing|credit card) charges?|"
    r"handling|gift vouchers?|voucher|adjustment|adjust|discount|rebate|rounding|bad debt|deposit refund|p&p|versand|versandkosten|porto|frais de port"
)
_ALONE = r"carriage|delivery|manual|samples?|insurance|charges?|gift cards?|donations?|tips?"
_BESIDE = r"next|same|day|standard|express|free|home|extra|store|paid|the|of|and"
_NAME_ENDS = re.compile(rf"(^|[^a-z])({_CHARGE})$")
_NAME_IS = re.compile(rf"^(({_BESIDE}) )*({_ALONE})$")
_AMOUNT_AT_END = re.compile(r"[\s£$€]*[\d.,]*\s*$")
_SHORT_CODE = re.compile(r"[^\W\d_]{1,4}\d?")


def non_products(codes: Sequence[str], names: Sequence[str | None]) -> NDArray[np.bool_]:
    """Return which products are none.

    Parameters
    ----------
    codes : sequence of str, length n
        Distinct product codes.
    names : sequence of str or None, length n
        Their most frequent names.

    Returns
    -------
    bool array of shape (n,)

    Examples
    --------
    >>> non_products(["85123A", "POST", "22960"], ["T-LIGHT HOLDER", "POSTAGE", "FRENCH CARRIAGE LANTERN"]).tolist()
    [False, True, False]
    """
    by_form = _codes_are_numbered(codes)
    return np.array(
        [
            named_a_charge(name or code) or (by_form and _SHORT_CODE.fullmatch(code) is not None)
            for code, name in zip(codes, names, strict=True)
        ],
        dtype=bool,
    )


def named_a_charge(name: str) -> bool:
    """Return whether a product's name says that it is a charge and no product.

    Examples
    --------
    >>> named_a_charge("Gift Voucher £10.00"), named_a_charge("Next Day Carriage"), named_a_charge("COFFEE")
    (True, True, False)
    """
    text = _AMOUNT_AT_END.sub("", " ".join(name.casefold().split())).strip(" .:-")
    return text.startswith("adjust") or _NAME_ENDS.search(text) is not None or _NAME_IS.search(text) is not None


def _codes_are_numbered(codes: Sequence[str]) -> bool:
    numbered = sum(sum(letter.isdigit() for letter in code) >= 2 for code in codes)
    return len(codes) >= FEWEST_CODES and numbered >= MOST * len(codes)


def mark_non_products(engine: Engine) -> None:
    """Set ``extra`` in ``__products``, the table of all products that were bought."""
    found = engine.fetch("SELECT product, name FROM __products ORDER BY product")
    extras = np.asarray(found["product"], dtype=object)[non_products(found["product"].tolist(), found["name"].tolist())]
    if len(extras):
        engine.run(f"UPDATE __products SET extra = TRUE WHERE product IN ({', '.join(literal(code) for code in extras)})")


def settle_non_products(engine: Engine, options: CleaningOptions, *, money: bool) -> Remarks:
    """Say which codes are no product, on how many lines and what they amount to; take the lines out if the setting says so.

    Parameters
    ----------
    engine : Engine
        With ``lines`` and ``__products``.
    options : CleaningOptions
    money : bool
        Whether the lines have amounts.
    """
    amount = "sum(amount)::DOUBLE" if money else "NULL"
    found = engine.rows(f"SELECT product, count(*) AS n, {amount} FROM lines WHERE extra GROUP BY product ORDER BY n DESC, product")
    if not found:
        return Remarks()
    if options.non_products == "drop":
        engine.run("DELETE FROM lines WHERE extra")
    count = sum(int(row[1]) for row in found)
    shown = [str(row[0]) for row in found if len(str(row[0])) <= LONGEST_SHOWN][:6]
    codes = ", ".join(shown) + (" and others" if len(found) > len(shown) else "")
    done = "taken out" if options.non_products == "drop" else "kept as spend, not counted as products"
    words = (
        f"{counted(count, 'line')} of {counted(len(found), 'code')} that {'is' if len(found) == 1 else 'are'} no product ({codes}): {done}."
    )
    total = round(sum(float(row[2] or 0) for row in found), 2) if money else None
    return Remarks(treatments=(Treatment("non_products", count, words, "lines", money=total, setting="cleaning.non_products"),))
