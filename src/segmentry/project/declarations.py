"""What was declared of an experiment before its start, read back from the ``design.json`` beside its assignment."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentry.errors import DataRefused, Problem
from segmentry.project.baselines import COUNTED
from segmentry.project.drawing import FORMAT
from segmentry.project.settings import Settings
from segmentry.tables.dataset import Dataset

_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Declaration:
    """What was declared before the start.

    Parameters
    ----------
    experiment : str
    shares : dict of str to float
        By arm, the control first.
    metric : str
        The one that decides.
    days : int
    start : date or None
    """

    experiment: str
    shares: dict[str, float]
    metric: str
    days: int
    start: datetime.date | None


def read_declaration(path: Path) -> Declaration:
    """Read ``design.json``.

    Raises
    ------
    DataRefused
        ``NOT_A_DESIGN`` when it is none.
    """
    try:
        return _declaration(path)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataRefused(
            Problem(
                "NOT_A_DESIGN",
                "it does not say what was declared before the start",
                "give the assignment.csv in the folder that 'segmentry experiment assign' wrote, with its design.json beside it",
                file=path.name,
            )
        ) from None


def _declaration(path: Path) -> Declaration:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= _BYTES else {"format": None}
    if told["format"] != FORMAT:
        raise ValueError
    shares = {str(arm["name"]): float(arm["share"]) for arm in told["arms"]}
    start = None if told["start"] is None else datetime.date.fromisoformat(told["start"])
    return Declaration(str(told["experiment"]), shares, str(told["primary_metric"]), int(told["days"]), start)


def declared_settings(settings: Settings, found: Declaration, dataset: Dataset) -> Settings:
    """Return settings in which what was declared wins: the metric that decides comes first, the others are exploratory."""
    outcome: tuple[str, ...] = (found.metric,)
    if found.metric in COUNTED:
        allowed = [name for name in COUNTED if name != "revenue" or "lines.amount" in dataset.has]
        outcome = (found.metric, *(name for name in allowed if name != found.metric))
    return settings.over(
        "trial",
        experiment=found.experiment,
        shares=found.shares,
        control=next(iter(found.shares)),
        outcome=outcome if "lines" in dataset.has or found.metric not in COUNTED else None,
        days=found.days,
    )
