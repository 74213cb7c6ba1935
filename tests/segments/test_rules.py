"""The eleven classical segments: every pair of scores has exactly one, within the range the usual grid gives it."""

from __future__ import annotations

import itertools

import numpy as np

from segmentry.segments.rfm import Scores
from segmentry.segments.rulebook import check
from segmentry.segments.rules import MEANINGS, RFM

# The grid as it is usually published (recency, mean of frequency and monetary value), holes and overlaps included.
USUAL = {
    "Champions": ((4, 5), (4, 5)),
    "Loyal": ((2, 5), (3, 5)),
    "Potential loyalists": ((3, 5), (1, 3)),
    "New customers": ((4, 5), (0, 1)),
    "Promising": ((3, 4), (0, 1)),
    "Need attention": ((2, 3), (2, 3)),
    "About to sleep": ((2, 3), (0, 2)),
    "At risk": ((0, 2), (2, 5)),
    "Can't lose them": ((0, 1), (4, 5)),
    "Hibernating": ((1, 2), (1, 2)),
    "Lost": ((0, 2), (0, 2)),
}
CELLS = np.array(list(itertools.product(range(1, 6), repeat=3)))


def named() -> list[str]:
    labels = Scores(*CELLS.T).segments
    assert (labels > 0).all()
    return [RFM.names[label - 1] for label in labels]


def test_the_checker_proves_the_eleven_segments() -> None:
    verdict = check(RFM)
    assert (verdict.exhaustive, verdict.disjoint, verdict.cells, len(RFM.names)) == (True, True, 45, 11)


def test_each_of_the_125_cells_has_exactly_one_segment() -> None:
    for recent, often, spent in CELLS.tolist():
        value = (often + spent) / 2
        names = set()
        for rule in RFM.rules:
            fits = [
                (c.low is None or score >= c.low) and (c.high is None or score < c.high)
                for c, score in zip(rule.conditions, (recent, value), strict=True)
            ]
            names |= {rule.name} if all(fits) else set()
        assert len(names) == 1, (recent, often, spent, names)
    assert set(named()) == set(RFM.names) == set(USUAL) == set(MEANINGS)


def test_each_name_keeps_to_the_range_of_the_usual_grid() -> None:
    for (recent, often, spent), name in zip(CELLS.tolist(), named(), strict=True):
        (first, last), (low, high) = USUAL[name]
        assert first <= recent <= last
        # The usual grid rounds the mean of two scores to whole numbers.
        assert low <= np.floor((often + spent) / 2) <= high or low <= (often + spent) / 2 <= high
