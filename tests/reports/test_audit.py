"""The chapter on the audit: one row per item, in words and figures; inert when data names bite."""

from __future__ import annotations

from dataclasses import replace

from segmentry.explore.audit import AuditItem, Comparison, Shift
from segmentry.reports import audit, page

FOUND = Comparison(100, 3, 0, 0.914, 0.07, 3, 2, (Shift("<b>A</b>", 0.6, 0.57), Shift("B", 0.4, 0.43)))
ITEMS = (
    AuditItem("net_returns", "Returns and cancelled orders", 1336, FOUND, "Leaving the 1,336 returned lines in would move 7.0%."),
    AuditItem(
        "spellings", "Spellings of one level", 4, None, "Taking the 4 for levels of their own, the data could not be segmented: why."
    ),
)


class Audited:
    """A story with an audit, whether or not the story has a field for it."""

    audit = ITEMS
    stability = None
    profiles = ()


def test_rows_say_what_moved_and_what_could_not_be_run() -> None:
    first, second = audit.rows(Audited())  # type: ignore[arg-type]
    assert (first.count, first.moved, first.shifted, first.agreement) == ("1,336", "7.0%", "3.0%", "0.91")
    assert (first.segments, first.customers) == ("3 → 2", "3 out")
    assert (second.moved, second.shares) == ("–", ())
    assert "Each of 2 treatments was left out in turn" in audit.opening(Audited())  # type: ignore[arg-type]


def test_names_of_segments_are_inert() -> None:
    template = page.environment().get_template("_audit.html")
    html = template.render(audit.context(Audited()))  # type: ignore[arg-type]
    assert "<b>A</b>" not in html
    assert "&lt;b&gt;A&lt;/b&gt;" in html
    assert html.count("<tr>") >= 6


def test_without_an_audit_there_is_no_chapter() -> None:
    class Bare(Audited):
        audit = ()

    assert audit.opening(Bare()) == ""  # type: ignore[arg-type]
    assert page.environment().get_template("_audit.html").render(audit.context(Bare())).strip() == ""  # type: ignore[arg-type]


def test_one_treatment_is_said_in_the_singular() -> None:
    class One(Audited):
        audit = (replace(ITEMS[0]),)

    assert audit.opening(One()).startswith("The treatment was left out and")  # type: ignore[arg-type]
