"""Segments keep their lasting ids: what was found for a segment stands beside it, whatever its number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segmentry.reports.cards import jaccard
from segmentry.segments.results import Stability


def test_overlap_is_looked_up_by_id_and_not_by_place(story) -> None:
    told = replace(story(), stability=Stability(0.9, 0.8, (0.5, 0.9, 0.7), np.ones(3), 20, 3, ids=(7, 2, 4)))
    assert [jaccard(told, segment) for segment in (7, 2, 4, 1, 0)] == [0.5, 0.9, 0.7, None, None]
