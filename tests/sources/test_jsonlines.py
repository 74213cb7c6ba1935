"""JSON lines: numbers keep their spelling, what is no flat object is set aside or refused."""

from __future__ import annotations

import gzip

import pytest


def test_values_keep_their_spelling(read):
    raw, rows = read(
        '{"id": 17850.0, "n": 1E5, "ok": true}\n\n{"id": 9007199254740993, "city": " Málaga", "n": null, "ok": false}\n', "p.jsonl"
    )
    assert raw.columns == ("id", "n", "ok", "city")
    assert rows == [(1, "17850.0", "1E5", "true", None), (2, "9007199254740993", None, "false", "Málaga")]
    assert [(treatment.rule, treatment.count) for treatment in raw.treatments] == [("blank_lines", 1), ("trimmed_cells", 1)]


def test_not_finite_numbers_stay_text(read):
    assert read('{"n": NaN}\n{"n": -Infinity}\n{"n": 1e999}\n', "p.ndjson")[1] == [(1, "NaN"), (2, "-Infinity"), (3, "1e999")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{oops", "BAD_JSON"),
        ("[1]", "BAD_JSON"),
        ("7", "BAD_JSON"),
        ('{"id": 1, "id": 2}', "DUPLICATE_KEY"),
        ('{"id": "a\\ud800"}', "LONE_SURROGATE"),
        ('{"id": "a\\u0000"}', "NUL_CHAR"),
        ("[" * 100_000, "BAD_JSON"),
    ],
)
def test_bad_lines_are_set_aside(read, rejects, line, code):
    raw, rows = read('{"id": 1}\n' + line + '\n{"id": 3}\n', "p.jsonl")
    assert rows == [(1, "1"), (3, "3")]
    assert [reject[2] for reject in rejects(raw)] == [code]


def test_nested_values_are_refused_by_key(refusal):
    problem = refusal('{"id": 1}\n{"id": 2, "tags": ["a"]}\n', "p.jsonl")
    assert (problem.code, problem.column) == ("NESTED_JSON", "tags")
    assert "line 2 " in problem.reason


@pytest.mark.parametrize(
    ("contents", "code"), [('[{"id": 1}]', "NOT_JSON_LINES"), ("7\n", "NOT_JSON_LINES"), ("\n\n", "NO_ROWS"), ("", "EMPTY_FILE")]
)
def test_what_is_no_file_of_lines_is_refused(refusal, contents, code):
    assert refusal(contents, "p.json").code == code


def test_packed_lines_are_read(read):
    raw, rows = read(gzip.compress(b'{"id": 1}\n'), "people.jsonl.gz")
    assert (raw.name, rows) == ("people", [(1, "1")])


def test_bytes_that_are_not_utf8_are_refused(refusal):
    assert refusal(b'{"city": "M\xe1laga"}\n', "p.jsonl").code == "ENCODING"
