"""The chapter on what makes the segments: true sentences, inert text, nothing invented where nothing is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from markupsafe import Markup

from segmentry.explore.columns import summarise
from segmentry.matrix import Column, Matrix
from segmentry.preparation.learning import learn
from segmentry.reports.drivers import chapter, lead
from segmentry.reports.page import environment
from segmentry.segments.evidence import Evidence, Fitted, gather
from segmentry.segments.importance import Importance
from segmentry.segments.kmeans import fit_kmeans
from segmentry.segments.profiles import profile

NASTY = "<script>alert(1)</script> {{7*7}}"


@pytest.fixture(scope="module")
def made() -> tuple:
    rng = np.random.default_rng(0)
    group = np.arange(90) % 3
    values = np.column_stack([group * 9.0 + rng.normal(size=90), rng.normal(size=90), group == 1, rng.integers(0, 2, 90)])
    columns = (
        Column("spend", NASTY, "money"),
        Column("idle", "Idle"),
        Column("member", "Member", "flag"),
        Column("town", "Town", "category", levels=(NASTY, "B")),
    )
    matrix = Matrix(np.array([f"c{place:02}" for place in range(90)], dtype=object), columns, values)
    prepared = learn(matrix, ["spend", "idle"])
    points = prepared.apply(matrix)
    found = fit_kmeans(points, 3, seed=0)
    evidence = gather(matrix, Fitted(found.labels + 1, found.rule, prepared, points, tried={3: found.labels}), seed=0)
    return evidence, profile(matrix, found.labels + 1, features=prepared.names), summarise(matrix)


def rendered(evidence: Evidence, *rest: object) -> str:
    return environment().get_template("_drivers.html").render(drivers=chapter(evidence, *rest))  # type: ignore[arg-type]


def test_page_escapes_what_comes_from_the_data(made: tuple) -> None:
    html = rendered(*made)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{7*7}}" in html


def test_pictures_have_captions_with_n_and_figures_that_are_json(made: tuple) -> None:
    told = chapter(*made)
    pictures = [each for each in (told.importance, told.lines, told.apart, told.halves) if each is not None]
    assert len(pictures) == 3
    for picture in pictures:
        assert "n = 90 customers" in picture.caption
        assert picture.alt
        json.dumps(picture.figure, allow_nan=False)
        assert isinstance(picture.json, Markup)


def test_lead_names_what_drives_and_what_hardly_does() -> None:
    found = [Importance("a", "Income", ("a",), 0.41, 0.39, 0.43, 100, 20), Importance("b", "Recency", ("b",), 0.001, 0.0, 0.003, 100, 20)]
    assert lead(found) == (
        "What drives the segments most is “Income”. If we did not know “Income” of a customer, 41% would land in another segment (39% to 43%). "
        "“Recency” hardly plays a part: the segments would be nearly the same without."
    )
    assert lead([]) == ""


def test_drivers_told_miss_zero_and_levels_are_in_points(made: tuple) -> None:
    rows = chapter(*made).drivers
    assert {row.segment for row in rows} == {1, 2, 3}
    assert any(row.feature == "Member" and "points" in row.effect for row in rows)
    assert all(" to " in row.interval for row in rows)


def test_without_evidence_nothing_is_claimed(made: tuple) -> None:
    told = chapter(Evidence((), (), ()), made[1], made[2])
    assert (told.lead, told.importance, told.apart, told.drivers, told.pairs, told.tests, told.tried) == ("", None, None, (), (), (), ())
    assert "could not be tested" in told.halves_words
    assert "What drives" not in rendered(Evidence((), (), ()), made[1], made[2])


def test_solutions_that_were_tried_are_told_with_sizes_and_differences(made: tuple) -> None:
    (tried,) = chapter(*made).tried
    assert tried.title == "What 3 segments would look like"
    assert sum(int(row[1]) for row in tried.rows) == 90
    assert all("against" in row[3] for row in tried.rows)
