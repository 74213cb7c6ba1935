"""Side views: rows, crossings and grids whose small cells cannot be read or worked out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from segmentry.errors import UsageError
from segmentry.segments.sideview import SideView, coarse, gridded, grouped, met, texts


def test_rows_add_up_to_all_customers_and_all_revenue() -> None:
    labels = np.repeat([1, 2, 0], [30, 50, 20])
    revenue = np.arange(100.0)
    rows = grouped(labels, {1: "a", 2: "b", 3: "never", 0: "none"}, revenue)
    assert [(row.id, row.customers) for row in rows] == [(1, 30), (2, 50), (0, 20)]
    assert sum(row.revenue or 0 for row in rows) == revenue.sum()
    assert sum(row.share or 0 for row in rows) == pytest.approx(1)
    assert sum(row.revenue_share or 0 for row in rows) == pytest.approx(1)


def test_hidden_rows_tell_neither_customers_nor_revenue() -> None:
    rows = grouped(np.repeat([1, 2, 3], [30, 3, 9]), {1: "a", 2: "b", 3: "c"}, np.ones(42))
    assert [row.customers for row in rows] == [30, None, None]
    assert all(row.revenue is None and row.share is None and row.revenue_share is None for row in rows[1:])


def test_a_label_without_a_name_is_refused() -> None:
    with pytest.raises(UsageError, match="Name every group"):
        grouped(np.array([1, 4]), {1: "a"})


def test_texts_are_the_names() -> None:
    assert texts(np.array([2, 0, 2]), {0: "none", 2: "b"}).tolist() == ["b", "none", "b"]


def test_agreement_is_the_adjusted_rand_index_of_scikit_learn_over_customers_in_both() -> None:
    rng = np.random.default_rng(0)
    main, labels = rng.integers(0, 4, size=500), rng.integers(0, 3, size=500)
    labels[main == 2] = 2
    agreement, meeting = met(main, labels)
    both = (main > 0) & (labels > 0)
    assert agreement == pytest.approx(adjusted_rand_score(main[both], labels[both]))
    assert meeting is not None
    assert meeting.segments == (1, 2, 3)
    assert meeting.customers[1][0] == 0
    assert abs((meeting.customers[1][1] or 0) - int(((main == 2) & (labels == 2)).sum())) <= 2


def test_nobody_in_both_is_no_error() -> None:
    assert met(np.array([1, 0]), np.array([0, 1])) == (None, None)


@given(st.integers(0, 10_000))
def test_a_hidden_cell_of_a_crossing_cannot_be_worked_out_from_its_row(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(4, size=(5, 2))
    for row, told in zip(counts, coarse(counts), strict=True):
        assert all(cell is None or cell == 0 or abs(cell - count) <= 2 for cell, count in zip(told, row, strict=True))
        assert all((cell is None) or not 0 < count < 5 for cell, count in zip(told, row, strict=True))
        if sum(cell is None for cell in told) == 1:
            (seen,) = (cell for cell in told if cell is not None)
            other = {int(row.sum()) - each for each in range(max(seen - 2, 5), seen + 3)} if seen else set()
            assert seen == 0 or len(other & {1, 2, 3, 4}) > 1


def test_a_grid_has_the_best_recent_score_on_top_and_counts_customers_once() -> None:
    down, across = np.repeat([5, 1, 0], [40, 30, 9]), np.repeat([1, 5, 3], [40, 30, 9])
    grid = gridded(down, across, np.full(79, 2.0))
    assert grid.down == (5, 4, 3, 2, 1)
    assert grid.across == (1, 2, 3, 4, 5)
    assert grid.customers[0][0] == 40
    assert grid.customers[4][4] == 30
    assert grid.revenue[0][0] == 80
    assert sum(cell or 0 for row in grid.customers for cell in row) == 70


def test_the_record_holds_no_customer() -> None:
    view = SideView(
        "places", "place", "By place", ("Words.",), grouped(np.ones(9, dtype=np.int64), {1: "Rome"}), texts(np.ones(9), {1: "Rome"})
    )
    told = view.figures()
    assert "labels" not in told
    assert json.loads(json.dumps(told))["rows"][0]["customers"] == 9
