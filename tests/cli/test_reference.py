"""The reference page is made from the code and can be held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentry.cli.reference import main, reference


def test_page_that_was_written_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "reference.md"
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0


def test_page_that_differs_fails_the_check_and_the_line_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "reference.md"
    path.write_text(reference().replace("| `seed` | `7`", "| `seed` | `8`"), encoding="utf-8")
    assert main(["--check", str(path)]) == 1
    said = capsys.readouterr().err
    assert "-| `seed` | `8`" in said
    assert "make reference" in said


def test_missing_page_fails_the_check(tmp_path: Path) -> None:
    assert main(["--check", str(tmp_path / "reference.md")]) == 1


def test_page_names_defaults_limits_and_choices() -> None:
    page = reference()
    assert '| `exact_duplicates` | `"drop"` | `"drop"`, `"keep"` |' in page
    assert "| `quarantine_limit` | `0.05` | number from 0 to 1 |" in page
    assert "| `FILE…` | required |" in page
