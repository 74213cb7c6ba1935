"""Segments keep their colours and marks; labels are inert."""

from __future__ import annotations

from segmentry.plots import theme


def test_segments_keep_colour_and_mark_by_id() -> None:
    marks = [(theme.colour(segment), theme.mark(segment)) for segment in range(11)]
    assert len(set(marks)) == 11
    assert len({theme.colour(segment) for segment in range(1, 9)}) == 8


def test_labels_show_tags_as_text() -> None:
    assert theme.label("<a href='x'>y</a>", 40) == "&lt;a href='x'&gt;y&lt;/a&gt;"
