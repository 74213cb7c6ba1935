"""Files to tables: patterns, names, options, packing, and real files."""

from __future__ import annotations

import gzip

import polars
import pytest

from segmentry.errors import DataRefused, SettingsError, UsageError
from segmentry.sources import delimited
from segmentry.sources.files import read_files
from segmentry.sources.opening import stem
from segmentry.sources.raw import ReadOptions


def rows_of(engine, raw):
    return engine.rows(f'SELECT * FROM "{raw.table}" ORDER BY _file, _row')


def write(folder, **contents):
    paths = []
    for name, text in contents.items():
        path = folder / name.replace("__", ".")
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def test_files_of_one_pattern_are_one_table_by_column_name(engine, tmp_path):
    write(tmp_path, orders_1__csv="id,n\nC1,1\nC2,2\n", orders_2__csv="N;id\n3;C3\nx\n")
    (raw,) = read_files(engine, [str(tmp_path / "orders_*.csv")])
    assert raw.name == "orders"
    assert raw.files == ("orders_1.csv", "orders_2.csv")
    assert (raw.rows_in, raw.rejected) == (4, 1)
    assert rows_of(engine, raw) == [(0, 1, "C1", "1"), (0, 2, "C2", "2"), (1, 1, "C3", "3")]
    assert engine.rows(f'SELECT _file, _row, code FROM "{raw.rejects}"') == [(1, 2, "FIELD_COUNT")]


def test_files_named_one_by_one_are_tables_of_their_own(engine, tmp_path):
    paths = write(tmp_path, orders_1__csv="id,n\nC1,1\n", orders_2__csv="id,n\nC2,2\n")
    assert [raw.name for raw in read_files(engine, paths)] == ["orders_1", "orders_2"]


def test_the_same_path_twice_is_read_once_and_said(engine, tmp_path):
    (path,) = write(tmp_path, people__csv="id,n\nC1,1\n")
    (tmp_path / "sub").mkdir()
    (raw,) = read_files(engine, [path, tmp_path / "sub" / ".." / "people.csv"])
    assert raw.rows_in == 1
    assert [note.code for note in raw.notes] == ["file_given_twice"]


def test_two_files_of_one_name_are_told_apart_and_said(engine, tmp_path):
    (tmp_path / "sub").mkdir()
    first, second = write(tmp_path, people__csv="id,n\nC1,1\n") + write(tmp_path / "sub", people__csv="id,n\nC2,1\nC3,1\n")
    raws = read_files(engine, [first, second])
    assert [(raw.name, raw.rows_in) for raw in raws] == [("people", 1), ("people_2", 2)]
    assert raws[1].notes[0].code == "same_name"


def test_options_are_found_by_table_name_in_any_case(engine, tmp_path):
    (path,) = write(tmp_path, People__csv="x|y\n1|2\n")
    (raw,) = read_files(engine, [path], options={"pEOPLE": ReadOptions(delimiter=";")})
    assert raw.columns == ("x|y",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ReadOptions(delimiter="||"), "allowed is one character"),
        (ReadOptions(header=False), "columns is empty"),
        (ReadOptions(columns=("a",)), "header is true"),
        (ReadOptions(encoding="utf-99"), "encoding is 'utf-99'"),
        (ReadOptions(encoding="rot13"), "encoding is 'rot13'"),
    ],
)
def test_options_that_contradict_are_refused(engine, tmp_path, options, words):
    (path,) = write(tmp_path, people__csv="a,b\n1,2\n")
    with pytest.raises(SettingsError, match=words.replace("|", r"\|")):
        read_files(engine, [path], default=options)


def test_no_path_is_wrong_usage(engine):
    with pytest.raises(UsageError, match="no file is given"):
        read_files(engine, [])


def test_declared_columns_must_be_as_many_as_the_fields(refusal):
    problem = refusal("1,2,3\n4,5,6\n", header=False, columns=("a", "b"))
    assert problem.code == "FIELD_COUNT"
    assert "2 columns are declared" in problem.reason


def test_a_header_may_be_declared_absent(read):
    assert read("C1,Oslo\nC2,Rome\n", header=False, columns=("id", "city"))[1] == [(1, "C1", "Oslo"), (2, "C2", "Rome")]


def test_padded_columns_need_the_delimiter_whitespace(read, refusal):
    contents = " id    day  amount\n  1   mon   2.50\n 22   tue  12.50\n"
    assert 'delimiter = "whitespace"' in refusal(contents).remedy
    raw, rows = read(contents, delimiter="whitespace")
    assert rows == [(1, "1", "mon", "2.50"), (2, "22", "tue", "12.50")]
    assert "runs of blanks" in raw.form


def test_cells_are_trimmed_of_every_blank_and_composed(read):
    _, rows = read("id,city\n \u00a01\u200b,Ma\u0301laga \n2,\ufeff \n3,\u2007x\t\n")
    assert rows == [(1, "1", "Málaga"), (2, "2", None), (3, "3", "x")]


def test_ids_and_placeholders_stay_as_written(read):
    _, rows = read('id\n00123\n9007199254740993\n1E5\nNA\nnull\n17850.0\ntrue\n"x\u0131"\n')
    assert [row[1] for row in rows] == ["00123", "9007199254740993", "1E5", "NA", "null", "17850.0", "true", "xı"]


def test_one_column_with_quoted_empty_cells_keeps_its_rows(read):
    _raw, rows = read('id\n1\n""\n"3"\n')
    assert rows == [(1, "1"), (2, None), (3, "3")]


def test_reserved_names_are_refused(refusal):
    assert refusal("id,_Row\n1,2\n").code == "RESERVED_HEADER"


def test_a_last_line_without_line_end_counts(read):
    assert len(read("a,b\n1,2\n3,4")[1]) == 2
    assert len(read('a,b\n1,2\n3,"4"')[1]) == 2


@pytest.mark.parametrize("size", [1, 7, 64, 300])
def test_the_size_of_blocks_changes_nothing(read, rejects, monkeypatch, size):
    contents = 'a,b\n1,2\n\n"x\ny",3\n4\n5,"6 ""7"""\n8,9,10\n  \n11,é\n"12",\n13,14'
    expected = read(contents)
    monkeypatch.setattr(delimited, "BLOCK", size)
    found = read(contents)
    assert found == expected
    assert [row[0] for row in found[1]] == [1, 2, 4, 6, 7, 8]
    assert [reject[0] for reject in rejects(found[0])] == [3, 5]


def test_row_numbers_are_those_of_the_file_in_a_large_one(engine, tmp_path):
    lines = (f"{n},{'x' if n % 1000 else 'x,y'}" for n in range(1, 300_001))
    (tmp_path / "many.csv").write_text("id,t\n" + "\n".join(lines) + "\n")
    (raw,) = read_files(engine, [tmp_path / "many.csv"])
    assert (raw.rows_in, raw.rejected) == (300_000, 300)
    assert engine.rows(f'SELECT count(*) FROM "{raw.table}" WHERE _row <> CAST(id AS BIGINT)') == [(0,)]
    assert engine.rows(f'SELECT count(*) FROM "{raw.rejects}" WHERE _row % 1000 = 0') == [(300,)]


def test_a_declared_utf8_may_have_a_byte_order_mark(read):
    assert read('\ufeff"id","n"\n1,2\n', encoding="UTF8")[0].columns == ("id", "n")


@pytest.mark.parametrize("cut", [1, 3])
def test_utf16_cut_inside_a_character_is_refused(refusal, cut):
    contents = ("id,n\n" + "1,😀\n" * 50_000).encode("utf-16")
    assert refusal(contents[: -2 - cut]).code == "ENCODING"


def test_a_delimiter_that_is_no_ascii_is_honoured(read):
    assert read("a¦b\n1¦2,5\n", delimiter="¦")[1] == [(1, "1", "2,5")]


def test_zstandard_is_read_and_damage_refused(engine, read, refusal, tmp_path):
    text = "id,note\n" + "".join(f'{n},"é, {n}"\n' for n in range(2000))
    (tmp_path / "plain").write_text(text, encoding="utf-8")
    engine.run(
        f"COPY (SELECT line FROM read_csv('{tmp_path / 'plain'}', columns={{'line': 'VARCHAR'}}, header=false, delim='\x01', quote='', escape='', "
        f"auto_detect=false)) TO '{tmp_path / 'packed'}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)"
    )
    packed = (tmp_path / "packed").read_bytes()
    raw, rows = read(packed, "people.csv.zst")
    assert raw.name == "people"
    assert rows[-1] == (2000, "1999", "é, 1999")
    assert refusal(packed[: len(packed) // 2], "people.csv.zst").code == "CORRUPT_FILE"


def test_zstandard_bomb_is_refused(engine, refusal, tmp_path):
    engine.run(
        f"COPY (SELECT repeat('1', 1000) AS id FROM range(70000)) TO '{tmp_path / 'bomb'}' (FORMAT csv, HEADER true, COMPRESSION zstd)"
    )
    assert refusal((tmp_path / "bomb").read_bytes(), "people.csv.zst").code == "TOO_LARGE"


def test_gzip_of_several_members_is_read_whole(read):
    assert len(read(gzip.compress(b"id,n\n1,2\n") + gzip.compress(b"3,4\n"), "people.csv.gz")[1]) == 2


def test_parquet_cells_are_trimmed_and_nul_set_aside(read, rejects, tmp_path):
    polars.DataFrame({" id ": [" a ", "b\x00", "", None], "n": [1, 2, 3, 4]}).write_parquet(tmp_path / "made")
    raw, rows = read((tmp_path / "made").read_bytes(), "people.parquet")
    assert raw.columns == ("id", "n")
    assert rows == [(1, "a", "1"), (3, None, "3"), (4, None, "4")]
    assert [reject[:3] for reject in rejects(raw)] == [(2, "id", "NUL_CHAR")]


def test_names_of_tables_are_stems():
    from pathlib import Path

    assert [stem(Path(name)) for name in ("a/x.csv", "x.tsv.gz", "x", "x.v2.csv.zst", ".csv")] == ["x", "x", "x", "x.v2", ".csv"]


@pytest.mark.realdata
@pytest.mark.parametrize("dialect", ["marketing_campaign", "comma_bom_mdy", "semicolon_bom_crlf_isodate", "semicolon_crlf_dmy_slash"])
def test_the_four_dialects_of_one_table_read_alike(engine, realdata, dialect):
    first, other = realdata("customer-personality/marketing_campaign.csv"), realdata(f"customer-personality/{dialect}.csv")
    (raw,) = read_files(engine, [other])
    (same,) = read_files(engine, [first])
    assert (len(raw.columns), raw.rows_in, raw.rejected) == (29, 2240, 0)
    assert {treatment.rule for treatment in raw.treatments} <= {"trimmed_cells"}
    assert raw.columns == same.columns
    columns = ", ".join(f'"{name}"' for name in raw.columns if name != "Dt_Customer")
    assert engine.rows(f'SELECT count(*) FROM (SELECT {columns} FROM "{raw.table}" EXCEPT ALL SELECT {columns} FROM "{same.table}")') == [
        (0,)
    ]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("online-retail/online_retail.csv.gz", 8, 541_909),
        ("complete-journey/transactions_sample.csv.gz", 11, 75_000),
        ("starbucks-promo/training.csv", 10, 84_534),
        ("insurance-mail/train.csv.gz", 70, 10_000),
        ("mall-customers/Mall_Customers.csv", 5, 200),
    ],
)
def test_real_files_are_read_whole(engine, realdata, name, columns, rows):
    (raw,) = read_files(engine, [realdata(name)])
    assert (len(raw.columns), raw.rows_in, raw.rejected) == (columns, rows, 0)


@pytest.mark.realdata
def test_cdnow_is_refused_with_the_settings_that_make_it_readable(engine, realdata):
    import tomllib

    path = realdata("cdnow/CDNOW_sample.txt")
    with pytest.raises(DataRefused) as caught:
        read_files(engine, [path])
    table = tomllib.loads(str(caught.value).split("\n\n")[1])["tables"]["CDNOW_sample"]
    assert table.pop("date_format") == {"date": "%Y%m%d"}
    table["columns"] = tuple(table["columns"])
    (raw,) = read_files(engine, [path], options={"CDNOW_sample": ReadOptions(**table)})
    assert (raw.rows_in, raw.rejected) == (6919, 0)
    assert raw.columns[2:] == ("date", "quantity", "amount")
    (found,) = engine.rows(f'SELECT count(DISTINCT "{raw.columns[0]}"), sum(amount::DECIMAL(18,2)) FROM "{raw.table}"')
    assert found[0] == 2357
