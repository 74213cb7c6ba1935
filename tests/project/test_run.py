"""The main job end to end on a small synthetic shop: the files, the record, the same bytes again, and scoring with its model."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import shutil
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import polars
import pyarrow.parquet as pq
import pytest

import segmentry
from segmentry.errors import DataRefused, ModelRefused, UsageError
from segmentry.project.inspection import write_settings
from segmentry.project.run import Run, run
from segmentry.project.scoring import score
from segmentry.project.settings import Settings, load, parse
from segmentry.sources.shop import Shop, make_shop

FILES = {
    "features.parquet",
    "ledger.json",
    "model/arrays.npz",
    "model/manifest.json",
    "profiles.csv",
    "quarantine.csv",
    "quarantine.parquet",
    "report.html",
    "rules.json",
    "rules.sql",
    "run.json",
    "segments.csv",
    "segments.parquet",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def places(path: Path) -> list[tuple[str, ...]]:
    return [(row["id"], row["segment_id"], row["segment_name"], row["confidence"]) for row in rows(path)]


def record(folder: Path) -> dict:
    def refuse(text: str) -> None:
        raise AssertionError(f"run.json holds {text}")

    return json.loads((folder / "run.json").read_text(encoding="utf-8"), parse_constant=refuse)


def contents(folder: Path) -> dict[str, bytes | dict]:
    """Return every file of a run by name; the record without its timings."""
    found: dict[str, bytes | dict] = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found["run.json"] = {key: value for key, value in record(folder).items() if key != "seconds"}
    return found


def test_a_run_writes_exactly_these_files_and_leaves_nothing_beside_them(shop_run: Run) -> None:
    assert {str(path.relative_to(shop_run.folder)) for path in shop_run.folder.rglob("*") if path.is_file()} == FILES
    assert [path.name for path in shop_run.folder.parent.iterdir()] == [shop_run.folder.name]
    assert shop_run.report == shop_run.folder / "report.html"


def test_the_record_has_every_field_that_was_promised(shop_run: Run) -> None:
    said = record(shop_run.folder)
    promised = "rows tables customers as_of table_hash features selection segments treatments seconds versions seed"
    assert set(promised.split()) <= set(said)
    assert set(said["rows"]) == {"in", "accepted", "quarantined", "duplicates"}
    assert {"k", "by_k"} <= set(said["selection"])
    assert all({"k", "inertia", "silhouette", "calinski_harabasz", "davies_bouldin"} <= set(one) for one in said["selection"]["by_k"])
    assert [one["k"] for one in said["selection"]["by_k"]] == list(range(2, 11))
    assert all({"id", "name", "customers", "share", "revenue_share"} <= set(one) for one in said["segments"])
    assert all({"rule", "column", "count"} <= set(one) for one in said["treatments"])
    assert said["as_of"] == "2026-06-30"
    assert said["seed"] == 7
    assert len(said["table_hash"]) == 64
    assert said["versions"]["segmentry"] == segmentry.__version__
    assert all(seconds >= 0 for seconds in said["seconds"].values())


def test_python_gets_the_record_as_it_was_written(shop_run: Run) -> None:
    assert json.loads(json.dumps(shop_run.record)) == record(shop_run.folder)


def test_every_row_is_accounted_for_in_total_and_per_table(shop_run: Run, shop: Shop) -> None:
    said = record(shop_run.folder)
    for count in (said["rows"], *said["tables"].values()):
        assert count["in"] == count["accepted"] + count["quarantined"] + count["duplicates"]
    assert set(said["tables"]) == set(shop.tables)
    for name, table in said["tables"].items():
        assert table["in"] == len(next(iter(shop.tables[name].values())))
    for key, total in said["rows"].items():
        assert total == sum(table[key] for table in said["tables"].values())
    assert (
        said["rows"]["quarantined"] == sum(entry["count"] for entry in said["quarantine"]) == len(rows(shop_run.folder / "quarantine.csv"))
    )


def test_segments_add_up_to_all_customers_and_all_revenue(shop_run: Run) -> None:
    said = record(shop_run.folder)
    assert sum(segment["customers"] for segment in said["segments"]) == said["customers"] == 300
    assert sum(segment["share"] for segment in said["segments"]) == pytest.approx(1)
    assert sum(segment["revenue_share"] for segment in said["segments"]) == pytest.approx(1)
    assert len([segment for segment in said["segments"] if segment["id"]]) == said["selection"]["k"]


def test_each_customer_has_one_row_in_the_order_of_the_ids(shop_run: Run, shop: Shop) -> None:
    listed = rows(shop_run.folder / "segments.csv")
    ids = [row["id"] for row in listed]
    assert ids == sorted(shop.tables["customers"]["customer_id"])
    names = {segment["id"]: (segment["name"], segment["customers"]) for segment in record(shop_run.folder)["segments"]}
    assert {(int(row["segment_id"]), row["segment_name"]) for row in listed} == {(key, name) for key, (name, _) in names.items()}
    assert Counter(int(row["segment_id"]) for row in listed) == {key: count for key, (_, count) in names.items()}
    assert all(0 <= float(row["confidence"]) <= 1 for row in listed if row["segment_id"] != "0")


def test_parquet_says_the_same_as_csv(shop_run: Run) -> None:
    table = pq.read_table(shop_run.folder / "segments.parquet").to_pylist()
    texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in table]
    listed = rows(shop_run.folder / "segments.csv")
    assert [list(row) for row in texts] == [list(row) for row in listed]
    for name in ("id", "segment_id", "segment_name", "second_segment"):
        assert [row[name] for row in texts] == [row[name] for row in listed]
    for name in ("confidence", "vote_share"):
        assert [row[name] and float(row[name]) for row in texts] == [row[name] and float(row[name]) for row in listed]
    features = pq.read_table(shop_run.folder / "features.parquet")
    assert features.column("id").to_pylist() == [row["id"] for row in table]
    assert set(record(shop_run.folder)["features"]) <= set(features.column_names)


def test_profiles_tell_every_segment_by_every_feature_that_drives_it(shop_run: Run) -> None:
    said = record(shop_run.folder)
    told = {(row["segment_id"], row["feature"]) for row in rows(shop_run.folder / "profiles.csv")}
    assert {(str(segment["id"]), name) for segment in said["segments"] if segment["id"] for name in said["features"]} <= told


def test_raw_rows_of_the_quarantine_are_for_the_owner_only(shop_run: Run) -> None:
    assert stat.S_IMODE((shop_run.folder / "quarantine.parquet").stat().st_mode) == 0o600


def test_the_same_input_gives_the_same_bytes_in_every_file(
    shop_run: Run, shop_files: tuple[Path, ...], quick: Settings, tmp_path: Path
) -> None:
    again = run(*shop_files, out=tmp_path, settings=quick)
    assert again.folder.name == shop_run.folder.name
    mine, other = contents(again.folder), contents(shop_run.folder)
    assert set(mine) == set(other)
    assert [name for name in mine if mine[name] != other[name]] == []


def test_a_second_run_into_the_same_folder_takes_the_place_of_the_first(
    shop_files: tuple[Path, ...], quick: Settings, tmp_path: Path
) -> None:
    customers = shop_files[0]
    first = run(customers, out=tmp_path, settings=quick)
    (first.folder / "stray.txt").write_text("left over")
    second = run(customers, out=tmp_path, settings=quick)
    assert second.folder == first.folder
    assert [path.name for path in tmp_path.iterdir()] == [first.folder.name]
    assert not (second.folder / "stray.txt").exists()


def test_neither_order_of_rows_nor_order_of_files_changes_anything(
    shop_run: Run, shop_files: tuple[Path, ...], quick: Settings, tmp_path: Path
) -> None:
    shuffled = []
    for path in shop_files:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        random.Random(3).shuffle(lines)
        shuffled.append(tmp_path / path.name)
        shuffled[-1].write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    other = run(*reversed(shuffled), out=tmp_path / "out", settings=quick)
    assert other.record["table_hash"] == shop_run.record["table_hash"]
    for name in ("segments.csv", "profiles.csv", "features.parquet", "model/arrays.npz"):
        assert (other.folder / name).read_bytes() == (shop_run.folder / name).read_bytes(), name


def test_one_thread_gives_the_same_bytes_as_two(shop_run: Run, shop_files: tuple[Path, ...], quick: Settings, tmp_path: Path) -> None:
    script = (
        "import json, sys, segmentry\n"
        "from segmentry.project.settings import parse\n"
        "segmentry.run(*sys.argv[3:], out=sys.argv[1], settings=parse(json.loads(sys.argv[2])))\n"
    )
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script, str(tmp_path), quick.model_dump_json(exclude_unset=True), *map(str, shop_files)]
    if shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]
    subprocess.run(command, check=True, env=alone, cwd=tmp_path)
    other = tmp_path / shop_run.folder.name
    for name in ("segments.csv", "profiles.csv", "features.parquet", "model/arrays.npz"):
        assert (other / name).read_bytes() == (shop_run.folder / name).read_bytes(), name


@pytest.fixture(scope="module")
def dialects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, ...]]:
    """Return two clean tables of a shop, written in several ways."""
    folder = tmp_path_factory.mktemp("dialects")
    tables = {
        name: polars.DataFrame({key: list(value) for key, value in columns.items()})
        for name, columns in make_shop(customers=120, dirt=False).tables.items()
    }
    lines = tables["transactions"].with_columns(polars.col("quantity").cast(polars.Int64), polars.col("order_date").str.to_date())
    prices = [polars.col(name).cast(polars.Decimal(12, 2)) for name in ("unit_price", "discount")]
    people = tables["customers"].select("customer_id", "gender", "city", "income")
    found: dict[str, tuple[Path, ...]] = {}
    for name in ("csv", "semicolon", "parquet", "jsonl", "gzip"):
        (folder / name).mkdir()
    for stem, frame in (("transactions", lines.with_columns(prices)), ("customers", people)):
        plain = folder / "csv" / f"{stem}.csv"
        frame.write_csv(plain)
        with gzip.open(folder / "gzip" / f"{stem}.csv.gz", "wb") as file:
            file.write(b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n"))
        frame.write_parquet(folder / "parquet" / f"{stem}.parquet")
        commas = [
            polars.col(name).cast(polars.String).str.replace(".", ",", literal=True)
            for name in ("unit_price", "discount")
            if name in frame.columns
        ]
        dated = [polars.col("order_date").dt.strftime("%d.%m.%Y")] if stem == "transactions" else []
        frame.with_columns(*commas, *dated).write_csv(folder / "semicolon" / f"{stem}.csv", separator=";")
    for stem, frame in (
        ("transactions", lines.with_columns(polars.col("unit_price", "discount").cast(polars.Float64))),
        ("customers", people),
    ):
        frame.write_ndjson(folder / "jsonl" / f"{stem}.jsonl")
    for name in ("csv", "semicolon", "parquet", "jsonl", "gzip"):
        found[name] = tuple(sorted((folder / name).iterdir()))
    return found


@pytest.fixture(scope="module")
def plain_run(dialects: dict[str, tuple[Path, ...]], quick: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(*dialects["csv"], out=tmp_path_factory.mktemp("plain"), settings=quick)


@pytest.mark.parametrize("form", ["semicolon", "parquet", "jsonl", "gzip"])
def test_the_same_table_in_another_form_is_the_same_table(
    dialects: dict[str, tuple[Path, ...]], plain_run: Run, quick: Settings, tmp_path: Path, form: str
) -> None:
    other = run(*dialects[form], out=tmp_path, settings=quick)
    assert other.record["table_hash"] == plain_run.record["table_hash"]
    assert (other.folder / "segments.csv").read_bytes() == (plain_run.folder / "segments.csv").read_bytes()


def test_frames_give_what_files_give(dialects: dict[str, tuple[Path, ...]], plain_run: Run, quick: Settings, tmp_path: Path) -> None:
    frames = [(path.stem, polars.read_parquet(path)) for path in dialects["parquet"]]
    other = run(*frames, out=tmp_path, settings=quick)
    assert other.record["table_hash"] == plain_run.record["table_hash"]
    assert (other.folder / "segments.csv").read_bytes() == (plain_run.folder / "segments.csv").read_bytes()


def test_settings_that_say_what_was_inferred_change_nothing(
    shop_run: Run, shop_files: tuple[Path, ...], quick: Settings, tmp_path: Path
) -> None:
    path = write_settings(shop_files, path=tmp_path / "segmentry.toml")
    chosen = (
        load(path)
        .over("segments", starts=quick.segments.starts)
        .over("response", repeats=quick.response.repeats, folds=quick.response.folds)
    )
    assert set(chosen.tables) == {path.stem for path in shop_files}
    other = run(*shop_files, out=tmp_path / "out", settings=chosen)
    assert other.record["table_hash"] == shop_run.record["table_hash"]
    assert (other.folder / "segments.csv").read_bytes() == (shop_run.folder / "segments.csv").read_bytes()


def test_a_run_that_is_refused_leaves_no_folder(tmp_path: Path, quick: Settings) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("customer_id,order_date,amount\n" + "C1,2024-13-45,1\n" * 30 + "C2,2024-01-02,5\n" * 30)
    with pytest.raises(DataRefused):
        run(path, out=tmp_path / "out", settings=quick)
    assert list((tmp_path / "out").iterdir()) == []


def test_no_input_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no input"):
        run(out=tmp_path)


def test_scoring_the_customers_of_the_run_gives_their_own_segments(shop_run: Run, shop_files: tuple[Path, ...], tmp_path: Path) -> None:
    path = score(*shop_files, model=shop_run.folder / "model", out=tmp_path, settings=Settings())
    assert places(path) == places(shop_run.folder / "segments.csv")


def test_customers_with_little_history_are_marked_with_the_segment_to_be_expected(
    shop_run: Run, shop_files: tuple[Path, ...], tmp_path: Path
) -> None:
    scored = rows(score(*shop_files, model=shop_run.folder / "model", out=tmp_path, settings=Settings()))
    new = [row for row in scored if row["provisional"] == "true"]
    assert 0 < len(new) < len(scored) / 2
    ids = {str(segment["id"]) for segment in record(shop_run.folder)["segments"] if segment["id"]}
    assert {row["likely_segment"] for row in new} <= ids
    assert all(1 / len(ids) <= float(row["likelihood"]) <= 1 for row in new)
    assert {(row["likely_segment"], row["likelihood"]) for row in scored if row["provisional"] == "false"} == {("0", "")}


def test_one_customer_alone_gets_the_segment_they_had_among_all(
    shop_run: Run, shop_files: tuple[Path, ...], shop: Shop, tmp_path: Path
) -> None:
    everywhere = [set(columns["customer_id"]) for columns in shop.tables.values() if "customer_id" in columns]
    wanted = max(set.intersection(*everywhere))
    alone = []
    for path in shop_files:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if wanted in line] if "customer_id" in head else lines
        alone.append(tmp_path / path.name)
        alone[-1].write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    settings = Settings().over("run", as_of="2026-06-30")
    scored = {
        row["id"]: row["segment_id"]
        for row in rows(score(*alone, model=shop_run.folder / "model", out=tmp_path / "out", settings=settings))
    }
    known = {row["id"]: row["segment_id"] for row in rows(shop_run.folder / "segments.csv")}
    assert scored == {wanted: known[wanted]}


def test_scoring_a_second_time_gives_the_same_bytes(shop_run: Run, shop_files: tuple[Path, ...], tmp_path: Path) -> None:
    first, second = (score(*shop_files, model=shop_run.folder / "model", out=tmp_path / name, settings=Settings()) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert contents(first.parent) == contents(second.parent)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(5)
    centres = np.repeat([[25, 900], [45, 100], [65, 400]], 60, axis=0)
    age, income = (centres + rng.normal(size=centres.shape) * [3, 25]).round().astype(int).T
    path = tmp_path_factory.mktemp("snapshot") / "people.csv"
    lines = [
        f"P{place:03d},{years},{money},{'north' if place % 3 else 'south'}"
        for place, (years, money) in enumerate(zip(age, income, strict=True))
    ]
    path.write_text("\n".join(["customer_id,age,spending,region", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def snapshot_run(snapshot: Path, quick: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(snapshot, out=tmp_path_factory.mktemp("people"), settings=quick)


def test_a_handful_of_new_customers_get_the_segment_of_those_they_resemble(snapshot_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("customer_id,age,spending,region\nN1,25,905,north\nN2,44,98,west\nN3,66,410,\n")
    scored = rows(score(path, model=snapshot_run.folder / "model", out=tmp_path / "out", settings=Settings()))
    known = {row["id"]: row["segment_id"] for row in rows(snapshot_run.folder / "segments.csv")}
    assert [row["id"] for row in scored] == ["N1", "N2", "N3"]
    assert [row["segment_id"] for row in scored] == [known["P000"], known["P060"], known["P120"]]


@pytest.mark.parametrize("header", ["customer_id,age,spending,region", "customer_id,age,spending,region,remark"])
def test_one_new_customer_gets_the_segment_of_those_they_resemble(snapshot_run: Run, tmp_path: Path, header: str) -> None:
    path = tmp_path / "one.csv"
    path.write_text(f"{header}\nN1,66,410,north{',vip' if 'remark' in header else ''}\n")
    scored = rows(score(path, model=snapshot_run.folder / "model", out=tmp_path / "out", settings=Settings()))
    known = {row["id"]: row["segment_id"] for row in rows(snapshot_run.folder / "segments.csv")}
    assert [(row["id"], row["segment_id"]) for row in scored] == [("N1", known["P120"])]


def test_a_new_customer_of_whom_something_is_not_known_is_scored_by_the_rest(snapshot_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("customer_id,age,spending,region\nN1,,905,north\n")
    (scored,) = rows(score(path, model=snapshot_run.folder / "model", out=tmp_path / "out", settings=Settings()))
    assert scored["segment_id"] != "0"


def test_columns_in_another_order_and_one_more_of_them_change_no_score(snapshot: Path, snapshot_run: Run, tmp_path: Path) -> None:
    frame = (
        polars.read_csv(snapshot).with_columns(polars.lit("x").alias("remark")).select("remark", "spending", "region", "customer_id", "age")
    )
    frame.write_csv(tmp_path / "people.csv")
    path = score(tmp_path / "people.csv", model=snapshot_run.folder / "model", out=tmp_path / "out", settings=Settings())
    assert places(path) == places(snapshot_run.folder / "segments.csv")


def test_a_file_without_a_column_the_model_needs_is_refused_by_its_name(snapshot: Path, snapshot_run: Run, tmp_path: Path) -> None:
    polars.read_csv(snapshot).drop("spending").write_csv(tmp_path / "people.csv")
    with pytest.raises(ModelRefused, match="spending"):
        score(tmp_path / "people.csv", model=snapshot_run.folder / "model", out=tmp_path / "out", settings=Settings())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_changed_model_is_refused(snapshot: Path, snapshot_run: Run, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(snapshot_run.folder / "model", model)
    with (model / "arrays.npz").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelRefused, match="MODEL_CHANGED"):
        score(snapshot, model=model, out=tmp_path / "out", settings=Settings())


@pytest.mark.parametrize("place", ["segmentation", "columns", "schemas", "names"])
def test_a_manifest_that_lacks_a_part_is_refused(snapshot: Path, snapshot_run: Run, tmp_path: Path, place: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(snapshot_run.folder / "model", model)
    manifest = json.loads((model / "manifest.json").read_text())
    del manifest[place]
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelRefused, match="MODEL_DAMAGED"):
        score(snapshot, model=model, out=tmp_path / "out", settings=Settings())


def test_declared_features_drive_the_segments(snapshot: Path, tmp_path: Path) -> None:
    found = run(snapshot, out=tmp_path, settings=parse({"segments": {"starts": 2, "features": ["age"]}}))
    assert found.record["features"] == ["age"]


def test_an_asked_k_is_obeyed(snapshot: Path, tmp_path: Path) -> None:
    found = run(snapshot, out=tmp_path, settings=parse({"segments": {"starts": 2, "k": 4}}))
    assert found.record["selection"]["k"] == 4


def test_another_seed_is_another_run(snapshot: Path, snapshot_run: Run, tmp_path: Path) -> None:
    found = run(snapshot, out=tmp_path, settings=parse({"segments": {"starts": 2}, "run": {"seed": 8}}))
    assert found.record["seed"] == 8
    assert found.folder.name != snapshot_run.folder.name


def test_text_that_looks_like_a_formula_cannot_start_one(quick: Settings, tmp_path: Path) -> None:
    lines = [f'"=cmd{place}|x",{place % 7},{place % 5}' for place in range(60)]
    (tmp_path / "people.csv").write_text("\n".join(["customer_id,visits,clicks", *lines]) + "\n")
    found = run(tmp_path / "people.csv", out=tmp_path / "out", settings=quick)
    for name in ("segments.csv", "profiles.csv", "quarantine.csv"):
        with (found.folder / name).open(newline="") as file:
            assert [cell for line in csv.reader(file) for cell in line if cell[:1] in tuple("=+@\t\r")] == []
    assert pq.read_table(found.folder / "segments.parquet").column("id").to_pylist()[0].startswith("=cmd")
