"""Compute features: one query per stage serves all, the result is a matrix over all customers in id order."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.bridge import codes, collect_ids, levels_of
from segmentry.engines.engine import Engine
from segmentry.features.catalogue import available
from segmentry.features.feature import STAGES, Feature, FeatureSet
from segmentry.features.purchases import FREQUENCY
from segmentry.features.returns import Netting
from segmentry.features.windows import day_of, window
from segmentry.matrix import Matrix
from segmentry.results import Note
from segmentry.tables.dataset import Dataset

STAGE_TABLE = "__stage_features"
AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features of all customers as of a day.

    Parameters
    ----------
    matrix : Matrix
        All customers in id order; NaN where a feature is not known.
    as_of : date or None
    set_aside : bool array, shape (n,)
        Customers without a purchase occasion, in data that has transactions; all False otherwise.
    revenue : str
        Name of the column with each customer's revenue; empty when the data has no amounts.
    netting : Netting
        What became of returns and cancelled orders; its `treatments()` are words for the report.
    notes : tuple of Note
    """

    matrix: Matrix
    as_of: datetime.date | None
    set_aside: NDArray[np.bool_]
    revenue: str
    netting: Netting = field(default_factory=Netting)
    notes: tuple[Note, ...] = ()


def compute(
    engine: Engine,
    dataset: Dataset,
    features: FeatureSet | None = None,
    *,
    as_of: datetime.date | None = None,
    net_returns: Literal["net", "keep"] = "net",
) -> FeatureTable:
    """Compute features as of a day; nothing dated later is looked at.

    Parameters
    ----------
    features : FeatureSet or None
        None means all that the dataset can feed (`catalogue.available`); for a frozen model `catalogue.recall` gives them.
    as_of : date or None
        None means the dataset's own.
    net_returns : {"net", "keep"}
        Returns and cancelled orders: set off against their purchases (see `features.returns`), or kept as negative spend on their own day.
    """
    date = as_of or dataset.as_of
    day = day_of(date)
    chosen = available(engine, dataset, as_of=day) if features is None else features
    view = window(engine, dataset, day, returns=net_returns)
    ids = collect_ids(engine)
    buys = "lines" in dataset.has
    asked = chosen | FREQUENCY if buys and FREQUENCY.name not in chosen.names else chosen
    values = np.empty((len(ids), len(asked)))
    columns = [feature.column() for feature in asked]
    for stage in STAGES:
        places = [place for place, feature in enumerate(asked) if feature.stage == stage]
        if places:
            wanted = [asked.features[place] for place in places]
            exprs = [feature.expr(view.moment).alias(f"f{place}") for place, feature in zip(places, wanted, strict=True)]
            frame = view.frames[stage]
            engine.keep(STAGE_TABLE, frame.select("customer", *exprs) if stage == "customers" else frame.group_by("customer").agg(*exprs))
            for place, levels in _carry(engine, values, places, wanted).items():
                columns[place] = replace(columns[place], levels=levels)
    matrix = Matrix(ids=ids, columns=tuple(columns), values=values)
    aside = matrix.column(FREQUENCY.name) == 0 if buys else np.zeros(len(ids), dtype=bool)
    kept = matrix if len(asked) == len(chosen) else matrix.select(chosen.names)
    return FeatureTable(kept, date, aside, revenue=_revenue(dataset, chosen.names), netting=view.netting, notes=_notes(aside, kept))


def _carry(engine: Engine, values: NDArray[np.float64], places: Sequence[int], wanted: Sequence[Feature]) -> dict[int, tuple[str, ...]]:
    """Bring one stage into its columns of the matrix, whatever the order of its rows; return the levels of categories."""
    levels = {
        place: levels_of(engine, STAGE_TABLE, f"f{place}")
        for place, feature in zip(places, wanted, strict=True)
        if feature.kind == "category"
    }
    for place, feature in zip(places, wanted, strict=True):
        values[:, place] = feature.empty
    for start in range(0, len(values), AT_ONCE):
        # Each row knows its place, so nothing is sorted.
        batch = engine.fetch(f"SELECT * FROM {STAGE_TABLE} WHERE customer >= {start} AND customer < {start + AT_ONCE}")
        rows = batch["customer"].astype(np.intp)
        for place in places:
            found: NDArray[Any] = batch[f"f{place}"]
            values[rows, place] = codes(found, levels[place]) if place in levels else found.astype(np.float64)
    return levels


def _revenue(dataset: Dataset, names: Sequence[str]) -> str:
    """Return the column that stands for revenue: net spend, or a snapshot's total, single spend or amount column."""
    single = [
        attribute.name for role in ("amount", "spend") for attribute in dataset.attributes if attribute.role == role and attribute.use
    ]
    return next((name for name in ("monetary", "total_spend", *single) if name in names), "")


def _notes(aside: NDArray[np.bool_], matrix: Matrix) -> tuple[Note, ...]:
    if not aside.any():
        return ()
    count = int(aside.sum())
    words = (
        f"{count:,} of {len(matrix):,} customers have no purchase (no day with positive net spend) up to the as-of date; "
        "they are set aside by rule, not clustered."
    )
    return (Note("no_purchase", words, table="lines"),)
