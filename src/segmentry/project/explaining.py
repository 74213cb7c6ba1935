"""What makes the segments of a run: evidence, a short rule for each, and which segment would be the second choice of every customer."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.sql import members_sql, script_sql
from segmentry.features.compute import FeatureTable
from segmentry.project.settings import Settings
from segmentry.results import plain
from segmentry.segments.evidence import Evidence, Fitted, gather
from segmentry.segments.induction import SegmentRule, induce
from segmentry.segments.overlap import second
from segmentry.segments.results import SegmentProfile
from segmentry.segments.segmentation import Segmentation
from segmentry.segments.view import numbered

_REMARK = "One query per segment: the rules are short and may overlap; segments.csv holds the segments themselves."


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known about the segments beyond their profiles.

    Parameters
    ----------
    evidence : Evidence
    rules : tuple of SegmentRule
    votes : float array, shape (n,)
        Share of the refits in which a customer comes back to the own segment; NaN for those set aside or in none.
    second : int array, shape (n,)
        Id of the segment that would be the second choice; 0 where there is none.
    """

    evidence: Evidence
    rules: tuple[SegmentRule, ...]
    votes: NDArray[np.float64]
    second: NDArray[np.int64]


def explain(table: FeatureTable, segmentation: Segmentation, profiles: tuple[SegmentProfile, ...], settings: Settings) -> Explained:
    """Gather what makes the segments."""
    view = segmentation.views_[segmentation.selection_.method]
    tried = {k: ids - 1 for k, ids in view.others.items() if (ids > 0).all()}
    fitted = Fitted(view.ids, segmentation.rule_, segmentation.preparation_, segmentation.points_, segmentation.approach().fit, tried)
    evidence = gather(table.matrix.take(~table.set_aside), fitted, seed=settings.run.seed)
    names = {each.id: each.name for each in profiles}
    features = segmentation.preparation_.names
    rules = induce(table.matrix, segmentation.labels_, features=features, names=names, seed=settings.run.seed)
    votes = np.full(len(table.matrix), np.nan)
    votes[segmentation.labels_ > 0] = segmentation.stability_.votes
    others = np.zeros(len(table.matrix), dtype=np.int64)
    found = second(segmentation.points_, segmentation.rule_, view.clustering.labels)
    others[~table.set_aside] = np.maximum(numbered(found, segmentation.ids_), 0)
    return Explained(_with_ids(evidence, segmentation.ids_), rules, votes, others)


def write_rules(folder: Path, rules: tuple[SegmentRule, ...]) -> None:
    """Write ``rules.json`` and, for a warehouse, ``rules.sql`` over a table ``features`` such as ``features.parquet``."""
    text = json.dumps(plain({"segments": rules}), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    (folder / "rules.json").write_text(text + "\n", encoding="utf-8")
    queries = [(f"{each.rule.name}: {each.words}", members_sql(each.rule)) for each in rules if each.rule is not None]
    (folder / "rules.sql").write_text(f"-- {_REMARK}\n{script_sql(queries)}", encoding="utf-8")


def _with_ids(evidence: Evidence, ids: tuple[int, ...]) -> Evidence:
    """Return the evidence with the lasting ids of the segments."""
    drivers = tuple(replace(each, segment=ids[each.segment - 1]) for each in evidence.drivers)
    overlaps = tuple(replace(each, one=ids[each.one - 1], other=ids[each.other - 1]) for each in evidence.overlaps)
    return replace(evidence, drivers=drivers, overlaps=overlaps)
