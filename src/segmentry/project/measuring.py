"""From the dataset to features."""

from __future__ import annotations

from segmentry.engines.duckdb import DuckEngine
from segmentry.features.compute import FeatureTable
from segmentry.features.feature import FeatureSet
from segmentry.project.progress import Journal
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Dataset


def measure(engine: DuckEngine, dataset: Dataset, settings: Settings, journal: Journal, features: FeatureSet | None = None) -> FeatureTable:
    """Compute features as of the dataset's date: every one it can feed, or those of a frozen model."""
    from segmentry.features.compute import compute

    with journal.stage("features", "Computing features"):
        table = compute(engine, dataset, features, net_returns=settings.cleaning.net_returns)
        journal.found(f"{len(table.matrix.columns)} features of {len(table.matrix):,} customers")
    return table
