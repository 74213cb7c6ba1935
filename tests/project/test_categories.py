"""A table of categories alone: refused with a way out that works, and its planted groups are found that way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest
from sklearn.metrics import adjusted_rand_score

import segmentry
from segmentry.errors import Degenerate
from segmentry.project.settings import parse

LIKES = np.array([["tea", "red", "north"], ["coffee", "blue", "south"], ["juice", "green", "east"]], dtype=object)


def people() -> tuple[polars.DataFrame, np.ndarray]:
    """Three groups of 60; nine of ten customers have the level their group likes, in each of three columns."""
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], 60)
    columns = {
        name: np.where(rng.random(180) < 0.9, LIKES[groups, place], LIKES[rng.integers(0, 3, 180), place]).astype(str)
        for place, name in enumerate(("drink", "colour", "area"))
    }
    return polars.DataFrame({"customer_id": [f"k{place:04}" for place in range(180)], **columns}), groups


def test_the_refusal_of_categories_alone_names_the_method_that_takes_them(tmp_path: Path) -> None:
    with pytest.raises(Degenerate, match="need at least 1 numeric feature; found 0 in 3 columns") as caught:
        segmentry.run(("people", people()[0]), out=tmp_path)
    assert "let the categories take part with --method kprototypes, or name some of them with --features" in str(caught.value)


def test_planted_groups_of_categories_are_found_by_that_method(tmp_path: Path) -> None:
    table, groups = people()
    done = segmentry.run(("people", table), out=tmp_path, settings=parse({"segments": {"method": ["kprototypes"]}}))
    assert sorted(set(done.labels.tolist())) == [1, 2, 3]
    assert adjusted_rand_score(groups, done.labels[np.argsort(done.ids)]) > 0.9
    assert all(profile.name.startswith("Mostly ") for profile in done.profiles)
