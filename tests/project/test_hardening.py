"""Hostile and unlucky input to names, rules, earlier runs and comparisons: refused with words, or harmless."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars
import pytest

from segmentry.errors import DataRefused, ModelRefused, SegmentryError, SettingsError, UsageError
from segmentry.project.comparing import compare
from segmentry.project.run import Run, run
from segmentry.project.settings import parse

N = 150


def people(*, seed: int = 0, prefix: str = "c", columns: tuple[str, ...] = ("spend", "visits", "age")) -> polars.DataFrame:
    """Return three planted groups of customers."""
    rng = np.random.default_rng(seed)
    levels = np.array([100.0, 900.0, 4000.0])[np.arange(N) % 3]
    values = {name: np.round(levels * (place + 1) * np.exp(rng.normal(0, 0.1, N)), 2) for place, name in enumerate(columns)}
    return polars.DataFrame({"customer_id": [f"{prefix}{place:04d}" for place in range(N)], **values})


def made(folder: Path, table: polars.DataFrame, **options: object) -> Run:
    previous = options.pop("previous", None)
    settings = {"segments": {"starts": 2, "k": 3, **dict(options.pop("segments", {}))}, **options}  # type: ignore[call-overload]
    return run(("shop", table), out=folder, settings=parse(settings), previous=previous)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made(tmp_path_factory.mktemp("first"), people())


@pytest.fixture(scope="module")
def second(first: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made(tmp_path_factory.mktemp("second"), people(seed=1), previous=first.folder)


@pytest.mark.parametrize("name", ["VIP\nDROP TABLE customers; --", "a\rb", "a\0b", "a\u2028b", "a\u202eb", "x" * 300])
def test_a_name_that_is_no_short_line_is_refused_before_any_data_is_read(name: str) -> None:
    for content in ({"segments": {"names": {"1": name}}}, {"rules": [{"name": name, "when": ["spend >= 1"]}]}):
        with pytest.raises(SettingsError, match="one line of up to 100 characters") as refused:
            parse(content)
        assert len(str(refused.value)) < 300


def test_a_name_in_any_script_is_allowed() -> None:
    names = {"1": "Clients fidèles : \u00ab\u00a0VIP\u00a0\u00bb", "2": "お得意様", "3": "👩\u200d👧 families"}
    assert parse({"segments": {"names": names}}).segments.names == names


def test_hostile_names_of_columns_and_segments_do_no_harm(tmp_path: Path) -> None:
    columns = ('a"b', "x; DROP TABLE features; --", "o'brien\nSELECT 1; --")
    names = {"1": "=cmd|' /C calc'!A0", "2": "*/; DROP TABLE features; --", "3": "</script><script>alert(1)</script>"}
    rules = [{"name": "=evil()", "when": ['a"b >= 500']}, {"name": "<b>rest", "when": []}]
    done = made(tmp_path, people(columns=columns), segments={"names": names}, rules=rules)
    page = done.report.read_text(encoding="utf-8")
    assert not any(text in page for text in ("<script>alert(1)", "<b>rest"))
    lines = polars.read_csv(done.folder / "segments.csv")
    assert not any(str(cell).startswith("=") for column in ("segment_name", "rule_segment") for cell in lines[column])
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE features AS SELECT * FROM read_parquet('{done.folder}/features.parquet')")
        features = database.execute("SELECT * FROM features").fetchnumpy()
        queries = duckdb.extract_statements((done.folder / "rules.sql").read_text(encoding="utf-8"))
        told = [each["rule"] for each in json.loads((done.folder / "rules.json").read_text(encoding="utf-8"))["segments"] if each["rule"]]
        assert len(queries) == len(told) > 0
        for query, rule in zip(queries, told, strict=True):
            held = np.ones(N, dtype=bool)
            for condition in rule["conditions"]:
                values = features[condition["name"]]
                held &= values >= (-np.inf if condition["low"] is None else condition["low"])
                held &= values < (np.inf if condition["high"] is None else condition["high"])
            assert sorted(database.execute(query).fetchnumpy()["id"]) == sorted(features["id"][held])


def test_an_earlier_run_that_shares_neither_features_nor_customers_is_refused(first: Run, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="NO_COMMON_CUSTOMERS"):
        made(tmp_path, people(prefix="z", columns=("clicks", "mails")), previous=first.folder)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_run_may_lie_where_the_new_one_goes(tmp_path: Path) -> None:
    before = made(tmp_path, people())
    after = made(tmp_path, people(), previous=before.folder)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == sorted([before.folder.name, after.folder.name])
    assert made(tmp_path, people(), previous=before.folder).folder == after.folder
    assert after.labels.tolist() == before.labels.tolist()


def test_runs_are_compared_in_their_order_and_not_with_themselves(first: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="both"):
        compare(first.folder, first.folder, tmp_path)
    assert list(tmp_path.iterdir()) == []


def _damages() -> dict[str, tuple[str, Callable[[bytes], bytes]]]:
    def flipped(content: bytes) -> bytes:
        places = np.random.default_rng(0).integers(0, len(content), 20)
        changed = bytearray(content)
        for place in places:
            changed[place] ^= 0xFF
        return bytes(changed)

    ways: dict[str, Callable[[bytes], bytes]] = {
        "bytes flipped": flipped,
        "cut": lambda content: content[: len(content) // 2],
        "empty": lambda _: b"",
        "no mapping": lambda _: b"[1]",
        "deep": lambda _: b"[" * 100_000,
    }
    files = ("ledger.json", "run.json", "model/manifest.json", "model/arrays.npz", "features.parquet", "segments.parquet")
    return {f"{file} {words}": (file, way) for file in files for words, way in ways.items()}


@pytest.mark.parametrize("case", _damages())
def test_a_damaged_earlier_run_is_refused_with_words(first: Run, second: Run, tmp_path: Path, case: str) -> None:
    file, way = _damages()[case]
    copy = Path(shutil.copytree(first.folder, tmp_path / "copy"))
    (copy / file).write_bytes(way((copy / file).read_bytes()))
    for one, other in ((copy, second.folder), (second.folder, copy)):
        with pytest.raises(SegmentryError, match=r"Next: |DAMAGED|CHANGED"):
            compare(one, other, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("as_of", 5),
        ("as_of", "tomorrow"),
        ("tables", [1]),
        ("tables", {"shop": 1}),
        ("settings", [1]),
        ("settings", {"run": 3}),
        ("structure", 5),
        ("segments", [{"id": 1, "customers": 50, "revenue": "much"}]),
    ],
)
def test_a_record_with_parts_of_another_type_is_refused(first: Run, second: Run, tmp_path: Path, part: str, value: object) -> None:
    copy = Path(shutil.copytree(first.folder, tmp_path / "copy"))
    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    (copy / "run.json").write_text(json.dumps({**record, part: value}), encoding="utf-8")
    with pytest.raises(ModelRefused, match="RUN_DAMAGED"):
        compare(copy, second.folder, tmp_path / "out")


def test_the_order_of_the_rows_does_not_matter_to_any_method(tmp_path: Path) -> None:
    methods = ["kmeans", "hierarchical", "gmm", "kprototypes", "density"]
    lists = set()
    for name, table in (("as given", people()), ("shuffled", people().sample(fraction=1, shuffle=True, seed=4))):
        done = made(tmp_path / name, table, segments={"k": None, "method": methods})
        lists.add((done.folder / "segments.csv").read_bytes())
    assert len(lists) == 1


def test_a_model_without_the_columns_it_needs_is_refused(first: Run, second: Run, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(first.folder, tmp_path / "copy"))
    path = copy / "model" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "columns": []}), encoding="utf-8")
    with pytest.raises(ModelRefused, match="MODEL_DAMAGED"):
        compare(copy, second.folder, tmp_path / "out")


def test_customers_known_by_e_mail_are_followed_and_compared_and_stand_in_the_lists_alone(tmp_path: Path) -> None:
    def mailed(seed: int) -> polars.DataFrame:
        return people(seed=seed).rename({"customer_id": "email"}).with_columns(polars.col("email") + "@example.com")

    roles = {"shop": {"roles": {"email": "id"}}}
    before = made(tmp_path / "out", mailed(0), tables=roles)
    after = made(tmp_path / "out", mailed(1), tables=roles, previous=before.folder)
    page = compare(before.folder, after.folder, tmp_path / "compared")
    listed = polars.read_csv(page.parent / "movers.csv")["id"].to_list()
    assert all(str(customer).endswith("@example.com") for customer in listed)
    texts = [
        path for folder in (after.folder, page.parent) for path in folder.rglob("*") if path.suffix in {".json", ".sql", ".html", ".csv"}
    ]
    holding = {path.name for path in texts if "@example.com" in path.read_text(encoding="utf-8")}
    assert "segments.csv" in holding
    assert holding <= {"segments.csv", "movers.csv"}
