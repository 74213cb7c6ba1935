"""Small cells are hidden, and so is what would give them away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.disclosure import hide_small
from segmentry.errors import UsageError


def test_zero_is_shown() -> None:
    assert not hide_small([0, 0, 7]).any()


def test_a_second_cell_is_hidden_beside_a_single_small_one() -> None:
    assert hide_small([100, 50, 3, 20]).tolist() == [False, False, True, True]


def test_two_tiny_cells_need_a_third() -> None:
    assert hide_small([100, 1, 2, 20], floor=5).tolist() == [False, True, True, True]


def test_floor_below_one_is_refused() -> None:
    with pytest.raises(UsageError, match="floor is 0"):
        hide_small([1], floor=0)


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 12))
def test_what_is_hidden_cannot_be_worked_out_from_the_total(counts: list[int], floor: int) -> None:
    sizes = np.array(counts, dtype=int)
    hidden = hide_small(sizes, floor)
    assert not ((sizes > 0) & (sizes < floor) & ~hidden).any()
    if hidden.any():
        assert (hidden.sum() >= 2 and sizes[hidden].sum() >= floor) or not (~hidden & (sizes > 0)).any()
