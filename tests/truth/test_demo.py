"""The synthetic shop against its truth: the planted segments come back, and all dirt is found, no more and no less."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.project.demo import Demo, demo


@pytest.fixture(scope="module", params=[7, 1, 2], ids=lambda seed: f"seed {seed}")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    with pytest.MonkeyPatch.context() as patch:
        if request.param != 7:
            # Who will answer has no part in segments and dirt, and takes a third of the time: asked once.
            patch.setattr("segmentry.project.predicting.respond", lambda *_, **__: None)
        return demo(tmp_path_factory.mktemp("demo"), customers=1_000, seed=request.param)


def test_planted_segments_are_recovered(shop: Demo) -> None:
    assert shop.agreement >= 0.85
    assert shop.compared >= 950


def test_all_planted_dirt_is_found_to_the_row(shop: Demo) -> None:
    assert len(shop.dirt) >= 15
    assert [(name, planted, found) for name, planted, found in shop.dirt if planted != found] == []


def test_the_as_of_day_is_the_last_true_day_and_not_that_of_the_dirt(shop: Demo) -> None:
    assert shop.run.record["as_of"] == "2026-06-30"


def test_nothing_but_what_was_planted_is_in_quarantine(shop: Demo) -> None:
    codes = {"missing_customer", "unparsable_dates", "future_dates", "not_finite", "absurd_amounts"}
    planted = sum(count for name, count, _ in shop.dirt if name in codes)
    assert shop.run.record["rows"]["quarantined"] == planted


def test_the_report_is_whole_and_of_a_size_one_can_send(shop: Demo) -> None:
    page = Path(shop.run.report).read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert len(page) < 6 * 2**20
