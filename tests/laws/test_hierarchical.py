"""Laws of trees: the order of rows changes nothing, repeated rows are weights, fewer groups are unions of more."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segmentry.segments.hierarchical import growing
from segmentry.segments.linkage import LINKAGES

POINTS = arrays.arrays(np.float64, st.tuples(st.integers(3, 14), st.integers(1, 3)), elements=st.integers(-4, 4).map(float))
LINKAGE = st.sampled_from(LINKAGES)


@given(POINTS, LINKAGE, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(points, linkage, random):
    order = list(range(len(points)))
    random.shuffle(order)
    one, two = growing(points, seed=0, linkage=linkage), growing(points[order], seed=0, linkage=linkage)
    assert one.tree.merges.tobytes() == two.tree.merges.tobytes()
    assert np.array_equal(one.members[order], two.members)


@given(POINTS, LINKAGE, st.data())
def test_repeated_rows_are_weights(points, linkage, data):
    times = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(points), max_size=len(points))))
    weighted = growing(points, seed=0, linkage=linkage, weights=times.astype(float))
    repeated = growing(np.repeat(points, times, axis=0), seed=0, linkage=linkage)
    assert weighted.tree.merges.tobytes() == repeated.tree.merges.tobytes()
    assert np.array_equal(np.repeat(weighted.members, times), repeated.members)


@given(POINTS, LINKAGE)
def test_fewer_groups_are_unions_of_more(points, linkage):
    grown = growing(points, seed=0, linkage=linkage)
    for k in range(1, grown.tree.leaves):
        fewer, more = grown.at(k).labels, grown.at(k + 1).labels
        assert len(np.unique(fewer)) == k
        assert len({*zip(fewer.tolist(), more.tolist(), strict=True)}) == k + 1
