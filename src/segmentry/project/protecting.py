"""The groups over which offers are checked for fairness: age, gender, place, or the columns that the settings name."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from segmentry.checks import suggestion
from segmentry.engines.engine import Engine, quoted
from segmentry.errors import UsageError
from segmentry.features.compute import FeatureTable
from segmentry.project.asking import called, values_of
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Attribute, Dataset
from segmentry.tables.words import tokens

Texts = NDArray[np.object_]
_GENDER = re.compile(r"\b(?:gender|sex|geschlecht|sexe|sexo|genre)\b")
BANDS = (18, 30, 45, 60, 75)
# Of a column with numbers.
_PARTS = 4


def protected(engine: Engine, dataset: Dataset, table: FeatureTable, settings: Settings) -> dict[str, Texts]:
    """Return groups by the words of their column, each of shape (n,); None where not known.

    Raises
    ------
    UsageError
        When the settings name a column that is not there.
    """
    if settings.plan.protected:
        named = [_named(dataset, name) for name in settings.plan.protected]
        return {each.words: _groups(engine, dataset, each) for each in named}
    found: dict[str, Texts] = {}
    if "age" in table.matrix.names:
        found["Age"] = banded(table.matrix.column("age"))
    for each in dataset.attributes:
        if each.kind == "category" and (each.role in ("age", "place") or _GENDER.search(" ".join(tokens(each.name)))):
            found.setdefault(each.words, _groups(engine, dataset, each))
    return found


def banded(ages: NDArray[np.float64]) -> Texts:
    """Return ages in bands as text; None where not known.

    Examples
    --------
    >>> banded(np.array([17.0, 44.0, 80.0, np.nan])).tolist()
    ['under 18', '30–44', '75 and over', None]
    """
    names = [
        f"under {BANDS[0]}",
        *(f"{low}–{high - 1}" for low, high in pairwise(BANDS)),
        f"{BANDS[-1]} and over",
        None,
    ]
    place = np.searchsorted(BANDS, np.nan_to_num(ages, nan=0.0), side="right")
    return np.array(names, dtype=object)[np.where(np.isnan(ages), len(names) - 1, place)]


def _groups(engine: Engine, dataset: Dataset, each: Attribute) -> Texts:
    if each.kind in ("number", "money"):
        values = values_of(engine, each.name, dataset.customers)
        known = values[~np.isnan(values)]
        cuts = np.unique(np.quantile(known, np.arange(1, _PARTS) / _PARTS)) if len(known) else np.zeros(0)
        names = np.array([f"part {place} of {len(cuts) + 1}" for place in range(1, len(cuts) + 2)] + [None], dtype=object)
        return np.asarray(names[np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, np.nan_to_num(values), side="right"))])
    found = engine.fetch(f"SELECT customer, CAST({quoted(each.name)} AS VARCHAR) AS level FROM customers ORDER BY customer")
    texts = np.full(dataset.customers, None, dtype=object)
    texts[found["customer"].astype(np.intp)] = found["level"]
    return texts


def _named(dataset: Dataset, wanted: str) -> Attribute:
    found = called(dataset, wanted)
    if found is None:
        names = [each.name for each in dataset.attributes] or ["none: nothing is known about customers"]
        raise UsageError(f"plan.protected names {wanted!r}, which no column of the customers is called; {suggestion(wanted, names)}")
    return found
