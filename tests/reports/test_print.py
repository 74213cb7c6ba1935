"""The page on paper: small things stay in one piece, a card of a segment, which is longer than a page, may go on overleaf."""

from __future__ import annotations

import re
from importlib.resources import files


def test_small_things_are_not_cut_by_the_end_of_a_page_and_cards_may_be() -> None:
    style = files("segmentry.reports").joinpath("templates/page.css").read_text(encoding="utf-8")
    printed = style[style.index("@media print") :]
    rules = re.findall(r"([^{}]+)\{[^{}]*break-inside:avoid[^{}]*\}", printed)
    whole = {selector.strip() for rule in rules for selector in rule.split(",")}
    assert {"tr", ".picture", ".tile", ".box", ".card .columns>div"} <= whole
    assert ".card" not in whole
