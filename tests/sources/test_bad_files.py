"""Section A of the list of bad inputs, by row number; rows 17 to 19 belong to tables, 31 and 32 to the server."""

from __future__ import annotations

import gzip
import os
import tomllib
import zipfile

import polars
import pytest

from segmentry.errors import DataRefused
from segmentry.sources import excel, opening, parquet
from segmentry.sources.files import read_files
from segmentry.sources.raw import ReadOptions

GOOD = "id,day,amount\nC1,2024-01-01,10\nC2,2024-01-02,20\n"


def rules(raw):
    return {treatment.rule: treatment.count for treatment in raw.treatments}


@pytest.mark.parametrize("contents", [b"", b"\xef\xbb\xbf", b"\n \n\n"])
def test_a01_empty_file_is_refused(refusal, contents):
    assert refusal(contents).code == "EMPTY_FILE"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
def test_a02_header_without_rows_is_refused(refusal, ending):
    assert refusal("id,amount" + ending).code == "NO_ROWS"


def test_a03_blank_lines_are_skipped_and_counted(read):
    raw, rows = read("\nid,amount\n\nC1,10\n   \nC2,20\n\n")
    assert rows == [(1, "C1", "10"), (2, "C2", "20")]
    assert rules(raw) == {"blank_lines": 3}


def test_a03_blank_lines_among_quotes_are_skipped_and_counted(read):
    raw, rows = read('id,note\n\n"C1","a, b"\n\nC2,c\n')
    assert rows == [(1, "C1", "a, b"), (2, "C2", "c")]
    assert rules(raw) == {"blank_lines": 2}


def test_a04_ragged_rows_are_set_aside_with_their_row_number(read, rejects):
    raw, rows = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert rows == [(1, "1", "2", "3"), (4, "10", "11", "12")]
    assert rejects(raw) == [(2, "", "FIELD_COUNT", "4,5"), (3, "", "FIELD_COUNT", "6,7,8,9")]
    assert raw.rows_in == 4


def test_a04_ragged_rows_among_quotes_are_set_aside(read, rejects):
    raw, rows = read('a,b\n"1, one",2\n"x"\n3,"4"\n')
    assert rows == [(1, "1, one", "2"), (3, "3", "4")]
    assert rejects(raw) == [(2, "", "FIELD_COUNT", '"x"')]


@pytest.mark.parametrize(
    ("contents", "line"),
    [
        ('id,day,n\nC1,2024-01-01,1\nC2,"2024-01-02,2\nC3,2024-01-03,3\n', 3),
        ('id,day,n\nC1,2024-01-01,1\nC2,"2024-01-02,2\nC3,"2024-01-03",3\n', 3),
        ('id,day,n\nC1,"two\nlines",1\nC2,"2024-01-02,2\nC3,2024-01-03,3\n', 4),
        ('id,day,n\nC1,"2024" x,1\n', 2),
        ('id,day,n\nC1,"2024-01-02,2\nC2,2024-01-03,3\nC3,2024-01-04,"\nC4,b,3\n', 2),
    ],
)
def test_a05_unclosed_quote_is_refused_at_its_line(refusal, contents, line):
    problem = refusal(contents)
    assert problem.code == "UNCLOSED_QUOTE"
    assert f"line {line} " in problem.reason


def test_a05_quoted_line_ends_and_doubled_quotes_are_ordinary(read):
    _raw, rows = read('id,note\n1,"two\nlines"\n2,"he said ""yes"""\n3,5" pipe\n')
    assert rows == [(1, "1", "two\nlines"), (2, "2", 'he said "yes"'), (3, "3", '5" pipe')]


def test_a06_byte_order_mark_is_stripped_and_said(read):
    raw, _ = read(b"\xef\xbb\xbf" + GOOD.encode())
    assert raw.columns == ("id", "day", "amount")
    assert "UTF-8 with BOM" in raw.form


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a07_utf16_is_read_by_its_mark_and_said(read, codec):
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[codec]
    raw, rows = read(mark + "id,city\n1,Málaga\n".encode(codec))
    assert rows == [(1, "1", "Málaga")]
    assert "UTF-16" in raw.form


def test_a07_utf16_without_its_mark_is_refused_with_the_option(refusal):
    problem = refusal(GOOD.encode("utf-16-le"))
    assert problem.code == "ENCODING"
    assert "--encoding utf-16-le" in problem.remedy


def test_a08_other_bytes_are_refused_with_offset_and_guess(refusal):
    contents = "id,city\n1,Málaga\n".encode("cp1252")
    problem = refusal(contents)
    assert problem.code == "ENCODING"
    assert "byte 0xE1 at offset 11 (line 2)" in problem.reason
    assert "--encoding cp1252" in problem.remedy
    assert "laga" not in problem.sentence()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a08_the_offset_is_right_deep_in_a_large_file(refusal, mark):
    contents = mark + b"id,city\n" + "1,Malmö\n".encode() * 100_000
    assert f"offset {len(contents) + 2:,} (line 100,002)" in refusal(contents + b"1,\xe9\n").reason


def test_a08_declared_encoding_is_honoured(read):
    raw, rows = read("id,city\n1,Málaga €\n".encode("cp1252"), encoding="cp1252")
    assert rows == [(1, "1", "Málaga €")]
    assert "cp1252" in raw.form


def test_a09_nul_is_set_aside(read, rejects):
    raw, rows = read(b"id,city\n1,a\x00b\n2,c\n")
    assert rows == [(2, "2", "c")]
    assert rejects(raw) == [(1, "city", "NUL_CHAR", "1,a\\x00b")]


def test_a10_semicolon_is_settled_beside_decimal_commas_and_said(read):
    raw, rows = read("id;amount\n1;56,30\n2;90,10\n")
    assert rows == [(1, "1", "56,30"), (2, "2", "90,10")]
    assert "';' between fields" in raw.form


def test_a10_two_delimiters_that_fit_equally_are_refused(refusal):
    problem = refusal("a,b;c\n1,2;3\n4,5;6\n")
    assert problem.code == "DELIMITER_UNCLEAR"


def test_a10_declared_delimiter_settles_it(read):
    assert read("a,b;c\n1,2;3\n", delimiter=";")[1] == [(1, "1,2", "3")]


def test_a11_tab_in_a_csv_is_settled_and_said(read):
    raw, rows = read("id\tcity\n1\tOslo\n\t\n2\t\n")
    assert rows == [(1, "1", "Oslo"), (2, None, None), (3, "2", None)]
    assert "TAB between fields" in raw.form


def test_a12_carriage_returns_alone_end_lines(read):
    raw, rows = read("id,n\r1,2\r3,4\r")
    assert rows == [(1, "1", "2"), (2, "3", "4")]
    assert "CR line ends" in raw.form


def test_a13_mixed_line_ends_are_read_and_counted(read):
    raw, rows = read("id,n\r\n1,2\n3,4\r\n")
    assert rows == [(1, "1", "2"), (2, "3", "4")]
    assert rules(raw) == {"mixed_line_ends": 2}


@pytest.mark.parametrize(
    "contents",
    [
        "C1,2024-01-01,10\nC2,2024-01-02,12\n",
        "5524,1957,Graduation,Single\n2174,1954,Graduation,Married\n4141,1965,PhD,Single\n",
        "1;01/02/2024;10,50\n2;03/02/2024;9,90\n",
    ],
)
def test_a14_missing_header_is_refused_without_quoting_it(refusal, contents):
    problem = refusal(contents)
    assert problem.code == "NO_HEADER"
    for cell in ("C1", "5524", "Graduation", "01/02", "10,50"):
        assert cell not in problem.sentence()


@pytest.mark.parametrize("contents", ["customer,2019,2020\nC1,17,12\n", "V1,V2\n2,3\n4,5\n", "id,city\nC1,Oslo\n", "code\nQ1\n"])
def test_a14_a_header_with_digits_is_a_header(read, contents):
    assert len(read(contents)[1]) == contents.count("\n") - 1


@pytest.mark.parametrize(
    "contents",
    [
        " 0001 19970101  2   29.33\n 0002 19970118  2   29.73\n",
        "C1,2024-01-01,10\nC2,2024-01-02,12\n",
        "1;20240101;a@b.de\n2;20240102;c@d.de\n",
    ],
)
def test_a14_the_settings_shown_make_the_file_readable(read, refusal, contents):
    problem = refusal(contents, "my visits.txt")
    block = problem.sentence().split("\n\n")[1]
    table = tomllib.loads(block)["tables"]["my visits"]
    formats = table.pop("date_format", {})
    table["columns"] = tuple(table["columns"])
    raw, rows = read(contents, "my visits.txt", **table)
    assert len(rows) == 2
    assert raw.columns == table["columns"]
    assert set(formats) <= set(raw.columns)


def test_a15_header_is_trimmed_and_counted(read):
    raw, _ = read(" Customer_ID ,\u00a0Last  name\n1,x\n")
    assert raw.columns == ("Customer_ID", "Last name")
    assert rules(raw)["header_trimmed"] == 2


@pytest.mark.parametrize("head", ["id,amount,amount", "id,Amount,amount ", "amount,id, AMOUNT"])
def test_a16_duplicate_header_is_refused(refusal, head):
    problem = refusal(f"{head}\n1,2,3\n")
    assert problem.code == "DUPLICATE_HEADER"
    assert problem.column.casefold() == "amount"


def test_a16_unnamed_columns_are_named_by_position_and_said(read):
    raw, rows = read(",id,\n0,C1,\n1,C2,\n")
    assert raw.columns == ("unnamed_1", "id", "unnamed_3")
    assert [note.code for note in raw.notes] == ["unnamed_columns"]
    assert rows[1] == (2, "1", "C2", None)


def test_a20_long_field_is_set_aside_redacted(read, rejects):
    raw, rows = read(f"id,note\n1,{'x' * 5_000_000}\n2,{'y' * 60_000}\n")
    assert [row[0] for row in rows] == [2]
    ((row, column, code, kept),) = rejects(raw)
    assert (row, column, code) == (1, "note", "FIELD_TOO_LONG")
    assert len(kept) <= 201


def test_a20_long_quoted_field_is_set_aside(read, rejects):
    raw, rows = read(f'id,note\n1,"{"x, " * 100_000}"\n2,"y, z"\n')
    assert rows == [(2, "2", "y, z")]
    assert [reject[:3] for reject in rejects(raw)] == [(1, "note", "FIELD_TOO_LONG")]


@pytest.mark.parametrize("magic", [b"PK\x03\x04", b"PAR1", b"%PDF-1.7", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00"])
@pytest.mark.parametrize("packed", [False, True])
def test_a21_another_kind_of_file_under_a_csv_name_is_refused(refusal, magic, packed):
    contents = magic + b"\0" * 100
    problem = refusal(gzip.compress(contents) if packed else contents, "people.csv.gz" if packed else "people.csv")
    assert problem.code == "NOT_TEXT"


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a22_truncated_gzip_is_refused(refusal, engine, keep):
    contents = gzip.compress(os.urandom(50_000).hex().join(("id\n", "\n")).encode())
    problem = refusal(contents[: int(len(contents) * keep)], "people.csv.gz")
    assert problem.code == "CORRUPT_FILE"
    assert engine.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'raw_people'") == [(0,)]


def test_a23_gzip_bomb_is_refused_while_it_unpacks(refusal):
    bomb = gzip.compress(b"id,n\n" + b"1,2\n" * 18_000_000, 6)
    assert len(bomb) < 350_000
    problem = refusal(bomb, "people.csv.gz")
    assert problem.code == "TOO_LARGE"
    assert "200 times" in problem.reason


def test_a23_unpacking_stops_at_the_limit(refusal, monkeypatch):
    monkeypatch.setattr(opening, "LIMIT", 1000)
    assert refusal(gzip.compress(GOOD.encode() * 100), "people.csv.gz").code == "TOO_LARGE"


def workbook(path, write):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(str(path)) as book:
        write(book)
    return path.read_bytes()


def test_a24_workbook_that_unpacks_out_of_proportion_is_refused(refusal, tmp_path):
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as entry:
        for _ in range(70):
            entry.write(b" " * 2**20)
    assert refusal(path.read_bytes(), "people.xlsx").code == "TOO_LARGE"


def test_a24_workbook_of_very_many_parts_is_refused(refusal, tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "MAX_ENTRIES", 5)
    problem = refusal(workbook(tmp_path / "made.xlsx", lambda book: book.add_worksheet().write(0, 0, "id")), "people.xlsx")
    assert problem.code == "TOO_LARGE"
    assert "the limit is 5" in problem.reason


def test_a25_xml_entities_in_a_workbook_are_not_expanded(refusal, tmp_path):
    good = workbook(tmp_path / "made.xlsx", lambda book: book.add_worksheet().write_column(0, 0, ["id", "C1"]))
    (tmp_path / "good.xlsx").write_bytes(good)
    laughs = (
        '<!DOCTYPE x [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "]>"
    )
    with zipfile.ZipFile(tmp_path / "good.xlsx") as source, zipfile.ZipFile(tmp_path / "laughs.xlsx", "w") as target:
        for entry in source.infolist():
            text = source.read(entry).decode()
            if entry.filename == "xl/sharedStrings.xml":
                text = text.replace("<sst", laughs + "<sst", 1).replace("<t>C1</t>", "<t>&i;</t>")
            target.writestr(entry, text)
    problem = refusal((tmp_path / "laughs.xlsx").read_bytes(), "people.xlsx")
    assert problem.code in {"CORRUPT_FILE", "NO_ROWS"}


def parquet_bytes(path, **columns):
    polars.DataFrame(columns).write_parquet(path, compression="zstd")
    return path.read_bytes()


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a26_truncated_parquet_is_refused(refusal, tmp_path, keep):
    contents = parquet_bytes(tmp_path / "made", id=[f"C{n}" for n in range(5000)])
    assert refusal(contents[: int(len(contents) * keep)], "people.parquet").code == "CORRUPT_FILE"


@pytest.mark.parametrize("place", ["page header", "text", "footer"])
def test_a27_damaged_parquet_is_refused_with_its_checksum_and_no_parser_message(refusal, tmp_path, place):
    polars.DataFrame({"id": [f"customer {n}" for n in range(5000)]}).write_parquet(tmp_path / "made", compression="uncompressed")
    contents = bytearray((tmp_path / "made").read_bytes())
    contents[{"page header": 5, "text": contents.index(b"customer 77") + 2, "footer": len(contents) - 7}[place]] ^= 0xFF
    problem = refusal(bytes(contents), "people.parquet")
    assert problem.code == "CORRUPT_FILE"
    assert "SHA-256" in problem.reason
    assert "Error" not in problem.sentence()


def test_a28_parquet_is_capped_by_rows_times_columns(refusal, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "MAX_CELLS", 100_000)
    contents = parquet_bytes(tmp_path / "made", id=[1] * 200_000)
    assert len(contents) < 5_000
    assert refusal(contents, "people.parquet").code == "TOO_LARGE"


def test_a29_parquet_numbers_keep_every_digit(read, tmp_path):
    import datetime
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "big": pa.array([2**63 + 1, None], pa.uint64()),
            "money": pa.array([decimal.Decimal("12345678901234567890123456789.123456789"), None], pa.decimal128(38, 9)),
            "float": pa.array([0.1, 17850.0], pa.float64()),
            "when": pa.array([datetime.datetime(2024, 1, 2, 3, 4, 5), None], pa.timestamp("ns")),  # noqa: DTZ001
            "zoned": pa.array([datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), None], pa.timestamp("us", tz="Europe/Berlin")),
            "kind": pa.array([" a", "b"]).dictionary_encode(),
            "yes": pa.array([True, None]),
        }
    )
    pq.write_table(table, tmp_path / "made", use_deprecated_int96_timestamps=True)
    _, rows = read((tmp_path / "made").read_bytes(), "people.parquet")
    assert rows[0] == (
        *(1, "9223372036854775809", "12345678901234567890123456789.123456789", "0.1", "2024-01-02 03:04:05"),
        *(rows[0][5], "a", "true"),
    )
    assert rows[0][5].startswith("2024-01-02 03:04:05")
    assert rows[1] == (2, None, None, "17850.0", None, None, "b", None)


@pytest.mark.parametrize("values", [[[1, 2]], [{"a": 1}], [b"\xff\x00"]])
def test_a29_parquet_without_a_form_as_text_is_refused_by_column(refusal, tmp_path, values):
    problem = refusal(parquet_bytes(tmp_path / "made", id=["C1"], odd=values), "people.parquet")
    assert (problem.code, problem.column) == ("UNSUPPORTED_TYPE", "odd")


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a30_files_of_one_pattern_that_differ_are_refused_with_the_difference(engine, tmp_path, ending):
    def write(name, **columns):
        frame = polars.DataFrame(columns)
        frame.write_parquet(tmp_path / name) if ending == "parquet" else frame.write_csv(tmp_path / name)

    write(f"orders-1.{ending}", id=["C1"], amount=[1])
    write(f"orders-2.{ending}", id=["C1"], price=[1], when=["x"])
    with pytest.raises(DataRefused) as caught:
        read_files(engine, [str(tmp_path / f"orders-*.{ending}")])
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("DIFFERENT_COLUMNS", f"orders-2.{ending}")
    assert "missing: amount; additional: price, when" in problem.reason


def test_a30_parquet_files_of_one_pattern_with_other_types_are_refused(engine, tmp_path):
    polars.DataFrame({"id": [1]}).write_parquet(tmp_path / "o1.parquet")
    polars.DataFrame({"id": ["1"]}).write_parquet(tmp_path / "o2.parquet")
    with pytest.raises(DataRefused, match="of another type: id"):
        read_files(engine, [str(tmp_path / "o*.parquet")])


def test_a33_what_is_no_file_is_refused_by_kind(engine, tmp_path):
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    cases = {
        tmp_path: ("NOT_A_FILE", "a folder"),
        tmp_path / "pipe.csv": ("NOT_A_FILE", "a pipe"),
        "/dev/zero": ("NOT_A_FILE", "a device"),
        tmp_path / "loop.csv": ("NOT_A_FILE", "leads to itself"),
        tmp_path / "dangling.csv": ("NOT_A_FILE", "not there"),
        tmp_path / "absent.csv": ("NOT_FOUND", "no such file"),
        tmp_path / "absent*.csv": ("NOT_FOUND", "no file matches"),
    }
    for path, (code, words) in cases.items():
        with pytest.raises(DataRefused) as caught:
            read_files(engine, [path])
        (problem,) = caught.value.problems
        assert problem.code == code
        assert words in problem.reason


def test_a33_a_file_this_user_may_not_read_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # a superuser may read everything
    assert refusal(GOOD).code == "UNREADABLE"


def test_a34_ten_thousand_columns_are_refused_by_limit(refusal):
    head = ",".join(f"c{n}" for n in range(10_000))
    problem = refusal(f"{head}\n{',' * 9_999}\n")
    assert problem.code == "TOO_MANY_COLUMNS"
    assert "2,000" in problem.reason


def test_a34_ten_million_characters_of_header_are_refused_by_limit(refusal):
    problem = refusal(f"id,{'x' * 10_000_000}\n1,2\n")
    assert problem.code == "HEADER_TOO_LONG"
    assert "500" in problem.reason


def test_a34_a_line_beyond_the_limit_is_refused(refusal, monkeypatch):
    from segmentry.sources import delimited

    monkeypatch.setattr(delimited, "MAX_LINE", 2**19)
    assert refusal(f"id,note\n1,{'x' * 2**20}\n").code == "LINE_TOO_LONG"


def test_b60_half_of_a_surrogate_pair_is_set_aside(read, rejects):
    raw, rows = read(b"id,city\n1,a\xed\xa0\x80b\n2,c\n")
    assert rows == [(2, "2", "c")]
    assert rejects(raw) == [(1, "city", "LONE_SURROGATE", "1,a\\ud800b")]


def test_no_message_quotes_a_cell(engine, tmp_path):
    secret = "ann.canary@example.com"
    cases = {
        "quote.csv": f'id,mail\n1,"{secret}\n2,x\n'.encode(),
        "latin.csv": f"id,mail\n1,{secret}\xe9\n".encode("latin-1"),
        "head.csv": f"1,2024-01-01,{secret}\n2,2024-01-02,{secret}\n".encode(),
        "nested.jsonl": f'{{"id": 1, "mail": ["{secret}"]}}\n'.encode(),
        "cut.csv.gz": gzip.compress(f"id,mail\n1,{secret}\n".encode())[:-9],
    }
    for name, contents in cases.items():
        (tmp_path / name).write_bytes(contents)
        with pytest.raises(DataRefused) as caught:
            read_files(engine, [tmp_path / name], default=ReadOptions())
        chain, error = [], caught.value
        while error:
            chain.append(str(error))
            error = error.__cause__
        assert secret not in "".join(chain), name
