"""Sentences of others made to fit into a page: begun with a capital and ended, or begun without one after a colon."""

from __future__ import annotations

_ENDS = (".", "!", "?", ":")


def sentence(text: str) -> str:
    """Return a text begun with a capital and ended with a full stop; names of settings and columns stay as they are.

    Examples
    --------
    >>> sentence("there are 12 customers"), sentence("Wait."), sentence("trial.randomised is false"), sentence("")
    ('There are 12 customers.', 'Wait.', 'trial.randomised is false.', '')
    """
    text = text.strip()
    first = text.partition(" ")[0]
    begun = text if "_" in first or "." in first.rstrip(".") else text[:1].upper() + text[1:]
    return begun if not begun or begun.endswith(_ENDS) else f"{begun}."


def uncapped(text: str) -> str:
    """Return a text that goes on after a colon; words in capitals stay as they are.

    Examples
    --------
    >>> uncapped("Nobody knows."), uncapped("ROI is not known.")
    ('nobody knows.', 'ROI is not known.')
    """
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def opening(text: str) -> str:
    """Return the first sentence of a text.

    Examples
    --------
    >>> opening("Customers differ. The fifth gained most.")
    'Customers differ.'
    """
    head, stop, _ = text.partition(". ")
    return f"{head}." if stop else text
