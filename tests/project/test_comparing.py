"""Two runs beside each other: counts add up, ids stay out of the page, and what cannot be compared is refused."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from segmentry.errors import DataRefused, ModelRefused, UsageError
from segmentry.project.comparing import compare
from segmentry.project.run import Run, run
from segmentry.project.settings import Settings
from segmentry.sources.shop import CANARIES, Shop


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def earlier(shop_files: tuple[Path, ...], quick: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(*shop_files, out=tmp_path_factory.mktemp("earlier"), settings=quick.over("run", as_of="2025-09-30"))


@pytest.fixture(scope="module")
def folder(earlier: Run, shop_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compare(earlier.folder, shop_run.folder, tmp_path_factory.mktemp("compared")).parent


def test_everything_is_written_and_nothing_else(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["compare.html", "compare.json", "migration.csv", "movers.csv"]


def test_counts_add_up_to_the_customers_of_both_runs(folder: Path, earlier: Run, shop_run: Run) -> None:
    told = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    parts = told["customers"]
    assert parts["compared"] == parts["stayed"] + parts["by_customers"] + parts["by_model"] + parts["by_both"] + parts["back"]
    assert parts["changed"] == parts["customers_moved"] + parts["model_moved"] - parts["interaction"]
    cells = rows(folder / "migration.csv")
    assert sum(int(cell["customers"]) for cell in cells) == len(set(earlier.ids) | set(shop_run.ids))
    assert sum(int(cell["customers_moved"]) + int(cell["model_moved"]) for cell in cells) == parts["changed"]
    for size in told["sizes"]:
        assert size["after"] == size["before"] + size["by_customers"] + size["by_model"] + size["joined"] - size["left"]
    lasting = {int(key): value for key, value in told["numbering"].items()}
    for segment, size in zip(*np.unique(shop_run.labels[shop_run.labels > 0], return_counts=True), strict=True):
        assert next(each["after"] for each in told["sizes"] if each["segment"] == lasting[int(segment)]) == size


def test_the_matrix_is_that_of_both_segment_files(folder: Path, earlier: Run, shop_run: Run) -> None:
    told = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    lasting = {0: 0} | {int(key): value for key, value in told["numbering"].items()}
    one, other = (dict(zip(each.ids.tolist(), each.labels.tolist(), strict=True)) for each in (earlier, shop_run))
    counts: dict[tuple[int, int], int] = {}
    for customer in one.keys() & other.keys():
        cell = one[customer], lasting[other[customer]]
        counts[cell] = counts.get(cell, 0) + 1
    written = {(int(row["from_id"]), int(row["to_id"])): int(row["customers"]) for row in rows(folder / "migration.csv")}
    assert written == counts


def test_movers_are_customers_with_the_largest_revenue_first(folder: Path, shop_run: Run) -> None:
    movers = rows(folder / "movers.csv")
    money = [float(row["revenue_before"]) for row in movers]
    assert money == sorted(money, reverse=True)
    assert {row["id"] for row in movers} <= set(shop_run.ids.tolist())
    told = json.loads((folder / "compare.json").read_text(encoding="utf-8"))["movers"]
    assert told["customers"] == len(movers)
    assert told["revenue"] == pytest.approx(sum(money), abs=0.01 * len(movers) + 0.01)
    features = pq.read_table(shop_run.folder / "features.parquet").to_pandas().set_index("id")
    for row in movers[:5]:
        assert float(row["revenue_now"]) == pytest.approx(features.loc[row["id"], "monetary"], abs=0.01)


def test_no_id_name_mail_or_phone_stands_beside_the_list_of_movers(folder: Path, shop: Shop) -> None:
    for name in ("compare.html", "compare.json", "migration.csv"):
        said = (folder / name).read_text(encoding="utf-8")
        assert re.findall(r"C0000\d{3}", said) == [], name
        assert [word for word in CANARIES if word in said] == [], name


def test_the_same_two_runs_give_the_same_bytes(folder: Path, earlier: Run, shop_run: Run, tmp_path: Path) -> None:
    again = compare(earlier.folder, shop_run.folder, tmp_path).parent
    assert again.name == folder.name
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_run_and_its_copy_move_nobody_and_may_be_signed(shop_run: Run, tmp_path: Path) -> None:
    copied = tmp_path / "copy"
    shutil.copytree(shop_run.folder, copied)
    page = compare(shop_run.folder, copied, tmp_path / "out")
    told = json.loads((page.parent / "compare.json").read_text(encoding="utf-8"))
    assert (told["customers"]["changed"], told["customers"]["by_new_model"], told["decision"]["verdict"]) == (0, 0, "sign")
    assert rows(page.parent / "movers.csv") == []
    assert [(pair["id"], pair["overlap"]) for pair in told["matched"]] == [
        (profile.id, 1.0) for profile in shop_run.profiles if profile.id > 0
    ]


def test_other_segments_on_the_same_data_are_blocked(shop_run: Run, tmp_path: Path) -> None:
    """As a bad refit would leave them: the same record, a model with its centres elsewhere."""
    from segmentry.store.models import StoredModel, read_model, write_model

    copied = tmp_path / "copy"
    shutil.copytree(shop_run.folder, copied)
    stored = read_model(copied / "model")
    name = next(key for key in stored.arrays if "centres" in key)
    arrays = {**stored.arrays, name: stored.arrays[name] + np.linspace(-1.5, 1.5, stored.arrays[name].shape[1])}
    shutil.rmtree(copied / "model")
    manifest = {key: value for key, value in stored.manifest.items() if key not in {"format", "arrays_sha256"}}
    write_model(copied / "model", StoredModel(manifest, arrays))
    page = compare(shop_run.folder, copied, tmp_path / "out")
    told = json.loads((page.parent / "compare.json").read_text(encoding="utf-8"))
    assert told["decision"]["verdict"] == "blocked"
    assert "Do not sign: the data is the same, yet" in page.read_text(encoding="utf-8")
    assert told["customers"]["customers_moved"] == 0
    assert told["customers"]["by_model"] == told["customers"]["changed"] > 0


def test_a_run_that_followed_the_other_keeps_the_ids_it_settled(
    shop_files: tuple[Path, ...], earlier: Run, quick: Settings, tmp_path: Path
) -> None:
    later = run(*shop_files, out=tmp_path / "runs", settings=quick, previous=earlier.folder)
    told = json.loads((compare(earlier.folder, later.folder, tmp_path / "out").parent / "compare.json").read_text(encoding="utf-8"))
    assert {int(key): value for key, value in told["numbering"].items()} == {key: key for key in set(later.labels.tolist()) - {0}}
    assert told["ledger"] == json.loads((later.folder / "ledger.json").read_text(encoding="utf-8"))


def spoilt(folder: Path, tmp_path: Path, spoil: Callable[[Path], object]) -> Path:
    copied = tmp_path / "spoilt"
    shutil.copytree(folder, copied)
    spoil(copied)
    return copied


SPOILS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a scored folder": (
        lambda path: shutil.rmtree(path / "model"),
        r"NOT_A_RUN: it lacks model, as folders written by 'segmentry score' do",
    ),
    "no features": (lambda path: (path / "features.parquet").unlink(), "NOT_A_RUN: it lacks features.parquet"),
    "damaged features": (lambda path: (path / "features.parquet").write_bytes(b"PAR1 nothing"), "CORRUPT_FILE"),
    "features of others": (
        lambda path: pq.write_table(pq.read_table(path / "features.parquet").slice(1), path / "features.parquet"),
        "do not hold the same customers",
    ),
    "no record": (lambda path: (path / "run.json").write_text("{}", encoding="utf-8"), "RUN_DAMAGED: run.json is no record"),
    "no JSON": (lambda path: (path / "run.json").write_text("[" * 100_000, encoding="utf-8"), "RUN_DAMAGED: run.json is no record"),
    "a changed model": (lambda path: (path / "model" / "arrays.npz").write_bytes(b"x"), "MODEL_CHANGED"),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_no_finished_run_is_refused(shop_run: Run, earlier: Run, tmp_path: Path, spoil: str) -> None:
    change, words = SPOILS[spoil]
    with pytest.raises(DataRefused, match=words) as refusal:
        compare(earlier.folder, spoilt(shop_run.folder, tmp_path, change), tmp_path / "out")
    assert not re.findall(r"C0000\d{3}", str(refusal.value))
    assert [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")] == []


def test_features_that_the_old_model_needs_are_named_when_missing(shop_run: Run, earlier: Run, tmp_path: Path) -> None:
    def drop(path: Path) -> None:
        pq.write_table(pq.read_table(path / "features.parquet").drop_columns(["recency"]), path / "features.parquet")

    old, new = shop_run.folder, spoilt(shop_run.folder, tmp_path, drop)
    with pytest.raises(ModelRefused, match=r"needs features that features\.parquet lacks: recency"):
        compare(old, new, tmp_path / "out")


def test_no_folder_one_folder_and_the_wrong_order_are_refused(shop_run: Run, earlier: Run, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="NOT_A_RUN"):
        compare(tmp_path / "absent", shop_run.folder, tmp_path / "out")
    with pytest.raises(UsageError, match="two different runs"):
        compare(shop_run.folder, shop_run.folder, tmp_path / "out")
    with pytest.raises(UsageError, match="Swap the two"):
        compare(shop_run.folder, earlier.folder, tmp_path / "out")


def snapshot(path: Path, seed: int, first: int, *, ids: bool) -> Path:
    rng = np.random.default_rng(seed)
    groups = np.arange(90) % 3
    income, score = groups * 40 + 20 + rng.normal(size=90), (groups * 50) % 90 + rng.normal(size=90)
    head = "customer_id,income,score" if ids else "income,score"
    lines = [f"{income[i]:.2f},{score[i]:.2f}" for i in range(90)]
    path.write_text("\n".join([head, *(f"K{first + i},{line}" if ids else line for i, line in enumerate(lines))]) + "\n", encoding="utf-8")
    return path


def test_runs_without_common_customers_are_refused_without_telling_one(quick: Settings, tmp_path: Path) -> None:
    one, other = (run(snapshot(tmp_path / f"s{k}.csv", k, 1000 * k, ids=True), out=tmp_path / "out", settings=quick) for k in (1, 2))
    with pytest.raises(DataRefused, match="NO_COMMON_CUSTOMERS: none of its 90 customers is among the 90 of") as refusal:
        compare(one.folder, other.folder, tmp_path / "compared")
    assert "K10" not in str(refusal.value)


def test_row_numbers_of_other_data_are_no_ids(quick: Settings, tmp_path: Path) -> None:
    one, other = (run(snapshot(tmp_path / f"s{k}.csv", k, 0, ids=False), out=tmp_path / "out", settings=quick) for k in (1, 2))
    with pytest.raises(DataRefused, match="only row numbers"):
        compare(one.folder, other.folder, tmp_path / "compared")


def test_a_snapshot_without_days_or_amounts_is_compared_in_words_of_its_own(quick: Settings, tmp_path: Path) -> None:
    one, other = (run(snapshot(tmp_path / f"s{k}.csv", k, 0, ids=True), out=tmp_path / "out", settings=quick) for k in (1, 2))
    page = compare(one.folder, other.folder, tmp_path / "compared").read_text(encoding="utf-8")
    assert "All 3 segments" in page
    assert "nobody fell" in page or "no amounts" in page
    assert "nan" not in page.split("<script")[0].casefold()


@pytest.mark.realdata
@pytest.mark.slow
def test_half_a_year_of_online_retail_shows_who_moved(realdata: Callable[[str], Path], tmp_path: Path) -> None:
    path = realdata("online-retail/online_retail.csv.gz")
    one, other = (run(path, out=tmp_path / "runs", settings=Settings().over("run", as_of=day)) for day in ("2011-06-09", "2011-12-09"))
    folder = compare(one.folder, other.folder, tmp_path / "out").parent
    told = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
    assert told["customers"]["compared"] == 2792
    assert told["customers"]["joined"] == 1532
    assert 0.4 < told["customers"]["customers_moved"] / 2792 < 0.65
    assert len(rows(folder / "movers.csv")) > 50
