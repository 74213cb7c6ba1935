"""Argument checks whose messages finish the sentence: what, received, allowed, next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from segmentry.errors import UsageError


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise unless ``low <= value <= high``.

    Raises
    ------
    UsageError
        Naming the argument, what was received and what is allowed.

    Examples
    --------
    >>> check_range("k", 0, 2, 50)
    Traceback (most recent call last):
    segmentry.errors.UsageError: k is 0; allowed is 2 to 50. Give a value in that range.
    """
    if not low <= value <= high:
        raise UsageError(f"{name} is {value}; allowed is {low} to {high}. Give a value in that range.")


def check_choice(name: str, value: str, allowed: Iterable[str]) -> None:
    """Raise unless `value` is one of `allowed`, with the nearest as a suggestion."""
    choices = list(allowed)
    if value not in choices:
        raise UsageError(f"{name} is {value!r}; {suggestion(value, choices)}")


def suggestion(value: str, names: Iterable[str]) -> str:
    """Return "did you mean …?" and the list of what is allowed.

    Examples
    --------
    >>> suggestion("segmnets", ["segments", "read"])
    "did you mean 'segments'? Allowed: read, segments."
    """
    known = sorted(name if name.strip(" ,.;") else repr(name) for name in names)
    near = difflib.get_close_matches(value.casefold(), known, n=1, cutoff=0.6)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"{guess}Allowed: {', '.join(known)}."
