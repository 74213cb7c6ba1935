"""The chapter on whether segments are real: what follows is said, witnesses are shown only where they were computed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segmentry.reports import segmentation, structure
from segmentry.segments.outline import Outline


def with_witnesses(story):
    tried = tuple(replace(one, gap=0.1 * one.k, gap_error=0.02, stability=1 - 0.1 * one.k) for one in story.selection.by_k)
    return replace(story, selection=replace(story.selection, by_k=tried))


@pytest.mark.parametrize(
    ("verdict", "words"), [("segments", "different groups of people"), ("slices", "like age bands"), ("not enough data", "")]
)
def test_what_follows_from_the_verdict_is_said(story, verdict: str, words: str) -> None:
    said = structure.sentences(replace(story(), structure=replace(story().structure, verdict=verdict)))
    assert (words in said[-1]) if words else len(said) == 1


def test_a_promise_is_smaller_where_a_segment_is_not_stable(story) -> None:
    made = story()
    steady = replace(made.stability, jaccard=tuple(0.9 for _ in made.stability.jaccard))
    shaky = replace(made.stability, jaccard=tuple(0.5 for _ in made.stability.jaccard))
    assert structure.sentences(replace(made, stability=steady))[-1].endswith("show them again.")
    assert structure.sentences(replace(made, stability=shaky))[-1].endswith("less surely.")


def test_witnesses_are_shown_where_they_were_computed(story) -> None:
    assert structure.witnesses(story()) == ()
    found = structure.witnesses(with_witnesses(story()))
    assert [picture.id for picture in found] == ["gap", "stability-by-k"]
    assert f"{story().selection.k} was chosen" in found[0].alt
    assert {"against", "stability"} == {picture.id for picture in structure.pictures(with_witnesses(story()))}
    assert [picture.id for picture in segmentation.choice_pictures(with_witnesses(story()))][:4] == [
        "choice-1",
        "gap",
        "stability-by-k",
        "choice-2",
    ]


def test_the_silhouette_plot_names_the_least_clear_segment_and_its_sample(story) -> None:
    profiles = story().profiles
    drawn = (Outline(1, np.array([0.9, 0.8]), 0.85, 2), Outline(2, np.array([0.3, -0.1]), 0.1, 40))
    picture = structure.outline(profiles, drawn, 0.4)
    assert profiles[1].name in picture.caption.split(".")[0]
    assert "4 of 42 customers" in picture.caption
    assert "50% nearer to another segment" in picture.alt
    assert structure.outline(profiles, drawn[:1], 0.4) is None
