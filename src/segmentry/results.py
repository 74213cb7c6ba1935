"""Small frozen results that every layer shares: notes, treatments, and their plain form for JSON.

A result lives next to its maker; only what several makers return stands here.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about the data, in words.

    Parameters
    ----------
    code : str
        Stable lower-case name, such as ``lines_not_baskets``.
    words : str
        One or two full sentences, with the figures; never a customer's value.
    level : {"info", "warning"}
        Warnings are shown first and in colour.
    table, column : str
        What it is about; empty when it is about all.
    """

    code: str
    words: str
    level: Literal["info", "warning"] = "info"
    table: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A cleaning rule that did something: named, counted, reversible by a setting.

    Parameters
    ----------
    rule : str
        Stable lower-case name, such as ``exact_duplicates``.
    count : int
        Rows or cells it touched.
    words : str
        What was found and what was done, in one sentence.
    table, column : str
        Where; empty when it is about all.
    money : float or None
        What it amounts to in the data's currency, when that is meant.
    setting : str
        The setting that turns it off or changes it, such as ``cleaning.exact_duplicates``.
    """

    rule: str
    count: int
    words: str
    table: str = ""
    column: str = ""
    money: float | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; how wide that is, its holder says.

    Examples
    --------
    >>> Estimate(10.0, 8.0, 13.0).low
    8.0
    """

    value: float
    low: float
    high: float


def plain(value: Any) -> Any:
    """Turn results into what JSON knows: dicts, lists, text, finite numbers, ``None``.

    Non-finite numbers become ``None``, dates ISO text, arrays lists, dataclasses dicts.

    Examples
    --------
    >>> plain(Note("empty", "Nothing there."))["level"]
    'info'
    >>> plain({"x": float("nan"), "y": np.float64(2.0)})
    {'x': None, 'y': 2.0}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.date | PurePath):
        return value.isoformat() if isinstance(value, datetime.date) else str(value)
    return value
