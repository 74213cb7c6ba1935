"""The chapter with other views: names, folded figures, nothing hidden is told."""

from __future__ import annotations

import numpy as np

from segmentry.reports.page import environment
from segmentry.reports.views import chapters
from segmentry.segments.results import SegmentProfile
from segmentry.segments.sideview import SideView, gridded, grouped, met, texts

CALLED = {1: "Champions", 2: "<script>alert(1)</script>", 3: "Tiny", 0: "Not scored"}


def view() -> SideView:
    labels = np.repeat([1, 2, 3, 0], [60, 40, 3, 20])
    main = np.repeat([1, 2], [70, 53])
    agreement, meeting = met(main, labels)
    rows = grouped(labels, CALLED, np.full(123, 10.0), words={1: "Bought lately."})
    grid = gridded(np.where(labels == 1, 5, 2), np.where(labels == 1, 5, 1), np.full(123, 10.0))
    return SideView("rfm", "rfm_segment", "By RFM", ("The lead.", "A remark."), rows, texts(labels, CALLED), agreement, meeting, grid)


def profiles() -> tuple[SegmentProfile, ...]:
    return tuple(SegmentProfile(each, name, "cluster", 50, 0.5, None, None, (), (), ()) for each, name in ((1, "Loyal"), (2, "Lapsed")))


def test_a_view_has_a_lead_pictures_and_folded_figures() -> None:
    (chapter,) = chapters([view()], profiles(), "£")
    assert (chapter.lead, chapter.remarks[0]) == ("The lead.", "A remark.")
    assert [picture.id for picture in chapter.pictures] == ["rfm-sizes", "rfm-grid"]
    assert chapter.figures is not None
    assert chapter.figures.rows[0] == ("Champions", "Bought lately.", ("60", "49%", "£600", "49%", "£10"))
    assert chapter.figures.rows[2][2] == ("hidden", "–", "–", "–", "–")
    assert chapter.crossing is not None
    assert chapter.crossing.head == ("Group", "1 Loyal", "2 Lapsed")


def test_agreement_is_told_in_words() -> None:
    (chapter,) = chapters([view()], profiles())
    assert "adjusted Rand index: 1 is the same, 0 is chance" in chapter.remarks[-1]


def test_a_view_without_groups_is_a_sentence() -> None:
    (chapter,) = chapters([SideView("seasons", "season", "By season", ("There are no seasons.",))], profiles())
    assert (chapter.pictures, chapter.figures, chapter.crossing, chapter.remarks) == ((), None, None, ())


def test_the_template_escapes_names_and_is_nothing_without_views() -> None:
    template = environment().get_template("_views.html")
    assert not template.render(side_views=()).strip()
    page = template.render(side_views=chapters([view()], profiles(), "£"))
    assert "<script>alert" not in page
    assert "Other ways to look at the customers" in page
    assert page.count("<details>") == 1
