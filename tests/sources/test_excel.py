"""Excel workbooks: the first sheet with data, as text; without the extra, a message that names it."""

from __future__ import annotations

import datetime
import importlib

import pytest

from segmentry.errors import MissingExtra

xlsxwriter = pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")


@pytest.fixture
def workbook(tmp_path):
    def make(*sheets):
        path = tmp_path / "made"
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm", "strings_to_numbers": False}) as book:
            for number, rows in enumerate(sheets):
                sheet = book.add_worksheet(f"s{number}")
                for place, row in enumerate(rows):
                    sheet.write_row(place, 0, row)
        return path.read_bytes()

    return make


def test_cells_become_text(read, workbook):
    day = datetime.datetime(2024, 1, 2)  # noqa: DTZ001
    rows = [["id", " when", "n", "ok"], ["007", day, 12.0, True], [5, day.replace(hour=3), 0.1, False], [], ["C3", None, None, None]]
    raw, found = read(workbook(rows), "people.xlsx")
    assert raw.columns == ("id", "when", "n", "ok")
    assert found == [(1, "007", "2024-01-02", "12", "true"), (2, "5", "2024-01-02 03:00:00", "0.1", "false"), (3, "C3", None, None, None)]
    assert {treatment.rule: treatment.count for treatment in raw.treatments} == {"header_trimmed": 1, "blank_lines": 1}


def test_the_first_sheet_with_data_is_read_and_the_others_are_said(read, workbook):
    raw, found = read(workbook([], [["id"], ["C1"]], [["x"], [1]]), "people.xlsx")
    assert found == [(1, "C1")]
    assert raw.form == "Excel, sheet 's1'"
    assert "'s0', 's2'" in raw.notes[0].words


@pytest.mark.parametrize(
    ("rows", "code"),
    [([], "EMPTY_FILE"), ([["id", "n"]], "NO_ROWS"), ([[1, 2.5], [2, 3.5]], "NO_HEADER"), ([["a", "A"], [1, 2]], "DUPLICATE_HEADER")],
)
def test_sheets_without_a_table_are_refused(refusal, workbook, rows, code):
    assert refusal(workbook(rows), "people.xlsx").code == code


def test_truncated_workbook_is_refused(refusal, workbook):
    contents = workbook([["id"], ["C1"]])
    assert refusal(contents[: len(contents) // 2], "people.xlsx").code == "CORRUPT_FILE"
    assert refusal(b"id,n\n1,2\n", "people.xlsx").code == "CORRUPT_FILE"


def test_without_the_extra_the_message_names_it(read, workbook, monkeypatch):
    contents, real = workbook([["id"], ["C1"]]), importlib.import_module

    def missing(name):
        if name == "python_calamine":
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match=r'pip install "segmentry\[excel\]"'):
        read(contents, "people.xlsx")
