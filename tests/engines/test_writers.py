"""CSV for people cannot run anything."""

from __future__ import annotations

import csv
import datetime
from decimal import Decimal

import numpy as np
import pytest

from segmentry.engines.writers import harmless, write_csv, write_csv_batches
from segmentry.errors import UsageError


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "  =1", '"=1', "'=1", "＝1", "＋1", "－1", "＠x", "\u200b=1", "\ufeff=1"],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["a=b", "Ann-Marie", "1-2", "", "x@y.z", " plain"])
def test_other_text_stays(text):
    assert harmless(text) == text


def test_numbers_stay_numbers_in_their_shortest_form(tmp_path):
    path = tmp_path / "a.csv"
    columns = {
        "f": np.array([-5.0, 0.1, np.nan]),
        "i": np.array([-1, 2, 3]),
        "d": [Decimal("1.5000"), None, Decimal(100)],
        "b": [True, False, None],
    }
    write_csv(path, columns)
    assert path.read_bytes() == b"f,i,d,b\n-5,-1,1.5,true\n0.1,2,,false\n,3,100,\n"


def test_days_and_times_are_iso(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(
        path,
        {
            "a": np.array(["2024-01-31", "NaT"], dtype="datetime64[us]"),
            "b": [datetime.date(2024, 1, 2), datetime.datetime.fromisoformat("2024-01-02 03:00")],
        },
    )
    assert path.read_text() == "a,b\n2024-01-31,2024-01-02\n,2024-01-02T03:00:00\n"


def test_text_comes_back_as_it_was_but_for_the_apostrophe(tmp_path):
    path = tmp_path / "a.csv"
    texts = ["a,b", 'say "x"', "two\nlines", "cr\rlf", "naïve ☃", "=x"]
    write_csv(path, {"=head": np.array(texts, dtype=object)})
    with path.open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["'=head", *texts[:-1], "'=x"]


def test_columns_of_unequal_length_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\[1, 2\] rows"):
        write_csv(tmp_path / "a.csv", {"a": [1], "b": [1, 2]})


def test_batches_share_one_header(tmp_path):
    path = tmp_path / "a.csv"
    write_csv_batches(path, ("a",), ({"a": [number]} for number in (1, 2)))
    assert path.read_text() == "a\n1\n2\n"
